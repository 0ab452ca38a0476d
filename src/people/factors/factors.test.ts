/** Two factors or nothing: what is taken for a proof, and what is not. */
import assert from 'node:assert/strict'
import { before, after, describe, test } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { randomUuid } from '#kernel/crypto/index.ts'
import {
  otherKey,
  softAuthenticator,
  type Otherwise,
  type SoftAuthenticator,
} from '#test/kit/authenticator.ts'
import type { Scope } from '#test/kit/scope.ts'
import type { Sql } from '#kernel/db/index.ts'
import { testVault, type TestVault } from '#test/kit/vault.ts'
import { createAccounts, type Account, type Accounts } from '../accounts/index.ts'
import { createAuthority } from '../authority/index.ts'
import {
  createFactors,
  withPasskey,
  withPassword,
  type Proof,
  type ProofContext,
  withoutFactor,
  withRecovery,
  type SigningIn,
} from './index.ts'
import { createPasswords, type Passwords } from './passwords.ts'

const origin = 'https://vault.example.org'
const who = { actor: 'tester', client: 'test', address: '192.0.2.1' }
const cheap = { memoryKiB: 64, passes: 1, lanes: 1 }
const password = 'un cuaderno verde oliva'

interface House {
  accounts: Accounts
  factors: SigningIn
  passwords: Passwords
}

const ends: (() => unknown)[] = []
after(async () => {
  for (const end of ends.toReversed()) await end()
})
const scope: Scope = { after: (end) => void ends.push(end) }

let vault: TestVault
let house: House
/** The clocks of these processes: they stand in the middle of a time step, and go on when they are told to. */
const startMs = Math.floor(Date.now() / 30_000) * 30_000 + 15_000
let aheadMs = 0
const now = () => startMs + aheadMs

/** As one process has it: never back. */
function steady(): () => number {
  let latest = 0
  return () => (latest = Math.max(latest, Math.floor(now() / 1000)))
}

/** A process of its own over the same database. */
async function another(): Promise<House> {
  return houseOf(await vault.another())
}

function houseOf(parts: Pick<TestVault, 'sql' | 'keys' | 'ledger'>): House {
  const authority = createAuthority(parts)
  const accounts = createAccounts({ authority })
  const passwords = createPasswords(cheap)
  return {
    accounts,
    passwords,
    factors: createFactors({ ...parts, authority, accounts, now: steady(), passwords }),
  }
}

before(async () => {
  vault = await testVault(scope)
  house = houseOf(vault)
})

interface Person {
  id: string
  login: string
  key: SoftAuthenticator
  /** The code of this moment, `steps` later or earlier. */
  code(steps?: number): string
  recovery: string[]
}

let count = 0

async function enrolled(options: Parameters<typeof softAuthenticator>[1] = {}): Promise<Person> {
  const { factors, accounts } = house
  const id = randomUuid()
  const login = `ana${++count}`
  const name = 'Dra. Ana Ruiz Pérez'
  const bare: Account = {
    id,
    login,
    name,
    person: randomUuid(),
    roles: ['physician'],
    language: 'es',
    factors: { passkeys: [], recovery: [] },
    generation: 1,
    status: 'active',
    notices: [],
    known: [],
  }
  const key = softAuthenticator(origin, options)
  const registering = await factors.registrationOptions(origin, { id, login, name, passkeys: [] }, 'browser')
  assert.ok(registering)
  const setting = { account: id, thumbprint: 'browser' }
  const response = key.create(registering.options)
  const made = await factors.readPasskey(
    origin,
    { flow: registering.flow, response, label: ' Llave\nazul ' },
    setting,
  )
  assert.equal(made.status, 'ok')
  const offer = await factors.offerTotp(login, setting)
  const app = new TOTP({ secret: Secret.fromBase32(offer.secret) })
  const code = (steps = 0) => app.generate({ timestamp: now() + steps * 30_000 })
  const totp = await factors.readTotp({ flow: offer.flow, code: code() }, setting)
  const hashed = await factors.hashPassword(password, { login, name })
  assert.ok(totp.status === 'ok' && hashed.status === 'ok')
  const { codes, hashes } = factors.newRecovery(id)
  const where = { at: 1, address: '192.0.2.1' }
  const account = withPasskey(bare, made.passkey, where)
  assert.ok(!('refused' in account))
  const parts = { password: hashed.password, totp: totp.totp, recovery: hashes }
  assert.equal(await accounts.add(withPassword(account, parts, where), who), 'added')
  return { id, login, key, code, recovery: codes }
}

