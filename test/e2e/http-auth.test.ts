/** People over HTTP: two officers found a house, invite others, and everybody signs in with two factors or not at all. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { People } from '#people/index.ts'
import { testPeople } from '#test/kit/people.ts'
import { testVault, type TestVault } from '#test/kit/vault.ts'
import {
  Browser,
  enrolPasskey,
  enrolPassword,
  foundHouse,
  invited,
  password,
  passwordPerson,
  type PasswordPerson,
  type Person,
} from './auth-kit.ts'
import { running, type Running } from './http-kit.ts'

const origin = 'https://vault.example.org'
const clock = { aheadMs: 0 }
/** What it costs is judged elsewhere. */
const passwordCost = { memoryKiB: 64, passes: 1, lanes: 1 }

const nobody = '00000000-0000-4000-8000-000000000000'

let vault: TestVault
let people: People
let it: Running
let ana: Person
let eva: PasswordPerson
/** Theirs, signed in. */
let anas: Browser
let evas: Browser

const ends: (() => unknown)[] = []
after(async () => {
  for (const end of ends.toReversed()) await end()
})

const browser = (): Browser => new Browser(it.port, origin)

before(async () => {
  vault = await testVault({ after: (end) => void ends.push(end) })
  people = testPeople(vault, {
    isDemo: false,
    waits: true,
    now: () => Date.now() + clock.aheadMs,
    passwordCost,
  })
  it = await running({ people: () => people, origin }, vault)
})

test('before two officers have enrolled nothing is served but their enrolment', async () => {
  const one = browser()
  for (const path of ['/fhir/R4/metadata', '/auth/session', '/ledger/entries', '/anything']) {
    const told = await one.ask('GET', path)
    assert.equal(told.status, 403, path)
    const code = told.value.error ?? told.value.issue[0].details.coding[0].code
    assert.equal(code, 'not-founded', path)
  }
  assert.equal((await one.ask('POST', '/auth/session', { body: {} })).value.error, 'not-founded')
  assert.equal((await one.ask('GET', '/health')).status, 200)
  const headers = { 'sigilo-invitation': 'sgi_none' }
  assert.equal((await one.ask('GET', '/auth/invitations', { headers })).value.error, 'link-invalid')
  ;[ana, eva] = await foundHouse(people, browser, clock)
  assert.equal((await one.ask('GET', '/fhir/R4/metadata')).status, 401)
})

test('they sign in, each in their way; the cookie alone opens nothing', async () => {
  ;[anas, evas] = [browser(), browser()]
  const signed = await anas.signIn(ana)
  assert.equal(signed.status, 201, JSON.stringify(signed.value))
  assert.deepEqual(signed.value.roles, ['security-officer'])
  const [session] = signed.headers.getSetCookie()
  assert.match(session ?? '', /^__Host-sigilo=sgs_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/)
  assert.equal((await evas.signIn(eva)).status, 201)
  assert.equal((await anas.ask('GET', '/auth/session')).value.login, 'ana.ruiz')
  assert.equal((await anas.ask('GET', '/auth/session', { isBare: true })).status, 401)
  const thief = browser()
  for (const [name, value] of anas.cookies) thief.cookies.set(name, value)
  await thief.newKey()
  thief.session = anas.session
  assert.equal((await thief.ask('GET', '/auth/session')).status, 401, 'with another key')
})

test('whoever is invited by two officers enrols once, of twenty who try with one link', async () => {
  assert.equal(
    (
      await anas.ask('POST', '/auth/approvals', {
        body: { kind: 'suspend', account: nobody },
      })
    ).value.error,
    'step-up-needed',
  )
  assert.equal((await anas.stepUp(ana)).status, 200)
  assert.equal((await evas.stepUp(eva)).status, 200)
  const token = await invited([anas, evas], { login: 'luz.mora', roles: ['nurse'] })
  const headers = { 'sigilo-invitation': token }
  assert.equal((await browser().ask('GET', '/auth/invitations', { headers })).value.login, 'luz.mora')
  const tried = await Promise.allSettled(Array.from({ length: 20 }, () => enrolPasskey(browser(), token)))
  const [luz, second] = tried.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  assert.ok(luz && !second)
  const luzs = browser()
  assert.equal((await luzs.signIn(luz)).status, 201)
  assert.equal((await luzs.ask('GET', '/auth/accounts')).value.error, 'forbidden')
  assert.equal((await browser().ask('GET', '/auth/invitations', { headers })).value.error, 'link-invalid')
})

