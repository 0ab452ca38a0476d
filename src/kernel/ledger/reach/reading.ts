/** Reads the details of entries for a reach: in the server's thread where they are few, otherwise in threads beside it. */
import { keyBytes, keyOf } from '#kernel/crypto/index.ts'
import { openText, parseDetails } from '../details.ts'
import { entryLayout, outcomes } from '../entry.ts'
import { Acts } from './acts.ts'
import { nameOf, Tallies, type Touched } from './tallies.ts'

/** Entries, and the keys that open them. */
export interface Portion {
  /** Each as number of its key (4) ‖ length (4) ‖ entry, as `selectEntriesJoined` gives it. */
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
  /** Where only what names a device is read: so many entries, ids of their acts (16 bytes each), and how many were refused. */
  named?: { entries: number; acts: Uint8Array; refused: number }
}

export class Reading {
  readonly #tallies = new Tallies()
  readonly #shut = new Set<string>()
  #shutEntries = 0
  readonly #device: string | undefined
  readonly #acts = new Acts()
  readonly #named: Buffer[] = []
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
        const text = openText(key, shortEntry(bytes.subarray(start, at)))
        if (!text) {
          this.#shut.add(
            bytes.toString('latin1', start + entryLayout.stream, start + entryLayout.stream + 16),
          )
          this.#shutEntries++
          continue
        }
        const details = this.#device === undefined ? undefined : parseDetails(text.toString())
        if (details && details.device !== this.#device) continue
        const outcome = bytes[start + entryLayout.outcome]!
        if (this.#device !== undefined) {
          this.#entries++
          const act = start + entryLayout.act
          this.#named.push(Buffer.from(bytes.subarray(act, act + 16)))
          if (outcome === outcomes.refused) this.#refused++
        }
        const isTold = this.#tallies.add(place, {
          isNewAct: this.#acts.add(bytes, start + entryLayout.act, place),
          recordedAtMs: numberAt(bytes, start + entryLayout.recordedAt),
          action: bytes[start + entryLayout.action]!,
          outcome,
          names: namesIn(text),
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
        : { named: { entries: this.#entries, acts: Buffer.concat(this.#named), refused: this.#refused } }),
    }
  }
}

/** Where the commitments begin in what `selectEntriesJoined` gives: behind their number, which stands where the link was. */
const commitmentsAt = entryLayout.number + 2

/** What seals and opens the details of an entry. */
export function shortEntry(entry: Uint8Array) {
  const commitments = (entry[entryLayout.number]! << 8) | entry[entryLayout.number + 1]!
  return {
    id: entry.subarray(entryLayout.id, entryLayout.id + 16),
    act: entry.subarray(entryLayout.act, entryLayout.act + 16),
    stream: entry.subarray(entryLayout.stream, entryLayout.stream + 16),
    details: entry.subarray(commitmentsAt + 33 * commitments),
  }
}

/** Of 8 bytes, below 2^53. */
export const numberAt = (bytes: Buffer, at: number): number =>
  bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4)

const begins = Buffer.from('"resources":[')
const [quote, comma, opens, closes] = Buffer.from('",[]') as unknown as [number, number, number, number]

/**
 * The resources that details name, as `nameOf` writes them. They are the least part of the JSON, so it is not parsed for them: within its texts a
 * quotation mark is always behind a reverse solidus, so that what begins the list stands nowhere else. Whatever is not
 * `["Type","id",1],…` of plain letters is parsed.
 */
function namesIn(text: Buffer): string[] {
  const names: string[] = []
  let at = text.indexOf(begins)
  if (at < 0) return names
  at += begins.length
  while (text[at] === opens) {
    if (text[at + 1] !== quote) return parsedNames(text)
    const from = at + 2
    let quotes = 1
    for (at = from; quotes < 4; at++) {
      const byte = text[at]
      if (byte === quote) quotes++
      else if (byte === undefined || !isPlain(byte)) return parsedNames(text)
    }
    // From the type to the id: Type","id
    names.push(text.toString('latin1', from, at - 1))
    while (text[at] !== undefined && text[at] !== closes) at++
    at++
    if (text[at] === comma) at++
  }
  return text[at] === closes ? names : parsedNames(text)
}

/** ASCII that JSON writes as it is; a comma between the two texts too. */
const isPlain = (byte: number): boolean => byte >= 0x20 && byte < 0x7f && byte !== 0x5c

const parsedNames = (text: Buffer): string[] => (parseDetails(text.toString()).resources ?? []).map(nameOf)

function keysIn(rows: Uint8Array) {
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength)
  return Array.from({ length: rows.length / keyRowBytes }, (_, n) => ({
    place: view.getUint32(n * keyRowBytes),
    // Wipes the bytes that it is given.
    key: keyOf(rows.subarray(n * keyRowBytes + 4, (n + 1) * keyRowBytes)),
  }))
}
