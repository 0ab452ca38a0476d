/**
 * Sealed streams in rows. What is put here is seen by nobody until the version that names it is committed, which keeps it in the
 * same statement (`writeGroups`). Nothing is held open while bytes are awaited: no transaction, no connection.
 */
import { statfs } from 'node:fs/promises'
import {
  contextOf,
  createHasher,
  deriveKey,
  openRange,
  openStream,
  padme,
  randomUuid,
  SealBroken,
  sealedPieceBytes,
  sealStream,
  uuidBytes,
  type SealKey,
} from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Staged } from '#kernel/ledger/index.ts'
import { KeysSealed, type CompartmentKeys, type Keys } from '#kernel/keys/index.ts'
import type { CompartmentId } from '../place.ts'
import { createSlots } from './flights.ts'
import { collect, piecesAtOnce } from './leftovers.ts'
import { fetchedAhead, flights, pieceBytes, type AttachmentLimits } from './limits.ts'
import type { Marker } from '../markers.ts'
import {
  doomAttachment,
  deleteDoomed,
  deletePieces,
  insertAttachment,
  insertPiece,
  openCompartment,
  renewAttachment,
  selectPiece,
  takeAbandoned,
  type AttachmentName,
} from './queries.ts'

type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** What opening a compartment leaves in the ledger, for its statement. */
export type StageOpening = (
  opening: { compartment: CompartmentId; epoch: string; generation: number; wrapped: Uint8Array },
  keys: CompartmentKeys,
) => Staged | undefined

/** Where something is to be put. */
export interface Shelf {
  /** The keys of a compartment, which is opened where it is not yet; undefined where they were destroyed. */
  keysOf(compartment: CompartmentId): Promise<CompartmentKeys | undefined>
  /** Throws `TooLong` and `DiskFull`, what the source throws, and what PostgreSQL does; then nothing is left. */
  put(
    place: { compartment: CompartmentId; keys: CompartmentKeys; purpose: Marker['purpose'] },
    source: Bytes,
  ): Promise<Stored>
  /**
   * The bytes of an attachment from `start` to before `end`. The whole is checked against its hash before its last bytes are
   * given; whatever is not as it was sealed is thrown, never a short end.
   */
  read(marker: Marker, start?: number, end?: number): AsyncGenerator<Uint8Array>
  /**
   * Calls `end` where one of these compartments is destroyed, or the vault sealed: whoever waits for a slow reader learns it of nobody
   * else. Returns what takes that back.
   */
  watch(compartments: readonly string[], end: (error: Error) => void): () => void
  /** Deletes what abandoned writers left. */
  sweep(): Promise<number>
}

/** What was put, and is held until a version keeps it. */
export interface Stored extends Pick<
  Marker,
  'compartment' | 'attachment' | 'generation' | 'purpose' | 'stored' | 'sha256' | 'sha1'
> {
  /** A version keeps it. */
  end(): void
  /** Nobody does: its pieces go, unless a version keeps it all the same. */
  drop(): Promise<void>
}

export class TooLong extends Error {}
export class DiskFull extends Error {}
/** Its lease ran out: the process stood still for a minute. */
export class LeaseLost extends Error {}
/** What was read is not what was stored. */
export class ContentBroken extends Error {}

/** Looked at the room on the disk once so many bytes. */
const lookBytes = 64 * 1024 * 1024
const sweptAtOnce = 8
const piecesDeletedAtOnce = 64
/** Epochs that end one after the other while a compartment is opened. */
const openingTriesMax = 5

