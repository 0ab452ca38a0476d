/** What somebody might try who is an officer: to have one approval count twice, to be their own second person, to leave nobody who approves. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { randomUuid } from '#kernel/crypto/index.ts'
import { testAccount, testPeople } from '#test/kit/people.ts'
import { testVault, type TestVault } from '#test/kit/vault.ts'
import { createAccounts, type Account, type Accounts } from '../accounts/index.ts'
import { createAuthority, type Authority } from '../authority/index.ts'
import type { Act } from './acts.ts'
import { createApprovals } from './approvals.ts'
import type { Approvals, Asking, Carrier } from './contract.ts'
import { createInvitations } from './invitations.ts'

const who = { actor: 'tester', client: 'test', address: 'local' }
const origin = 'https://vault.example.org'

let vault: TestVault
let accounts: Accounts
let approvals: Approvals
let seconds = 1_800_000_000
/** How often something was carried out, and what it waits for. */
let ran = 0
let running: () => Promise<void> = async () => {}

const ends: (() => unknown)[] = []
after(async () => {
  for (const end of ends.toReversed()) await end()
})

const carrier: Carrier = {
  words: () => ({ es: 'exportar', en: 'export' }),
  inWords: () => 'export',
  fault: async () => undefined,
  async run() {
    ran++
    await running()
    return { status: 'ok', result: { ran } }
  },
}

/** Of a process of its own. */
function processOf(
  parts: Pick<TestVault, 'sql' | 'keys' | 'ledger' | 'store'>,
  alone: { isAlone?: boolean } = {},
): {
  authority: Authority
  accounts: Accounts
  approvals: Approvals
} {
  const authority = createAuthority(parts)
  const own = createAccounts({ authority })
  const { programs, factors } = testPeople(parts, { isDemo: false })
  const now = () => seconds
  const invitations = createInvitations({ authority, now })
  const made = createApprovals({ authority, accounts: own, factors, programs, invitations, now, ...alone })
  made.govern(parts.store.mayDo)
  made.carry('policy', carrier)
  return { authority, accounts: own, approvals: made }
}

before(async () => {
  vault = await testVault({ after: (end) => void ends.push(end) })
  ;({ accounts, approvals } = processOf(vault))
})

let count = 0

async function officer(given: Partial<Account> = {}): Promise<Account> {
  const account = testAccount(`officer${++count}`, {
    name: `Officer ${count}`,
    roles: ['security-officer'],
    ...given,
  })
  assert.equal(await accounts.add(account, who), 'added')
  return account
}

function by({ id, person, login, name, roles }: Account): Asking {
  const asking = { account: id, person, login, name, roles, represents: [], session: 's' }
  return {
    principal: { actor: `person/${id}`, client: 'web', person: { ...asking, steppedUpAt: seconds } },
    who: { ...who, actor: `person/${id}` },
  }
}

async function asked(by: Asking, act: Act): Promise<string> {
  const made = await approvals.ask(by, act)
  assert.ok(made.status === 'ok', made.status)
  return made.approval.id
}

const approve = (asking: Asking, id: string, from = approvals) => from.approve(asking, id, { origin })
const exporting: Act = { kind: 'policy', of: 'everything' }

const stateOf = async (asking: Asking, id: string) => {
  const shown = await approvals.show(asking, id)
  return shown.status === 'ok' ? shown.approval.state : shown.status
}

test('one approval is carried out once, however many come with it at once, to two processes', async () => {
  const [ana, eva] = [await officer(), await officer()]
  const other = processOf(await vault.another())
  const id = await asked(by(ana), exporting)
  let resume = () => {}
  const held = new Promise<void>((done) => (resume = done))
  ran = 0
  running = () => held
  const first = approve(by(eva), id)
  while (ran === 0) await new Promise((turn) => setTimeout(turn, 5))
  const all = await Promise.all(
    Array.from({ length: 20 }, (_, n) => approve(by(eva), id, n % 2 === 0 ? approvals : other.approvals)),
  )
  assert.equal(ran, 1)
  assert.deepEqual(
    new Set(all.map((each) => (each.status === 'ok' ? each.approval.state : each.status))),
    new Set(['approved']),
    'being done',
  )
  resume()
  const done = await first
  assert.ok(done.status === 'ok' && done.approval.state === 'done')
  assert.equal((await approve(by(eva), id, other.approvals)).status, 'request-over')
  assert.equal(ran, 1)
})

