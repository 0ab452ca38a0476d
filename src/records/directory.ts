/**
 * The directory finds resources by identifier across compartments. A row is a truncated keyed tag, on which
 * many values meet, and a sealed pointer; what is found is compared exactly after opening.
 */
import { contextOf, keyedHash, open, seal, uuidBytes, type SealKey } from '#kernel/crypto/index.ts'
import type { Json, JsonObject } from '#records/json/index.ts'
import { uuidOf, type ResourceKey } from './place.ts'
import type { DirectoryChange } from './rows.ts'

/** 65,536 tags: in a hospital with five million identifiers some 75 share one, and each hit costs 15 µs. */
const tagBits = 16

export interface Identifier {
  system?: string
  value?: string
}

/** The identifiers of a resource that can be looked for. */
export function identifiersOf(resource: JsonObject): Identifier[] {
  const { identifier } = resource
  const list: Json[] = Array.isArray(identifier) ? identifier : identifier === undefined ? [] : [identifier]
  const found: Identifier[] = []
  for (const each of list) {
    if (typeof each !== 'object' || each === null || Array.isArray(each)) continue
    const { system, value } = each
    if (typeof value !== 'string') continue
    found.push({ value, ...(typeof system === 'string' ? { system } : {}) })
  }
  return found
}

export function directoryTag(key: SealKey, type: string, value: string): number {
  const hash = keyedHash(key, 'identifier', type, value)
  return (((hash[0] as number) << 8) | (hash[1] as number)) & (2 ** tagBits - 1)
}

function entryOf(key: SealKey, type: string, value: string, resource: ResourceKey): string {
  return uuidOf(keyedHash(key, 'entry', type, value, uuidBytes(resource)))
}

/** Rows to add and to take away so that `after` are the resource's identifiers and no longer `before`. */
export function directoryChanges(
  key: SealKey,
  type: string,
  resource: ResourceKey,
  before: readonly Identifier[],
  after: readonly Identifier[],
): DirectoryChange[] {
  const old = new Set(before.map(({ value }) => value as string))
  const now = new Set(after.map(({ value }) => value as string))
  const change = (value: string, stays: boolean): DirectoryChange => {
    const tag = directoryTag(key, type, value)
    const entry = entryOf(key, type, value, resource)
    const sealed = stays
      ? seal(key, contextOf('directory', tag, uuidBytes(entry)), uuidBytes(resource))
      : null
    return { tag, entry, sealed }
  }
  return [
    ...[...old].filter((value) => !now.has(value)).map((value) => change(value, false)),
    ...[...now].filter((value) => !old.has(value)).map((value) => change(value, true)),
  ]
}

/** The resource a directory row points to. */
export function openDirectory(key: SealKey, tag: number, entry: string, sealed: Uint8Array): ResourceKey {
  return uuidOf(open(key, contextOf('directory', tag, uuidBytes(entry)), sealed)) as ResourceKey
}

/** Whether the pointer found under a tag is of this very value: the entry's name is its keyed hash. */
export function isEntryOf(
  key: SealKey,
  type: string,
  value: string,
  resource: ResourceKey,
  entry: string,
): boolean {
  return entryOf(key, type, value, resource) === entry
}
