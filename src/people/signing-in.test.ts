/** Signing in: who guesses is slowed, whoever is known is not, and nobody learns who has an account. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Secret, TOTP } from 'otpauth'
import { randomUuid } from '#kernel/crypto/index.ts'
import { softAuthenticator, type SoftAuthenticator } from '#test/kit/authenticator.ts'
import { testAccount, testPeople } from '#test/kit/people.ts'
import { testVault, type TestVault } from '#test/kit/vault.ts'
import type { Account } from './accounts/index.ts'
import type { Proof } from './factors/index.ts'
import type { People, PeopleOptions } from './people.ts'
import type { From, SignedIn } from './signing-in.ts'

const origin = 'https://vault.example.org'
const who = { actor: 'tester', client: 'test', address: 'local' }
const passwordCost = { memoryKiB: 64, passes: 1, lanes: 1 }
const password = 'un cuaderno verde oliva'
const thumbprint = 'browser'

const ends: (() => unknown)[] = []
after(async () => {
  for (const end of ends.toReversed()) await end()
})

let vault: TestVault
let people: People
/** The time of these processes stands in the middle of a TOTP step, and goes on by steps. */
let aheadMs = 0
const startMs = Math.floor(Date.now() / 30_000) * 30_000 + 15_000
const now = () => startMs + aheadMs

const process = (
  of: Pick<TestVault, 'sql' | 'keys' | 'ledger'> = vault,
  more: Partial<PeopleOptions> = {},
): People => testPeople(of, { isDemo: false, passwordCost, now, ...more })

before(async () => {
  vault = await testVault({ after: (end) => void ends.push(end) })
  people = process()
})

interface Someone {
  account: Account
  key: SoftAuthenticator
  /** What a code app shows next: no step is shown twice. */
  proof(): Proof
}

let count = 0

async function someone(at = people): Promise<Someone> {
  const id = randomUuid()
  const login = `ana.${++count}`
  const { factors, accounts } = at
  const key = softAuthenticator(origin)
  const registering = await factors.registrationOptions(
    origin,
    { id, login, name: 'Ana', passkeys: [] },
    thumbprint,
  )
  const made = await factors.readPasskey(
    origin,
    { flow: registering!.flow, response: key.create(registering!.options), label: 'Llave' },
    { account: id, thumbprint },
  )
  const hashed = await factors.hashPassword(password, { login, name: 'Ana' })
  assert.ok(made.status === 'ok' && hashed.status === 'ok')
  const secret = new Secret({ size: 20 })
  const totp = { id: randomUuid(), secret: Buffer.from(secret.bytes).toString('base64'), setAt: 1 }
  const account = testAccount(login, {
    id,
    factors: { passkeys: [made.passkey], password: hashed.password, totp, recovery: [] },
  })
  assert.equal(await accounts.add(account, who), 'added')
  const app = new TOTP({ secret })
  return {
    account,
    key,
    proof() {
      aheadMs += 30_000
      return { kind: 'password', login, password, code: app.generate({ timestamp: now() }) }
    },
  }
}

const wrong = ({ account: { login } }: Pick<Someone, 'account'>): Proof => ({
  kind: 'password',
  login,
  password: 'otro cuaderno verde',
  code: '000000',
})

async function byPasskey({ key }: Someone, at = people): Promise<Proof> {
  const { flow, options } = (await at.factors.passkeyOptions(origin, { purpose: 'sign-in', thumbprint }))!
  return { kind: 'passkey', flow, response: key.get(options) }
}

let addresses = 0
/** Of somebody who was never seen. */
const stranger = (): From => ({
  address: `198.51.${100 + (++addresses >> 8)}.${addresses & 255}`,
  isForwarded: false,
  agent: 'Mozilla/5.0',
  origin,
})

const signIn = (proof: Proof, from = stranger(), at = people): Promise<SignedIn> =>
  at.signIn({ proof, thumbprint }, from)

async function entered(proof: Proof, from = stranger(), at = people) {
  const signed = await signIn(proof, from, at)
  assert.ok(signed.status === 'signed-in', signed.status)
  return signed
}

