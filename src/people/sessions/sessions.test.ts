/** A session is its browser's alone, ends when it should everywhere, and is what the ledger knows and nothing else. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { randomUuid } from '#kernel/crypto/index.ts'
import { browserKey, testAccount, testPeople, type BrowserKey } from '#test/kit/people.ts'
import { testVault, type TestVault } from '#test/kit/vault.ts'
import { createAccounts, type Account } from '../accounts/index.ts'
import { createAuthority } from '../authority/index.ts'
import { SteadyClock } from '../clock.ts'
import type { Admission, Credentials } from '../credentials.ts'
import type { People } from '../people.ts'
import { SessionKeeper } from './sessions.ts'

const origin = 'https://vault.example.org'
const who = { actor: 'tester', client: 'test', address: 'local' }
const url = `${origin}/fhir/R4/Patient/p1`

const ends: (() => unknown)[] = []
after(async () => {
  for (const end of ends.toReversed()) await end()
})

let vault: TestVault
let people: People
/** Another process, over the same database; a demonstration. */
let second: People
let ana: Account
let key: BrowserKey
let other: BrowserKey

before(async () => {
  vault = await testVault({ after: (end) => void ends.push(end) })
  people = testPeople(vault, { isDemo: false })
  second = testPeople(await vault.another(), { isDemo: true })
  ana = await added('ana.ruiz')
  ;[key, other] = await Promise.all([browserKey(), browserKey()])
})

async function added(login: string, more: Partial<Account> = {}): Promise<Account> {
  const account = testAccount(login, more)
  assert.equal(await people.accounts.add(account, who), 'added')
  return account
}

interface SignedIn {
  token: string
  id: string
}

const as = ({ id }: Account) => ({ ...who, actor: `person/${id}` })

async function signedIn(account = ana, at = people): Promise<SignedIn> {
  const { value } = (await at.accounts.find(account.id))!
  const { token, session } = await at.sessions.start(
    { account: value, method: 'passkey', key: key.thumbprint, device: 'Firefox', address: '192.0.2.1' },
    as(account),
  )
  return { token, id: session.id }
}

async function plain(account = ana): Promise<string> {
  const { token } = await second.sessions.start(
    { account, method: 'password-totp', isPlain: true, device: 'sigilo', address: '127.0.0.1' },
    as(account),
  )
  return token
}

const sent = (token: string, more: Partial<Credentials> = {}): Credentials => ({
  scheme: 'cookie',
  token,
  proofs: [],
  method: 'GET',
  url,
  origin,
  page: 'own',
  address: '192.0.2.1',
  isForwarded: false,
  ...more,
})

/** With a proof of the key, and a nonce of the server that is asked. */
async function proven(
  { token, id }: SignedIn,
  { at = people, by = key, htm, htu, ...more }: Partial<Credentials> & Asking = {},
): Promise<Admission> {
  const { method = 'GET', url: address = url } = more
  const challenged = await at.admit(sent(token, { method: 'POST' }))
  const nonce = challenged.status === 'invalid' ? challenged.nonce : undefined
  const proof = await by.proof({ htm: htm ?? method, htu: htu ?? address, nonce }, id)
  return at.admit(sent(token, { proofs: [proof], ...more }))
}

interface Asking {
  at?: People
  by?: BrowserKey
  htm?: string
  htu?: string
}

const isValid = async (admission: Admission | Promise<Admission>) => (await admission).status === 'valid'

/** Milliseconds until it is good no more. */
async function endsWithin(session: SignedIn, at: People): Promise<number> {
  const started = performance.now()
  while (await isValid(proven(session, { at }))) {
    assert.ok(performance.now() - started < 10_000, 'it goes on')
    await delay(20)
  }
  return performance.now() - started
}

