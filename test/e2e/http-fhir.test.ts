import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { validate } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { onlyToken, running } from './http-kit.ts'
import type { Running } from './http-kit.ts'

let it: Running
before(async () => {
  it = await running()
})

const observation = (value: string): string =>
  `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":${value}}}`

async function create(body: string): Promise<{ id: string; location: string }> {
  const type = (JSON.parse(body) as { resourceType: string }).resourceType
  const { status, headers, text } = await it.ask(`/${type}`, { method: 'POST', body })
  assert.equal(status, 201, text)
  const location = headers.get('location') ?? ''
  return { id: location.split('/').at(-3) ?? '', location }
}

test('criteria with a condition that is none of theirs change nothing', async () => {
  const { id } = await create('{"resourceType":"Substance","code":{"text":"kept"}}')
  const at = `/Substance?_id=${id}`
  const body = '{"resourceType":"Substance","code":{"text":"lost"}}'
  for (const [method, header, value] of [
    ['PUT', 'if-none-match', '*'],
    ['DELETE', 'if-match', 'W/"9"'],
  ] as const) {
    const sent = method === 'PUT' ? { method, body } : { method }
    const refused = await it.ask(at, { ...sent, headers: { [header]: value } })
    assert.deepEqual([refused.status, refused.codes], [400, ['invalid-header']], method)
  }
  assert.match((await it.ask(`/Substance/${id}`)).text, /kept/)
})

test('a text that no address can have is that entry’s fault alone', async () => {
  const entry = ['\\ud800', 'x'].map(
    (text) => `{"request":{"method":"GET","url":"Basic?identifier=${text}"}}`,
  )
  const body = `{"resourceType":"Bundle","type":"batch","entry":[${entry.join(',')}]}`
  const { status, text } = await it.ask('/', { method: 'POST', body })
  assert.equal(status, 200, text)
  const { entry: answers } = JSON.parse(text) as { entry: { response: { status: string } }[] }
  assert.deepEqual(
    answers.map(({ response }) => response.status),
    ['400', '200'],
  )
})

test('create, read, vread, update, delete and history, with their headers', async () => {
  const { id, location } = await create(observation('1.0'))
  assert.equal(location, `${it.origin}/fhir/R4/Observation/${id}/_history/1`)

  const read = await it.ask(`/Observation/${id}`)
  assert.equal(read.status, 200)
  assert.equal(read.headers.get('etag'), 'W/"1"')
  assert.match(read.headers.get('last-modified') ?? '', /GMT$/)
  assert.match(read.headers.get('content-type') ?? '', /^application\/fhir\+json; charset=utf-8$/)
  assert.match(read.text, /"valueQuantity":\{"value":1\.0\}/)

  const body = observation('2.50').replace('{', `{"id":"${id}",`)
  const lost = await it.ask(`/Observation/${id}`, { method: 'PUT', body, headers: { 'if-match': 'W/"7"' } })
  assert.deepEqual([lost.status, lost.codes], [412, ['precondition-failed']])
  const updated = await it.ask(`/Observation/${id}`, {
    method: 'PUT',
    body,
    headers: { 'if-match': 'W/"1"' },
  })
  assert.equal(updated.status, 200, updated.text)
  assert.equal(updated.headers.get('etag'), 'W/"2"')

  assert.match((await it.ask(`/Observation/${id}/_history/1`)).text, /"value":1\.0/)
  assert.equal((await it.ask(`/Observation/${id}/_history/9`)).status, 404)
  assert.equal((await it.ask(`/Observation/${id}`, { method: 'HEAD' })).text, '')

  const removed = await it.ask(`/Observation/${id}`, { method: 'DELETE' })
  assert.equal(removed.status, 204)
  const gone = await it.ask(`/Observation/${id}`)
  assert.deepEqual([gone.status, gone.codes], [410, ['gone']])
  const history = JSON.parse((await it.ask(`/Observation/${id}/_history`)).text) as {
    type: string
    entry: { request: { method: string }; resource?: object; response: { etag: string } }[]
  }
  assert.equal(history.type, 'history')
  assert.deepEqual(
    history.entry.map(({ request, resource, response }) => [
      request.method,
      resource !== undefined,
      response.etag,
    ]),
    [
      ['DELETE', false, 'W/"3"'],
      ['PUT', true, 'W/"2"'],
      ['POST', true, 'W/"1"'],
    ],
  )
  assert.deepEqual(validate(history as unknown as JsonObject), [])
})

