/**
 * Every route there is, with every method, leaves an entry before it answers; those that leave none are named here, and why.
 * A route that somebody adds is asked too, without a line in this file.
 */
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { randomUuid } from '#kernel/crypto/index.ts'
import { routesOf } from '#test/kit/routes.ts'
import { bodyOf, testVault } from '#test/kit/vault.ts'
import type { TestVault } from '#test/kit/vault.ts'
import { hostsFor } from '../../src/http/edge.ts'
import { createApp, type App } from '../../src/http/server.ts'
import { onlyToken, token } from './http-kit.ts'

/** docs/spec/acts.md: what tells nothing of anybody and changes nothing. */
const silent: readonly [method: RegExp, route: RegExp, why: string][] = [
  [/^OPTIONS$/, /./, 'names methods'],
  [/^(GET|HEAD)$/, /^\/health$/, 'whether the vault is open'],
  [/^(GET|HEAD)$/, /^\/fhir\/R4\/metadata$/, 'what the program can do'],
  [/^(GET|HEAD)$/, /^\/ledger\/(checkpoint|keys)$/, 'made to be published; an entry would be a new one'],
  [
    /^POST$/,
    /^\/oauth\/(token|revoke)$/,
    'a program that has no token yet; what it is given is, and strangers are counted',
  ],
  [/^(GET|HEAD)$/, /^\/(page\/.*)?$/, 'the page with which somebody signs in'],
  [
    /^(GET|POST)$/,
    /^\/auth\/(session|passkey-options|invitations|enrolment|enrolment\/options)$/,
    'whoever has no session yet; what comes of it is recorded, and strangers are counted',
  ],
  [/^POST$/, /^\/ledger\/witness\/add-checkpoint$/, 'another ledger’s checkpoint; a stranger, counted'],
]
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

const bodies: Record<string, object | string> = {
  'POST /fhir/R4': {
    resourceType: 'Bundle',
    type: 'batch',
    entry: [{ request: { method: 'GET', url: 'Patient/p1' } }],
  },
  'POST /fhir/R4/:type': { resourceType: 'Patient' },
  'PUT /fhir/R4/:type/:id': { resourceType: 'Patient', id: 'p1', birthDate: '1981-01-01' },
}

async function listening(
  vault: TestVault,
  planted?: (app: App) => void,
): Promise<{ app: App; port: number }> {
  const app = createApp({
    store: vault.store,
    health: () => ({ status: 'ok', version: '0.0.0' }),
    people: onlyToken(vault),
    log: pino({ enabled: false }),
    version: '0.0.0',
    randomId: randomUuid,
  })
  planted?.(app)
  await app.fastify.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.node.address() as AddressInfo
  app.edge.hosts = hostsFor(`http://localhost:${port}`, port)
  return { app, port }
}

/** Asks each route by each method; what was answered, and left no entry. */
async function unrecorded(
  vault: TestVault,
  app: App,
  port: number,
): Promise<{ missing: string[]; served: number }> {
  const { sql } = vault
  /** All that were recorded, once none is on its way: a row that is staged may be several. */
  const entries = async (): Promise<number> => {
    for (;;) {
      const [row] = await sql<{ staged: number; size: number }[]>`
        select (select count(*)::int from ledger_staged) as staged, (select size from ledger_head) as size`
      if (row?.staged === 0) return row.size
      await delay(5)
    }
  }
  const missing: string[] = []
  let served = 0
  let before = await entries()
  const names: Record<string, string> = {
    type: 'Patient',
    id: 'p1',
    version: '1',
    job: randomUuid(),
    file: 'a.ndjson',
  }
  for (const route of routesOf(app)) {
    const path = route
      .replace(/:(\w+)/g, (_, name: string) => names[name] ?? assert.fail(name))
      .replace('*', '0/000')
    for (const method of methods) {
      const body = bodies[`${method} ${route.replace(/\/$/, '')}`]
      const isForm = route.endsWith('_search') && method === 'POST'
      const type = isForm ? 'application/x-www-form-urlencoded' : 'application/fhir+json'
      const response = await fetch(new URL(path, `http://127.0.0.1:${port}/`), {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body || isForm ? { 'content-type': type } : {}) },
        ...(body ? { body: JSON.stringify(body) } : isForm ? { body: '' } : {}),
      })
      await response.arrayBuffer()
      // A fault of ours is no act, and hides whether there would have been an entry.
      assert.ok(response.status < 500, `${method} ${path}: ${response.status}`)
      if (response.ok) served++
      const isSilent = silent.some(([verb, where]) => verb.test(method) && where.test(route))
      const now = await entries()
      if (now === before && !isSilent) missing.push(`${method} ${route}: ${response.status}`)
      before = now
    }
  }
  return { missing, served }
}

test('every route leaves an entry, and one that does not is seen', async (t) => {
  const vault = await testVault(t)
  const { store, ledger } = vault
  assert.deepEqual(await ledger.start(), { status: 'ok' })
  assert.equal(
    (await store.update('Patient', 'p1', bodyOf({ resourceType: 'Patient', id: 'p1' }), {})).status,
    'ok',
  )
  const { app, port } = await listening(vault, ({ fastify }) =>
    fastify.get('/fhir/R4/Patient/:id/$planted', (_, reply) => {
      reply.hijack()
      reply.raw.writeHead(200, { 'content-length': 0 }).end()
    }),
  )
  t.after(() => app.fastify.close())
  const routes = routesOf(app)
  assert.ok(routes.length > 30, String(routes))
  for (const known of ['/health', '/fhir/R4/:type/:id', '/ledger/entries', '/fhir/R4/$export/:job/:file'])
    assert.ok(routes.includes(known), `${known} is not among ${routes.join(' ')}`)
  const { missing, served } = await unrecorded(vault, app, port)
  assert.deepEqual(missing, ['GET /fhir/R4/Patient/:id/$planted: 200'])
  assert.ok(served > 25, `${served} were served`)
})
