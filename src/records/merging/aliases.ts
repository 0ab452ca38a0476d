/** A search that names a patient asks about the person: whoever has several records is found by any of them. */
import type { Filter, Operand, Search } from '../search/index.ts'
import type { View } from '../sealing.ts'
import type { Merges } from './merges.ts'

/** The patient who was asked for has other records: the search is made again, of all of them. */
export class SeveralRecords extends Error {
  constructor() {
    super('a person of several records')
  }
}

/**
 * `only`: the one patient whom the search names, where it is for this act to look into that record and to throw `SeveralRecords` where it
 * says that there are others. Nearly nobody has, and so nothing is looked up for it.
 */
export async function acrossRecords<Result>(
  merges: Merges,
  search: Search,
  view: View,
  act: (search: Search, only: string | undefined) => Promise<Result>,
): Promise<Result> {
  const ids = new Set(search.filters.flatMap((filter) => [...patientsIn(filter)]))
  if (ids.size === 0) return act(search, undefined)
  const [only] = ids
  if (ids.size === 1 && only !== undefined) {
    try {
      return await act(search, only)
    } catch (error) {
      if (!(error instanceof SeveralRecords)) throw error
    }
  }
  const records = new Map<string, readonly string[]>()
  for (const id of ids) records.set(id, await merges.all(id, view))
  return act({ ...search, filters: search.filters.map((filter) => widened(filter, records)) }, undefined)
}

/** Which says of one record with which others it is: that is what it says, whoever is meant. */
const ofRecords = 'link'

function* patientsIn(filter: Filter): Generator<string> {
  if (filter.is === 'chain' || filter.is === 'has') yield* patientsIn(filter.filter)
  if (filter.is !== 'value' || filter.modifier !== undefined || filter.parameter === ofRecords) return
  for (const operand of filter.operands) {
    const id = patientOf(operand)
    if (id !== undefined) yield id
  }
}

/** Of this server, and no version of one: an id alone may be a Patient's. */
function patientOf(operand: Operand): string | undefined {
  if (operand.kind !== 'reference' || operand.version !== undefined) return undefined
  return operand.type === undefined || operand.type === 'Patient' ? operand.id : undefined
}

function widened(filter: Filter, records: ReadonlyMap<string, readonly string[]>): Filter {
  if (filter.is === 'chain' || filter.is === 'has')
    return { ...filter, filter: widened(filter.filter, records) }
  if (filter.is !== 'value' || filter.modifier !== undefined || filter.parameter === ofRecords) return filter
  const operands = filter.operands.flatMap((operand): Operand[] => {
    const id = patientOf(operand)
    const [, ...others] = (id === undefined ? undefined : records.get(id)) ?? []
    return [operand, ...others.map((id): Operand => ({ ...nowhere, type: 'Patient', id }))]
  })
  return { ...filter, operands }
}

const nowhere = { kind: 'reference', url: undefined, version: undefined } as const
