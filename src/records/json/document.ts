import { isUtf8 } from 'node:buffer'
import { findFault } from './fault.ts'
import type { Fault, FaultReason } from './fault.ts'

export type Json = string | number | boolean | null | Json[] | JsonObject
export type JsonObject = { [name: string]: Json }

/**
 * Number literals with a whole value that were not written as an integer (`1.0`, `1e3`), by holder and member name
 * (or index). `JSON.parse` makes them equal to `1`; FHIR allows them in a decimal and nowhere else.
 */
export type Decimals = WeakMap<object, Set<string>>

/** One JSON value: its text without white space outside strings, every literal as it was written, and its tree. */
export interface Parsed<Value> {
  status: 'ok'
  text: string
  value: Value
  /** Absent when the text has no such literal, which is nearly always. */
  decimals?: Decimals
}

/** A text that is not strict JSON, or not one that we keep. `line` and `column` count from 1, in characters. */
export interface Malformed {
  status: 'malformed'
  reason: FaultReason
  line: number
  column: number
  text: { es: string; en: string }
}

/**
 * The deepest nest of arrays and objects in one resource. FHIR needs about eight; a questionnaire takes two levels
 * for each group within a group, so 64 leaves room for thirty. Recursive readers of a parsed tree rely on it.
 */
export const depthMax = 64

/** Reads one resource from the body of a request. Nothing is thrown for any bytes. */
export function parseDocument(bytes: Uint8Array): Parsed<JsonObject> | Malformed {
  if (!isUtf8(bytes)) return malformed(bytes, { reason: 'utf-8', offset: firstBadByte(bytes) })
  const start = bomLength(bytes)
  const parsed = parseValue(bytes, start, bytes.length)
  if ('reason' in parsed) return malformed(bytes, parsed)
  const rest = skipSpace(bytes, parsed.end)
  if (rest < bytes.length) return malformed(bytes, { reason: 'trailing', offset: rest })
  const { text, value, decimals } = parsed
  if (!isObject(value)) return malformed(bytes, { reason: 'not-object', offset: skipSpace(bytes, start) })
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
    else value = JSON.parse(text) as Json
  } catch {
    return findFault(bytes, start, limit)
  }
  if (countMembers(value) !== scan.colons) return findFault(bytes, start, limit)
  return decimals ? { text, value, decimals, end } : { text, value, end }
}

export function malformed(bytes: Uint8Array, fault: Fault): Malformed {
  const before = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(fault.offset, bytes.length))
  let line = 1
  let lineStart = bomLength(bytes)
  for (let at = before.indexOf(10); at >= 0; at = before.indexOf(10, at + 1)) {
    line++
    lineStart = at + 1
  }
  const column = [...before.toString('utf8', lineStart)].length + 1
  const where = { es: `línea ${line}, columna ${column}`, en: `line ${line}, column ${column}` }
  const text = {
    es: `JSON mal formado (${where.es}): ${faultTexts[fault.reason].es}`,
    en: `Malformed JSON (${where.en}): ${faultTexts[fault.reason].en}`,
  }
  return { status: 'malformed', reason: fault.reason, line, column, text }
}

export function bomLength(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
}

export function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start
  while (at < bytes.length && isSpace(bytes[at]!)) at++
  return at
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const faultTexts: Record<FaultReason, { es: string; en: string }> = {
  'utf-8': {
    es: 'bytes que no son UTF-8; se espera texto en UTF-8.',
    en: 'bytes that are not UTF-8; text must be UTF-8.',
  },
  empty: {
    es: 'falta el contenido; se espera un objeto JSON.',
    en: 'there is nothing here; a JSON object is expected.',
  },
  syntax: {
    es: 'signo inesperado; se espera JSON estricto.',
    en: 'unexpected character; strict JSON is expected.',
  },
  end: { es: 'el texto termina antes de tiempo.', en: 'the text ends too early.' },
  string: {
    es: 'cadena con un carácter de control o un escape no válido.',
    en: 'string with a control character or an escape that is not valid.',
  },
  number: { es: 'número no válido.', en: 'number that is not valid.' },
  trailing: { es: 'hay más texto después del documento.', en: 'there is more text after the document.' },
  depth: {
    es: `más de ${depthMax} niveles anidados; el límite es ${depthMax}.`,
    en: `nested more than ${depthMax} levels; the limit is ${depthMax}.`,
  },
  duplicate: {
    es: 'nombre repetido en un mismo objeto; cada nombre va una sola vez.',
    en: 'name repeated within one object; each name may appear once.',
  },
  'not-object': { es: 'se espera un objeto JSON.', en: 'a JSON object is expected.' },
}

interface Scan {
  fault: 0 | 1
  text: string
  end: number
  colons: number
  wholeDecimal: boolean
}

