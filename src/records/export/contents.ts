/** From names to lines: the versions that are wanted, opened a little at a time, judged, and put into their files. */
import { KeyZeroed, SealBroken } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { patientsOf, subset, typeName } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import {
  compileFilters,
  decodeTuple,
  encodeTuple,
  extract,
  type ExtractOptions,
  type Matcher,
} from '#records/search/index.ts'
import type { By } from '../by.ts'
import { lengthOf, type Restore } from '../attachments/index.ts'
import { hasMarkers } from '../markers.ts'
import { facilityCompartment, patientCompartment, type CompartmentId } from '../place.ts'
import type { Reader } from '../reader.ts'
import type { VersionRow } from '../rows.ts'
import type { Pace } from '../search/run/index.ts'
import type { HistoryEntry } from '../types.ts'
import type { Files } from './files.ts'
import { selectContents, type Edge, type Then } from './queries.ts'
import { isWanted, searchOf, type Request } from './request.ts'
import { createEyes, type Eyes, type SightOf } from './seeing.ts'
import type { Batch, Walk } from './walk.ts'

export interface Carried {
  /** Who gets it. */
  by: By
  request: Request
  compartments: readonly CompartmentId[] | undefined
  /** Milliseconds since 1970. */
  moment: number
  from?: Edge | undefined
  files: Files
  pace: Pace
  signal: AbortSignal
  /** Records whose it is; called before `onStep`, and before there is much to say. */
  tell: (seen: readonly HistoryEntry[]) => Promise<void>
  /** Called after each step, when all before `done` is in the files. */
  onStep: (step: { done: Edge | undefined; resources: number; broken: number }) => Promise<void> | void
}

/** What is read at once: some milliseconds, and bounded whatever the resources are. */
const contents = { bytesMax: 2 * 1024 * 1024, rowsMax: 200 }
/** Opened between two looks at the clock: some 0.3 ms. */
const openedAtOnce = 8

export type Carry = (carried: Carried) => Promise<void>

export interface CarryParts {
  sql: Sql
  keys: Keys
  reader: Reader
  restore: Restore
  walk: Walk
  sightOf: SightOf
  local: ExtractOptions
}

export function createCarry({ sql, keys, reader, restore, walk, sightOf, local }: CarryParts): Carry {
  return async function carry({
    by,
    request,
    compartments,
    moment,
    from,
    files,
    pace,
    signal,
    tell,
    onStep,
  }) {
    const facility = facilityCompartment(keys.locator)
    const members = compartments && new Set(compartments)
    const wantsFacility = request.level === 'system' || wantsOfFacility(request)
    const matcher = matcherOf(request, local, moment)
    const step = { resources: 0, broken: 0 }
    const seen = new Seen(tell)
    const options = { moment, compartments, from, ...(wantsFacility ? {} : { without: facility }) }
    for await (const batch of walk(options)) await take(batch)
    if (!members || !wantsFacility) return
    // What of the facility was asked for by name, after the patients who were; in one go, so without `done`.
    for await (const { found } of walk({ moment, compartments: [facility] })) await take({ found })

    async function take({ found, pointed, done }: Batch): Promise<void> {
      step.resources = 0
      step.broken = 0
      // Asked for each portion: what somebody may see ends while an export runs, and what is known of patients is let go.
      const sight = await sightOf(by)
      const eyes = sight && createEyes({ sql, keys, reader }, sight)
      const theirs = eyes ? await typesOf(found, eyes) : undefined
      const wanted = found.filter((row) => {
        if (theirs?.has(row.type) === false) return false
        if (request.since !== undefined && row.updated_at.getTime() <= request.since) return false
        if (row.deleted && request.since === undefined) return false
        // Given with the other patient's, who was asked for as well.
        if (pointed && members?.has(row.compartment)) return false
        return isWanted(request, typeName(row.type), row.compartment === facility)
      })
      // PostgreSQL gives them as they lie, which says something of what lies between.
      for (const some of portionsOf(wanted.toSorted(byName))) {
        if (signal.aborted) break
        const rows = await selectContents(sql, some)
        await open(rows.toSorted(byName), pointed, eyes)
      }
      signal.throwIfAborted()
      await seen.tell()
      if (pace.isDue) await pace.rest()
      await onStep({ done, ...step })
    }

    async function open(
      rows: readonly VersionRow[],
      pointed: CompartmentId | undefined,
      eyes: Eyes | undefined,
    ): Promise<void> {
      for (let at = 0; at < rows.length && !signal.aborted; at += openedAtOnce) {
        for (const version of await opened(rows.slice(at, at + openedAtOnce), eyes))
          await put(version, pointed)
        if (seen.isMuch) await seen.tell()
        if (pace.isDue) await pace.rest()
      }
    }

    async function opened(rows: readonly VersionRow[], eyes: Eyes | undefined): Promise<HistoryEntry[]> {
      const openAll = () => (eyes ? eyes.opened(rows) : reader.openAll(rows, 'full'))
      try {
        return await openAll()
      } catch (error) {
        // Sealed in the middle: the whole export waits. A patient destroyed in the middle: the next try finds no key.
        if (keys.state() !== 'open') throw error
        if (!(error instanceof KeyZeroed) && !(error instanceof SealBroken)) throw error
        if (rows.length > 1) {
          const found: HistoryEntry[] = []
          for (const row of rows) found.push(...(await opened([row], eyes)))
          return found
        }
        if (error instanceof KeyZeroed) return openAll()
        // Whether they might have seen it nobody can tell any more.
        if (!eyes) step.broken++
        return []
      }
    }

    async function put(version: HistoryEntry, pointed: CompartmentId | undefined): Promise<void> {
      const { type, deleted } = version
      if (deleted) {
        step.resources++
        seen.add(version)
        await files.add('deleted', 'Bundle', deletionOf(version))
        return
      }
      const text = version.json
      const needsTree = pointed !== undefined || matcher.has(type)
      const tree = needsTree ? (JSON.parse(text) as JsonObject) : undefined
      if (tree && pointed && !isFirst(tree, pointed)) return
      if (tree && matcher.has(type)) {
        const tuple = decodeTuple(encodeTuple(extract(tree, { ...local, text })))
        const candidate = { tuple, updatedAt: version.lastUpdated.getTime() }
        if (!matcher.get(type)!.some((matches) => matches(candidate, () => nothing))) return
      }
      step.resources++
      seen.add(version)
      const line = partOf(text, type, request)
      // What stands apart goes by the stream: it may be more than memory holds.
      if (!hasMarkers(line)) await files.add('output', type, line)
      else await files.add('output', type, restore.stream(line), lengthOf(line))
    }

    /** Of several patients who were asked for and whom it names: it is given with the one whose name comes first. */
    function isFirst(tree: JsonObject, pointed: CompartmentId): boolean {
      const named = patientsOf(tree, local).map((id) => patientCompartment(keys.locator, id))
      return named.filter((each) => members?.has(each)).every((each) => pointed <= each)
    }
  }
}

