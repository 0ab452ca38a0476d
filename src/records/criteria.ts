/** The criteria of conditional operations: everything that a search takes to say which. */
import { keyedHash } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { lengthOf, type Restore } from './attachments/index.ts'
import { hasMarkers } from './markers.ts'
import { claimNames, isOfNow } from './claims.ts'
import { resultBytesMax, tooLong } from './patch/index.ts'
import { uuidOf } from './place.ts'
import { selectClaims } from './queries.ts'
import type { Reader } from './reader.ts'
import { hidden, type Sight } from './gate/index.ts'
import type { Claim } from './rows.ts'
import { parseSearch, type ExtractOptions, type Search } from './search/index.ts'
import type { Bounds, Searcher } from './search/run/index.ts'
import type { Version } from './types.ts'

export interface Finder {
  /**
   * What matches now, two at most, and the claims by which a later write knows that this still holds. `query`: as in
   * an address, without the leading `?`.
   */
  find(
    type: string,
    query: string,
  ): Promise<{ status: 'found'; matches: Version[]; claims: Claim[] } | Refusal>
  /** What a change of a part is made of. */
  current: Reader['current']
  /** The text with all that stands apart from its row, where a patch can be made of it. */
  whole(json: string): Promise<{ status: 'ok'; text: string } | Refusal>
  /** One whose searches are held to these bounds. */
  within(bounds: Bounds): Finder
}

export interface FinderRooms {
  sql: Sql
  keys: Keys
  reader: Reader
  searcher: Searcher
  local: ExtractOptions
  now: () => number
  restore: Restore
}

export function createFinder({ sql, keys, reader, searcher, local, now, restore }: FinderRooms): Finder {
  return within({})

  function within(bounds: Bounds): Finder {
    const { sight } = bounds
    const current: Finder['current'] = sight ? currentTo(sight) : reader.current
    return { current, whole, within, find: (type, query) => find(type, query, bounds) }
  }

  /** What somebody may not see is not there: a patch could ask it what is in it. */
  function currentTo(sight: Sight): Finder['current'] {
    return async (type, id) => {
      const found = await reader.current(type, id)
      if (found.status !== 'ok') return found.status === 'gone' ? refuse('not-found') : found
      return (await sight.allows('read', found.version)) ? found : hidden()
    }
  }

  async function whole(json: string): ReturnType<Finder['whole']> {
    if (!hasMarkers(json)) return { status: 'ok', text: json }
    return lengthOf(json) > resultBytesMax ? tooLong : { status: 'ok', text: await restore.whole(json) }
  }

  async function find(type: string, query: string, bounds: Bounds): ReturnType<Finder['find']> {
    const pairs = [...new URLSearchParams(query)]
    const parsed = parseSearch({ ...local, type, pairs, now: now() })
    if (parsed.status !== 'ok') return parsed
    const { search } = parsed
    const fault = faultOf(search, pairs)
    if (fault) return fault
    // The claims first: what commits after they were read, the write will notice.
    const names = namesOf(type, pairs, search)
    const rows = await selectClaims(sql, [...names.keys()])
    const versions = new Map(rows.map((row) => [row.criterion, row.version]))
    const claims = Array.from(names, ([criterion, isShared]) => ({
      criterion,
      expected: versions.get(criterion) ?? 0,
      isShared,
    }))
    const found = await searcher.first(search, 2, bounds)
    return found.status === 'ok' ? { status: 'found', matches: found.versions, claims } : found
  }

  /** The name of each claim, and whether it may be shared. */
  function namesOf(type: string, pairs: readonly (readonly [string, string])[], search: Search) {
    // Claims are the same whenever the criteria are read.
    const timeless = isOfNow(search.filters) ? parseSearch({ ...local, type, pairs, now: 0 }) : undefined
    const filters = timeless?.status === 'ok' ? timeless.search.filters : search.filters
    return new Map(
      claimNames(filters).map(({ kind, value, isShared }) => [
        uuidOf(keyedHash(keys.directory, 'claim', type, kind, value)),
        isShared,
      ]),
    )
  }
}

/** What is about an answer has no place in criteria; and criteria that say nothing are none. */
function faultOf(search: Search, pairs: readonly (readonly [string, string])[]): Refusal | undefined {
  if (search.filters.length === 0)
    return refuse('invalid-parameter', { parameter: '_id', expected: criterion })
  const name = pairs.map(([each]) => each).find((each) => aboutAnswers.test(each))
  return name === undefined ? undefined : refuse('unsupported-parameter', { parameter: name })
}

const criterion = { es: 'algún criterio de búsqueda', en: 'some search criterion' }

const aboutAnswers = /^_(?:sort|count|total|summary|elements|format|pretty|page|include|revinclude)(?::|$)/
