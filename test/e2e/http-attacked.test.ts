/** What somebody might send who has an account: what is no input, what is another's, more than a person does, from another place than they showed themselves at. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { randomUuid } from '#kernel/crypto/index.ts'
import type { Account, People, Principal, Role } from '#people/index.ts'
import { safeguards } from '#safeguards/all.ts'
import { testAccount, testPeople } from '#test/kit/people.ts'
import { testVault, type TestVault } from '#test/kit/vault.ts'
import { routes } from '../../src/http/auth/routes.ts'
import { pathOf } from '../../src/http/duties/routes.ts'
import { ending, running, type Running } from './http-kit.ts'

const who = { actor: 'tester', client: 'test', address: 'local' }

let vault: TestVault
let people: People
let it: Running
const accounts = new Map<string, Account>()
/** Who asks with which token. */
const principals = new Map<string, Principal>()

before(async () => {
  vault = await testVault({ after: ending })
  people = testPeople(vault, { passwordCost: { memoryKiB: 64, passes: 1, lanes: 1 } })
  const admit: People['admit'] = ({ token }) => {
    const principal = principals.get(token)
    return principal ? { status: 'valid', principal } : { status: 'invalid' }
  }
  // Nobody is too fast but where that is what is tried.
  const wide = { atOnce: 1e9, everyMs: 1 }
  const limits = { paces: { records: wide, duties: wide, looks: wide } }
  it = await running({ people: () => ({ ...people, admit }), limits }, vault)
  for (const [login, role] of [
    ['ana', 'security-officer'],
    ['eva', 'security-officer'],
    ['luz', 'nurse'],
    ['ines', 'physician'],
    ['paz', 'privacy-officer'],
    ['ximena', 'patient'],
    ['rosa', 'reception'],
    ['dora', 'director'],
  ] as [string, Role][])
    await enter(login, [role])
  principals.set('program', { actor: 'p', client: 'p', program: { id: 'p', scope: 'system/*.cruds' } })
})

async function enter(login: string, roles: Role[]): Promise<void> {
  const account = testAccount(login, { roles, ...(roles[0] === 'patient' ? { patient: 'Patient/p1' } : {}) })
  assert.equal(await people.accounts.add(account, who), 'added')
  accounts.set(login, account)
  principals.set(login, principalOf(account))
}

function principalOf({ id, person, login, name, roles, patient }: Account, more: object = {}): Principal {
  const own = patient === undefined ? {} : { patient }
  const steppedUpAt = Math.floor(Date.now() / 1000) + 250
  const asking = { account: id, person, login, name, roles, represents: [], session: 'x'.repeat(22) }
  return { actor: `person/${id}`, client: 'web', person: { ...asking, steppedUpAt, ...own, ...more } }
}

async function ask(as: string, method: string, path: string, body?: unknown, from: Running = it) {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const headers = {
    authorization: `Bearer ${as}`,
    ...(body === undefined
      ? {}
      : { 'content-type': path.startsWith('/fhir') ? 'application/fhir+json' : 'application/json' }),
  }
  const init = { method, headers, ...(text === undefined ? {} : { body: text }) }
  const answer = await fetch(`http://127.0.0.1:${from.port}${path}`, init)
  const told = await answer.text()
  return {
    status: answer.status,
    headers: answer.headers,
    // oxlint-disable-next-line typescript/no-explicit-any -- what a server answers is whatever it is
    json: (told.startsWith('{') ? JSON.parse(told) : {}) as any,
  }
}

/** Every address of /auth and /duties, for whoever has signed in. */
const addresses = [
  ...Object.values(routes).filter(({ isOpen }) => !isOpen),
  ...safeguards.flatMap(({ name, routes: own = {} }) =>
    Object.values(own).map(({ method, path }) => ({ method, url: pathOf(name, path) })),
  ),
]

const hostile: readonly unknown[] = [
  null,
  0,
  -1,
  true,
  [],
  {},
  '',
  'a\u0000b',
  'a\u001b[2Jb',
  'a\nb',
  'a\u202eb',
  'a\u2028b',
  "'; drop table authority; --",
  'x'.repeat(2_000),
]

const officer = { login: 'new.one', name: 'Enf. Luz Mora', language: 'es', roles: ['nurse'] }
const key = { kty: 'EC', crv: 'P-256', x: 'f83O', y: 'x_FE' }

