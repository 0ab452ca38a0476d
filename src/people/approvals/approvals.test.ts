/** What one officer asks another approves: never the same human, never somebody who is none any more. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { randomUuid } from '#kernel/crypto/index.ts'
import { testPeople } from '#test/kit/people.ts'
import { testVault, type TestVault } from '#test/kit/vault.ts'
import { createAccounts, type Account, type Accounts } from '../accounts/index.ts'
import { createAuthority, type Authority } from '../authority/index.ts'
import type { SigningIn } from '../factors/index.ts'
import { scopeOfAll, type Programs } from '../programs/index.ts'
import type { Role } from '../roles.ts'
import { createFounding } from './foundation.ts'
import { createInvitations, type Invitations } from './invitations.ts'
import type { Act } from './acts.ts'
import { createApprovals } from './approvals.ts'
import type { Approvals, Asking } from './contract.ts'

const who = { actor: 'tester', client: 'test', address: 'local' }
const daySeconds = 24 * 3600
const key = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
}

let vault: TestVault
let authority: Authority
let accounts: Accounts
let programs: Programs
let factors: SigningIn
let invitations: Invitations
let approvals: Approvals
let seconds = 1_800_000_000

const ends: (() => unknown)[] = []
after(async () => {
  for (const end of ends.toReversed()) await end()
})

before(async () => {
  vault = await testVault({ after: (end) => void ends.push(end) })
  authority = createAuthority(vault)
  accounts = createAccounts({ authority })
  const people = testPeople(vault, { isDemo: false })
  programs = people.programs
  factors = people.factors
  const now = () => seconds
  invitations = createInvitations({ authority, now })
  approvals = createApprovals({ authority, accounts, factors, programs, invitations, now })
  approvals.govern(vault.store.mayDo)
})

let count = 0

const origin = 'https://vault.example.org'
const approve = (asking: Asking, id: string) => approvals.approve(asking, id, { origin })

async function person(roles: readonly Role[], given: Partial<Account> = {}): Promise<Account> {
  const account: Account = {
    id: randomUuid(),
    login: `person${++count}`,
    person: randomUuid(),
    name: `Person ${count}`,
    roles,
    language: 'es',
    factors: { passkeys: [], recovery: [] },
    generation: 1,
    status: 'active',
    notices: [],
    known: [],
    ...given,
  }
  assert.equal(await accounts.add(account, who), 'added')
  return account
}

const officer = (given: Partial<Account> = {}) => person(['security-officer'], given)

/** A session of theirs, in which both factors were shown again just now, unless it says otherwise. */
function by({ id, person, login, name, roles }: Account, steppedUpAt: number | undefined = seconds): Asking {
  const stepped = steppedUpAt === undefined ? {} : { steppedUpAt }
  return {
    principal: {
      actor: `person/${id}`,
      client: 'web',
      person: { account: id, person, login, name, roles, represents: [], session: 's', ...stepped },
    },
    who: { ...who, actor: `person/${id}` },
  }
}

const invite = (login = `new${++count}`): Act => ({
  kind: 'invite',
  login,
  name: 'Enf. Luz Mora',
  language: 'es',
  roles: ['nurse'],
})

async function asked(by: Asking, wanted: Act): Promise<string> {
  const made = await approvals.ask(by, wanted)
  assert.ok(made.status === 'ok', made.status)
  return made.approval.id
}

test('one officer asks, another approves, and the link is given once more only in place of the first', async () => {
  const [ana, eva] = [await officer(), await officer()]
  const id = await asked(by(ana), invite('luz.mora'))
  assert.equal((await approve(by(ana), id)).status, 'own-request')
  const confirmed = await approve(by(eva), id)
  assert.ok(confirmed.status === 'ok' && confirmed.link)
  assert.match(confirmed.link.token, /^sgi_[\w-]{43}$/)
  const found = await invitations.find(confirmed.link.token)
  assert.equal(found?.invitation.login, 'luz.mora')
  const again = await approvals.link(by(ana), id)
  assert.ok(again.status === 'ok')
  assert.equal(await invitations.find(confirmed.link.token), undefined, 'replaced')
  assert.ok(await invitations.find(again.link.token))
  assert.equal((await approvals.withdraw(by(ana), id)).status, 'ok')
  assert.equal(await invitations.find(again.link.token), undefined, 'withdrawn')
  assert.equal((await approvals.link(by(ana), id)).status, 'request-over')
})

