/** Bulk Data Access 2.0.0 as a client meets it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { exchange, lines, running, token, type Reply, type Running } from './http-kit.ts'
import { bodyOf, testVault } from '#test/kit/vault.ts'

let server: Running
const ends: (() => unknown)[] = []
const accept = { accept: 'application/fhir+json', prefer: 'respond-async' }

interface Manifest {
  transactionTime: string
  request: string
  requiresAccessToken: boolean
  output: File[]
  deleted: File[]
  error: File[]
  extension?: Record<string, { who: string; when: string; act: string }>
}
interface File {
  type: string
  url: string
  count: number
}

before(async () => {
  const vault = await testVault({ after: (end) => void ends.push(end) }, { exports: { ownerJobsMax: 8 } })
  const { store } = vault
  const put = async (type: string, id: string, more: object = {}) => {
    const written = await store.update(type, id, bodyOf({ resourceType: type, id, ...more }), {})
    assert.equal(written.status, 'ok', JSON.stringify(written))
  }
  await put('Patient', 'ana', { name: [{ family: 'Núñez' }] })
  await put('Patient', 'ben')
  await put('Organization', 'hgd', { name: 'Hospital General' })
  await put('Group', 'ward', {
    type: 'person',
    actual: true,
    member: [
      { entity: { reference: 'Patient/ana' } },
      { entity: { reference: 'Patient/ben' }, inactive: true },
    ],
  })
  server = await running({}, vault)
  store.exports.start()
})

after(async () => {
  for (const end of ends.toReversed()) await end()
})

/** The path of an address below `[base]`. */
const pathOf = (address: string | null) => {
  const base = `${server.origin}/fhir/R4`
  assert(address !== null && address.startsWith(base), String(address))
  return address.slice(base.length)
}

async function completed(path: string): Promise<{ manifest: Manifest; reply: Reply }> {
  for (let n = 0; n < 20; n++) {
    const reply = await server.ask(path)
    if (reply.status === 200) return { manifest: JSON.parse(reply.text) as Manifest, reply }
    assert.equal(reply.status, 202, reply.text)
    assert.match(reply.headers.get('x-progress') ?? '', /^\d+ %, \d+ resources$/)
    assert.equal(reply.headers.get('retry-after'), '2')
    await setTimeout(1_100)
  }
  throw new Error('the export does not end')
}

async function exported(path: string, init: RequestInit = {}) {
  const kickoff = await server.ask(path, { headers: accept, ...init })
  assert.equal(kickoff.status, 202, kickoff.text)
  const status = pathOf(kickoff.headers.get('content-location'))
  const { manifest, reply } = await completed(status)
  return { status, manifest, reply }
}

const typesOf = ({ output }: Manifest) => output.map(({ type, count }) => `${type} ${count}`)

