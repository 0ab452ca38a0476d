/** Lost factors and no two others: the opener's secret, three days, and a person who may say no. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Neighbourhood } from '#test/kit/enrolled.ts'
import { testAccount } from '#test/kit/people.ts'
import { testVault } from '#test/kit/vault.ts'
import { createAccounts, type Account } from '../accounts/index.ts'
import { createAuthority } from '../authority/index.ts'
import { createResettingByOpener } from './by-opener.ts'
import { createInvitations } from './invitations.ts'
import { createApprovals } from './approvals.ts'

const who = { actor: 'operator', client: 'sigilo', address: 'local' }
const daySeconds = 24 * 3600

test('whoever opens the vault resets where no two others could, after three days in which the person may object', async (t) => {
  const vault = await testVault(t)
  const { house } = new Neighbourhood(vault)
  const authority = createAuthority(vault)
  const accounts = createAccounts({ authority })
  let seconds = 1_800_000_000
  const now = () => seconds
  const invitations = createInvitations({ authority, now })
  const { factors } = house
  const programs = { keysOf: async () => undefined } as never
  const approvals = createApprovals({ authority, accounts, factors, programs, invitations, now })
  approvals.govern(vault.store.mayDo)
  const reset = createResettingByOpener({
    authority,
    accounts,
    invitations,
    now,
    resetWaitSeconds: 5 * daySeconds,
  })
  const soon = createResettingByOpener({ authority, accounts, invitations, now })

  const present = () => [{ address: '10.1.1.1', at: seconds }]
  const able = {
    passkeys: [],
    recovery: [],
    password: { hash: '', setAt: 1 },
    totp: { id: '', secret: '', setAt: 1 },
  }
  const officer = async (login: string, more: Partial<Account> = {}): Promise<Account> => {
    const account = testAccount(login, {
      roles: ['security-officer'],
      factors: able,
      known: present(),
      ...more,
    })
    assert.equal(await accounts.add(account, who), 'added')
    return account
  }
  const ana = await officer('ana.ruiz')
  const eva = await officer('eva.soto')
  const as = ({ id, person, login, name, roles }: Account) => ({
    principal: {
      actor: `person/${id}`,
      client: 'web',
      person: { account: id, person, login, name, roles, represents: [], session: 's', steppedUpAt: seconds },
    },
    who,
  })
  const objected = async () => {
    const [found] = await approvals.list(as(ana))
    assert.ok(found)
    assert.equal(found.askedBy.name, 'operator')
    return approvals.object(as(ana), found.id)
  }

  assert.deepEqual(await soon('nobody', who), { status: 'unknown-login' })
  const third = await officer('leo.paz')
  await officer('leo.paz.2', { person: third.person })
  assert.deepEqual(await soon('ana.ruiz', who), { status: 'two-others' })
  // One of them was not here for a week, and may have lost theirs as well.
  await accounts.change(third.id, (account) => ({ ...account, status: 'suspended' }), who, 'suspended')
  seconds += 7 * daySeconds
  await accounts.change(eva.id, (account) => ({ ...account, known: present() }), who, 'signs in')

  assert.deepEqual(await soon('ana.ruiz', who), { status: 'asked', opensAt: seconds + 3 * daySeconds })
  assert.deepEqual(
    (await accounts.find(ana.id))?.value.notices.map(({ kind }) => kind),
    ['reset-asked'],
    'the person is told',
  )
  assert.equal((await objected()).status, 'ok')
  seconds += 3 * daySeconds
  const second = await reset('ana.ruiz', who)
  assert.deepEqual(
    second,
    { status: 'asked', opensAt: seconds + 5 * daySeconds },
    'it begins anew, and a setting is longer',
  )
  seconds += 5 * daySeconds - 1
  assert.equal((await reset('ana.ruiz', who)).status, 'waiting')
  seconds += 1
  const given = await reset('ana.ruiz', who)
  assert.ok(given.status === 'given')
  const again = await reset('ana.ruiz', who)
  assert.ok(again.status === 'given')
  assert.equal(await invitations.find(given.link.token), undefined, 'the newest link alone')
  assert.equal((await invitations.find(again.link.token))?.invitation.account, ana.id)

  // The other officer refuses it, and the link ends.
  const [found] = await approvals.list(as(eva))
  assert.equal((await approvals.refuse(as(eva), found!.id)).status, 'ok')
  assert.equal(await invitations.find(again.link.token), undefined)
})
