/** The ledger, asked in somebody's name: whoever looks into it is in it. */
import { randomUuid } from '#kernel/crypto/index.ts'
import {
  parseTilePath,
  type EntryOpened,
  type Ledger,
  type Position,
  type Whose,
} from '#kernel/ledger/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { isRefusal, refuse, type Refusal } from '#kernel/outcome.ts'
import type { By } from '../by.ts'
import { facilityOf, resourceKey, type CompartmentId } from '../place.ts'
import type { Reader } from '../reader.ts'
import type { Deed, Scribe } from '../scribe.ts'
import type { HistoryOptions, Page, Version } from '../types.ts'
import { openPageToken, pageKey, pageToken } from '../tokens.ts'
import { createPatientNames, type PatientNames } from './patients.ts'
import { badTerm } from './terms.ts'
import { patientsOf, radiusOf } from './radius.ts'
import type { LedgerEntry, LedgerPage, LedgerQuestion, LedgerSought, Owner, Radius } from './types.ts'

export interface AuditParts {
  ledger: Pick<
    Ledger,
    'query' | 'entry' | 'reach' | 'actorsOn' | 'file' | 'checkpoint' | 'tile' | 'publicKeys'
  >
  keys: Keys
  reader: Reader
  scribe: Scribe
  records: {
    instanceHistory(type: string, id: string, options: HistoryOptions): Promise<Page<Version> | Refusal>
  }
  /** The facility's, as an IANA name. */
  timeZone: string
}

/** Entries that are looked through for one page, where what is sought is in what is sealed. */
const lookedThroughMax = 20_000
const lookedAtOnce = 1000

/** A file of a patient's, on its way. */
export interface FileHanded {
  status: 'ok'
  act: string
  compartment: CompartmentId
  pieces: AsyncGenerator<string>
}

export class Audit {
  readonly #parts: AuditParts
  readonly #names: PatientNames

  constructor(parts: AuditParts) {
    this.#parts = parts
    this.#names = createPatientNames(parts.keys, parts.reader)
  }

  get timeZone(): string {
    return this.#parts.timeZone
  }

  /** What the vault is called on paper. */
  vault(): string | undefined {
    const { keys } = this.#parts
    return keys.state() === 'open' ? keys.name : undefined
  }

