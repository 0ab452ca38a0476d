import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyOf } from '#kernel/crypto/index.ts'
import { testDatabase } from '#test/kit/index.ts'
import { createKeys, dealShares, judgeKit, newKit, readDeal, type Share } from './index.ts'
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

test('a name that is none is not told: people are shown it', () => {
  const escape = '\u001b[2J'
  const deal = {
    scheme: 'shamir-gf256',
    house: 'KX7Q-2MPD',
    deal: 'aaaaaa',
    threshold: 2,
    commitments: ['', ''],
  }
  assert.ok(readDeal(JSON.stringify(deal)))
  for (const change of [{ house: escape }, { deal: escape }])
    assert.equal(readDeal(JSON.stringify({ ...deal, ...change })), undefined)
  const kits = [{ house: escape, kit: 'aaaaaa' }].concat({ house: 'KX7Q-2MPD', kit: escape })
  const stored = kits.map((each) => JSON.stringify(each))
  assert.deepEqual(judgeKit({ house: 'KX7Q-2MPD', id: 'bbbbbb' }, stored), { reason: 'no-kit' })
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

test('who can write the database gains nothing by it: no lower threshold, no old deal, no kit of his own', async (t) => {
  const { sql } = await testDatabase(t)
  const keys = createKeys({ sql })
  let shares: Share[] = []
  await keys.initialise(async (house) => {
    shares = (await dealShares({ house, threshold: 3, of: 3 }))!
    return { kind: 'shamir', shares }
  })
  const [row] = await sql`select * from opener`
  const { parameters } = row as { parameters: string }
  const lower = parameters.replace('"threshold":3', '"threshold":2')
  const two = { kind: 'shamir', shares: shares.slice(1) } as const

  await t.test('a threshold that was lowered opens with nothing', async () => {
    keys.seal()
    await sql`update opener set parameters = ${lower}`
    assert.deepEqual(await keys.unseal(two), { status: 'wrong-secret', wrong: 1 })
    assert.deepEqual(await keys.unseal({ kind: 'shamir', shares }), { status: 'wrong-secret', wrong: 2 })
    await sql`update opener set parameters = ${parameters}`
    assert.deepEqual(await keys.unseal({ kind: 'shamir', shares }), { status: 'open' })
  })

  await t.test('a deal that was replaced, its row put back from a copy, opens nothing', async () => {
    const again = (await dealShares({ house: keys.name, threshold: 2, of: 2 }))!
    const [known] = await keys.openers()
    const changed = await keys.replaceOpener([known!.id], { kind: 'shamir', shares: again })
    assert.equal(changed.status, 'ok')
    keys.seal()
    await sql`insert into opener ${sql(row!)}`
    const old = await keys.unseal({ kind: 'shamir', shares }).catch((error: Error) => error)
    assert.ok(old instanceof Error || old.status !== 'open')
    assert.equal(keys.state(), 'sealed')
    await sql`delete from opener where id = ${row!['id']}`
    assert.deepEqual(await keys.unseal({ kind: 'shamir', shares: again }), { status: 'open' })
  })

  await t.test('a kit that was made for another house opens nothing here', async () => {
    const other = createKeys({ sql: (await testDatabase(t)).sql })
    await other.initialise({ kind: 'passphrase', passphrase: 'seis palabras al azar y ya' })
    const kit = newKit(keys.name)
    const secret = () => ({
      kind: 'recovery-kit' as const,
      house: kit.house,
      id: kit.id,
      secrets: { seed: keyOf(kit.seed.slice()), bond: keyOf(kit.bond.slice()) },
    })
    assert.equal((await keys.addOpener(secret())).status, 'ok')
    assert.deepEqual(await keys.prove(secret()), { status: 'ok' })
    assert.equal((await other.prove(secret())).status, 'no-such-opener')
    const [stolen] = await sql`select * from opener where kind = 'recovery-kit'`
    const kits = (await keys.openers()).filter(({ kind }) => kind === 'recovery-kit')
    await keys.replaceOpener(
      kits.map(({ id }) => id),
      { ...secret(), id: 'ffffff' },
    )
    await sql`update opener set root = ${stolen!['root']}, tag = ${stolen!['tag']} where kind = 'recovery-kit'`
    const planted = await keys.prove(secret()).catch((error: Error) => error)
    assert.ok(planted instanceof Error || planted.status !== 'ok')
  })
})