/** One of each kind, with each of its members. */
const acts = () => {
  const account = accounts.get('luz')!.id
  return [
    { kind: 'invite', ...officer, sameAs: account, practitioner: 'Practitioner/p' },
    { kind: 'roles', account, roles: ['physician'], practitioner: 'Practitioner/p' },
    { kind: 'suspend', account },
    { kind: 'reset', account },
    { kind: 'program', id: 'lab', name: 'Lab', scope: 'system/*.cruds', purposes: ['TREAT'], keys: [key] },
    { kind: 'revoke-program', id: 'lab' },
    { kind: 'quorum', of: 'all', approvers: 2 },
    { kind: 'destroy-keys', patient: 'Patient/p1', reason: 'asked for' },
    { kind: 'opener', to: 'passphrase', held: randomUuid() },
  ]
}

/** What of these is a text that may be so. */
const isText = (member: string, value: unknown): boolean =>
  ['name', 'reason', 'login'].includes(member) && String(value).startsWith(`'; drop`)

test('wrong types, long texts, ids of other kinds and letters that are not seen are refused by every address, and break nothing', async () => {
  const taken: string[] = []
  const note = (status: number, what: string) => {
    if (status < 400 || status >= 500) taken.push(`${status} ${what.slice(0, 160)}`)
  }
  for (const { method, url } of addresses.filter((each) => each.method === 'POST'))
    for (const body of [null, 0, [], 'a', { a: 1 }, '{', '\u0000'])
      note(
        (await ask('ana', method, url.replace(':id', randomUuid()), body)).status,
        `${url} ${JSON.stringify(body)}`,
      )
  for (const act of acts())
    for (const member of Object.keys(act))
      for (const value of hostile) {
        if (isText(member, value)) continue
        const sent = { ...act, [member]: value }
        note((await ask('ana', 'POST', '/auth/approvals', sent)).status, JSON.stringify(sent))
      }
  for (const text of hostile)
    for (const body of [
      { patient: text, reason: 'unconscious in the emergency room' },
      { patient: 'Patient/p1', reason: text },
    ])
      if (!isText('reason', text))
        note((await ask('ines', 'POST', '/duties/breakglass', body)).status, JSON.stringify(body))
  const ids = [
    'x',
    '%00',
    '%2e%2e%2f',
    '%ff',
    '__proto__',
    'constructor',
    'a%0ab',
    'z'.repeat(1_300),
    'z'.repeat(3_000),
  ]
  const others = ['luz', 'ana'].flatMap((of) => {
    const { id, person, login } = accounts.get(of)!
    return [id, person, login]
  })
  for (const { method, url } of addresses)
    if (url.includes(':id'))
      for (const id of [...ids, randomUuid(), ...others]) {
        // Of an account its own id is no other's.
        if (url.startsWith('/auth/accounts/') && id.length === 36) continue
        note((await ask('ana', method, url.replace(':id', id))).status, `${method} ${url} ${id}`)
      }
  assert.deepEqual(taken, [])
  assert.deepEqual(
    it.log.filter((line) => (JSON.parse(line) as { level: number }).level >= 50),
    [],
  )
})