  async query(by: By, question: LedgerQuestion): Promise<LedgerPage | Refusal> {
    const { keys, scribe } = this.#parts
    if (keys.state() !== 'open') return refuse('sealed')
    const { page, count, said, newestFirst, patient: _patient, entity: _entity, device, ...sought } = question
    const scope = scopeOf(question)
    const after = page === undefined ? undefined : this.#open(by, scope, page)
    if (after && 'status' in after) return after
    const whose = await this.#whose(question)
    if ('status' in whose) return whose
    const { of, into, holds } = whose
    const { ledger } = this.#parts
    const actors =
      device === undefined || sought.actor !== undefined || of !== undefined
        ? {}
        : { actors: await ledger.actorsOn({ ...sought, device }, after?.position.size) }
    if (of?.length === 0) {
      const unrecorded = await scribe.recordLook(lookOf(by, said), [])
      return unrecorded ?? { status: 'ok', entries: [] }
    }
    const found = await this.#page(
      { ...sought, ...(of ? { of } : {}), ...actors, newestFirst },
      { count, after: after?.position, holds: on(device, holds) },
    )
    const seen = patientsIn(found.entries)
    if (into !== undefined) seen.add(into)
    const unrecorded = await scribe.recordLook(lookOf(by, said), seen, { facility: into === undefined })
    if (unrecorded) return unrecorded
    const entries = await this.#named(found.entries)
    if (!found.next) return { status: 'ok', entries }
    const next = pageToken(pageKey(keys.token), scope, { actor: by.actor, ...found.next })
    return { status: 'ok', entries, next }
  }

  /** By the id that `query` gave it. */
  async entry(by: By, id: string): Promise<{ status: 'ok'; entry: LedgerEntry } | Refusal> {
    const { ledger, keys, scribe } = this.#parts
    if (keys.state() !== 'open') return refuse('sealed')
    const [, index, uuid] = entryId.exec(id) ?? []
    const found = index === undefined ? undefined : await ledger.entry(Number(index))
    // A tree of another past has another entry there.
    if (!found || found.id !== uuid) return refuse('not-found')
    const seen = patientsIn([found])
    const unrecorded = await scribe.recordLook(lookOf(by, `entry ${id}`), seen, { facility: seen.size === 0 })
    if (unrecorded) return unrecorded
    const [entry] = await this.#named([found])
    return { status: 'ok', entry: entry as LedgerEntry }
  }

  async radius(by: By, sought: LedgerSought & { said: string }): Promise<Radius | Refusal> {
    const { ledger, keys, scribe } = this.#parts
    if (keys.state() !== 'open') return refuse('sealed')
    const { said, ...rest } = sought
    const { actor, client, address, device } = rest
    if ([actor, client, address, device].every((each) => each === undefined))
      return badTerm('actor', 'who, client, address or device', 'quién, o client, address o device')
    const reach = await ledger.reach(rest)
    if (reach.status === 'too-wide')
      return refuse('search-too-costly', { parameter: 'from', limit: reach.resourcesMax })
    const patients = patientsOf(reach)
    const unrecorded = await scribe.recordLook(lookOf(by, said), patients)
    return unrecorded ?? radiusOf(reach, await this.#names.of(patients))
  }

  /** All that is in the patient's stream, with proofs; the asking is the last of it. */
  async file(by: By, patient: string, act: string): Promise<FileHanded | Refusal> {
    const { ledger, keys, scribe, reader } = this.#parts
    if (keys.state() !== 'open') return refuse('sealed')
    const { compartment, keys: theirs } = await scribe.patient(patient)
    if (!theirs)
      return refuse(await reader.absenceOf('Patient', resourceKey(keys.locator, 'Patient', patient)))
    const deed: Deed = { action: 'ledger-file', outcome: 'begun', by, act, into: compartment }
    const handed = await scribe.guarded(() =>
      ledger.file(theirs, act, async () => void (await scribe.tell(deed))),
    )
    if (handed === 'again') return refuse('gone')
    if (isRefusal(handed)) return handed
    if (handed.status === 'late') return refuse('busy', {}, { retryAfterSeconds: 5 })
    return { status: 'ok', act, compartment, pieces: handed.pieces }
  }

  async checkpoint(): Promise<{ status: 'ok'; note: string } | Refusal> {
    const newest = await this.#parts.ledger.checkpoint()
    return newest ? { status: 'ok', note: newest.note } : refuse('not-found')
  }

  /** What signs checkpoints and did, one a line. */
  async publicKeys(): Promise<{ status: 'ok'; text: string } | Refusal> {
    if (this.#parts.keys.state() !== 'open') return refuse('sealed')
    const keys = await this.#parts.ledger.publicKeys()
    return { status: 'ok', text: keys.map((key) => `${key}\n`).join('') }
  }

  /** C2SP tlog-tiles, below `/ledger/`. Entries are somebody's, although they are sealed; hashes are nobody's. */
  async tile(by: By, path: string): Promise<{ status: 'ok'; bytes: Uint8Array } | Refusal> {
    const { ledger, scribe } = this.#parts
    const name = parseTilePath(path)
    const bytes = name && (await ledger.tile(name))
    if (!bytes) return refuse('not-found')
    const unrecorded = name.level === 'entries' ? await scribe.recordLook(lookOf(by, path), []) : undefined
    return unrecorded ?? { status: 'ok', bytes }
  }

  #open(by: By, scope: string, page: string): { position: Position } | Refusal {
    const opened = openPageToken(pageKey(this.#parts.keys.token), scope, page)
    if (opened.status !== 'ok') return opened
    const { actor, recordedAtMs, index, size } = opened.position
    if (actor !== by.actor) return refuse('page-of-another')
    return { position: { recordedAtMs: Number(recordedAtMs), index: Number(index), size: Number(size) } }
  }

  async #whose({ patient, entity }: LedgerQuestion): Promise<Streams | Refusal> {
    const { keys } = this.#parts
    if (patient !== undefined) {
      const { compartment, keys: theirs } = await this.#parts.scribe.patient(patient)
      if (!theirs) {
        const absent = await this.#parts.reader.absenceOf(
          'Patient',
          resourceKey(keys.locator, 'Patient', patient),
        )
        return absent === 'gone' ? refuse('gone') : { of: [] }
      }
      const holds = entity && !isSame(entity, { type: 'Patient', id: patient }) ? naming(entity) : undefined
      return { of: [theirs], into: compartment, ...(holds ? { holds } : {}) }
    }
    if (!entity) return {}
    const places = await this.#placesOf(entity)
    if ('status' in places) return places
    const theirs = await keys.load(places)
    const own =
      entity.type === 'Patient' ? (resourceKey(keys.locator, 'Patient', entity.id) as string) : undefined
    const named = naming(entity)
    return {
      // What was asked for in vain is the facility's.
      of: ['facility', ...theirs.values()],
      holds: (entry) => (own !== undefined && entry.of === own) || named(entry),
    }
  }

  /** The patients in whose streams the resource can be: all that any version of it lived with or named. */
  async #placesOf({ type, id }: { type: string; id: string }): Promise<CompartmentId[] | Refusal> {
    const { keys, records, scribe } = this.#parts
    const facility = facilityOf(keys.locator)
    const places = new Set<CompartmentId>()
    if (type === 'Patient') places.add(resourceKey(keys.locator, type, id) as string as CompartmentId)
    for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
      const page = await records.instanceHistory(type, id, {
        count: 1000,
        ...(after === undefined ? {} : { after }),
      })
      if (isRefusal(page)) {
        if (page.status === 'not-found' || page.status === 'gone') break
        return page
      }
      for (const version of page.entries) for (const place of scribe.placesOf(version)) places.add(place)
      after = page.next
    }
    places.delete(facility)
    return [...places]
  }

  /** Goes through entries until the page is full, or enough were looked through: then it is shorter, and goes on. */
  async #page(
    question: Omit<Parameters<Ledger['query']>[0], 'limit' | 'after'>,
    { count, after: first, holds }: { count: number; after: Position | undefined; holds: Holds | undefined },
  ): Promise<{ entries: EntryOpened[]; next?: Position }> {
    const { ledger } = this.#parts
    const entries: EntryOpened[] = []
    let looked = 0
    for (let after = first; ;) {
      const limit = holds ? lookedAtOnce : count
      const answer = await ledger.query({ ...question, limit, ...(after ? { after } : {}) })
      looked += answer.entries.length
      for (const entry of answer.entries) {
        if (holds && !holds(entry)) continue
        entries.push(entry)
        if (entries.length < count) continue
        const isLast = entry === answer.entries.at(-1)
        const { recordedAtMs, index } = entry
        if (isLast && !answer.next) return { entries }
        return { entries, next: { recordedAtMs, index, size: answer.size } }
      }
      if (!answer.next) return { entries }
      if (looked >= lookedThroughMax) return { entries, next: answer.next }
      after = answer.next
    }
  }

  async #named(entries: readonly EntryOpened[]): Promise<LedgerEntry[]> {
    const names = await this.#names.of(patientsIn(entries))
    return entries.map((entry) => {
      const { id, index, act, recordedAtMs, action, outcome, of, details, commitments } = entry
      const { resources = [], ...said } = details ?? {}
      const owner: Owner = of === undefined ? 'gone' : of === 'facility' ? 'facility' : 'patient'
      const patient = names.get(of as CompartmentId)
      return {
        id: `${index}-${id}`,
        index,
        act,
        recorded: new Date(recordedAtMs),
        action,
        outcome,
        owner,
        ...(patient === undefined ? {} : { patient }),
        ...said,
        resources,
        commitments,
      }
    })
  }
}