export function createShelf(
  sql: Sql,
  keys: Keys,
  limits: AttachmentLimits,
  folder: string | undefined,
  stage: StageOpening = () => undefined,
): Shelf {
  const slots = createSlots(flights.all)
  /** Streams that read or write now. Whoever destroys a compartment's keys, or seals the vault, ends them. */
  const open = new Set<{ compartment: string; end: () => void }>()
  keys.onForget((compartment) => {
    for (const each of open) if (compartment === undefined || each.compartment === compartment) each.end()
  })

  return { keysOf, put, read, watch, sweep }

  function watch(compartments: readonly string[], end: (error: Error) => void): () => void {
    const entries = compartments.map((compartment) => ({ compartment, end: () => end(new KeysSealed()) }))
    for (const entry of entries) open.add(entry)
    return () => {
      for (const entry of entries) open.delete(entry)
    }
  }

  async function keysOf(compartment: CompartmentId): Promise<CompartmentKeys | undefined> {
    for (let tries = 0; tries < openingTriesMax; tries++) {
      const found = keys.cached(compartment) ?? (await keys.load([compartment])).get(compartment)
      if (found || keys.isDestroyed(compartment)) return found
      const { epoch, generation, wrapped, keys: minted } = await keys.mint(compartment)
      const opening = { compartment, epoch, generation, wrapped }
      const [row] = await openCompartment(sql, opening, stage(opening, minted))
      if (row) {
        keys.keep(compartment, minted)
        return minted
      }
      minted.zero()
      // Somebody else was faster, or the epoch has ended: then it is minted anew under another.
      await keys.verify([compartment])
    }
    return undefined
  }

  async function put(
    place: { compartment: CompartmentId; keys: CompartmentKeys; purpose: Marker['purpose'] },
    source: Bytes,
  ): Promise<Stored> {
    const { compartment, purpose } = place
    const { generation } = place.keys
    const name: AttachmentName = { compartment, attachment: randomUuid() }
    await checkRoom()
    await insertAttachment(sql, name, limits.leaseSeconds)
    const stopped = new AbortController()
    const renewing = setInterval(
      () => {
        renewAttachment(sql, name, limits.leaseSeconds).then(
          (held) => held.length === 0 && stopped.abort(new LeaseLost()),
          // PostgreSQL is away: what is sent to it fails by itself.
          () => {},
        )
      },
      (limits.leaseSeconds * 1000) / 3,
    )
    renewing.unref()
    const entry = { compartment, end: () => stopped.abort(new KeysSealed()) }
    open.add(entry)
    const end = () => clearInterval(renewing)
    const drop = async () => {
      end()
      await discard(name)
    }
    const sums = { bytes: 0, sha256: createHasher('sha256'), sha1: createHasher('sha1') }
    const key = attachmentKey(place.keys, purpose)
    try {
      await carry(
        name,
        sealStream(key, contextFor(name, generation), padded(source, sums, stopped.signal), [
          new Uint8Array(sealedPieceBytes),
        ]),
        stopped.signal,
      )
    } catch (error) {
      await drop().catch(() => {})
      throw roomOf(error)
    } finally {
      key.zero()
      open.delete(entry)
    }
    const [sha256, sha1] = [hex(sums.sha256.digest()), hex(sums.sha1.digest())]
    return { ...name, generation, purpose, stored: sums.bytes, sha256, sha1, end, drop }
  }

  /** As it comes, then zeros up to a length that tells little. docs/spec/attachments.md, "Lengths". */
  async function* padded(source: Bytes, sums: Sums, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let unseen = 0
    for await (const chunk of source) {
      signal.throwIfAborted()
      sums.bytes += chunk.length
      if (sums.bytes > limits.bytesMax) throw new TooLong()
      if ((unseen += chunk.length) > lookBytes) {
        unseen = 0
        await checkRoom()
      }
      sums.sha256.update(chunk)
      sums.sha1.update(chunk)
      yield chunk
    }
    signal.throwIfAborted()
    for (let left = padme(sums.bytes) - sums.bytes; left > 0; left -= zeros.length)
      yield zeros.subarray(0, Math.min(left, zeros.length))
  }

  /** Pieces of one length, some on their way while the next one fills. */
  async function carry(
    name: AttachmentName,
    sealed: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    const own = createSlots(flights.each)
    const underway = new Set<Promise<void>>()
    let failure: { error: unknown } | undefined
    let number = 0
    /** Memory of pieces that have gone. */
    const free: Uint8Array[] = []
    const send = async (piece: Uint8Array) => {
      // Whatever is underway outlives a collection.
      if (number > 0 && number % piecesAtOnce === 0) {
        await Promise.all(underway)
        await collect()
      }
      const [back, backAll] = [await own.take(), await slots.take()]
      if (failure) {
        // All writers share the places: whoever has failed keeps none.
        back()
        backAll()
        throw failure.error
      }
      const sending: Promise<void> = insertPiece(sql, name, number++, piece)
        .then(
          (rows) => {
            if (rows.length === 0) failure ??= { error: new LeaseLost() }
          },
          (error: unknown) => {
            failure ??= { error }
          },
        )
        .finally(() => {
          back()
          backAll()
          free.push(piece)
          underway.delete(sending)
        })
      underway.add(sending)
    }
    try {
      let piece: Uint8Array = new Uint8Array(pieceBytes)
      let filled = 0
      for await (const bytes of sealed) {
        signal.throwIfAborted()
        for (let from = 0; from < bytes.length;) {
          const part = bytes.subarray(from, from + pieceBytes - filled)
          piece.set(part, filled)
          filled += part.length
          from += part.length
          if (filled < pieceBytes) continue
          await send(piece)
          piece = free.pop() ?? new Uint8Array(pieceBytes)
          filled = 0
        }
      }
      if (filled > 0) await send(piece.subarray(0, filled))
    } finally {
      await Promise.all(underway)
    }
    if (failure) throw failure.error
    signal.throwIfAborted()
  }

  async function* read(marker: Marker, start = 0, end = marker.stored): AsyncGenerator<Uint8Array> {
    const { compartment, generation, purpose, stored, sha256 } = marker
    const found = keys.cached(compartment) ?? (await keys.load([compartment])).get(compartment)
    if (!found) throw new ContentBroken('its key was destroyed')
    const key = attachmentKey(found, purpose)
    const context = contextFor(marker, generation)
    const pieces = createPieces(marker, sealedLength(padme(stored)))
    const isWhole = start === 0 && end === stored
    const hasher = isWhole ? createHasher('sha256') : undefined
    const opened = isWhole
      ? openStream(key, context, pieces.all())
      : openRange(key, context, pieces, start, end)
    /** The last bytes, until it is known that all are right. */
    let held: Uint8Array | undefined
    let ended: Error | undefined
    const entry = {
      compartment,
      /** At once, whoever has a piece of it and does not come back for the next. */
      end() {
        ended = new KeysSealed()
        key.zero()
        held?.fill(0)
        opened.return(undefined).catch(() => {})
      },
    }
    open.add(entry)
    try {
      let left = end - start
      for await (const message of opened) {
        if (ended) throw ended
        const bytes = message.subarray(0, left)
        left -= bytes.length
        if (bytes.length === 0) continue
        hasher?.update(bytes)
        if (held) yield held
        if (ended) throw ended
        held = bytes
      }
      if (ended) throw ended
      if (left > 0) throw new ContentBroken('it is shorter than its version says')
      if (hasher && hex(hasher.digest()) !== sha256) throw new ContentBroken('its hash is another')
      if (held) yield held
      if (ended) throw ended
    } catch (error) {
      if (ended) throw ended
      throw error instanceof SealBroken ? new ContentBroken(error.message) : error
    } finally {
      key.zero()
      open.delete(entry)
    }
  }

  /** The sealed bytes, by pieces, of which some are fetched ahead. */
  function createPieces(name: AttachmentName, length: number) {
    const count = Math.ceil(length / pieceBytes)
    const fetched = new Map<number, Promise<Uint8Array>>()
    const fetch = (number: number): Promise<Uint8Array> => {
      let found = fetched.get(number)
      if (!found) {
        found = selectPiece(sql, name, number).then(([row]) => {
          if (!row) throw new ContentBroken('a piece is missing')
          return Buffer.from(row.sealed, 'base64')
        })
        // Whoever asked for it is told; what was fetched ahead of somebody who has gone fails for nobody.
        found.catch(() => {})
        fetched.set(number, found)
      }
      return found
    }
    const at = async (number: number, last: number): Promise<Uint8Array> => {
      for (const each of fetched.keys()) if (each < number) fetched.delete(each)
      const turn = number % piecesAtOnce
      if (number > 0 && turn === 0) await collect()
      // Whatever is underway outlives a collection.
      const ahead = Math.min(fetchedAhead, piecesAtOnce - 1 - turn)
      for (let next = number + 1; next <= Math.min(number + ahead, last, count - 1); next++) void fetch(next)
      return fetch(number)
    }
    return {
      length,
      async *all() {
        for (let number = 0; number < count; number++) yield at(number, count - 1)
      },
      async read(from: number, to: number) {
        const [first, last] = [Math.floor(from / pieceBytes), Math.floor((to - 1) / pieceBytes)]
        const parts: Uint8Array[] = []
        for (let number = first; number <= last; number++) {
          const begin = number * pieceBytes
          parts.push((await fetch(number)).subarray(Math.max(0, from - begin), to - begin))
        }
        for (const each of fetched.keys()) if (each < last && each !== 0) fetched.delete(each)
        return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts)
      },
    }
  }

  async function discard(name: AttachmentName): Promise<number> {
    const doomed = await doomAttachment(sql, name)
    return doomed.length > 0 ? remove(name) : 0
  }

  async function remove(name: AttachmentName): Promise<number> {
    let deleted = 0
    for (;;) {
      const gone = await deletePieces(sql, name, piecesDeletedAtOnce)
      deleted += gone.length
      if (gone.length < piecesDeletedAtOnce) break
    }
    await deleteDoomed(sql, name)
    return deleted
  }

  async function sweep(): Promise<number> {
    let deleted = 0
    for (;;) {
      const taken = await takeAbandoned(sql, sweptAtOnce, limits.leaseSeconds)
      for (const name of taken) deleted += await remove(name)
      if (taken.length < sweptAtOnce) return deleted
    }
  }

  async function checkRoom(): Promise<void> {
    if (folder === undefined) return
    const { bavail, bsize } = await statfs(folder)
    if (bavail * bsize < limits.freeBytesMin) throw new DiskFull()
  }
}

interface Sums {
  bytes: number
  sha256: ReturnType<typeof createHasher>
  sha1: ReturnType<typeof createHasher>
}

const zeros = new Uint8Array(16 * 1024)

/** Derived of the key that seals the versions it belongs to: gone with it, and good for nothing else. */
export function attachmentKey(keys: CompartmentKeys, purpose: Marker['purpose']): SealKey {
  return deriveKey(keys[purpose], 'attachment')
}

export function contextFor({ compartment, attachment }: AttachmentName, generation: number): Uint8Array {
  return contextOf('attachment', uuidBytes(compartment), uuidBytes(attachment), generation)
}

/** docs/spec/seal.md: a header of 58 bytes, and a tag of 16 for each chunk of 16 KiB and the last, shorter one. */
function sealedLength(length: number): number {
  return 58 + length + (Math.floor(length / 16_384) + 1) * 16
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** SQLSTATE 53100: disk_full. */
function roomOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code === '53100' ? new DiskFull() : error
}
