import type { SealKey } from './key.ts'
import { randomSalt } from './random.ts'
import {
  chunkBytes,
  currentAlgorithm,
  deriveSecrets,
  headerBytes,
  openChunk,
  openHeader,
  saltBytes,
  type Secrets,
  SealBroken,
  sealChunk,
  tagBytes,
  writeHeader,
} from './seal.ts'

export const sealedChunkBytes = chunkBytes + tagBytes
/** Chunks that are sealed or opened at a time, 512 KiB: for each alone, what hands it on would take longer than the cipher. */
const chunksAtOnce = 32
/** What `sealStream` takes at a time: a source that gives as much is not copied. */
export const messagePieceBytes = chunksAtOnce * chunkBytes
/** What it gives at a time, at most. */
export const sealedPieceBytes = chunksAtOnce * sealedChunkBytes

type Source = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/**
 * Seals a stream: the same bytes as `seal` gives, in pieces of many chunks. Fits `stream.pipeline`. With `memory`, parts of
 * `sealedPieceBytes`, pieces are in these by turns, and no memory is taken for each: of n parts, a piece is good until n
 * more are asked for.
 */
export function sealStream(
  key: SealKey,
  context: Uint8Array,
  source: Source,
  memory?: readonly Uint8Array[],
): AsyncGenerator<Uint8Array> {
  const salt = new Uint8Array(saltBytes)
  randomSalt(salt)
  return sealStreamWithSalt(key, context, source, salt, memory)
}

/** For vectors alone, as `sealWithSalt`. */
export async function* sealStreamWithSalt(
  key: SealKey,
  context: Uint8Array,
  source: Source,
  salt: Uint8Array,
  memory: readonly Uint8Array[] = [],
): AsyncGenerator<Uint8Array> {
  const secrets = deriveSecrets(key, currentAlgorithm, salt, context)
  try {
    const header = new Uint8Array(headerBytes)
    writeHeader(header, currentAlgorithm, salt, secrets.commitment)
    yield header
    let [number, turn] = [0, 0]
    // Each is sealed before the next is read into the same memory.
    const buffer = new Uint8Array(messagePieceBytes)
    for await (const message of pieces(source, buffer)) {
      const isLast = message.length < buffer.length
      // The last chunk is always short, and may be empty.
      const chunks = isLast ? Math.floor(message.length / chunkBytes) + 1 : chunksAtOnce
      const length = message.length + chunks * tagBytes
      // Every byte is written below.
      const out = memory[turn++ % memory.length]?.subarray(0, length) ?? Buffer.allocUnsafeSlow(length)
      for (let chunk = 0, at = 0; chunk < chunks; chunk++) {
        const part = message.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes)
        at = sealChunk(secrets, number++, part, out, at)
      }
      yield out
    }
  } finally {
    secrets.zero()
  }
}

/**
 * Opens a stream. Each piece given is authentic and in its place; that none is missing at the end is known only
 * when the stream ends without a throw, so act on nothing before.
 * @throws {SealBroken} as `open`, when the fault comes by.
 */
export async function* openStream(
  key: SealKey,
  context: Uint8Array,
  source: Source,
): AsyncGenerator<Uint8Array> {
  const input = regroup(source)
  let secrets: Secrets | undefined
  try {
    secrets = openHeader(key, context, await input.next(headerBytes))
    const buffer = new Uint8Array(sealedPieceBytes)
    for (let number = 0; ; number += chunksAtOnce) {
      const sealed = await input.read(buffer)
      const isLast = sealed.length < buffer.length
      // The last chunk is always short, so an end at a boundary says that the rest is missing.
      const lastBytes = isLast ? sealed.length % sealedChunkBytes : sealedChunkBytes
      const whole = Math.floor((sealed.length - (isLast ? lastBytes : 0)) / sealedChunkBytes)
      // Every byte is written below, or it is not given.
      const message = Buffer.allocUnsafeSlow(
        whole * chunkBytes + (isLast ? Math.max(0, lastBytes - tagBytes) : 0),
      )
      for (let chunk = 0; chunk < whole; chunk++) {
        const at = chunk * sealedChunkBytes
        const opened = openChunk(secrets, number + chunk, sealed.subarray(at, at + sealedChunkBytes))
        message.set(opened, chunk * chunkBytes)
      }
      if (isLast) {
        if (lastBytes < tagBytes) throw new SealBroken('truncated')
        const opened = openChunk(secrets, number + whole, sealed.subarray(whole * sealedChunkBytes))
        message.set(opened, whole * chunkBytes)
      }
      if (message.length > 0) yield message
      if (isLast) return
    }
  } finally {
    secrets?.zero()
    await input.close()
  }
}

