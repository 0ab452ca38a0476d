/** Two records of one person over HTTP: proposed, asked for by one, approved by another, and parted again; nobody else does any of it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { People } from '#people/index.ts'
import { carryMerging } from '../../src/cli/house/carrying-merges.ts'
import { testPeople } from '#test/kit/people.ts'
import { bodyOf, testVault, type TestVault } from '#test/kit/vault.ts'
import { approve, Browser, enrolPasskey, foundHouse, invited, type Person } from './auth-kit.ts'
import { running, type Running } from './http-kit.ts'

const origin = 'https://vault.example.org'
const clock = { aheadMs: 0 }

let vault: TestVault
let people: People
let it: Running
const at = {} as Record<'officer' | 'archivist' | 'second' | 'physician' | 'reception' | 'privacy', Browser>

const ends: (() => unknown)[] = []
after(async () => {
  for (const end of ends.toReversed()) await end()
})

const browser = (): Browser => new Browser(it.port, origin)
const ref = (reference: string) => ({ reference })

async function signedIn(person: Person): Promise<Browser> {
  const one = browser()
  assert.equal((await one.signIn(person)).status, 201)
  const stepped = await one.stepUp(person)
  assert.ok(stepped.status < 300, JSON.stringify(stepped.value))
  return one
}

before(async () => {
  vault = await testVault({ after: (end) => void ends.push(end) })
  people = testPeople(vault, {
    isDemo: false,
    waits: true,
    now: () => Date.now() + clock.aheadMs,
    passwordCost: { memoryKiB: 64, passes: 1, lanes: 1 },
  })
  for (const joining of ['merge', 'unmerge'] as const)
    people.approvals.carry(
      joining,
      carryMerging(joining, (by) => vault.store.as(by)),
    )
  it = await running({ people: () => people, origin }, vault)
  const [ana, eva] = await foundHouse(people, browser, clock)
  const officers = [await signedIn(ana), await signedIn(eva)] as const
  at.officer = officers[0]
  for (const [name, login, more] of [
    ['archivist', 'arturo.gil', { roles: ['archivist'] }],
    ['second', 'alma.rey', { roles: ['archivist'] }],
    ['physician', 'pia.luz', { roles: ['physician'], practitioner: 'Practitioner/pia' }],
    ['reception', 'rosa.paz', { roles: ['reception'] }],
    ['privacy', 'paz.mora', { roles: ['privacy-officer'] }],
  ] as const) {
    const token = await invited(officers, { login, ...more, roles: [...more.roles] })
    at[name] = await signedIn(await enrolPasskey(browser(), token))
  }
  const put = async (resource: { resourceType: string; id: string; [more: string]: unknown }) => {
    const written = await vault.store.update(resource.resourceType, resource.id, bodyOf(resource), {})
    assert.equal(written.status, 'ok', JSON.stringify(written))
  }
  for (const [id, family, curp] of [
    ['p1', 'Núñez Báez', 'NUBE800102MDFXZL01'],
    ['p2', 'Nuñes Vaez', 'NUBE800102MDFXZL01'],
    ['p3', 'Núñez Báez', 'NUBE810102MDFXZL05'],
  ]) {
    await put({
      resourceType: 'Patient',
      id: id!,
      name: [{ family, given: ['Elena'] }],
      gender: 'female',
      birthDate: id === 'p3' ? '1955-05-05' : '1980-01-02',
      identifier: [{ system: 'urn:curp', value: curp }],
    })
    await put({
      resourceType: 'Observation',
      id: `weight-${id}`,
      status: 'final',
      code: { text: 'weight' },
      subject: ref(`Patient/${id}`),
    })
  }
  await put({ resourceType: 'Practitioner', id: 'pia' })
  await put({
    resourceType: 'Patient',
    id: 'p4',
    name: [{ family: 'Otra', given: ['Persona'] }],
    generalPractitioner: [ref('Practitioner/pia')],
  })
})

const parameters = (...parameter: object[]) => ({ resourceType: 'Parameters', parameter })
const patients = (source: string, target: string) => [
  { name: 'source-patient', valueReference: ref(`Patient/${source}`) },
  { name: 'target-patient', valueReference: ref(`Patient/${target}`) },
]
const merging = (one: Browser, source: string, target: string, ...more: object[]) =>
  one.ask('POST', '/fhir/R4/Patient/$merge', { body: parameters(...patients(source, target), ...more) })
const codeOf = (value: { issue?: { details?: { coding?: { code: string }[] } }[]; error?: string }) =>
  value.error ?? value.issue?.[0]?.details?.coding?.[0]?.code
const named = (value: { parameter: { name: string; [more: string]: unknown }[] }, name: string) =>
  value.parameter.filter((each) => each.name === name)
const weights = async (id: string) => {
  const answer = await it.vault.store.search({
    type: 'Observation',
    pairs: [['patient', id]],
    view: 'full',
    actor: 'tester',
  })
  return answer.status === 'ok' ? answer.entries.length : answer.status
}

test('a preview says what would be and changes nothing', async () => {
  const answer = await merging(at.archivist, 'p1', 'p2', { name: 'preview', valueBoolean: true })
  assert.equal(answer.status, 200, JSON.stringify(answer.value))
  assert.deepEqual(
    answer.value.parameter.map(({ name }: { name: string }) => name),
    ['input', 'outcome', 'result'],
  )
  assert.deepEqual(answer.value.parameter[2].resource.link, [{ other: ref('Patient/p1'), type: 'replaces' }])
  assert.deepEqual((await at.archivist.ask('GET', '/auth/approvals')).value.approvals, [])
  assert.equal(await weights('p2'), 1)
})

test('whoever may not ask, or may not see both, changes nothing', async () => {
  const cases = [
    [at.reception, 'p1', 'p2', 403, 'forbidden'],
    [at.physician, 'p1', 'p2', 404, 'not-found'],
    [at.physician, 'p4', 'p2', 404, 'not-found'],
    [at.archivist, 'p1', 'nobody', 404, 'not-found'],
    [at.archivist, 'p1', 'p1', 422, 'merge-same'],
  ] as const
  for (const [one, source, target, status, code] of cases) {
    const answer = await merging(one, source, target)
    assert.deepEqual([answer.status, codeOf(answer.value)], [status, code], `${source} ${target}`)
  }
  const wrong = [
    parameters(...patients('p1', 'p2'), {
      name: 'result-patient',
      resource: { resourceType: 'Patient', id: 'p2' },
    }),
    parameters(patients('p1', 'p2')[0]!),
    parameters(...patients('p1', 'p2'), patients('p3', 'p2')[0]!),
    parameters({ name: 'source-patient', valueReference: ref('Observation/p1') }, patients('p1', 'p2')[1]!),
    { resourceType: 'Patient' },
  ]
  for (const body of wrong)
    assert.equal(
      (await at.archivist.ask('POST', '/fhir/R4/Patient/$merge', { body })).status,
      400,
      JSON.stringify(body),
    )
  // Not past the operation either, where it is judged who sees the two.
  const straight = { kind: 'merge', source: 'Patient/p1', target: 'Patient/p2' }
  assert.equal((await at.archivist.ask('POST', '/auth/approvals', { body: straight })).status, 400)
  const program = { resourceType: 'Parameters', parameter: patients('p1', 'p2') }
  assert.equal(
    (await at.archivist.ask('POST', '/fhir/R4/Patient/$merge', { body: program, isBare: true })).status,
    401,
  )
})

test('asked for by one, approved by another, and parted the same way', async () => {
  const identified = parameters(
    { name: 'source-patient', valueReference: ref('Patient/p1') },
    {
      name: 'target-patient-identifier',
      valueIdentifier: { system: 'urn:curp', value: 'NUBE810102MDFXZL05' },
    },
    { name: 'reason', valueString: 'registered twice' },
  )
  const other = await at.archivist.ask('POST', '/fhir/R4/Patient/$merge', { body: identified })
  assert.equal(other.status, 202, JSON.stringify(other.value))
  const [task] = named(other.value, 'task') as unknown as {
    resource: { id: string; for: unknown; status: string }
  }[]
  assert.deepEqual(task?.resource.for, ref('Patient/p3'))
  const refused = await at.second.ask('POST', `/auth/approvals/${task?.resource.id}/refuse`)
  assert.equal(refused.value.state, 'refused')

  const asked = await merging(at.archivist, 'p1', 'p2')
  assert.equal(asked.status, 202)
  const id: string = asked.value.parameter.at(-1).resource.id
  assert.equal(await weights('p2'), 1, 'nothing before it is approved')
  const own = await approve(at.archivist, id)
  assert.deepEqual([own.status, own.value.error], [403, 'own-request'])
  assert.equal((await approve(at.physician, id)).status, 403)
  assert.equal((await approve(at.reception, id)).status, 403)
  const seen = await at.second.ask('GET', `/auth/approvals/${id}`)
  assert.match(seen.value.words.en, /^Merge the record Patient\/p1 into Patient\/p2: they are one person's/)
  const done = await approve(at.second, id)
  assert.equal(done.status, 200, JSON.stringify(done.value))
  assert.equal(done.value.approval.state, 'done')
  assert.deepEqual([await weights('p1'), await weights('p2')], [2, 2])
  const again = await merging(at.archivist, 'p1', 'p2')
  assert.deepEqual([again.status, codeOf(again.value)], [409, 'merged-already'])

  const body = parameters(...patients('p1', 'p2'))
  const parting = await at.privacy.ask('POST', '/fhir/R4/Patient/$unmerge', { body })
  assert.equal(parting.status, 202, JSON.stringify(parting.value))
  const parted = await approve(at.archivist, parting.value.parameter.at(-1).resource.id)
  assert.equal(parted.value.approval.state, 'done')
  assert.deepEqual([await weights('p1'), await weights('p2')], [1, 1])
})

test('what has changed meanwhile is judged when it is approved', async () => {
  const [first, second] = [await merging(at.archivist, 'p1', 'p2'), await merging(at.second, 'p1', 'p3')]
  const ids = [first, second].map(({ value }) => value.parameter.at(-1).resource.id as string)
  assert.equal((await approve(at.second, ids[0]!)).value.approval.state, 'done')
  const late = await approve(at.archivist, ids[1]!)
  assert.deepEqual([late.status, late.value.error], [409, 'merged-already'])
  const body = parameters(...patients('p1', 'p2'))
  const parting = await at.archivist.ask('POST', '/fhir/R4/Patient/$unmerge', { body })
  assert.equal((await approve(at.second, parting.value.parameter.at(-1).resource.id)).status, 200)
})

test('duplicates are proposed with their reasons, to whoever keeps the records', async () => {
  type Part = { name: string; resource?: { id: string }; valueCoding?: { code: string; display: string } }
  const list = async (one: Browser) => {
    const pairs: { ids: string[]; reasons: string[] }[] = []
    for (let page = ''; ;) {
      const answer = await one.ask('GET', `/fhir/R4/Patient/$duplicates${page}`, {
        headers: { 'accept-language': 'es' },
      })
      if (answer.status !== 200) return answer.status
      for (const { part } of named(answer.value, 'pair') as unknown as { part: Part[] }[])
        pairs.push({
          ids: part.flatMap(({ resource }) => (resource ? [resource.id] : [])).toSorted(),
          reasons: part.flatMap(({ valueCoding }) => (valueCoding ? [valueCoding.display] : [])),
        })
      const [next] = named(answer.value, 'next') as unknown as { valueString: string }[]
      if (!next) return pairs
      page = `?_page=${next.valueString}`
    }
  }
  const wanted = [
    {
      ids: ['p1', 'p2'],
      reasons: ['la misma CURP', 'un nombre que suena igual', 'la misma fecha de nacimiento'],
    },
  ]
  assert.deepEqual(await list(at.archivist), wanted)
  assert.deepEqual(await list(at.privacy), wanted)
  for (const one of [at.physician, at.officer]) assert.equal(await list(one), 403)

  const patient = {
    resourceType: 'Patient',
    name: [{ family: 'Nunez Baez', given: ['Elena'] }],
    birthDate: '1980-02-01',
  }
  const matching = (one: Browser, ...more: object[]) =>
    one.ask('POST', '/fhir/R4/Patient/$match', {
      body: parameters({ name: 'resource', resource: patient }, ...more),
    })
  const matched = await matching(at.reception)
  assert.equal(matched.status, 200, JSON.stringify(matched.value))
  type Entry = { resource: { id: string }; search: { score: number; extension: { valueCode?: string }[] } }
  const told = (matched.value.entry as Entry[]).map(({ resource, search }) => [
    resource.id,
    search.score,
    search.extension[0]?.valueCode,
  ])
  assert.deepEqual(told, [
    ['p1', 0.5, 'probable'],
    ['p2', 0.45, 'possible'],
  ])
  assert.equal(
    (await matching(at.reception, { name: 'onlyCertainMatches', valueBoolean: true })).value.total,
    0,
  )
  assert.equal((await matching(at.physician)).status, 403)

  const apart = (one: Browser, ...ids: string[]) =>
    one.ask('POST', '/fhir/R4/Patient/$not-duplicate', {
      body: parameters(...ids.map((id) => ({ name: 'patient', valueReference: ref(`Patient/${id}`) }))),
    })
  assert.equal((await apart(at.physician, 'p1', 'p2')).status, 403)
  assert.equal((await apart(at.archivist, 'p1')).status, 400)
  assert.equal((await apart(at.archivist, 'p1', 'nobody')).status, 404)
  assert.deepEqual(await list(at.archivist), wanted)
  assert.equal((await apart(at.archivist, 'p2', 'p1')).status, 204)
  assert.deepEqual(await list(at.archivist), [])
})
