/**
 * The ledger's tables against each other: leaves against tiles, head and checkpoints, streams against their numbers, and what
 * is staged against its tags. In memory that does not grow with the entries.
 */
import { equalBytes } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { Chains, type Found } from './chains.ts'
import { alteredInEdge } from './edge-leaves.ts'
import { decodeAct, decodeEntry, EntryBroken, type Act } from './entry.ts'
import { readKept, type Keeper } from './kept.ts'
import { walkOwners } from './owners.ts'
import type { Pseudonyms } from './pseudonyms.ts'
import * as queries from './queries.ts'
import { openCheckpoint } from './signed-checkpoint.ts'
import { SignersAltered, type Signers } from './signing.ts'
import { readFrames, readStaged, type StagedEntry } from './staging.ts'
import { edgeAt } from './stored-tree.ts'
import { Strange } from './strange.ts'
import { edgeRoot, emptyEdge, growTiles, tileWidth, type Edge, type Tile } from './tiles.ts'
import { hashBytes, leafHash } from './tree.ts'

/** One thing that is wrong, and where. */
export type Finding =
  | { what: 'leaf-missing'; index: number }
  | { what: 'leaf-malformed'; index: number; reason: string }
  /** It is not what its tile has; or, in the last tile, what the entry behind it in its stream or its own seal says. */
  | { what: 'leaf-altered'; index: number }
  /** Where it is signed, it was so already: and yet it is none that this house has made. Told with the keys. */
  | { what: 'leaf-planted'; index: number }
  /** Behind the end of the tree. */
  | { what: 'leaf-added'; index: number }
  | { what: 'tile-missing' | 'tile-altered' | 'tile-added'; level: number; index: number }
  /** The tree is not the one that the head says. */
  | { what: 'head-altered'; size: number }
  /** The tree was another when this checkpoint was signed. `kept`: it is the one outside the database. */
  | { what: 'checkpoint-differs'; size: number; kept: boolean }
  /** It was published, and is not there to be handed out. */
  | { what: 'checkpoint-missing'; size: number }
  /** Nobody of this house has signed it. */
  | { what: 'checkpoint-forged'; size: number; reason: string }
  /** The database has fewer entries than were published. */
  | { what: 'tail-missing'; size: number; kept: number }
  | { what: 'kept-unreadable'; reason: string }
  /** The keys that sign are not those that there were. */
  | { what: 'signers-altered'; reason: string }
  /** A number of the stream is missing, or one comes twice. `index`: of the leaf after it. */
  | { what: 'stream-gap'; stream: string; number: number; index: number }
  /** The leaf does not name the one before it in its stream. */
  | { what: 'stream-broken'; stream: string; number: number; index: number }
  | { what: 'entry-twice'; id: string; indices: number[] }
  /** The row that says whose stream it is is another's, or of nobody. */
  | { what: 'owner-altered'; stream: string }
  /** Nobody of this house has staged it. */
  | { what: 'staged-planted'; id: string }
  /** It was staged well, and then marked as if it were not. */
  | { what: 'staged-held-back'; id: string }

export interface Checked {
  sql: Sql
  /** Of the open vault. Without them tags of what is staged, whose stream is whose, and the secret parts of signers are left out. */
  open: { keys: Keys; names: Pseudonyms } | undefined
  signers: () => Promise<Signers | undefined>
  keeper: Pick<Keeper, 'read'>
}

export interface CheckOptions {
  /** The connection of a transaction that sees one state of the database; otherwise whatever is there at each moment. */
  sql?: Sql
  /** What was kept outside the database before that state: what is kept since is of a later one. */
  kept?: { note: string | undefined }
  /** Begins behind this tree, which was whole when it was checked before: what is in it is not read again. */
  from?: { size: number; root: Uint8Array }
  /** Each entry that can be read, in the order of the tree; behind it what is staged, which has no index yet. */
  onEntry?: (entry: Act, index: number | undefined) => void
  progress?: (entries: number, of: number) => void
}

const pageLeaves = 1024
const pageRows = 500
const foundMax = 100