const context: ProofContext = { purpose: 'sign-in', origin, thumbprint: 'browser', who }

const byPassword = (person: { login: string }, code: string, given = password): Proof => ({
  kind: 'password',
  login: person.login,
  password: given,
  code,
})

async function byPasskey({ key }: { key: SoftAuthenticator }, otherwise: Otherwise = {}): Promise<Proof> {
  const asked = await house.factors.passkeyOptions(origin, { purpose: 'sign-in', thumbprint: 'browser' })
  assert.ok(asked)
  return { kind: 'passkey', flow: asked.flow, response: key.get(asked.options, otherwise) }
}

/** What came of it, in a word. */
async function tried(
  proof: Proof | Promise<Proof>,
  more: Partial<ProofContext> = {},
  of = house,
): Promise<string> {
  const proven = await of.factors.verify(await proof, { ...context, ...more })
  if (proven.status === 'verified') return proven.method
  return proven.status === 'refused' ? proven.reason : proven.status
}

describe('a passkey', () => {
  for (const algorithm of ['ES256', 'EdDSA'] as const)
    test(`signs in by itself, ${algorithm}`, async () => {
      const ana = await enrolled({ algorithm })
      const proven = await house.factors.verify(await byPasskey(ana), context)
      assert.ok(proven.status === 'verified')
      assert.deepEqual([proven.account.id, proven.method], [ana.id, 'passkey'])
      assert.equal(proven.account.factors.passkeys[0]?.label, 'Llave azul')
    })

  test('options name no login’s passkeys, and ask for whoever holds it', async () => {
    const asked = await house.factors.passkeyOptions(origin, { purpose: 'sign-in', thumbprint: 'browser' })
    assert.deepEqual(asked?.options.allowCredentials, undefined)
    assert.equal(asked?.options.userVerification, 'required')
    assert.equal(asked?.options.rpId, 'vault.example.org')
    for (const address of ['https://192.0.2.7', 'http://127.0.0.1:8080', 'https://[::1]:8443']) {
      assert.equal(await house.factors.passkeyOptions(address, { purpose: 'sign-in' }), undefined, address)
      const owner = { id: randomUuid(), login: 'a', name: 'A', passkeys: [] }
      assert.equal(await house.factors.registrationOptions(address, owner), undefined, address)
    }
  })

  const wrong: { name: string; otherwise: Otherwise; want?: string }[] = [
    { name: 'of a page of another origin', otherwise: { origin: 'https://vault.example.org.evil.example' } },
    { name: 'of this host without TLS', otherwise: { origin: 'http://vault.example.org' } },
    { name: 'of another RP ID', otherwise: { rpId: 'example.org' } },
    { name: 'without whoever holds it being verified', otherwise: { isVerified: false } },
    { name: 'without anybody being there', otherwise: { isPresent: false } },
    {
      name: 'to a challenge of its own',
      otherwise: { challenge: Buffer.alloc(32, 7).toString('base64url') },
    },
    { name: 'within a page of another', otherwise: { crossOrigin: true } },
    { name: 'with another origin on top', otherwise: { topOrigin: 'https://evil.example' } },
    { name: 'which was made to register', otherwise: { type: 'webauthn.create' } },
    { name: 'by another key', otherwise: { key: otherKey() } },
    { name: 'of a passkey that says it is another kind', otherwise: { isBackedUp: false } },
    { name: 'that names nobody', otherwise: { userHandle: null }, want: 'no-such-account' },
    {
      name: 'that names nobody known',
      otherwise: { userHandle: 'AAAAAAAAAAAAAAAAAAAAAA' },
      want: 'no-such-account',
    },
    { name: 'that names what is no id', otherwise: { userHandle: 'YW5h' }, want: 'no-such-account' },
  ]
  for (const { name, otherwise, want = 'wrong-assertion' } of wrong)
    test(`an answer ${name} is none`, async () => {
      assert.equal(await tried(byPasskey(await enrolled(), otherwise)), want)
    })

  test('somebody else’s passkey under one’s own name, and one’s own under another’s, are none', async () => {
    const [ana, eva] = [await enrolled(), await enrolled()]
    const handle = Buffer.from(eva.id.replaceAll('-', ''), 'hex').toString('base64url')
    assert.equal(await tried(byPasskey(ana, { userHandle: handle })), 'no-such-passkey')
    const proof = await byPasskey(ana, { userHandle: handle })
    assert.ok(proof.kind === 'passkey')
    const renamed = { ...proof.response, id: eva.key.id, rawId: eva.key.id }
    assert.equal(await tried({ ...proof, response: renamed }), 'wrong-assertion')
  })

  test('a challenge is answered once, by whoever comes first, in all processes', async () => {
    const ana = await enrolled()
    const asked = (await house.factors.passkeyOptions(origin, { purpose: 'sign-in', thumbprint: 'browser' }))!
    const answers = Array.from({ length: 10 }, () => ana.key.get(asked.options))
    const elsewhere = await another()
    const tries = await Promise.all(
      [...answers, answers[0]!].map((response, n) =>
        tried({ kind: 'passkey', flow: asked.flow, response }, {}, n % 2 ? house : elsewhere),
      ),
    )
    assert.deepEqual(tries.toSorted(), ['passkey', ...Array.from({ length: 10 }, () => 'used-flow')])
    assert.equal(
      await tried({ kind: 'passkey', flow: asked.flow, response: ana.key.get(asked.options) }),
      'used-flow',
    )
  })

  test('a flow is of one browser, one purpose, one account, five minutes, and ours', async () => {
    const ana = await enrolled()
    assert.equal(await tried(byPasskey(ana), { thumbprint: 'another' }), 'flow')
    const { thumbprint: _, ...unbound } = context
    const anyBrowser = await house.factors.verify(await byPasskey(ana), unbound)
    assert.equal(anyBrowser.status, 'refused')
    assert.equal(await tried(byPasskey(ana), { purpose: 'step-up' }), 'flow')
    assert.equal(await tried(byPasskey(ana), { account: ana.id }), 'flow')
    const proof = await byPasskey(ana)
    assert.ok(proof.kind === 'passkey')
    const altered = `${proof.flow.slice(0, 40)}${proof.flow[40] === 'A' ? 'B' : 'A'}${proof.flow.slice(41)}`
    for (const flow of [altered, '', 'x', proof.flow.slice(0, -4), 'A'.repeat(900), 'A'.repeat(9_000)])
      assert.equal(await tried({ ...proof, flow }), 'flow')
    assert.equal(await tried(proof), 'passkey', 'it is good as it is')
  })

  test('a flow that has ended begins no more where the clock is set back', async () => {
    const ana = await enrolled()
    const clocked = await another()
    const asked = (await clocked.factors.passkeyOptions(origin, {
      purpose: 'sign-in',
      thumbprint: 'browser',
    }))!
    const proof: Proof = { kind: 'passkey', flow: asked.flow, response: ana.key.get(asked.options) }
    aheadMs = 301_000
    const late = await tried(proof, {}, clocked)
    aheadMs = 0
    assert.deepEqual([late, await tried(proof, {}, clocked)], ['flow', 'flow'])
  })

  test('one that counts back is there twice: it counts no more, sessions end, the person is told', async () => {
    const ana = await enrolled({ counts: true })
    const thief = ana.key.clone()
    assert.equal(await tried(byPasskey(ana)), 'passkey')
    assert.equal(await tried(byPasskey(ana)), 'passkey')
    assert.equal(await tried(byPasskey({ key: thief })), 'cloned-passkey')
    assert.equal(await tried(byPasskey(ana)), 'suspended-passkey', 'whoever it was')
    const { value } = (await house.accounts.find(ana.id))!
    assert.equal(value.generation, 2)
    assert.equal(value.notices.at(-1)?.kind, 'passkey-cloned')
    assert.ok(value.factors.passkeys[0]?.suspendedAt)
    assert.equal(await tried(byPassword(ana, ana.code(1))), 'password-totp', 'the other way stays')
  })

  test('what was signed before, sent again, does not look like a clone', async () => {
    const ana = await enrolled({ counts: true })
    const first = await byPasskey(ana)
    assert.equal(await tried(first), 'passkey')
    assert.equal(await tried(byPasskey(ana)), 'passkey')
    assert.equal(await tried(first), 'used-flow')
    assert.equal(await tried(byPasskey(ana)), 'passkey')
  })

  test('of two that say the same number at the same moment one is a clone', async () => {
    const ana = await enrolled({ counts: true })
    const proofs = await Promise.all([byPasskey(ana), byPasskey({ key: ana.key.clone() }, { counter: 2 })])
    const elsewhere = await another()
    const tries = await Promise.all(proofs.map((proof, n) => tried(proof, {}, n ? house : elsewhere)))
    assert.deepEqual(tries.toSorted(), ['cloned-passkey', 'passkey'])
  })
})

