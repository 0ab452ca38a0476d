/** What ties people to a patient: resources of the patient's record that name them as somebody who cares. */
import { typeName } from '#records/fhir/index.ts'
import { carers } from '../carers.ts'
import type { CompartmentId } from '../place.ts'
import type { Entry } from '../tuples/index.ts'
import type { CareLink } from './types.ts'

type Links = ReadonlyMap<string, readonly CareLink[]>

/** Of the entries of a shelf, which are the same list for as long as nothing changes. */
const known = new WeakMap<readonly Entry[], Links>()
const none: readonly CareLink[] = []

/** Those that name this practitioner (`Practitioner/…`). */
export function linksIn(entries: readonly Entry[], practitioner: string): readonly CareLink[] {
  let links = known.get(entries)
  if (!links) known.set(entries, (links = linksOf(entries)))
  return links.get(practitioner) ?? none
}

function linksOf(entries: readonly Entry[]): Links {
  const links = new Map<string, CareLink[]>()
  for (const entry of entries) {
    for (const [name, link] of linksOfEntry(entry)) {
      const own = links.get(name)
      if (own) own.push(link)
      else links.set(name, [link])
    }
  }
  return links
}

function* linksOfEntry({ type: code, tuple }: Entry): Generator<[practitioner: string, link: CareLink]> {
  const type = typeName(code)
  const carer = carers[type]
  if (!carer) return
  for (const parameter of carer.by) {
    for (const who of tuple.values(parameter) ?? []) {
      if (who.kind !== 'reference' || who.type !== 'Practitioner' || who.id === undefined) continue
      yield [`${who.type}/${who.id}`, { type, status: statusOf(tuple), ...spanOf(tuple, carer.when) }]
    }
  }
}

/** The same of entries of many records, by the record that each lives in. */
export function linksByHome(entries: Iterable<Entry>, practitioner: string): Map<CompartmentId, CareLink[]> {
  const links = new Map<CompartmentId, CareLink[]>()
  for (const entry of entries) {
    for (const [name, link] of linksOfEntry(entry)) {
      if (name !== practitioner) continue
      const own = links.get(entry.compartment)
      if (own) own.push(link)
      else links.set(entry.compartment, [link])
    }
  }
  return links
}

function statusOf(tuple: Entry['tuple']): string | undefined {
  const status = tuple.values('status')?.[0]
  return status?.kind === 'token' ? status.code : undefined
}

/** Nothing said: at no time, where there could be one. */
function spanOf(tuple: Entry['tuple'], parameter: string | undefined): { from: number; to: number } {
  if (parameter === undefined) return { from: -Infinity, to: Infinity }
  const when = tuple.values(parameter)?.[0]
  return when?.kind === 'date' ? { from: when.low, to: when.high } : { from: NaN, to: NaN }
}