test('from the kick-off to the files, and to their end', async () => {
  const { status, manifest, reply } = await exported('/$export?_outputFormat=application/fhir%2Bndjson')
  assert.match(reply.headers.get('content-type') ?? '', /^application\/json/)
  const hours = (Date.parse(reply.headers.get('expires') ?? '') - Date.now()) / 3_600_000
  assert(hours > 23.9 && hours < 24.1)
  const { transactionTime, request, requiresAccessToken, deleted, error } = manifest
  assert.deepEqual(
    { requiresAccessToken, deleted, error },
    { requiresAccessToken: true, deleted: [], error: [] },
  )
  assert.equal(request, `${server.origin}/fhir/R4/$export?_outputFormat=application/fhir%2Bndjson`)
  assert(Math.abs(Date.parse(transactionTime) - Date.now()) < 60_000)
  assert.deepEqual(typesOf(manifest), ['Group 1', 'Organization 1', 'Patient 2'])

  const { url } = manifest.output[2]!
  const file = await server.ask(pathOf(url))
  // Who took it, when, and as which act of the ledger: the job.
  const job = status.split('/').at(-1)
  const mark = manifest.extension?.['urn:x-sigilo:watermark']
  assert.deepEqual({ ...mark, when: '' }, { who: 'bearer', when: '', act: job })
  assert(Math.abs(Date.parse(mark?.when ?? '') - Date.now()) < 60_000)
  const said = file.headers.get('sigilo-watermark') ?? ''
  assert.match(said, new RegExp(`^who="bearer", when="[^"]+", act="${job}"$`))
  assert.equal(file.headers.get('content-type'), 'application/fhir+ndjson')
  const patients = file.text.trimEnd().split('\n')
  assert.deepEqual(patients.map((line) => (JSON.parse(line) as { id: string }).id).toSorted(), ['ana', 'ben'])
  const read = await server.ask('/Patient/ana')
  assert(patients.includes(read.text), 'a line is what a read gives, byte for byte')

  // Who takes gzip gets it; fetch of Node says that it does, so the plain one is asked for by hand.
  const bytesOf = async (coding: string) => {
    const response = await fetch(url.replace('localhost', '127.0.0.1'), {
      headers: { authorization: `Bearer ${token}`, 'accept-encoding': coding },
    })
    return { coding: response.headers.get('content-encoding'), text: await response.text() }
  }
  assert.deepEqual(await bytesOf('identity'), { coding: null, text: file.text })
  assert.deepEqual(await bytesOf('br, gzip;q=0.5'), { coding: 'gzip', text: file.text })
  assert.deepEqual((await bytesOf('gzip;q=0')).coding, null)
  const raw = await fetch(url.replace('localhost', '127.0.0.1'), {
    method: 'HEAD',
    headers: { authorization: `Bearer ${token}` },
  })
  assert.equal(raw.status, 200)

  const stranger = await fetch(url.replace('localhost', '127.0.0.1'))
  assert.equal(stranger.status, 401)
  const removed = await server.ask(status, { method: 'DELETE' })
  assert.equal(removed.status, 202)
  for (const gone of [status, pathOf(url)]) {
    const after = await server.ask(gone)
    assert.deepEqual([after.status, after.codes], [404, ['not-found']])
  }
  assert.equal((await server.ask(status, { method: 'DELETE' })).status, 404)
})

test('patients and Groups, by GET and by POST', async () => {
  const parameters = (parameter: object[]) => ({
    method: 'POST',
    body: JSON.stringify({ resourceType: 'Parameters', parameter }),
  })
  const all = await exported('/Patient/$export?_type=Patient')
  assert.deepEqual(typesOf(all.manifest), ['Patient 2'])
  const ward = await exported('/Group/ward/$export')
  assert.deepEqual(typesOf(ward.manifest), ['Group 1', 'Patient 1'])
  const posted = await exported(
    '/Patient/$export',
    parameters([
      { name: 'patient', valueReference: { reference: 'Patient/ben' } },
      { name: '_since', valueInstant: '2020-01-01T00:00:00Z' },
      { name: '_outputFormat', valueString: 'ndjson' },
      { name: '_type', valueString: 'Patient' },
    ]),
  )
  assert.deepEqual(typesOf(posted.manifest), ['Patient 1'])
  const lenient = await exported(
    '/Group/ward/$export?_type=Patient&includeAssociatedData=LatestProvenanceResources',
    {
      headers: { ...accept, prefer: 'respond-async, handling=lenient' },
    },
  )
  assert.deepEqual(
    lenient.manifest.error.map(({ type, count }) => [type, count]),
    [['OperationOutcome', 1]],
  )
  for (const { status } of [all, ward, posted, lenient]) await server.ask(status, { method: 'DELETE' })
})

