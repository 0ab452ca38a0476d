import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { validate } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { running, type Reply, type Running } from './http-kit.ts'

interface Bundle {
  total?: number
  link: { relation: string; url: string }[]
  entry?: { fullUrl?: string; resource: { resourceType: string; id: string }; search: { mode: string } }[]
}

let it: Running

before(async () => {
  it = await running({ level: 'debug' })
  const put = async (type: string, id: string, more: object) => {
    const body = JSON.stringify({ resourceType: type, id, ...more })
    const reply = await it.ask(`/${type}/${id}`, { method: 'PUT', body })
    assert(reply.status < 300, reply.text)
  }
  await put('Organization', 'org', { name: 'Clínica Sur' })
  for (const id of ['p', 'q']) {
    await put('Patient', id, {
      name: [{ family: id === 'p' ? 'González' : 'Nuñez' }],
      managingOrganization: { reference: 'Organization/org' },
    })
    for (let n = 0; n < 6; n++) {
      await put('Observation', `${id}${n}`, {
        status: n % 2 === 0 ? 'final' : 'preliminary',
        code: { coding: [{ system: 'http://loinc.org', code: `c${n % 3}` }] },
        subject: { reference: `Patient/${id}` },
        effectiveDateTime: `2026-03-0${n + 1}`,
      })
    }
  }
})

const bundleOf = (reply: Reply): Bundle => {
  assert.equal(reply.status, 200, reply.text)
  const bundle = JSON.parse(reply.text) as Bundle
  assert.deepEqual(validate(bundle as unknown as JsonObject), [], reply.text)
  return bundle
}
const names = ({ entry = [] }: Bundle, mode = 'match') =>
  entry
    .filter(({ search }) => search.mode === mode)
    .map(({ resource }) => `${resource.resourceType}/${resource.id}`)
const linkOf = ({ link }: Bundle, relation: string) => link.find((each) => each.relation === relation)?.url
const form = (body: string): RequestInit => ({
  method: 'POST',
  body,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
})
const search = async (path: string, init?: RequestInit) => bundleOf(await it.ask(path, init))

test('a search by address, by form, and by both', async () => {
  const want = ['Observation/p4', 'Observation/p1']
  const query = 'code=http://loinc.org|c1&_sort=-date'
  assert.deepEqual(names(await search(`/Observation?patient=p&${query}`)), want)
  assert.deepEqual(names(await search('/Observation/_search', form(`patient=p&${query}`))), want)
  assert.deepEqual(names(await search('/Observation/_search?patient=Patient/p', form(query))), want)
})

test('pages follow their links to the end', async () => {
  const found: string[] = []
  let page = await search('/Observation?patient=p&_sort=date&_count=4')
  assert.equal(page.total, 6)
  assert.equal(linkOf(page, 'self'), `${it.origin}/fhir/R4/Observation?patient=p&_sort=date&_count=4`)
  for (;;) {
    found.push(...names(page))
    const next = linkOf(page, 'next')
    if (next === undefined) break
    page = await search(next.slice(`${it.origin}/fhir/R4`.length))
  }
  assert.deepEqual(
    found,
    [0, 1, 2, 3, 4, 5].map((n) => `Observation/p${n}`),
  )
})

test('in a compartment, of one type or all', async () => {
  assert.equal((await search('/Patient/p/Observation?status=final')).total, 3)
  assert.equal((await search('/Patient/p/Observation/_search', form('status=final'))).total, 3)
  assert.equal((await search('/Patient/p/*?_count=2')).total, 7)
  assert.equal((await search('/Patient/p/_search', form('_type=Patient'))).total, 1)
  assert.equal((await it.ask('/Patient/p/Organization')).status, 404)
  assert.equal((await it.ask('/Patient/p/Nonsense')).status, 404)
  assert.equal((await it.ask('/Patient/p/Observation', { method: 'DELETE' })).status, 405)
  // The routes of a Patient's own are what they were.
  assert.equal((await search('/Patient/p/$everything')).entry?.length, 8)
  assert.equal(bundleOf(await it.ask('/Patient/p/_history')).entry?.length, 1)
  assert.equal((await it.ask('/Patient/p/_history/1')).status, 200)
  assert.equal((await it.ask('/Patient/p')).status, 200)
})

test('of the whole system', async () => {
  assert.equal(names(await search('?_type=Patient,Organization')).length, 3)
  assert.equal(names(await search('/_search', form('_type=Organization&_count=5'))).length, 1)
  assert.equal((await search('?_id=p&_summary=count')).total, 1)
})

