/** How far somebody came: all entries of the tree that are sought, counted by what their details name. */
import { copyOfKey, type SealKey } from '#kernel/crypto/index.ts'
import {
  authorityOf,
  ownersOf,
  sizeOf,
  soughtRows,
  type Asking,
  type Position,
  type Sought,
} from '../asking.ts'
import { actorsOn } from '../devices.ts'
import { entryLayout, outcomes } from '../entry.ts'
import { selectEntriesJoined } from '../queries.ts'
import { Acts } from './acts.ts'
import { entryHeadBytes, keyRowBytes, numberAt, shortEntry, type Portion } from './reading.ts'
import { readerHere, type Reader, type Readers } from './readers.ts'
import { resourcesMax, type Touched } from './tallies.ts'

export interface Reach {
  status: 'ok'
  entries: number
  acts: number
  /** Entries of what was refused. */
  refused: number
  /** By compartment, and `facility`. */
  places: Map<string, Touched>
  /** Streams whose keys were destroyed since, and how many entries were theirs; by which device, nobody knows any more. */
  gone: { streams: number; entries: number }
}

/** There are more resources than are told apart. */
export interface ReachTooWide {
  status: 'too-wide'
  resourcesMax: number
}

/** Entries of the first statement: some 1 MB, and at most 131. What is in it alone is read in the server's thread. */
const rowsUsual = 2000
/** Of each after it so many times as many: a patient's key then goes to the readers less often. */
const laterTimes = 3
/** index (8) ‖ length (4), as `selectEntriesJoined` has it. */
const headBytes = 12

/** What is sought, or nothing but what names a device of it. */
export type ReachSought = Sought & { device?: string }

export async function reach(
  asking: Asking,
  { device, ...asked }: ReachSought,
  readers: Readers,
  rowsMax = rowsUsual,
): Promise<Reach | ReachTooWide> {
  const size = await sizeOf(asking.sql)
  const walk = new Walk(asking, device !== undefined)
  const parts = await partsOf(asking, asked, device, size)
  const fetch = async ({ part, after }: Place): Promise<Page> => {
    const limit = after ? laterTimes * rowsMax : rowsMax
    const page = { size, newestFirst: false, after, limit }
    const sought = parts[part] ?? { actors: [] }
    const [found] = await selectEntriesJoined(asking.sql, soughtRows(asking, sought, page))
    const { last, ...read } = pageOf(found?.entries ?? nothing, page)
    const next = last ? { part, after: last } : part + 1 < parts.length ? { part: part + 1 } : undefined
    return { ...read, next }
  }
  let coming: Promise<Page> | undefined = fetch({ part: 0 })
  let open: Reader[] = []
  try {
    while (coming) {
      const page: Page = await coming
      coming = page.next && fetch(page.next)
      // Told where it is waited for.
      coming?.catch(() => {})
      // What one statement gives is read sooner than a thread has started.
      if (open.length === 0) open = page.next ? readers.open(device) : [readerHere(device)]
      const portions = await walk.portions(page, open.length)
      const isTold = await Promise.all(portions.map((portion, n) => portion && open[n]!.add(portion)))
      if (isTold.includes(false)) break
    }
    const read = await Promise.all(open.map((reader) => reader.end()))
    open = []
    return walk.reach(read)
  } finally {
    await coming?.catch(() => {})
    await Promise.allSettled(open.map((reader) => reader.end()))
  }
}

/** What a device did is in the entries of those who were signed in on it: of one after the other, as the index has them. */
async function partsOf(
  asking: Asking,
  asked: Sought,
  device: string | undefined,
  size: number,
): Promise<Sought[]> {
  if (device === undefined || asked.actor !== undefined) return [asked]
  const actors = await actorsOn(asking, { ...asked, device }, size)
  return actors.map((actor) => ({ ...asked, actors: [actor] }))
}

/** Where a page begins. */
interface Place {
  part: number
  after?: Position
}

interface Page {
  bytes: Buffer
  /** Where each entry begins, and ends. */
  entries: { from: number; to: number }[]
  next: Place | undefined
}

/** `last`: where it ends, if there may be more. */
function pageOf(
  joined: Uint8Array,
  { size, limit }: { size: number; limit: number },
): Pick<Page, 'bytes' | 'entries'> & { last: Position | undefined } {
  const bytes = Buffer.from(joined.buffer, joined.byteOffset, joined.byteLength)
  const entries: Page['entries'] = []
  const last: Position = { recordedAtMs: 0, index: -1, size }
  for (let at = 0; at < bytes.length;) {
    const from = at + headBytes
    const index = numberAt(bytes, at)
    const recordedAtMs = numberAt(bytes, from + entryLayout.recordedAt)
    if (recordedAtMs > last.recordedAtMs || (recordedAtMs === last.recordedAtMs && index > last.index)) {
      last.recordedAtMs = recordedAtMs
      last.index = index
    }
    at = from + bytes.readUInt32BE(at + 8)
    entries.push({ from, to: at })
  }
  return { bytes, entries, last: entries.length < limit ? undefined : last }
}

const nothing = new Uint8Array(0)

/** A stream whose entries can be opened. */
interface Known {
  place: number
  key: SealKey
}

