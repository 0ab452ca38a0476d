/** A folder of tiles is, at every moment, the ledger of its checkpoint. */
import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '#test/kit/scope.ts'
import { inventedEntries, ledgerKeys, signedCheckpoint, tilesOf } from '#test/kit/ledger-folder.ts'
import { verifyFolder } from '../../../../tools/verify-ledger.mjs'
import { equalBytes } from '#kernel/crypto/index.ts'
import { encodeBundle, tileWidth } from '../tiles.ts'
import { leafHash } from '../tree.ts'
import { publishTo, type FolderSource } from './folder.ts'

const entries = inventedEntries(66_000, 50)
const leaves = entries.map(leafHash)

/** The ledger when it had so many entries. */
function ledgerOf(size: number, given: readonly Uint8Array[] = entries): FolderSource {
  const theirs = given === entries ? leaves.slice(0, size) : given.map(leafHash)
  const tiles = new Map(tilesOf(theirs).map((tile) => [`${tile.level}/${tile.index}`, tile.bytes]))
  const rootAt = (count: number) => {
    const [, , root = ''] = signedCheckpoint(theirs.slice(0, count)).split('\n')
    return Buffer.from(root, 'base64')
  }
  return {
    checkpoint: { size, note: signedCheckpoint(theirs) },
    keys: ledgerKeys,
    async tile({ level, index, width }) {
      if (level !== 'entries') return tiles.get(`${level}/${index}`)?.subarray(0, width * 32)
      return encodeBundle(given.slice(index * tileWidth, index * tileWidth + width))
    },
    beginsWith: async ({ size: count, root }) => equalBytes(rootAt(count), root),
  }
}

async function assertHolds(folder: string, size: number): Promise<void> {
  const verified = await verifyFolder(folder, { keys: ledgerKeys })
  assert.deepEqual([verified.findings, verified.size], [[], size])
}

test('it grows, and writes what is new alone', async (t) => {
  const folder = temporaryFolder(t)
  let before = 0
  for (const size of [1, 2, 255, 256, 257, 900, 950, 1024, 66_000]) {
    const published = await publishTo(folder, ledgerOf(size))
    assert(published.status === 'ok')
    assert.equal(published.before, before)
    assert.ok(
      published.files < 12 + (2 * (size - before)) / 250,
      `${published.files} files for ${size - before}`,
    )
    await assertHolds(folder, size)
    before = size
  }
  const same = ledgerOf(66_000)
  await publishTo(folder, same)
  assert.deepEqual(await publishTo(folder, same), {
    status: 'ok',
    size: 66_000,
    before: 66_000,
    files: 0,
  })
  // Of partial tiles those of this checkpoint and the one before are left.
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.p\/\d+$/.test(name))
  assert.ok(names.length <= 8, String(names))
})

test('cut off anywhere, it is the ledger of the checkpoint before', async (t) => {
  const folder = temporaryFolder(t)
  await publishTo(folder, ledgerOf(900))
  for (let after = 0; ; after++) {
    const source = ledgerOf(3000)
    let reads = 0
    const cut = {
      ...source,
      async tile(name: Parameters<typeof source.tile>[0]) {
        if (reads++ === after) throw new Error('cut off')
        return source.tile(name)
      },
    }
    const done = await publishTo(folder, cut).catch(() => undefined)
    await assertHolds(folder, done ? 3000 : 900)
    if (done) break
  }
})

test('what is not this ledger, or ahead of it, is left as it is', async (t) => {
  const folder = temporaryFolder(t)
  await publishTo(folder, ledgerOf(900))
  assert.deepEqual(await publishTo(folder, ledgerOf(800)), { status: 'ahead', size: 900 })
  const other = await publishTo(folder, ledgerOf(1000, inventedEntries(1000, 7)))
  assert.equal(other.status, 'other-ledger')
  await assertHolds(folder, 900)
  const foreign = temporaryFolder(t)
  await writeFile(join(foreign, 'thesis.doc'), '')
  assert.deepEqual(await publishTo(foreign, ledgerOf(5)), { status: 'foreign', found: 'thesis.doc' })
  assert.deepEqual(await readdir(foreign), ['thesis.doc'])
})
