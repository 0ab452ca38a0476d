/**
 * No way to a session with one factor: every address that the server knows is asked, by every method, with one factor in every place
 * where two belong, and none sets a session or gives a token. A route that somebody adds is asked too, without a line in this file.
 */
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { pino } from 'pino'
import { randomUuid } from '#kernel/crypto/index.ts'
import type { People } from '#people/index.ts'
import { otherKey, softAuthenticator } from '#test/kit/authenticator.ts'
import { testPeople } from '#test/kit/people.ts'
import { testVault, type TestVault } from '#test/kit/vault.ts'
import { routes } from '../../src/http/auth/routes.ts'
import { schemas, type RouteName, type Shape } from '../../src/http/auth/schemas.ts'
import { hostsFor } from '../../src/http/edge.ts'
import { createApp, type App } from '../../src/http/server.ts'
import {
  Browser,
  type enrolPasskey,
  foundHouse,
  password,
  type PasswordPerson,
  type Person,
  type Told,
} from './auth-kit.ts'

const origin = 'http://localhost'
const clock = { aheadMs: 0 }
const passwordCost = { memoryKiB: 64, passes: 1, lanes: 1 }

let vault: TestVault
let people: People
let app: App
let port: number
let ana: Awaited<ReturnType<typeof enrolPasskey>>
let eva: PasswordPerson

const ends: (() => unknown)[] = []
after(async () => {
  for (const end of ends.toReversed()) await end()
})

const browser = (): Browser => new Browser(port, app.edge.origin)

async function listening(planted?: (app: App) => void): Promise<void> {
  app = createApp({
    store: vault.store,
    health: () => ({ status: 'ok', version: '0.0.0' }),
    people,
    log: pino({ enabled: false }),
    version: '0.0.0',
    randomId: randomUuid,
    origin,
  })
  planted?.(app)
  await app.fastify.listen({ host: '127.0.0.1', port: 0 })
  const { fastify } = app
  ends.push(() => fastify.close())
  ;({ port } = app.node.address() as AddressInfo)
  app.edge.hosts = hostsFor(origin, port)
}

before(async () => {
  vault = await testVault({ after: (end) => void ends.push(end) })
  people = testPeople(vault, {
    waits: true,
    isDemo: false,
    passwordCost,
    now: () => Date.now() + clock.aheadMs,
  })
  await listening()
  ;[ana, eva] = (await foundHouse(people, browser, clock)) as [typeof ana, PasswordPerson]
})

/** Every address that the router knows, as it was registered, with every method that it takes. */
function table({ fastify }: App): { method: string; url: string }[] {
  const path: string[] = []
  return fastify
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, indent, label, served] = /^([│ ]*)[├└]── (\S*)(?: \((.+)\))?$/.exec(line) ?? []
      if (indent === undefined || label === undefined) return []
      path.length = indent.length / 4
      path.push(label)
      const url = path.join('')
      return (served ?? '').split(', ').flatMap((method) => (method === '' ? [] : [{ method, url }]))
    })
}

const isSession = ({ value, headers }: Told): boolean =>
  headers.getSetCookie().some((each) => /sgs_/.test(each)) || /sgs_/.test(JSON.stringify(value ?? ''))