test('what is another person’s is not there, at /auth and /duties', async () => {
  const { id } = accounts.get('ana')!
  const made = await ask('ana', 'POST', '/auth/approvals', {
    kind: 'invite',
    ...officer,
    login: 'another.one',
  })
  assert.equal(made.status, 201, JSON.stringify(made.json))
  const approval = made.json.id as string
  await people.sessions.start(
    { account: accounts.get('ana')!, method: 'passkey', key: 'k', device: 'd', address: 'local' },
    who,
  )
  const [session] = await people.sessions.list(id)
  assert.ok(session)
  const opened = await ask('ines', 'POST', '/duties/breakglass', {
    patient: 'Patient/p1',
    reason: 'unconscious in the emergency room',
  })
  assert.equal(opened.status, 200, JSON.stringify(opened.json))
  const nobody = randomUuid()
  const cases: [
    as: string[],
    method: string,
    path: string,
    body: object | undefined,
    status: number,
    error: string,
  ][] = [
    [['luz', 'ximena', 'dora', 'paz', 'program'], 'GET', '/auth/accounts', undefined, 403, 'forbidden'],
    [['luz', 'ximena', 'dora', 'paz', 'program'], 'GET', '/auth/programs', undefined, 403, 'forbidden'],
    ...[id, nobody].flatMap((one): typeof cases => [
      [['luz', 'ximena', 'program'], 'GET', `/auth/accounts/${one}`, undefined, 403, 'forbidden'],
      [['luz', 'ximena', 'program'], 'GET', `/auth/accounts/${one}/sessions`, undefined, 403, 'forbidden'],
      [['luz', 'ximena', 'program'], 'DELETE', `/auth/accounts/${one}/sessions`, undefined, 403, 'forbidden'],
    ]),
    [['luz', 'ximena', 'eva'], 'DELETE', `/auth/sessions/${session.id}`, undefined, 404, 'not-found'],
    [['luz', 'ximena'], 'GET', `/auth/approvals/${approval}`, undefined, 404, 'not-found'],
    [['luz', 'ximena'], 'POST', `/auth/approvals/${approval}/object`, {}, 404, 'not-found'],
    [['luz', 'ximena', 'dora', 'paz'], 'POST', `/auth/approvals/${approval}/approve`, {}, 403, 'forbidden'],
    [['luz', 'ximena', 'dora', 'paz'], 'POST', `/auth/approvals/${approval}/refuse`, {}, 403, 'forbidden'],
    [['luz', 'ximena', 'dora', 'paz'], 'POST', `/auth/approvals/${approval}/link`, {}, 403, 'forbidden'],
    [
      ['luz', 'ximena', 'dora', 'paz', 'eva'],
      'DELETE',
      `/auth/approvals/${approval}`,
      undefined,
      403,
      'forbidden',
    ],
    [['ana'], 'POST', `/auth/approvals/${approval}/approve`, {}, 403, 'own-request'],
    [['luz', 'ximena', 'ana', 'program'], 'POST', '/duties/snooping', {}, 403, 'forbidden'],
    [['luz', 'ximena', 'program'], 'GET', '/duties/training/people', undefined, 403, 'forbidden'],
    [
      ['rosa', 'ximena', 'ana', 'dora', 'program'],
      'POST',
      '/duties/breakglass',
      { patient: 'Patient/p1', reason: 'because I want to' },
      403,
      'forbidden',
    ],
    ...[opened.json.id as string, nobody].map((one): (typeof cases)[number] => [
      ['ines', 'luz', 'ximena', 'ana', 'program'],
      'POST',
      `/duties/breakglass/${one}/review`,
      { verdict: 'justified' },
      403,
      'forbidden',
    ]),
  ]
  for (const [some, method, path, body, status, error] of cases)
    for (const as of some) {
      const told = await ask(as, method, path, body)
      assert.deepEqual([told.status, told.json.error], [status, error], `${as} ${method} ${path}`)
    }
  assert.deepEqual((await ask('luz', 'GET', '/auth/approvals')).json, { approvals: [] })
  assert.deepEqual((await ask('luz', 'GET', '/duties/breakglass')).json, { openings: [], overdue: 0 })
  assert.equal((await ask('ines', 'GET', '/duties/breakglass')).json.openings.length, 1, 'one’s own')
})

test('shown again from elsewhere, both factors count for nothing here', async () => {
  const ana = accounts.get('ana')!
  const from = (steppedUpFrom: string) => principals.set('away', principalOf(ana, { steppedUpFrom }))
  const invite = { kind: 'invite', ...officer, login: 'one.more' }
  for (const place of ['192.0.2.7', '2001:db8::1', 'unknown']) {
    from(place)
    for (const [method, path, body] of [
      ['POST', '/auth/approvals', invite],
      ['POST', '/auth/factors/options', undefined],
      ['POST', '/auth/factors/recovery-codes', undefined],
      ['DELETE', '/auth/factors/password', undefined],
    ] as const)
      assert.equal((await ask('away', method, path, body)).json.error, 'step-up-needed', `${place} ${path}`)
  }
  from('127.0.0.1')
  assert.equal((await ask('away', 'POST', '/auth/approvals', invite)).status, 201)
})