describe('registering a passkey', () => {
  const registering = async (setting = { account: randomUuid(), thumbprint: 'browser' }) => {
    const owner = { id: setting.account, login: 'eva', name: 'Eva', passkeys: [] }
    return { setting, ...(await house.factors.registrationOptions(origin, owner, setting.thumbprint))! }
  }

  test('asks for one that knows who holds it and whose account it is, and for no attestation', async () => {
    const { options } = await registering()
    assert.equal(options.attestation, 'none')
    assert.equal(options.authenticatorSelection?.userVerification, 'required')
    assert.equal(options.authenticatorSelection?.residentKey, 'required')
    assert.deepEqual(
      options.pubKeyCredParams.map(({ alg }) => alg),
      [-8, -7, -257],
    )
    const ana = await enrolled()
    const { value } = (await house.accounts.find(ana.id))!
    const again = await house.factors.registrationOptions(origin, {
      ...value,
      passkeys: value.factors.passkeys,
    })
    assert.deepEqual(
      again?.options.excludeCredentials?.map(({ id }) => id),
      [ana.key.id],
    )
  })

  const refused: { name: string; otherwise: Otherwise }[] = [
    { name: 'without whoever holds it being verified', otherwise: { isVerified: false } },
    { name: 'for another RP ID', otherwise: { rpId: 'evil.example' } },
    { name: 'on a page of another origin', otherwise: { origin: 'https://evil.example' } },
    { name: 'within a page of another', otherwise: { crossOrigin: true } },
    { name: 'to another challenge', otherwise: { challenge: 'AAAA' } },
    { name: 'which was made to sign in', otherwise: { type: 'webauthn.get' } },
    {
      name: 'with certificates that say where to fetch more',
      otherwise: { certificate: new Uint8Array(300) },
    },
  ]
  for (const { name, otherwise } of refused)
    test(`one ${name} is refused`, async () => {
      const { setting, flow, options } = await registering()
      const response = softAuthenticator(origin).create(options, otherwise)
      assert.deepEqual(await house.factors.readPasskey(origin, { flow, response, label: '' }, setting), {
        status: 'refused',
      })
    })

  test('a challenge registers one, in this browser, for this account', async () => {
    const { setting, flow, options } = await registering()
    const read = (response: ReturnType<SoftAuthenticator['create']>, more = {}) =>
      house.factors.readPasskey(origin, { flow, response, label: '' }, { ...setting, ...more })
    const made = softAuthenticator(origin).create(options)
    assert.equal((await read(made, { account: randomUuid() })).status, 'refused')
    assert.equal((await read(made, { thumbprint: 'another' })).status, 'refused')
    assert.equal((await read(made)).status, 'ok')
    assert.equal((await read(made)).status, 'refused')
    assert.equal((await read(softAuthenticator(origin).create(options))).status, 'refused')
  })

  test('a flow to register is none to sign in with', async () => {
    const ana = await enrolled()
    const { flow, options } = await registering({ account: ana.id, thumbprint: 'browser' })
    const request = { challenge: options.challenge, rpId: 'vault.example.org' }
    assert.equal(await tried({ kind: 'passkey', flow, response: ana.key.get(request) }), 'flow')
  })
})

