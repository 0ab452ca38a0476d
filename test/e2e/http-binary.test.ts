/** Binaries as bytes, over HTTP. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { testPeople } from '#test/kit/people.ts'
import { testVault } from '#test/kit/vault.ts'
import { ending, lines, running, token } from './http-kit.ts'
import type { Running } from './http-kit.ts'

let it: Running
before(async () => {
  it = await running({ limits: { uploadIdleMs: 700, lingerMs: 300, uploadsEachMax: 3 } })
})

const authorization = `Bearer ${token}`
const at = (path: string) => `http://127.0.0.1:${it.port}/fhir/R4${path}`
const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(at(path), { method, headers: { authorization, ...headers } })
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())
const pdf = (length: number) => Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(length - 9)])
const send = (
  path: string,
  body: Uint8Array<ArrayBuffer>,
  contentType: string,
  more: Record<string, string> = {},
) =>
  fetch(at(path), {
    method: path.includes('/', 1) ? 'PUT' : 'POST',
    headers: { authorization, 'content-type': contentType, ...more },
    body,
  })

const attachments = () =>
  it.vault.sql<{ state: string; pieces: number }[]>`
    select a.state, count(p.number)::int as pieces from attachment a
    left join attachment_piece p on p.compartment = a.compartment and p.attachment = a.attachment
    where a.state <> 'kept' group by a.compartment, a.attachment, a.state`

test('bytes in, bytes out, with what a browser is not to do with them', async () => {
  for (const length of [1_000, 3_000_000]) {
    const bytes = pdf(length)
    const made = await send('/Binary', bytes, 'application/pdf', { 'x-security-context': 'Patient/p1' })
    assert.equal(made.status, 201)
    assert.equal(await made.text(), '', 'nobody asked for it back')
    const location = made.headers.get('location') ?? ''
    const id = /\/Binary\/([^/]+)\/_history\/1$/.exec(location)?.[1]
    const got = await get(`/Binary/${id}`)
    assert.equal(got.status, 200)
    assert.ok((await bytesOf(got)).equals(bytes))
    const headers = Object.fromEntries(got.headers)
    const { etag = '' } = headers
    assert.match(etag, /^"1-[0-9a-f]{32}"$/)
    assert.ok(etag.includes(createHash('sha256').update(bytes).digest('hex').slice(0, 32)))
    assert.equal(headers['content-type'], 'application/pdf')
    assert.equal(headers['content-length'], String(length))
    assert.equal(headers['content-disposition'], 'attachment')
    assert.match(String(headers['sigilo-watermark']), /^who="[^"]+", when="[^"]+", act="[0-9a-f-]{36}"$/)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['content-security-policy'], "sandbox; default-src 'none'; frame-ancestors 'none'")
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
    assert.equal(headers['x-security-context'], 'Patient/p1')
    assert.equal(headers['accept-ranges'], 'bytes')
    const head = await get(`/Binary/${id}`, {}, 'HEAD')
    assert.equal(head.status, 200)
    assert.equal(head.headers.get('content-length'), String(length))
    assert.equal(head.headers.get('etag'), etag)
    assert.equal((await get(`/Binary/${id}`, { 'if-none-match': etag })).status, 304)
    assert.equal((await get(`/Binary/${id}`, { 'if-none-match': '"2-0"' })).status, 200)
    // The same as a resource.
    for (const [path, accept] of [
      [`/Binary/${id}`, 'application/fhir+json'],
      [`/Binary/${id}?_format=json`, '*/*'],
      [`/Binary/${id}/_history/1`, 'application/fhir+json'],
    ] as const) {
      const resource = await get(path, { accept })
      const text = await resource.text()
      assert.equal(resource.headers.get('content-type'), 'application/fhir+json; charset=utf-8')
      assert.equal(resource.headers.get('content-length'), String(Buffer.byteLength(text)))
      assert.equal(resource.headers.get('etag'), 'W/"1"')
      const { data, contentType, securityContext } = JSON.parse(text)
      assert.deepEqual(
        { contentType, securityContext },
        { contentType: 'application/pdf', securityContext: { reference: 'Patient/p1' } },
      )
      assert.ok(Buffer.from(data, 'base64').equals(bytes))
    }
  }
})

