/**
 * Who in the vault may be this patient. The directory tells of whom it could be at all: no search of the population, and no more candidates
 * than are said here. docs/spec/merging.md, "Duplicates".
 */
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { SafeguardRows, SafeguardWho } from '#kernel/safeguard.ts'
import type { JsonObject } from '#records/json/index.ts'
import type { Directory } from '../directory/index.ts'
import { hidden, type Sight } from '../gate/index.ts'
import type { Listing } from '../listing.ts'
import type { Merges, Pair } from '../merging/index.ts'
import type { ResourceKey } from '../place.ts'
import type { Reader } from '../reader.ts'
import { parseSearch, type ExtractOptions, type Filter } from '../search/index.ts'
import type { HistoryEntry, Version } from '../types.ts'
import { identifiersOf, namesOf, scoreOf, traitsOf, wordsIn, type Scored } from './scoring.ts'

export interface Match extends Scored {
  version: Version
}

export interface Matches {
  status: 'ok'
  /** The likeliest first. */
  matches: Match[]
}

export interface Proposal extends Scored {
  /** Changed last. */
  one: Version
  other: Version
}

export interface Proposals {
  status: 'ok'
  proposals: Proposal[]
  /** Of the patients that were looked at. */
  looked: number
  /** Token of what is looked at next. */
  next?: string
}

export interface Matching {
  match(patient: JsonObject, options: { count: number; sight?: Sight }): Promise<Matches | Refusal>
  /** Pairs in which the newer is one of the patients changed last; page by page all there are. */
  duplicates(options: { after?: string; sight?: Sight }): Promise<Proposals | Refusal>
  /** They are two: they are proposed no more. */
  setApart(
    pair: Pair,
    who: SafeguardWho,
    sight?: Sight,
  ): Promise<{ status: 'ok'; one: Version; other: Version } | Refusal>
}

export interface MatchingParts {
  reader: Reader
  directory: Directory
  listing: Listing
  merges: Pick<Merges, 'besidePatient' | 'isSource'>
  rows: SafeguardRows
  local: ExtractOptions
  now: () => number
}

/** Looked at for one patient and one way of looking, and in all. */
const candidatesMax = 200
const candidatesInAllMax = 400
/** Identifiers of one patient that are looked for. */
const identifiersMax = 10
/** Patients of one page of proposals: some 10 ms each. */
const pagePatients = 25

