import type { Sight } from '../../gate/index.ts'
import type { CompartmentId } from '../../place.ts'
import type { View } from '../../sealing.ts'
import type { Version } from '../../types.ts'

export interface SearchOptions {
  /** None: every type, or those of `_type`. */
  type?: string
  /** Only what belongs to this patient's compartment. */
  compartment?: { type: 'Patient'; id: string }
  /** Decoded, in order; without the page token. */
  pairs: readonly (readonly [name: string, value: string])[]
  /** `Prefer: handling=lenient`. */
  lenient?: boolean
  view: View
  /** Who asks: page links are theirs alone. */
  actor: string
  /** Token of a page, as `next` gave it. */
  page?: string
  /** Ends a long search when nobody waits for it any more. */
  signal?: AbortSignal
  /** Whose eyes it is for, where these do not see everything. */
  sight?: Sight
}

/** What ends a search that is part of something else. */
export interface Bounds {
  /** When nobody waits for it any more. */
  signal?: AbortSignal | undefined
  /** Searches of all records that what it is part of may ask for, and how many of them are left. */
  scans?: { readonly max: number; left: number } | undefined
  /** Whose eyes it is for, where these do not see everything. */
  sight?: Sight | undefined
}

export interface SearchEntry {
  mode: 'match' | 'include'
  version: Version
}

export interface SearchPage {
  status: 'ok'
  /** Matches in their order, then what they include. */
  entries: SearchEntry[]
  /** Of the matches on all pages; absent where it would cost a scan that nobody asked for. */
  total?: number
  /** Token of the next page. */
  next?: string
  /** Lenient: names of what was left out. */
  ignored: readonly string[]
  /** Each `_revinclude` that was not looked for in all records, as `Type:parameter`. */
  partly?: readonly string[]
  /** The other records of the patient in whose compartment it looked. */
  beside?: readonly CompartmentId[]
  /** What was not left out: links have these. */
  understood: SearchOptions['pairs']
}
