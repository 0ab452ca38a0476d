/** What somebody works for, and what the limit of a day holds back until somebody else approves it, as people meet it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { People } from '#people/index.ts'
import { testPeople } from '#test/kit/people.ts'
import { bodyOf, testVault, type TestVault } from '#test/kit/vault.ts'
import { approve, Browser, enrolPasskey, foundHouse, invited, type Person, type Told } from './auth-kit.ts'
import { running, type Running } from './http-kit.ts'

const origin = 'https://vault.example.org'
const clock = { aheadMs: 0 }
const passwordCost = { memoryKiB: 64, passes: 1, lanes: 1 }

const ends: (() => unknown)[] = []
after(async () => {
  for (const end of ends.toReversed()) await end()
})

let vault: TestVault
let people: People
let it: Running
/** A physician, a patient, and who approves. */
let luz: Person
let luzs: Browser
let officers: readonly [Browser, Browser]
let privacy: Browser

const browser = (): Browser => new Browser(it.port, origin)
const codeOf = ({ value }: Told) => value.issue[0].details.coding[0].code as string
const inFhir = { accept: 'application/fhir+json' }

before(async () => {
  vault = await testVault({ after: (end) => void ends.push(end) })
  assert.deepEqual(await vault.ledger.start(), { status: 'ok' })
  vault.store.exports.start()
  people = testPeople(vault, {
    isDemo: false,
    waits: true,
    now: () => Date.now() + clock.aheadMs,
    passwordCost,
  })
  it = await running({ people: () => people, origin }, vault)
  const [ana, eva] = await foundHouse(people, browser, clock)
  officers = [browser(), browser()]
  for (const [n, person] of [ana, eva].entries()) {
    assert.equal((await officers[n]!.signIn(person)).status, 201)
    assert.equal((await officers[n]!.stepUp(person)).status, 200)
  }
  const enrolled = async (wanted: { login: string; roles: string[]; [more: string]: unknown }) =>
    enrolPasskey(browser(), await invited(officers, wanted))
  luz = await enrolled({ login: 'luz.mora', roles: ['physician'], practitioner: 'Practitioner/luz' })
  const sol = await enrolled({ login: 'sol.paz', roles: ['privacy-officer'] })
  luzs = browser()
  assert.equal((await luzs.signIn(luz)).status, 201)
  privacy = browser()
  assert.equal((await privacy.signIn(sol)).status, 201)
  for (const id of ['p1', 'p2']) {
    const generalPractitioner = [{ reference: `Practitioner/${id === 'p1' ? 'luz' : 'otto'}` }]
    const resource = { resourceType: 'Patient', id, name: [{ family: `Familia-${id}` }], generalPractitioner }
    assert.equal((await vault.store.update('Patient', id, bodyOf(resource), {})).status, 'ok')
  }
})

test('a session is for what the person says: from the next request on, and recorded', async () => {
  const read = async () => (await luzs.ask('GET', '/fhir/R4/Patient/p1', { headers: inFhir })).status
  assert.equal(await read(), 200)
  const say = (purpose: unknown) => luzs.ask('PATCH', '/auth/session', { body: { purpose } })
  const said = await say('HPAYMT')
  assert.equal(said.status, 200, JSON.stringify(said.value))
  assert.equal(said.value.purpose, 'HPAYMT')
  assert.equal((await luzs.ask('GET', '/auth/session')).value.purpose, 'HPAYMT')
  // For payment a physician reads nothing.
  assert.equal(await read(), 403)
  assert.equal((await luzs.stepUp(luz)).status, 200)
  assert.equal((await luzs.ask('GET', '/auth/session')).value.purpose, 'HPAYMT', 'it goes on')
  for (const wrong of ['treat', 'PWATRNY', 7, undefined]) assert.equal((await say(wrong)).status, 400)
  assert.equal((await say(null)).value.purpose, undefined)
  assert.equal(await read(), 200)
  const told = async () => {
    const { entries } = await vault.ledger.query({ actions: ['authority'], newestFirst: true, limit: 20 })
    return entries
      .flatMap(({ details }) => details?.query ?? [])
      .filter((query) => query.startsWith('purpose'))
  }
  for (let tries = 0; (await told()).length < 2; tries++) {
    assert.ok(tries < 400, 'it is not in the ledger')
    await new Promise((resume) => setTimeout(resume, 50))
  }
  assert.deepEqual(await told(), [
    'purpose of the session: HPAYMT, now usual',
    'purpose of the session: usual, now HPAYMT',
  ])
  // A cookie alone says nothing.
  const bare = await luzs.ask('PATCH', '/auth/session', { body: { purpose: 'TREAT' }, isBare: true })
  assert.equal(bare.status, 401)
})

test('an export beyond the limit waits for a privacy officer, is of what is seen, and runs once', async () => {
  const kickOff = (path = 'Patient/$export') =>
    luzs.ask('GET', `/fhir/R4/${path}`, { headers: { ...inFhir, prefer: 'respond-async' } })
  const refused = await kickOff()
  assert.equal(refused.status, 403)
  assert.equal(codeOf(refused), 'usage-limit')
  const what = decodeURIComponent(refused.headers.get('sigilo-act') ?? '')
  assert.equal(what, `export ${it.origin}/fhir/R4/Patient/$export, TREAT`)
  const { account } = (await luzs.ask('GET', '/auth/session')).value
  const ask = (by: Browser, body: object) =>
    by.ask('POST', '/auth/approvals', { body: { kind: 'export', account, what, ...body } })
  assert.equal((await ask(privacy, {})).value.error, 'forbidden', 'for somebody else')
  assert.equal((await luzs.stepUp(luz)).status, 200)
  const asked = await ask(luzs, {})
  assert.equal(asked.status, 201, JSON.stringify(asked.value))
  assert.match(asked.value.words.es, /^Una sola vez, .* más allá del límite del día: export /)
  assert.equal((await kickOff()).status, 403, 'asked for, and not approved')
  assert.equal((await approve(luzs, asked.value.id)).value.error, 'own-request')
  const others = await luzs.ask('GET', '/auth/approvals')
  assert.deepEqual(
    others.value.approvals.map(({ id }: { id: string }) => id),
    [asked.value.id],
    'they see their own, and nothing else that was asked for',
  )
  const approved = await approve(privacy, asked.value.id)
  assert.equal(approved.status, 200, JSON.stringify(approved.value))
  assert.equal(approved.value.approval.state, 'done')
  assert.equal((await kickOff('$export')).status, 403, 'another one')
  const begun = await kickOff()
  assert.equal(begun.status, 202)
  assert.equal((await kickOff()).status, 403, 'once more')
  const job = new URL(begun.headers.get('content-location') ?? '').pathname
  let manifest = await luzs.ask('GET', job)
  for (let tries = 0; manifest.status === 202 || manifest.status === 429; tries++) {
    assert.ok(tries < 100)
    await new Promise((resume) => setTimeout(resume, 1_100))
    manifest = await luzs.ask('GET', job)
  }
  assert.deepEqual(
    manifest.value.output.map(({ type, count }: { type: string; count: number }) => `${type} ${count}`),
    ['Patient 1'],
  )
  const file = await luzs.ask('GET', new URL(manifest.value.output[0].url).pathname)
  assert.match(JSON.stringify(file.value), /Familia-p1/)
  assert.doesNotMatch(JSON.stringify(file.value), /Familia-p2/)
  assert.equal((await privacy.ask('GET', job)).status, 404, 'nobody else has it')
})
