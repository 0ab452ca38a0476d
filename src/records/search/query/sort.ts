import type { ParameterKind, Value } from '../extract/values.ts'
import { searchText } from './texts.ts'
import type { Candidate, Sortable, Sorter, SortKey } from './types.ts'

type Key = string | number | undefined

/**
 * R4 search.html#sort. Of several values the one that comes first in the direction counts; a resource without any comes last in
 * either direction, and what is equal in all keys goes by name.
 */
export function createSorter(keys: readonly SortKey[]): Sorter {
  const readers = keys.map(({ parameter, kind, isDescending }) => {
    if (parameter === '_lastUpdated') return ({ updatedAt }: Candidate): Key => updatedAt
    const keyOf = keysOf[kind]
    return ({ tuple }: Candidate): Key => {
      const values = tuple.values(parameter)
      if (values === undefined) return undefined
      let best: Key
      for (const value of values) {
        const key = cut(keyOf(value))
        if (key !== undefined && (best === undefined || key > best === isDescending)) best = key
      }
      return best
    }
  })
  const signs = keys.map(({ isDescending }) => (isDescending ? -1 : 1))
  return {
    valuesOf: (candidate) => readers.map((read) => read(candidate)),
    compare(left: Sortable, right: Sortable) {
      for (const [at, sign] of signs.entries()) {
        const [one, other] = [left.values[at], right.values[at]]
        if (one === other) continue
        if (one === undefined) return 1
        if (other === undefined) return -1
        return one < other ? -sign : sign
      }
      return left.name < right.name ? -1 : left.name > right.name ? 1 : 0
    },
  }
}

/** Of a text this much counts: a page link holds it, and an address has an end. */
const keyLength = 100

function cut(key: Key): Key {
  return typeof key === 'string' ? key.slice(0, keyLength).toWellFormed() : key
}

const keysOf: Record<ParameterKind, (value: Value) => Key> = {
  token: (value) => {
    if (value.kind !== 'token') return undefined
    return value.code?.toLowerCase() ?? (value.text === undefined ? undefined : searchText(value.text))
  },
  reference: (value) => {
    if (value.kind !== 'reference') return undefined
    return value.id === undefined ? (value.url ?? value.identifier?.value) : `${value.type}/${value.id}`
  },
  date: (value) => (value.kind === 'date' ? value.low : undefined),
  string: (value) => (value.kind === 'string' ? collated(value.text) : undefined),
  uri: (value) => (value.kind === 'uri' ? value.uri : undefined),
  number: amountKey,
  quantity: amountKey,
  composite: () => undefined,
  special: () => undefined,
}

/** Of a range its low end; of one that is open there, its high one. */
function amountKey(value: Value): Key {
  if (value.kind !== 'number' && value.kind !== 'quantity') return undefined
  return value.value ?? (value.low === -Infinity ? value.high : value.low)
}

/** Folded, but ñ is a letter of its own after n, as Spanish has it: n and a letter that no Latin one follows. */
function collated(text: string): string {
  return searchText(text.replaceAll(enye, 'n\ua4d0'))
}

const enye = /ñ|n\u0303/gi