/** Goes through entries, says to whom each belongs, and keeps what can be told of them without opening any. */
class Walk {
  readonly #asking: Asking
  readonly #acts = new Acts()
  readonly #places = new Map<string, number>()
  readonly #streams = new Map<string, Known | undefined>()
  readonly #gone = new Set<string>()
  #goneEntries = 0
  #entries = 0
  #refused = 0
  /** What counts is known by who opens it. */
  readonly #isSealed: boolean

  constructor(asking: Asking, isSealed: boolean) {
    this.#asking = asking
    this.#isSealed = isSealed
  }

  /** What each of the readers is to read; all of a place goes to one. */
  async portions(
    { bytes, entries }: Pick<Page, 'bytes' | 'entries'>,
    readers: number,
  ): Promise<(Portion | undefined)[]> {
    const streams = entries.map(({ from }) =>
      bytes.toString('latin1', from + entryLayout.stream, from + entryLayout.stream + 16),
    )
    await this.#know(streams, bytes, entries)
    const shares = Array.from({ length: readers }, () => new Share())
    for (const [n, { from, to }] of entries.entries()) {
      if (!this.#isSealed) {
        this.#entries++
        this.#acts.add(bytes, from + entryLayout.act)
        if (bytes[from + entryLayout.outcome] === outcomes.refused) this.#refused++
      }
      const stream = streams[n]!
      const known = this.#streams.get(stream) ?? this.#authority(stream, bytes.subarray(from, to))
      if (known) shares[known.place % readers]!.add(known, from, to)
      else {
        this.#gone.add(stream)
        this.#goneEntries++
      }
    }
    return shares.map((share) => share.portion(bytes))
  }

  reach(read: readonly Awaited<ReturnType<Reader['end']>>[]): Reach | ReachTooWide {
    const names = [...this.#places.keys()]
    const places = new Map<string, Touched>()
    let resources = 0
    for (const each of read) {
      if (each === 'too-many') return { status: 'too-wide', resourcesMax }
      for (const [place, touched] of each.touched) {
        places.set(names[place]!, touched)
        resources += touched.resources.length
      }
      const acts = Buffer.from(each.named?.acts ?? nothing)
      for (let at = 0; at < acts.length; at += 16) this.#acts.add(acts, at)
      this.#entries += each.named?.entries ?? 0
      this.#refused += each.named?.refused ?? 0
      for (const stream of each.shut.streams) this.#gone.add(stream)
      this.#goneEntries += each.shut.entries
    }
    if (resources > resourcesMax) return { status: 'too-wide', resourcesMax }
    return {
      status: 'ok',
      entries: this.#entries,
      acts: this.#acts.size,
      refused: this.#refused,
      places,
      gone: { streams: this.#gone.size, entries: this.#goneEntries },
    }
  }

  /** Looks for the owners of those that were not looked for before, or whose key has left memory since: it may be gone for good. */
  async #know(streams: readonly string[], bytes: Buffer, entries: Page['entries']): Promise<void> {
    const fresh = new Map<string, Uint8Array>()
    for (const [n, stream] of streams.entries()) {
      if (this.#streams.has(stream) && !this.#streams.get(stream)?.key.zeroed) continue
      const at = entries[n]!.from + entryLayout.stream
      fresh.set(stream, bytes.subarray(at, at + 16))
    }
    if (fresh.size === 0) return
    const { sql, keys, names } = this.#asking
    const owners = await ownersOf(sql, keys, names, [...fresh.values()])
    for (const stream of fresh.keys()) {
      const owner = owners.get(stream)
      this.#streams.set(stream, owner && { place: this.#place(owner.of), key: owner.key })
    }
  }

  /** Of a row that confers authority: its details are the facility's. All entries of a stream are of such a row, or none. */
  #authority(stream: string, entry: Uint8Array): Known | undefined {
    if (this.#gone.has(stream)) return undefined
    const owner = authorityOf(this.#asking.names, shortEntry(entry))
    const known = owner && { place: this.#place(owner.of), key: owner.key }
    this.#streams.set(stream, known)
    return known
  }

  #place(of: string): number {
    const place = this.#places.get(of) ?? this.#places.size
    this.#places.set(of, place)
    return place
  }
}

/** What one reader is to read. */
class Share {
  readonly #keys = new Map<Known, number>()
  readonly #entries: { key: number; from: number; to: number }[] = []
  #bytes = 0

  add(known: Known, from: number, to: number): void {
    let key = this.#keys.get(known)
    if (key === undefined) this.#keys.set(known, (key = this.#keys.size))
    this.#entries.push({ key, from, to })
    this.#bytes += entryHeadBytes + to - from
  }

  portion(bytes: Buffer): Portion | undefined {
    if (this.#entries.length === 0) return undefined
    // Memory of its own, that becomes the reader's.
    const entries = Buffer.from(new ArrayBuffer(this.#bytes))
    let at = 0
    for (const { key, from, to } of this.#entries) {
      at = entries.writeUInt32BE(key, at)
      at = entries.writeUInt32BE(to - from, at)
      at += bytes.copy(entries, at, from, to)
    }
    const keys = Buffer.from(new ArrayBuffer(this.#keys.size * keyRowBytes))
    let row = 0
    for (const { place, key } of this.#keys.keys()) {
      const copy = copyOfKey(key)
      keys.writeUInt32BE(place, row)
      keys.set(copy, row + 4)
      copy.fill(0)
      row += keyRowBytes
    }
    return { entries, keys }
  }
}
