/** Whether the tables hold what the ledger says, and nothing else. docs/spec/verify.md. */
import { setImmediate } from 'node:timers/promises'
import { createPacker } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Act, Finding, Ledger } from '#kernel/ledger/index.ts'
import { dictionaries } from '../dictionaries/index.ts'
import type { ReferenceOptions } from '#records/fhir/index.ts'
import type { ExtractOptions } from '../search/index.ts'
import { createBlocks } from '../tuples/index.ts'
import { nameApprovals, type ApprovalsTold } from './approvals.ts'
import { authorityAtOnce, nameAuthority } from './authority.ts'
import { reckonEntry, reckonRows } from './committed.ts'
import type { RecordFinding } from './findings.ts'
import { nameVersions } from './naming.ts'
import { createSealing } from '../sealing.ts'
import { Derived } from './derived.ts'
import { checkOpened } from './opened.ts'
import * as queries from './queries.ts'
import { Reckoning, sorts, type Rest, type Sort } from './reckoning.ts'

export type { RecordFinding, Thing, Wrong } from './findings.ts'

/** Where a verification begins that looks only at what came later. */
export interface Before {
  size: number
  root: Uint8Array
  /** Milliseconds since 1970: no entry up to there is of a later time. */
  untilMs: number
}

export type Progress =
  | { stage: 'ledger'; done: number; of: number }
  | { stage: 'rows'; done: number }
  | { stage: 'versions'; done: number; of: number }

export interface VerifyOptions {
  sql: Sql
  ledger: Pick<
    Ledger,
    | 'check'
    | 'kept'
    | 'entriesAt'
    | 'numbersAt'
    | 'streamsTold'
    | 'standing'
    | 'authorityStream'
    | 'authorityHead'
  >
  keys: Keys
  /** As the server has it: what follows from the versions is made again with it. */
  local: ReferenceOptions & ExtractOptions
  /** On a disk: for what is too much for memory. */
  folder: string
  /** Every table of the database. */
  tables: readonly string[]
  before?: Before | undefined
  /** Each entry that can be read, in the order of the tree, and then what is staged. */
  onEntry?: (entry: Act) => void
  /** What else is to be compared with this state of the database, at its end. */
  also?: (sql: Sql) => Promise<void>
  onFinding: (finding: Finding | RecordFinding) => void
  onProgress?: (progress: Progress) => void
  /** Looked at between pages: what it throws ends the verification. */
  signal?: AbortSignal
}

export interface Verified {
  /** The tree that was looked at. */
  size: number
  root: Uint8Array
  /** Of its newest entry by time. */
  untilMs: number
  entries: number
  rows: number
  /** Whether the vault was open, so that what only its keys tell was looked at too. */
  open: boolean
  /**
   * While it was open: whether what searches compare was made again. Not where it is of another time zone than is said here, or was
   * just being made anew.
   */
  derived: boolean
  /** While it was sealed: patient keys of which only they can tell whether they are the same as ever. */
  unproven: number
  /** While it was open: those of the entries that were looked at. */
  approvals: ApprovalsTold
}

/** Of each sort that are named one by one; more are counted. */
const namedMax = 1000
const listedMax = 100

/** One state of the database, while others write: what is committed later is not looked at. */
export async function verifyRecords(o: VerifyOptions): Promise<Verified> {
  const kept = { note: await o.ledger.kept() }
  return o.sql.begin('isolation level repeatable read read only', async (tx) => {
    await queries.beginLong(tx)
    // Statements alone are sent on it.
    return verifyIn({ ...o, sql: tx as unknown as Sql }, kept)
  }) as Promise<Verified>
}

