/** What comes over HTTP is in the ledger: what was asked, refused, and sent; of strangers, how many they were. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { EntryOpened } from '#kernel/ledger/index.ts'
import { createServer } from '#http/index.ts'
import { randomUuid } from '#kernel/crypto/index.ts'
import { pino } from 'pino'
import { onlyToken, running, type Running } from './http-kit.ts'

let it: Running
before(async () => {
  it = await running()
  assert.deepEqual(await it.vault.ledger.start(), { status: 'ok' })
  const patient = JSON.stringify({ resourceType: 'Patient', id: 'p1' })
  assert.equal((await it.ask('/Patient/p1', { method: 'PUT', body: patient })).status, 201)
})

/** Those that `act` leaves. */
async function entriesOf(act: () => Promise<unknown>, count: number): Promise<EntryOpened[]> {
  const { ledger } = it.vault
  const all = async () => (await ledger.query({ limit: 1000 })).entries
  let known = -1
  // Until nothing of before is on its way.
  for (let now = (await all()).length; now !== known; now = (await all()).length) {
    known = now
    await setTimeout(600)
  }
  await act()
  for (let tries = 0; tries < 200; tries++) {
    const entries = (await all()).slice(known)
    if (entries.length >= count) return entries
    await setTimeout(25)
  }
  return (await all()).slice(known)
}

test('a read has the view and the purpose that its headers say', async () => {
  const headers = { 'Sigilo-View': 'v-17', 'Sigilo-Purpose': 'TREAT' }
  const [entry, ...none] = await entriesOf(() => it.ask('/Patient/p1', { headers }), 1)
  assert.deepEqual(none, [])
  assert.deepEqual(
    { ...entry?.details, address: undefined },
    {
      actor: 'bearer',
      client: 'token',
      address: undefined,
      purpose: 'TREAT',
      view: 'v-17',
      resources: [{ type: 'Patient', id: 'p1', version: 1 }],
    },
  )
  assert.match(entry?.details?.address ?? '', /127\.0\.0\.1$/)
})

test('what is to be printed is recorded so, and its answer says who takes it, when, and as which act', async () => {
  const headers = { 'Sigilo-Use': 'print' }
  let said: string | null = null
  const [entry, ...none] = await entriesOf(async () => {
    const reply = await it.ask('/Patient/p1', { headers })
    said = reply.headers.get('sigilo-watermark')
    return reply
  }, 1)
  assert.deepEqual(none, [])
  assert.equal(entry?.action, 'print')
  assert.match(said ?? '', new RegExp(`^who="bearer", when="[^"]+", act="${entry?.act}"$`))
  assert.equal((await it.ask('/Patient/p1')).headers.get('sigilo-watermark'), null, 'what is read is no file')
})

const refusals: { name: string; path: string; init?: RequestInit; reason: string }[] = [
  { name: 'an unknown address', path: '/../admin', reason: 'not-found' },
  { name: 'an unknown type', path: '/Paciente/1', reason: 'unknown-type' },
  { name: 'a method', path: '/Patient/p1', init: { method: 'POST' }, reason: 'method-not-allowed' },
  { name: 'a parameter', path: '/Patient/p1?colour=red', reason: 'unsupported-parameter' },
  { name: 'a body', path: '/Patient', init: { method: 'POST', body: '{' }, reason: 'malformed' },
  {
    name: 'a medium',
    path: '/Patient',
    init: { method: 'POST', body: '<a/>', headers: { 'content-type': 'text/xml' } },
    reason: 'unsupported-media',
  },
  { name: 'a resource', path: '/Patient/none', reason: 'not-found' },
]
for (const { name, path, init, reason } of refusals) {
  test(`refused to somebody who is known: ${name}`, async () => {
    const entries = await entriesOf(() => it.ask(path, init), 1)
    assert.equal(entries.length, 1)
    assert.deepEqual(
      [entries[0]?.outcome, entries[0]?.of, entries[0]?.details?.reason],
      ['refused', 'facility', reason],
    )
  })
}

test('a Bundle is one act, its reads too', async () => {
  const entry = [
    { request: { method: 'PUT', url: 'Patient/p2' }, resource: { resourceType: 'Patient', id: 'p2' } },
    { request: { method: 'DELETE', url: 'Patient/none' } },
    { request: { method: 'GET', url: 'Patient/p1' } },
  ]
  const body = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry })
  const told = await entriesOf(() => it.ask('/', { method: 'POST', body }), 2)
  assert.deepEqual(told.map(({ action }) => action).toSorted(), ['create', 'read'])
  assert.equal(new Set(told.map(({ act }) => act)).size, 1)
})

test('content that goes out by a stream has an entry before its first byte, and one with the bytes at its end', async () => {
  const content = Buffer.alloc(3_000_000, 'scan')
  const headers = { 'content-type': 'application/octet-stream', 'x-security-context': 'Patient/p1' }
  const put = await it.ask('/Binary/b1', { method: 'PUT', body: content, headers })
  assert.equal(put.status, 201)
  const told = await entriesOf(() => it.ask('/Binary/b1', { headers: { accept: '*/*' } }), 2)
  assert.deepEqual(
    told.map(({ action, outcome, details }) => [action, outcome, details?.bytes, details?.resources]),
    [
      ['read', 'done', undefined, [{ type: 'Binary', id: 'b1', version: 1 }]],
      ['attachment', 'done', content.length, [{ type: 'Binary', id: 'b1', version: 1 }]],
    ],
  )
  assert.equal(told[0]?.of, told[1]?.of)
  assert.equal(told[0]?.act, told[1]?.act)
})

test('strangers are counted by address, not recorded one by one', async () => {
  const { vault } = it
  const server = createServer({
    store: vault.store,
    health: () => ({ status: 'ok', version: '0.0.0' }),
    people: onlyToken(vault),
    log: pino({ enabled: false }),
    version: '0.0.0',
    randomId: randomUuid,
  })
  const listened = await server.listen(0)
  assert(listened.status === 'ok')
  const ask = (headers: Record<string, string>) =>
    fetch(`http://127.0.0.1:${listened.port}/fhir/R4/Patient/p1`, { headers }).then(({ status }) => status)
  const told = await entriesOf(async () => {
    for (let n = 0; n < 20; n++) assert.equal(await ask({}), 401)
    assert.equal(await ask({ authorization: 'Bearer x' }), 401)
    await server.close()
  }, 1)
  assert.deepEqual(
    told.map(({ action, of, details }) => [action, of, details?.reason]),
    [['turned-away', 'facility', 'unauthorized: 21']],
  )
})
