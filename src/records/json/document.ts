import { isUtf8 } from 'node:buffer'
import { compact } from './compact.ts'
import { bomLength, findFault, skipSpace } from './fault.ts'
import type { Fault } from './fault.ts'
import { firstBadByte, malformed } from './malformed.ts'
import type { Malformed } from './malformed.ts'

export type Json = string | number | boolean | null | Json[] | JsonObject
export type JsonObject = { [name: string]: Json }

/**
 * Number literals with a whole value that were not written as an integer (`1.0`, `1e3`), by holder and member name
 * (or index). `JSON.parse` makes them equal to `1`; FHIR allows them in a decimal and nowhere else. Empty where the
 * text has no such literal, and another one that the tree does not tell (`1.50`).
 */
export type Decimals = WeakMap<object, Set<string>>

/** One JSON value: its text without white space outside strings, every literal as it was written, and its tree. */
export interface Parsed<Value> {
  status: 'ok'
  text: string
  value: Value
  /** Absent when the tree tells how each number is written, which is nearly always. */
  decimals?: Decimals
}

/** Reads one resource from the body of a request. Nothing is thrown for any bytes. */
export function parseDocument(bytes: Uint8Array): Parsed<JsonObject> | Malformed {
  const parsed = parseJson(bytes)
  if (parsed.status === 'malformed') return parsed
  const { text, value, decimals } = parsed
  if (!isObject(value)) {
    return malformed(bytes, { reason: 'not-object', offset: skipSpace(bytes, bomLength(bytes)) })
  }
  return decimals ? { status: 'ok', text, value, decimals } : { status: 'ok', text, value }
}

/** The same for a value of any kind: a JSON Patch is an array. */
export function parseJson(bytes: Uint8Array): Parsed<Json> | Malformed {
  if (!isUtf8(bytes)) return malformed(bytes, { reason: 'utf-8', offset: firstBadByte(bytes) })
  const parsed = parseValue(bytes, bomLength(bytes), bytes.length)
  if ('reason' in parsed) return malformed(bytes, parsed)
  const rest = skipSpace(bytes, parsed.end)
  if (rest < bytes.length) return malformed(bytes, { reason: 'trailing', offset: rest })
  const { text, value, decimals } = parsed
  return decimals ? { status: 'ok', text, value, decimals } : { status: 'ok', text, value }
}

export interface ValueAt {
  text: string
  value: Json
  decimals?: Decimals
  /** Offset of the first byte after the value. */
  end: number
}

/**
 * Reads the one value that begins at `start` or after white space. A single pass over the bytes drops the white space, bounds the depth
 * and counts the colons; the native parser then judges the grammar. A tree with fewer members than colons has lost
 * one to a duplicate name.
 */
export function parseValue(bytes: Uint8Array, start: number, limit: number): ValueAt | Fault {
  const scan = compact(bytes, start, limit)
  if (scan.fault !== 0) return findFault(bytes, start, limit)
  const { text, end } = scan
  let value: Json
  let decimals: Decimals | undefined
  try {
    if (scan.wholeDecimal) ({ value, decimals } = parseWithDecimals(text))
    else {
      value = JSON.parse(text) as Json
      if (scan.odd) decimals = new WeakMap()
    }
  } catch {
    return findFault(bytes, start, limit)
  }
  if (countMembers(value) !== scan.colons) return findFault(bytes, start, limit)
  return decimals ? { text, value, decimals, end } : { text, value, end }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseWithDecimals(text: string): { value: Json; decimals?: Decimals } {
  let decimals: Decimals | undefined
  const value = JSON.parse(text, function (
    this: object,
    name: string,
    item: unknown,
    context?: { source?: string },
  ) {
    if (
      typeof item === 'number' &&
      Number.isInteger(item) &&
      context?.source &&
      /[.eE]/.test(context.source)
    ) {
      decimals ??= new WeakMap()
      const names = decimals.get(this)
      if (names) names.add(name)
      else decimals.set(this, new Set([name]))
    }
    return item
  } as (this: object, name: string, item: unknown) => unknown) as Json
  return decimals ? { value, decimals } : { value }
}

function countMembers(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countMembers(item)
    return count
  }
  for (const name in value) {
    count++
    const item = value[name]!
    if (typeof item === 'object') count += countMembers(item)
  }
  return count
}
