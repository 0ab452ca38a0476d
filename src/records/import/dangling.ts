/** Literal references to what is neither in the vault nor in what is imported: told, and kept as they are. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { references, typeCode } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { resourceKey, type ResourceKey } from '../place.ts'
import { selectPresent } from './queries.ts'
import { findingOf, type At } from './findings.ts'
import type { Finding } from './types.ts'

/** A resource that was brought, or would be. */
export interface Brought {
  at: At
  name: string
  /** Its text as it is kept: references to other entries of its Bundle are in place. */
  text: string
  value: JsonObject
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

/** `announced`: of a dry run, whether it would bring that name. */
export function createDangling(
  { sql, keys, base }: { sql: Sql; keys: Keys; base?: string | undefined },
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
    return found
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
        for (const written of referencesIn(from.text)) {
          // Nearly all of them are of the same Bundle or patient, and known as they are written.
          if (present.has(written)) continue
          const name = nameOf(written, base)
          if (name !== undefined && !isPresent(name) && !awaited.has(name)) missing.push({ name, from })
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
          awaited.set(name, { at: from.at, expression: pathTo(from.value, name, base) })
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

const member = '"reference":"'

/** Each text that compact text has as a `reference`: its escapes are left as they are. */
function* referencesIn(text: string): Generator<string> {
  for (let at = text.indexOf(member); at >= 0; at = text.indexOf(member, at)) {
    const start = at + member.length
    at = text.indexOf('"', start)
    yield text.slice(start, at)
  }
}

const local = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/

/** A place of this vault as `Type/id`, or an address that only a Bundle could explain; of all others nothing. */
function nameOf(written: string, base: string | undefined): string | undefined {
  if (written.startsWith('urn:uuid:') || written.startsWith('urn:oid:')) return written
  const relative =
    base !== undefined && written.startsWith(`${base}/`) ? written.slice(base.length + 1) : written
  const [, type, id] = local.exec(relative) ?? []
  return type !== undefined && typeCode(type) !== undefined ? `${type}/${id}` : undefined
}

/** FHIRPath of the reference, as far as the resource's own text has it. */
function pathTo(value: JsonObject, name: string, base: string | undefined): string | undefined {
  const found = references(value, base === undefined ? {} : { base }).find(
    ({ type, id }) => `${type}/${id}` === name,
  )
  return found ? `${found.expression}.reference` : undefined
}
