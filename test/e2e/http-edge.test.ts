import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { before, test } from 'node:test'
import { codesOf, exchange, lines, onlyToken, running, token } from './http-kit.ts'
import type { Running } from './http-kit.ts'

const patient = '{"resourceType":"Patient","active":true}'
const json = 'Content-Type: application/fhir+json'

let it: Running
before(async () => {
  it = await running({
    limits: { headersTimeoutMs: 600, requestTimeoutMs: 900, timeoutCheckMs: 100, lingerMs: 300 },
  })
})

/** The server is alive and answers others. */
async function assertAlive(): Promise<void> {
  const health = await fetch(`http://127.0.0.1:${it.port}/health`)
  assert.equal(health.status, 200)
  assert.deepEqual(await health.json(), { status: 'ok', version: '0.0.0' })
}

const requests: { name: string; send: (port: number) => string; status: number; code?: string }[] = [
  {
    name: 'no token',
    send: (port) => lines(port, 'GET /fhir/R4/Patient/1 HTTP/1.1', ['Authorization: ']),
    status: 401,
    code: 'unauthorized',
  },
  {
    name: 'a wrong token',
    send: (port) => lines(port, 'GET /fhir/R4/metadata HTTP/1.1', ['Authorization: Bearer x']),
    status: 401,
    code: 'unauthorized',
  },
  {
    name: 'another scheme',
    send: (port) => lines(port, 'GET /fhir/R4/metadata HTTP/1.1', [`Authorization: Basic ${token}`]),
    status: 401,
    code: 'unauthorized',
  },
  {
    name: 'an unknown path, to a stranger',
    send: (port) => lines(port, 'GET /admin HTTP/1.1', ['Authorization: ']),
    status: 401,
    code: 'unauthorized',
  },
  {
    name: 'a path that cannot be decoded, to a stranger',
    send: (port) => lines(port, 'GET /%zz HTTP/1.1', ['Authorization: ']),
    status: 401,
    code: 'unauthorized',
  },
  {
    name: 'an unknown path',
    send: (port) => lines(port, 'GET /admin HTTP/1.1'),
    status: 404,
    code: 'not-found',
  },
  {
    name: 'an unknown type',
    send: (port) => lines(port, 'GET /fhir/R4/Paciente/1 HTTP/1.1'),
    status: 404,
    code: 'unknown-type',
  },
  {
    name: 'a foreign host',
    send: (port) => lines(port, 'GET /health HTTP/1.1', ['Host: evil.example']),
    status: 421,
    code: 'wrong-host',
  },
  {
    name: 'a foreign host with the right port',
    send: (port) => lines(port, 'GET /health HTTP/1.1', [`Host: evil.example:${port}`]),
    status: 421,
    code: 'wrong-host',
  },
  {
    name: 'the right host with another port',
    send: (port) => lines(port, 'GET /health HTTP/1.1', ['Host: localhost:1']),
    status: 421,
    code: 'wrong-host',
  },
  { name: 'no host', send: () => 'GET /health HTTP/1.1\r\n\r\n', status: 400, code: 'bad-request' },
  {
    name: 'two hosts',
    send: (port) => lines(port, 'GET /health HTTP/1.1', [`Host: localhost:${port}`, 'Host: evil.example']),
    status: 400,
    code: 'bad-request',
  },
  {
    name: 'the absolute form',
    send: (port) => lines(port, 'GET http://evil.example/health HTTP/1.1'),
    status: 400,
    code: 'bad-request',
  },
  {
    name: 'a broken percent-encoding in the path',
    send: (port) => lines(port, 'GET /fhir/R4/Patient/%E0%A4%A HTTP/1.1'),
    status: 400,
    code: 'bad-request',
  },
  {
    name: 'a broken percent-encoding in the query',
    send: (port) => lines(port, 'GET /fhir/R4/Patient?_count=%zz HTTP/1.1'),
    status: 400,
    code: 'bad-request',
  },
  {
    name: 'a null byte in the id',
    send: (port) => lines(port, 'GET /fhir/R4/Patient/%00 HTTP/1.1'),
    status: 400,
    code: 'invalid-id',
  },
  {
    name: 'a slash in the id',
    send: (port) => lines(port, 'GET /fhir/R4/Patient/..%2f..%2fetc HTTP/1.1'),
    status: 400,
    code: 'invalid-id',
  },
  {
    name: 'dots as the id',
    send: (port) => lines(port, 'GET /fhir/R4/Patient/.. HTTP/1.1'),
    status: 404,
    code: 'not-found',
  },
  {
    name: 'an id of 65 characters',
    send: (port) => lines(port, `GET /fhir/R4/Patient/${'a'.repeat(65)} HTTP/1.1`),
    status: 400,
    code: 'invalid-id',
  },
  {
    name: 'an address of 9,000 bytes',
    send: (port) => lines(port, `GET /fhir/R4/Patient?_page=${'a'.repeat(9_000)} HTTP/1.1`),
    status: 414,
    code: 'uri-too-long',
  },
  {
    name: 'headers of 20,000 bytes',
    send: (port) => lines(port, 'GET /health HTTP/1.1', [`X-Long: ${'a'.repeat(20_000)}`]),
    status: 431,
    code: 'headers-too-large',
  },
  {
    name: 'a method not taken',
    send: (port) => lines(port, 'TRACE /fhir/R4/Patient/1 HTTP/1.1', [json, 'Content-Length: 2'], '{}'),
    status: 405,
    code: 'method-not-allowed',
  },
  {
    name: 'a method of no kind',
    send: (port) => lines(port, 'BREW /fhir/R4/Patient/1 HTTP/1.1'),
    status: 400,
    code: 'bad-request',
  },
  {
    name: 'no HTTP at all',
    send: () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    status: 400,
    code: 'bad-request',
  },
  {
    name: 'Transfer-Encoding and Content-Length',
    send: (port) =>
      lines(
        port,
        'POST /fhir/R4/Patient HTTP/1.1',
        [json, 'Transfer-Encoding: chunked', 'Content-Length: 6'],
        '0\r\n\r\nX',
      ),
    status: 400,
    code: 'bad-request',
  },
  {
    name: 'two Content-Lengths',
    send: (port) =>
      lines(
        port,
        'POST /fhir/R4/Patient HTTP/1.1',
        [json, 'Content-Length: 2', 'Content-Length: 40'],
        patient,
      ),
    status: 400,
    code: 'bad-request',
  },
  {
    name: 'an obscure Transfer-Encoding',
    send: (port) =>
      lines(port, 'POST /fhir/R4/Patient HTTP/1.1', [json, 'Transfer-Encoding: xchunked'], '0\r\n\r\n'),
    status: 400,
    code: 'bad-request',
  },
  {
    name: 'a space before the colon',
    send: (port) =>
      lines(port, 'POST /fhir/R4/Patient HTTP/1.1', [json, 'Transfer-Encoding : chunked'], '0\r\n\r\n'),
    status: 400,
    code: 'bad-request',
  },
  {
    name: 'a broken chunk',
    send: (port) =>
      lines(port, 'POST /fhir/R4/Patient HTTP/1.1', [json, 'Transfer-Encoding: chunked'], 'zz\r\n{}'),
    status: 400,
    code: 'bad-request',
  },
  {
    name: 'another media type',
    send: (port) =>
      lines(
        port,
        'POST /fhir/R4/Patient HTTP/1.1',
        ['Content-Type: application/fhir+xml', 'Content-Length: 2'],
        '{}',
      ),
    status: 415,
    code: 'unsupported-media',
  },
  {
    name: 'no media type',
    send: (port) => lines(port, 'POST /fhir/R4/Patient HTTP/1.1', ['Content-Length: 2'], '{}'),
    status: 415,
    code: 'unsupported-media',
  },
  {
    name: 'another charset',
    send: (port) =>
      lines(port, 'POST /fhir/R4/Patient HTTP/1.1', [`${json}; charset=latin1`, 'Content-Length: 2'], '{}'),
    status: 415,
    code: 'unsupported-media',
  },
  {
    name: 'a form where JSON is due',
    send: (port) =>
      lines(
        port,
        'POST /fhir/R4/Patient HTTP/1.1',
        ['Content-Type: application/x-www-form-urlencoded', 'Content-Length: 2'],
        'a=',
      ),
    status: 415,
    code: 'unsupported-media',
  },
  {
    name: 'a compressed body',
    send: (port) =>
      lines(
        port,
        'POST /fhir/R4/Patient HTTP/1.1',
        [json, 'Content-Encoding: gzip', 'Content-Length: 2'],
        '{}',
      ),
    status: 415,
    code: 'unsupported-media',
  },
  {
    name: 'an empty body',
    send: (port) => lines(port, 'POST /fhir/R4/Patient HTTP/1.1', [json, 'Content-Length: 0']),
    status: 400,
    code: 'malformed',
  },
  {
    name: 'no body',
    send: (port) => lines(port, 'POST /fhir/R4/Patient HTTP/1.1'),
    status: 400,
    code: 'malformed',
  },
  {
    name: 'a malformed body',
    send: (port) => lines(port, 'POST /fhir/R4/Patient HTTP/1.1', [json, 'Content-Length: 10'], '{"a":1,,,}'),
    status: 400,
    code: 'malformed',
  },
  {
    name: 'a Content-Length shorter than the body',
    send: (port) => lines(port, 'POST /fhir/R4/Patient HTTP/1.1', [json, 'Content-Length: 20'], patient),
    status: 400,
    code: 'malformed',
  },
  {
    name: 'a Content-Length of 60 MB',
    send: (port) =>
      lines(port, 'POST /fhir/R4/Patient HTTP/1.1', [json, 'Content-Length: 60000000'], patient),
    status: 413,
    code: 'too-large',
  },
  {
    name: 'a Content-Length of 60 MB, asking first',
    send: (port) =>
      lines(port, 'POST /fhir/R4/Patient HTTP/1.1', [
        json,
        'Expect: 100-continue',
        'Content-Length: 60000000',
      ]),
    status: 413,
    code: 'too-large',
  },
  {
    name: 'a body sent after asking first',
    send: (port) =>
      lines(
        port,
        'POST /fhir/R4/Patient HTTP/1.1',
        [json, 'Expect: 100-continue', 'Content-Length: 2'],
        '{}',
      ),
    status: 100,
  },
]

