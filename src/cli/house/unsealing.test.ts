import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomUuid } from '#kernel/crypto/index.ts'
import { createKeys, dealShares, shareText, type Keys } from '#kernel/keys/index.ts'
import { testDatabase } from '#test/kit/index.ts'
import type { Home } from '../home/home.ts'
import { createUnsealing, type UnsealState } from './unsealing.ts'
import { atEnd } from '#test/kit/scope.ts'

/** A house that shares open; the sheets of their holders. */
async function dealt(keys: Keys, deal: { threshold: number; of: number }): Promise<string[]> {
  const codes: string[] = []
  await keys.initialise(async (house) => {
    const shares = (await dealShares({ house, ...deal }))!
    codes.push(...shares.map(shareText))
    return { kind: 'shamir', shares }
  })
  return codes
}

test('half a ceremony of before an order to seal is not finished after it, whichever server was ordered', async (t) => {
  const { sql } = await testDatabase(t)
  const [first, second] = [createKeys({ sql }), createKeys({ sql })]
  atEnd(t, () => Promise.all([first.seal(), second.seal()]))
  const codes = await dealt(first, { threshold: 2, of: 3 })
  const record = { format: 1, kind: 'real', opener: 'shamir', database: 'external', state: 'ready' } as const
  const home: Home = { path: '/nowhere', record }
  const there = createUnsealing(second, home, async () => {})
  assert.equal((await there.share(codes[0]!)).status, 'collecting')
  await first.sealEverywhere()
  // The other server held no keys, so nobody told it.
  const given = await there.share(codes[1]!)
  assert.partialDeepStrictEqual(given, { status: 'collecting', numbers: [2] })
  assert.equal(second.state(), 'sealed')
  await first.sealEverywhere()
  assert.equal((await there.state()).collected, undefined)
  assert.equal((await there.share(codes[2]!)).status, 'collecting')
  assert.equal((await there.share(codes[0]!)).status, 'open')
})

test('a deal that somebody made up, with the name of ours, keeps no share out', async (t) => {
  const { sql } = await testDatabase(t)
  const keys = createKeys({ sql })
  atEnd(t, () => keys.seal())
  const codes = await dealt(keys, { threshold: 2, of: 3 })
  const openers = await keys.ownOpeners()
  await keys.seal()
  // Other shares under its name, before and after ours; and the same, of which more would be needed.
  const [own] = await sql<{ parameters: string }[]>`select parameters from opener`
  const stored = JSON.parse(own!.parameters)
  for (const change of [{ commitments: ['', '', ''] }, { threshold: 3 }])
    for (const days of [-1, 1])
      await sql`
        insert into opener (id, kind, parameters, wrapped, recipient, bond, root, tag, created_at)
        select ${randomUuid()}::uuid, kind, ${JSON.stringify({ ...stored, ...change })}, wrapped, recipient, bond, root, tag,
          created_at + make_interval(days => ${days}) from opener where id = ${openers[0]!}::uuid`
  const record = {
    format: 1,
    kind: 'real',
    opener: 'shamir',
    database: 'external',
    state: 'ready',
    openers,
  } as const
  const there = createUnsealing(
    keys,
    { path: '/nowhere', record: { ...record, openers } },
    async () => undefined,
  )
  assert.equal((await there.share(codes[0]!)).status, 'collecting')
  assert.equal((await there.share(codes[2]!)).status, 'open')
})

test('shares that come while one has to wait are not lost, but for the last', async (t) => {
  const { sql } = await testDatabase(t)
  const time = { ms: 0 }
  const keys = createKeys({ sql, now: () => time.ms })
  atEnd(t, () => keys.seal())
  const codes = await dealt(keys, { threshold: 3, of: 3 })
  await keys.seal()
  const foreign = (await dealShares({ house: '0000-0000', threshold: 2, of: 2 }))!
  for (let wrong = 0; wrong < 6; wrong++) await keys.prove({ kind: 'shamir', shares: foreign })
  const record = { format: 1, kind: 'real', opener: 'shamir', database: 'external', state: 'ready' } as const
  const there = createUnsealing(keys, { path: '/nowhere', record }, async () => undefined)
  for (const code of codes.slice(0, 2)) assert.equal((await there.share(code)).status, 'collecting')
  assert.equal((await there.share(codes[2]!)).status, 'too-many-attempts')
  assert.deepEqual((await there.state()).collected?.numbers, [1, 2])
  time.ms += 60_000
  assert.equal((await there.share(codes[2]!)).status, 'open')
})

test('who waits for the others is told when the last one has come, however long the opening takes', async (t) => {
  const { sql } = await testDatabase(t)
  const keys = createKeys({ sql })
  atEnd(t, () => keys.seal())
  const codes = await dealt(keys, { threshold: 2, of: 3 })
  const openers = await keys.ownOpeners()
  await keys.seal()
  const record = { format: 1, kind: 'real', opener: 'shamir', database: 'external', state: 'ready' } as const
  const seen: Partial<UnsealState>[] = []
  const look = async () => {
    const { vault, opening, collected } = await there.state()
    seen.push({ vault, opening, ...(collected ? { collected } : {}) })
  }
  const slow: Keys = Object.create(keys, {
    unseal: {
      value: async (...given: Parameters<Keys['unseal']>) => {
        await look()
        return keys.unseal(...given)
      },
    },
  })
  const home: Home = { path: '/nowhere', record: { ...record, openers } }
  const there = createUnsealing(slow, home, async () => undefined)
  assert.equal((await there.share(codes[0]!)).status, 'collecting')
  assert.equal((await there.share(codes[1]!)).status, 'open')
  await look()
  assert.deepEqual(seen, [
    { vault: 'sealed', opening: true },
    { vault: 'open', opening: false },
  ])
})
