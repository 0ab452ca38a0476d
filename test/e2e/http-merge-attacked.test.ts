/** What somebody might try with records that are, or are not, one person's: what is no input, two at once, whom they may not see, rows that SQL made, more than a person asks. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { before, test } from 'node:test'
import { verifyRecords } from '#records/verify/index.ts'
import type { Account, People, Principal, Role } from '#people/index.ts'
import { testAccount, testPeople } from '#test/kit/people.ts'
import { bodyOf, testVault, tester, timeZone, type TestVault } from '#test/kit/vault.ts'
import { carryMerging } from '../../src/cli/house/carrying-merges.ts'
import { ending, running, type Running } from './http-kit.ts'

const who = { actor: 'tester', client: 'test', address: 'local' }
const ref = (reference: string) => ({ reference })

let vault: TestVault
let people: People
let it: Running
const principals = new Map<string, Principal>()
const limits = {
  paces: {
    records: { atOnce: 1e9, everyMs: 1 },
    duties: { atOnce: 1e9, everyMs: 1 },
    looks: { atOnce: 1e9, everyMs: 1 },
  },
}

const admit: People['admit'] = ({ token }) => {
  const principal = principals.get(token)
  return principal ? { status: 'valid', principal } : { status: 'invalid' }
}

before(async () => {
  vault = await testVault({ after: ending })
  people = testPeople(vault, { passwordCost: { memoryKiB: 64, passes: 1, lanes: 1 } })
  for (const joining of ['merge', 'unmerge'] as const)
    people.approvals.carry(
      joining,
      carryMerging(joining, (by) => vault.store.as(by)),
    )
  it = await running({ people: () => ({ ...people, admit }), limits }, vault)
  for (const [login, role, more] of [
    ['arturo', 'archivist', {}],
    ['alma', 'archivist', {}],
    ['paz', 'privacy-officer', {}],
    ['eva', 'security-officer', {}],
    ['pia', 'physician', { practitioner: 'Practitioner/pia' }],
    ['rosa', 'reception', {}],
    ['ximena', 'patient', { patient: 'Patient/p2' }],
  ] as [string, Role, Partial<Account>][]) {
    const account = testAccount(login, { roles: [role], ...more })
    assert.equal(await people.accounts.add(account, who), 'added')
    const { id, person, name, roles, practitioner, patient } = account
    const steppedUpAt = Math.floor(Date.now() / 1000) + 250
    const asking = {
      account: id,
      person,
      login,
      name,
      roles,
      represents: [],
      session: 'x'.repeat(22),
      steppedUpAt,
    }
    const bound = { ...(practitioner ? { practitioner } : {}), ...(patient ? { patient } : {}) }
    principals.set(login, { actor: `person/${id}`, client: 'web', person: { ...asking, ...bound } })
  }
  principals.set('program', { actor: 'p', client: 'p', program: { id: 'p', scope: 'system/*.cruds' } })
  await put('Practitioner', 'pia', {})
  for (const id of ['p1', 'p2', 'p3', 'p4', 'p5']) {
    const generalPractitioner = id === 'p4' ? { generalPractitioner: [ref('Practitioner/pia')] } : {}
    await put('Patient', id, {
      name: [{ family: `Núñez ${id}`, given: ['Elena'] }],
      identifier: [{ system: 'urn:x', value: `number-${id}` }],
      ...generalPractitioner,
    })
    await put('Observation', `of-${id}`, {
      status: 'final',
      code: { text: 'x' },
      subject: ref(`Patient/${id}`),
    })
  }
})

async function put(resourceType: string, id: string, more: object): Promise<void> {
  const written = await vault.store.update(resourceType, id, bodyOf({ resourceType, id, ...more }), {})
  assert.equal(written.status, 'ok', JSON.stringify(written))
}

async function ask(as: string, method: string, path: string, body?: unknown, from: Running = it) {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await fetch(`http://127.0.0.1:${from.port}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${as}`,
      ...(text === undefined
        ? {}
        : { 'content-type': path.startsWith('/fhir') ? 'application/fhir+json' : 'application/json' }),
    },
    ...(text === undefined ? {} : { body: text }),
  })
  const told = await answer.text()
  return {
    status: answer.status,
    text: told,
    headers: answer.headers,
    // oxlint-disable-next-line typescript/no-explicit-any -- what a server answers is whatever it is
    json: (told.startsWith('{') ? JSON.parse(told) : {}) as any,
  }
}

const parameters = (...parameter: unknown[]) => ({ resourceType: 'Parameters', parameter })
const pairOf = (source: unknown, target: unknown) => [
  { name: 'source-patient', valueReference: source },
  { name: 'target-patient', valueReference: target },
]
const patients = (source: string, target: string) =>
  pairOf(ref(`Patient/${source}`), ref(`Patient/${target}`))
const operation = (as: string, name: string, ...parameter: unknown[]) =>
  ask(as, 'POST', `/fhir/R4/${name}`, parameters(...parameter))
const asked = async (joining: 'merge' | 'unmerge', source: string, target: string, as = 'arturo') => {
  const answer = await operation(as, `Patient/$${joining}`, ...patients(source, target))
  assert.equal(answer.status, 202, answer.text)
  return answer.json.parameter.at(-1).resource.id as string
}
const approve = (id: string, as = 'alma') => ask(as, 'POST', `/auth/approvals/${id}/approve`, {})
const merged = async (source: string, target: string) =>
  assert.equal((await approve(await asked('merge', source, target))).status, 200)
const parted = async (source: string, target: string) =>
  assert.equal((await approve(await asked('unmerge', source, target))).status, 200)

async function seen(id: string, as = tester, from: Pick<TestVault, 'store'> = vault): Promise<string[]> {
  const page = await from.store
    .as(as)
    .search({ type: 'Observation', pairs: [['patient', id]], view: 'full', actor: 'x' })
  if (page.status !== 'ok') return [page.status]
  return page.entries
    .map(({ version }) => version.id)
    .filter((name) => name.startsWith('of-'))
    .toSorted()
}
const own = (...ids: string[]) => ids.map((id) => `of-${id}`)

const hostile: readonly unknown[] = [
  null,
  0,
  -1,
  1e308,
  true,
  [],
  [[]],
  {},
  '',
  'Patient/',
  'Patient/../p1',
  'Patient/p1/_history/1',
  'Patient/p1?x=y',
  'Observation/of-p1',
  'https://elsewhere.example/Patient/p1',
  'urn:uuid:00000000-0000-4000-8000-000000000000',
  '#p1',
  'Patient/р1',
  'Patient/p1\u0000',
  'Patient/p1\u202e',
  'Patient/p1\n',
  'Patient/__proto__',
  'Patient/constructor',
  "Patient/'; drop table authority; --",
  `Patient/${'x'.repeat(65)}`,
  'x'.repeat(2_000),
]

test('what is no input is refused, and breaks nothing', async () => {
  const taken: string[] = []
  const told = async (name: string, body: unknown) => {
    const { status } = await ask('arturo', 'POST', `/fhir/R4/${name}`, body)
    if (status < 400 || status >= 500) taken.push(`${status} ${name} ${JSON.stringify(body)?.slice(0, 200)}`)
  }
  const names = [
    'Patient/$merge',
    'Patient/$unmerge',
    'Patient/$not-duplicate',
    'Patient/$match',
    'Observation/of-p1/$move',
  ]
  for (const name of names) {
    for (const body of [
      null,
      0,
      [],
      'a',
      '{',
      '\u0000',
      {},
      { resourceType: 'Patient' },
      parameters(null),
      parameters([]),
      parameters({}),
      parameters({ name: 1 }),
      { resourceType: 'Parameters', parameter: {} },
      { resourceType: ['Parameters'], parameter: [] },
      `{"resourceType":"Parameters","parameter":[${'['.repeat(5_000)}`,
    ])
      await told(name, body)
    await told(name, parameters({ name: '__proto__' }))
  }
  for (const value of hostile)
    for (const joining of ['$merge', '$unmerge'])
      for (const pair of [
        pairOf({ reference: value }, ref('Patient/p2')),
        pairOf(ref('Patient/p1'), { reference: value }),
        pairOf(value, ref('Patient/p2')),
        [{ name: 'source-patient-identifier', valueIdentifier: value }, ...patients('p1', 'p2').slice(1)],
        [
          { name: 'source-patient-identifier', valueIdentifier: { system: value, value } },
          ...patients('p1', 'p2').slice(1),
        ],
      ])
        await told(`Patient/${joining}`, parameters(...pair))
  for (const value of hostile) {
    await told(
      'Patient/$not-duplicate',
      parameters(
        { name: 'patient', valueReference: { reference: value } },
        { name: 'patient', valueReference: ref('Patient/p1') },
      ),
    )
    await told(
      'Observation/of-p1/$move',
      parameters(
        { name: 'patient', valueReference: { reference: value } },
        { name: 'reason', valueString: 'x' },
      ),
    )
    if (typeof value !== 'string' || value === '')
      await told(
        'Patient/$merge',
        parameters(...patients('p1', 'p2'), { name: 'reason', valueString: value === undefined ? 0 : value }),
      )
  }
  // Letters that turn a line round, or are not seen, in what another person reads before approving it.
  for (const reason of ['a\u202eb', 'a\u0000b', 'a\u001b[2Jb', 'a\nb', 'a\u2028b', 'x'.repeat(1_001)])
    await told('Patient/$merge', parameters(...patients('p1', 'p2'), { name: 'reason', valueString: reason }))
  assert.deepEqual(taken, [])
  assert.deepEqual((await ask('alma', 'GET', '/auth/approvals')).json, { approvals: [] })
  // Whatever is in a Patient to be matched, it is compared or refused.
  for (const value of [...hostile, [null], [{}], [{ value: null }], [{ family: [] }], [{ given: {} }]])
    for (const member of ['name', 'identifier', 'birthDate', 'gender', 'link', 'id']) {
      const resource = { resourceType: 'Patient', name: [{ family: 'Núñez' }], [member]: value }
      const { status, text } = await operation('arturo', 'Patient/$match', { name: 'resource', resource })
      assert.ok(status === 200 || status === 400, `${status} ${member} ${JSON.stringify(value)} ${text}`)
    }
  for (const query of [
    '?_page=x',
    `?_page=${'A'.repeat(4_000)}`,
    '?_page=',
    '?_page[]=x',
    '?_count=1000000',
  ]) {
    const { status } = await ask('arturo', 'GET', `/fhir/R4/Patient/$duplicates${query}`)
    assert.ok(status === 400 || status === 410, `${status} ${query}`)
  }
  const faults = it.log.filter((line) => (JSON.parse(line) as { level: number }).level >= 50)
  assert.deepEqual(faults, [])
})

test('50 MB of names and identifiers are compared as a few, or not taken', async () => {
  const name = Array.from({ length: 350_000 }, (_, n) => ({
    family: `Núñez Báez ${n}`,
    given: ['Elena María'],
  }))
  const resource = {
    resourceType: 'Patient',
    name,
    identifier: name.slice(0, 150_000).map((_, n) => ({ value: `number-p${n}` })),
  }
  const body = JSON.stringify(parameters({ name: 'resource', resource }))
  assert.ok(body.length > 20e6 && body.length < 50e6, String(body.length))
  const before = process.cpuUsage()
  const { status } = await ask('arturo', 'POST', '/fhir/R4/Patient/$match', body)
  const { user, system } = process.cpuUsage(before)
  assert.equal(status, 200)
  assert.ok((user + system) / 1e6 < 20, `${(user + system) / 1e6} s of processor`)
  const over = await ask('arturo', 'POST', '/fhir/R4/Patient/$match', `${' '.repeat(50_000_001)}{}`)
  assert.equal(over.status, 413)
})

test('of whom one may not see it is not told whether they are there', async () => {
  // Nothing of what is answered names whom was asked for.
  const alike = async (name: string, of: (other: string) => unknown[]) => {
    const [hidden, nobody] = await Promise.all(
      ['p2', 'nobody'].map((other) => operation('pia', name, ...of(other))),
    )
    assert.equal(hidden?.status, 404, `${name} ${hidden?.text}`)
    assert.deepEqual([hidden?.status, hidden?.text], [nobody?.status, nobody?.text], name)
  }
  const move = (other: string) => [
    { name: 'patient', valueReference: ref(`Patient/${other}`) },
    { name: 'reason', valueString: 'x' },
  ]
  for (const joining of ['Patient/$merge', 'Patient/$unmerge']) {
    await alike(joining, (other) => patients('p4', other))
    await alike(joining, (other) => patients(other, 'p4'))
    await alike(joining, (other) => [
      { name: 'source-patient-identifier', valueIdentifier: { system: 'urn:x', value: `number-${other}` } },
      ...patients('p1', 'p4').slice(1),
    ])
  }
  await alike('Observation/of-p4/$move', move)
  const [there, none] = await Promise.all(
    ['of-p2', 'of-nobody'].map((id) => operation('pia', `Observation/${id}/$move`, ...move('p4'))),
  )
  assert.deepEqual([there?.status, there?.text], [none?.status, none?.text])
  assert.equal(there?.status, 404)
  // Of what was asked for of others nothing is shown, though one might ask for such.
  const id = await asked('merge', 'p1', 'p2')
  assert.deepEqual((await ask('pia', 'GET', '/auth/approvals')).json, { approvals: [] })
  const unknown = '00000000-0000-4000-8000-000000000000'
  const shown = await Promise.all([id, unknown].map((each) => ask('pia', 'GET', `/auth/approvals/${each}`)))
  assert.deepEqual([shown[0]?.status, shown[0]?.text], [404, shown[1]?.text])
  for (const as of ['ximena', 'program'])
    for (const name of ['Patient/$merge', 'Patient/$unmerge']) {
      const [one, other] = await Promise.all(
        ['p2', 'nobody'].map((each) => operation(as, name, ...patients('p1', each))),
      )
      if (as !== 'program')
        assert.deepEqual([one?.status, one?.text], [other?.status, other?.text], `${as} ${name}`)
      assert.ok((one?.status ?? 0) >= 400, `${as} ${name}`)
    }
  for (const as of ['pia', 'ximena', 'eva'])
    assert.equal((await ask(as, 'GET', '/fhir/R4/Patient/$duplicates')).status, 403, as)
  await ask('alma', 'POST', `/auth/approvals/${id}/refuse`, {})
})

test('opposite merges, the same twice, and the way back twice, at once', async () => {
  for (let n = 0; n < 3; n++) {
    const ids = [
      await asked('merge', 'p1', 'p2'),
      await asked('merge', 'p2', 'p1'),
      await asked('merge', 'p1', 'p2'),
    ]
    const done = await Promise.all(ids.flatMap((id) => [approve(id, 'alma'), approve(id, 'paz')]))
    for (const { status, text } of done) assert.ok([200, 409, 422].includes(status), text)
    assert.deepEqual([await seen('p1'), await seen('p2')], [own('p1', 'p2'), own('p1', 'p2')])
    assert.deepEqual(await seen('p3'), own('p3'))
    const links = await Promise.all(
      ['p1', 'p2'].map(async (id) => {
        const { json } = await ask('program', 'GET', `/fhir/R4/Patient/${id}`)
        return (json.link as { type: string }[]).map(({ type }) => type)
      }),
    )
    const isFirst = links[0]?.[0] === 'replaced-by'
    assert.deepEqual(links, isFirst ? [['replaced-by'], ['replaces']] : [['replaces'], ['replaced-by']])
    const [source, target] = isFirst ? ['p1', 'p2'] : ['p2', 'p1']
    const beside = [await asked('unmerge', source!, target!), await asked('unmerge', source!, target!)]
    const back = await Promise.all(beside.flatMap((id) => [approve(id, 'alma'), approve(id, 'paz')]))
    for (const { status, text } of back) assert.ok([200, 409].includes(status), text)
    assert.deepEqual([await seen('p1'), await seen('p2')], [own('p1'), own('p2')])
  }
})

test('of many who move one note at once one does', async () => {
  await put('Observation', 'wrong', { status: 'final', code: { text: 'moved' }, subject: ref('Patient/p1') })
  const move = (patient: string) =>
    operation(
      'program',
      'Observation/wrong/$move',
      { name: 'patient', valueReference: ref(`Patient/${patient}`) },
      { name: 'reason', valueString: 'x' },
    )
  const done = await Promise.all(['p2', 'p2', 'p3', 'p2', 'p3', 'p2'].map(move))
  assert.deepEqual(done.map(({ status }) => status).toSorted(), [200, 422, 422, 422, 422, 422])
  const found = await vault.store.search({
    type: 'Observation',
    pairs: [
      ['status', 'final'],
      ['_count', '50'],
    ],
    view: 'full',
    actor: 'x',
  })
  assert.ok(found.status === 'ok')
  const there = found.entries.filter(({ version }) => version.json.includes('moved'))
  assert.equal(there.length, 1)
})

test('an approval is for its pair, once; a patient reads what is theirs for as long as it is', async () => {
  const id = await asked('merge', 'p1', 'p2')
  const ximena = { actor: 'x', client: 'x', address: 'x', principal: principals.get('ximena')! }
  assert.deepEqual(await seen('p1', ximena), [])
  assert.equal((await approve(id)).status, 200)
  assert.deepEqual(await seen('p1', ximena), own('p1', 'p2'))
  await parted('p1', 'p2')
  assert.deepEqual(await seen('p1', ximena), [])
  // Sent again it does nothing, with whatever beside it.
  for (const body of [
    {},
    { act: { kind: 'merge', source: 'Patient/p1', target: 'Patient/p3' } },
    { source: 'Patient/p3' },
  ])
    await ask('alma', 'POST', `/auth/approvals/${id}/approve`, body)
  for (const kind of ['merge', 'unmerge'])
    for (const source of ['Patient/p1', 'p1', ['Patient/p1']])
      assert.equal(
        (await ask('arturo', 'POST', '/auth/approvals', { kind, source, target: 'Patient/p3' })).status,
        400,
      )
  assert.deepEqual([await seen('p1'), await seen('p3')], [own('p1'), own('p3')])
})

/** What `verify` says of the database as it is. */
async function findings(): Promise<string[]> {
  const told: string[] = []
  const { sql, ledger, keys } = vault
  await verifyRecords({
    sql,
    ledger,
    keys,
    local: { timeZone },
    folder: tmpdir(),
    tables: ['resource', 'history', 'tuple', 'authority'],
    onFinding: (finding) => void told.push(`${finding.what} ${JSON.stringify(finding)}`),
  })
  return told
}