export async function* checkTables(
  checked: Checked,
  { from: before, onEntry, progress }: Omit<CheckOptions, 'sql' | 'kept'> = {},
): AsyncGenerator<Finding> {
  const { sql } = checked
  const [head] = await queries.selectHead(sql)
  if (!head) return yield { what: 'head-altered', size: 0 }
  const signers = yield* signersOf(checked)
  const kept = yield* keptOf(checked, signers, head.size)
  let edge: Edge = emptyEdge
  if (before) {
    if (before.size > head.size) return yield { what: 'tail-missing', size: head.size, kept: before.size }
    const found = await edgeAt(sql, before.size)
    if (!found || !equalBytes(edgeRoot(found), before.root))
      return yield { what: 'checkpoint-differs', size: before.size, kept: true }
    edge = found
  }
  const checkpoints = checkpointsOf(checked, signers, kept, edge.size)
  let next = yield* nextOf(checkpoints)
  const streams = new Chains(sql)
  const seals = new Strange(checked)
  let isWhole = true
  /** Up to where the tree was right, and the first one that was not. */
  let right = edge.size
  let wrong: { size: number; root: Uint8Array } | undefined
  /** Leaves that are not of this house, until it is known what else tells of them. */
  const strange = new Set<number>()
  for (let at = edge.size; at < head.size;) {
    // Pages end where tiles do.
    const count = Math.min(pageLeaves - (at % pageLeaves), head.size - at)
    const { found, entries, findings } = readPage(await queries.selectLeaves(sql, at, count), at, count)
    yield* findings
    yield* streams.follow(entries)
    const planted = new Set(await seals.of(entries))
    for (const index of planted) if (strange.size < foundMax) strange.add(index)
    if (onEntry) for (const { entry, index } of entries) if (!planted.has(index)) onEntry(entry, index)
    // Of a leaf that is missing its tile has the hash. Where that is gone too, no root can be computed from here on.
    const hashes = await fillFromTiles(sql, found, at, head.size)
    isWhole &&= hashes.every((hash) => hash !== undefined)
    if (!isWhole || !isEach(hashes)) {
      yield* without(strange, compareEach(sql, hashes, at))
      at += count
      continue
    }
    const from = at
    while (next && next.size <= at + count) {
      edge = yield* without(strange, grow(sql, edge, hashes.slice(edge.size - from, next.size - from)))
      if (!equalBytes(edgeRoot(edge), next.root)) {
        wrong ??= next
        yield { what: 'checkpoint-differs', size: next.size, kept: next.kept }
      } else if (!wrong) right = next.size
      next = yield* nextOf(checkpoints)
    }
    edge = yield* without(strange, grow(sql, edge, hashes.slice(edge.size - from)))
    at += count
    progress?.(at, head.size)
  }
  // What those say that are left cannot be compared; whether they were signed can.
  while (!isWhole && next && next.size <= head.size) next = yield* nextOf(checkpoints)
  // Signed, and more than there is.
  if (next && next.size > head.size) yield { what: 'tail-missing', size: head.size, kept: next.size }
  if (isWhole && !equalBytes(edgeRoot(edge), head.root)) {
    wrong ??= head
    yield { what: 'head-altered', size: head.size }
  }
  if (wrong)
    for (const index of await alteredInEdge(checked, { from: right, ...wrong }, head.size)) {
      strange.delete(index)
      yield { what: 'leaf-altered', index }
    }
  for (const index of strange) yield { what: 'leaf-planted', index }
  yield* beyondOf(sql)
  if (!before) {
    yield* twiceOf(sql)
    yield* ownersOf(checked)
  }
  yield* stagedOf(checked, onEntry)
}

interface Signed {
  size: number
  root: Uint8Array
  kept: boolean
}

async function* signersOf(checked: Checked): AsyncGenerator<Finding, Signers | undefined> {
  try {
    return await checked.signers()
  } catch (error) {
    if (!(error instanceof SignersAltered)) throw error
    yield { what: 'signers-altered', reason: error.message }
    return undefined
  }
}

/** The checkpoint outside the database. */
async function* keptOf(
  { keeper }: Checked,
  signers: Signers | undefined,
  size: number,
): AsyncGenerator<Finding, Signed | undefined> {
  const read = await readKept(keeper, signers)
  if (read.status === 'kept-unreadable') yield { what: 'kept-unreadable', reason: read.reason }
  if (read.status === 'unproven') yield { what: 'signers-altered', reason: 'they are gone' }
  if (read.status === 'none' || read.status === 'kept-unreadable') return undefined
  const { checkpoint } = read
  if (checkpoint.size <= size) return { ...checkpoint, kept: true }
  yield { what: 'tail-missing', size, kept: checkpoint.size }
  return undefined
}

