/** Reads the details of entries for a reach: in the server's thread where they are few, otherwise in threads beside it. */
import { keyBytes, keyOf } from '#kernel/crypto/index.ts'
import { openDetails } from '../details.ts'
import { entryLayout, outcomes } from '../entry.ts'
import { Tallies, type Touched } from './tallies.ts'

/** Entries, and the keys that open them. */
export interface Portion {
  /** Each as number of its key (4) ‖ length (4) ‖ entry. */
  entries: Uint8Array<ArrayBuffer>
  /** Each as place (4) ‖ key; wiped by whoever has read them. */
  keys: Uint8Array<ArrayBuffer>
}

export const keyRowBytes = 4 + keyBytes
export const entryHeadBytes = 8

/** What the portions of one reach gave. */
export interface Read {
  touched: [place: number, Touched][]
  /** Entries that the key does not open, and their streams, as texts. */
  shut: { streams: string[]; entries: number }
  /** Where only what names a device is read: so many entries, of these acts, and of what was refused. */
  named?: { entries: number; acts: string[]; refused: number }
}

export class Reading {
  readonly #tallies = new Tallies()
  readonly #shut = new Set<string>()
  #shutEntries = 0
  readonly #device: string | undefined
  readonly #acts = new Set<string>()
  #entries = 0
  #refused = 0

  constructor(device?: string) {
    this.#device = device
  }

  /** False where there are more resources than are told apart. */
  add({ entries, keys }: Portion): boolean {
    const known = keysIn(keys)
    try {
      const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength)
      const bytes = Buffer.from(entries.buffer, entries.byteOffset, entries.byteLength)
      for (let at = 0; at < bytes.length;) {
        const { place, key } = known[view.getUint32(at)]!
        const start = at + entryHeadBytes
        at = start + view.getUint32(at + 4)
        const part = (from: number, length: number) => bytes.subarray(start + from, start + from + length)
        const commitments = 33 * view.getUint16(start + entryLayout.commitmentCount)
        const details = openDetails(key, {
          id: part(entryLayout.id, 16),
          act: part(entryLayout.act, 16),
          stream: part(entryLayout.stream, 16),
          details: bytes.subarray(start + entryLayout.commitments + commitments, at),
        })
        if (!details) {
          this.#shut.add(
            bytes.toString('latin1', start + entryLayout.stream, start + entryLayout.stream + 16),
          )
          this.#shutEntries++
          continue
        }
        if (this.#device !== undefined && details.device !== this.#device) continue
        const act = bytes.toString('latin1', start + entryLayout.act, start + entryLayout.act + 16)
        const outcome = bytes[start + entryLayout.outcome]!
        if (this.#device !== undefined) {
          this.#entries++
          this.#acts.add(act)
          if (outcome === outcomes.refused) this.#refused++
        }
        const isTold = this.#tallies.add(place, {
          act,
          recordedAtMs: Number(view.getBigUint64(start + entryLayout.recordedAt)),
          action: bytes[start + entryLayout.action]!,
          outcome,
          resources: details.resources ?? [],
        })
        if (!isTold) return false
      }
      return true
    } finally {
      for (const { key } of known) key.zero()
    }
  }

  read(): Read {
    return {
      touched: this.#tallies.touched(),
      shut: { streams: [...this.#shut], entries: this.#shutEntries },
      ...(this.#device === undefined
        ? {}
        : { named: { entries: this.#entries, acts: [...this.#acts], refused: this.#refused } }),
    }
  }
}

function keysIn(rows: Uint8Array) {
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength)
  return Array.from({ length: rows.length / keyRowBytes }, (_, n) => ({
    place: view.getUint32(n * keyRowBytes),
    // Wipes the bytes that it is given.
    key: keyOf(rows.subarray(n * keyRowBytes + 4, (n + 1) * keyRowBytes)),
  }))
}