describe('in a browser', () => {
  test('the cookie and proofs of its key are who signed in', async () => {
    const session = await signedIn()
    const admission = await proven(session)
    assert.ok(admission.status === 'valid')
    assert.deepEqual(admission.principal, {
      actor: `person/${ana.id}`,
      client: 'web',
      person: {
        account: ana.id,
        person: ana.person,
        login: 'ana.ruiz',
        name: ana.name,
        roles: ['physician'],
        represents: [],
        session: session.id,
        key: key.thumbprint,
      },
    })
    assert.equal(await isValid(proven(session, { method: 'POST' })), true)
    assert.equal(await isValid(proven(session, { method: 'HEAD' })), true)
  })

  test('the cookie alone is nothing, nor with the proof of another key, session, method or address', async () => {
    const session = await signedIn()
    const challenged = await people.admit(sent(session.token))
    assert.equal(challenged.status, 'invalid')
    assert.match(String(challenged.status === 'invalid' && challenged.challenge), /use_dpop_nonce/)
    const later = await signedIn()
    const cases: [string, Admission | Promise<Admission>][] = [
      ['another key', proven(session, { by: other })],
      ['another session of the same key', proven({ ...session, id: later.id })],
      ['its own token in place of its id', proven({ ...session, id: session.token })],
      ['another method', proven(session, { method: 'POST', htm: 'GET' })],
      ['another method', proven(session, { method: 'DELETE', htm: 'POST' })],
      ['another address', proven(session, { htu: `${origin}/fhir/R4/Patient/p2` })],
      ['another origin', proven(session, { htu: 'https://vault.example.com/' })],
      ['for reads, to write', proven(session, { method: 'POST', htm: 'POST', htu: origin })],
      ['for reads, to write', proven(session, { method: 'POST', htm: 'GET', htu: origin })],
      ['no nonce', key.proof({ htm: 'GET', htu: url }, session.id).then((proof) => asked(session, [proof]))],
      ['two', two(session)],
      ['a bearer token', people.admit(sent(session.token, { scheme: 'bearer', address: '127.0.0.1' }))],
      [
        'a bearer token in a demonstration',
        second.admit(sent(session.token, { scheme: 'bearer', address: '127.0.0.1' })),
      ],
      ['a bound token', proven(session, { scheme: 'dpop' })],
      ['the cookie of nobody', proven({ ...session, token: `sgs_${'A'.repeat(43)}` })],
      ['the id in place of the token', proven({ ...session, token: session.id })],
    ]
    for (const [name, admission] of cases) assert.equal(await isValid(admission), false, name)
    assert.equal(await isValid(proven(session)), true)
  })

  const asked = (session: SignedIn, proofs: string[]) => people.admit(sent(session.token, { proofs }))

  async function two(session: SignedIn): Promise<Admission> {
    const challenged = await people.admit(sent(session.token))
    const nonce = challenged.status === 'invalid' ? challenged.nonce : undefined
    const made = () => key.proof({ htm: 'GET', htu: url, nonce }, session.id)
    return asked(session, [await made(), await made()])
  }

  test('a proof counts once, of twenty at the same moment too; one for reads counts for reads, and in no other process', async () => {
    const session = await signedIn()
    const challenged = await people.admit(sent(session.token))
    const nonce = challenged.status === 'invalid' ? challenged.nonce : undefined
    const write = await key.proof({ htm: 'POST', htu: url, nonce }, session.id)
    const tries = Array.from({ length: 20 }, () =>
      people.admit(sent(session.token, { method: 'POST', proofs: [write] })),
    )
    const admitted = await Promise.all(tries.map(isValid))
    assert.equal(admitted.filter(Boolean).length, 1)
    for (const htu of [origin, `${origin}/`]) {
      const reading = await key.proof({ htm: 'GET', htu, nonce }, session.id)
      const read = (more: Partial<Credentials> = {}, at = people) =>
        isValid(at.admit(sent(session.token, { proofs: [reading], ...more })))
      for (let n = 0; n < 3; n++)
        assert.equal(await read({ url: `${url}${n}`, method: n === 2 ? 'HEAD' : 'GET' }), true)
      assert.equal(await read({ method: 'POST' }), false)
      assert.equal(await read({ method: 'DELETE' }), false)
      assert.equal(await read({ page: 'foreign' }), false, 'from a page of others')
      assert.equal(await read({}, second), false, 'in another process')
      const stolen = await signedIn()
      assert.equal(
        await isValid(people.admit(sent(stolen.token, { proofs: [reading] }))),
        false,
        'of another session',
      )
    }
    const single = await key.proof({ htm: 'GET', htu: url, nonce }, session.id)
    assert.equal(await isValid(people.admit(sent(session.token, { proofs: [single] }))), true)
    assert.equal(
      await isValid(people.admit(sent(session.token, { proofs: [single] }))),
      false,
      'of one address: once',
    )
  })

  test('what changes something is taken from our own pages alone', async () => {
    const session = await signedIn()
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY']) {
      for (const page of ['foreign', 'unsaid'] as const)
        assert.equal(await isValid(proven(session, { method, page })), false, `${method} ${page}`)
      assert.equal(await isValid(proven(session, { method, page: 'own' })), true, method)
    }
    assert.equal(await isValid(proven(session, { page: 'unsaid' })), true)
    assert.equal(await isValid(proven(session, { page: 'foreign' })), false)
  })

  test('while the vault is sealed nobody is admitted, and nothing is remembered', async (t) => {
    const own = await testVault(t)
    const theirs = testPeople(own)
    const account = testAccount('ana.ruiz')
    assert.equal(await theirs.accounts.add(account, who), 'added')
    const session = await signedIn(account, theirs)
    assert.equal(await isValid(proven(session, { at: theirs })), true)
    void own.keys.seal()
    assert.deepEqual(await theirs.admit(sent(session.token)), { status: 'sealed' })
  })
})