export function createMatching({
  reader,
  directory,
  listing,
  merges,
  rows,
  local,
  now,
}: MatchingParts): Matching {
  return {
    async match(patient, { count, sight }) {
      const matches = await matchesOf(patient, sight)
      return { status: 'ok', matches: matches.slice(0, count) }
    },

    async duplicates({ after, sight }) {
      const page = await listing.list('Patient', {
        count: pagePatients,
        ...(after === undefined ? {} : { after }),
      })
      if (page.status !== 'ok') return page
      const proposals: Proposal[] = []
      for (const one of page.entries) {
        if (sight && !((await sight.allows('read', one)) && (await sight.allows('identify', one)))) continue
        const patient = JSON.parse(one.json) as JsonObject
        if (await merges.isSource(patient)) continue
        for (const { version: other, ...scored } of await matchesOf(patient, sight))
          if (isNewer(one, other) && !(await isApart(one.id, other.id)))
            proposals.push({ one, other, ...scored })
      }
      const { next } = page
      return { status: 'ok', proposals, looked: page.entries.length, ...(next === undefined ? {} : { next }) }
    },

    async setApart({ source, target }, who, sight) {
      if (source === target) return refuse('merge-same')
      const [one, other] = await Promise.all([source, target].map((id) => currentTo(id, sight)))
      if (one?.status !== 'ok') return one ?? refuse('not-found')
      if (other?.status !== 'ok') return other ?? refuse('not-found')
      await rows.change<Apart, void>(nameOf(source, target), who, (known) => ({
        ...(known ? {} : { write: { value: { at: now() }, what: 'two records of two people' } }),
        result: undefined,
      }))
      return { status: 'ok', one: one.version, other: other.version }
    },
  }

  /** Of whom they may not see whole it is not even said that there was one. */
  async function currentTo(id: string, sight: Sight | undefined): ReturnType<Reader['current']> {
    const found = await reader.current('Patient', id)
    if (!sight) return found
    if (found.status !== 'ok') return found.status === 'gone' ? refuse('not-found') : found
    const { version } = found
    return (await sight.allows('read', version)) && (await sight.allows('identify', version))
      ? found
      : hidden()
  }

  async function isApart(one: string, other: string): Promise<boolean> {
    return (await rows.find<Apart>(nameOf(one, other))) !== undefined
  }

  /** Those with whom it is not joined yet, and that are no source of a merge themselves. */
  async function matchesOf(patient: JsonObject, sight: Sight | undefined): Promise<Match[]> {
    const traits = traitsOf(patient)
    const found = await candidatesFor(patient, traits.names[0]?.words ?? [], sight)
    const joined = new Set([patient['id'], ...(await merges.besidePatient(patient))])
    const matches: Match[] = []
    for (const version of found) {
      const other = JSON.parse(version.json) as JsonObject
      if (joined.has(version.id) || (await merges.isSource(other))) continue
      const scored = scoreOf(traits, traitsOf(other))
      if (!scored) continue
      // What is not seen whole is not matched: what it has in common would tell what is hidden.
      if (sight && !((await sight.allows('read', version)) && (await sight.allows('identify', version))))
        continue
      matches.push({ version, ...scored })
    }
    return matches.toSorted((a, b) => b.score - a.score || (a.version.id < b.version.id ? -1 : 1))
  }

  /** Of whom they could see nothing takes no room: else who is found would tell how many others there are. */
  async function candidatesFor(
    patient: JsonObject,
    words: readonly string[],
    sight: Sight | undefined,
  ): Promise<HistoryEntry[]> {
    const places = await sight?.places()
    const own = places && new Set<string>(places)
    const names = new Set<ResourceKey>()
    for (const filters of waysTo(patient, words)) {
      if (names.size >= candidatesInAllMax) break
      const batches = directory.candidates('Patient', filters)
      if (!batches) continue
      let looked = 0
      for await (const batch of batches) {
        // A patient's name is that of the compartment.
        const theirs = own ? batch.filter((name) => own.has(name)) : batch
        for (const name of theirs.slice(0, candidatesMax - looked)) names.add(name)
        looked += theirs.length
        if (looked >= candidatesMax) break
      }
    }
    const heads = await reader.heads([...names])
    const there = [...heads.values()].filter((head) => head.alive && !head.deleted)
    return reader.openAll(there, 'full')
  }

  /** By each identifier; by all words of the name; by two of them, so that one may be written otherwise, or be missing. */
  function* waysTo(patient: JsonObject, words: readonly string[]): Generator<readonly Filter[]> {
    for (const { value } of identifiersOf(patient).slice(0, identifiersMax)) yield* asked('identifier', value)
    if (words.length > 1) yield* asked('name', words.join(' '))
    if (words.length > 2) for (const two of twoOf(patient)) yield* asked('name', two.join(' '))
  }

  function* asked(parameter: string, value: string): Generator<readonly Filter[]> {
    const escaped = value.replaceAll(/[\\,|$]/g, (sign) => `\\${sign}`)
    const parsed = parseSearch({ ...local, type: 'Patient', pairs: [[parameter, escaped]], now: now() })
    if (parsed.status === 'ok') yield parsed.search.filters
  }
}

/** The first given name with each of two family names, and those with each other. */
function twoOf(patient: JsonObject): string[][] {
  const [name] = namesOf(patient)
  if (!name) return []
  const longIn = (part: unknown) =>
    wordsIn([part].flat())
      .map(({ folded }) => folded)
      .filter((word) => word.length >= wordLettersMin)
  const isText = name.family === undefined && name.given === undefined
  const all = isText ? longIn(name.text) : []
  const [given] = isText ? all : longIn(name.given)
  const [first, second] = isText ? all.slice(1).slice(-2) : longIn(name.family)
  return [
    [first, given],
    [second, given],
    [first, second],
  ].filter((two): two is string[] => two.every((word) => word !== undefined))
}

/** Shorter ones have no term (docs/spec/records.md, "The directory"). */
const wordLettersMin = 3

/** What is kept of a pair that is two people's. */
interface Apart {
  at: number
}

const nameOf = (one: string, other: string): string => `apart/${[one, other].toSorted().join('/')}`

/** Each pair once: on the page of the one that was changed last. */
function isNewer(one: Version, other: Version): boolean {
  const apart = one.lastUpdated.getTime() - other.lastUpdated.getTime()
  return apart > 0 || (apart === 0 && one.id < other.id)
}