test('a link ends by its time, and the token of it is nowhere at rest', async () => {
  const [ana, eva] = [await officer(), await officer()]
  const confirmed = await approve(by(eva), await asked(by(ana), invite()))
  assert.ok(confirmed.status === 'ok' && confirmed.link)
  const { token, endsAt } = confirmed.link
  const tables = await vault.sql<{ text: string }[]>`select authority::text as text from authority`
  const secret = Buffer.from(token.slice(4), 'base64url').toString('hex')
  assert.ok(tables.every(({ text }) => !text.includes(token) && !text.includes(secret)))
  seconds = endsAt - 1
  assert.ok(await invitations.find(token))
  seconds = endsAt
  assert.equal(await invitations.find(token), undefined)
})

test('nobody approves their own, by whichever of their accounts', async () => {
  const ana = await officer()
  const other = await officer({ person: ana.person })
  const id = await asked(by(ana), invite())
  assert.equal((await approve(by(other), id)).status, 'own-request')
})

test('what is about an officer is for others to approve', async () => {
  const [ana, eva, ines] = [await officer(), await officer(), await officer()]
  const twin = await officer({ person: eva.person })
  const id = await asked(by(ana), { kind: 'roles', account: eva.id, roles: ['security-officer', 'director'] })
  assert.equal((await approve(by(eva), id)).status, 'own-request')
  assert.equal((await approve(by(twin), id)).status, 'own-request')
  assert.equal((await approve(by(ines), id)).status, 'ok')
  const { value } = (await accounts.find(eva.id))!
  assert.deepEqual(value.roles, ['security-officer', 'director'])
  assert.equal(value.generation, eva.generation + 1, 'their sessions end')
  assert.deepEqual(
    value.notices.map(({ kind }) => kind),
    ['roles-changed'],
  )
})

test('only officers ask and approve, as they are at that moment, with both factors shown again', async () => {
  const [ana, eva, nurse] = [await officer(), await officer(), await person(['nurse'])]
  assert.equal((await approvals.ask(by(nurse), invite())).status, 'forbidden')
  assert.equal(
    (await approvals.ask(by({ ...nurse, roles: ['security-officer'] }), invite())).status,
    'forbidden',
  )
  assert.equal((await approvals.ask(by(ana, seconds - 300), invite())).status, 'step-up-needed')
  assert.equal(
    (await approvals.ask({ ...by(ana), principal: { actor: 'lab', client: 'lab' } }, invite())).status,
    'forbidden',
  )
  const ids = await Promise.all([1, 2, 3].map(() => asked(by(ana), invite())))
  assert.equal((await approve(by(nurse), ids[0]!)).status, 'forbidden')
  assert.equal((await approve(by(eva, seconds - 300), ids[0]!)).status, 'step-up-needed')
  const noStep = { ...by(eva) }
  delete noStep.principal.person?.steppedUpAt
  assert.equal((await approve(noStep, ids[0]!)).status, 'step-up-needed')
  // Demoted meanwhile: first who confirms, then who asked.
  await accounts.change(eva.id, (account) => ({ ...account, roles: ['nurse'] }), who, 'demoted')
  assert.equal((await approve(by(eva), ids[0]!)).status, 'forbidden')
  const ines = await officer()
  await accounts.change(ana.id, (account) => ({ ...account, status: 'suspended' }), who, 'suspended')
  assert.equal((await approve(by(ines), ids[1]!)).status, 'request-over')
  assert.equal((await approvals.refuse(by(ines), ids[1]!)).status, 'ok')
  assert.equal((await approve(by(ines), ids[1]!)).status, 'request-over')
})

test('of twenty who approve at once one is the one who did', async () => {
  const ana = await officer()
  const others = await Promise.all(Array.from({ length: 20 }, () => officer()))
  const id = await asked(by(ana), {
    kind: 'roles',
    account: (await person(['nurse'])).id,
    roles: ['laboratory'],
  })
  const all = await Promise.all(others.map((other) => approve(by(other), id)))
  assert.deepEqual(
    all
      .map(({ status }) => status)
      .toSorted()
      .slice(-20),
    ['ok', ...Array<string>(19).fill('request-over')],
  )
})

test('what nobody approved in a week is over', async () => {
  const [ana, eva] = [await officer(), await officer()]
  const id = await asked(by(ana), invite())
  seconds += 7 * daySeconds
  assert.equal((await approve(by(eva), id)).status, 'request-over')
  const seen = (await approvals.list(by(eva))).find((approval) => approval.id === id)
  assert.equal(seen?.state, 'expired')
})