async function verifyIn(o: VerifyOptions, kept: { note: string | undefined }): Promise<Verified> {
  const { sql, ledger, keys, before, signal } = o
  const open = keys.state() === 'open'
  const standing = await ledger.standing(sql)
  const told: Verified = {
    ...standing,
    untilMs: before?.untilMs ?? 0,
    entries: 0,
    rows: 0,
    open,
    derived: false,
    unproven: 0,
    approvals: { signed: 0, attested: 0 },
  }
  const approvals: number[] = []
  for (const { name } of await queries.selectReplaced(sql, o.tables))
    o.onFinding({ what: 'altered', of: 'table', name })
  const [expected] = await queries.selectExpected(sql)
  const reckoning = new Reckoning(o.folder, (expected?.rows ?? 0) + standing.size - (before?.size ?? 0))
  try {
    let firstMs = Infinity
    const onEntry = (entry: Act, index: number | undefined) => {
      o.onEntry?.(entry)
      if (index !== undefined) {
        told.entries++
        if (entry.action === 'approval') approvals.push(index)
        told.untilMs = Math.max(told.untilMs, entry.recordedAtMs)
      }
      if (reckonEntry(reckoning, entry, index) > 0) firstMs = Math.min(firstMs, entry.recordedAtMs)
    }
    const ledgerProgress = (done: number, of: number) => {
      signal?.throwIfAborted()
      o.onProgress?.({ stage: 'ledger', done, of })
    }
    const from = before && { size: before.size, root: before.root }
    const checking = ledger.check({ sql, kept, onEntry, progress: ledgerProgress, ...(from ? { from } : {}) })
    for await (const finding of checking) o.onFinding(finding)

    const onRows = async (rows: number) => {
      told.rows += rows
      o.onProgress?.({ stage: 'rows', done: told.rows })
      signal?.throwIfAborted()
      await setImmediate()
    }
    const since = before && new Date(Math.min(firstMs, before.untilMs))
    await reckonRows(sql, reckoning, { since, onRows })
    for await (const finding of settle(o, told, reckoning)) o.onFinding(finding)
    if (open) for await (const finding of nameApprovals(o, approvals, told.approvals)) o.onFinding(finding)
    await o.also?.(sql)
    if (before) return told

    for await (const finding of misplaced(o)) o.onFinding(finding)
    if (!open) return told
    await openEach(o, told)
    return told
  } finally {
    reckoning.close()
  }
}

/** What only the keys tell, and what follows from what they open. */
async function openEach({ sql, keys, ledger, local, folder, ...o }: VerifyOptions, told: Verified) {
  const packer = createPacker(dictionaries)
  const [{ rows: of } = { rows: 0 }] = await queries.countCurrent(sql)
  const reckoning = new Reckoning(folder, 4 * of)
  try {
    const parts = { sql, keys, sealing: createSealing(packer), local, reckoning }
    const derived = await Derived.begin(parts)
    told.derived = derived.isComparable
    let done = 0
    const onVersions = async (some: number) => {
      o.onProgress?.({ stage: 'versions', done: (done += some), of })
      o.signal?.throwIfAborted()
      await setImmediate()
    }
    const opened = checkOpened({ sql, keys, ledger, blocks: createBlocks(packer), derived, onVersions })
    for await (const finding of opened) o.onFinding(finding)
    for await (const finding of derived.settle()) o.onFinding(finding)
  } finally {
    reckoning.close()
  }
}