test('conditional reads are answered with 304', async () => {
  const { id } = await create(observation('1'))
  const { headers } = await it.ask(`/Observation/${id}`)
  const modified = headers.get('last-modified') ?? ''
  for (const [name, value, status] of [
    ['if-none-match', 'W/"1"', 304],
    ['if-none-match', '"9", W/"1"', 304],
    ['if-none-match', 'W/"2"', 200],
    ['if-modified-since', modified, 304],
    ['if-modified-since', 'Mon, 01 Jan 2001 00:00:00 GMT', 200],
    ['if-modified-since', 'nonsense', 200],
  ] as const) {
    const answer = await it.ask(`/Observation/${id}`, { headers: { [name]: value } })
    assert.equal(answer.status, status, `${name}: ${value}`)
  }
})

test('Prefer decides what a write answers with', async () => {
  for (const [prefer, want] of [
    ['return=minimal', /^$/],
    ['return=representation', /^\{"resourceType":"Observation"/],
    ['return=OperationOutcome', /^\{"resourceType":"OperationOutcome"/],
    ['respond-async', /^\{"resourceType":"Observation"/],
  ] as const) {
    const answer = await it.ask('/Observation', {
      method: 'POST',
      body: observation('1'),
      headers: { prefer },
    })
    assert.equal(answer.status, 201)
    assert.match(answer.text, want, prefer)
  }
})

test('conditional create, update and delete', async () => {
  const body = '{"resourceType":"Patient","identifier":[{"system":"urn:s","value":"MR-77"}]}'
  const headers = { 'if-none-exist': 'identifier=urn:s|MR-77' }
  const first = await it.ask('/Patient', { method: 'POST', body, headers })
  const again = await it.ask('/Patient', { method: 'POST', body, headers })
  assert.deepEqual([first.status, again.status], [201, 200])
  assert.equal(first.headers.get('location'), again.headers.get('location'))
  const put = await it.ask('/Patient?identifier=urn:s|MR-77', {
    method: 'PUT',
    body: body.replace('{', '{"active":true,'),
  })
  assert.deepEqual([put.status, put.headers.get('etag')], [200, 'W/"2"'])
  assert.deepEqual((await it.ask('/Patient', { method: 'DELETE' })).codes, ['criteria-missing'])
  assert.equal((await it.ask('/Patient?identifier=urn:s|MR-77', { method: 'DELETE' })).status, 204)
  const taken = await it.ask('/Patient/p-1', { method: 'PUT', body: '{"resourceType":"Patient","id":"p-1"}' })
  assert.equal(taken.status, 201)
  const twice = await it.ask('/Patient/p-1', {
    method: 'PUT',
    body: '{"resourceType":"Patient","id":"p-1"}',
    headers: { 'if-none-match': '*' },
  })
  assert.deepEqual([twice.status, twice.codes], [412, ['already-exists']])
})

interface Bundle {
  total?: number
  link: { relation: string; url: string }[]
  entry?: { fullUrl: string; resource: { id: string; resourceType: string } }[]
}

async function pages(path: string, method: 'GET' | 'POST' = 'GET'): Promise<string[]> {
  const ids: string[] = []
  let next: string | undefined = path
  while (next !== undefined) {
    const answer = await it.ask(next, ids.length === 0 ? { method } : {})
    assert.equal(answer.status, 200, answer.text)
    const bundle = JSON.parse(answer.text) as Bundle
    assert.deepEqual(validate(bundle as unknown as JsonObject), [])
    ids.push(...(bundle.entry ?? []).map(({ resource }) => resource.id))
    next = bundle.link.find(({ relation }) => relation === 'next')?.url.slice(`${it.origin}/fhir/R4`.length)
  }
  return ids
}

test('listing by _lastUpdated, in pages, counted, and by form', async () => {
  for (let index = 0; index < 5; index += 1) await create('{"resourceType":"Basic","code":{"text":"x"}}')
  const newest = await pages('/Basic?_count=2&_lastUpdated=ge2020-01-01')
  assert.equal(newest.length, 5)
  assert.deepEqual(await pages('/Basic?_count=2&_sort=_lastUpdated'), newest.toReversed())
  assert.deepEqual(await pages('/Basic?_lastUpdated=lt2020'), [])
  for (const path of ['/Basic?_summary=count', '/Basic?_count=0']) {
    const { total, entry } = JSON.parse((await it.ask(path)).text) as Bundle
    assert.deepEqual([total, entry], [5, undefined])
  }
  const form = await it.ask('/Basic/_search', {
    method: 'POST',
    body: '_count=3&_total=accurate',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  const found = JSON.parse(form.text) as Bundle
  assert.deepEqual([found.total, found.entry?.length], [5, 3])
  const stale = await it.ask('/Basic?_page=made-up')
  assert.deepEqual([stale.status, stale.codes], [410, ['page-expired']])
})

test('$everything of a patient, in pages, by GET and by POST', async () => {
  const patient = await create('{"resourceType":"Patient","active":true}')
  const subject = `"subject":{"reference":"Patient/${patient.id}"},`
  const ids = [patient.id]
  for (let index = 0; index < 3; index += 1)
    ids.push((await create(observation('1').replace('"code"', `${subject}"code"`))).id)
  for (const method of ['GET', 'POST'] as const) {
    assert.deepEqual(
      (await pages(`/Patient/${patient.id}/$everything?_count=2`, method)).toSorted(),
      ids.toSorted(),
    )
  }
  assert.equal((await it.ask('/Patient/nobody/$everything')).status, 404)
})

const refused = [
  ['/Patient?nombre=x', 400, 'unsupported-parameter'],
  ['/Patient?_filter=name eq x', 400, 'unsupported-parameter'],
  ['/Patient?_contained=true', 400, 'unsupported-parameter'],
  ['/Patient?name:sounds=x', 400, 'unsupported-parameter'],
  ['/Patient?_count=1&_count=2', 400, 'invalid-parameter'],
  ['/Patient?_count=-1', 400, 'invalid-search-value'],
  ['/Patient?_lastUpdated=yesterday', 400, 'invalid-search-value'],
  ['/Patient?_sort=nombre', 400, 'unsupported-parameter'],
  ['/Patient/p-1?_include=x', 400, 'unsupported-parameter'],
  ['/Patient/p-1?_summary=count', 400, 'invalid-parameter'],
  ['/Patient/p-1?_format=xml', 406, 'not-acceptable'],
  ['/Patient/p-1/$everything?_type=Observation', 400, 'unsupported-parameter'],
  ['/metadata?mode=terminology', 400, 'invalid-parameter'],
  ['/_history', 404, 'unknown-type'],
] as const

test('what is not supported is refused and named, never ignored', async () => {
  for (const [path, status, code] of refused) {
    const answer = await it.ask(path)
    assert.deepEqual([answer.status, answer.codes], [status, [code]], path)
  }
  assert.match((await it.ask('/Patient?nombre=x')).text, /parameter nombre is not supported/)
  assert.match(
    (await it.ask('/Patient?nombre=x', { headers: { 'accept-language': 'es-MX' } })).text,
    /El parámetro nombre no se admite/,
  )
})

test('formats', async () => {
  const { id } = await create(observation('1.0'))
  for (const [accept, status] of [
    ['application/json', 200],
    ['application/fhir+json; fhirVersion=4.0', 200],
    ['text/html, application/*;q=0.8', 200],
    ['application/fhir+xml', 406],
    ['application/fhir+json; fhirVersion=5.0', 406],
    ['application/json;q=0', 406],
  ] as const) {
    assert.equal((await it.ask(`/Observation/${id}`, { headers: { accept } })).status, status, accept)
  }
  const laid = await it.ask(`/Observation/${id}?_pretty=true&_format=application/fhir+json`)
  assert.match(laid.text, /\n {4}"value": 1\.0\n/)
  const part = await it.ask(`/Observation/${id}?_elements=status`)
  assert.match(part.text, /SUBSETTED/)
  assert.doesNotMatch(part.text, /valueQuantity/)
})

test('a batch reads and writes; a transaction that fails says which entry and why', async () => {
  const { id } = await create(observation('1.0'))
  const get = (url: string): object => ({ request: { method: 'GET', url } })
  const batch = await it.ask('', {
    method: 'POST',
    body: JSON.stringify({
      resourceType: 'Bundle',
      type: 'batch',
      entry: [
        get(`Observation/${id}`),
        get('Observation/nobody'),
        get('Patient?nombre=x'),
        get('Basic?_summary=count'),
      ],
    }),
  })
  assert.equal(batch.status, 200, batch.text)
  const { entry } = JSON.parse(batch.text) as { entry: { response: { status: string } }[] }
  assert.deepEqual(
    entry.map(({ response }) => response.status.slice(0, 3)),
    ['200', '404', '400', '200'],
  )
  const failed = await it.ask('/', {
    method: 'POST',
    body: JSON.stringify({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ resource: { resourceType: 'Observation' }, request: { method: 'POST', url: 'Observation' } }],
    }),
  })
  assert.equal(failed.status, 422, failed.text)
  assert.equal(failed.codes[0], 'transaction-failed')
})

test('what an entry of a batch reads is what the same address by itself reads, escapes and all', async () => {
  const { id } = await create(observation('1.0'))
  const coded = id.replaceAll('-', '%2D')
  const want: Record<string, number> = {
    [`Observation/${coded}`]: 200,
    [`%4Fbservation/${coded}/_history/%31`]: 200,
    [`Observation%2F${id}`]: 404,
    [`Observation/${id}%3F`]: 400,
    [`Observation/${id.replaceAll('-', '%252D')}`]: 400,
    'Patient/p-1/%24everything': 404,
    '%6Detadata': 200,
    'Observation/%zz': 400,
    'Observation/%ff': 400,
  }
  const urls = Object.keys(want)
  const entries = urls.map((url) => ({ request: { method: 'GET', url } }))
  const body = JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry: entries })
  const batch = await it.ask('', { method: 'POST', body })
  const { entry } = JSON.parse(batch.text) as { entry: { response: { status: string } }[] }
  const together = entry.map(({ response }, n) => [urls[n], Number(response.status)])
  const alone: [string, number][] = []
  for (const url of urls) alone.push([url, (await it.ask(`/${url}`)).status])
  assert.deepEqual(Object.fromEntries(alone), want)
  assert.deepEqual(Object.fromEntries(together), want)
})

test('metadata is a valid CapabilityStatement', async () => {
  const { status, text } = await it.ask('/metadata')
  assert.equal(status, 200)
  const issues = validate(JSON.parse(text) as JsonObject)
  assert.deepEqual(
    issues.filter(({ severity }) => severity !== 'warning'),
    [],
  )
})

test('the log names no id, no criteria, no body and no token', async () => {
  const logged = await running({ level: 'trace' }, it.vault)
  const curp = 'PEGJ800101HDFRRN09'
  const body = `{"resourceType":"Patient","id":"${curp}","name":[{"family":"Secretísima"}]}`
  await logged.ask(`/Patient/${curp}`, { method: 'PUT', body })
  await logged.ask(`/Patient/${curp}`)
  await logged.ask(`/Patient?identifier=${curp}`)
  await logged.ask(`/Patient?identifier=${curp}`, { method: 'DELETE' })
  await logged.ask(`/Patient/${curp}/x/y/${curp}`)
  await logged.ask(`/Patient/%zz${curp}`)
  await logged.ask('/Patient', { method: 'POST', body: `{"x":"${curp}",` })
  const text = logged.log.join('')
  assert.match(text, /"route":"\/fhir\/R4\/:type\/:id","status":200/)
  assert.ok(logged.log.length >= 7)
  for (const secret of [curp, 'Secret', 'a-token', 'identifier', 'Bearer'])
    assert.ok(!text.includes(secret), secret)
})

test('a sealed vault answers 503 with Retry-After, and its health says so', async () => {
  const sealed = await running()
  sealed.vault.keys.seal()
  for (const path of ['/Patient/p-1', '/Patient', '/Patient/p-1/$everything', '/Patient/_history']) {
    const answer = await sealed.ask(path)
    assert.deepEqual([answer.status, answer.codes], [503, ['sealed']], path)
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
  }
  const health = await fetch(`http://127.0.0.1:${sealed.port}/health`)
  assert.deepEqual([health.status, await health.json()], [200, { status: 'sealed', version: '0.0.0' }])
  // Where the token itself cannot be proved without the keys, nobody gets further either.
  const people = () => ({ ...onlyToken(it.vault), admit: async () => ({ status: 'sealed' }) as const })
  const unproved = await running({ people }, sealed.vault)
  assert.equal((await unproved.ask('/metadata')).status, 503)
})