type Holds = (entry: EntryOpened) => boolean

interface Streams {
  of?: readonly Whose[]
  into?: CompartmentId
  holds?: Holds
}

const entryId = /^(0|[1-9]\d{0,15})-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

function lookOf(by: By, query: string): Deed {
  return { action: 'ledger-query', outcome: 'done', by, act: randomUuid(), query }
}

function patientsIn(entries: readonly EntryOpened[]): Set<CompartmentId> {
  const found = new Set<CompartmentId>()
  for (const { of } of entries) if (of !== undefined && of !== 'facility') found.add(of as CompartmentId)
  return found
}

function naming(entity: { type: string; id: string }): Holds {
  return ({ details }) => details?.resources?.some((each) => isSame(each, entity)) ?? false
}

/** What names the device, and holds besides. */
function on(device: string | undefined, holds: Holds | undefined): Holds | undefined {
  if (device === undefined) return holds
  return (entry) => entry.details?.device === device && (holds?.(entry) ?? true)
}

function isSame(one: { type: string; id: string }, other: { type: string; id: string }): boolean {
  return one.type === other.type && one.id === other.id
}

/** A token of one question does not open in another. */
function scopeOf({ page: _, count: __, said: ___, ...question }: LedgerQuestion): string {
  return `ledger ${JSON.stringify(Object.entries(question).toSorted(([one], [other]) => (one < other ? -1 : 1)))}`
}