describe('ranges', () => {
  const bytes = randomBytes(1_500_000)
  const whole = (range: string) => ({ range, want: 200, start: 0, end: bytes.length })
  const part = (range: string, start: number, end: number) => ({ range, want: 206, start, end })
  const table = [
    part('bytes=0-0', 0, 1),
    part('bytes=0-', 0, bytes.length),
    part('bytes=1000-2000', 1000, 2001),
    part('bytes=524799-524801', 524_799, 524_802),
    part('bytes=-5', bytes.length - 5, bytes.length),
    part('bytes=-99999999', 0, bytes.length),
    part('bytes=1499999-9999999', 1_499_999, 1_500_000),
    part('BYTES=3-4', 3, 5),
    whole('bytes=5-3'),
    whole('bytes=0-1,5-6'),
    whole('lines=1-2'),
    whole('bytes=abc'),
    { range: 'bytes=1500000-', want: 416, start: 0, end: 0 },
    { range: 'bytes=-0', want: 416, start: 0, end: 0 },
  ]
  before(async () => {
    assert.equal((await send('/Binary/ranges', bytes, 'application/x-test')).status, 201)
  })
  test('are GET’s alone', async () => {
    const { status, headers } = await get('/Binary/ranges', { range: 'bytes=0-9' }, 'HEAD')
    assert.deepEqual([status, headers.get('content-length')], [200, String(bytes.length)])
    assert.equal((await get('/Binary/ranges', { range: 'bytes=1500000-' }, 'HEAD')).status, 200)
  })
  for (const { range, want, start, end } of table) {
    test(range, async () => {
      const got = await get('/Binary/ranges', { range })
      assert.equal(got.status, want)
      const body = await bytesOf(got)
      if (want === 416) return assert.equal(got.headers.get('content-range'), `bytes */${bytes.length}`)
      assert.ok(body.equals(bytes.subarray(start, end)))
      if (want === 206)
        assert.equal(got.headers.get('content-range'), `bytes ${start}-${end - 1}/${bytes.length}`)
    })
  }
  test('If-Range holds by the strong tag alone', async () => {
    const first = await get('/Binary/ranges', {}, 'HEAD')
    const [etag, date] = [first.headers.get('etag') ?? '', first.headers.get('last-modified') ?? '']
    for (const [ifRange, want] of [
      [etag, 206],
      [`W/${etag}`, 200],
      ['"1-0"', 200],
      [date, 200],
    ] as const) {
      const got = await get('/Binary/ranges', { range: 'bytes=0-9', 'if-range': ifRange })
      assert.equal(got.status, want, ifRange)
      await got.arrayBuffer()
    }
  })
})

test('of FHIR’s own media type only a Binary is a resource', async () => {
  const patient = Buffer.from('{"resourceType":"Patient","active":true}')
  const kept = await send('/Binary', patient, 'application/fhir+json', { prefer: 'return=representation' })
  assert.equal(kept.status, 201)
  const { contentType, data } = JSON.parse(await kept.text())
  assert.equal(contentType, 'application/fhir+json')
  assert.equal(Buffer.from(data, 'base64').toString(), patient.toString())
  const binary = Buffer.from('{"resourceType":"Binary","contentType":"text/plain","data":"aG9sYQ=="}')
  const made = await send('/Binary', binary, 'application/fhir+json')
  const { id } = JSON.parse(await made.text())
  assert.equal(await (await get(`/Binary/${id}`)).text(), 'hola')
  assert.equal((await send('/Binary', Buffer.from('{"resourceType":"Bin'), 'application/json')).status, 400)
})

interface Entries {
  entry: { resource: { data: string } }[]
}

test('updated, deleted, and what there was before', async () => {
  const [one, other] = [pdf(200_000), pdf(300_000)]
  assert.equal((await send('/Binary/v', one, 'application/pdf')).status, 201)
  const etag = (await get('/Binary/v', {}, 'HEAD')).headers.get('etag') ?? ''
  assert.equal((await send('/Binary/v', other, 'application/pdf', { 'if-match': 'W/"7"' })).status, 412)
  assert.equal((await send('/Binary/v', other, 'application/pdf', { 'if-match': etag })).status, 200)
  assert.ok((await bytesOf(await get('/Binary/v/_history/1'))).equals(one))
  assert.ok((await bytesOf(await get('/Binary/v'))).equals(other))
  const history = (await (await get('/Binary/v/_history')).json()) as Entries
  assert.deepEqual(
    history.entry.map(({ resource }) => resource.data.length),
    [400_000, 266_668],
  )
  const found = (await (await get('/Binary?_lastUpdated=gt2000-01-01&_id=v')).json()) as Entries
  assert.equal(found.entry[0]?.resource.data, other.toString('base64'))
  assert.equal((await get('/Binary/v', {}, 'DELETE')).status, 204)
  assert.equal((await get('/Binary/v')).status, 410)
  assert.ok((await bytesOf(await get('/Binary/v/_history/2'))).equals(other))
  assert.deepEqual([...(await attachments())], [])
})