for (const { name, send, status, code } of requests) {
  test(`${name}: ${status}`, async () => {
    const { text, statuses } = await exchange(it.port, send(it.port))
    assert.equal(statuses[0], status, text)
    if (code === undefined) return
    assert.match(text, new RegExp(`^Content-Type: application/fhir\\+json`, 'im'))
    const body = text.slice(text.indexOf('\r\n\r\n') + 4)
    assert.deepEqual(codesOf(body.slice(0, Number(/Content-Length: (\d+)/i.exec(text)?.[1]))), [code], text)
    await assertAlive()
  })
}

test('deep nests, duplicate keys and invalid UTF-8 are refused with their place', async () => {
  const deep = await it.ask('/Patient', { method: 'POST', body: '['.repeat(100_000) })
  assert.deepEqual([deep.status, deep.codes], [400, ['too-deep']])
  const twice = await it.ask('/Patient', {
    method: 'POST',
    body: '{"resourceType":"Patient","active":true,"active":false}',
  })
  assert.deepEqual([twice.status, twice.codes], [400, ['malformed']])
  const bytes = await it.ask('/Patient', {
    method: 'POST',
    body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
  })
  assert.deepEqual([bytes.status, bytes.codes], [400, ['malformed']])
  await assertAlive()
})

test('a body of 51 MB is refused with 413, declared or chunked', { timeout: 60_000 }, async () => {
  // With time to read 51 MB on a machine that has other work.
  const patiently = await running({ limits: { lingerMs: 300 } })
  const big = Buffer.alloc(51_000_000, 0x20)
  const declared = await patiently.ask('/Patient', { method: 'POST', body: big })
  assert.deepEqual([declared.status, declared.codes], [413, ['too-large']])
  const piece = Buffer.concat([Buffer.from('f4240\r\n'), Buffer.alloc(1_000_000, 0x20), Buffer.from('\r\n')])
  const head = lines(patiently.port, 'POST /fhir/R4/Patient HTTP/1.1', [json, 'Transfer-Encoding: chunked'])
  const chunked = await exchange(patiently.port, [head, ...Array.from({ length: 51 }, () => piece)], {
    quietMs: 3_000,
  })
  assert.deepEqual(chunked.statuses, [413])
  const health = await fetch(`http://127.0.0.1:${patiently.port}/health`)
  assert.equal(health.status, 200)
})

