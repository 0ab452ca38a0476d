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
  let length = 0
  for (const field of fields) length += 5 + valueBytes(field)
  const out = Buffer.allocUnsafe(length)
  let at = 0
  for (const field of fields) {
    if (typeof field === 'number') {
      out[at] = numberTag
      out.writeUInt32BE(8, at + 1)
      out.writeUInt32BE(Math.floor(field / 2 ** 32), at + 5)
      out.writeUInt32BE(field % 2 ** 32, at + 9)
      at += 13
    } else if (typeof field === 'string') {
      const written = out.write(field, at + 5, 'utf8')
      out[at] = textTag
      out.writeUInt32BE(written, at + 1)
      at += 5 + written
    } else {
      out[at] = bytesTag
      out.writeUInt32BE(field.length, at + 1)
      out.set(field, at + 5)
      at += 5 + field.length
    }
  }
  return out
}

function valueBytes(field: Field): number {
  if (typeof field === 'number') {
    if (!Number.isSafeInteger(field) || field < 0) throw new RangeError(`${field} cannot be a field`)
    return 8
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
  if (uuid.length !== 36) throw new TypeError('not a UUID')
  const bytes = Buffer.allocUnsafe(16)
  for (let byte = 0, at = 0; byte < 16; byte++, at += 2) {
    if (byte === 4 || byte === 6 || byte === 8 || byte === 10) {
      if (uuid.charCodeAt(at++) !== hyphen) throw new TypeError('not a UUID')
    }
    bytes[byte] = (hexDigit(uuid.charCodeAt(at)) << 4) | hexDigit(uuid.charCodeAt(at + 1))
  }
  return bytes
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
export type PlaceFormat = 'version' | 'tuple' | 'capsule' | 'capsule tuple'

export function placeContext(format: PlaceFormat, place: Place): Uint8Array {
  return contextOf(
    format,
    uuidBytes(place.compartment),
    place.type,
    uuidBytes(place.resource),
    place.version,
    place.generation,
    place.previous,
  )
}