describe('of a demonstration', () => {
  const bearer = (token: string, more: Partial<Credentials> = {}) =>
    sent(token, { scheme: 'bearer', page: 'unsaid', address: '127.0.0.1', ...more })

  test('a bearer token is good on this machine, not passed on, and not in a real home', async () => {
    const token = await plain()
    const admission = await second.admit(bearer(token))
    assert.deepEqual(
      admission.status === 'valid' && [admission.principal.client, admission.principal.person?.login],
      ['token', 'ana.ruiz'],
    )
    assert.equal(await isValid(second.admit(bearer(token, { address: '::1', method: 'POST' }))), true)
    for (const more of [
      { address: '192.0.2.1' },
      { address: undefined },
      { isForwarded: true },
      { scheme: 'dpop' as const },
      { scheme: 'cookie' as const, page: 'own' as const },
    ])
      assert.equal(await isValid(second.admit(bearer(token, more))), false, JSON.stringify(more))
    assert.equal(await isValid(people.admit(bearer(token))), false, 'in a real home')
  })
})

describe('its end', () => {
  test('ended, suspended, its generation raised: good for nothing, in every process within a second', async () => {
    const ways: [string, Account, (session: SignedIn, account: Account) => Promise<unknown>][] = [
      ['ended', await added('end.one'), ({ id }, { id: account }) => people.sessions.end(account, id, who)],
      [
        'suspended',
        await added('end.two'),
        (_, { id }) =>
          people.accounts.change(id, (one) => ({ ...one, status: 'suspended' }), who, 'suspended'),
      ],
      [
        'all of them',
        await added('end.three'),
        (_, { id }) =>
          people.accounts.change(id, (one) => ({ ...one, generation: one.generation + 1 }), who, 'ended'),
      ],
    ]
    for (const [name, account, end] of ways) {
      const session = await signedIn(account)
      for (const at of [people, second]) assert.equal(await isValid(proven(session, { at })), true, name)
      await end(session, account)
      if (name === 'ended') assert.equal(await isValid(proven(session)), false, 'at once where it was ended')
      const ms = Math.max(await endsWithin(session, second), await endsWithin(session, people))
      assert.ok(ms < 1_000, `${name}: ${ms} ms`)
      assert.deepEqual(
        (await people.sessions.list(account.id)).map(({ id }) => id),
        [],
        name,
      )
    }
  })

  test('a role that is taken away in the middle is gone within a second, and its limits come with it', async () => {
    const account = await added('roles.one', { roles: ['physician', 'security-officer'] })
    const session = await signedIn(account)
    const roles = async (at: People) => {
      const admission = await proven(session, { at })
      return admission.status === 'valid' ? admission.principal.person?.roles : undefined
    }
    assert.deepEqual(await roles(second), ['physician', 'security-officer'])
    await people.accounts.change(account.id, (one) => ({ ...one, roles: ['physician'] }), who, 'roles')
    await delay(1_000)
    assert.deepEqual(await roles(second), ['physician'])
  })

  test('unused for too long, or too old; a clock set back brings nothing back, to a new process neither', async () => {
    const account = await added('time.one', { roles: ['patient'] })
    const minute = 60_000
    let aheadMs = 0
    /** Each is another process: it knows what was written down, and nothing else. */
    const process = async () => testPeople(await vault.another(), { now: () => Date.now() + aheadMs })
    const isGood = async (session: SignedIn, at?: People) => {
      const admitted = await isValid(proven(session, { at: at ?? (await process()) }))
      // That it was used is written down beside the answer.
      await delay(50)
      return admitted
    }
    const kept = await process()
    const first = await signedIn(account, kept)
    assert.equal(await isGood(first, kept), true)
    aheadMs += 14 * minute
    assert.equal(await isGood(first), true, 'used in another process')
    aheadMs += 14 * minute
    await delay(750)
    assert.equal(await isGood(first, kept), true, 'as the other wrote down')
    aheadMs += 15 * minute
    assert.equal(await isGood(first, kept), false, 'unused')
    assert.equal(await isGood(first), false, 'unused')
    const old = await signedIn(account, kept)
    for (let n = 0; n < 17; n++) {
      aheadMs += 14 * minute
      assert.equal(await isGood(old), true, `${n}`)
    }
    aheadMs += 3 * minute
    assert.equal(await isGood(old), false, 'four hours')
    const unproven = await signedIn(account, kept)
    aheadMs += 10 * minute
    assert.equal(await isValid((await process()).admit(sent(unproven.token))), false)
    aheadMs += 6 * minute
    assert.equal(await isGood(unproven), false, 'a cookie without its key keeps no session')
    assert.equal(await isGood(unproven, kept), false)
    aheadMs -= 20 * minute
    for (const session of [first, unproven]) assert.equal(await isGood(session, kept), false, 'set back')
    aheadMs -= 3 * 60 * minute
    assert.equal(await isGood(old), false, 'set back, and begun anew')
  })

  test('what the ledger has seen no new process believes to be to come', async (t) => {
    const own = await testVault(t)
    assert.deepEqual(await own.ledger.start(), { status: 'ok' })
    const account = testAccount('ana.ruiz', { roles: ['auditor'] })
    let behindMs = 0
    const now = () => Date.now() - behindMs
    const begun = testPeople(own, { now })
    assert.equal(await begun.accounts.add(account, who), 'added')
    behindMs = 20 * 60_000
    // Twenty minutes ago, and unused since.
    const early = testPeople(own, { now })
    const session = await signedIn(account, early)
    assert.equal(await isValid(proven(session, { at: early })), true)
    while ((await own.sql`select from ledger_staged`).length > 0) await delay(10)
    const later = testPeople(own, { now })
    await later.opened()
    assert.equal(await isValid(proven(session, { at: later })), false)
  })

  test('one more than twenty ends the oldest, and twenty who sign in at once all get in', async () => {
    const account = await added('many.one')
    const all = await Promise.all(Array.from({ length: 20 }, () => signedIn(account)))
    for (const session of all) assert.equal(await isValid(proven(session)), true)
    const listed = await people.sessions.list(account.id)
    assert.equal(listed.length, 20)
    const last = await signedIn(account)
    const left = await people.sessions.list(account.id)
    assert.equal(left.length, 20)
    assert.equal(left.at(-1)?.id, last.id)
    const dropped = all.find(({ id }) => id === listed[0]?.id)!
    assert.equal(await isValid(proven(dropped)), false)
  })
})

