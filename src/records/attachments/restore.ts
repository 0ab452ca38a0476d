/** Texts with their large values back, streamed or whole. */
import { Readable } from 'node:stream'
import { partsOfText, type Marker } from '../markers.ts'
import type { Shelf } from './shelf.ts'
import { textOf, writeValue } from './values.ts'

/** Bytes given at once: each piece handed on costs the same. */
const blockBytes = 192 * 1024

export interface Restore {
  /** UTF-8 of the text with all its values: as many bytes as `lengthOf` says, or it throws. */
  stream(text: string): AsyncGenerator<Uint8Array>
  whole(text: string): Promise<string>
  /** The bytes that an attachment says, from `start` to before `end`. */
  bytes(marker: Marker, start?: number, end?: number): AsyncGenerator<Uint8Array>
  /**
   * What these give of these values, as a stream to be sent. Where the vault is sealed or a patient destroyed it is destroyed at once, and
   * does not wait for who has stopped reading.
   */
  sent(bytes: AsyncGenerator<Uint8Array>, markers: readonly Marker[]): Readable
}

/** Bytes of UTF-8 with all values. */
export function lengthOf(text: string): number {
  let length = 0
  for (const part of partsOfText(text))
    length += typeof part === 'string' ? Buffer.byteLength(part) : part.literal
  return length
}

export function createRestore({ read, watch }: Pick<Shelf, 'read' | 'watch'>): Restore {
  return { stream, whole, bytes, sent }

  function sent(source: AsyncGenerator<Uint8Array>, markers: readonly Marker[]): Readable {
    const out = Readable.from(source, { objectMode: false })
    const compartments = [...new Set(markers.map(({ compartment }) => compartment))]
    // First the stream: what is overwritten behind it goes nowhere.
    const leave = watch(compartments, (error) => out.destroy(error))
    return out.once('close', leave)
  }

  async function* stream(text: string): AsyncGenerator<Uint8Array> {
    for (const part of partsOfText(text)) {
      if (typeof part === 'string') yield Buffer.from(part)
      else yield* literalOf(part)
    }
  }

  async function whole(text: string): Promise<string> {
    const parts = partsOfText(text)
    if (parts.length === 1) return text
    let out = ''
    for (const part of parts) {
      if (typeof part === 'string') out += part
      else for await (const piece of literalOf(part)) out += Buffer.from(piece).toString('latin1')
    }
    return out
  }

  async function* literalOf(marker: Marker): AsyncGenerator<Uint8Array> {
    for await (const block of blocksOf(read(marker), 3))
      yield Buffer.from(writeValue(marker.form, block), 'latin1')
  }

  async function* bytes(marker: Marker, start = 0, end = marker.bytes): AsyncGenerator<Uint8Array> {
    if (marker.form !== 'text') {
      yield* blocksOf(read(marker, start, end), 1)
      return
    }
    // Written with white space in it: all is read, and what is wanted is given.
    let at = 0
    let rest = ''
    for await (const block of blocksOf(read(marker), 1)) {
      // An escape may be cut in two: what follows the last group of four waits, and so does a backslash.
      const text = rest + block.toString('latin1')
      const cut = text.endsWith('\\') ? text.length - 1 : text.length
      const plain = textOf(text.slice(0, cut))
      const whole = plain.length - (plain.length % 4)
      rest = plain.slice(whole) + text.slice(cut)
      const piece = Buffer.from(plain.slice(0, whole), 'base64')
      const part = piece.subarray(Math.max(0, start - at), Math.max(0, end - at))
      at += piece.length
      if (part.length > 0) yield part
    }
  }
}

/** In blocks whose lengths are multiples of `unit`, but the last: parts of what comes, where that is divided so. */
async function* blocksOf(source: AsyncIterable<Uint8Array>, unit: number): AsyncGenerator<Buffer> {
  const size = blockBytes - (blockBytes % unit)
  let rest = Buffer.alloc(0)
  for await (const bytes of source) {
    let from = 0
    if (rest.length > 0) {
      from = Math.min(unit - rest.length, bytes.length)
      rest = Buffer.concat([rest, bytes.subarray(0, from)])
      if (rest.length < unit) continue
      yield rest
    }
    const whole = bytes.length - ((bytes.length - from) % unit)
    for (; from < whole; from += size)
      yield Buffer.from(bytes.buffer, bytes.byteOffset + from, Math.min(size, whole - from))
    rest = Buffer.from(bytes.subarray(whole))
  }
  if (rest.length > 0) yield rest
}
