import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { running } from './http-kit.ts'
import type { Reply, Running } from './http-kit.ts'

let it: Running
before(async () => {
  it = await running()
})

const jsonPatch = 'application/json-patch+json'
const female = '[{"op":"replace","path":"/gender","value":"female"}]'

async function patient(id: string): Promise<void> {
  const body = `{"resourceType":"Patient","id":"${id}","identifier":[{"system":"urn:p","value":"${id}"}],"gender":"male","multipleBirthInteger":2}`
  const { status, text } = await it.ask(`/Patient/${id}`, { method: 'PUT', body })
  assert.equal(status, 201, text)
}

function send(path: string, body: string, type = jsonPatch, headers: object = {}): Promise<Reply> {
  return it.ask(path, { method: 'PATCH', body, headers: { 'content-type': type, ...headers } })
}

test('a JSON Patch is answered as an update is', async () => {
  await patient('a')
  const { status, headers, text } = await send('/Patient/a', female, `${jsonPatch}; charset=utf-8`, {
    'if-match': 'W/"1"',
  })
  assert.equal(status, 200, text)
  assert.equal(headers.get('etag'), 'W/"2"')
  assert.equal(headers.get('location'), `${it.origin}/fhir/R4/Patient/a/_history/2`)
  assert.match(text, /"gender":"female","multipleBirthInteger":2\}$/)
  assert.equal((await it.ask('/Patient/a')).text, text)

  const minimal = await send('/Patient/a', '[]', jsonPatch, { prefer: 'return=minimal' })
  assert.deepEqual([minimal.status, minimal.text], [200, ''])
})

test('a FHIRPath Patch comes as Parameters', async () => {
  await patient('b')
  const body = JSON.stringify({
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'operation',
        part: [
          { name: 'type', valueCode: 'insert' },
          { name: 'path', valueString: 'Patient.identifier' },
          { name: 'index', valueInteger: 0 },
          { name: 'value', valueIdentifier: { value: 'first' } },
        ],
      },
    ],
  })
  const { status, text } = await send('/Patient/b', body, 'application/fhir+json')
  assert.equal(status, 200, text)
  assert.match(text, /"identifier":\[\{"value":"first"\},\{"system":"urn:p","value":"b"\}\]/)
  assert.equal((await send('/Patient/b', body, 'application/json')).status, 200)
})

test('refusals say what was wrong, and where', async () => {
  await patient('c')
  await patient('d')
  await it.ask('/Patient/d', { method: 'DELETE' })
  const test = '[{"op":"test","path":"/gender","value":"female"}]'
  const cases: [path: string, body: string, type: string, headers: object, status: number, code: string][] = [
    ['/Patient/c', test, jsonPatch, {}, 422, 'patch-test-failed'],
    ['/Patient/c', '[{"op":"remove","path":"/x"}]', jsonPatch, {}, 422, 'patch-failed'],
    ['/Patient/c', '[{"op":"remove"}]', jsonPatch, {}, 400, 'patch-malformed'],
    ['/Patient/c', '[{"op":"remove","path":"/id"}]', jsonPatch, {}, 422, 'patch-identity'],
    ['/Patient/c', '[{"op":"remove","path":"/resourceType"}]', jsonPatch, {}, 422, 'patch-identity'],
    ['/Patient/c', female.replace('female', 'woman'), jsonPatch, {}, 422, 'invalid'],
    ['/Patient/c', '{}', jsonPatch, {}, 400, 'invalid-parameter'],
    ['/Patient/c', '[', jsonPatch, {}, 400, 'malformed'],
    ['/Patient/c', '', jsonPatch, {}, 400, 'malformed'],
    ['/Patient/c', '{"resourceType":"Patient"}', 'application/fhir+json', {}, 400, 'invalid-parameter'],
    ['/Patient/c', '<diff/>', 'application/xml-patch+xml', {}, 415, 'unsupported-media'],
    ['/Patient/c', '{}', 'application/merge-patch+json', {}, 415, 'unsupported-media'],
    ['/Patient/c', female, jsonPatch, { 'if-match': 'W/"9"' }, 412, 'precondition-failed'],
    ['/Patient/c', female, jsonPatch, { 'if-none-match': '*' }, 400, 'invalid-header'],
    ['/Patient/c?_summary=true', female, jsonPatch, {}, 400, 'unsupported-parameter'],
    ['/Patient/never', female, jsonPatch, {}, 404, 'not-found'],
    ['/Patient/d', female, jsonPatch, {}, 410, 'gone'],
    ['/Nothing/c', female, jsonPatch, {}, 404, 'unknown-type'],
    ['/Patient', female, jsonPatch, {}, 400, 'criteria-missing'],
    ['/Patient?identifier=urn:p|never', female, jsonPatch, {}, 404, 'not-found'],
  ]
  for (const [path, body, type, headers, status, code] of cases) {
    const answer = await send(path, body, type, headers)
    assert.deepEqual([answer.status, answer.codes[0]], [status, code], `${path} ${body} ${answer.text}`)
  }
  assert.equal((await it.ask('/Patient/c')).headers.get('etag'), 'W/"1"')
  const xml = await send('/Patient/c', '<diff/>', 'application/xml-patch+xml')
  assert.match(xml.text, /application\/json-patch\+json or application\/fhir\+json/)
  const put = await it.ask('/Patient/c', {
    method: 'PUT',
    body: '{}',
    headers: { 'content-type': jsonPatch },
  })
  assert.deepEqual([put.status, put.codes], [415, ['unsupported-media']])
})

test('by criteria, and told in the capabilities', async () => {
  await patient('e')
  const patched = await send('/Patient?identifier=urn:p|e', female)
  assert.equal(patched.status, 200, patched.text)
  assert.match((await it.ask('/Patient/e')).text, /"gender":"female"/)

  const capabilities = JSON.parse((await it.ask('/metadata')).text) as {
    patchFormat: string[]
    rest: { resource: { type: string; interaction: { code: string }[] }[] }[]
  }
  assert.deepEqual(capabilities.patchFormat, [jsonPatch, 'application/fhir+json'])
  const without = capabilities.rest[0]?.resource.filter(
    ({ interaction }) => !interaction.some(({ code }) => code === 'patch'),
  )
  // Computed from the ledger, and never written.
  assert.deepEqual(
    without?.map(({ type }) => type),
    ['AuditEvent'],
  )
  const options = await it.ask('/Patient/e', { method: 'OPTIONS' })
  assert.match(options.headers.get('allow') ?? '', /PATCH/)
})