/** What has no counterpart, by name. */
async function* settle(
  options: VerifyOptions,
  told: Verified,
  reckoning: Reckoning,
): AsyncGenerator<RecordFinding> {
  const { sql, ledger, keys, before } = options
  const authority: Rest[] = []
  const rest = new Map<Sort, Rest[]>(sorts.map((sort) => [sort, []]))
  const more = new Map<Sort, number>()
  const rewrapped = { rows: 0, entries: 0 }
  for (const each of reckoning.rest()) {
    const { sort, rows, entries } = each
    if (sort === 'authority') {
      authority.push(each)
      if (authority.length === authorityAtOnce) yield* nameAuthority(options, authority.splice(0))
      continue
    }
    // Of an act of before: it was compared then.
    if (before && sort !== 'version' && sort !== 'capsule') continue
    if (before && entries.length === 0 && rows.every(({ timeMs }) => timeMs <= before.untilMs)) continue
    if (sort === 'wrapped-key') {
      if (rows.length === 0) rewrapped.entries++
      else rewrapped.rows += rows.length
      continue
    }
    const list = rest.get(sort) as Rest[]
    if (list.length < namedMax) list.push(each)
    else more.set(sort, (more.get(sort) ?? 0) + 1)
  }
  yield* nameAuthority(options, authority)
  const naming = { sql, ledger, keys: keys.state() === 'open' ? keys : undefined }
  for (const sort of ['version', 'capsule'] as const)
    yield* await nameVersions(naming, sort, rest.get(sort) ?? [])
  for (const { rows } of rest.get('tuples') ?? [])
    for (const { compartment } of rows) yield { what: 'altered', of: 'tuples', compartment }
  for (const { rows, entries } of rest.get('attachment') ?? []) {
    for (const { compartment, name } of rows) yield { what: 'added', of: 'attachment', compartment, name }
    const [entry] = rows.length === 0 ? entries : []
    if (entry) yield { what: 'missing', of: 'attachment', ...(await ownerOf(naming, entry.index)) }
  }
  for (const { rows, entries } of rest.get('destruction') ?? []) {
    for (const { compartment } of rows) yield { what: 'added', of: 'destruction', compartment }
    const [entry] = rows.length === 0 ? entries : []
    if (entry)
      yield { what: 'rolled-back', of: 'destruction', ...(entry.index < 0 ? {} : { index: entry.index }) }
  }
  for (const [sort, count] of more) yield { what: 'altered', of: sort, count }
  if (before) return
  told.unproven = keys.state() === 'open' ? 0 : rewrapped.rows
  yield* keysGone(sql, rewrapped)
}

async function ownerOf({ sql, ledger }: Pick<VerifyOptions, 'sql' | 'ledger'>, index: number) {
  const [entry] = index < 0 ? [] : await ledger.entriesAt([index], sql)
  const of = entry?.of === undefined || entry.of === 'facility' ? {} : { compartment: entry.of }
  return { ...(index < 0 ? {} : { index }), ...of }
}

/**
 * A compartment is opened once, and its row stays. What was wrapped anew is a row that no entry names and an entry that names no
 * row; what was destroyed has only the entry.
 */
async function* keysGone(
  sql: Sql,
  { rows, entries }: { rows: number; entries: number },
): AsyncGenerator<RecordFinding> {
  let destroyed = 0
  for (const { compartment, there } of await queries.selectUnlikelyKeys(sql, listedMax)) {
    if (!there) destroyed++
    yield there
      ? { what: 'rolled-back', of: 'destruction', compartment }
      : { what: 'missing', of: 'wrapped-key', compartment }
  }
  const keyless = await queries.selectKeyless(sql, listedMax)
  for (const { compartment } of keyless) yield { what: 'missing', of: 'wrapped-key', compartment }
  const [{ gone } = { gone: 0 }] = await queries.countKeysGone(sql)
  const missing = entries - rows - gone - keyless.length
  if (missing > 0) yield { what: 'missing', of: 'wrapped-key', count: missing }
  if (missing < 0 && destroyed === 0) yield { what: 'added', of: 'wrapped-key', count: -missing }
  for (const { id } of await queries.selectRingless(sql, listedMax))
    yield { what: 'missing', of: 'keyring', name: id }
}

async function* misplaced({ sql }: VerifyOptions): AsyncGenerator<RecordFinding> {
  for (const { compartment, resource, version, current } of await queries.selectSetBack(sql, listedMax)) {
    const what = current === null ? 'missing' : 'rolled-back'
    yield { what, of: 'version', compartment, resource, version }
  }
  for (const { compartment, resource } of await queries.selectMislaid(sql, listedMax))
    yield { what: 'altered', of: 'locator', compartment, resource }
  for (const { compartment, missing } of await queries.selectHeadsBehind(sql, listedMax))
    yield { what: missing ? 'missing' : 'rolled-back', of: 'head', compartment }
  for (const { compartment, count } of await queries.selectPointersAstray(sql, listedMax))
    yield { what: 'added', of: 'pointer', compartment, count }
}
