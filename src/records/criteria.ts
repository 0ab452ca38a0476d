/** The criteria of conditional operations: everything that a search takes to say which. */
import { keyedHash } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { uuidOf } from './place.ts'
import { selectClaims } from './queries.ts'
import type { Reader } from './reader.ts'
import type { Claim } from './rows.ts'
import { parseSearch, type ExtractOptions, type Filter, type Search } from './search/index.ts'
import type { Searcher } from './search/run/index.ts'
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
}

export interface FinderRooms {
  sql: Sql
  keys: Keys
  reader: Reader
  searcher: Searcher
  local: ExtractOptions
  now: () => number
}

export function createFinder({ sql, keys, reader, searcher, local, now }: FinderRooms): Finder {
  return {
    current: reader.current,

    async find(type, query) {
      const pairs = [...new URLSearchParams(query)]
      const parsed = parseSearch({ ...local, type, pairs, now: now() })
      if (parsed.status !== 'ok') return parsed
      const { search } = parsed
      const fault = faultOf(search, pairs)
      if (fault) return fault
      // The claims first: what commits after they were read, the write will notice.
      const names = claimNames(type, search.filters, pairs)
      const rows = await selectClaims(sql, [...names.keys()])
      const versions = new Map(rows.map((row) => [row.criterion, row.version]))
      const claims = Array.from(names, ([criterion, isShared]) => ({
        criterion,
        expected: versions.get(criterion) ?? 0,
        isShared,
      }))
      const found = await searcher.first(search, 2)
      return found.status === 'ok' ? { status: 'found', matches: found.versions, claims } : found
    },
  }

  /**
   * Two that look for the same must meet on a claim: on the id, identifier or patient that they name, whatever else
   * they say; and on all that they say, where it is no more than a patient. Gives of each name whether it is a patient's.
   */
  function claimNames(
    type: string,
    filters: readonly Filter[],
    pairs: readonly (readonly [string, string])[],
  ): Map<string, boolean> {
    const name = (kind: string, value: string) =>
      uuidOf(keyedHash(keys.directory, 'claim', type, kind, value))
    const named = filters.flatMap((filter) => namedBy(filter) ?? [])
    const names = new Map(named.map(([kind, value]) => [name(kind, value), kind === 'patient']))
    if (named.some(([kind]) => kind !== 'patient')) return names
    const text = pairs.map(([each, value]) => JSON.stringify([each, value])).toSorted()
    return names.set(name('criteria', text.join()), false)
  }
}

/** A kind of claim and the value claimed, for each operand; undefined where not all of them have one. */
function namedBy(filter: Filter): [kind: string, value: string][] | undefined {
  if (filter.is !== 'value' || filter.modifier !== undefined) return undefined
  const { parameter, operands } = filter
  const named: [string, string][] = []
  for (const operand of operands) {
    if (operand.kind === 'token' && operand.code !== undefined && tokens.has(parameter))
      named.push([parameter, operand.code])
    else if (operand.kind === 'reference' && operand.type === 'Patient' && patients.has(parameter))
      named.push(['patient', operand.id ?? ''])
    else return undefined
  }
  return named
}

const tokens = new Set(['_id', 'identifier'])
const patients = new Set(['patient', 'subject'])

/** What is about an answer has no place in criteria; and criteria that say nothing are none. */
function faultOf(search: Search, pairs: readonly (readonly [string, string])[]): Refusal | undefined {
  if (search.filters.length === 0)
    return refuse('invalid-parameter', { parameter: '_id', expected: criterion })
  const name = pairs.map(([each]) => each).find((each) => aboutAnswers.test(each))
  return name === undefined ? undefined : refuse('unsupported-parameter', { parameter: name })
}

const criterion = { es: 'algún criterio de búsqueda', en: 'some search criterion' }

const aboutAnswers = /^_(?:sort|count|total|summary|elements|format|pretty|page|include|revinclude)(?::|$)/