test('what a fault broke off is begun again at once, by whoever approved; what was left in the middle after a while, by one of twenty', async () => {
  const [ana, eva] = [await officer(), await officer()]
  const id = await asked(by(ana), exporting)
  ran = 0
  running = () => Promise.reject(new Error('the disk is full'))
  await assert.rejects(approve(by(eva), id), /the disk is full/)
  running = async () => {}
  const again = await approve(by(eva), id)
  assert.ok(again.status === 'ok' && again.approval.state === 'done')
  assert.equal(ran, 2)

  // As a process leaves it that is killed.
  const left = await asked(by(ana), exporting)
  running = () => new Promise(() => {})
  void approve(by(eva), left)
  while (ran === 2) await new Promise((turn) => setTimeout(turn, 5))
  running = async () => {}
  assert.equal((await approve(by(eva), left)).status, 'ok')
  assert.equal(ran, 3, 'it may still be at it')
  seconds += 300
  await Promise.all(Array.from({ length: 20 }, () => approve(by(eva), left)))
  assert.equal(ran, 4)
  assert.equal(await stateOf(by(eva), left), 'done')
})

test('what a process that is gone left in the middle is taken up at once, once, by one that is alone', async () => {
  const [ana, eva] = [await officer(), await officer()]
  const id = await asked(by(ana), exporting)
  ran = 0
  running = () => new Promise(() => {})
  void approve(by(eva), id)
  while (ran === 0) await new Promise((turn) => setTimeout(turn, 5))
  const beside = processOf(await vault.another())
  const after = processOf(await vault.another(), { isAlone: true })
  assert.equal((await approve(by(eva), id, beside.approvals)).status, 'ok')
  assert.equal(ran, 1, 'of several nobody knows which are gone')
  let resume = () => {}
  const held = new Promise<void>((done) => (resume = done))
  running = () => held
  const first = approve(by(eva), id, after.approvals)
  while (ran === 1) await new Promise((turn) => setTimeout(turn, 5))
  await Promise.all(Array.from({ length: 20 }, () => approve(by(eva), id, after.approvals)))
  assert.equal(ran, 2, 'its own it does not take from itself')
  resume()
  const done = await first
  assert.ok(done.status === 'ok' && done.approval.state === 'done')
})

test('what was left is not begun again where who asked may no longer', async () => {
  const [ana, eva] = [await officer(), await officer()]
  const id = await asked(by(ana), exporting)
  running = () => Promise.reject(new Error('broken off'))
  await assert.rejects(approve(by(eva), id))
  running = async () => {}
  ran = 0
  await accounts.change(ana.id, (account) => ({ ...account, roles: ['nurse'] }), who, 'demoted')
  assert.equal((await approve(by(eva), id)).status, 'request-over')
  assert.equal(ran, 0)
})

test('whose second account it is neither approves it nor goes unnamed', async () => {
  const [ana, eva, ines] = [await officer(), await officer(), await officer()]
  const second: Act = {
    kind: 'invite',
    login: ` Second.Eva `,
    name: 'Eva Soto',
    language: 'es',
    roles: ['physician'],
    sameAs: eva.id,
  }
  const made = await approvals.ask(by(ana), second)
  assert.ok(made.status === 'ok')
  const { id, words, act } = made.approval
  assert.ok(words.en.endsWith(`; it is another account of ${eva.name}`), words.en)
  assert.ok(words.es.endsWith(`; es otra cuenta de ${eva.name}`), words.es)
  assert.equal((act as { login: string }).login, 'second.eva', 'what is signed is what it will be')
  assert.equal((await approve(by(eva), id)).status, 'own-request')
  assert.equal((await approve(by(ines), id)).status, 'ok')
})

test('no act has what is not seen, whoever asks for it', async () => {
  const ana = await officer()
  for (const text of ['a\u001b[2Jb', 'a\nb', 'a\u202eb', 'a\u2028b', '\ud800'])
    for (const act of [
      { kind: 'policy', of: text },
      { kind: 'policy', of: [{ text }] },
      { kind: 'invite', login: 'x.y', name: text, language: 'es', roles: ['nurse'] },
    ] as Act[]) {
      const asked = await approvals.ask(by(ana), act)
      assert.equal(asked.status, 'invalid-member', JSON.stringify(act))
    }
})

