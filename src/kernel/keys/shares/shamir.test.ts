import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { contextOf, keyedHash, type SealKey } from '#kernel/crypto/index.ts'
import { houseNameOf, houseNameText } from '../house-name.ts'
import {
  dealShares,
  judgeShare,
  readDeal,
  readShare,
  shamirOpener,
  shareText,
  sharesMax,
  type Share,
} from './shamir.ts'

const house = 'KX7Q-2MPD'

async function deal(threshold: number, of: number, name = house): Promise<Share[]> {
  const shares = await dealShares({ house: name, threshold, of })
  assert.ok(shares)
  return shares
}

async function created(shares: Share[]): Promise<{ key: SealKey; parameters: string }> {
  const made = await shamirOpener.create({ kind: 'shamir', shares })
  assert.ok(made.status === 'ok')
  return made
}

const printOf = (key: SealKey) => Buffer.from(keyedHash(key, contextOf('test'))).toString('hex')

test('any so many shares of a deal, written down and typed again, give its key', async () => {
  const deals = fc
    .integer({ min: 2, max: 6 })
    .chain((of) =>
      fc.record({ of: fc.constant(of), threshold: fc.integer({ min: 2, max: of }), seed: fc.nat() }),
    )
  await fc.assert(
    fc.asyncProperty(deals, fc.infiniteStream(fc.nat()), async ({ of, threshold }, order) => {
      const shares = await deal(threshold, of)
      const { key, parameters } = await created(shares)
      const typed = shares
        .map((share) => ({ rank: order.next().value as number, text: shareText(share) }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ text }) => readShare(text))
        .map((read) => (read.status === 'ok' ? read.share : assert.fail(read.status)))
      const some = typed.slice(0, threshold)
      const again = await shamirOpener.key({ kind: 'shamir', shares: some }, parameters)
      assert.ok(again.status === 'ok')
      assert.equal(printOf(again.key), printOf(key))
      const fewer = await shamirOpener.key({ kind: 'shamir', shares: some.slice(1) }, parameters)
      assert.deepEqual(fewer, { status: 'shares-missing', have: threshold - 1, need: threshold })
    }),
    { numRuns: 40 },
  )
})

test('a share says of which house, deal and number it is', async () => {
  const [, second] = await deal(2, 3)
  const read = readShare(shareText(second!))
  assert.partialDeepStrictEqual(read, {
    status: 'ok',
    share: { house, threshold: 2, number: 2, of: 3, deal: second!.deal },
  })
})

test('what is in the database gives no share, and a second deal no share of the first', async () => {
  const shares = await deal(2, 3)
  const { parameters } = await created(shares)
  for (const { point } of shares) assert.ok(!parameters.includes(Buffer.from(point).toString('base64url')))
  const others = await created(await deal(2, 3))
  assert.notEqual(others.parameters, parameters)
})

test('a share that does not do is refused by what is wrong with it', async () => {
  const shares = await deal(2, 3)
  const { parameters } = await created(shares)
  const stored = readDeal(parameters)
  assert.ok(stored)
  const [first, second] = shares as [Share, Share, Share]
  const [earlier] = await deal(2, 3)
  const [foreign] = await deal(2, 3, 'ABCD-EFGH')
  const forged = { ...first, point: first.point.map((byte, at) => (at === 0 ? byte ^ 1 : byte)) }
  const refused = (share: Share) => judgeShare(share, stored)
  assert.equal(refused(first), undefined)
  assert.partialDeepStrictEqual(refused(earlier!), { reason: 'of-another-deal', wanted: first.deal })
  assert.partialDeepStrictEqual(refused(foreign!), { reason: 'of-another-house', house: 'ABCD-EFGH' })
  assert.partialDeepStrictEqual(refused(forged), { reason: 'forged', number: 1 })
  assert.partialDeepStrictEqual(refused({ ...first, number: 2 }), { reason: 'forged', number: 2 })
  for (const [given, reason] of [
    [[first, first], 'given-already'],
    [[second, forged], 'forged'],
  ] as const) {
    const key = await shamirOpener.key({ kind: 'shamir', shares: given }, parameters)
    assert.partialDeepStrictEqual(key, { status: 'share-refused', reason })
  }
})

test('a deal that makes no sense, or is not whole, makes no opener', async () => {
  for (const [threshold, of] of [
    [1, 3],
    [4, 3],
    [2, sharesMax + 1],
    [2.5, 3],
  ] as const) {
    assert.equal(await dealShares({ house, threshold, of }), undefined)
  }
  const shares = await deal(2, 3)
  const bent = { ...shares[2]!, point: shares[2]!.point.map((byte) => byte ^ 255) }
  const others = await deal(2, 3)
  for (const wrong of [
    [],
    shares.slice(1),
    shares.toReversed(),
    [shares[0]!, shares[1]!, bent],
    [shares[0]!, shares[1]!, others[2]!],
  ]) {
    const made = await shamirOpener.create({ kind: 'shamir', shares: wrong })
    assert.deepEqual(made, { status: 'deal-refused', sharesMax })
  }
})

test('parameters that were tampered with open nothing and break nothing', async () => {
  const shares = await deal(2, 3)
  const { parameters } = await created(shares)
  for (const bad of ['', 'null', '[]', '{}', parameters.replace('"threshold":2', '"threshold":9')]) {
    const key = await shamirOpener.key({ kind: 'shamir', shares }, bad)
    assert.deepEqual(key, { status: 'opener-unreadable', kind: 'shamir' })
  }
})

test('the name of a house is written in one way', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 5, maxLength: 5 }), (bytes) => {
      assert.match(houseNameText(bytes), /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/)
      assert.deepEqual(houseNameOf(houseNameText(bytes)), bytes)
    }),
  )
})