describe('a device', () => {
  test('that is new is told of, the first and the known ones are not', async () => {
    const ana = await someone()
    const from = stranger()
    const first = await entered(ana.proof(), from)
    assert.match(first.device ?? '', /^sgd_/)
    assert.deepEqual(first.account.notices, [])
    const again = await entered(ana.proof(), { ...from, device: first.device })
    assert.equal(again.device, first.device)
    assert.notEqual(again.token, first.token)
    const moved = await entered(ana.proof(), { ...stranger(), device: first.device })
    assert.deepEqual(moved.account.notices, [], 'the same device elsewhere')
    const other = await entered(await byPasskey(ana), { ...stranger(), agent: 'Safari\u0000 on\na phone' })
    assert.deepEqual(
      other.account.notices.map(({ kind, about, address }) => [kind, about, address]),
      [['new-device', 'Safari on a phone', `198.51.100.${addresses}`]],
    )
    const invented = await entered(ana.proof(), { ...stranger(), device: 'chosen by somebody else' })
    assert.match(invented.device ?? '', /^sgd_/, 'a cookie that is not of ours is not taken over')
    const known = (await people.accounts.find(ana.account.id))?.value.known
    assert.equal(JSON.stringify(known).includes(first.device!), false)
    const sessions = await people.sessions.list(ana.account.id)
    assert.deepEqual(sessions.map(({ method, device }) => [method, device]).at(-2), [
      'passkey',
      'Safari on a phone',
    ])
  })

  test('bearer tokens are of a demonstration and this machine', async () => {
    const ana = await someone()
    const here: From = { address: '127.0.0.1', isForwarded: false, origin }
    const plain = (from: From, at: People) => at.signIn({ proof: ana.proof(), isPlain: true }, from)
    const demo = process(vault, { isDemo: true })
    assert.equal((await plain(here, people)).status, 'refused', 'a real home')
    assert.equal((await plain({ ...here, isForwarded: true }, demo)).status, 'refused')
    assert.equal((await plain({ ...here, address: '192.0.2.7' }, demo)).status, 'refused')
    assert.equal((await people.signIn({ proof: ana.proof() }, here)).status, 'refused', 'without a key')
    const signed = await plain(here, demo)
    assert.ok(signed.status === 'signed-in')
    assert.equal(signed.device, undefined)
  })
})

