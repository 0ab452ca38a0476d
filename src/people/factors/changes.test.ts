import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bareAccount } from '#test/kit/enrolled.ts'
import type { Passkey } from '../accounts/index.ts'
import { withoutFactor, withPasskey, withRecovery } from './index.ts'

test('factors come and go, each is told to the person, and one whole way in always stays', () => {
  const where = { at: 5, address: '192.0.2.9' }
  const passkey: Passkey = {
    id: 'p0',
    publicKey: 'k',
    counter: 0,
    transports: [],
    deviceType: 'multiDevice',
    label: 'Llave azul',
    addedAt: 1,
  }
  const factors = {
    passkeys: [passkey],
    password: { hash: 'h', setAt: 1 },
    totp: { id: 't', secret: 's', setAt: 1 },
    recovery: ['r0'],
  }
  const account = bareAccount({ id: 'a', login: 'ana', factors })
  assert.deepEqual(withPasskey(account, passkey, where), { refused: 'known-passkey' })
  let full = account
  for (let n = 1; n < 20; n++) {
    const more = withPasskey(full, { ...passkey, id: `p${n}` }, where)
    assert.ok(!('refused' in more))
    full = more
  }
  assert.deepEqual(withPasskey(full, { ...passkey, id: 'p20' }, where), { refused: 'too-many' })
  assert.deepEqual(full.notices.at(-1), { kind: 'new-factor', about: 'Llave azul', ...where })
  assert.deepEqual(withRecovery(account, ['r'], where).factors.recovery, ['r'])
  for (const id of ['', 'p1', 'totp', 'recovery', 'passkeys'])
    assert.deepEqual(withoutFactor(account, id, where), { refused: 'unknown-factor' })
  const passkeysAlone = withoutFactor(account, 'password', where)
  assert.ok(!('refused' in passkeysAlone))
  const { password: hash, totp, recovery } = passkeysAlone.factors
  assert.deepEqual([hash, totp, recovery], [undefined, undefined, []])
  assert.deepEqual(passkeysAlone.notices.at(-1), { kind: 'removed-factor', about: 'password', ...where })
  assert.deepEqual(withoutFactor(passkeysAlone, passkey.id, where), { refused: 'last-way' })
  const passwordAlone = withoutFactor(account, passkey.id, where)
  assert.ok(!('refused' in passwordAlone))
  assert.deepEqual(withoutFactor(passwordAlone, 'password', where), { refused: 'last-way' })
  const suspended = { ...passkey, suspendedAt: 1 }
  const one = { ...account, factors: { ...account.factors, passkeys: [suspended] } }
  assert.deepEqual(withoutFactor(one, 'password', where), { refused: 'last-way' })
})
