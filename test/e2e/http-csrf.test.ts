/**
 * A page of somebody else's makes a browser send what it likes, with the cookie: no route there is changes anything by that. Generated from
 * the router, so that a route that somebody adds is tried too, without a line in this file.
 */
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { before, test } from 'node:test'
import { pino } from 'pino'
import { randomUuid } from '#kernel/crypto/index.ts'
import type { People } from '#people/index.ts'
import { browserKey, testAccount, testPeople, type BrowserKey } from '#test/kit/people.ts'
import { routesOf } from '#test/kit/routes.ts'
import type { Scope } from '#test/kit/scope.ts'
import { testVault, type TestVault } from '#test/kit/vault.ts'
import { setCookie } from '../../src/http/cookies.ts'
import { hostsFor } from '../../src/http/edge.ts'
import { createApp, type App } from '../../src/http/server.ts'
import { ending } from './http-kit.ts'

const methods = ['POST', 'PUT', 'PATCH', 'DELETE']
/** What a form can send without asking first: https://fetch.spec.whatwg.org/#cors-safelisted-request-header */
const formTypes = ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain']
/** These know nobody by a cookie; who asks shows a key, a signature or both factors in the body. */
const withoutCookie = [/^\/oauth\/(token|revoke)$/, /^\/ledger\/witness\/add-checkpoint$/]

const scope: Scope = { after: (end) => ending(end) }
let vault: TestVault
let people: People
let app: App
let port: number
let origin: string
let key: BrowserKey
let session: { token: string; id: string }

before(async () => {
  vault = await testVault(scope)
  people = testPeople(vault)
  app = createApp({
    store: vault.store,
    health: () => ({ status: 'ok', version: '0.0.0' }),
    people,
    log: pino({ enabled: false }),
    version: '0.0.0',
    randomId: randomUuid,
  })
  // As somebody might add one.
  app.fastify.post('/planted', (_, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-length': 0 }).end()
  })
  await app.fastify.listen({ host: '127.0.0.1', port: 0 })
  ending(() => app.fastify.close())
  port = (app.node.address() as AddressInfo).port
  origin = `http://localhost:${port}`
  app.edge.hosts = hostsFor(origin, port)
  app.edge.origin = origin
  key = await browserKey()
  const account = testAccount('ana.ruiz', { roles: ['security-officer', 'physician'] })
  const who = { actor: 'tester', client: 'test', address: 'local' }
  assert.equal(await people.accounts.add(account, who), 'added')
  const begun = await people.sessions.start(
    { account, method: 'passkey', key: key.thumbprint, device: 'Firefox', address: '127.0.0.1' },
    who,
  )
  session = { token: begun.token, id: begun.session.id }
})

const cookie = () => String(setCookie('session', session.token, origin).split(';')[0])

/** `:id` and what else stands for something, given a value. */
const pathOf = (route: string): string =>
  `/${route}`
    .replace(/^\/\//, '/')
    .replace(/:(\w+)/g, (_, name: string) => (name === 'type' ? 'Patient' : 'p1'))
    .replace('*', 'x')

function ask(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Response> {
  return fetch(new URL(path, `http://127.0.0.1:${port}`), {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  })
}

async function nonceOf(): Promise<string> {
  const { headers } = await ask('GET', '/fhir/R4/metadata', { cookie: cookie() })
  return headers.get('dpop-nonce') ?? assert.fail('no nonce')
}

const changing = (): { route: string; method: string; path: string }[] =>
  routesOf(app)
    .filter((route) => !withoutCookie.some((open) => open.test(route)))
    .flatMap((route) => methods.map((method) => ({ route, method, path: pathOf(route) })))
    .filter(({ route, method }) => app.fastify.hasRoute({ method: method as 'POST', url: route }))

/** What there is that somebody could have changed. */
async function standing(): Promise<unknown> {
  const [row] = await vault.sql`
    select (select count(*)::int from resource) as resources, (select sum(version)::int from authority) as rows`
  return row
}

test('from a page of others, without a proof, with that of reads, or by a form: not one of them', async () => {
  const all = changing()
  const paths = new Set(all.map(({ path }) => path))
  for (const known of ['/fhir/R4/Patient/p1', '/planted']) assert.ok(paths.has(known), known)
  const nonce = await nonceOf()
  const reading = await key.proof({ htm: 'GET', htu: origin, nonce }, session.id)
  const own = { cookie: cookie(), origin }
  const before = await standing()
  for (const { method, path } of all) {
    // Not used up by who is refused before it is looked at.
    const dpop = await key.proof({ htm: method, htu: `${origin}${path}`, nonce }, session.id)
    const tried: [name: string, headers: Record<string, string>][] = [
      ['a cookie alone', { cookie: cookie() }],
      ['a cookie and our origin', own],
      ['the proof of reads', { ...own, dpop: reading }],
      ['a page of others', { cookie: cookie(), origin: 'https://evil.example.org', dpop }],
      ['another port', { cookie: cookie(), origin: 'http://localhost:1', dpop }],
      ['no page that is named', { cookie: cookie(), origin: 'null', dpop }],
      ['no page', { cookie: cookie(), dpop }],
      ['another site', { cookie: cookie(), 'sec-fetch-site': 'cross-site', dpop }],
      ['another host of the site', { cookie: cookie(), 'sec-fetch-site': 'same-site', dpop }],
      ['an address that was typed', { cookie: cookie(), 'sec-fetch-site': 'none', dpop }],
      ...formTypes.map((type): [string, Record<string, string>] => [
        type,
        { cookie: cookie(), origin: 'https://evil.example.org', 'content-type': type },
      ]),
      ...formTypes.map((type): [string, Record<string, string>] => [
        `${type}, of our own page`,
        { ...own, 'content-type': type },
      ]),
    ]
    const statuses = await Promise.all(
      tried.map(async ([, headers]) => {
        const hasBody = headers['content-type'] !== undefined
        const answer = await ask(method, path, headers, hasBody ? 'proof=x&key=y' : undefined)
        await answer.arrayBuffer()
        return answer.status
      }),
    )
    for (const [n, status] of statuses.entries())
      assert.ok(status >= 400 && status < 500, `${method} ${path}, ${tried[n]?.[0]}: ${status}`)
  }
  assert.deepEqual(await standing(), before)
})

test('the same, of our own page with a proof of its own, is let in: the test can fail', async () => {
  const nonce = await nonceOf()
  const letIn: string[] = []
  for (const { method, path, route } of changing()) {
    const headers = { cookie: cookie(), 'sec-fetch-site': 'same-origin', origin }
    const dpop = await key.proof({ htm: method, htu: `${origin}${path}`, nonce }, session.id)
    const { status } = await ask(method, path, { ...headers, dpop })
    if (status !== 401 && status !== 404) letIn.push(`${method} ${route}`)
  }
  assert.ok(letIn.includes('POST /planted'))
  assert.ok(letIn.includes('PUT /fhir/R4/:type/:id'), letIn.join(' '))
})

test('what knows nobody by a cookie does the same with one', async () => {
  for (const route of routesOf(app).filter((each) => withoutCookie.some((open) => open.test(each)))) {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      origin: 'https://evil.example.org',
    }
    const [bare, sent] = [
      await ask('POST', route, headers, 'a=b'),
      await ask('POST', route, { ...headers, cookie: cookie() }, 'a=b'),
    ]
    assert.deepEqual([sent.status, await sent.text()], [bare.status, await bare.text()], route)
  }
})
