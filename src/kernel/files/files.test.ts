import assert from 'node:assert/strict'
import { open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  contextOf,
  messagePieceBytes,
  openStream,
  randomBytes,
  randomKey,
  sealedPieceBytes,
  sealStream,
} from '#kernel/crypto/index.ts'
import { temporaryFolder } from '#test/kit/scope.ts'
import { readAhead, writeBehind } from './files.ts'

test('a file is sealed to a file, and opened to another, whatever its length', async (t) => {
  const folder = temporaryFolder(t)
  const [key, context] = [randomKey(), contextOf('test')]
  for (const length of [0, 1, 16_384, messagePieceBytes, 3 * messagePieceBytes + 5]) {
    const bytes = randomBytes(length)
    await writeFile(join(folder, 'plain'), bytes)
    const files = await Promise.all([
      open(join(folder, 'plain')),
      open(join(folder, `sealed-${length}`), 'w+'),
      open(join(folder, `opened-${length}`), 'w'),
    ])
    const memory = [0, 1].map(() => new Uint8Array(sealedPieceBytes))
    await writeBehind(files[1], sealStream(key, context, readAhead(files[0], messagePieceBytes), memory))
    await writeBehind(files[2], openStream(key, context, readAhead(files[1], sealedPieceBytes)))
    for (const file of files) await file.close()
    assert.deepEqual(await readFile(join(folder, `opened-${length}`)), Buffer.from(bytes))
  }
})

test('memory that a source uses by turns is written before it is used again', async (t) => {
  const path = join(temporaryFolder(t), 'file')
  const file = await open(path, 'w')
  const memory = [new Uint8Array(1_000_000), new Uint8Array(1_000_000)] as const
  function* source() {
    for (let n = 0; n < 40; n++) yield (memory[n % 2] as Uint8Array).fill(n)
  }
  await writeBehind(file, source())
  await file.close()
  const written = await readFile(path)
  assert.equal(written.length, 40_000_000)
  for (let n = 0; n < 40; n++) {
    const piece = written.subarray(n * 1_000_000, (n + 1) * 1_000_000)
    assert.ok(
      piece.every((byte) => byte === n),
      `piece ${n}`,
    )
  }
})

test('what the source throws is thrown, and what the system refuses', async (t) => {
  const path = join(temporaryFolder(t), 'file')
  const file = await open(path, 'w')
  async function* broken() {
    yield new Uint8Array(10)
    throw new Error('the source is broken')
  }
  await assert.rejects(writeBehind(file, broken()), /the source is broken/)
  await file.close()
  const reading = await open(path, 'r')
  let asked = 0
  function* source() {
    for (; asked < 100; asked++) yield new Uint8Array(10)
  }
  await assert.rejects(writeBehind(reading, source()), { code: 'EBADF' })
  assert.ok(asked < 5, 'nobody goes on making what cannot be written')
  await reading.close()
})

test('who leaves in the middle leaves nothing behind in memory, and may close', async (t) => {
  const path = join(temporaryFolder(t), 'file')
  await writeFile(path, Buffer.alloc(5_000_000, 7))
  const file = await open(path)
  let seen: Uint8Array | undefined
  for await (const piece of readAhead(file, 1_000_000)) {
    seen = piece
    assert.ok(piece.every((byte) => byte === 7))
    break
  }
  await file.close()
  assert.ok(seen?.every((byte) => byte === 0))
})