/** Those of the table, with the kept one in its place, by size; forged ones are findings. */
async function* checkpointsOf(
  { sql }: Checked,
  signers: Signers | undefined,
  kept: Signed | undefined,
  from: number,
): AsyncGenerator<Finding | Signed> {
  let left = kept && kept.size >= from ? kept : undefined
  let newest = 0
  for (let after = from - 1; ;) {
    const rows = await queries.selectCheckpoints(sql, after, pageRows)
    for (const { size, note } of rows) {
      if (left && left.size <= size) {
        yield left
        left = undefined
      }
      const keys = signers?.keys ?? []
      const opened = openCheckpoint(note, { origin: signers?.origin ?? '', keys, need: 'all' })
      if (opened.status !== 'ok') yield { what: 'checkpoint-forged', size, reason: opened.status }
      else if (opened.checkpoint.size !== size)
        yield { what: 'checkpoint-forged', size, reason: 'another size' }
      else yield { ...opened.checkpoint, kept: false }
    }
    after = rows.at(-1)?.size ?? after
    newest = rows.at(-1)?.size ?? newest
    if (rows.length < pageRows) break
  }
  if (left) yield left
  // It is put there before it is kept outside, if the table takes it, and goes only where a newer one is.
  if (kept && signers && kept.size >= from && newest < kept.size)
    yield { what: 'checkpoint-missing', size: kept.size }
}

/** The next checkpoint; findings on the way are passed on. */
async function* nextOf(
  checkpoints: AsyncGenerator<Finding | Signed>,
): AsyncGenerator<Finding, Signed | undefined> {
  for (;;) {
    const { value, done } = await checkpoints.next()
    if (done) return undefined
    if (!('what' in value)) return value
    yield value
  }
}

function readPage(rows: readonly { index: number; entry: Uint8Array }[], from: number, count: number) {
  const findings: Finding[] = []
  const found = Array.from<Uint8Array | undefined>({ length: count })
  const entries: Found[] = []
  let at = from
  for (const { index, entry } of rows) {
    for (; at < index && findings.length < foundMax; at++) findings.push({ what: 'leaf-missing', index: at })
    at = index + 1
    const hash = leafHash(entry)
    found[index - from] = hash
    try {
      entries.push({ index, hash, entry: decodeEntry(entry) })
    } catch (error) {
      if (!(error instanceof EntryBroken)) throw error
      findings.push({ what: 'leaf-malformed', index, reason: error.message })
    }
  }
  for (; at < from + count && findings.length < foundMax; at++)
    findings.push({ what: 'leaf-missing', index: at })
  return { found, entries, findings }
}

/** The hashes of these leaves; of those that are missing as their tiles have them, where those are full. */
async function fillFromTiles(
  sql: Sql,
  found: readonly (Uint8Array | undefined)[],
  from: number,
  size: number,
): Promise<(Uint8Array | undefined)[]> {
  const hashes = [...found]
  for (let at = from; at < from + found.length;) {
    const tile = Math.floor(at / tileWidth)
    const end = Math.min((tile + 1) * tileWidth, from + found.length)
    const isFull = (tile + 1) * tileWidth <= size
    const isGone = hashes.slice(at - from, end - from).includes(undefined)
    const [stored] = isFull && isGone ? await queries.selectTile(sql, 0, tile, tileWidth) : []
    for (; at < end; at++) {
      const place = (at % tileWidth) * hashBytes
      hashes[at - from] ??= stored?.hashes.slice(place, place + hashBytes)
    }
  }
  return hashes
}

const isEach = (hashes: readonly (Uint8Array | undefined)[]): hashes is Uint8Array[] =>
  !hashes.includes(undefined)

