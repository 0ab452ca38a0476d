/** Which records are of one person, as reads ask it: of nearly every record its own entries say that there is no other, and nothing is looked up. */
import type { Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { SafeguardRows } from '#kernel/safeguard.ts'
import { typeCode } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { facilityOf, patientCompartment, type CompartmentId } from '../place.ts'
import type { View } from '../sealing.ts'
import type { Entry, Shelf, TupleIndex } from '../tuples/index.ts'
import { namesOther } from './links.ts'
import type { Merged } from './rows.ts'

type Of<Value> = Value | Promise<Value>

export interface Merges {
  /** Of who has this record, the others. */
  beside(shelf: Pick<Shelf, 'compartment' | 'entries'>): Of<readonly CompartmentId[]>
  /** The same by the Patient as it is current: ids. */
  besidePatient(patient: JsonObject): Of<readonly string[]>
  /** The same of an entry of a Patient. */
  besideEntry(entry: Entry): Of<readonly string[]>
  /** All by the id of one, that one first; its record is looked into. */
  all(id: string, view: View): Promise<readonly string[]>
  /** Whether it was merged into another, or is being. */
  isSource(patient: JsonObject): Of<boolean>
  /** Why a Patient may not become this, or nothing: what merging wrote goes by unmerging alone. */
  faultOfChange(before: JsonObject, after: JsonObject | undefined): Of<Refusal | undefined>
}

export interface MergesParts {
  keys: Pick<Keys, 'locator'>
  rows: Pick<SafeguardRows, 'known' | 'find'>
  tuples: Pick<TupleIndex, 'read'>
}

const patientCode = typeCode('Patient')
const nobody: readonly never[] = []

export function createMerges({ keys, rows, tuples }: MergesParts): Merges {
  return {
    beside({ compartment, entries }) {
      if (compartment === facilityOf(keys.locator)) return nobody
      const patient = patientIn(compartment, entries)
      const ids = patient ? besideEntry(patient) : nobody
      const named = (each: string) => patientCompartment(keys.locator, each)
      return ids instanceof Promise ? ids.then((later) => later.map(named)) : ids.map(named)
    },

    besidePatient(patient) {
      const { id } = patient
      return typeof id === 'string' && namesOther(patient) ? others(id) : nobody
    },

    besideEntry,

    async all(id, view) {
      const compartment = patientCompartment(keys.locator, id)
      const shelf = await tuples.read(compartment, { view })
      const patient = shelf && patientIn(compartment, shelf.entries)
      return [id, ...(patient ? await besideEntry(patient) : nobody)]
    },

    isSource(patient) {
      const { id } = patient
      if (typeof id !== 'string' || !namesOther(patient)) return false
      const known = rows.known<Merged>(id)
      const isInto = (row: Merged | undefined) => row?.into !== undefined
      return known instanceof Promise ? known.then(isInto) : isInto(known)
    },

    faultOfChange(before, after) {
      const { id } = before
      return typeof id === 'string' && namesOther(before) ? faultOf(id, before, after) : undefined
    },
  }

  /** By the rows as they are at this moment, of those that it names: a tie is one of merging where they say so. */
  async function faultOf(
    id: string,
    before: JsonObject,
    after: JsonObject | undefined,
  ): Promise<Refusal | undefined> {
    const own = await rows.find<Merged>(id)
    const kept = new Set(after ? tiesOf(after).map(textOf) : [])
    for (const tie of tiesOf(before)) {
      const isSource = tie.type === 'replaced-by'
      const into = isSource ? own?.into : (await rows.find<Merged>(tie.id))?.into
      if (into !== (isSource ? tie.id : id)) continue
      if (!kept.has(textOf(tie)) || (isSource && after?.['active'] !== false)) return refuse('merged-patient')
    }
    return undefined
  }

  /** At once where it names no other Patient. */
  function besideEntry({ tuple }: Entry): Of<readonly string[]> {
    const links = tuple.values('link') ?? nobody
    if (!links.some((value) => value.kind === 'reference' && value.type === 'Patient')) return nobody
    const [id] = tuple.values('_id') ?? nobody
    return id?.kind === 'token' && id.code !== undefined ? others(id.code) : nobody
  }

  function others(id: string): Of<readonly string[]> {
    const besides = (row: Merged | undefined) => row?.records.filter((each) => each !== id) ?? nobody
    const known = rows.known<Merged>(id)
    return known instanceof Promise ? known.then(besides) : besides(known)
  }
}

/** Of lists of entries, which are the same for as long as nothing changes. */
const found = new WeakMap<readonly Entry[], Entry | null>()

/** The Patient whose record it is. */
function patientIn(compartment: CompartmentId, entries: readonly Entry[]): Entry | undefined {
  const known = found.get(entries)
  if (known !== undefined) return known ?? undefined
  // A Patient lives in the compartment that has its name (docs/spec/records.md).
  const patient = entries.find(
    ({ type, resource }) => type === patientCode && (resource as string) === (compartment as string),
  )
  found.set(entries, patient ?? null)
  return patient
}

interface Tie {
  type: 'replaced-by' | 'replaces'
  /** Of the other Patient. */
  id: string
}

function tiesOf({ link }: JsonObject): Tie[] {
  const links = Array.isArray(link) ? (link as { type?: string; other?: { reference?: string } }[]) : []
  return links.flatMap(({ type, other }): Tie[] => {
    const [, id] = /^Patient\/([^/]+)$/.exec(other?.reference ?? '') ?? []
    return id !== undefined && (type === 'replaced-by' || type === 'replaces') ? [{ type, id }] : []
  })
}

const textOf = ({ type, id }: Tie): string => `${type} ${id}`