test('nobody approves what they asked, and a nurse neither asks nor approves', async () => {
  const body = { kind: 'invite', login: 'otra', name: 'Otra', language: 'es', roles: ['nurse'] }
  const asked = await anas.ask('POST', '/auth/approvals', { body })
  assert.equal(
    (await anas.ask('POST', `/auth/approvals/${asked.value.id}/approve`, { body: {} })).value.error,
    'own-request',
  )
  const nurse = browser()
  await nurse.signIn(
    await enrolPasskey(browser(), await invited([anas, evas], { login: 'teo.gil', roles: ['nurse'] })),
  )
  assert.equal((await nurse.ask('POST', '/auth/approvals', { body })).value.error, 'forbidden')
  assert.equal(
    (await nurse.ask('POST', `/auth/approvals/${asked.value.id}/approve`, { body: {} })).value.error,
    'forbidden',
  )
  assert.deepEqual((await nurse.ask('GET', '/auth/approvals')).value.approvals, [])
  assert.equal((await anas.ask('DELETE', `/auth/approvals/${asked.value.id}`)).value.state, 'withdrawn')
})

test('a password that is known or short, and a code that is wrong, enrol nobody; recovery codes are shown once', async () => {
  const token = await invited([anas, evas], { login: 'rosa.paz', roles: ['reception'] })
  const headers = { 'sigilo-invitation': token }
  const one = browser()
  const offered = await one.ask('POST', '/auth/enrolment/options', { headers })
  const { flow } = offered.value.totp
  const enrol = (given: object) =>
    one.ask('POST', '/auth/enrolment', {
      headers,
      body: { password: { flow, password, code: '000000', ...given } },
    })
  assert.equal((await enrol({ password: 'corta' })).value.error, 'weak-password')
  assert.equal((await enrol({})).value.error, 'unusable-factor')
  assert.equal((await enrol({ flow: 'x' })).value.error, 'unusable-factor')
  const rosa = await enrolPassword(one, token, clock)
  assert.equal(rosa.codes.length, 10)
  const rosas = browser()
  assert.equal((await rosas.signIn(rosa)).status, 201)
  const recovered = browser()
  const withCode = (code: string) => ({
    ...rosa,
    proof: async () => ({ kind: 'password', login: 'Rosa.Paz', password, code }),
  })
  assert.equal((await recovered.signIn(withCode(rosa.codes[0]!))).status, 201)
  assert.equal((await recovered.signIn(withCode(rosa.codes[0]!))).status, 401, 'twice')
  const { notices } = (await rosas.ask('GET', '/auth/session')).value
  assert.ok(notices.some(({ kind }: { kind: string }) => kind === 'recovery-used'))
})

test('factors are added and taken away by whoever has just shown both, and one way in always stays', async () => {
  const token = await invited([anas, evas], {
    login: 'ines.vega',
    roles: ['physician'],
    practitioner: 'Practitioner/p1',
  })
  const ines = await enrolPasskey(browser(), token)
  const own = browser()
  await own.signIn(ines)
  assert.equal((await own.ask('POST', '/auth/factors/options')).value.error, 'step-up-needed')
  const [{ id }] = (await own.ask('GET', '/auth/factors')).value.passkeys
  assert.equal((await own.ask('DELETE', `/auth/factors/${id}`)).value.error, 'step-up-needed')
  await own.stepUp(ines)
  assert.equal((await own.ask('DELETE', `/auth/factors/${id}`)).value.error, 'last-way-in')
  assert.equal((await own.ask('POST', '/auth/factors/recovery-codes')).value.error, 'not-found')
  const offer = (await own.ask('POST', '/auth/factors/options')).value
  const app = passwordPerson(offer.totp.secret, clock)
  const body = { flow: offer.totp.flow, password, code: app.code() }
  const set = await own.ask('POST', '/auth/factors/password', { body })
  assert.equal(set.status, 201, JSON.stringify(set.value))
  assert.equal(set.value.recoveryCodes.length, 10)
  assert.equal((await own.ask('DELETE', `/auth/factors/${id}`)).status, 200)
  assert.equal((await browser().signIn(ines)).status, 401, 'with the passkey that is gone')
  assert.equal((await browser().signIn({ login: 'ines.vega', proof: app.proofOf('ines.vega') })).status, 201)
})

