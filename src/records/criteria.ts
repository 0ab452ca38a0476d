/** The criteria of conditional operations: `_id`, `identifier` and the patient, one value each, all of them. */
import { keyedHash } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { inPatientCompartment } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import type { Walk } from './compartment.ts'
import type { Directory } from './directory/index.ts'
import { identifiersOf } from './identifiers.ts'
import { patientCompartment, resourceKey, uuidOf, type ResourceKey } from './place.ts'
import { selectClaims } from './queries.ts'
import type { Reader } from './reader.ts'
import type { Claim, HeadRow } from './rows.ts'
import type { HistoryEntry } from './types.ts'

export interface Criteria {
  id?: string
  /** `system`: `null` for none, undefined for any. */
  identifier?: { system?: string | null; value: string }
  /** Logical id, and the search parameter that named it. */
  patient?: { id: string; parameter: 'patient' | 'subject' }
}

export type Match = { version: HistoryEntry; value: JsonObject }

export interface Finder {
  /** What matches now, two at most, and the claims by which a later write knows that this still holds. */
  find(type: string, criteria: Criteria): Promise<{ matches: Match[]; claims: Claim[] }>
  /** What a change of a part is made of. */
  current: Reader['current']
}

/** `query`: as in an address, without the leading `?`. */
export function parseCriteria(type: string, query: string): { status: 'ok'; criteria: Criteria } | Refusal {
  const criteria: Criteria = {}
  const seen = new Set<string>()
  for (const [name, value] of new URLSearchParams(query)) {
    if (!isSupported(type, name)) return refuse('unsupported-parameter', { parameter: shown(name) })
    const kind = name === 'subject' ? 'patient' : name
    // An AND of two values of one parameter, and an OR of several in one, are for the search.
    if (seen.has(kind) || /(?<!\\),/.test(value) || value === '') {
      return refuse('invalid-parameter', { parameter: name, expected: oneValue })
    }
    seen.add(kind)
    const plain = value.replace(/\\([,|$\\])/g, '$1')
    if (name === '_id') criteria.id = plain
    else if (name === 'identifier') {
      const bar = value.search(/(?<!\\)\|/)
      const unescape = (part: string) => part.replace(/\\([,|$\\])/g, '$1')
      if (bar === value.length - 1)
        return refuse('invalid-parameter', { parameter: name, expected: oneValue })
      criteria.identifier =
        bar < 0
          ? { value: plain }
          : { system: unescape(value.slice(0, bar)) || null, value: unescape(value.slice(bar + 1)) }
    } else {
      const id = /^(?:Patient\/)?([A-Za-z0-9.-]{1,64})$/.exec(plain)?.[1]
      if (id === undefined) return refuse('invalid-parameter', { parameter: name, expected: 'Patient/id' })
      criteria.patient = { id, parameter: name as 'patient' | 'subject' }
    }
  }
  if (seen.size === 0) return refuse('invalid-parameter', { parameter: '_id', expected: oneValue })
  return { status: 'ok', criteria }
}

const oneValue = { es: 'un solo valor', en: 'a single value' }

function isSupported(type: string, name: string): boolean {
  if (name === '_id' || name === 'identifier') return true
  return (name === 'patient' || name === 'subject') && type !== 'Patient' && inPatientCompartment(type)
}

/** A parameter's name as it may be repeated in a message: names are no data of patients, but values can be. */
function shown(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_.:-]{0,63}$/.test(name) ? name : '?'
}

export function createFinder(sql: Sql, keys: Keys, reader: Reader, walk: Walk, directory: Directory): Finder {
  return {
    current: reader.current,

    async find(type, criteria) {
      // The claims first: what commits after they were read, the write will notice.
      const names = claimNames(type, criteria)
      const rows = await selectClaims(sql, names)
      const versions = new Map(rows.map((row) => [row.criterion, row.version]))
      const claims = names.map((criterion) => ({ criterion, expected: versions.get(criterion) ?? 0 }))
      const matches: Match[] = []
      for await (const version of candidates(type, criteria)) {
        const value = JSON.parse(version.json) as JsonObject
        if (version.type === type && isMatch(version.id, value, criteria)) matches.push({ version, value })
        if (matches.length === 2) break
      }
      return { matches, claims }
    },
  }

  function claimNames(type: string, { id, identifier, patient }: Criteria): string[] {
    const name = (kind: string, value: string) =>
      uuidOf(keyedHash(keys.directory, 'claim', type, kind, value))
    return [
      ...(id === undefined ? [] : [name('_id', id)]),
      ...(identifier === undefined ? [] : [name('identifier', identifier.value)]),
      ...(patient === undefined ? [] : [name('patient', patient.id)]),
    ]
  }

  async function* candidates(
    type: string,
    { id, identifier, patient }: Criteria,
  ): AsyncGenerator<HistoryEntry> {
    if (id !== undefined) return yield* live([resourceKey(keys.locator, type, id)])
    if (identifier !== undefined) {
      for await (const names of directory.identified(type, identifier.value)) yield* live(names)
      return
    }
    if (patient !== undefined) yield* walk(patientCompartment(keys.locator, patient.id))
  }

  async function* live(names: readonly ResourceKey[]): AsyncGenerator<HistoryEntry> {
    const heads = await reader.heads(names)
    const rows: HeadRow[] = [...heads.values()].filter((head) => head.alive && !head.deleted)
    yield* await reader.openAll(rows, 'full')
  }
}

function isMatch(id: string, value: JsonObject, criteria: Criteria): boolean {
  if (criteria.id !== undefined && criteria.id !== id) return false
  const { identifier, patient } = criteria
  if (identifier !== undefined) {
    const { system } = identifier
    const same = identifiersOf(value).some(
      (each) => each.value === identifier.value && (system === undefined || (each.system ?? null) === system),
    )
    if (!same) return false
  }
  if (patient !== undefined) {
    const named = patient.parameter === 'subject' ? ['subject'] : patientElements
    if (!named.some((name) => refersTo(value[name], patient.id))) return false
  }
  return true
}

/** Elements that the R4 search parameter `patient` reads, where the resource has them at its top. */
const patientElements = ['patient', 'subject', 'beneficiary', 'for', 'individual']

function refersTo(element: unknown, patientId: string): boolean {
  const list: unknown[] = Array.isArray(element) ? element : [element]
  return list.some((each) => {
    const reference = (each as { reference?: unknown } | undefined)?.reference
    return (
      typeof reference === 'string' &&
      /(?:^|\/)Patient\/([^/]+)(?:\/_history\/.*)?$/.exec(reference)?.[1] === patientId
    )
  })
}
