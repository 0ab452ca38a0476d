import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '#test/kit/index.ts'
import { createKeys, dealShares, judgeKit } from './index.ts'
import { attemptsFree } from './attempts.ts'

test('a house is made with shares dealt in its name, and as many as are needed open it', async (t) => {
  const { sql } = await testDatabase(t)
  const keys = createKeys({ sql })
  let shares: NonNullable<Awaited<ReturnType<typeof dealShares>>> = []
  const made = await keys.initialise(async (house) => {
    shares = (await dealShares({ house, threshold: 2, of: 3 }))!
    return { kind: 'shamir', shares }
  })
  assert.equal(made.status, 'open')
  assert.equal(shares[0]?.house, keys.name)
  keys.seal()
  const one = await keys.unseal({ kind: 'shamir', shares: shares.slice(2) })
  assert.deepEqual(one, { status: 'shares-missing', have: 1, need: 2 })
  assert.deepEqual(await keys.unseal({ kind: 'shamir', shares: shares.slice(1) }), { status: 'open' })
})

test('a secret is proven without opening or sealing anything, and wrong ones are slow', async (t) => {
  const { sql } = await testDatabase(t)
  const keys = createKeys({ sql, now: () => 0 })
  const right = { kind: 'passphrase', passphrase: 'seis palabras al azar y ya' } as const
  await keys.initialise(right)
  assert.deepEqual(await keys.prove(right), { status: 'ok' })
  assert.equal(keys.state(), 'open')
  keys.seal()
  assert.deepEqual(await keys.prove(right), { status: 'ok' })
  assert.equal(keys.state(), 'sealed')
  const foreign = (await dealShares({ house: '0000-0000', threshold: 2, of: 2 }))!
  assert.equal((await keys.prove({ kind: 'shamir', shares: foreign })).status, 'no-such-opener')
  for (let wrong = 1; wrong <= attemptsFree; wrong++) {
    assert.deepEqual(await keys.prove({ ...right, passphrase: 'otra' }), { status: 'wrong-secret', wrong })
  }
  assert.equal((await keys.unseal(right)).status, 'too-many-attempts')
})

test('a kit of another house, or one that was replaced, is refused by name', () => {
  const stored = [{ house: 'KX7Q-2MPD', kit: 'aaaaaa' }].map((each) => JSON.stringify(each))
  const judged = (house: string, id: string) => judgeKit({ house, id }, stored)
  assert.equal(judged('KX7Q-2MPD', 'aaaaaa'), undefined)
  assert.deepEqual(judged('ABCD-EFGH', 'aaaaaa'), {
    reason: 'of-another-house',
    house: 'ABCD-EFGH',
    wanted: 'KX7Q-2MPD',
  })
  assert.deepEqual(judged('KX7Q-2MPD', 'bbbbbb'), { reason: 'replaced', id: 'bbbbbb', wanted: 'aaaaaa' })
  for (const damaged of [[], ['null'], ['{']]) {
    assert.deepEqual(judgeKit({ house: 'KX7Q-2MPD', id: 'aaaaaa' }, damaged), { reason: 'no-kit' })
  }
})