test('what was wrong of a sign-in is not told, nor whether there is such an account', async () => {
  const from = browser()
  const wrong: [string, object][] = [
    ['nobody', { kind: 'password', login: 'nadie', password, code: '123456' }],
    ['no login at all', { kind: 'password', login: '¿?', password, code: '123456' }],
    [
      'the password',
      { kind: 'password', login: 'eva.soto', password: 'otra cosa distinta', code: eva.code() },
    ],
    ['the code', { kind: 'password', login: 'eva.soto', password, code: '000000' }],
    ['of who has none', { kind: 'password', login: 'ana.ruiz', password, code: '123456' }],
  ]
  const told = new Set<string>()
  for (const [what, proof] of wrong) {
    const key = await from.newKey()
    const answer = await from.ask('POST', '/auth/session', { body: { proof, key } })
    assert.equal(answer.status, 401, what)
    const names = [...answer.headers.keys()].filter((name) => name !== 'x-request-id').toSorted()
    told.add(JSON.stringify([answer.value, names, answer.headers.get('content-length')]))
    assert.deepEqual(answer.headers.getSetCookie(), [])
  }
  assert.equal(told.size, 1, [...told].join('\n'))
})

test('members that nobody asked for are refused, and change nothing', async () => {
  const key = await browser().newKey()
  const proof = { kind: 'password', login: 'eva.soto', password, code: eva.code() }
  const one = browser()
  for (const more of [
    { roles: ['director'] },
    { account: 'x' },
    { person: 'x' },
    { constructor: 1 },
    { generation: 1 },
  ]) {
    assert.equal(
      (await one.ask('POST', '/auth/session', { body: { proof, key, ...more } })).value.error,
      'invalid-member',
    )
    const within = { ...proof, ...more }
    assert.equal(
      (await one.ask('POST', '/auth/session', { body: { proof: within, key } })).value.error,
      'invalid-member',
    )
  }
  assert.equal(
    (await one.ask('POST', '/auth/session', { body: { proof } })).value.error,
    'invalid-member',
    'no key',
  )
  assert.equal(
    (await one.ask('POST', '/auth/session', { body: { proof, key: { ...key, d: 'x' } } })).value.error,
    'invalid-member',
  )
  assert.equal(
    (await one.ask('POST', '/auth/session', { body: { proof, plain: true } })).value.error,
    'sign-in-failed',
    'a bearer token',
  )
  const invite = { kind: 'invite', login: 'x.y', name: 'X', language: 'es', roles: ['nurse'] }
  for (const more of [{ person: 'x' }, { status: 'active' }, { id: 'x' }, { factors: {} }])
    assert.equal(
      (await anas.ask('POST', '/auth/approvals', { body: { ...invite, ...more } })).value.error,
      'invalid-member',
    )
  assert.equal(
    (await anas.ask('POST', '/auth/approvals', { body: { ...invite, roles: ['root'] } })).value.error,
    'invalid-member',
  )
  assert.equal(
    (await anas.ask('POST', '/auth/approvals/x/approve', { body: { by: 'eva' } })).value.error,
    'invalid-member',
  )
})

test('what comes from another site is refused, whoever it is from', async () => {
  const one = browser()
  const body = { key: await one.newKey() }
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin, 'sec-fetch-site': 'cross-site' },
  ] as Record<string, string>[])
    assert.equal(
      (await one.ask('POST', '/auth/passkey-options', { body, headers })).value.error,
      'cross-site',
      JSON.stringify(headers),
    )
  const bare = await fetch(`http://127.0.0.1:${it.port}/auth/passkey-options`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  assert.equal(
    ((await bare.json()) as { error: string }).error,
    'cross-site',
    'says nothing of where it is from',
  )
})