test('a sender of less than announced gets 408, and others are served meanwhile', async () => {
  const short = exchange(
    it.port,
    lines(it.port, 'POST /fhir/R4/Patient HTTP/1.1', [json, 'Content-Length: 400'], patient),
    { quietMs: 5_000 },
  )
  await assertAlive()
  const { statuses, text } = await short
  assert.deepEqual(statuses, [408], text)
  assert.match(text, /"code":"timeout"/)
})

test('200 slow senders of headers end with 408 and stop nobody', async () => {
  const head = lines(it.port, 'GET /health HTTP/1.1', ['X-Slow: 1']).slice(0, -2)
  const slow = Array.from({ length: 200 }, () =>
    exchange(it.port, head.slice(0, 40).split(''), { quietMs: 5_000, pauseMs: 40 }),
  )
  for (let round = 0; round < 20; round += 1) await assertAlive()
  for (const { statuses, closed } of await Promise.all(slow)) {
    assert.deepEqual(statuses, [408])
    assert.equal(closed, true)
  }
})

test('pipelined requests are answered in order, garbage after them last', async () => {
  const one = lines(it.port, 'GET /fhir/R4/Patient/nobody HTTP/1.1')
  const two = lines(it.port, 'GET /health HTTP/1.1')
  const three = lines(
    it.port,
    'POST /fhir/R4/Patient HTTP/1.1',
    [json, `Content-Length: ${patient.length}`],
    patient,
  )
  const { statuses } = await exchange(it.port, one + two + three)
  assert.deepEqual(statuses, [404, 200, 201])
  const spoiled = await exchange(it.port, `${three}\x00\x01garbage\r\n\r\n`)
  assert.deepEqual(spoiled.statuses, [201, 400])
})

