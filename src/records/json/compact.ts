import { depthMax } from './fault.ts'

export interface Scan {
  fault: 0 | 1
  text: string
  end: number
  colons: number
  /** A whole number is written with a fraction or an exponent. */
  wholeDecimal: boolean
  /** A number is written otherwise than JavaScript would write it. */
  odd: boolean
}

// Reused from call to call (nothing here awaits); larger values get a buffer of their own that is let go.
const scratchBytesKept = 256 * 1024
const scratch = Buffer.allocUnsafeSlow(scratchBytesKept)
// Bytes that one step of the loop may write between two looks at the capacity.
const slack = 8
const refused: Scan = { fault: 1, text: '', end: 0, colons: 0, wholeDecimal: false, odd: false }

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

/** The value's text without white space outside strings, its end and the number of its colons. */
export function compact(bytes: Uint8Array, start: number, limit: number): Scan {
  return scanPlain(bytes, start, limit) ?? copyCompact(bytes, start, limit)
}

/** A value that has no white space to drop needs no copy. Undefined: look again, more slowly. */
function scanPlain(bytes: Uint8Array, start: number, limit: number): Scan | undefined {
  // Numbers and words by themselves end where something else begins: left to the slow way.
  if (start >= limit || kinds[bytes[start]!] !== 3) return undefined
  let depth = 0
  let colons = 0
  let ascii = 0
  let odd = false
  for (let at = start; at < limit; at++) {
    switch (kinds[bytes[at]!]) {
      case 1:
        return undefined
      case 2:
        for (at++; at < limit; at++) {
          const inner = bytes[at]!
          if (inner === 34) break
          ascii |= inner
          if (inner === 92) at++
        }
        break
      case 3:
        if (++depth > depthMax) return refused
        break
      case 4:
        if (--depth === 0) {
          const text = decode(bytes, start, at + 1, (ascii & 128) === 0)
          return { fault: 0, text, end: at + 1, colons, wholeDecimal: false, odd }
        }
        break
      case 5:
        colons++
        break
      case 0: {
        // A number or a word: to its end.
        const from = at
        let fraction = false
        while (at + 1 < limit && isWord(bytes[at + 1]!)) if (kinds[bytes[++at]!] === 7) fraction = true
        if (isLetter(bytes[from]!) || (!fraction && at + 1 - from < longDigits)) break
        const literal = decode(bytes, from, at + 1, true)
        if (fraction && isWholeDecimal(literal)) return undefined
        odd ||= isOdd(literal)
        break
      }
    }
  }
  return refused
}

function decode(bytes: Uint8Array, start: number, end: number, ascii: boolean): string {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return ascii ? view.toString('latin1', start, end) : view.toString('utf8', start, end)
}

/**
 * Copies one value without its white space. It accepts more than JSON (the parser judges that), but never makes
 * JSON of what was none: white space between two words or numbers is refused, since dropping it would join them.
 */
function copyCompact(bytes: Uint8Array, start: number, limit: number): Scan {
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
  let odd = false
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
      for (let isOpen = true; isOpen;) {
        if (at >= limit) return refused
        if (length >= capacity) {
          out = grown(out)
          capacity = out.length - slack
        }
        // As far as there is room: as much is written as is read.
        const stop = Math.min(limit, at + capacity - length)
        while (at < stop) {
          const inner = bytes[at++]!
          out[length++] = inner
          if (inner === 34) {
            isOpen = false
            break
          }
          ascii |= inner
          if (inner === 92) {
            if (at >= limit) return refused
            out[length++] = bytes[at++]!
          }
        }
      }
      if (depth === 0) break
    } else if (kind === 1) {
      at++
      // Most of it indents lines, by more than a few.
      const fours = limit - 3
      while (
        at < fours &&
        bytes[at] === 32 &&
        bytes[at + 1] === 32 &&
        bytes[at + 2] === 32 &&
        bytes[at + 3] === 32
      )
        at += 4
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
      if (fraction || length - runStart >= longDigits) {
        const literal = out.toString('latin1', runStart, length)
        wholeDecimal ||= fraction && isWholeDecimal(literal)
        odd ||= isOdd(literal)
        fraction = false
      }
      if (depth === 0) break
    }
  }
  if (depth > 0) return refused
  const text = (ascii & 128) === 0 ? out.toString('latin1', 0, length) : out.toString('utf8', 0, length)
  return { fault: 0, text, end: at, colons, wholeDecimal, odd }
}

function grown(out: Buffer): Buffer {
  const larger = Buffer.allocUnsafeSlow(out.length * 4)
  larger.set(out)
  return larger
}

function isWholeDecimal(literal: string): boolean {
  return Number.isInteger(Number(literal))
}

/** From so many characters on a number may have more digits than a double holds. */
const longDigits = 16

function isOdd(literal: string): boolean {
  return String(Number(literal)) !== literal
}

function isLetter(byte: number): boolean {
  return byte >= 65
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57
}

function isWord(byte: number): boolean {
  const kind = kinds[byte]!
  return kind === 0 || kind === 7
}