describe('password and code', () => {
  test('both together sign in, neither alone', async () => {
    const ana = await enrolled()
    assert.equal(await tried(byPassword(ana, ana.code(1), 'un cuaderno verde')), 'wrong-password')
    assert.equal(await tried(byPassword(ana, '')), 'wrong-code')
    const other = ana.code(1) === '000000' ? '000001' : '000000'
    assert.equal(await tried(byPassword(ana, other)), 'wrong-code')
    assert.equal(await tried(byPassword({ login: 'nobody' }, ana.code(1))), 'no-such-account')
    assert.equal(
      await tried(byPassword(ana, ana.code(1))),
      'password-totp',
      'a wrong password uses up no code',
    )
    const shouted: Proof = {
      kind: 'password',
      login: ` ${ana.login.toUpperCase()} `,
      password,
      code: ana.code(-1),
    }
    assert.equal(await tried(shouted), 'password-totp', 'a login is the same however it is written')
  })

  test('a step is used once: twenty connections, two processes, one gets in', async () => {
    const ana = await enrolled()
    const elsewhere = await another()
    const code = ana.code(1)
    const tries = await Promise.all(
      Array.from({ length: 20 }, (_, n) => tried(byPassword(ana, code), {}, n % 2 ? house : elsewhere)),
    )
    assert.deepEqual(tries.toSorted(), ['password-totp', ...Array.from({ length: 19 }, () => 'used-code')])
    assert.equal(await tried(byPassword(ana, code), { purpose: 'step-up', account: ana.id }), 'used-code')
  })

  test('the code that showed that the app is set up was used by that', async () => {
    const ana = await enrolled()
    assert.equal(await tried(byPassword(ana, ana.code())), 'used-code')
  })

  test('codes of two steps ago and of two steps ahead are none; a clock set back brings none again', async () => {
    const ana = await enrolled()
    for (const steps of [-10, -2, 2, 10])
      assert.equal(await tried(byPassword(ana, ana.code(steps))), 'wrong-code')
    const clocked = await another()
    const used = ana.code(1)
    assert.equal(await tried(byPassword(ana, used), {}, clocked), 'password-totp')
    const missed = ana.code(-1)
    aheadMs = 3600_000
    assert.equal(await tried(byPassword(ana, missed), {}, clocked), 'wrong-code')
    aheadMs = 0
    assert.equal(await tried(byPassword(ana, missed), {}, clocked), 'wrong-code', 'it has passed')
    // Another process whose clock was never right: what was used stays used.
    assert.equal(await tried(byPassword(ana, used), {}, await another()), 'used-code')
  })

  test('a recovery code stands in for the code once, and for nothing else', async () => {
    const ana = await enrolled()
    const [first = '', second = ''] = ana.recovery
    assert.match(first, /^([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$/)
    assert.equal(new Set(ana.recovery).size, 10)
    assert.equal(await tried(byPassword(ana, first, 'another password')), 'wrong-password')
    assert.equal(await tried(byPassword(ana, second, first)), 'wrong-password', 'not for the password')
    const elsewhere = await another()
    const tries = await Promise.all(
      Array.from({ length: 10 }, (_, n) => tried(byPassword(ana, first), {}, n % 2 ? house : elsewhere)),
    )
    assert.equal(tries.filter((each) => each === 'password-recovery').length, 1)
    assert.equal(await tried(byPassword(ana, first)), 'wrong-code')
    const typed = second.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')
    assert.equal(await tried(byPassword(ana, typed)), 'password-recovery', 'however it is typed')
    const { value } = (await house.accounts.find(ana.id))!
    assert.equal(value.factors.recovery.length, 8)
    assert.deepEqual(value.notices.filter(({ kind }) => kind === 'recovery-used').length, 2)
    const eva = await enrolled()
    assert.equal(await tried(byPassword(eva, ana.recovery[5]!)), 'wrong-code', 'nor for another’s')
  })

  test('without a TOTP neither the password nor a recovery code is a way in', async () => {
    const ana = await enrolled()
    await house.accounts.change(
      ana.id,
      (account) => {
        const { totp: _, ...left } = account.factors
        return { ...account, factors: left }
      },
      who,
      'without a TOTP',
    )
    for (const code of [ana.code(), ana.code(1), '', ana.recovery[0]!])
      assert.equal(await tried(byPassword(ana, code)), 'wrong-code')
  })

  test('whoever is suspended gets in by nothing, and whoever steps up is who they were', async () => {
    const [ana, eva] = [await enrolled(), await enrolled()]
    const stepUp = { purpose: 'step-up', account: ana.id } as const
    assert.equal(await tried(byPassword(eva, eva.code(1)), stepUp), 'another-account')
    assert.equal(await tried(byPassword(ana, ana.code(1)), stepUp), 'password-totp')
    const asked = (await house.factors.passkeyOptions(origin, { ...stepUp, thumbprint: 'browser' }))!
    const proofOf = ({ key }: Person): Proof => ({
      kind: 'passkey',
      flow: asked.flow,
      response: key.get(asked.options),
    })
    assert.equal(await tried(proofOf(eva), stepUp), 'another-account')
    await house.accounts.change(ana.id, (account) => ({ ...account, status: 'suspended' }), who, 'suspended')
    assert.equal(await tried(byPassword(ana, ana.code(-1))), 'suspended')
    assert.equal(await tried(byPassword(ana, ana.recovery[0]!)), 'suspended')
    assert.equal(await tried(byPasskey(ana)), 'suspended')
  })

  test('whatever is wrong, the same is computed and the same is asked of the database', async () => {
    const ana = await enrolled()
    const parts = await vault.another()
    const watched = counted(parts.sql)
    const { factors, passwords } = houseOf({ ...parts, sql: watched.sql })
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
      const before = watched.asked()
      const { status } = await factors.verify(proof, context)
      assert.equal(status, 'refused', name)
      assert.equal(passwords.computed() - computed, 1, name)
      assert.equal(watched.asked().slice(before.length), 'rru', name)
    }
  })
})

test('factors come and go, each is told to the person, and one whole way in always stays', async () => {
  const where = { at: 5, address: '192.0.2.9' }
  const ana = await enrolled()
  const { value: account } = (await house.accounts.find(ana.id))!
  const [passkey] = account.factors.passkeys
  assert.ok(passkey)
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

/** The same database, and what is asked of it, a letter for each statement. */
function counted(sql: Sql): { sql: Sql; asked: () => string } {
  let asked = ''
  const watched = new Proxy(sql, {
    apply(target, self, parts: [TemplateStringsArray, ...unknown[]]) {
      const text = parts[0].join(' ')
      if (/^\s*(select|insert|with|update|delete)/.test(text)) asked += /used_once/.test(text) ? 'u' : 'r'
      return Reflect.apply(target, self, parts) as unknown
    },
  })
  return { sql: watched, asked: () => asked }
}