test('lost factors: two others, a day in which the person is told and may object, then a link', async () => {
  const [ana, eva, nurse] = [await officer(), await officer(), await person(['nurse'])]
  const anas = await person(['nurse'], { person: ana.person })
  assert.equal((await approvals.ask(by(ana), { kind: 'reset', account: anas.id })).status, 'own-request')
  const first = await asked(by(ana), { kind: 'reset', account: nurse.id })
  assert.ok((await approve(by(eva), first)).status === 'ok')
  assert.deepEqual(
    (await accounts.find(nurse.id))?.value.notices.map(({ kind }) => kind),
    ['reset-asked'],
  )
  assert.equal((await approvals.link(by(eva), first)).status, 'not-yet')
  assert.deepEqual(
    (await approvals.list(by(nurse))).map(({ id, state }) => [id, state]),
    [[first, 'approved']],
    'they see what is about them, and nothing else',
  )
  assert.equal((await approvals.object(by(await person(['nurse'])), first)).status, 'not-found')
  assert.equal((await approvals.object(by(nurse), first)).status, 'ok')
  seconds += daySeconds
  assert.equal((await approvals.link(by(eva), first)).status, 'request-over')

  const second = await asked(by(ana), { kind: 'reset', account: nurse.id })
  assert.ok((await approve(by(eva), second)).status === 'ok')
  seconds += daySeconds - 1
  assert.equal((await approvals.link(by(ana), second)).status, 'not-yet')
  seconds += 1
  const given = await approvals.link(by(ana), second)
  assert.ok(given.status === 'ok')
  const found = await invitations.find(given.link.token)
  assert.equal(found?.invitation.account, nurse.id)
  assert.equal((await approvals.object(by(nurse), second)).status, 'ok', 'until it is used')
  assert.equal(await invitations.find(given.link.token), undefined)
})

test('what cannot be is refused when it is asked for', async () => {
  const ana = await officer()
  const cases: [Act, string][] = [
    [{ ...invite(), login: 'не.латиница' } as Act, 'unusable-login'],
    [{ ...invite(), login: ana.login.toUpperCase() } as Act, 'login-taken'],
    [{ ...invite(), roles: ['patient'] } as Act, 'standing-unfit'],
    [{ ...invite(), patient: 'Patient/p1' } as Act, 'standing-unfit'],
    [{ ...invite(), roles: ['representative'] } as Act, 'standing-unfit'],
    [{ ...invite(), sameAs: randomUuid() } as Act, 'not-found'],
    [{ kind: 'reset', account: randomUuid() }, 'not-found'],
    [{ kind: 'revoke-program', id: 'none' }, 'not-found'],
  ]
  for (const [wanted, want] of cases) assert.equal((await approvals.ask(by(ana), wanted)).status, want)
})

test('a program is registered, given new keys and taken back by two officers', async () => {
  const [ana, eva] = [await officer(), await officer()]
  const confirm = async (wanted: Act) => (await approve(by(eva), await asked(by(ana), wanted))).status
  const program = { kind: 'program', id: 'lab', name: 'Laboratorio', scope: scopeOfAll, keys: [key] } as const
  const unusable = [{ scope: 'system/*.read' }, { keys: [{ ...key, x: 'f83O' }] }]
  for (const more of unusable)
    assert.equal((await approvals.ask(by(ana), { ...program, ...more })).status, 'unusable-program')
  assert.equal(await confirm(program), 'ok')
  assert.equal((await programs.keysOf('lab'))?.length, 1)
  assert.equal((await approvals.ask(by(ana), program)).status, 'program-taken')
  assert.equal(await confirm({ ...program, replaces: true }), 'ok')
  assert.equal(await confirm({ kind: 'revoke-program', id: 'lab' }), 'ok')
  assert.equal(await programs.keysOf('lab'), undefined)
})

test('a real home is founded by two who have enrolled; a demonstration is from the beginning', async () => {
  const founding = createFounding({ authority, invitations, isDemo: false })
  assert.equal(await founding.isFounded(), false)
  assert.equal(await createFounding({ authority, invitations, isDemo: true }).isFounded(), true)
  const two = ['uno', 'dos'].map((login) => ({ login, name: login, language: 'es' as const }))
  const begun = await founding.begin(two, who)
  assert.ok(begun.status === 'begun')
  const again = await founding.begin(two, who)
  assert.ok(again.status === 'begun' && again.links.length === 2)
  assert.equal(await invitations.find(begun.links[0]!.token), undefined, 'replaced')
  assert.ok(await invitations.find(again.links[0]!.token))
  assert.equal(await founding.isFounded(), false)
})

test('a request and an invitation that SQL puts back, or makes up, confer nothing', async () => {
  const [ana, eva] = [await officer(), await officer()]
  const nurse = await person(['nurse'])
  const id = await asked(by(ana), { kind: 'roles', account: nurse.id, roles: ['security-officer'] })
  const rows = await vault.sql`select * from authority where kind = 6`
  assert.equal((await approvals.refuse(by(eva), id)).status, 'ok')
  // The pending version in place of the refused one.
  await vault.sql`delete from authority where kind = 6`
  for (const row of rows) await vault.sql`insert into authority ${vault.sql(row)}`
  assert.equal((await approve(by(await officer()), id)).status, 'not-found')
})
