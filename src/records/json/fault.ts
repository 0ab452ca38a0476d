/**
 * The deepest nest of arrays and objects in one resource. FHIR needs about eight; a questionnaire takes two levels
 * for each group within a group, so 64 leaves room for thirty. Recursive readers of a parsed tree rely on it.
 */
export const depthMax = 64

export type FaultReason =
  | 'utf-8'
  | 'empty'
  | 'syntax'
  | 'end'
  | 'string'
  | 'number'
  | 'trailing'
  | 'depth'
  | 'duplicate'
  | 'not-object'

export interface Fault {
  reason: FaultReason
  /** Byte where the fault is, or where the text ended. */
  offset: number
}

/**
 * Where and why the value at `start` is not one that we keep. Only called for texts already refused: it reads byte
 * by byte and keeps the names of every open object. No recursion: the nest may be as deep as the text is long.
 */
export function findFault(bytes: Uint8Array, start: number, limit: number): Fault {
  // One entry for each open nest: a set of names for an object, null for an array.
  const nests: (Set<string> | null)[] = []
  let at = start
  const space = () => {
    at = Math.min(limit, skipSpace(bytes, at))
  }
  space()
  if (at >= limit) return { reason: 'empty', offset: limit }

  let expects: 'value' | 'first-value' | 'name' | 'first-name' | 'after' = 'value'
  for (;;) {
    space()
    if (at >= limit) return { reason: 'end', offset: limit }
    const byte = bytes[at]!
    if (expects === 'name' || expects === 'first-name') {
      if (byte === CLOSE_OBJECT && expects === 'first-name') {
        at++
        nests.pop()
        if (nests.length === 0) break
        expects = 'after'
        continue
      }
      if (byte !== QUOTE) return { reason: 'syntax', offset: at }
      const end = stringEnd(bytes, at, limit)
      if (typeof end !== 'number') return end
      const name = JSON.parse(Buffer.from(bytes.subarray(at, end)).toString()) as string
      const names = nests.at(-1)!
      if (names.has(name)) return { reason: 'duplicate', offset: at }
      names.add(name)
      at = end
      space()
      if (at >= limit) return { reason: 'end', offset: limit }
      if (bytes[at] !== COLON) return { reason: 'syntax', offset: at }
      at++
      expects = 'value'
    } else if (expects === 'after') {
      const nest = nests.at(-1)!
      if (byte === COMMA) expects = nest ? 'name' : 'value'
      else if (byte === (nest ? CLOSE_OBJECT : CLOSE_ARRAY)) {
        nests.pop()
        if (nests.length === 0) break
      } else return { reason: 'syntax', offset: at }
      at++
    } else if (byte === CLOSE_ARRAY && expects === 'first-value') {
      at++
      nests.pop()
      if (nests.length === 0) break
      expects = 'after'
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (nests.length === depthMax) return { reason: 'depth', offset: at }
      nests.push(byte === OPEN_OBJECT ? new Set() : null)
      at++
      expects = byte === OPEN_OBJECT ? 'first-name' : 'first-value'
    } else {
      const end = scalarEnd(bytes, at, limit)
      if (typeof end !== 'number') return end
      at = end
      if (nests.length === 0) break
      expects = 'after'
    }
  }
  // The value itself has no fault: then it ran into what follows it.
  return { reason: 'syntax', offset: at }
}

const QUOTE = 34
const COMMA = 44
const COLON = 58
const OPEN_ARRAY = 91
const CLOSE_ARRAY = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

function scalarEnd(bytes: Uint8Array, at: number, limit: number): number | Fault {
  if (bytes[at] === QUOTE) return stringEnd(bytes, at, limit)
  let end = at
  while (end < limit && isWordByte(bytes[end]!)) end++
  const word = Buffer.from(bytes.subarray(at, end)).toString()
  if (word === 'true' || word === 'false' || word === 'null') return end
  if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(word)) return end
  return { reason: /^[-+.\d]/.test(word) ? 'number' : 'syntax', offset: at }
}

function stringEnd(bytes: Uint8Array, start: number, limit: number): number | Fault {
  let at = start + 1
  while (at < limit) {
    const byte = bytes[at]!
    if (byte === QUOTE) return at + 1
    if (byte < 32) return { reason: 'string', offset: at }
    if (byte !== 92) {
      at++
      continue
    }
    const escape = Buffer.from(bytes.subarray(at, Math.min(at + 6, limit))).toString()
    if (/^\\["\\/bfnrt]/.test(escape)) at += 2
    else if (/^\\u[\dA-Fa-f]{4}/.test(escape)) at += 6
    else return { reason: at + 1 < limit ? 'string' : 'end', offset: at }
  }
  return { reason: 'end', offset: limit }
}

function isSpace(byte: number): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9
}

function isWordByte(byte: number): boolean {
  return (
    (byte >= 48 && byte <= 57) ||
    (byte >= 65 && byte <= 90) ||
    (byte >= 97 && byte <= 122) ||
    byte === 43 ||
    byte === 45 ||
    byte === 46
  )
}

export function bomLength(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
}

export function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start
  while (at < bytes.length && isSpace(bytes[at]!)) at++
  return at
}