test('rows that SQL lends, puts back or takes away, and links that somebody plants, join nobody', async () => {
  const { sql } = vault
  type Row = { id: string; sealed: Uint8Array }
  const rowsNow = () => sql<Row[]>`select * from authority where kind = 9 order by id`
  // What is in its place in the ledger's tree is what counts (docs/spec/authority.md).
  const sequenced = async () => {
    for (let tries = 0; (await sql`select from ledger_staged`).length > 0; tries++) {
      assert.ok(tries < 400, 'nothing is sequenced')
      await new Promise((resume) => setTimeout(resume, 25))
    }
  }
  assert.deepEqual(await vault.ledger.start(), { status: 'ok' })
  await merged('p1', 'p5')
  await sequenced()
  const whole = await rowsNow()
  await parted('p1', 'p5')
  await sequenced()
  assert.deepEqual(await findings(), [])
  // As they were when both were one: the ledger knows newer ones.
  for (const row of whole) await sql`update authority set ${sql(row as never)} where id = ${row.id}`
  for (const [id, link] of [
    ['p1', { other: ref('Patient/p5'), type: 'replaced-by' }],
    ['p5', { other: ref('Patient/p1'), type: 'replaces' }],
    ['p3', { other: ref('Patient/p5'), type: 'replaces' }],
  ] as const)
    await put('Patient', id, { name: [{ family: 'Planted' }], link: [link] })
  const fresh = await vault.another()
  for (const id of ['p1', 'p3', 'p5']) assert.deepEqual(await seen(id, tester, fresh), own(id), id)
  assert.notDeepEqual(await findings(), [], 'verify names them')
  // The row of one lent to another, name and all that it is.
  const [first, second] = whole
  await sql`update authority set sealed = ${first!.sealed} where id = ${second!.id}`
  for (const id of ['p1', 'p3', 'p5'])
    assert.deepEqual(await seen(id, tester, await vault.another()), own(id), id)
})

test('faster than a person: asking, matching and looking for duplicates are told to wait', async () => {
  const pace = { atOnce: 3, everyMs: 60_000 }
  const server = await running(
    { people: () => ({ ...people, admit }), limits: { paces: { records: pace, duties: pace, looks: pace } } },
    vault,
  )
  const resource = { resourceType: 'Patient', name: [{ family: 'Núñez', given: ['Elena'] }] }
  const cases: [as: string, method: string, path: string, body?: object][] = [
    ['rosa', 'POST', 'Patient/$match', parameters({ name: 'resource', resource })],
    ['alma', 'GET', 'Patient/$duplicates'],
    ['arturo', 'POST', 'Patient/$merge', parameters(...patients('p2', 'p4'))],
  ]
  for (const [as, method, path, body] of cases) {
    const told = await Promise.all(
      Array.from({ length: 10 }, () => ask(as, method, `/fhir/R4/${path}`, body, server)),
    )
    assert.equal(told.filter(({ status }) => status === 429).length, 7, path)
  }
})
