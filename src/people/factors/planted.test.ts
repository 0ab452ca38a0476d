/** Whoever can write to the database signs in as nobody, and with nothing that was taken away. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byPassword, Neighbourhood, signingIn } from '#test/kit/enrolled.ts'
import { testVault, type TestVault } from '#test/kit/vault.ts'
import { withoutFactor } from './index.ts'

const { who } = signingIn

/** Waits until all that is staged has its place. */
async function sequenced({ sql }: Pick<TestVault, 'sql'>): Promise<void> {
  for (let tries = 0; tries < 800; tries++) {
    if ((await sql`select from ledger_staged`).length === 0) return
    await new Promise((resume) => setTimeout(resume, 25))
  }
  throw new Error('nothing is sequenced')
}

test('a passkey that was removed, a recovery code that was used, a suspension that was lifted: put back, they are nothing', async (t) => {
  const vault = await testVault(t)
  const there = new Neighbourhood(vault)
  const { accounts } = there.house
  assert.deepEqual(await vault.ledger.start(), { status: 'ok' })
  const [removed, used, suspended] = [await there.enrolled(), await there.enrolled(), await there.enrolled()]
  const before = await vault.sql`select * from authority`
  await accounts.change(
    removed.id,
    (account) => {
      const left = withoutFactor(account, removed.key.id, { at: 1, address: 'local' })
      assert.ok(!('refused' in left))
      return left
    },
    who,
    'passkey removed',
  )
  assert.equal(await there.tried(byPassword(used, used.recovery[0]!)), 'password-recovery')
  await accounts.change(suspended.id, (account) => ({ ...account, status: 'suspended' }), who, 'suspended')
  await sequenced(vault)
  await vault.sql`delete from authority`
  for (const row of before) await vault.sql`insert into authority ${vault.sql(row)}`
  for (const house of [there.house, await there.another()]) {
    assert.equal(await there.tried(there.byPasskey(removed), {}, house), 'no-such-account')
    assert.equal(await there.tried(byPassword(used, used.recovery[0]!), {}, house), 'no-such-account')
    assert.equal(await there.tried(byPassword(suspended, suspended.code(1)), {}, house), 'no-such-account')
  }
})

test('an account of another house, and what is sealed there, are of no use here', async (t) => {
  const [vault, other] = [await testVault(t), await testVault(t)]
  const [here, elsewhere] = [new Neighbourhood(vault), new Neighbourhood(other)]
  const [ana, eva] = [await here.enrolled(), await elsewhere.enrolled()]
  assert.equal(ana.login, eva.login)
  // Names differ as well, so it is put where this house would look.
  const ids = await vault.sql<{ id: string; kind: number }[]>`select id, kind from authority`
  await vault.sql`delete from authority`
  for (const row of await other.sql`select * from authority`) {
    const id = ids.find(({ kind }) => kind === row['kind'])!.id
    await vault.sql`insert into authority ${vault.sql({ ...row, id })}`
  }
  for (const row of await other.sql`select id, entries, tag from ledger_staged`)
    await vault.sql`insert into ledger_staged ${vault.sql(row)}`
  assert.equal(await here.tried(byPassword(eva, eva.code(1))), 'no-such-account')
  assert.equal(await here.tried(elsewhere.byPasskey(eva)), 'flow', 'nor is its challenge')
  assert.equal(await elsewhere.tried(elsewhere.byPasskey(eva)), 'passkey')
})

test('whoever has an account does not become another by exchanging rows', async (t) => {
  const vault = await testVault(t)
  const there = new Neighbourhood(vault)
  const [thief, officer] = [await there.enrolled(), await there.enrolled()]
  const before = await vault.sql`select * from authority`
  const exchanges: { what: string; columns: string }[] = [
    { what: 'what is sealed', columns: 'sealed = b.sealed' },
    { what: 'all but the name', columns: 'sealed = b.sealed, staged = b.staged, previous = b.previous' },
  ]
  for (const kind of [3, 4])
    for (const { what, columns } of exchanges) {
      await vault.sql.unsafe(
        `update authority a set ${columns} from authority b where a.kind = ${kind} and b.kind = ${kind} and a.id <> b.id`,
      )
      const house = await there.another()
      for (const login of [thief.login, officer.login]) {
        const proven = await house.factors.verify(byPassword({ login }, thief.code(1)), signingIn)
        assert.equal(proven.status, 'refused', `${what} of kind ${kind}`)
      }
      if (kind === 3) assert.equal(await there.tried(there.byPasskey(thief), {}, house), 'no-such-account')
      await vault.sql`delete from authority`
      for (const row of before) await vault.sql`insert into authority ${vault.sql(row)}`
    }
  assert.equal(await there.tried(byPassword(thief, thief.code(1))), 'password-totp', 'as it was, it is good')
})
