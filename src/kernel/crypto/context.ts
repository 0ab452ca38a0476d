/** A field of a context or a keyed hash: bytes, text, or a whole number from 0 to 2^53 - 1. */
export type Field = Uint8Array | string | number

const bytesTag = 1
const textTag = 2
const numberTag = 3

/**
 * Where a sealed thing belongs: its format's name and what places it. Two different lists of fields never
 * give the same bytes. See docs/spec/seal.md, "Contexts", for the formats in use.
 */
export function contextOf(format: string, ...fields: Field[]): Uint8Array {
  return fieldsOf([format, ...fields])
}

/** Each field as tag (1 byte), length (4 bytes, big-endian), value: injective, kinds told apart. */
export function fieldsOf(fields: readonly Field[]): Uint8Array {
  const out = Buffer.allocUnsafe(fieldsLength(fields))
  writeFields(fields, out, 0)
  return out
}

/** Bytes of the fields as `writeFields` writes them. Throws for what cannot be a field. */
export function fieldsLength(fields: readonly Field[]): number {
  let length = 0
  for (const field of fields) length += headBytes + valueBytes(field)
  return length
}

export function writeFields(fields: readonly Field[], out: Buffer, at: number): void {
  for (const field of fields) {
    if (typeof field === 'number') at = writeNumber(field, out, at)
    else if (typeof field === 'string') at = writeText(field, out, at)
    else {
      at = writeHead(bytesTag, field.length, out, at)
      out.set(field, at)
      at += field.length
    }
  }
}

/** tag ‖ length of the value */
const headBytes = 5
const numberBytes = 8

function writeHead(tag: number, length: number, out: Buffer, at: number): number {
  out[at] = tag
  out[at + 1] = length >>> 24
  out[at + 2] = length >>> 16
  out[at + 3] = length >>> 8
  out[at + 4] = length
  return at + headBytes
}

function writeNumber(value: number, out: Buffer, at: number): number {
  at = writeHead(numberTag, numberBytes, out, at)
  out.writeUInt32BE(Math.floor(value / 2 ** 32), at)
  out.writeUInt32BE(value % 2 ** 32, at + 4)
  return at + numberBytes
}

function writeText(text: string, out: Buffer, at: number): number {
  const written = out.write(text, at + headBytes, 'utf8')
  return writeHead(textTag, written, out, at) + written
}

function valueBytes(field: Field): number {
  if (typeof field === 'number') {
    if (!Number.isSafeInteger(field) || field < 0) throw new RangeError(`${field} cannot be a field`)
    return numberBytes
  }
  if (typeof field === 'string') {
    // A lone surrogate would be written as U+FFFD, and two texts would give the same bytes.
    if (!field.isWellFormed()) throw new TypeError('a field must be well-formed Unicode')
    return Buffer.byteLength(field)
  }
  return field.length
}

/** The 16 bytes of a UUID in text form, either case. Throws for anything else. */
export function uuidBytes(uuid: string): Uint8Array {
  const bytes = Buffer.allocUnsafe(uuidLength)
  writeUuid(uuid, bytes, 0)
  return bytes
}

const uuidLength = 16

function writeUuid(uuid: string, out: Buffer, start: number): number {
  if (uuid.length !== 36) throw new TypeError('not a UUID')
  for (let byte = 0, at = 0; byte < uuidLength; byte++, at += 2) {
    if (byte === 4 || byte === 6 || byte === 8 || byte === 10) {
      if (uuid.charCodeAt(at++) !== hyphen) throw new TypeError('not a UUID')
    }
    out[start + byte] = (hexDigit(uuid.charCodeAt(at)) << 4) | hexDigit(uuid.charCodeAt(at + 1))
  }
  return start + uuidLength
}

const hyphen = 45

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  // Both cases: a letter and its capital differ in one bit.
  const letter = code | 32
  if (letter >= 97 && letter <= 102) return letter - 87
  throw new TypeError('not a UUID')
}

/** The place of one version of one thing in a compartment. */
export interface Place {
  /** UUID of the compartment. */
  compartment: string
  /** The kind of thing, such as the name of a resource type. */
  type: string
  /** UUID of the row's key, which stays the same from version to version. */
  resource: string
  version: number
  /** Generation of the compartment's key under which it is sealed. */
  generation: number
  /** SHA-256 of the sealed bytes of the version before; empty for the first. */
  previous: Uint8Array
}

/** What may stand at a place. Each has a context of its own, so none opens as another. */
export type PlaceFormat = 'version' | 'capsule'

/** As `contextOf` of the format and the place's fields in their order, UUIDs as bytes; written in one go. */
export function placeContext(format: PlaceFormat, place: Place): Uint8Array {
  const { compartment, type, resource, version, generation, previous } = place
  const texts = valueBytes(format) + valueBytes(type)
  const numbers = valueBytes(version) + valueBytes(generation)
  const out = Buffer.allocUnsafe(7 * headBytes + texts + numbers + 2 * uuidLength + previous.length)
  let at = writeText(format, out, 0)
  at = writeUuid(compartment, out, writeHead(bytesTag, uuidLength, out, at))
  at = writeText(type, out, at)
  at = writeUuid(resource, out, writeHead(bytesTag, uuidLength, out, at))
  at = writeNumber(version, out, at)
  at = writeNumber(generation, out, at)
  out.set(previous, writeHead(bytesTag, previous.length, out, at))
  return out
}