test('chains, _has, _include and a name by its sound', async () => {
  assert.equal((await search('/Observation?patient.name=nunez')).total, 6)
  assert.deepEqual(names(await search('/Patient?name=Gonzales')), ['Patient/p'])
  assert.deepEqual(names(await search('/Patient?_has:Observation:patient:code=c1&name=gonz')), ['Patient/p'])
  const found = await search(
    '/Observation?patient=p&code=c0&_include=Observation:patient&_include:iterate=Patient:organization',
  )
  assert.deepEqual(names(found), ['Observation/p3', 'Observation/p0'])
  assert.deepEqual(names(found, 'include'), ['Patient/p', 'Organization/org'])
  assert.equal(found.total, 2)
})

test('shape: summary, elements, count', async () => {
  const counted = await search('/Observation?patient=p&_summary=count')
  assert.deepEqual([counted.total, counted.entry], [6, undefined])
  const parts = await it.ask('/Observation?patient=p&_elements=status&_count=1')
  assert.match(parts.text, /SUBSETTED/)
  assert.doesNotMatch(parts.text, /effectiveDateTime/)
})

test('what is not supported is named; who is lenient is told what was left out', async () => {
  const strict = await it.ask('/Observation?patient=p&colour=red')
  assert.deepEqual([strict.status, strict.codes], [400, ['unsupported-parameter']])
  assert.match(strict.text, /colour/)
  const lenient = await search('/Observation?patient=p&colour=red&_count=2', {
    headers: { prefer: 'handling=lenient', 'accept-language': 'es' },
  })
  assert.equal(lenient.total, 6)
  assert.equal(linkOf(lenient, 'self'), `${it.origin}/fhir/R4/Observation?patient=p&_count=2`)
  const outcome = lenient.entry?.at(-1)
  assert.equal(outcome?.search.mode, 'outcome')
  assert.match(JSON.stringify(outcome), /El parámetro colour/)
  const more = await it.ask(linkOf(lenient, 'next')?.replace(`${it.origin}/fhir/R4`, '') ?? '')
  assert.deepEqual(
    [more.status, more.codes],
    [200, []],
    'what was left out is not in the link, nor asked of it',
  )
  const wrong = await it.ask('/Observation?date=ayer', { headers: { prefer: 'handling=lenient' } })
  assert.deepEqual([wrong.status, wrong.codes], [400, ['invalid-search-value']])
})

test('a date without a time is the facility’s', async () => {
  // Midnight in Mexico City is six in the morning in UTC.
  assert.equal((await search('/Observation?patient=p&date=lt2026-03-02T05:59:00Z')).total, 1)
  assert.equal((await search('/Observation?patient=p&date=2026-03-02')).total, 1)
})

test('a batch searches, too', async () => {
  const get = (url: string): object => ({ request: { method: 'GET', url } })
  const reply = await it.ask('', {
    method: 'POST',
    body: JSON.stringify({
      resourceType: 'Bundle',
      type: 'batch',
      entry: [
        get('Observation?patient=p&_count=1'),
        get('Patient/p/Observation?code=c1'),
        get('?_type=Organization'),
        get('Observation?colour=red'),
      ],
    }),
  })
  const { entry } = JSON.parse(reply.text) as { entry: { resource?: Bundle; response: { status: string } }[] }
  assert.deepEqual(
    entry.map(({ response }) => response.status.slice(0, 3)),
    ['200', '200', '200', '400'],
  )
  assert.deepEqual(
    entry.map(({ resource }) => resource?.total),
    [6, 2, 1, undefined],
  )
})

test('conditional operations take what a search takes', async () => {
  const body = JSON.stringify({
    resourceType: 'Observation',
    status: 'amended',
    code: { coding: [{ system: 'http://loinc.org', code: 'c5' }] },
    subject: { reference: 'Patient/q' },
  })
  const put = await it.ask('/Observation?patient=q&code=http://loinc.org|c5', { method: 'PUT', body })
  assert.equal(put.status, 201, put.text)
  const again = await it.ask('/Observation?patient=q&code=http://loinc.org|c5', { method: 'PUT', body })
  assert.equal(again.status, 200, again.text)
  const many = await it.ask('/Observation?patient.name=nunez&status=final', { method: 'DELETE' })
  assert.deepEqual([many.status, many.codes], [412, ['multiple-matches']])
  assert.equal(
    (await it.ask('/Observation?patient.name=nunez&status=amended', { method: 'DELETE' })).status,
    204,
  )
})

test('the log names no value that was searched', () => {
  const log = it.log.join('')
  assert(log.includes('/fhir/R4/Observation') || log.includes('/fhir/R4/:type'))
  for (const value of ['gonz', 'Gonzales', 'nunez', 'loinc', 'colour', 'ayer', '_page'])
    assert(!log.includes(value), value)
})

test('whoever goes ends the search', async () => {
  const gone = new AbortController()
  const asked = it.ask('?_type=Patient,Observation&_sort=_lastUpdated&_total=accurate', {
    signal: gone.signal,
  })
  gone.abort()
  await assert.rejects(asked)
  assert.equal((await search('/Observation?patient=p')).total, 6)
})
