/** A patient's file out of the database: all of the stream up to the entry that says that it was asked for. */
import { setTimeout as wait } from 'node:timers/promises'
import { copyOfKey, uuidBytes } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { CompartmentKeys } from '#kernel/keys/index.ts'
import { entryLayout } from './entry.ts'
import { patientFile, type ProvenEntry } from './patient-file.ts'
import { createProver } from './proofs.ts'
import { streamOf } from './pseudonyms.ts'
import { selectStreamEnds, selectStreamEntries } from './queries.ts'
import { newestCheckpoint } from './reading.ts'
import { tileReader } from './stored-tree.ts'

export type Handed =
  | { status: 'ok'; entries: number; pieces: AsyncGenerator<string> }
  /** No checkpoint covers the act yet: nobody sequences, say. */
  | { status: 'late' }

/** An entry is a leaf within a quarter of a second, and under a checkpoint within another. */
const waitMsMax = 15_000
const lookMs = 50
/** Entries read at a time. */
const pageRows = 500

/** `record` puts the act, a UUID, into the stream: the file ends with that entry. */
export async function handOut(
  sql: Sql,
  keys: CompartmentKeys,
  act: string,
  record: () => Promise<void>,
): Promise<Handed> {
  const { name } = streamOf(keys)
  const [end] = await selectStreamEnds(sql, [name])
  const before = end ? Number(Buffer.from(end.number).readBigUInt64BE()) : 0
  await record()
  const asked = await placeOf(sql, name, before, uuidBytes(act))
  if (!asked) return { status: 'late' }
  const { number, note, size } = asked
  const copy = copyOfKey(keys.ledger)
  const pieces = patientFile({
    checkpoint: note,
    keys: [copy],
    entries: provenEntries(sql, name, number, size),
  })
  return { status: 'ok', entries: number, pieces: wiping(pieces, copy) }
}

/** Where the act stands in the stream, and a checkpoint that covers it. */
async function placeOf(sql: Sql, stream: Uint8Array, before: number, act: Uint8Array) {
  const until = performance.now() + waitMsMax
  for (let from = before + 1, found: { index: number; number: number } | undefined; ;) {
    if (!found) {
      const rows = await selectStreamEntries(sql, stream, { from, to: Number.MAX_SAFE_INTEGER }, pageRows)
      const at = rows.findIndex(({ entry }) => isOf(entry, act))
      if (at >= 0) found = { index: rows[at]!.index, number: numberOf(rows[at]!.entry) }
      else if (rows.length > 0) from = numberOf(rows.at(-1)!.entry) + 1
    }
    const newest = found && (await newestCheckpoint(sql))
    if (found && newest && newest.size > found.index) return { ...newest, number: found.number }
    if (performance.now() > until) return undefined
    await wait(lookMs)
  }
}

function isOf(entry: Uint8Array, act: Uint8Array): boolean {
  return Buffer.compare(entry.subarray(entryLayout.act, entryLayout.act + 16), act) === 0
}

async function* provenEntries(
  sql: Sql,
  stream: Uint8Array,
  last: number,
  size: number,
): AsyncGenerator<ProvenEntry> {
  const prover = createProver(size, tileReader(sql))
  for (let from = 1; from <= last;) {
    const rows = await selectStreamEntries(sql, stream, { from, to: last }, pageRows)
    // A row that is gone leaves a gap, which whoever checks the file sees; it must not keep the rest from being told.
    if (rows.length === 0) return
    for (const { index, entry } of rows) yield { index, entry, proof: await prover.inclusion(index) }
    from = numberOf(rows.at(-1)!.entry) + 1
  }
}

function numberOf(entry: Uint8Array): number {
  const bytes = Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength)
  return Number(bytes.readBigUInt64BE(entryLayout.number))
}

/** The key is in the file; it need not be in memory any longer than that takes. */
async function* wiping(pieces: AsyncGenerator<string>, key: Uint8Array): AsyncGenerator<string> {
  try {
    yield* pieces
  } finally {
    key.fill(0)
  }
}
