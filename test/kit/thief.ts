import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A thief with a disk: looks for many known values in any bytes, at every offset. */
export interface Thief {
  /** The values found in these bytes. */
  search(bytes: Uint8Array): Set<string>
}

/** Shorter values stand in random bytes by chance. */
export const valueBytesMin = 6

/** `values`: texts of six bytes and more, looked for in UTF-8. */
export function createThief(values: Iterable<string>): Thief {
  // By their first four bytes: a bit map says at once, for nearly every offset, that nothing begins there.
  const begins = new Uint8Array(2 ** 24)
  const byStart = new Map<number, Buffer[]>()
  for (const value of new Set(values)) {
    const bytes = Buffer.from(value)
    if (bytes.length < valueBytesMin)
      throw new RangeError('a value is too short to be looked for in random bytes')
    const start = bytes.readUInt32BE(0)
    begins[start >>> 8] = 1
    byStart.set(start, [...(byStart.get(start) ?? []), bytes])
  }
  return {
    search(bytes) {
      const found = new Set<string>()
      const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      let window = 0
      for (let at = 0; at < haystack.length; at++) {
        window = ((window << 8) | (haystack[at] as number)) >>> 0
        if (at < 3 || begins[window >>> 8] === 0) continue
        for (const value of byStart.get(window) ?? []) {
          const end = at - 3 + value.length
          if (end <= haystack.length && haystack.compare(value, 0, value.length, at - 3, end) === 0) {
            found.add(value.toString())
          }
        }
      }
      return found
    },
  }
}

/** All files below a folder. */
export function* filesBelow(folder: string): Generator<{ path: string; bytes: Buffer }> {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
    const path = join(folder, name)
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) yield { path, bytes: readFileSync(path) }
  }
}

/**
 * What a thief would like to know from a resource: names, identifiers, addresses, phones, codes, displays, notes.
 * Every text of a patient's person; of clinical resources what is coded, displayed or written by a person.
 */
export function secretsOf(resource: unknown): string[] {
  const found: string[] = []
  const visit = (value: unknown, key: string, path: readonly string[]) => {
    if (Array.isArray(value)) for (const each of value) visit(each, key, path)
    else if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value)) visit(inner, name, [...path, key])
    } else if (typeof value === 'string' && isSecret(key, path)) found.push(value)
  }
  visit(resource, '', [])
  return found
}

const secretKeys = new Set([
  'family',
  'given',
  'code',
  'display',
  'text',
  'div',
  'line',
  'city',
  'postalCode',
  'data',
])

function isSecret(key: string, path: readonly string[]): boolean {
  if (secretKeys.has(key) || key === 'valueString') return true
  const holder = path.at(-1)
  return key === 'value' && (holder === 'identifier' || holder === 'telecom')
}
