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
  /** Why a Patient may not become this, or nothing: what merging wrote goes by unmerging alone. */
  faultOfChange(before: JsonObject, after: JsonObject | undefined): Of<Refusal | undefined>
}

export interface MergesParts {
  keys: Pick<Keys, 'locator'>
  rows: Pick<SafeguardRows, 'known'>
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

    faultOfChange(before, after) {
      const { id } = before
      if (typeof id !== 'string' || !namesOther(before)) return undefined
      const known = rows.known<Merged>(id)
      const judge = (row: Merged | undefined) => faultBy(row, before, after)
      return known instanceof Promise ? known.then(judge) : judge(known)
    },
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

function faultBy(
  row: Merged | undefined,
  before: JsonObject,
  after: JsonObject | undefined,
): Refusal | undefined {
  if (!row || row.records.length === 0) return undefined
  const ties = tiesOf(before)
  const kept = new Set(after ? tiesOf(after) : [])
  const isKept = ties.every((tie) => kept.has(tie)) && (row.into === undefined || after?.['active'] === false)
  return isKept ? undefined : refuse('merged-patient')
}

function tiesOf({ link }: JsonObject): string[] {
  const links = Array.isArray(link) ? (link as { type?: string; other?: { reference?: string } }[]) : []
  return links.flatMap(({ type, other }) =>
    type === 'replaced-by' || type === 'replaces' ? [`${type} ${other?.reference}`] : [],
  )
}
