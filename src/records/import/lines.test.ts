import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Fingerprints } from './fingerprints.ts'
import { linesOf, wholeOf } from './lines.ts'

async function* pieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0
  for (let n = 0; from < bytes.length; n++) {
    const size = sizes.length === 0 ? bytes.length : (sizes[n % sizes.length] as number)
    yield bytes.subarray(from, from + size)
    from += size
  }
}

test('property: lines are the same however the file comes in pieces', async () => {
  const line = fc.string({ maxLength: 12, unit: fc.constantFrom('a', '{', ' ', '\r', '\t', 'ñ') })
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 12 }), sizes, async (lines, cuts) => {
      const bytes = Buffer.from(lines.join('\n'))
      const max = 14
      const found = await Array.fromAsync(linesOf(pieces(bytes, cuts), max))
      const want = lines.flatMap((text, n) => {
        const isLong = Buffer.byteLength(text) > max
        if (!isLong && /^[ \t\r]*$/.test(text)) return []
        return [{ number: n + 1, text: isLong ? undefined : text }]
      })
      assert.deepEqual(
        found.map(({ number, bytes: own }) => ({ number, text: own && Buffer.from(own).toString() })),
        want,
      )
    }),
  )
})

test('of a line without an end no more is held than a line may have', async () => {
  const piece = Buffer.alloc(1_000_000, 97)
  async function* endless() {
    for (let n = 0; n < 200; n++) yield piece
    yield Buffer.from('\n{"a":1}\n')
  }
  const before = process.memoryUsage.rss()
  const found = await Array.fromAsync(linesOf(endless(), 5_000_000))
  assert.deepEqual(
    found.map(({ number, bytes }) => [number, bytes && Buffer.from(bytes).toString()]),
    [
      [1, undefined],
      [2, '{"a":1}'],
    ],
  )
  assert(process.memoryUsage.rss() - before < 100_000_000)
})

test('a document is whole, or too large', async () => {
  const bytes = Buffer.from('{"a":1}')
  assert.deepEqual(Buffer.from((await wholeOf(pieces(bytes, [3]), 7)) ?? []), bytes)
  assert.equal(await wholeOf(pieces(bytes, [3]), 6), undefined)
})

test('fingerprints: what was added is there, and of others as good as none', () => {
  const set = new Fingerprints()
  for (let n = 0; n < 20_000; n++) set.add(`Patient/${n}`)
  for (let n = 0; n < 20_000; n++) {
    assert(set.has(`Patient/${n}`))
    assert(!set.has(`Patient/x${n}`))
  }
})