function byName(one: Then | VersionRow, other: Then | VersionRow): number {
  const [a, b] = [`${one.compartment}${one.resource}`, `${other.compartment}${other.resource}`]
  return a < b ? -1 : a > b ? 1 : one.version - other.version
}

/** Types, by code, of which whoever asks may have any. */
async function typesOf(rows: readonly Then[], eyes: Eyes): Promise<Set<number>> {
  const types = new Set<number>()
  for (const code of new Set(rows.map(({ type }) => type)))
    if (await eyes.mayHave(typeName(code))) types.add(code)
  return types
}

/** What went into the files and is not told yet. */
class Seen {
  readonly #tell: Carried['tell']
  #versions: HistoryEntry[] = []
  #chars = 0

  constructor(tell: Carried['tell']) {
    this.#tell = tell
  }

  get isMuch(): boolean {
    return this.#versions.length >= seenMax.versions || this.#chars >= seenMax.chars
  }

  add(version: HistoryEntry): void {
    this.#versions.push(version)
    this.#chars += version.body.length
  }

  async tell(): Promise<void> {
    const versions = this.#versions
    this.#versions = []
    this.#chars = 0
    if (versions.length > 0) await this.#tell(versions)
  }
}

/** What is held to be told together. */
const seenMax = { versions: 1000, chars: 4 * 1024 * 1024 }

const nothing: ReadonlySet<string> = new Set()

function wantsOfFacility(request: Request): boolean {
  return request.types?.some((type) => isWanted(request, type, true)) ?? false
}

/** The same rows in portions that fit in memory, whatever is in them. */
function* portionsOf(rows: readonly Then[]): Generator<Then[]> {
  let portion: Then[] = []
  let bytes = 0
  for (const row of rows) {
    if (
      portion.length === contents.rowsMax ||
      (portion.length > 0 && bytes + row.bytes > contents.bytesMax)
    ) {
      yield portion
      portion = []
      bytes = 0
    }
    portion.push(row)
    bytes += row.bytes
  }
  if (portion.length > 0) yield portion
}

/** Of each type that `_typeFilter` is about: the searches of which one must match. */
function matcherOf(request: Request, local: ExtractOptions, now: number): Map<string, Matcher[]> {
  const matchers = new Map<string, Matcher[]>()
  for (const [type, pairs] of request.filters ?? []) {
    const read = searchOf(type, pairs, local, now)
    if (read.status !== 'ok') throw new Error('a filter that was understood is not any more')
    const { filters } = read.search
    const matches = filters.length === 0 ? () => true : compileFilters(filters)
    matchers.set(type, [...(matchers.get(type) ?? []), matches])
  }
  return matchers
}

function partOf(text: string, type: string, { elements }: Request): string {
  if (!elements) return text
  const asked = elements.filter(([of]) => of === '*' || of === type).map(([, element]) => element)
  return subset(text, type, { elements: asked })
}

/** Bulk Data Access, "Response - Complete Status", `deleted`: a transaction Bundle on a line. */
function deletionOf({ type, id, lastUpdated }: HistoryEntry): string {
  const meta = { lastUpdated: lastUpdated.toISOString() }
  const entry = [{ request: { method: 'DELETE', url: `${type}/${id}` } }]
  return JSON.stringify({ resourceType: 'Bundle', meta, type: 'transaction', entry })
}
