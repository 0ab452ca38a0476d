/** Password and code: both or nothing, each code once, and the same work whatever is wrong. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  byPassword,
  Neighbourhood,
  origin,
  signingIn,
  thumbprint,
  type Enrolled,
} from '#test/kit/enrolled.ts'
import { watched } from '#test/kit/watched.ts'
import { testVault, type TestVault } from '#test/kit/vault.ts'
import type { Proof } from './index.ts'

const ends: (() => unknown)[] = []
after(async () => {
  for (const end of ends.toReversed()) await end()
})

let vault: TestVault
const who = signingIn.who
let there: Neighbourhood

before(async () => {
  vault = await testVault({ after: (end) => void ends.push(end) })
  there = new Neighbourhood(vault)
})

describe('password and code', () => {
  test('both together sign in, neither alone', async () => {
    const ana = await there.enrolled()
    assert.equal(await there.tried(byPassword(ana, ana.code(1), 'un cuaderno verde')), 'wrong-password')
    assert.equal(await there.tried(byPassword(ana, '')), 'wrong-code')
    const other = ana.code(1) === '000000' ? '000001' : '000000'
    assert.equal(await there.tried(byPassword(ana, other)), 'wrong-code')
    assert.equal(await there.tried(byPassword({ login: 'nobody' }, ana.code(1))), 'no-such-account')
    assert.equal(
      await there.tried(byPassword(ana, ana.code(1))),
      'password-totp',
      'a wrong password uses up no code',
    )
    const shouted: Proof = {
      kind: 'password',
      login: ` ${ana.login.toUpperCase()} `,
      password: ana.password,
      code: ana.code(-1),
    }
    assert.equal(await there.tried(shouted), 'password-totp', 'a login is the same however it is written')
  })

  test('a step is used once: twenty connections, two processes, one gets in', async () => {
    const ana = await there.enrolled()
    const elsewhere = await there.another()
    const code = ana.code(1)
    const tries = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        there.tried(byPassword(ana, code), {}, n % 2 ? there.house : elsewhere),
      ),
    )
    assert.deepEqual(tries.toSorted(), ['password-totp', ...Array.from({ length: 19 }, () => 'used-code')])
    assert.equal(
      await there.tried(byPassword(ana, code), { purpose: 'step-up', account: ana.id }),
      'used-code',
    )
  })

  test('the code that showed that the app is set up was used by that', async () => {
    const ana = await there.enrolled()
    assert.equal(await there.tried(byPassword(ana, ana.code())), 'used-code')
  })

  test('codes of two steps ago and of two steps ahead are none; a clock set back brings none again', async () => {
    const ana = await there.enrolled()
    for (const steps of [-10, -2, 2, 10])
      assert.equal(await there.tried(byPassword(ana, ana.code(steps))), 'wrong-code')
    const clocked = await there.another()
    const used = ana.code(1)
    assert.equal(await there.tried(byPassword(ana, used), {}, clocked), 'password-totp')
    const missed = ana.code(-1)
    there.aheadMs = 3600_000
    assert.equal(await there.tried(byPassword(ana, missed), {}, clocked), 'wrong-code')
    there.aheadMs = 0
    assert.equal(await there.tried(byPassword(ana, missed), {}, clocked), 'wrong-code', 'it has passed')
    // Another process whose clock was never right: what was used stays used.
    assert.equal(await there.tried(byPassword(ana, used), {}, await there.another()), 'used-code')
  })

  test('a recovery code stands in for the code once, and for nothing else', async () => {
    const ana = await there.enrolled()
    const [first = '', second = ''] = ana.recovery
    assert.match(first, /^([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$/)
    assert.equal(new Set(ana.recovery).size, 10)
    assert.equal(await there.tried(byPassword(ana, first, 'another password')), 'wrong-password')
    assert.equal(await there.tried(byPassword(ana, second, first)), 'wrong-password', 'not for the password')
    const elsewhere = await there.another()
    const tries = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        there.tried(byPassword(ana, first), {}, n % 2 ? there.house : elsewhere),
      ),
    )
    assert.equal(tries.filter((each) => each === 'password-recovery').length, 1)
    assert.equal(await there.tried(byPassword(ana, first)), 'wrong-code')
    const typed = second.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')
    assert.equal(await there.tried(byPassword(ana, typed)), 'password-recovery', 'however it is typed')
    const { value } = (await there.house.accounts.find(ana.id))!
    assert.equal(value.factors.recovery.length, 8)
    assert.deepEqual(value.notices.filter(({ kind }) => kind === 'recovery-used').length, 2)
    const eva = await there.enrolled()
    assert.equal(await there.tried(byPassword(eva, ana.recovery[5]!)), 'wrong-code', 'nor for another’s')
  })

  test('without a TOTP neither the password nor a recovery code is a way in', async () => {
    const ana = await there.enrolled()
    await there.house.accounts.change(
      ana.id,
      (account) => {
        const { totp: _, ...left } = account.factors
        return { ...account, factors: left }
      },
      who,
      'without a TOTP',
    )
    for (const code of [ana.code(), ana.code(1), '', ana.recovery[0]!])
      assert.equal(await there.tried(byPassword(ana, code)), 'wrong-code')
  })

  test('whoever is suspended gets in by nothing, and whoever steps up is who they were', async () => {
    const [ana, eva] = [await there.enrolled(), await there.enrolled()]
    const stepUp = { purpose: 'step-up', account: ana.id } as const
    assert.equal(await there.tried(byPassword(eva, eva.code(1)), stepUp), 'another-account')
    assert.equal(await there.tried(byPassword(ana, ana.code(1)), stepUp), 'password-totp')
    const asked = (await there.house.factors.passkeyOptions(origin, { ...stepUp, thumbprint }))!
    const proofOf = ({ key }: Enrolled): Proof => ({
      kind: 'passkey',
      flow: asked.flow,
      response: key.get(asked.options),
    })
    assert.equal(await there.tried(proofOf(eva), stepUp), 'another-account')
    await there.house.accounts.change(
      ana.id,
      (account) => ({ ...account, status: 'suspended' }),
      who,
      'suspended',
    )
    assert.equal(await there.tried(byPassword(ana, ana.code(-1))), 'suspended')
    assert.equal(await there.tried(byPassword(ana, ana.recovery[0]!)), 'suspended')
    assert.equal(await there.tried(there.byPasskey(ana)), 'suspended')
  })

  test('whatever is wrong, the same is computed and the same is asked of the database', async () => {
    const ana = await there.enrolled()
    const parts = await vault.another()
    const seen = watched(parts.sql)
    const { factors, passwords } = there.of({ ...parts, sql: seen.sql })
    const wrong = '000000'
    const tries: { name: string; proof: Proof }[] = [
      { name: 'nobody has the login', proof: byPassword({ login: 'nobody' }, wrong) },
      { name: 'it cannot be a login', proof: byPassword({ login: '\u0000'.repeat(900) }, wrong) },
      { name: 'the password is wrong', proof: byPassword(ana, wrong, 'another password') },
      { name: 'the password is as long as a book', proof: byPassword(ana, wrong, 'x'.repeat(5000)) },
      { name: 'the code is wrong', proof: byPassword(ana, wrong) },
      { name: 'both are', proof: byPassword(ana, 'x', 'y') },
    ]
    for (const { name, proof } of tries) {
      const computed = passwords.computed()
      const before = seen.statements().length
      const { status } = await factors.verify(proof, signingIn)
      assert.equal(status, 'refused', name)
      assert.equal(passwords.computed() - computed, 1, name)
      const asked = seen.statements().slice(before)
      assert.deepEqual(
        asked.map((text) => /authority a |used_once/.exec(text)?.[0]),
        ['authority a ', 'authority a ', 'used_once'],
        name,
      )
    }
  })
})
