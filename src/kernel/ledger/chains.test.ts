/** Streams from entry to entry, of more streams than are remembered. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sql } from '#kernel/db/index.ts'
import { testDatabase } from '#test/kit/index.ts'
import { createChain, inventedAct, nameBytes } from '#test/kit/ledger-folder.ts'
import { Chains } from './chains.ts'
import type { Finding } from './checking.ts'
import { decodeEntry, encodeAct } from './entry.ts'
import { leafHash } from './tree.ts'

const staged = (stream: string, n: number) => encodeAct(inventedAct(n, { stream }))
const hexOf = (stream: string) => Buffer.from(nameBytes(stream)).toString('hex')

const endsMax = 4
const pageEntries = 3

async function findingsOf(sql: Sql, entries: readonly Uint8Array[]): Promise<Finding[]> {
  await sql`delete from ledger_leaf`
  for (const [index, entry] of entries.entries())
    await sql`insert into ledger_leaf (index, entry) values (${index}::bigint, ${entry}::bytea)`
  const chains = new Chains(sql, endsMax)
  const found: Finding[] = []
  for (let at = 0; at < entries.length; at += pageEntries) {
    const page = entries
      .slice(at, at + pageEntries)
      .map((entry, n) => ({ index: at + n, hash: leafHash(entry), entry: decodeEntry(entry) }))
    for await (const finding of chains.follow(page)) found.push(finding)
  }
  return found
}

test('of more streams than are remembered: what is right is, and what is missing or comes twice is named', async (t) => {
  const { sql } = await testDatabase(t)
  // As whoever owns the database may do.
  await sql`drop index ledger_leaf_stream`
  await sql`create index on ledger_leaf (substring(entry from 36 for 16), substring(entry from 60 for 8))`
  // Each stream after all the others, and three of them sooner.
  const order = Array.from({ length: 124 }, (_, n) => `stream ${n % 5 === 4 ? n % 3 : n % 31}`)
  const link = createChain()
  const entries = order.map((stream, n) => link(staged(stream, n)).entry)
  assert.deepEqual(await findingsOf(sql, entries), [])

  const stream = 'stream 20'
  const own = order.flatMap((name, n) => (name === stream ? [n] : []))
  assert.ok(own.length > 2)
  for (const [before, at] of own.entries()) {
    // Others were put in the place of this one and all after it, and it was put behind them as it was.
    const again = createChain()
    for (const n of own.slice(0, before)) again(staged(stream, n))
    const twin = again(staged(stream, 900 + at)).entry
    assert.deepEqual(await findingsOf(sql, [...entries, twin]), [
      { what: 'stream-gap', stream: hexOf(stream), number: before + 1, index: entries.length },
    ])
  }

  const [, second = 0, third = 0] = own
  assert.deepEqual(await findingsOf(sql, entries.toSpliced(second, 1)), [
    { what: 'stream-gap', stream: hexOf(stream), number: 1 + 1, index: third - 1 },
  ])
})