describe('guessing', () => {
  /** Tries of an account's password from addresses that nobody has come from. */
  const guesses = (of: Pick<Someone, 'account'>, times: number, at = people) =>
    Promise.all(Array.from({ length: times }, () => signIn(wrong(of), stranger(), at)))

  const statusesOf = (results: SignedIn[]) =>
    Object.fromEntries(
      Object.entries(Object.groupBy(results, ({ status }) => status)).map(([status, all]) => [
        status,
        all?.length,
      ]),
    )

  test('twenty at the same moment count as twenty, here and in another process, and a restart forgets none', async () => {
    const ana = await someone()
    const second = process(await vault.another())
    const before = await vault.sql`select id from throttle`
    const both = await Promise.all([guesses(ana, 10), guesses(ana, 10, second)])
    assert.deepEqual(statusesOf(both.flat()), { refused: 6, wait: 14 })
    const [account] = await vault.sql<{ weight: number }[]>`
      select weight from throttle where not id = any(${before.map(({ id }) => String(id))}::uuid[]) order by weight desc limit 1`
    assert.ok(account && account.weight > 19.9 && account.weight <= 20, `${account?.weight}`)
    const restarted = process(await vault.another())
    const later = await signIn(ana.proof(), stranger(), restarted)
    assert.ok(later.status === 'wait' && later.seconds >= 1 && later.seconds <= 60, JSON.stringify(later))
  })

  test('keeps out nobody: neither who has a passkey, nor whose device or address is known', async () => {
    const ana = await someone()
    const home = stranger()
    const { device } = await entered(ana.proof(), home)
    assert.deepEqual(statusesOf(await guesses(ana, 20)).wait! >= 14, true)
    assert.equal((await signIn(ana.proof())).status, 'wait', 'somebody from nowhere known')
    await entered(ana.proof(), { ...stranger(), device })
    await entered(ana.proof(), home)
    await entered(await byPasskey(ana))
    // Where its own address is known, a new device is no stranger either.
    await entered(ana.proof(), { ...home, device: `sgd_${'x'.repeat(43)}` })
  })

  test('from a known address is slowed too, and that of a known device is not its business', async () => {
    const ana = await someone()
    const ward = stranger()
    const { device } = await entered(ana.proof(), ward)
    const tries: SignedIn[] = []
    for (let n = 0; n < 8; n++) tries.push(await signIn(wrong(ana), ward))
    assert.deepEqual(statusesOf(tries), { refused: 6, wait: 2 })
    await entered(ana.proof(), { ...ward, device })
    const own: SignedIn[] = []
    for (let n = 0; n < 8; n++) own.push(await signIn(wrong(ana), { ...ward, device }))
    assert.deepEqual(statusesOf(own), { refused: 6, wait: 2 }, 'at the device itself')
  })

  test('at many accounts from one address makes that wait, of IPv6 the network, and nobody elsewhere or known there', async () => {
    const ana = await someone()
    const ward: From = { ...stranger(), address: '2001:db8:1:2::1' }
    await entered(ana.proof(), ward)
    const statuses: string[] = []
    for (let n = 0; n < 60; n++) {
      const from = { ...ward, address: `2001:db8:1:2::${n}` }
      statuses.push((await signIn(wrong({ account: testAccount(`nobody.${n}`) }), from)).status)
    }
    assert.ok(statuses.lastIndexOf('refused') >= 39 && statuses.includes('wait'), statuses.join(' '))
    const bea = await someone()
    assert.equal((await signIn(bea.proof(), ward)).status, 'wait')
    await entered(bea.proof(), { ...ward, address: '2001:db8:1:3::1' })
    await entered(ana.proof(), ward)
  })

  test('through a proxy: its address is nobody’s, neither known nor slowed', async () => {
    const ana = await someone()
    const proxied: From = { address: '127.0.0.1', isForwarded: true, origin }
    const { device } = await entered(ana.proof(), proxied)
    for (let n = 0; n < 60; n++) await signIn(wrong({ account: testAccount(`none.${n}`) }), proxied)
    await entered((await someone()).proof(), proxied)
    for (let n = 0; n < 8; n++) await signIn(wrong(ana), proxied)
    assert.equal((await signIn(ana.proof(), proxied)).status, 'wait')
    await entered(ana.proof(), { ...proxied, device })
  })

  test('a minute at most, also where the clock was set back', async () => {
    const ana = await someone()
    await guesses(ana, 40)
    const told = await signIn(wrong(ana))
    assert.ok(told.status === 'wait' && told.seconds <= 60)
    await vault.sql`update throttle set free_at = clock_timestamp() + interval '3 days' where free_at is not null`
    assert.equal((await signIn(wrong(ana))).status, 'refused')
    await vault.sql`update throttle set free_at = null, weight = least(weight, 3)`
    await entered(ana.proof())
  })

  test('says nothing of who has an account: the same for a login that nobody has', async () => {
    const ana = await someone()
    const nobody = { account: testAccount('zz.nobody') }
    const series = async (of: Pick<Someone, 'account'>) => {
      const all: SignedIn[] = []
      for (let n = 0; n < 12; n++) all.push(await signIn(wrong(of)))
      return all
    }
    assert.deepEqual(await series(ana), await series(nobody))
    const suspended = await someone()
    await people.accounts.change(
      suspended.account.id,
      (one) => ({ ...one, status: 'suspended' }),
      who,
      'suspended',
    )
    const right = suspended.proof()
    assert.deepEqual(await signIn(right), await signIn(wrong(await someone())))
    const flow = (await people.factors.passkeyOptions(origin, { purpose: 'sign-in', thumbprint }))!
    const response = suspended.key.get(flow.options)
    assert.deepEqual(
      await signIn({ kind: 'passkey', flow: flow.flow, response }),
      await signIn({
        kind: 'passkey',
        flow: flow.flow,
        response: softAuthenticator(origin).get(flow.options),
      }),
    )
  })

  test('takes as long for a login that nobody has', async () => {
    // Dear enough to be seen, in turns, so that what else the machine does is in both.
    const dear = process(vault, { passwordCost: { memoryKiB: 4_096, passes: 1, lanes: 1 } })
    const known = await someone(dear)
    const nobody = { account: testAccount('yy.nobody') }
    const measure = async (of: Pick<Someone, 'account'>): Promise<number> => {
      await vault.sql`delete from throttle`
      const from = stranger()
      const began = performance.now()
      await signIn(wrong(of), from, dear)
      return performance.now() - began
    }
    const median = (all: number[]) => all.toSorted((a, b) => a - b)[all.length >> 1]!
    // Whatever else the machine does, a difference that is there is there each time.
    const found: string[] = []
    for (let round = 0; round < 6; round++) {
      const taken = { known: [] as number[], nobody: [] as number[] }
      for (let n = 0; n < 15; n++) {
        taken.known.push(await measure(known))
        taken.nobody.push(await measure(nobody))
      }
      const [ofKnown, ofNobody] = [median(taken.known), median(taken.nobody)]
      if (Math.abs(ofKnown - ofNobody) / Math.min(ofKnown, ofNobody) < 0.2) return
      found.push(`${ofKnown} and ${ofNobody} ms`)
    }
    assert.fail(found.join(', '))
  })
})

