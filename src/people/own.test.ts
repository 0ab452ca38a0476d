/** Whoever is not signed in any more when a change is written changes nothing, whatever held when they asked. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testAccount, testPeople } from '#test/kit/people.ts'
import { testVault } from '#test/kit/vault.ts'
import type { Account, Accounts } from './accounts/index.ts'
import { createOwn } from './own.ts'

const officer = { actor: 'tester', client: 'test', address: 'local' }

test('what is made of an account is written only while the session stands', async (t) => {
  const people = testPeople(await testVault(t))
  const { accounts, sessions } = people
  const raised = (account: Account): Account => ({ ...account, generation: account.generation + 1 })
  const meanwhile: Record<string, (account: Account, session: string) => Promise<unknown>> = {
    nothing: async () => {},
    'its purpose was said': (_, session) => sessions.say(session, 'TREAT', officer),
    'its owner was told something': ({ id }) =>
      accounts.change(id, (account) => ({ ...account, name: 'Dra. Ana Ruiz' }), officer, 'renamed'),
    'it was ended': ({ id }, session) => sessions.end(id, session, officer),
    'all were ended': ({ id }) => accounts.change(id, raised, officer, 'sessions ended'),
    'a role was taken': ({ id }) =>
      accounts.change(id, (account) => raised({ ...account, roles: ['nurse'] }), officer, 'roles'),
    suspended: ({ id }) =>
      accounts.change(id, (account) => ({ ...account, status: 'suspended' }), officer, 'suspended'),
  }
  const stays = ['nothing', 'its purpose was said', 'its owner was told something']
  for (const [n, [what, act]] of Object.entries(meanwhile).entries())
    for (const when of ['before it is asked', 'after it was asked'] as const) {
      const account = testAccount(`ana.${n}.${when[0]}`)
      assert.equal(await accounts.add(account, officer), 'added')
      const who = { ...officer, actor: `person/${account.id}` }
      const { session } = await sessions.start(
        { account, method: 'passkey', key: 'key', device: 'Firefox', address: '192.0.2.1' },
        who,
      )
      let isDone = false
      const once = async () => {
        if (isDone) return
        isDone = true
        await act(account, session.id)
      }
      if (when === 'before it is asked') await once()
      const racing = {
        async change(...given: Parameters<Accounts['change']>) {
          await once()
          return accounts.change(...given)
        },
      } as Pick<Accounts, 'change'>
      const changed = await createOwn(racing, sessions)(
        { account: account.id, session: session.id },
        (now) => ({ ...now, factors: { ...now.factors, recovery: ['new'] } }),
        who,
        'recovery codes made',
      )
      const { factors } = (await accounts.find(account.id))!.value
      if (stays.includes(what)) {
        assert.equal(changed.status, 'changed', `${what}, ${when}`)
        assert.deepEqual(factors.recovery, ['new'], `${what}, ${when}`)
      } else {
        assert.deepEqual(changed, { status: 'refused', reason: 'session-ended' }, `${what}, ${when}`)
        assert.deepEqual(factors.recovery, [], `${what}, ${when}`)
      }
    }
})