/** What has one factor where two belong, or both with one that is wrong. */
async function halves(): Promise<[name: string, proof: object][]> {
  const from = browser()
  const key = await from.newKey()
  const { value } = await from.ask('POST', '/auth/passkey-options', { body: { key } })
  const { flow, options } = value
  const unverified = ana.key.get(options, { isVerified: false })
  const byAnother = ana.key.get(options, { key: otherKey() })
  const login = eva.login
  return [
    ['the password alone', { kind: 'password', login, password }],
    ['the password with nothing', { kind: 'password', login, password, code: '' }],
    ['the password twice', { kind: 'password', login, password, code: password.slice(0, 40) }],
    ['the password with a wrong code', { kind: 'password', login, password, code: '000000' }],
    ['a code alone', { kind: 'password', login, code: eva.code() }],
    ['a code with nothing', { kind: 'password', login, password: '', code: eva.code() }],
    [
      'a code with a wrong password',
      { kind: 'password', login, password: 'no es la que es', code: eva.code() },
    ],
    ['a recovery code alone', { kind: 'password', login, code: eva.codes[1] }],
    [
      'a recovery code with a wrong password',
      { kind: 'password', login, password: 'no es la que es', code: eva.codes[1] },
    ],
    ['two codes', { kind: 'password', login, password: eva.codes[2], code: eva.code() }],
    ['a passkey whose holder nobody asked', { kind: 'passkey', flow, response: unverified }],
    ['a passkey that is another', { kind: 'passkey', flow, response: byAnother }],
    [
      'a passkey of nobody',
      { kind: 'passkey', flow, response: { ...softAuthenticator(origin).get(options) } },
    ],
    ['a flow alone', { kind: 'passkey', flow }],
    ['a passkey and a password', { kind: 'passkey', flow, response: unverified, login, password }],
    ['nothing', {}],
  ]
}

const nothing = '00000000-0000-4000-8000-000000000000'

/** Whatever gave a session. */
async function opened(
  proofs: readonly (readonly [string, object])[],
  headers: Record<string, string> = {},
): Promise<string[]> {
  const found: string[] = []
  for (const { method, url } of table(app)) {
    if (/^\/fhir|^\/ledger|^\/page/.test(url) || ['OPTIONS', 'HEAD', 'TRACE', 'QUERY'].includes(method))
      continue
    const path = url.replace(/:\w+/g, nothing)
    for (const [name, proof] of method === 'GET' ? [['nothing', {}] as const] : proofs) {
      const from = browser()
      const key = await from.newKey()
      // Wherever a body may have it.
      for (const body of [
        { proof, key },
        { proof, plain: true },
      ]) {
        const told = await from.ask(method, path, method === 'GET' ? { headers } : { body, headers })
        if (isSession(told)) found.push(`${method} ${url}: ${name}`)
      }
    }
  }
  return found
}

test('no address gives a session for one factor, and one that does is seen', async () => {
  assert.deepEqual(await opened(await halves()), [])
  const usual = app
  await listening(({ fastify }) => {
    fastify.get('/oauth/planted', (_, reply) => {
      reply.hijack()
      reply.raw.writeHead(200, { 'set-cookie': 'sigilo=sgs_planted', 'content-length': 0 }).end()
    })
  })
  const planted = app
  const admitted = people.admit
  people.admit = () => ({ status: 'valid', principal: { actor: 'x', client: 'x' } })
  try {
    const found = await opened([['nothing', {}]], { authorization: 'Bearer x' })
    assert.ok(found.length > 0 && found.every((each) => each.startsWith('GET /oauth/planted')), String(found))
  } finally {
    people.admit = admitted
    app = usual
    port = (usual.node.address() as AddressInfo).port
  }
  assert.ok(table(planted).length > table(usual).length)
})

test('one route gives a session, and two factors are what its shape takes', async () => {
  const given = (Object.entries(schemas) as [RouteName, Shape][]).filter(([, { response }]) => {
    const text = JSON.stringify(response)
    return text.includes('"token"') || text.includes('opens nothing')
  })
  const ofWhoHasOne = ['look-at-session', 'say-purpose', 'step-up'] as const
  assert.deepEqual(given.map(([name]) => name).toSorted(), [...ofWhoHasOne, 'sign-in'].toSorted())
  for (const name of ofWhoHasOne) assert.ok(!('isOpen' in routes[name]), name)
  const { proof } = (
    schemas['sign-in'].body as unknown as { properties: { proof: { anyOf: { required: string[] }[] } } }
  ).properties
  assert.deepEqual(
    proof.anyOf.map(({ required }) => required.toSorted()),
    [
      ['flow', 'kind', 'response'],
      ['code', 'kind', 'login', 'password'],
    ],
  )
})

