/** ITU-T X.690 DER, as far as time stamps need it. What is not DER is refused: one value has one form. */

export interface Der {
  tag: number
  /** What it holds. */
  value: Uint8Array
  /** The whole of it, tag and length too. */
  whole: Uint8Array
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  bytes: 0x04,
  nothing: 0x05,
  oid: 0x06,
  utf8: 0x0c,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** `[n]`, constructed. */
export const tagged = (n: number): number => 0xa0 | n

export class NotDer extends Error {
  override name = 'NotDer'
}

/** The one value that the bytes are. @throws {NotDer} */
export function readDer(bytes: Uint8Array): Der {
  const [first, ...more] = readAll(bytes)
  if (!first || more.length > 0) throw new NotDer('it is not one value')
  return first
}

/** The values of a constructed one. @throws {NotDer} */
export function partsOf(der: Der | undefined, tag: number): Der[] {
  if (der?.tag !== tag) throw new NotDer(`there is no value of tag ${tag}`)
  return readAll(der.value)
}

/** What a primitive value of this tag holds. @throws {NotDer} */
export function valueOf(der: Der | undefined, tag: number): Uint8Array {
  if (der?.tag !== tag) throw new NotDer(`there is no value of tag ${tag}`)
  return der.value
}

function readAll(bytes: Uint8Array): Der[] {
  const found: Der[] = []
  for (let at = 0; at < bytes.length;) {
    const der = readAt(bytes, at)
    found.push(der)
    at += der.whole.length
  }
  return found
}

function readAt(bytes: Uint8Array, at: number): Der {
  const tag = bytes[at]!
  if ((tag & 0x1f) === 0x1f) throw new NotDer('a tag of several bytes')
  const first = bytes[at + 1]
  if (first === undefined || first === 0x80 || first > 0x83) throw new NotDer('a length that is none')
  let length = first
  let start = at + 2
  if (first > 0x80) {
    const count = first & 0x7f
    length = 0
    for (let n = 0; n < count; n++) length = length * 256 + (bytes[start + n] ?? 0)
    // X.690 §10.1: the shortest form.
    if (length < (count === 1 ? 0x80 : 256 ** (count - 1))) throw new NotDer('a length in a longer form')
    start += count
  }
  const end = start + length
  if (end > bytes.length) throw new NotDer('it is cut off')
  return { tag, value: bytes.subarray(start, end), whole: bytes.subarray(at, end) }
}

export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const value = Buffer.concat(contents)
  const { length } = value
  if (length >= 256 ** 3) throw new RangeError('longer than is ever sent')
  const size =
    length < 0x80
      ? [length]
      : length < 256
        ? [0x81, length]
        : length < 65_536
          ? [0x82, length >> 8, length & 0xff]
          : [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), value])
}

/** Of a number that is not negative, big-endian. */
export function derInteger(bytes: Uint8Array): Uint8Array {
  let from = 0
  while (from < bytes.length - 1 && bytes[from] === 0) from++
  const value = bytes.subarray(from)
  return der(tags.integer, (value[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), value]) : value)
}

/** `2.16.840.1.101.3.4.2.1` */
export function derOid(text: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const bytes: number[] = []
  for (const arc of [first * 40 + second, ...rest]) {
    const septets = [arc & 0x7f]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      septets.unshift((left & 0x7f) | 0x80)
    }
    bytes.push(...septets)
  }
  return der(tags.oid, Buffer.from(bytes))
}

/** The same text. @throws {NotDer} */
export function oidOf(given: Der | undefined): string {
  const value = valueOf(given, tags.oid)
  const arcs: number[] = []
  let arc = 0
  for (const [n, byte] of value.entries()) {
    if (arc === 0 && byte === 0x80) throw new NotDer('an object identifier in a longer form')
    arc = arc * 128 + (byte & 0x7f)
    if (byte < 0x80) {
      arcs.push(arc)
      arc = 0
    } else if (n === value.length - 1) throw new NotDer('an object identifier that is cut off')
  }
  const [joined = 0, ...rest] = arcs
  const first = Math.min(2, Math.floor(joined / 40))
  return [first, joined - first * 40, ...rest].join('.')
}

/** RFC 3161 §2.4.2: seconds, perhaps with a fraction, in UTC; milliseconds since 1970. @throws {NotDer} */
export function timeOf(given: Der | undefined): number {
  const text = Buffer.from(valueOf(given, tags.generalizedTime)).toString('latin1')
  const [, y, mo, d, h, mi, s, fraction = ''] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d*[1-9])?Z$/.exec(text) ?? []
  const time = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}${fraction.slice(0, 4)}Z`)
  if (Number.isNaN(time)) throw new NotDer('a time that is none')
  return time
}