/** A sealed thing that can be read at any place, such as a file. */
export interface SealedSource {
  /** Bytes in all. */
  length: number
  /** The bytes from `start` to before `end`. */
  read(start: number, end: number): Promise<Uint8Array>
}

/** Message bytes in a sealed thing of this length. Throws `SealBroken` 'truncated' for an impossible one. */
export function messageLength(sealedLength: number): number {
  const body = sealedLength - headerBytes
  const last = body % sealedChunkBytes
  if (body < tagBytes || last < tagBytes) throw new SealBroken('truncated')
  return body - (Math.floor(body / sealedChunkBytes) + 1) * tagBytes
}

/**
 * Opens the message bytes from `start` to before `end`, reading only their chunks and the last one, which
 * proves the length.
 * @throws {SealBroken} as `open`.
 */
export async function* openRange(
  key: SealKey,
  context: Uint8Array,
  source: SealedSource,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  const length = messageLength(source.length)
  if (!(start >= 0 && start <= end && end <= length)) throw new RangeError('the range lies outside')
  const secrets = openHeader(key, context, await source.read(0, headerBytes))
  const chunk = async (number: number): Promise<Uint8Array> => {
    const at = headerBytes + number * sealedChunkBytes
    const sealed = await source.read(at, Math.min(at + sealedChunkBytes, source.length))
    if (sealed.length < tagBytes) throw new SealBroken('truncated')
    return openChunk(secrets, number, sealed)
  }
  try {
    const last = Math.floor(length / chunkBytes)
    const lastMessage = await chunk(last)
    for (let number = Math.floor(start / chunkBytes); number * chunkBytes < end; number++) {
      const message = number === last ? lastMessage : await chunk(number)
      const from = number * chunkBytes
      yield message.subarray(Math.max(0, start - from), Math.min(message.length, end - from))
    }
  } finally {
    secrets.zero()
  }
}

/** The source in pieces as long as the buffer, which they are in; the last is shorter, and may be empty. */
async function* pieces(source: Source, buffer: Uint8Array): AsyncGenerator<Uint8Array> {
  const input = regroup(source)
  try {
    for (;;) {
      const piece = await input.read(buffer)
      yield piece
      if (piece.length < buffer.length) return
    }
  } finally {
    await input.close()
  }
}

/** Reads a source of pieces of any length by exact lengths; less than asked for means the end. */
function regroup(source: Source) {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  let held: Uint8Array = new Uint8Array(0)
  return {
    next: (length: number): Promise<Uint8Array> => fill(new Uint8Array(length)),
    read: fill,

    /** Lets the source go, where the reader stops before its end. */
    async close(): Promise<void> {
      await iterator.return?.()
    },
  }

  /** In `out`, or in the source's memory where it has so much in one piece: good until the next is asked for. */
  async function fill(out: Uint8Array): Promise<Uint8Array> {
    const { length } = out
    if (held.length === 0) {
      const { done, value } = await iterator.next()
      if (done) return out.subarray(0, 0)
      held = value
    }
    if (held.length >= length) {
      const whole = held.subarray(0, length)
      held = held.subarray(length)
      return whole
    }
    let filled = 0
    while (filled < length) {
      if (held.length === 0) {
        const { done, value } = await iterator.next()
        if (done) break
        held = value
        continue
      }
      const taken = held.subarray(0, length - filled)
      out.set(taken, filled)
      filled += taken.length
      held = held.subarray(taken.length)
    }
    return out.subarray(0, filled)
  }
}
