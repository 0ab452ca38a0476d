/** Literal references to what is neither in the vault nor in what is imported: told, and kept as they are. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Document } from '../documents.ts'
import { resourceKey, type ResourceKey } from '../place.ts'
import { selectPresent } from './queries.ts'
import { findingOf, type At } from './findings.ts'
import { namesIn, pathTo } from './names.ts'
import type { Finding } from './types.ts'

/** A resource that was brought, or would be. */
export interface Brought {
  at: At
  name: string
  /** What it refers to, where that is known; other entries of its Bundle are left out. */
  names: readonly string[] | undefined
  /** As it is kept: references to other entries of its Bundle are in place in its text. */
  document: Document | undefined
}

export interface Dangling {
  /** To be called with what was brought together, once it was. */
  look(brought: readonly Brought[]): Promise<void>
  /** What was looked for in vain, each place once; when all was brought. */
  end(): Promise<Finding[]>
}

/** Names known to be there, twice: some 15 MB. */
const presentMax = 50_000
/** Names waited for, since they may come later; some 40 MB. */
const awaitedMax = 100_000
const askedAtOnce = 1_000

interface DanglingParts {
  sql: Sql
  keys: Keys
  base?: string | undefined
  /** Of those that are there, the ones that whoever imports sees; absent: all. */
  seen?: ((names: ReadonlySet<string>) => Promise<Set<string>>) | undefined
}

/** `announced`: of a dry run, whether it would bring that name. */
export function createDangling(
  { sql, keys, base, seen }: DanglingParts,
  announced: (name: string) => boolean,
): Dangling {
  let present = new Set<string>()
  let presentBefore = new Set<string>()
  const awaited = new Map<string, { at: At; expression: string | undefined }>()
  let isFull = false
  let fullAt: At | undefined

  const isPresent = (name: string) => present.has(name) || presentBefore.has(name) || announced(name)
  const add = (name: string) => {
    if (present.size >= presentMax) {
      presentBefore = present
      present = new Set()
    }
    present.add(name)
  }

  async function inVault(names: readonly string[]): Promise<Set<string>> {
    const byKey = new Map<ResourceKey, string>()
    for (const name of names) {
      const [type = '', id = ''] = name.split('/')
      byKey.set(resourceKey(keys.locator, type, id), name)
    }
    const found = new Set<string>()
    const all = [...byKey.keys()]
    for (let from = 0; from < all.length; from += askedAtOnce) {
      for (const { resource } of await selectPresent(sql, all.slice(from, from + askedAtOnce))) {
        found.add(byKey.get(resource) as string)
      }
    }
    return seen ? seen(found) : found
  }

  async function settle(): Promise<void> {
    for (const name of awaited.keys()) if (isPresent(name)) awaited.delete(name)
    const literal = [...awaited.keys()].filter((name) => !name.includes(':'))
    for (const name of await inVault(literal)) awaited.delete(name)
  }

  return {
    async look(brought) {
      for (const { name } of brought) add(name)
      const missing: { name: string; from: Brought }[] = []
      for (const from of brought) {
        for (const name of from.names ?? namesIn(from.document?.text ?? '', base)) {
          if (!isPresent(name) && !awaited.has(name)) missing.push({ name, from })
        }
      }
      if (missing.length === 0) return
      const found = await inVault(missing.map(({ name }) => name).filter((name) => !name.includes(':')))
      for (const name of found) add(name)
      for (const { name, from } of missing) {
        if (isPresent(name) || awaited.has(name)) continue
        if (awaited.size >= awaitedMax && !isFull) {
          await settle()
          isFull = awaited.size >= awaitedMax / 2
          if (isFull) fullAt = from.at
        }
        if (awaited.size < awaitedMax)
          awaited.set(name, { at: from.at, expression: pathTo(from.document?.value ?? {}, name, base) })
      }
    },

    async end() {
      await settle()
      const findings = [...awaited.values()].map(({ at, expression }) =>
        findingOf('warning', at, 'dangling-reference', expression),
      )
      return fullAt ? [...findings, findingOf('warning', fullAt, 'dangling-references')] : findings
    },
  }
}