describe('shown again', () => {
  test('the session goes on under a new token, and the old one ends; of two at once one does', async () => {
    const account = await added('step.one')
    const session = await signedIn(account)
    const before = await proven(session)
    assert.ok(before.status === 'valid' && !people.sessions.isSteppedUp(before.principal.person!))
    const both = await Promise.all(
      [1, 2].map(() => people.sessions.stepUp(session.id, 'passkey', as(account))),
    )
    const begun = both.filter((each) => each !== undefined)
    assert.equal(begun.length, 1)
    const { token, session: after } = begun[0]!
    assert.notEqual(token, session.token)
    assert.equal(await isValid(proven(session)), false, 'the old token')
    const admission = await proven({ token, id: after.id })
    assert.ok(admission.status === 'valid' && people.sessions.isSteppedUp(admission.principal.person!))
    assert.deepEqual(
      (await people.sessions.list(account.id)).map(({ id }) => id),
      [after.id],
    )
    assert.equal(await people.sessions.stepUp(session.id, 'passkey', as(account)), undefined)
    const ago = { ...admission.principal.person!, steppedUpAt: Math.floor(Date.now() / 1000) - 301 }
    assert.equal(people.sessions.isSteppedUp(ago), false)
  })
})

test('a purpose that is said while factors are shown again is kept, and what was shown counts', async () => {
  const { sql, keys, ledger } = vault
  const account = await added('step.two')
  const session = await signedIn(account)
  const now = Date.now
  const authority = createAuthority({ sql, keys, ledger })
  const accounts = createAccounts({ authority })
  const parts = { accounts, sql, keys, clock: new SteadyClock(now) }
  const others = new SessionKeeper({ ...parts, authority })
  let isSaid = false
  const between = new Proxy(authority, {
    get: (target, name) =>
      name === 'putEach' && !isSaid
        ? async (...given: Parameters<typeof target.putEach>) => {
            isSaid = true
            assert.ok(await others.say(session.id, 'audit', as(account)))
            return target.putEach(...given)
          }
        : Reflect.get(target, name, target),
  })
  const begun = await new SessionKeeper({ ...parts, authority: between }).stepUp(
    session.id,
    'password-totp',
    as(account),
  )
  assert.ok(isSaid && begun)
  assert.equal(begun.session.purpose, 'audit')
  assert.equal(await others.stepUp(session.id, 'password-totp', as(account)), undefined)
})