describe('showing factors again', () => {
  test('gives a new token, takes nobody else’s factors, and is slowed for that session alone', async () => {
    const [ana, bea] = [await someone(), await someone()]
    const from = stranger()
    const signed = await entered(ana.proof(), from)
    const person = {
      account: ana.account.id,
      person: ana.account.person,
      login: ana.account.login,
      name: 'Ana',
      roles: ana.account.roles,
      represents: [],
      session: signed.session,
      key: thumbprint,
    }
    assert.equal((await people.stepUp(person, bea.proof(), from)).status, 'refused')
    assert.equal((await people.stepUp(person, await byPasskey(ana), from)).status, 'refused', 'of a sign-in')
    const used = ana.proof()
    const again = await people.stepUp(person, used, from)
    assert.ok(again.status === 'stepped-up')
    assert.notEqual(again.token, signed.token)
    assert.equal(
      (await people.stepUp({ ...person, session: again.session }, used, from)).status,
      'refused',
      'a code twice',
    )
    const tries: string[] = []
    for (let n = 0; n < 8; n++)
      tries.push((await people.stepUp({ ...person, session: again.session }, wrong(ana), from)).status)
    assert.equal(tries.at(-1), 'wait')
    await entered(ana.proof(), { ...from, device: signed.device })
  })

  test('who was made somebody else’s meanwhile does not get in by what was right before', async () => {
    const ana = await someone()
    const verify = people.factors.verify
    const late = { ...people.factors }
    late.verify = async (proof, context) => {
      const proven = await verify(proof, context)
      // Between the factors and the session an officer ends all that the account has.
      await people.accounts.change(
        ana.account.id,
        (one) => ({ ...one, generation: one.generation + 1 }),
        who,
        'ended',
      )
      return proven
    }
    const { createEntrance } = await import('./signing-in.ts')
    const { createThrottling } = await import('./throttling/index.ts')
    const { SteadyClock } = await import('./clock.ts')
    const entrance = createEntrance({
      ...people,
      factors: late,
      throttling: createThrottling(vault),
      ledger: vault.ledger,
      clock: new SteadyClock(now),
      isDemo: false,
    })
    const signed = await entrance.signIn({ proof: ana.proof(), thumbprint }, stranger())
    assert.equal(signed.status, 'refused')
    assert.deepEqual(await people.sessions.list(ana.account.id), [])
  })
})

test('refused tries are in the ledger with whose account it was, what nobody has is not, and no flood fills it', async (t) => {
  const own = await testVault(t)
  assert.deepEqual(await own.ledger.start(), { status: 'ok' })
  const theirs = process(own)
  const ana = await someone(theirs)
  const results: SignedIn[] = [await signIn(wrong(ana), stranger(), theirs)]
  const typed = 'my-password-typed-too-early'
  for (let n = 0; n < 80; n++)
    results.push(await signIn(wrong({ account: testAccount(`${typed}-${n}`) }), stranger(), theirs))
  const signed = await entered(ana.proof(), stranger(), theirs)
  while ((await own.sql`select from ledger_staged`).length > 0) await delay(10)
  const { entries } = await own.ledger.query({ actions: ['sign-in'], limit: 200 })
  const refused = entries.filter(({ outcome }) => outcome === 'refused')
  assert.equal(refused.length, 60)
  assert.equal(results.filter((each) => each.status === 'refused' && !each.isRecorded).length, 21)
  assert.deepEqual(
    [refused[0]?.details?.query, refused[0]?.details?.reason],
    [`password, ${ana.account.login}`, 'wrong-password'],
  )
  assert.deepEqual([refused[1]?.details?.query, refused[1]?.details?.reason], ['password', 'no-such-account'])
  const text = JSON.stringify(entries)
  for (const secret of [typed, signed.token, password, signed.device!])
    assert.equal(text.includes(secret), false)
})