test('sessions are seen and ended, by their owner and by an officer', async () => {
  const token = await invited([anas, evas], { login: 'hugo.rey', roles: ['billing'] })
  const hugo = await enrolPasskey(browser(), token)
  const [first, second] = [browser(), browser()]
  await first.signIn(hugo)
  await second.signIn(hugo)
  const { sessions } = (await first.ask('GET', '/auth/sessions')).value
  assert.equal(sessions.length, 2)
  const other = sessions.find(({ isThis }: { isThis: boolean }) => !isThis)
  assert.equal((await first.ask('DELETE', `/auth/sessions/${other.id}`)).status, 204)
  assert.equal((await second.ask('GET', '/auth/session')).status, 401)
  assert.equal(
    (await anas.ask('DELETE', `/auth/sessions/${sessions[0].id}`)).value.error,
    'not-found',
    'another’s',
  )
  const { accounts } = (await anas.ask('GET', '/auth/accounts')).value
  const account = accounts.find(({ login }: { login: string }) => login === 'hugo.rey')
  assert.equal((await anas.ask('GET', `/auth/accounts/${account.id}/sessions`)).value.sessions.length, 1)
  assert.equal((await anas.ask('DELETE', `/auth/accounts/${account.id}/sessions`)).status, 204)
  await new Promise((resume) => setTimeout(resume, 1_000))
  assert.equal((await first.ask('GET', '/auth/session')).status, 401)
  assert.equal((await anas.ask('DELETE', '/auth/session')).status, 204)
  assert.equal((await anas.ask('GET', '/auth/session')).status, 401)
})

test('what is done on a device names it, whoever is signed in there, and the ledger is asked by it', async () => {
  await vault.ledger.start()
  const device = '__Host-sigilo-device'
  const [one, other] = [browser(), browser()]
  assert.equal((await one.signIn(ana)).status, 201)
  const cookie = one.cookies.get(device) ?? ''
  other.cookies.set(device, cookie)
  assert.equal((await other.signIn(eva)).status, 201)
  const { sessions } = (await one.ask('GET', '/auth/sessions')).value
  const { deviceName } = sessions.find(({ isThis }: { isThis: boolean }) => isThis)
  assert.match(deviceName, /^[\w-]{11}$/)
  await one.ask('GET', '/fhir/R4/Patient/nobody')
  await other.ask('GET', '/fhir/R4/Patient/somebody')
  const wrong = browser()
  wrong.cookies.set(device, cookie)
  const proof = { kind: 'password', login: 'nobody.here', password, code: '000000' }
  const tried = await wrong.ask('POST', '/auth/session', { body: { proof, key: await wrong.newKey() } })
  assert.equal(tried.status, 401)

  const { ledger } = vault.store.as({ actor: 'operator', client: 'test', address: 'local' })
  const found = async (terms: Record<string, string>) => {
    const page = await ledger.entries({ device: deviceName, ...terms })
    assert.ok(page.status === 'ok', JSON.stringify(page))
    return page.entries
  }
  let all = await found({})
  for (let tries = 0; tries < 300 && !all.some(({ reason }) => reason === 'no-such-account'); tries++) {
    vault.ledger.staged()
    await new Promise((resume) => setTimeout(resume, 100))
    all = await found({})
  }
  assert.ok(all.every((entry) => entry.device === deviceName))
  const whoOf = async (asked: Browser) => `person/${(await asked.ask('GET', '/auth/session')).value.account}`
  const [anas, evas] = [await whoOf(one), await whoOf(other)]
  assert.deepEqual(new Set(all.map(({ actor }) => actor)), new Set([anas, evas, undefined]))
  for (const [actor, asked] of [
    [anas, /nobody/],
    [evas, /somebody/],
  ] as const) {
    const theirs = await found({ actor })
    assert.ok(theirs.length > 0 && theirs.every((entry) => entry.actor === actor))
    assert.ok(
      theirs.some(
        ({ outcome, query, resources }) =>
          outcome === 'refused' && asked.test(`${query} ${resources[0]?.id}`),
      ),
    )
  }
  const reach = await ledger.radius({ device: deviceName })
  assert.ok(reach.status === 'ok' && reach.entries >= all.length)
  assert.deepEqual(await found({ from: '2000', to: '2001' }), [])
  const nowhere = await ledger.radius({ device: 'AAAAAAAAAAA' })
  assert.ok(nowhere.status === 'ok' && nowhere.entries === 0)
})