test('a login that looks like another is not invited', async () => {
  const ana = await officer()
  const invite = { kind: 'invite', name: 'Ana', language: 'es', roles: ['nurse'] } as const
  for (const login of ['ɑna.ruiz', 'anaı', 'аna'])
    assert.equal((await approvals.ask(by(ana), { ...invite, login })).status, 'unusable-login', login)
})

test('no officer leaves where too few would stay to approve anything', async () => {
  const own = await testVault({ after: (end) => void ends.push(end) })
  const house = processOf(own)
  const [ana, eva, ines] = await Promise.all(
    ['ana', 'eva', 'ines'].map(async (login) => {
      const account = testAccount(login, { roles: ['security-officer'] })
      assert.equal(await house.accounts.add(account, who), 'added')
      return account
    }),
  )
  assert.ok(ana && eva && ines)
  const ask = (asking: Asking, act: Act) => house.approvals.ask(asking, act)
  const leave = (account: string): Act => ({ kind: 'roles', account, roles: ['director'] })
  const gone = await ask(by(ana), leave(ines.id))
  assert.ok(gone.status === 'ok', 'two stay')
  const mine = await ask(by(ana), leave(ana.id))
  assert.ok(mine.status === 'ok', 'two would stay')
  assert.equal((await approve(by(eva), gone.approval.id, house.approvals)).status, 'ok')
  assert.equal((await approve(by(eva), mine.approval.id, house.approvals)).status, 'quorum-unmet')
  for (const act of [leave(ana.id), { kind: 'suspend', account: ana.id } as const])
    assert.equal((await ask(by(ana), act)).status, 'quorum-unmet', 'one would stay')
  const more: Act = { kind: 'roles', account: ana.id, roles: ['security-officer', 'director'] }
  assert.equal((await ask(by(ana), more)).status, 'ok', 'who stays may be more besides')
})

test('of officers who are taken away at the same moment, in two processes, as many stay as it takes', async () => {
  for (let round = 0; round < 3; round++) {
    const own = await testVault({ after: (end) => void ends.push(end) })
    const [house, beside] = [processOf(own), processOf(await own.another())]
    const [ana, eva, ines] = await Promise.all(
      ['ana', 'eva', 'ines'].map(async (login) => {
        const account = testAccount(login, { roles: ['security-officer'] })
        assert.equal(await house.accounts.add(account, who), 'added')
        return account
      }),
    )
    assert.ok(ana && eva && ines)
    const gone = await house.approvals.ask(by(ana), { kind: 'suspend', account: ines.id })
    const too = await house.approvals.ask(by(ana), { kind: 'roles', account: eva.id, roles: ['director'] })
    assert.ok(gone.status === 'ok' && too.status === 'ok')
    const done = await Promise.all([
      approve(by(eva), gone.approval.id, house.approvals),
      approve(by(ines), too.approval.id, round === 1 ? house.approvals : beside.approvals),
    ])
    const statuses = done.map(({ status }) => status).toSorted()
    assert.equal(statuses.filter((status) => status === 'ok').length, 1, statuses.join())
    const officers: string[] = []
    for await (const { value } of house.accounts.list())
      if (value.status === 'active' && value.roles.includes('security-officer')) officers.push(value.login)
    assert.equal(officers.length, 2, officers.join())
  }
})

test('raised twice by one approval, the number that approve is raised, and the approval has not failed', async () => {
  const [ana, eva] = [await officer(), await officer()]
  await officer()
  const id = await asked(by(ana), { kind: 'quorum', of: 'merge', approvers: 2 })
  await Promise.all(Array.from({ length: 20 }, () => approve(by(eva), id)))
  assert.equal(await stateOf(by(eva), id), 'done')
  assert.equal(
    (await approvals.ask(by(ana), { kind: 'quorum', of: 'merge', approvers: 2 })).status,
    'quorum-lower',
  )
})

test('ids of other kinds, and of nothing, are no approvals', async () => {
  const ana = await officer()
  const { value: account } = (await accounts.find(ana.id))!
  for (const id of [
    'foundation',
    'quorum',
    account.id,
    account.person,
    account.login,
    randomUuid(),
    '',
    '__proto__',
  ])
    for (const done of [
      await approve(by(ana), id),
      await approvals.show(by(ana), id),
      await approvals.refuse(by(ana), id),
      await approvals.withdraw(by(ana), id),
      await approvals.object(by(ana), id),
      await approvals.link(by(ana), id),
      await approvals.options(by(ana), id, origin),
    ])
      assert.equal(done.status, 'not-found', id)
})