test('it serves ::1 under its own name too', async (t) => {
  const { statuses } = await exchange(
    it.port,
    lines(it.port, 'GET /health HTTP/1.1', [`Host: [::1]:${it.port}`]),
    { host: '::1' },
  )
  if (statuses.length === 0) return t.skip('this machine has no ::1')
  assert.deepEqual(statuses, [200])
})

test('a taken port is said to be taken', async () => {
  const { createServer } = await import('#http/index.ts')
  const { pino } = await import('pino')
  const second = createServer({
    store: it.vault.store,
    health: () => ({ status: 'ok', version: '0.0.0' }),
    people: onlyToken(it.vault),
    log: pino({ level: 'silent' }),
    version: '0.0.0',
    randomId: () => '1',
  })
  assert.deepEqual(await second.listen(it.port), { status: 'port-in-use' })
})

test('every answer forbids sniffing, caching and framing, and none says what runs here', async () => {
  for (const path of ['/health', '/fhir/R4/metadata', '/nothing']) {
    const { headers } = await fetch(`http://127.0.0.1:${it.port}${path}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
    assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
    for (const name of [
      'x-powered-by',
      'server',
      'strict-transport-security',
      'access-control-allow-origin',
    ]) {
      assert.equal(headers.get(name), null, name)
    }
  }
})

test('an https origin is promised to stay so, and is the base of links', async () => {
  const other = await running({ origin: 'https://vault.example.org' }, it.vault)
  const answer = await exchange(
    other.port,
    lines(other.port, 'GET /fhir/R4/metadata HTTP/1.1', ['Host: vault.example.org']),
  )
  assert.deepEqual(answer.statuses, [200])
  assert.match(answer.text, /Strict-Transport-Security: max-age=/)
  assert.match(answer.text, /"url":"https:\/\/vault\.example\.org\/fhir\/R4"/)
})

test('a close finishes what was accepted, lets idle connections go at once, and refuses new ones', async () => {
  const closing = await running({}, it.vault)
  const idle = connect(closing.port, '127.0.0.1')
  const idleClosed = new Promise((resolve) => idle.once('close', resolve))
  await new Promise((resolve) => idle.once('connect', resolve))
  const body = patient
  const head = lines(closing.port, 'POST /fhir/R4/Patient HTTP/1.1', [json, `Content-Length: ${body.length}`])
  const accepted = exchange(closing.port, [head, body], { pauseMs: 300, quietMs: 2_000 })
  await new Promise((resolve) => setTimeout(resolve, 100))
  const closed = closing.server.close()
  const first = await Promise.race([idleClosed.then(() => 'idle'), accepted.then(() => 'accepted')])
  assert.equal(first, 'idle', 'the idle connection was kept')
  const answered = await accepted
  assert.deepEqual([answered.statuses, answered.closed], [[201], true])
  await closed
  assert.deepEqual((await exchange(closing.port, 'GET / HTTP/1.1\r\n\r\n')).statuses, [])
})

test('a close does not wait for a sender who never ends', async () => {
  const closing = await running({ limits: { closeMs: 500 } }, it.vault)
  const head = lines(closing.port, 'POST /fhir/R4/Patient HTTP/1.1', [json, 'Content-Length: 400'], '{')
  void exchange(closing.port, head, { quietMs: 5_000 })
  await new Promise((resolve) => setTimeout(resolve, 100))
  const started = Date.now()
  await closing.server.close()
  assert.ok(Date.now() - started < 1_500)
})