describe('what SQL makes', () => {
  const restored = ['kind', 'version', 'previous', 'sealed', 'staged', 'ends_at']

  test('a session of another house, of another person, ended and put back: nobody gets in', async () => {
    const { sql } = vault
    const account = await added('sql.one')
    const rows = () => sql`select * from authority where kind = 5 order by id`
    const earlier = new Set((await rows()).map(({ id }) => String(id)))
    const session = await signedIn(account)
    const [own] = (await rows()).filter(({ id }) => !earlier.has(String(id)))
    assert.ok(own)
    assert.equal(await people.sessions.end(account.id, session.id, as(account)), true)
    assert.deepEqual(await vault.ledger.start(), { status: 'ok' })
    while ((await sql`select from ledger_staged`).length > 0) await delay(10)
    const fresh = async () => testPeople(await vault.another(), { isDemo: false })
    await sql`update authority set ${sql(own, ...restored)} where id = ${String(own['id'])}`
    for (const at of [people, await fresh()])
      assert.equal(await isValid(proven(session, { at })), false, 'put back')
    const officer = await signedIn(await added('sql.officer', { roles: ['security-officer'] }))
    const [theirs] = (await rows()).filter(({ id }) => !earlier.has(String(id)) && id !== own['id'])
    assert.ok(theirs)
    await sql`update authority set ${sql(theirs, ...restored)} where id = ${String(own['id'])}`
    assert.equal(
      await isValid(proven(session, { at: await fresh() })),
      false,
      'the session of an officer in its place',
    )
    assert.equal(await isValid(proven(officer, { at: await fresh() })), true)
    const house = await testVault({ after: (end) => void ends.push(end) })
    const attacker = testPeople(house)
    assert.equal(await attacker.accounts.add(account, who), 'added')
    const made = await signedIn(account, attacker)
    for (const row of await house.sql`select * from authority where kind = 5`)
      await sql`insert into authority ${sql(row)}`
    for (const row of await house.sql`select * from ledger_staged`)
      await sql`insert into ledger_staged ${sql(row)} on conflict do nothing`
    assert.equal(await isValid(proven(made, { at: await fresh() })), false, 'made in another house')
  })

  test('who says that a session was used is not believed, unless it is this house', async () => {
    const account = await added('seen.one', { roles: ['patient'] })
    const session = await signedIn(account)
    assert.equal(await isValid(proven(session)), true)
    await delay(100)
    await vault.sql`update session_seen set seen_at = now() + interval '14 minutes'`
    const fresh = testPeople(await vault.another(), { now: () => Date.now() + 16 * 60_000 })
    assert.equal(await isValid(proven(session, { at: fresh })), false)
  })

  test('tokens are nowhere in the database, nor names, ids of sessions or accounts', async () => {
    const session = await signedIn()
    const token = await plain()
    assert.equal(await isValid(proven(session)), true)
    await delay(100)
    for (const table of ['authority', 'session_seen', 'ledger_staged', 'used_once', 'throttle']) {
      const rows = await vault.sql<{ text: string }[]>`select t::text as text from ${vault.sql(table)} t`
      for (const secret of [session.token, token, session.id, ana.id, 'ana.ruiz', key.thumbprint]) {
        const forms = [secret, secret.slice(4), Buffer.from(secret).toString('hex')]
        for (const form of forms)
          assert.equal(
            rows.some(({ text }) => text.includes(form)),
            false,
            `${table}: ${form}`,
          )
      }
    }
  })
})

