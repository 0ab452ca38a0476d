/** What is brought, and what of it together. */
import type { Wish } from '../wishes.ts'
import type { At } from './findings.ts'
import type { Source } from './types.ts'

/** One resource to be brought. */
export interface Item {
  at: At
  wish: Wish
  /** The name by which other entries of its Bundle refer to it. */
  fullUrl?: string
  /** Its references by criteria, as they are written. */
  criteria: readonly string[]
  /** Of what was read and made ready: names that it refers to. */
  ready?: { names: readonly string[] }
  /** Its own mark, where it is brought by itself. */
  mark?: string
}

/** What is written together. */
export interface Unit {
  source: Source
  /** The mark of a Bundle, which is brought wholly or not at all; otherwise each item is brought for itself. */
  mark?: string
  items: Item[]
  /** Of the file. */
  bytes: number
}

/** What two of one group may not both act on. */
export function nameOf(wish: Wish): string {
  switch (wish.kind) {
    case 'put':
    case 'delete':
    case 'patch':
      return `${wish.type}/${wish.id}`
    case 'create':
      return wish.ifNoneExist === undefined ? wish.newId : `${wish.type}?${wish.ifNoneExist}`
    default:
      return `${wish.type}?${wish.criteria}`
  }
}
