import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { dictionaryBytesMax, readied, squeeze, squeezedBytesMax, type Readied } from './squeeze.ts'

/** Version byte of the frame. */
export const frameVersion = 1
/** version ‖ method ‖ dictionary (2) ‖ packed length (4) ‖ original length (4) */
export const frameHeaderBytes = 12
/** The longest message that packs: the largest body a server takes is 50 MB, and this is above it. */
export const packedMessageBytesMax = 64 * 1024 * 1024

const stored = 0
const deflated = 1

/**
 * Smallest plaintext of each kind, in bytes: below it, size would tell what is inside. That of tuples is for a block of one
 * entry: at 256 its size named the code of 29 % of 6,035 Synthea Observations, at 320 of 21 %, from 384 on of the 7 %
 * that a guess does. At 448 nearly all fit uncompressed too, which saves packing their 40 µs.
 */
export const floors = { version: 512, tuple: 448, pointer: 64, entry: 256 } as const

export interface Dictionary {
  /** 1 to 65,535. An id and its bytes are frozen together: packed messages name the id alone. */
  id: number
  bytes: Uint8Array
}

export interface Packer {
  /** Compresses (or stores, where that is shorter) and pads to `floor`, then by Padmé. */
  pack(bytes: Uint8Array, o: { floor: number; dictionary: number }): Uint8Array
  /** Throws where `pack` cannot have made the plaintext: under a good seal, that is a fault of ours. */
  unpack(plaintext: Uint8Array): Uint8Array
}

/** A packer that knows these dictionaries. Id 0 is none. */
export function createPacker(dictionaries: readonly Dictionary[]): Packer {
  const byId = new Map<number, Uint8Array>()
  for (const { id, bytes } of dictionaries) {
    if (!Number.isInteger(id) || id < 1 || id > 0xffff) throw new RangeError(`${id} is no dictionary id`)
    if (bytes.length > dictionaryBytesMax) throw new RangeError(`dictionary ${id} exceeds the window`)
    if (byId.has(id)) throw new Error(`dictionary ${id} is given twice`)
    byId.set(id, bytes)
  }

  const readiedById = new Map<number, Readied>()

  const dictionaryOf = (id: number): Uint8Array | undefined => {
    if (id !== 0 && !byId.has(id)) throw new Error(`dictionary ${id} is unknown`)
    return byId.get(id)
  }

  const readiedOf = (id: number): Readied | undefined => {
    let found = readiedById.get(id)
    const words = found ? undefined : dictionaryOf(id)
    if (words) readiedById.set(id, (found = readied(words)))
    return found
  }

  /** Nine in ten records: what comes down to the floor without zlib, which would not make it any smaller. */
  const squeezedTo = (floor: number, bytes: Uint8Array, dictionary: number): Uint8Array | undefined => {
    const ready = bytes.length > squeezedBytesMax ? undefined : readiedOf(dictionary)
    if (!ready) return undefined
    const plaintext = Buffer.allocUnsafe(floor)
    const end = squeeze(bytes, ready, plaintext, frameHeaderBytes, floor)
    if (end === undefined || padme(end) > floor) return undefined
    const packed = end - frameHeaderBytes
    return framed(plaintext, { method: deflated, dictionary, packed, original: bytes.length })
  }

  return {
    pack(bytes, { floor, dictionary }) {
      if (bytes.length > packedMessageBytesMax) throw new RangeError('the message is too long to pack')
      // What fits the floor as it is gains nothing by being squeezed, and opens faster stored.
      const fits = frameHeaderBytes + bytes.length <= floor
      const squeezed = fits ? undefined : squeezedTo(floor, bytes, dictionary)
      if (squeezed) return squeezed
      const small = fits ? bytes : deflate(bytes, dictionaryOf(dictionary))
      const shrunk = small.length < bytes.length
      const body = shrunk ? small : bytes
      const plaintext = Buffer.allocUnsafe(Math.max(floor, padme(frameHeaderBytes + body.length)))
      plaintext.set(body, frameHeaderBytes)
      return framed(plaintext, {
        method: shrunk ? deflated : stored,
        dictionary: shrunk ? dictionary : 0,
        packed: body.length,
        original: bytes.length,
      })
    },

    unpack(plaintext) {
      if (plaintext.length < frameHeaderBytes) throw new Error('the frame is too short')
      const view = new DataView(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength)
      if (view.getUint8(0) !== frameVersion) throw new Error('the frame has an unknown version')
      const method = view.getUint8(1)
      const words = dictionaryOf(view.getUint16(2))
      const bodyLength = view.getUint32(4)
      const length = view.getUint32(8)
      if (bodyLength > plaintext.length - frameHeaderBytes || length > packedMessageBytesMax) {
        throw new Error('the frame states impossible lengths')
      }
      const body = plaintext.subarray(frameHeaderBytes, frameHeaderBytes + bodyLength)
      if (method === stored) {
        if (length !== bodyLength) throw new Error('the frame states impossible lengths')
        return body.slice()
      }
      if (method !== deflated) throw new Error('the frame has an unknown method')
      // Bounded by the stated length, itself bounded: a bomb under a good seal fails, it does not swell. One
      // chunk holds it all with a byte to spare, so that zlib is called once: 11 µs for a record in place of 17.
      const options = { maxOutputLength: length + 1, chunkSize: Math.max(64, length + 1) }
      const message = inflateRawSync(body, words ? { ...options, dictionary: words } : options)
      if (message.length !== length) throw new Error('the frame states impossible lengths')
      return message
    },
  }
}