test('signing in, out, showing factors again and ending are in the ledger, with who and whose, and no token', async (t) => {
  const own = await testVault(t)
  assert.deepEqual(await own.ledger.start(), { status: 'ok' })
  const theirs = testPeople(own)
  const account = testAccount(`log.${randomUuid().slice(0, 8)}`)
  assert.equal(await theirs.accounts.add(account, who), 'added')
  const first = await signedIn(account, theirs)
  const again = await theirs.sessions.stepUp(first.id, 'password-totp', as(account))
  assert.equal(await theirs.sessions.end(account.id, again!.session.id, as(account)), true)
  const last = await signedIn(account, theirs)
  assert.equal(await theirs.sessions.end(account.id, last.id, who), true)
  assert.equal(await theirs.sessions.end(account.id, last.id, who), false, 'twice')
  assert.equal(await theirs.sessions.end(ana.id, last.id, who), false, 'of another')
  while ((await own.sql`select from ledger_staged`).length > 0) await delay(10)
  const { entries } = await own.ledger.query({ limit: 100 })
  const told = entries.flatMap(({ action, outcome, details }) =>
    details?.resources?.[0]?.type === 'session' ? [[action, outcome, details.actor, details.query]] : [],
  )
  const actor = `person/${account.id}`
  assert.deepEqual(told, [
    ['sign-in', 'done', actor, 'passkey, Firefox'],
    ...Array.from({ length: 2 }, () => ['step-up', 'done', actor, 'password-totp']),
    ['sign-out', 'done', actor, 'signed out'],
    ['sign-in', 'done', actor, 'passkey, Firefox'],
    ['authority', 'done', 'tester', `account ${account.id}: session ended`],
  ])
  assert.equal(JSON.stringify(entries).includes(first.token.slice(4)), false)
  for await (const finding of own.ledger.check()) assert.fail(JSON.stringify(finding))
})