// Reused from call to call (nothing here awaits); larger values get a buffer of their own that is let go.
const scratchBytesKept = 256 * 1024
const scratch = Buffer.allocUnsafeSlow(scratchBytesKept)
// Bytes that one step of the loop may write between two looks at the capacity.
const slack = 8
const refused: Scan = { fault: 1, text: '', end: 0, colons: 0, wholeDecimal: false }

// What a byte outside a string is: 0 part of a number or word, 1 white space, 2 quote, 3 opens, 4 closes, 5 colon, 6 comma, 7 '.', 'e' or 'E'.
const kinds = new Uint8Array(256)
for (const [kind, bytes] of [
  [1, ' \t\n\r'],
  [2, '"'],
  [3, '{['],
  [4, '}]'],
  [5, ':'],
  [6, ','],
  [7, '.eE'],
] as const) {
  for (const char of bytes) kinds[char.charCodeAt(0)] = kind
}

/**
 * Copies one value without its white space. It accepts more than JSON (the parser judges that), but never makes
 * JSON of what was none: white space between two words or numbers is refused, since dropping it would join them.
 */
function compact(bytes: Uint8Array, start: number, limit: number): Scan {
  let out: Buffer = scratch
  let capacity = scratch.length - slack
  let length = 0
  let depth = 0
  let colons = 0
  let at = start
  let runStart = 0
  let ascii = 0
  let fraction = false
  let wholeDecimal = false
  while (at < limit) {
    if (length > capacity) {
      out = grown(out)
      capacity = out.length - slack
    }
    const byte = bytes[at]!
    const kind = kinds[byte]!
    if (kind === 2) {
      // From quote to quote, escapes skipped in pairs.
      out[length++] = byte
      at++
      for (;;) {
        if (at >= limit) return refused
        if (length > capacity) {
          out = grown(out)
          capacity = out.length - slack
        }
        const inner = bytes[at++]!
        out[length++] = inner
        if (inner === 34) break
        ascii |= inner
        if (inner === 92) {
          if (at >= limit) return refused
          out[length++] = bytes[at++]!
        }
      }
      if (depth === 0) break
    } else if (kind === 1) {
      at++
      while (at < limit && kinds[bytes[at]!] === 1) at++
      if (length > 0 && at < limit && isWord(out[length - 1]!) && isWord(bytes[at]!)) {
        if (depth === 0) break
        return refused
      }
    } else if (kind === 3) {
      if (++depth > depthMax) return refused
      out[length++] = byte
      at++
    } else if (kind === 4) {
      if (depth === 0) break
      out[length++] = byte
      at++
      if (--depth === 0) break
    } else if (kind === 5 || kind === 6) {
      if (depth === 0) break
      if (kind === 5) colons++
      out[length++] = byte
      at++
    } else {
      runStart = length
      do {
        if (length > capacity) {
          out = grown(out)
          capacity = out.length - slack
        }
        const part = bytes[at]!
        const partKind = kinds[part]!
        if (partKind !== 0) {
          if (partKind !== 7) break
          if (length > runStart && isDigit(out[length - 1]!)) fraction = true
        }
        out[length++] = part
        at++
      } while (at < limit)
      if (fraction) {
        wholeDecimal = wholeDecimal || isWholeDecimal(out.toString('latin1', runStart, length))
        fraction = false
      }
      if (depth === 0) break
    }
  }
  if (depth > 0) return refused
  const text = (ascii & 128) === 0 ? out.toString('latin1', 0, length) : out.toString('utf8', 0, length)
  return { fault: 0, text, end: at, colons, wholeDecimal }
}

function grown(out: Buffer): Buffer {
  const larger = Buffer.allocUnsafeSlow(out.length * 4)
  larger.set(out)
  return larger
}

function isWholeDecimal(literal: string): boolean {
  return Number.isInteger(Number(literal))
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57
}

function isWord(byte: number): boolean {
  const kind = kinds[byte]!
  return kind === 0 || kind === 7
}

function isSpace(byte: number): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9
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

export function firstBadByte(bytes: Uint8Array): number {
  // Halving: the longest prefix that is UTF-8, up to a character cut at its end.
  let low = 0
  let high = bytes.length
  while (high - low > 8) {
    const middle = (low + high) >> 1
    const end = characterStart(bytes, middle, low)
    if (end > low && isUtf8(bytes.subarray(low, end))) low = end
    else high = middle
  }
  while (low < bytes.length) {
    let size = 1
    while (size <= 4 && !isUtf8(bytes.subarray(low, low + size))) size++
    if (size > 4) return low
    low += size
  }
  return low
}

function characterStart(bytes: Uint8Array, at: number, floor: number): number {
  let start = at
  while (start > floor && (bytes[start]! & 0xc0) === 0x80) start--
  return start
}