test('one factor does not count as both shown again, to whoever finds a session open', async () => {
  const own = browser()
  assert.equal((await own.signIn(ana)).status, 201)
  for (const [name, proof] of await halves()) {
    const told = await own.ask('POST', '/auth/session/step-up', { body: { proof } })
    assert.notEqual(told.status, 200, name)
  }
  const ofAnother = { kind: 'password', login: eva.login, password, code: eva.code() }
  assert.notEqual(
    (await own.ask('POST', '/auth/session/step-up', { body: { proof: ofAnother } })).status,
    200,
  )
  assert.equal((await own.ask('POST', '/auth/factors/options')).value.error, 'step-up-needed')
})

test('a passkey answers for the browser and the purpose that it was asked for, once', async () => {
  const [one, other] = [browser(), browser()]
  const key = await one.newKey()
  const { value } = await one.ask('POST', '/auth/passkey-options', { body: { key } })
  const proof = { kind: 'passkey', flow: value.flow, response: ana.key.get(value.options) }
  const withAnother = await other.ask('POST', '/auth/session', { body: { proof, key: await other.newKey() } })
  assert.equal(withAnother.value.error, 'sign-in-failed')
  const elsewhere = { ...proof, response: ana.key.get(value.options, { origin: 'https://evil.example' }) }
  assert.equal(
    (await one.ask('POST', '/auth/session', { body: { proof: elsewhere, key } })).value.error,
    'sign-in-failed',
  )
  const tries = await Promise.all(
    Array.from({ length: 20 }, () => browser().ask('POST', '/auth/session', { body: { proof, key } })),
  )
  assert.deepEqual(tries.map(({ status }) => status).toSorted(), [201, ...Array<number>(19).fill(401)])
})

test('a code counts once, of twenty who send it at once', async () => {
  const proof = { kind: 'password', login: eva.login, password, code: eva.code() }
  const key = await browser().newKey()
  const tries = await Promise.all(
    Array.from({ length: 20 }, () => browser().ask('POST', '/auth/session', { body: { proof, key } })),
  )
  assert.ok(tries.filter(({ status }) => status === 201).length <= 1)
  assert.ok(tries.every(({ status }) => [201, 401, 429, 503].includes(status)))
})

test('a session that somebody else begun is not gone on with, nor one that was stepped up', async () => {
  const own = browser()
  // Fixation: a cookie that somebody set before.
  own.cookies.set('sigilo', 'sgs_somebody-set-this-before')
  const person: Person = ana
  assert.equal((await own.signIn(person)).status, 201)
  const before = own.cookies.get('sigilo')
  assert.notEqual(before, 'sgs_somebody-set-this-before')
  assert.equal((await own.stepUp(person)).status, 200)
  assert.notEqual(own.cookies.get('sigilo'), before)
  const old = own.cookies.get('sigilo') ?? ''
  own.cookies.set('sigilo', before ?? '')
  assert.equal((await own.ask('GET', '/auth/session')).status, 401, 'the cookie of before')
  own.cookies.set('sigilo', old)
  assert.equal((await own.ask('GET', '/auth/session')).status, 200)
})

test('every address that changes something refuses another site, whoever is signed in', async () => {
  const own = browser()
  await own.signIn(ana)
  for (const { method, url } of Object.values(routes)) {
    if (method === 'GET') continue
    const path = url.replace(/:\w+/g, nothing)
    for (const headers of [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ] as Record<string, string>[]) {
      const told = await own.ask(method, path, { headers })
      assert.ok(
        [401, 403].includes(told.status),
        `${method} ${url} ${JSON.stringify(headers)}: ${told.status}`,
      )
    }
  }
  assert.equal((await own.ask('GET', '/auth/session')).status, 200, 'and it goes on')
})