test('what is not as it is said is served as nothing in particular; what would run is refused', async () => {
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  )
  for (const bytes of [png, Buffer.concat([png, Buffer.alloc(200_000)])]) {
    const made = await send('/Binary', bytes, 'application/pdf')
    assert.equal(made.status, 201)
    const path = (made.headers.get('location') ?? '').replace(/^.*\/fhir\/R4/, '')
    assert.equal((await get(path)).headers.get('content-type'), 'application/octet-stream')
  }
  const refused = await send('/Binary', Buffer.from('<!doctype html><script>x</script>'), 'image/png')
  assert.equal(refused.status, 422)
  assert.match(await refused.text(), /"code":"dangerous-content"/)
  const page = await send('/Binary/page', Buffer.from('<!doctype html><script>x</script>'), 'text/html')
  assert.equal(page.status, 201)
  const served = await get('/Binary/page')
  assert.equal(served.headers.get('content-disposition'), 'attachment')
  assert.match(served.headers.get('content-security-policy') ?? '', /^sandbox;/)
})

/** A request that is sent as far as it goes, by hand. */
function begin(path: string, length: number) {
  const socket = connect(it.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(
    lines(it.port, `PUT /fhir/R4${path} HTTP/1.1`, [
      'Content-Type: image/x-test',
      `Content-Length: ${length}`,
    ]),
  )
  let text = ''
  socket.on('data', (data) => (text += data.toString('latin1')))
  return { socket, answer: () => text }
}

async function until(what: () => Promise<boolean>, ms = 10_000): Promise<void> {
  for (const end = performance.now() + ms; !(await what()); await delay(25))
    assert.ok(performance.now() < end, 'it did not come')
}

test('a client that goes away leaves nothing', async () => {
  const { socket } = begin('/Binary/gone', 10_000_000)
  socket.write(randomBytes(4_000_000))
  await until(async () => ((await attachments())[0]?.pieces ?? 0) > 2)
  assert.equal((await get('/Binary/gone')).status, 404)
  socket.destroy()
  await until(async () => (await attachments()).length === 0)
  assert.equal((await get('/Binary/gone')).status, 404)
})

test('a fault of the server’s own, once all was sent, is told as one', async () => {
  const vault = await testVault({ after: ending })
  const as: typeof vault.store.as = (by) =>
    Object.assign(vault.store.as(by), {
      async upload({ content }: { content: AsyncIterable<Uint8Array> }) {
        for await (const _ of content);
        await delay(50)
        throw new Error('planted')
      },
    })
  const { port, log } = await running({}, { ...vault, store: { ...vault.store, as } })
  const headers = { authorization, 'content-type': 'application/pdf' }
  const address = `http://127.0.0.1:${port}/fhir/R4/Binary`
  const { status } = await fetch(address, { method: 'POST', headers, body: pdf(1_000) })
  assert.equal(status, 500)
  assert.ok(log.some((line) => line.includes('"msg":"fault"')))
})

test('who sends no token is counted by itself', async () => {
  const { port } = await running({
    limits: { uploadsEachMax: 1 },
    people: (vault) => ({
      ...testPeople(vault),
      admit: ({ token: id }) => ({
        status: 'valid',
        principal: { actor: id, client: 'web', program: { id, scope: 'system/*.cruds' } },
      }),
    }),
  })
  const sent = (who: string) =>
    fetch(`http://127.0.0.1:${port}/fhir/R4/Binary`, {
      method: 'POST',
      headers: { cookie: `sigilo=${who}`, 'content-type': 'application/pdf' },
      body: pdf(1_000),
    })
  const socket = connect(port, '127.0.0.1')
  const head = ['Cookie: sigilo=ana', 'Content-Type: application/pdf', 'Content-Length: 5000']
  const all = ['POST /fhir/R4/Binary HTTP/1.1', `Host: localhost:${port}`, ...head]
  socket.write(`${all.join('\r\n')}\r\n\r\n%PDF`)
  await until(async () => (await sent('ana')).status === 429 || (await sent('ana')).status === 503)
  assert.equal((await sent('eva')).status, 201)
  socket.destroy()
})

test('a client that falls silent is let go of, and leaves nothing', async () => {
  const { socket } = begin('/Binary/silent', 10_000_000)
  socket.write(randomBytes(2_000_000))
  await until(async () => (await attachments()).length === 1)
  await new Promise((resolve) => socket.once('close', resolve))
  await until(async () => (await attachments()).length === 0)
})

test('a slow client is waited for, and holds no connection and no transaction meanwhile', async () => {
  const bytes = randomBytes(1_200_000)
  const { socket, answer } = begin('/Binary/slow', bytes.length)
  const busy = () => it.vault.sql<{ state: string }[]>`
    select state from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle' and backend_type = 'client backend'`
  for (let at = 0; at < bytes.length; at += 100_000) {
    socket.write(bytes.subarray(at, at + 100_000))
    await delay(250)
    assert.deepEqual([...(await busy())], [])
  }
  await until(async () => answer().startsWith('HTTP/1.1 201'))
  socket.destroy()
  assert.ok((await bytesOf(await get('/Binary/slow'))).equals(bytes))
})

test('a client that has stopped reading is cut off when the patient is destroyed', async () => {
  const bytes = randomBytes(30_000_000)
  const context = { 'x-security-context': 'Patient/stalled' }
  const patient = JSON.stringify({ resourceType: 'Patient', id: 'stalled' })
  assert.equal((await send('/Patient/stalled', Buffer.from(patient), 'application/fhir+json')).status, 201)
  assert.equal((await send('/Binary/stalled', bytes, 'image/x-test', context)).status, 201)
  const socket = connect(it.port, '127.0.0.1')
  socket.write(
    `GET /fhir/R4/Binary/stalled HTTP/1.1\r\nHost: 127.0.0.1:${it.port}\r\nAuthorization: ${authorization}\r\n\r\n`,
  )
  // Some of it, and then nothing is taken any more.
  let taken = 0
  await new Promise((resolve) =>
    socket.once('data', (piece) => {
      taken += piece.length
      socket.pause()
      resolve(undefined)
    }),
  )
  await delay(300)
  const destroyed = await it.vault.store.destructions.destroy('stalled', 'asked for')
  assert.equal(destroyed.status, 'destroyed')
  socket.on('data', (piece) => (taken += piece.length))
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.on('error', () => {})
  socket.resume()
  await closed
  // What was on its way: what the two kernels hold of a connection.
  assert.ok(taken > 1000 && taken < bytes.length - 5_000_000, `${taken} of ${bytes.length} came`)
})

test('too many at once are refused, and those who leave make room', async () => {
  const begun = [1, 2, 3].map((n) => begin(`/Binary/many-${n}`, 1_000_000))
  for (const { socket } of begun) socket.write(randomBytes(100_000))
  await until(async () => (await attachments()).length === 3)
  const refused = await send('/Binary', randomBytes(10), 'image/x-test')
  assert.equal(refused.status, 429)
  assert.ok(refused.headers.has('retry-after'))
  for (const { socket } of begun) socket.destroy()
  await until(async () => (await attachments()).length === 0)
  assert.equal((await send('/Binary', randomBytes(10), 'image/x-test')).status, 201)
})

test('more than is taken is refused before it is read', async () => {
  const { socket, answer } = begin('/Binary/large', 2_000_000_001)
  await until(async () => answer().startsWith('HTTP/1.1 413'))
  socket.destroy()
})

test('a content that was damaged ends the connection, and is never a short answer', async () => {
  const bytes = randomBytes(3_000_000)
  assert.equal((await send('/Binary/damaged', bytes, 'image/x-test')).status, 201)
  await it.vault
    .sql`update attachment_piece set sealed = set_byte(sealed, 100, (get_byte(sealed, 100) + 1) % 256) where number = 4`
  for (const accept of ['*/*', 'application/fhir+json']) {
    const got = await get('/Binary/damaged', { accept })
    assert.equal(got.status, 200)
    await assert.rejects(got.arrayBuffer())
  }
})
