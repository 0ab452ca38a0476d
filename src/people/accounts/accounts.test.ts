/** Accounts: one for each login; what is changed at the same moment is not lost; what SQL makes of them is nobody. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomUuid } from '#kernel/crypto/index.ts'
import { testVault, type TestVault } from '#test/kit/vault.ts'
import { createAuthority } from '../authority/index.ts'
import {
  createAccounts,
  isComplete,
  isUnmistakable,
  normalLogin,
  withKnown,
  withNotice,
  type Account,
  type Accounts,
} from './index.ts'

const who = { actor: 'tester', client: 'test', address: 'local' }

function person(login: string, more: Partial<Account> = {}): Account {
  return {
    id: randomUuid(),
    login,
    person: randomUuid(),
    name: 'Dra. Ana Ruiz Pérez',
    roles: ['physician'],
    practitioner: 'Practitioner/p1',
    language: 'es',
    factors: { passkeys: [], recovery: [] },
    generation: 1,
    status: 'active',
    notices: [],
    known: [],
    ...more,
  }
}

async function house(
  t: Parameters<typeof testVault>[0],
): Promise<TestVault & { accounts: Accounts; again: () => Accounts }> {
  const vault = await testVault(t)
  const again = () => createAccounts({ authority: createAuthority(vault) })
  return { ...vault, accounts: again(), again }
}

test('a login has one account, however it is written, and whoever asks for it at the same moment', async (t) => {
  const { accounts } = await house(t)
  const tries = await Promise.all(
    ['ana.ruiz', 'Ana.Ruiz', ' ANA.RUIZ ', 'ａｎａ.ｒｕｉｚ'].map((login) =>
      accounts.add(person(login), who),
    ),
  )
  assert.deepEqual(tries.toSorted(), ['added', 'taken', 'taken', 'taken'])
  const row = await accounts.findByLogin('ANA.ruiz')
  assert.equal(row?.value.login, 'ana.ruiz')
  assert.deepEqual(await accounts.find(row.value.id), row)
  assert.equal(await accounts.add(person('аna.ruiz'), who), 'unusable-login', 'with a Cyrillic letter')
  for (const none of ['', 'nobody', 'ana.ruiz\u0000', 'x'.repeat(100_000)])
    assert.equal(await accounts.findByLogin(none), undefined)
  const listed: string[] = []
  for await (const { value } of accounts.list()) listed.push(value.login)
  assert.deepEqual(listed, ['ana.ruiz'])
})

test('a new login has no letter that is mistaken for another; one with marks is as good as any', () => {
  const logins: [string, boolean][] = [
    ['ana.ruiz', true],
    ['núñez_ávila', true],
    ['müller-2@sala', true],
    ['straße', true],
    ['løvåsen', true],
    ['anaı', false],
    ['ɑna', false],
    ['ᴀna', false],
    ['anaǀ', false],
    ['ƅernal', false],
    ['ana\u0301', true],
  ]
  for (const [login, want] of logins) {
    const normal = normalLogin(login)
    assert.equal(normal !== undefined && isUnmistakable(normal), want, login)
  }
})

test('of many changes at the same moment none is lost', async (t) => {
  const { accounts } = await house(t)
  const ana = person('ana')
  await accounts.add(ana, who)
  const notice = (n: number) => (account: Account) => withNotice(account, { kind: 'new-factor', at: n })
  await Promise.all(
    Array.from({ length: 12 }, (_, n) => accounts.change(ana.id, notice(n), who, `notice ${n}`)),
  )
  const after = await accounts.find(ana.id)
  assert.deepEqual(
    after?.value.notices.map(({ at }) => at).toSorted((a, b) => a - b),
    Array.from({ length: 12 }, (_, n) => n),
  )
  assert.equal(after.version, 13)
  const refused = await accounts.change(ana.id, () => ({ refused: 'no' as const }), who, 'nothing')
  assert.deepEqual(refused, { status: 'refused', reason: 'no' })
  assert.deepEqual(await accounts.change(randomUuid(), notice(1), who, 'nobody'), { status: 'unknown' })
  await assert.rejects(accounts.change(ana.id, (account) => ({ ...account, login: 'other' }), who, 'another'))
})

test('an account and what it came from are one step, and so are two changes', async (t) => {
  const { accounts, again, ...vault } = await house(t)
  const authority = createAuthority(vault)
  const act = { ...who, action: 'authority', query: 'invitation' } as const
  await authority.put({ kind: 'invitation', name: 'i', value: { open: true }, act })
  const invitation = await authority.find('invitation', 'i')
  assert.ok(invitation)
  const used = [{ kind: 'invitation', name: 'i', value: { open: false }, after: invitation }] as const
  const tries = await Promise.all(
    ['a1', 'b1', 'c1'].map((login) => accounts.add(person(login), who, { along: used })),
  )
  assert.deepEqual(tries.toSorted(), ['added', 'lost', 'lost'], 'an invitation is good for one')
  const [login] = ['a1', 'b1', 'c1'].filter((_, n) => tries[n] === 'added')
  const { value } = (await again().findByLogin(login!))!
  const changed = await accounts.change(value.id, (account) => account, who, 'again', { along: used })
  assert.deepEqual(changed, { status: 'lost' })
})

test('an account that SQL copied, altered, moved or put back is nobody’s', async (t) => {
  const { accounts, again, sql } = await house(t)
  const [ana, eva] = [person('ana'), person('eva', { roles: ['security-officer'] })]
  for (const each of [ana, eva]) await accounts.add(each, who)
  const before = await sql`select * from authority order by kind, id`
  const restore = async () => {
    await sql`delete from authority`
    for (const row of before) await sql`insert into authority ${sql(row)}`
  }
  const logins = async () => {
    const found: string[] = []
    for (const login of ['ana', 'eva']) {
      const row = await again().findByLogin(login)
      if (row) found.push(row.value.login)
    }
    return found
  }
  assert.deepEqual(await logins(), ['ana', 'eva'])
  const alterations: { what: string; change: () => Promise<unknown>; left: number }[] = [
    {
      what: 'the logins are exchanged',
      change: async () => {
        await sql`update authority a set sealed = b.sealed from authority b where a.kind = 4 and b.kind = 4 and a.id <> b.id`
      },
      left: 0,
    },
    {
      what: 'one account is put in the place of the other',
      change: async () => {
        await sql`update authority a set sealed = b.sealed from authority b
          where a.kind = 3 and b.kind = 3 and a.id <> b.id and a.id = (select min(id::text)::uuid from authority where kind = 3)`
      },
      left: 1,
    },
    {
      what: 'a bit of each account is altered',
      change: () =>
        sql`update authority set sealed = set_bit(sealed, 999, 1 - get_bit(sealed, 999)) where kind = 3`,
      left: 0,
    },
    {
      what: 'what the ledger is to be told is taken away before it was',
      change: async () => {
        await sql`create temporary table kept as select * from ledger_staged`
        await sql`delete from ledger_staged`
      },
      left: 0,
    },
  ]
  for (const { what, change, left } of alterations) {
    await change()
    assert.equal((await logins()).length, left, what)
    await restore()
  }
})

test('what an account was cannot be put back: roles that were taken, factors that were removed', async (t) => {
  const { accounts, again, sql, ledger } = await house(t)
  const eva = person('eva', { roles: ['security-officer'] })
  await accounts.add(eva, who)
  assert.deepEqual(await ledger.start(), { status: 'ok' })
  const [old] = await sql`select * from authority where kind = 3`
  await accounts.change(eva.id, (account) => ({ ...account, roles: [] }), who, 'roles taken')
  assert.deepEqual((await again().find(eva.id))?.value.roles, [])
  await sql`delete from authority where kind = 3`
  await sql`insert into authority ${sql(old!)}`
  assert.equal(await accounts.find(eva.id), undefined, 'to whom has seen it')
  for (let tries = 0; (await sql`select from ledger_staged`).length > 0 && tries < 400; tries++)
    await new Promise((resume) => setTimeout(resume, 25))
  assert.equal(await again().find(eva.id), undefined, 'to whom has not')
})

test('logins', () => {
  const want: Record<string, string | undefined> = {
    'Ana.Ruiz': 'ana.ruiz',
    'ana.ruiz@hospital.example': 'ana.ruiz@hospital.example',
    NUÑEZ: 'nuñez',
    'nun\u0303ez': 'nuñez',
    a: undefined,
    'ana ruiz': undefined,
    '-ana': undefined,
    "ana'--": undefined,
    'ana\nruiz': undefined,
    [`a${'b'.repeat(63)}`]: `a${'b'.repeat(63)}`,
    [`a${'b'.repeat(64)}`]: undefined,
  }
  for (const [login, normal] of Object.entries(want)) assert.equal(normalLogin(login), normal, login)
})

test('a device that is known again is known once, and twenty at most are', () => {
  let account = person('ana')
  for (let n = 0; n < 30; n++) account = withKnown(account, { device: `d${n}`, address: '10.0.0.1', at: n })
  account = withKnown(account, { device: 'd29', address: '10.0.0.1', at: 99 })
  assert.equal(account.known.length, 20)
  assert.deepEqual(account.known.at(-1), { device: 'd29', address: '10.0.0.1', at: 99 })
})

test('one factor alone is no way in', () => {
  const passkey = {
    id: 'p',
    publicKey: '',
    counter: 0,
    transports: [],
    deviceType: 'singleDevice',
    label: '',
    addedAt: 1,
  } as const
  const password = { hash: '', setAt: 1 }
  const totp = { id: 't', secret: '', setAt: 1 }
  const none = { passkeys: [], recovery: ['r'] }
  const cases: [Account['factors'], boolean][] = [
    [none, false],
    [{ ...none, password }, false],
    [{ ...none, totp }, false],
    [{ ...none, password, totp }, true],
    [{ ...none, passkeys: [passkey] }, true],
    [{ ...none, passkeys: [{ ...passkey, suspendedAt: 1 }], password }, false],
  ]
  for (const [factors, want] of cases) assert.equal(isComplete(factors), want, JSON.stringify(factors))
})
