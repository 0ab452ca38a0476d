/** Signatures of approvals: by the passkey, of this very act, once; and what else somebody might try. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { randomUuid } from '#kernel/crypto/index.ts'
import { Neighbourhood, origin, type Enrolled } from '#test/kit/enrolled.ts'
import { testPeople } from '#test/kit/people.ts'
import { testVault, type TestVault } from '#test/kit/vault.ts'
import type { Account, Accounts } from '../accounts/index.ts'
import type { Act } from './acts.ts'
import { createApprovals } from './approvals.ts'
import type { Approvals, Asking, Signature } from './contract.ts'
import { createInvitations } from './invitations.ts'
import { checkApproval } from './proof.ts'

const who = { actor: 'tester', client: 'test', address: 'local' }
let vault: TestVault
let people: Neighbourhood
let accounts: Accounts
let approvals: Approvals
let aheadSeconds = 0
const now = () => 1_800_000_000 + aheadSeconds
const ends: (() => unknown)[] = []
after(async () => {
  for (const end of ends.toReversed()) await end()
})

before(async () => {
  vault = await testVault({ after: (end) => void ends.push(end) })
  people = new Neighbourhood(vault)
  const { authority, factors } = people.house
  ;({ accounts } = people.house)
  const { programs } = testPeople(vault)
  const invitations = createInvitations({ authority, now })
  approvals = createApprovals({ authority, accounts, factors, programs, invitations, now })
  approvals.govern(vault.store.mayDo)
  assert.deepEqual(await vault.ledger.start(), { status: 'ok' })
})

interface Officer extends Enrolled {
  by: Asking
}

/** With a passkey, and both factors shown a moment ago. */
async function officer(): Promise<Officer> {
  const enrolled = await people.enrolled()
  const changed = await accounts.change(
    enrolled.id,
    (account) => ({ ...account, roles: ['security-officer'] }),
    who,
    'made an officer',
  )
  assert.ok(changed.status === 'changed')
  return { ...enrolled, by: by(changed.account) }
}

function by({ id, person, login, name, roles }: Account): Asking {
  const asking = { account: id, person, login, name, roles, represents: [], session: 's', steppedUpAt: now() }
  return {
    principal: { actor: `person/${id}`, client: 'web', person: { ...asking, key: 'browser' } },
    who: { ...who, actor: `person/${id}` },
  }
}

/** A proof, to be altered. */
interface Loose {
  id: string
  act: string
  asked?: { person: string }
  approved: { nonce: string; origin: string; signature: string; person: string }[]
}

let count = 0
const invite = (): Act => ({
  kind: 'invite',
  login: `new${++count}`,
  name: 'Enf. Luz Mora',
  language: 'es',
  roles: ['nurse'],
})

async function asked(officer: Officer, act: Act = invite()): Promise<string> {
  const made = await approvals.ask(officer.by, act)
  assert.ok(made.status === 'ok', made.status)
  return made.approval.id
}

async function signature({ by, key }: Officer, id: string): Promise<Signature> {
  const begun = await approvals.options(by, id, origin)
  assert.ok(begun.status === 'ok', begun.status)
  return { origin, proof: { flow: begun.flow, response: key.get(begun.options) } }
}

const approved = async (officer: Officer, id: string, signed?: Signature): Promise<string> => {
  const done = await approvals.approve(officer.by, id, signed ?? (await signature(officer, id)))
  return done.status === 'ok' ? done.approval.state : done.status
}

async function proofOf(id: string): Promise<string> {
  for (;;) {
    const { entries } = await vault.ledger.query({ limit: 1000, newestFirst: true })
    const found = entries.find(
      ({ action, details }) =>
        action === 'approval' && details?.query?.startsWith(`approval ${id}: approved`),
    )
    if (found?.details?.proof !== undefined) return found.details.proof
    await new Promise((resume) => setTimeout(resume, 20))
  }
}