test('what is not there is told at the end of a slot, and so is what is hidden; what is seen comes at once', async () => {
  const put = async (type: string, id: string, more: object) => {
    const body = Buffer.from(JSON.stringify({ resourceType: type, id, ...more }))
    assert.equal((await vault.store.update(type, id, body, {})).status, 'ok')
  }
  await put('Patient', 'h1', {})
  const slotMs = 80
  const admit: People['admit'] = ({ token }) => ({ status: 'valid', principal: principals.get(token)! })
  const server = await running({ people: () => ({ ...people, admit }), limits: { slotMs } }, vault)
  for (const path of [
    'Patient/h1',
    'Patient/none',
    'Patient/h1/_history',
    'Patient/none/_history',
    'Patient/h1/$everything',
  ])
    for (let n = 0; n < 2; n++) {
      const begunMs = performance.now()
      const told = await ask('ines', 'GET', `/fhir/R4/${path}`, undefined, server)
      assert.equal(told.status, 404, path)
      // Timers go off some tenths early.
      assert.ok(performance.now() - begunMs > slotMs - 2, path)
    }

  await put('Observation', 'o1', {
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'Patient/h1' },
  })
  await put('Practitioner', 'w1', { active: true })
  /** Nobody waits longer than it takes: of many tries the fastest tells it. */
  const fastest = async (path: string, want: number, body?: object) => {
    let ms = Infinity
    for (let n = 0; n < 8; n++) {
      const begunMs = performance.now()
      const told = await ask('ines', body ? 'POST' : 'GET', `/fhir/R4${path}`, body, server)
      ms = Math.min(ms, performance.now() - begunMs)
      assert.equal(told.status, 200, path)
      const { entry = [], type } = told.json
      if (type === 'searchset') assert.equal(entry.length, want, path)
    }
    return ms
  }
  const batch = (url: string, more = {}) => ({
    resourceType: 'Bundle',
    type: 'batch',
    entry: [{ request: { method: 'GET', url, ...more } }],
  })
  for (const id of ['h1', 'none']) {
    for (const path of [`/Observation?patient=${id}`, `/Patient?_id=${id}`, `/Patient/${id}/Observation`])
      assert.ok((await fastest(path, 0)) > slotMs - 2, path)
    for (const url of [`Patient/${id}`, `Observation?patient=${id}`])
      assert.ok((await fastest('', 0, batch(url))) > slotMs - 2, url)
    const gone = batch(`Patient/${id}`, { method: 'DELETE' })
    assert.ok((await fastest('', 0, gone)) > slotMs - 2, `batch of DELETE ${id}`)
  }
  assert.ok((await fastest('/Practitioner?_id=w1', 1)) < slotMs - 2, 'what is seen')
  assert.ok((await fastest('', 0, batch('Practitioner/w1'))) < slotMs - 2, 'a Bundle of what is seen')
})

test('faster than a person: told when to come again, in reading nobody, and nobody else', async () => {
  const pace = { atOnce: 3, everyMs: 60_000 }
  const own = await testVault({ after: ending })
  const admit: People['admit'] = ({ token }) => {
    const principal = principals.get(token)
    return principal ? { status: 'valid', principal } : { status: 'invalid' }
  }
  const others = testPeople(own)
  const server = await running(
    { people: () => ({ ...others, admit }), limits: { paces: { records: pace, duties: pace, looks: pace } } },
    own,
  )
  const send = async (as: string, method: string, path: string, body?: object) =>
    ask(as, method, path, body, server)
  const slot = { resourceType: 'Appointment', status: 'booked', participant: [{ status: 'accepted' }] }
  for (let n = 0; n < 3; n++)
    assert.notEqual((await send('rosa', 'POST', '/fhir/R4/Appointment', slot)).status, 429)
  const late = await send('rosa', 'POST', '/fhir/R4/Appointment', slot)
  assert.equal(late.status, 429)
  assert.equal(late.json.issue[0].details.coding[0].code, 'too-fast')
  const seconds = Number(late.headers.get('retry-after'))
  assert.ok(seconds > 50 && seconds <= 60, `${seconds}`)
  for (const [method, path] of [
    ['PUT', '/fhir/R4/Appointment/a1'],
    ['DELETE', '/fhir/R4/Appointment/a1'],
    ['POST', '/fhir/R4'],
  ] as const)
    assert.equal((await send('rosa', method, path, method === 'DELETE' ? undefined : slot)).status, 429, path)
  for (let n = 0; n < 10; n++)
    assert.notEqual((await send('rosa', 'GET', '/fhir/R4/Appointment/a1')).status, 429, 'reads')
  assert.notEqual((await send('luz', 'POST', '/fhir/R4/Appointment', slot)).status, 429, 'somebody else')
  for (let n = 0; n < 10; n++)
    assert.notEqual((await send('program', 'POST', '/fhir/R4/Appointment', slot)).status, 429, 'a program')

  const glass = { patient: 'Patient/p1', reason: 'unconscious in the emergency room' }
  const opened = await Promise.all(
    Array.from({ length: 20 }, () => send('ines', 'POST', '/duties/breakglass', glass)),
  )
  assert.equal(opened.filter(({ status }) => status === 200).length, 3, 'of twenty at once')
  assert.equal(opened.filter(({ status }) => status === 429).length, 17)
  for (let n = 0; n < 3; n++) assert.equal((await send('luz', 'GET', '/auth/approvals')).status, 200)
  assert.equal((await send('luz', 'GET', '/auth/approvals')).json.error, 'too-fast')
})

after(() => principals.clear())