test('what is refused', async () => {
  const cases: [string, RequestInit, number, string][] = [
    ['/$export', { headers: { accept: accept.accept } }, 400, 'invalid-header'],
    ['/$export', { headers: { ...accept, prefer: 'return=minimal' } }, 400, 'invalid-header'],
    ['/$export', { headers: { ...accept, accept: 'application/fhir+xml' } }, 406, 'not-acceptable'],
    ['/$export?_outputFormat=csv', { headers: accept }, 400, 'invalid-parameter'],
    ['/$export?_since=x', { headers: accept }, 400, 'invalid-parameter'],
    ['/$export?includeAssociatedData=x', { headers: accept }, 400, 'unsupported-parameter'],
    ['/Patient/$export?patient=Patient/ana', { headers: accept }, 400, 'unsupported-parameter'],
    ['/$export', { headers: accept, method: 'POST', body: '[]' }, 400, 'invalid-parameter'],
    [
      '/$export',
      { headers: accept, method: 'POST', body: '{"resourceType":"Parameters","parameter":[1]}' },
      400,
      'invalid-parameter',
    ],
    ['/$export', { headers: accept, method: 'PUT', body: '{}' }, 405, 'method-not-allowed'],
    ['/Group/none/$export', { headers: accept }, 404, 'not-found'],
    ['/Group/no_id/$export', { headers: accept }, 400, 'invalid-id'],
    ['/Observation/$export', { headers: accept }, 400, 'invalid-id'],
    ['/$export/00000000-0000-4000-8000-000000000000', {}, 404, 'not-found'],
    ['/$export/..%2f..%2fhome.json', {}, 404, 'not-found'],
    ['/$export/00000000-0000-4000-8000-000000000000/..%2fserver', {}, 404, 'not-found'],
  ]
  for (const [path, init, status, code] of cases) {
    const reply = await server.ask(path, init)
    assert.deepEqual([reply.status, reply.codes[0]], [status, code], path)
  }
  const head = await exchange(
    server.port,
    lines(server.port, 'HEAD /fhir/R4/$export HTTP/1.1', ['Prefer: respond-async']),
  )
  assert.deepEqual(head.statuses, [405])
  // Beside the operations, Groups are read as before.
  assert.equal((await server.ask('/Group/ward')).status, 200)
  assert.equal((await server.ask('/Group/ward/_history')).status, 200)
})

test('too many, and asked too often', async () => {
  // Nobody works on them while the server is not told to.
  const quiet = await running({}, await testVault({ after: (end) => void ends.push(end) }))
  const begun = await quiet.ask('/$export', { headers: accept })
  const path = new URL(begun.headers.get('content-location') ?? '').pathname.slice('/fhir/R4'.length)
  assert.equal((await quiet.ask(path)).status, 202)
  const again = await quiet.ask(path)
  assert.deepEqual(
    [again.status, again.codes[0], again.headers.get('retry-after')],
    [429, 'polled-too-often', '2'],
  )
  await setTimeout(1_050)
  assert.equal((await quiet.ask(path)).status, 202)
  for (let n = 1; n < 10; n++) assert.equal((await quiet.ask('/$export', { headers: accept })).status, 202)
  const eleventh = await quiet.ask('/$export', { headers: accept })
  assert.deepEqual([eleventh.status, eleventh.codes[0]], [429, 'too-many-exports'])
  assert(Number(eleventh.headers.get('retry-after')) > 0)
  quiet.vault.keys.seal()
  const sealed = await quiet.ask(path)
  assert.deepEqual([sealed.status, sealed.codes[0]], [503, 'sealed'])
})

test('the CapabilityStatement lists the operations', async () => {
  const { text } = await server.ask('/metadata')
  const statement = JSON.parse(text) as {
    instantiates: string[]
    rest: [
      { operation: { name: string }[]; resource: { type: string; operation?: { definition: string }[] }[] },
    ]
  }
  assert.deepEqual(statement.instantiates, ['http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data'])
  const [{ operation, resource }] = statement.rest
  assert.deepEqual(
    operation.map(({ name }) => name),
    ['export'],
  )
  const definitions = resource.flatMap((each) => each.operation?.map(({ definition }) => definition) ?? [])
  for (const name of ['patient-export', 'group-export'])
    assert(definitions.includes(`http://hl7.org/fhir/uv/bulkdata/OperationDefinition/${name}`))
})