interface Header {
  method: typeof stored | typeof deflated
  dictionary: number
  /** In bytes, as `original`. */
  packed: number
  original: number
}

/** The plaintext with its header before the body and zeros after it. */
function framed(plaintext: Buffer, { method, dictionary, packed, original }: Header): Uint8Array {
  plaintext[0] = frameVersion
  plaintext[1] = method
  plaintext.writeUInt16BE(dictionary, 2)
  plaintext.writeUInt32BE(packed, 4)
  plaintext.writeUInt32BE(original, 8)
  return plaintext.fill(0, frameHeaderBytes + packed)
}

/**
 * Measured on the 13,172 records of 1.4 kB of Synthea, with their dictionaries of 2 kB: padded, level 3 takes 0.8 % more room
 * than 5, which 6 betters by a thousandth, and an eighth less time; 1 and 2 are no faster. Of the 30 to 40 µs for a
 * record 8 are setting up and 4 the dictionary. A window of 8 kB and memory level 7 cost nothing in size; less saves no
 * time. Zstandard with the same dictionary took longer.
 */
function deflate(bytes: Uint8Array, dictionary: Uint8Array | undefined): Uint8Array {
  // zlib's own 16 kB for each output cost a third of the call; a record packs to a quarter or less.
  const chunkSize = Math.min(maxChunkBytes, Math.max(1024, bytes.length >> 2))
  const options = { ...(bytes.length > shortBytesMax ? longOptions : shortOptions), chunkSize }
  return deflateRawSync(bytes, dictionary ? { ...options, dictionary } : options)
}

const maxChunkBytes = 1024 * 1024

/** What the smaller window holds. */
const shortBytesMax = 8 * 1024
const shortOptions = { level: 3, windowBits: 13, memLevel: 7 } as const
/** A block of 200 index tuples is 50 kB: packed with the larger window it takes 9 % less room, in the same time. */
const longOptions = { level: 3, windowBits: 15, memLevel: 8 } as const

/** Padmé (Nikitin et al., PURBs, PETS 2019, §4): length leaks in O(log log n) bits, for at most 12 % more. */
export function padme(length: number): number {
  if (length < 2) return length
  const exponent = Math.floor(Math.log2(length))
  const mantissaBits = Math.floor(Math.log2(exponent)) + 1
  const lowBits = exponent - mantissaBits
  if (lowBits <= 0) return length
  const unit = 2 ** lowBits
  return Math.ceil(length / unit) * unit
}

const plain = createPacker([])
/** Packing without a dictionary. */
export const { pack, unpack } = plain
