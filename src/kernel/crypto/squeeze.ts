/**
 * Deflate for what is short and alike: one block with the codes of RFC 1951 §3.2.6, matches found through a table that each
 * dictionary has made once. Any reader of raw deflate opens it. zlib packs better, and takes most of its time for a short
 * message to set itself up, to read the dictionary and to make codes of its own.
 */

/** A dictionary with where each four bytes of it last begin. */
export interface Readied {
  bytes: Uint8Array
  heads: Uint16Array
}

/** Longer messages do not come down to what is asked for here. */
export const squeezedBytesMax = 6 * 1024
/** The window of deflate less what zlib keeps for itself: an older part of a dictionary would never be used. */
export const dictionaryBytesMax = 8 * 1024 - 262
const hashBits = 12
/** Shorter ones are hardly shorter than their bytes. */
const matchMin = 4
const matchMax = 258
const windowBytes = dictionaryBytesMax + squeezedBytesMax

export function readied(bytes: Uint8Array): Readied {
  const heads = new Uint16Array(1 << hashBits)
  for (let at = 0; at + matchMin <= bytes.length; at++) heads[hashAt(bytes, at)] = at + 1
  return { bytes, heads }
}

// One message at a time: nothing here awaits.
const window = new Uint8Array(windowBytes)
const heads = new Uint16Array(1 << hashBits)

/** Writes the message into `out` from `at`, and returns where it ends; undefined where it would end beyond `limit`. */
export function squeeze(
  message: Uint8Array,
  dictionary: Readied,
  out: Uint8Array,
  at: number,
  limit: number,
): number | undefined {
  const start = dictionary.bytes.length
  const end = start + message.length
  window.set(dictionary.bytes)
  window.set(message, start)
  heads.set(dictionary.heads)
  // No more than 5 bytes are written between two looks at the limit, and 2 at the end.
  const last = limit - 7
  if (at > last) return undefined
  let bits = 0b011
  let count = 3
  let from = start
  const hashEnd = end - matchMin
  while (from < end) {
    if (at > last) return undefined
    if (from <= hashEnd) {
      const hash = hashAt(window, from)
      const found = (heads[hash] as number) - 1
      heads[hash] = from + 1
      if (
        found >= 0 &&
        window[found] === window[from] &&
        window[found + 1] === window[from + 1] &&
        window[found + 2] === window[from + 2] &&
        window[found + 3] === window[from + 3]
      ) {
        const most = Math.min(matchMax, end - from)
        let length = matchMin
        while (length < most && window[found + length] === window[from + length]) length++
        bits |= (lengthCodes[length] as number) << count
        count += lengthBits[length] as number
        while (count >= 8) {
          out[at++] = bits
          bits >>>= 8
          count -= 8
        }
        const distance = from - found - 1
        const symbol = distance < 256 ? (near[distance] as number) : (far[distance >> 7] as number)
        bits |=
          ((distanceCodes[symbol] as number) | ((distance - (distanceBases[symbol] as number)) << 5)) << count
        count += 5 + (distanceExtras[symbol] as number)
        while (count >= 8) {
          out[at++] = bits
          bits >>>= 8
          count -= 8
        }
        const next = from + length
        for (let inner = from + 1; inner < next && inner <= hashEnd; inner++)
          heads[hashAt(window, inner)] = inner + 1
        from = next
        continue
      }
    }
    const byte = window[from++] as number
    bits |= (literalCodes[byte] as number) << count
    count += byte < 144 ? 8 : 9
    out[at++] = bits
    bits >>>= 8
    count -= 8
    if (count >= 8) {
      out[at++] = bits
      bits >>>= 8
      count -= 8
    }
  }
  // The end of the block is seven zeros.
  count += 7
  while (count > 0) {
    out[at++] = bits
    bits >>>= 8
    count -= 8
  }
  return at
}

function hashAt(bytes: Uint8Array, at: number): number {
  const four =
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  return Math.imul(four, 0x9e3779b1) >>> (32 - hashBits)
}

/** A code as deflate has it, its first bit lowest. */
function reversed(code: number, bits: number): number {
  let out = 0
  for (let n = 0; n < bits; n++) out |= ((code >> n) & 1) << (bits - 1 - n)
  return out
}

const literalCodes = Uint16Array.from({ length: 256 }, (_, byte) =>
  byte < 144 ? reversed(0x30 + byte, 8) : reversed(0x190 + byte - 144, 9),
)

/** Of each length: its code with its extra bits, and how many bits that are. */
const lengthCodes = new Uint16Array(matchMax + 1)
const lengthBits = new Uint8Array(matchMax + 1)
for (let symbol = 257, base = 3; symbol <= 285; symbol++) {
  const extra = symbol < 265 || symbol === 285 ? 0 : (symbol - 261) >> 2
  const bits = symbol < 280 ? 7 : 8
  const code = symbol < 280 ? reversed(symbol - 256, 7) : reversed(0xc0 + symbol - 280, 8)
  if (symbol === 285) base = matchMax
  for (let n = 0; n < 1 << extra && base + n <= matchMax; n++) {
    lengthCodes[base + n] = code | (n << bits)
    lengthBits[base + n] = bits + extra
  }
  base += 1 << extra
}

/** Of each symbol of a distance; distances are counted from 0. */
const distanceCodes = Uint8Array.from({ length: 30 }, (_, symbol) => reversed(symbol, 5))
const distanceExtras = Uint8Array.from({ length: 30 }, (_, symbol) => (symbol < 4 ? 0 : (symbol >> 1) - 1))
const distanceBases = new Uint16Array(30)
/** The symbol of a distance: of the first 256 each, then by steps of 128. */
const near = new Uint8Array(256)
const far = new Uint8Array(256)
for (let symbol = 0, base = 0; symbol < 30; symbol++) {
  distanceBases[symbol] = base
  const next = base + (1 << (distanceExtras[symbol] as number))
  for (let distance = base; distance < next && distance < 256; distance++) near[distance] = symbol
  for (let distance = Math.max(256, base); distance < next; distance += 128) far[distance >> 7] = symbol
  base = next
}