test('signed by a passkey: the entry has all that it takes to judge it', async () => {
  const [ana, eva] = [await officer(), await officer()]
  const id = await asked(ana)
  assert.equal((await approvals.approve(eva.by, id, { origin })).status, 'signature-needed')
  assert.equal(await approved(eva, id), 'approved')
  const proof = await proofOf(id)
  const checked = await checkApproval(proof)
  assert.ok(checked.status === 'ok' && checked.newest === 'signed' && checked.id === id)
  assert.match(checked.act, /^\{"kind":"invite","language":"es","login":"new\d+",/)

  const why = async (alter: (value: Loose) => void) => {
    const value = JSON.parse(proof) as Loose
    alter(value)
    const told = await checkApproval(JSON.stringify(value))
    return told.status === 'wrong' ? told.why : told.status
  }
  const cases: [alter: (value: Loose) => void, want: string][] = [
    [(value) => (value.act = value.act.replace('nurse', 'director')), 'signature'],
    [(value) => (value.id = randomUuid()), 'signature'],
    [(value) => (value.approved[0]!.nonce = 'x'), 'signature'],
    [(value) => (value.approved[0]!.origin = 'https://evil.example.org'), 'signature'],
    [
      (value) => (value.approved[0]!.signature = value.approved[0]!.signature.replace(/.{8}$/, 'AAAAAAAA')),
      'signature',
    ],
    [(value) => (value.approved[0]!.person = value.asked!.person), 'same-person'],
    [(value) => value.approved.push(value.approved[0]!), 'same-person'],
    [(value) => (value.approved = []), 'unreadable'],
    [(value) => delete value.asked, 'unreadable'],
  ]
  for (const [alter, want] of cases) assert.equal(await why(alter), want, String(alter))
  assert.equal((await checkApproval('no JSON')).status, 'wrong')
})

test('a signature is good for one act, of one person, once', async () => {
  const [ana, eva, ines] = [await officer(), await officer(), await officer()]
  const [one, other] = [await asked(ana), await asked(ana)]
  const signed = await signature(eva, one)
  assert.equal(await approved(eva, other, signed), 'signature-unfit', 'of another act')
  assert.equal(await approved(ines, one, signed), 'signature-unfit', 'by another person')
  const begun = await approvals.options(eva.by, other, origin)
  assert.ok(begun.status === 'ok' && signed.proof)
  const mixed = { origin, proof: { flow: begun.flow, response: signed.proof.response } }
  assert.equal(await approved(eva, other, mixed), 'signature-unfit', 'an answer to another challenge')
  const stranger = { ...signed, proof: { flow: begun.flow, response: ines.key.get(begun.options) } }
  assert.equal(await approved(eva, other, stranger), 'signature-unfit', "another's passkey")
  const signIn = await people.byPasskey(eva)
  assert.ok(signIn.kind === 'passkey')
  assert.equal(await approved(eva, other, { origin, proof: signIn }), 'signature-unfit', 'of a sign-in')
  const unverified = { flow: begun.flow, response: eva.key.get(begun.options, { isVerified: false }) }
  assert.equal(
    await approved(eva, other, { origin, proof: unverified }),
    'signature-unfit',
    'no finger or PIN',
  )

  assert.equal(await approved(eva, one, signed), 'approved')
  const third = await asked(ana)
  assert.equal(await approved(eva, third, signed), 'signature-unfit', 'sent again')
})

test('k of n: each another human, upwards only, and who was demoted meanwhile counts no more', async () => {
  const [ana, eva, ines, luz] = [await officer(), await officer(), await officer(), await officer()]
  const raise = (approvers: number): Act => ({ kind: 'quorum', of: 'reset', approvers })
  assert.equal((await approvals.ask(ana.by, raise(1))).status, 'quorum-lower')
  assert.equal((await approvals.ask(ana.by, raise(99))).status, 'quorum-unmet')
  const nurse = await people.enrolled()
  const before = await asked(ana, { kind: 'reset', account: nurse.id })
  assert.equal(await approved(eva, await asked(ana, raise(2))), 'done')
  assert.equal((await approvals.ask(ana.by, raise(2))).status, 'quorum-lower')

  assert.equal(await approved(eva, before), 'pending', 'what was asked for before needs as many')
  assert.equal(await approved(eva, before, { origin }), 'approved-already')
  const change = (roles: Account['roles']) =>
    accounts.change(eva.id, (account) => ({ ...account, roles }), who, 'changed')
  await change(['nurse'])
  assert.equal(await approved(ines, before), 'pending', 'Eva is no officer any more')
  await change(['security-officer'])
  const twin = await officer()
  const other = await officer()
  // The same human as Ines, by another account.
  const same = { ...other, by: { ...other.by } }
  same.by.principal = {
    ...other.by.principal,
    person: { ...other.by.principal.person!, person: ines.by.principal.person!.person },
  }
  assert.equal((await approvals.approve(same.by, before, { origin })).status, 'approved-already')
  assert.equal(await approved(twin, before), 'approved')
  const checked = await checkApproval(await proofOf(before))
  assert.equal(checked.status, 'ok')
  assert.equal(await approved(luz, await asked(ana)), 'approved', 'of other kinds one is enough')
})

test('what was withdrawn, refused or has expired meanwhile is not approved, nor of who is none any more', async () => {
  const [ana, eva, ines] = [await officer(), await officer(), await officer()]
  const withdrawn = await asked(ana)
  const first = await signature(eva, withdrawn)
  assert.equal((await approvals.withdraw(ana.by, withdrawn)).status, 'ok')
  assert.equal(await approved(eva, withdrawn, first), 'request-over')

  const refused = await asked(ana)
  const second = await signature(eva, refused)
  assert.equal((await approvals.refuse(ines.by, refused)).status, 'ok')
  assert.equal(await approved(eva, refused, second), 'request-over')

  const demoted = await asked(ana)
  const third = await signature(eva, demoted)
  await accounts.change(eva.id, (account) => ({ ...account, roles: ['nurse'] }), who, 'demoted')
  assert.equal(await approved(eva, demoted, third), 'forbidden')

  const expired = await asked(ana)
  const fourth = await signature(ines, expired)
  aheadSeconds += 7 * 24 * 3600
  assert.equal(await approved(ines, expired, fourth), 'request-over')
})

test('an act put in the place of another by SQL is as if it were not there', async () => {
  const [ana, eva] = [await officer(), await officer()]
  const [small, large] = [await asked(ana), await asked(ana, { ...invite(), roles: ['director'] } as Act)]
  const signed = await signature(eva, small)
  const rows = await vault.sql<{ id: string }[]>`select id from authority where kind = 6 order by id`
  const idOf = async (id: string) => (await people.house.authority.find('request', id))!.id
  const [a, b] = [await idOf(small), await idOf(large)]
  assert.ok(rows.some(({ id }) => id === a))
  await vault.sql`
    update authority set sealed = (select sealed from authority where id = ${b}::uuid) where id = ${a}::uuid`
  assert.equal(await approved(eva, small, signed), 'not-found')
  assert.equal((await approvals.show(eva.by, small)).status, 'not-found')
})
