/** Programs over HTTP: what they get at /oauth opens the records, in the ledger under their names, and nothing else does. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'
import { signIn } from '#cli/programs/sign-in.ts'
import { randomUuid, sha256 } from '#kernel/crypto/index.ts'
import type { People } from '#people/index.ts'
import { isScope, scopeOfAll } from '#people/programs/index.ts'
import { typeName } from '#records/fhir/index.ts'
import { running, type Running } from './http-kit.ts'
import { testPeople } from '#test/kit/people.ts'
import { testVault, type TestVault } from '#test/kit/vault.ts'

const who = { actor: 'tester', client: 'test', address: 'local' }
const origin = 'https://vault.example.org'

let vault: TestVault
let people: People
let it: Running
let key: CryptoKey
let jwk: JWK

const ends: (() => unknown)[] = []
after(async () => {
  for (const end of ends.toReversed()) await end()
})

before(async () => {
  vault = await testVault({ after: (end) => void ends.push(end) })
  people = testPeople(vault, { isDemo: false })
  it = await running({ people: () => people, origin }, vault)
  key = (await generateKeyPair('ES256', { extractable: true }).then((pair) => pair.privateKey)) as CryptoKey
  jwk = await exportJWK(key)
  assert.equal(
    await people.programs.register({ id: 'lab', name: 'Laboratorio', scope: scopeOfAll, keys: [jwk] }, who),
    'registered',
  )
})

const path = '/fhir/R4/metadata'

function ask(headers: Record<string, string>, at = path): Promise<Response> {
  return fetch(`http://127.0.0.1:${it.port}${at}`, { headers })
}

async function proof(token: string, nonce?: string, htu = origin + path): Promise<string> {
  const { kty, crv, x, y } = jwk
  const ath = Buffer.from(sha256(token)).toString('base64url')
  return new SignJWT({ htm: 'GET', htu, ath, jti: randomUuid(), ...(nonce === undefined ? {} : { nonce }) })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: { kty, crv, x, y } as JWK })
    .setIssuedAt()
    .sign(key)
}

async function tokenOf(id = 'lab'): Promise<string> {
  const signed = await signIn({ port: it.port, origin, id, jwk, algorithm: 'ES256', isBound: true })
  assert.ok(signed.status === 'ok', JSON.stringify(signed))
  assert.equal(signed.seconds, 300)
  return signed.token
}

test('a program signs in with its key, is told a nonce, and reads with proofs of the key', async () => {
  const token = await tokenOf()
  const first = await ask({ authorization: `DPoP ${token}`, dpop: await proof(token) })
  assert.equal(first.status, 401)
  assert.match(
    first.headers.get('www-authenticate') ?? '',
    /^DPoP realm="sigilo", error="use_dpop_nonce", algs="/,
  )
  const nonce = first.headers.get('dpop-nonce') ?? ''
  const sent = await proof(token, nonce)
  assert.equal((await ask({ authorization: `DPoP ${token}`, dpop: sent })).status, 200)
  assert.equal((await ask({ authorization: `DPoP ${token}`, dpop: sent })).status, 401, 'again')
  assert.equal((await ask({ authorization: `Bearer ${token}` })).status, 401, 'as a plain one')
  const elsewhere = `${path}?mode=full`
  const further = await ask({ authorization: `dpop ${token}`, dpop: await proof(token, nonce) }, elsewhere)
  assert.equal(further.status, 200, 'the query is no part of the proof')
  const other = await ask(
    { authorization: `DPoP ${token}`, dpop: await proof(token, nonce) },
    '/fhir/R4/Patient',
  )
  assert.equal(other.status, 401, 'another address')
  const plain = await ask({})
  assert.equal(plain.headers.get('www-authenticate'), 'Bearer realm="sigilo"')
})

test('what it does is in the ledger under its name, and so is that it was given a token', async () => {
  assert.deepEqual(await vault.ledger.start(), { status: 'ok' })
  const token = await tokenOf()
  const url = '/fhir/R4/Patient/nobody'
  const { headers } = await ask({ authorization: `DPoP ${token}`, dpop: 'x' })
  const nonce = headers.get('dpop-nonce') ?? ''
  const dpop = await proof(token, nonce, origin + url)
  assert.equal((await ask({ authorization: `DPoP ${token}`, dpop }, url)).status, 404)
  const of = async (action: 'token' | 'read' | 'authority') =>
    (await vault.ledger.query({ actions: [action], limit: 10, newestFirst: true })).entries
  for (let tries = 0; tries < 400 && (await of('read')).length === 0; tries++)
    await new Promise((resume) => setTimeout(resume, 25))
  const [read] = await of('read')
  assert.deepEqual([read?.outcome, read?.details?.actor, read?.details?.client], ['refused', 'lab', 'lab'])
  const [given] = await of('token')
  assert.deepEqual([given?.outcome, given?.details?.actor, given?.details?.query], ['done', 'lab', 'given'])
  assert.deepEqual(
    given?.commitments.map(({ kind }) => kind),
    ['authority'],
  )
  assert.equal(JSON.stringify(given).includes(token), false)
  const [registered] = await of('authority')
  assert.deepEqual(
    [registered?.details?.actor, registered?.details?.query],
    ['tester', 'program lab: registered'],
  )
})

test('a token is nowhere in the database, nor is the name of a program', async () => {
  const token = await tokenOf()
  const tables = await vault.sql<{ name: string }[]>`
    select c.relname::text as name from pg_class c
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace`
  for (const { name } of tables) {
    const rows = await vault.sql<{ text: string; bytes: string }[]>`
      select t::text as text, encode(convert_to(t::text, 'utf8'), 'escape') as bytes from ${vault.sql(name)} t`
    for (const secret of [token, token.slice(4), 'Laboratorio', Buffer.from('Laboratorio').toString('hex')])
      assert.equal(
        rows.some(({ text }) => text.includes(secret)),
        false,
        `${name} has ${secret}`,
      )
  }
})

test('strangers at /oauth are told no more than that, in no other form, and by no header', async () => {
  const send = (init: RequestInit) =>
    fetch(`http://127.0.0.1:${it.port}/oauth/token`, { method: 'POST', ...init })
  const form = (fields: Record<string, string>) => send({ body: new URLSearchParams(fields) })
  const unknown = await form({ grant_type: 'client_credentials', client_id: 'nobody' })
  const known = await form({ grant_type: 'client_credentials', client_id: 'lab' })
  assert.deepEqual([unknown.status, known.status], [401, 401])
  assert.deepEqual(await unknown.json(), await known.json(), 'whether there is such a program')
  const wrong = [
    await send({ body: '{}', headers: { 'content-type': 'application/json' } }),
    await send({
      body: 'x'.repeat(100_000),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
    await send({}),
    await form({ grant_type: 'client_credentials', client_id: 'lab', scope: "'; drop table authority; --" }),
  ]
  for (const answer of [unknown, known, ...wrong]) {
    assert.ok(answer.status >= 400 && answer.status < 500, String(answer.status))
    for (const [name] of answer.headers)
      assert.doesNotMatch(name, /^access-control-|^x-powered-by$|^server$|^set-cookie$/)
    for (const name of ['content-security-policy', 'x-content-type-options', 'strict-transport-security'])
      assert.ok(answer.headers.has(name), name)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
  }
  const foreign = await fetch(`http://127.0.0.1:${it.port}/oauth/token`, {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example.org', 'access-control-request-method': 'POST' },
  })
  assert.equal(foreign.headers.get('access-control-allow-origin'), null)
  for (const path of [
    '/oauth',
    '/oauth/auth',
    '/oauth/jwks',
    '/oauth/token/',
    '/oauth/tokens',
    '/auth',
    '/jwks',
    '/reg',
  ])
    assert.equal((await ask({}, path)).status, 401, path)
})

test('a program with less is given what it was registered for, and for what', async () => {
  const scope = 'system/Invoice.rs system/Patient.rs'
  const limited = { id: 'charges', name: 'Cobranza', purposes: ['HPAYMT'], keys: [jwk] }
  for (const wrong of ['system/*.read', 'system/Invoice.', 'user/Invoice.rs', `${scope} ${scope}`, ''])
    assert.equal(await people.programs.register({ ...limited, scope: wrong }, who), 'unknown-scope', wrong)
  // Of every type of the records.
  for (let code = 1; code <= 146; code++) assert.ok(isScope(`system/${typeName(code)}.r`), typeName(code))
  assert.throws(() => typeName(147))
  assert.ok(!isScope('system/Observaton.r'))
  assert.equal(await people.programs.register({ ...limited, scope }, who), 'registered')
  const asking = { port: it.port, origin, id: 'charges', jwk, algorithm: 'ES256', isBound: true }
  // What another was registered for, what nobody was, and nothing at all.
  for (const other of [
    scopeOfAll,
    'system/Observation.rs',
    `${scope} system/Observation.rs`,
    'system/Unheard.r',
  ]) {
    const signed = await signIn({ ...asking, scope: other })
    assert.deepEqual(signed, { status: 'refused', error: 'invalid_scope' }, other)
  }
  const signed = await signIn({ ...asking, scope: 'system/Invoice.rs' })
  assert.ok(signed.status === 'ok', JSON.stringify(signed))
  const { token } = signed
  const first = await ask({ authorization: `DPoP ${token}`, dpop: await proof(token) })
  const nonce = first.headers.get('dpop-nonce') ?? ''
  const statusOf = async (at: string, headers: Record<string, string> = {}) => {
    const dpop = await proof(token, nonce, origin + at)
    return (await ask({ authorization: `DPoP ${token}`, dpop, ...headers }, `${at}?status=issued`)).status
  }
  const cases: [type: string, purpose: string | undefined, status: number][] = [
    ['Invoice', undefined, 200],
    ['Invoice', 'HPAYMT', 200],
    ['Invoice', 'TREAT', 403],
    ['Invoice', 'curiosity', 403],
    ['Claim', undefined, 403],
  ]
  for (const [type, purpose, status] of cases) {
    const headers = purpose === undefined ? {} : { 'sigilo-purpose': purpose }
    assert.equal(await statusOf(`/fhir/R4/${type}`, headers), status, `${type} ${purpose}`)
  }
  // Registered for less, what it was given before is good for nothing.
  const less = { ...limited, scope: 'system/Patient.r' }
  assert.equal(await people.programs.register(less, who, { replace: true }), 'registered')
  const deadline = performance.now() + 30_000
  while ((await statusOf('/fhir/R4/Invoice')) !== 401 && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 200))
  assert.equal(await statusOf('/fhir/R4/Invoice'), 401)
})

test('while the vault is sealed nobody signs in', async () => {
  const sealed = await running({ people: () => people, origin }, vault)
  void vault.keys.seal()
  const answer = await fetch(`http://127.0.0.1:${sealed.port}/oauth/token`, { method: 'POST' })
  assert.equal(answer.status, 503)
  assert.equal((await ask({ authorization: 'DPoP sgl_x', dpop: 'x' })).status, 503)
})