/** Tiles of leaves by themselves, where the tree cannot be worked out. */
async function* compareEach(
  sql: Sql,
  hashes: readonly (Uint8Array | undefined)[],
  from: number,
): AsyncGenerator<Finding> {
  const first = Math.ceil(from / tileWidth)
  for (let index = first; (index + 1) * tileWidth <= from + hashes.length; index++) {
    const theirs = hashes.slice(index * tileWidth - from, (index + 1) * tileWidth - from)
    const rows = await queries.selectTile(sql, 0, index, tileWidth)
    if (rows.length === 0) yield { what: 'tile-missing', level: 0, index }
    else if (isEach(theirs)) yield* compareTile({ level: 0, index, bytes: Buffer.concat(theirs) }, rows)
  }
}

/** A leaf that its tile names otherwise was altered: there is no more to say of it. */
async function* without<Result>(
  strange: Set<number>,
  findings: AsyncGenerator<Finding, Result>,
): AsyncGenerator<Finding, Result> {
  for (;;) {
    const { value, done } = await findings.next()
    if (done) return value
    if (value.what === 'leaf-altered') strange.delete(value.index)
    yield value
  }
}

/** The tree with these leaves; the tiles that they fill are compared with those that are stored. */
async function* grow(sql: Sql, edge: Edge, hashes: readonly Uint8Array[]): AsyncGenerator<Finding, Edge> {
  const grown = growTiles(edge, hashes)
  for (const tile of grown.full)
    yield* compareTile(tile, await queries.selectTile(sql, tile.level, tile.index, 256))
  return grown.edge
}

function* compareTile(
  { level, index, bytes }: Tile,
  rows: readonly { hashes: Uint8Array }[],
): Generator<Finding> {
  const [stored] = rows
  if (!stored) return yield { what: 'tile-missing', level, index }
  if (equalBytes(stored.hashes, bytes)) return
  if (level > 0) return yield { what: 'tile-altered', level, index }
  for (let at = 0; at < bytes.length; at += hashBytes) {
    if (equalBytes(stored.hashes.subarray(at, at + hashBytes), bytes.subarray(at, at + hashBytes))) continue
    yield { what: 'leaf-altered', index: index * 256 + at / hashBytes }
  }
}

/** What stands behind the end of the tree. */
async function* beyondOf(sql: Sql): AsyncGenerator<Finding> {
  for (const { index } of await queries.selectLeavesBeyond(sql, foundMax)) yield { what: 'leaf-added', index }
  for (const { level, index } of await queries.selectTilesBeyond(sql, foundMax)) {
    yield { what: 'tile-added', level, index }
  }
}

/** Entries that are in the tree twice: somebody put a staged row back. */
async function* twiceOf(sql: Sql): AsyncGenerator<Finding> {
  // Who checks in a transaction has said already how long statements may take.
  const rows = await ('begin' in sql
    ? sql.begin(async (tx) => {
        await queries.waitLong(tx)
        return queries.selectTwice(tx, foundMax)
      })
    : queries.selectTwice(sql, foundMax))
  for (const { id, indices } of rows) {
    yield { what: 'entry-twice', id, indices: indices.map(Number) }
  }
}

async function* ownersOf({ sql, open }: Checked): AsyncGenerator<Finding> {
  if (!open) return
  for await (const { stream, state } of walkOwners(sql, open.keys, open.names)) {
    if (state === 'moved') yield { what: 'owner-altered', stream: Buffer.from(stream).toString('hex') }
  }
}

async function* stagedOf({ sql, open }: Checked, onEntry?: CheckOptions['onEntry']): AsyncGenerator<Finding> {
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const rows = await queries.selectStagedAfter(sql, after, pageRows)
    for (const row of rows) {
      const acts = actsOf(open ? readStaged(open.names, row) : readFrames(row.entries))
      if (!acts) yield { what: 'staged-planted', id: row.id }
      else if (row.refused) yield { what: 'staged-held-back', id: row.id }
      for (const act of acts ?? []) onEntry?.({ ...act, recordedAtMs: row.staged_at.getTime() }, undefined)
    }
    if (rows.length < pageRows) return
    after = rows.at(-1)!.id
  }
}

/** Undefined where one of them is no entry: while the vault is sealed, nothing but that tells. */
function actsOf(entries: readonly StagedEntry[] | undefined): Act[] | undefined {
  try {
    return entries?.map(({ entry }) => decodeAct(entry))
  } catch (error) {
    if (error instanceof EntryBroken) return undefined
    throw error
  }
}
