/** Programs sign in with their keys, and in no other way; what they are given is theirs alone, and ends. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { before, after, describe, test } from 'node:test'
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWK,
  type JWTPayload,
} from 'jose'
import { randomUuid, sha256 } from '#kernel/crypto/index.ts'
import { testVault, type TestVault } from '#test/kit/vault.ts'
import { testPeople } from '#test/kit/people.ts'
import type { Admission, Credentials } from '../credentials.ts'
import { scopeOfAll, type Programs } from './index.ts'

const origin = 'https://vault.example.org'
const who = { actor: 'tester', client: 'test', address: 'local' }

interface Key {
  privateKey: CryptoKey
  jwk: JWK
}

const ends: (() => unknown)[] = []
after(async () => {
  for (const end of ends.toReversed()) await end()
})

let vault: TestVault
/** The same database: an invented hospital's server, and a real one's; both know the program `lab` and its key. */
let demo: Running
let real: Running
let lab: Key
let other: Key
/** How far the clocks of the servers are ahead. */
let aheadMs = 0

interface Running {
  programs: Programs
  port: number
}

before(async () => {
  vault = await testVault({ after: (end) => void ends.push(end) })
  ;[lab, other] = await Promise.all([newKey(), newKey()])
  demo = await running(true)
  real = await running(false)
  const program = { id: 'lab', name: 'Laboratorio', scope: scopeOfAll, keys: [lab.jwk] }
  assert.equal(await real.programs.register(program, who), 'registered')
  assert.equal(await demo.programs.register({ ...program, id: 'demo-lab', isPlain: true }, who), 'registered')
})

async function newKey(): Promise<Key> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { privateKey, jwk: await exportJWK(privateKey) }
}

async function running(isDemo: boolean): Promise<Running> {
  const { programs } = testPeople(vault, { isDemo, now: () => Date.now() + aheadMs })
  const server: Server = createServer((request, response) => void programs.answer(origin, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => server.close())
  return { programs, port: (server.address() as AddressInfo).port }
}

type Claims = Record<string, unknown>

/** An assertion of `lab`, otherwise than it should be where `claims` say so. */
function assertion(claims: Claims = {}, key = lab): Promise<string> {
  const seconds = Math.floor(Date.now() / 1000)
  const usual = { iss: 'lab', sub: 'lab', aud: origin, jti: randomUuid(), iat: seconds, exp: seconds + 60 }
  return new SignJWT({ ...usual, ...claims } as JWTPayload)
    .setProtectedHeader({ alg: 'ES256' })
    .sign(key.privateKey)
}

interface Proof extends JWTPayload {
  htm: string
  htu: string
}

function proof(claims: Proof, key = lab): Promise<string> {
  const { kty, crv, x, y } = key.jwk
  return new SignJWT({ jti: randomUuid(), iat: Math.floor(Date.now() / 1000), ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: { kty, crv, x, y } as JWK })
    .sign(key.privateKey)
}

const tokenProof = (key = lab) => proof({ htm: 'POST', htu: `${origin}/oauth/token` }, key)

interface Answered {
  status: number
  body: Record<string, unknown>
}

async function post(
  { port }: Running,
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers,
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text) }
}

const withAssertion = (client_assertion: string) => ({
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion,
})
const asked = { grant_type: 'client_credentials', scope: scopeOfAll }

async function ask(server: Running, given: string, headers: Record<string, string> = {}): Promise<Answered> {
  return post(server, '/oauth/token', { ...asked, ...withAssertion(given) }, headers)
}

async function boundToken(key = lab): Promise<string> {
  const { status, body } = await ask(real, await assertion({}, lab), { DPoP: await tokenProof(key) })
  assert.equal(status, 200, JSON.stringify(body))
  assert.equal(body['token_type'], 'DPoP')
  return String(body['access_token'])
}

async function plainToken(): Promise<string> {
  const { status, body } = await ask(demo, await assertion({ iss: 'demo-lab', sub: 'demo-lab' }))
  assert.equal(status, 200, JSON.stringify(body))
  assert.deepEqual([body['token_type'], body['expires_in'], body['scope']], ['Bearer', 28_800, scopeOfAll])
  return String(body['access_token'])
}

function assertAdmittedAs(id: string, admission: Admission | undefined): void {
  assert.ok(admission?.status === 'valid')
  const { program, ...principal } = admission.principal
  const { since = 0, ...registered } = program ?? {}
  assert.deepEqual(principal, { actor: id, client: id })
  assert.deepEqual(registered, { id, scope: scopeOfAll })
  assert.ok(Math.abs(Date.now() / 1000 - since) < 600, 'registered a moment ago')
}

const url = `${origin}/fhir/R4/Patient/p1`

function sent(token: string, more: Partial<Credentials> = {}): Credentials {
  return {
    scheme: 'bearer',
    token,
    proofs: [],
    method: 'GET',
    url,
    origin,
    page: 'unsaid',
    address: '127.0.0.1',
    isForwarded: false,
    ...more,
  }
}

const isValid = async (admission: Admission | Promise<Admission>) => (await admission).status === 'valid'

describe('signing in', () => {
  test('of a demonstration a program gets a plain token for a working day, and of a real home one that is bound', async () => {
    const plain = await plainToken()
    assert.match(plain, /^sgl_[\w-]{43}$/)
    const admitted = await demo.programs.admit(sent(plain))
    assertAdmittedAs('demo-lab', admitted)
    const unbound = await ask(real, await assertion())
    assert.deepEqual([unbound.status, unbound.body['error']], [400, 'invalid_grant'])
    const { body } = await ask(real, await assertion(), { DPoP: await tokenProof() })
    assert.deepEqual([body['token_type'], body['expires_in']], ['DPoP', 300])
  })

  const refusedClaims: { name: string; claims?: Claims }[] = [
    { name: 'for another server', claims: { aud: 'https://other.example.org' } },
    { name: 'for several servers', claims: { aud: [origin, 'https://other.example.org'] } },
    { name: 'that has ended', claims: { exp: Math.floor(Date.now() / 1000) - 60 } },
    { name: 'that lasts too long', claims: { exp: Math.floor(Date.now() / 1000) + 3600 } },
    { name: 'that never ends', claims: { exp: undefined } },
    { name: 'without an id', claims: { jti: undefined } },
    { name: 'with an id as long as a book', claims: { jti: 'x'.repeat(5000) } },
    { name: 'about another', claims: { sub: 'demo-lab' } },
    { name: 'of another', claims: { iss: 'demo-lab' } },
    { name: 'of nobody known', claims: { iss: 'nobody', sub: 'nobody' } },
  ]
  for (const { name, claims } of refusedClaims) {
    test(`an assertion ${name} is refused`, async () => {
      const answered = await ask(real, await assertion(claims), { DPoP: await tokenProof() })
      assert.ok([400, 401].includes(answered.status), `${answered.status} ${JSON.stringify(answered.body)}`)
      assert.equal(answered.body['access_token'], undefined)
    })
  }

  test('an assertion by another key, by none, or by the public key as a secret is refused', async () => {
    const byOther = await ask(real, await assertion({}, other))
    const [, payload] = (await assertion()).split('.')
    const header = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const unsigned = await ask(real, `${header({ alg: 'none' })}.${payload}.`)
    const secret = new TextEncoder().encode(JSON.stringify(lab.jwk))
    const symmetric = await new SignJWT({ iss: 'lab', sub: 'lab', aud: origin, jti: randomUuid() })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1m')
      .sign(secret)
    for (const { status } of [byOther, unsigned, await ask(real, symmetric)]) assert.equal(status, 401)
  })

  test('no other way in: a secret, a password, a code, a grant of another kind, the id alone', async () => {
    const tries: [Record<string, string>, Record<string, string>?][] = [
      [{ ...asked, client_id: 'lab' }],
      [{ ...asked, client_id: 'lab', client_secret: 'secret' }],
      [asked, { authorization: `Basic ${Buffer.from('lab:secret').toString('base64')}` }],
      [{ ...withAssertion(await assertion()), grant_type: 'password', username: 'a', password: 'b' }],
      [{ ...withAssertion(await assertion()), grant_type: 'authorization_code', code: 'x' }],
      [{ ...withAssertion(await assertion()), grant_type: 'refresh_token', refresh_token: 'x' }],
      [{ ...withAssertion(await assertion()), ...asked, scope: 'openid' }],
      [{}],
    ]
    for (const [fields, headers] of tries) {
      const { status, body } = await post(real, '/oauth/token', fields, {
        DPoP: await tokenProof(),
        ...headers,
      })
      assert.ok(status === 400 || status === 401, `${status} ${JSON.stringify(body)}`)
      assert.equal(body['access_token'], undefined)
    }
  })

  test('a program without a scope gets a token that opens nothing', async () => {
    const { body } = await post(demo, '/oauth/token', {
      grant_type: 'client_credentials',
      ...withAssertion(await assertion({ iss: 'demo-lab', sub: 'demo-lab' })),
    })
    if (typeof body['access_token'] !== 'string') return
    assert.equal(await isValid(demo.programs.admit(sent(body['access_token']))), false)
  })

  test('of twenty that send one assertion at once, to two servers, one gets a token', async () => {
    const once = await assertion({ iss: 'demo-lab', sub: 'demo-lab' })
    const second = await running(true)
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => ask(n % 2 ? demo : second, once)))
    assert.deepEqual(answers.filter(({ status }) => status === 200).length, 1)
    assert.notEqual((await ask(demo, once)).status, 200, 'nor later')
  })

  test('where the sender says that it was passed on, and for whom, nothing changes', async () => {
    const spoofed = {
      'x-forwarded-host': 'evil.example.org',
      'x-forwarded-proto': 'http',
      forwarded: 'host=evil',
    }
    const evil = await proof({ htm: 'POST', htu: 'http://evil.example.org/oauth/token' })
    assert.equal((await ask(real, await assertion(), { ...spoofed, DPoP: evil })).status, 400)
    assert.equal((await ask(real, await assertion(), { ...spoofed, DPoP: await tokenProof() })).status, 200)
  })

  test('nothing but these two addresses is served by what stands behind them', async () => {
    for (const path of [
      '/auth',
      '/jwks',
      '/me',
      '/session/end',
      '/reg',
      '/.well-known/openid-configuration',
    ]) {
      const answer = await fetch(`http://127.0.0.1:${demo.port}${path}`, { redirect: 'manual' })
      await answer.body?.cancel()
      // The edge never sends these here: src/http/oauth.ts.
      assert.ok([200, 400, 404].includes(answer.status), `${path} ${answer.status}`)
    }
  })
})

describe('a plain token', () => {
  test('is good on this machine alone, in a demonstration alone, as what it is', async () => {
    const token = await plainToken()
    for (const address of ['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1'])
      assert.equal(await isValid(demo.programs.admit(sent(token, { address }))), true, address)
    for (const address of ['10.0.0.1', '::ffff:10.0.0.1', '2001:db8::1', '128.0.0.1', undefined])
      assert.equal(await isValid(demo.programs.admit(sent(token, { address }))), false, String(address))
    assert.equal(await isValid(demo.programs.admit(sent(token, { isForwarded: true }))), false)
    assert.equal(await isValid(demo.programs.admit(sent(token, { scheme: 'dpop' }))), false)
    assert.equal(await isValid(real.programs.admit(sent(token))), false, 'in a real home')
  })

  test('ends after eight hours, and a clock that is set back does not bring it again', async () => {
    const token = await plainToken()
    aheadMs = 8 * 3600_000 + 60_000
    const later = await demo.programs.admit(sent(token))
    aheadMs = 0
    assert.equal(later.status, 'invalid')
    assert.equal(await isValid(demo.programs.admit(sent(token))), false, 'set back')
    // What other tests go on with is a server that has not seen the future.
    demo = await running(true)
    assert.equal(await isValid(demo.programs.admit(sent(token))), true)
  })

  test('is no other by a letter', async () => {
    const token = await plainToken()
    for (const wrong of [
      '',
      'sgl_',
      token.slice(0, -1),
      `${token}A`,
      token.toUpperCase(),
      ` ${token}`,
      token.slice(4),
    ])
      assert.equal(await isValid(demo.programs.admit(sent(wrong))), false, wrong)
  })
})

describe('a token that is bound', () => {
  /** As a program that has asked before, and knows a nonce. */
  async function use(token: string, claims: Claims = {}, key = lab, more: Partial<Credentials> = {}) {
    const challenged = await real.programs.admit(sent(token, { scheme: 'dpop', proofs: ['x'] }))
    assert.equal(challenged.status, 'invalid')
    const nonce = challenged.status === 'invalid' ? (challenged.nonce ?? '') : ''
    const ath = Buffer.from(sha256(token)).toString('base64url')
    const own = await proof({ htm: 'GET', htu: url, ath, nonce, ...claims }, key)
    return {
      own,
      admission: await real.programs.admit(sent(token, { scheme: 'dpop', proofs: [own], ...more })),
    }
  }

  test('is good with a proof of its key, once for each proof', async () => {
    const token = await boundToken()
    const { own, admission } = await use(token)
    assertAdmittedAs('lab', admission)
    assert.equal(
      await isValid(real.programs.admit(sent(token, { scheme: 'dpop', proofs: [own] }))),
      false,
      'again',
    )
  })

  test('is good for nobody who has it and not the key', async () => {
    const token = await boundToken()
    assert.equal(await isValid(real.programs.admit(sent(token))), false, 'as a plain one')
    assert.equal(await isValid(demo.programs.admit(sent(token))), false, 'as a plain one, in a demonstration')
    assert.equal(
      await isValid(real.programs.admit(sent(token, { scheme: 'dpop' }))),
      false,
      'without a proof',
    )
    const wrong: [string, Claims, Key?, Partial<Credentials>?][] = [
      ['of another key', {}, other],
      ['for another method', { htm: 'DELETE' }],
      ['for another address', { htu: `${origin}/fhir/R4/Patient/p2` }],
      ['for another server', { htu: 'https://other.example.org/fhir/R4/Patient/p1' }],
      ['for another token', { ath: Buffer.from(sha256('x')).toString('base64url') }],
      ['without the token', { ath: undefined }],
      ['without an id', { jti: '' }],
      ['with a nonce of nobody', { nonce: 'AAAAAAAAAAAAAAAAAAAAAA' }],
      ['without a nonce', { nonce: undefined }],
      ['used for another method', {}, lab, { method: 'POST' }],
      ['used for another address', {}, lab, { url: `${url}/_history` }],
    ]
    for (const [name, claims, key, more] of wrong)
      assert.equal((await use(token, claims, key, more)).admission.status, 'invalid', `a proof ${name}`)
    const { own } = await use(token, {}, other)
    for (const proofs of [[own, own], ['x'.repeat(10_000)], ['a.b.c'], ['']])
      assert.equal(await isValid(real.programs.admit(sent(token, { scheme: 'dpop', proofs }))), false)
  })

  test('a proof for one process is none for another, which asks for one of its own', async () => {
    const token = await boundToken()
    const second = await running(false)
    const challenged = await real.programs.admit(sent(token, { scheme: 'dpop', proofs: ['x'] }))
    assert.ok(challenged.status === 'invalid')
    const ath = Buffer.from(sha256(token)).toString('base64url')
    const captured = await proof({ htm: 'GET', htu: url, ath, nonce: challenged.nonce ?? '' })
    const elsewhere = await second.programs.admit(sent(token, { scheme: 'dpop', proofs: [captured] }))
    assert.ok(elsewhere.status === 'invalid')
    assert.match(elsewhere.challenge ?? '', /error="use_dpop_nonce"/)
  })

  test('one key of the program for its assertions, another for its tokens', async () => {
    const token = await boundToken(other)
    assert.equal((await use(token, {}, lab)).admission.status, 'invalid')
    assert.equal((await use(token, {}, other)).admission.status, 'valid')
  })
})

describe('taken back', () => {
  /** Milliseconds until a server no longer admits it. */
  async function untilRefused({ programs }: Running, token: string): Promise<number> {
    const began = performance.now()
    while (await isValid(programs.admit(sent(token)))) {
      if (performance.now() - began > 20_000) assert.fail('it is still good')
      await new Promise((resume) => setTimeout(resume, 20))
    }
    return performance.now() - began
  }

  test('a token ends at once where it is given back, and elsewhere within a second', async () => {
    const token = await plainToken()
    const second = await running(true)
    for (const { programs } of [demo, second]) assert.equal(await isValid(programs.admit(sent(token))), true)
    const mine = await post(demo, '/oauth/revoke', {
      token,
      ...withAssertion(await assertion({ iss: 'demo-lab', sub: 'demo-lab' })),
    })
    assert.equal(mine.status, 200)
    const took = await untilRefused(second, token)
    assert.ok(took < 1000, `${took} ms`)
    assert.equal(await isValid(demo.programs.admit(sent(token))), false)
  })

  test('nobody gives back the token of another', async () => {
    const token = await plainToken()
    const { status } = await post(real, '/oauth/revoke', { token, ...withAssertion(await assertion()) })
    assert.equal(status, 200, 'nothing is told of it')
    assert.equal(await isValid((await running(true)).programs.admit(sent(token))), true)
  })

  test('with a program all its tokens end, and it signs in no more', async () => {
    const key = await newKey()
    const program = {
      id: 'guest',
      name: 'Invitado',
      scope: scopeOfAll,
      keys: [key.jwk],
      isPlain: true,
    } as const
    assert.equal(await demo.programs.register(program, who), 'registered')
    const second = await running(true)
    const given = () => assertion({ iss: 'guest', sub: 'guest' }, key)
    const token = String((await ask(demo, await given())).body['access_token'])
    assert.equal(await isValid(second.programs.admit(sent(token))), true)
    assert.equal(await demo.programs.revoke('guest', who), true)
    assert.ok((await untilRefused(second, token)) < 1000)
    assert.equal((await ask(demo, await given())).status, 401)
    assert.equal(await demo.programs.revoke('guest', who), false)
  })
})

describe('what SQL makes', () => {
  const restored = ['version', 'previous', 'sealed', 'staged', 'ends_at'] as const

  test('a token that was taken back, put back as it was, stays taken back', async () => {
    const token = await plainToken()
    const { sql } = vault
    const before = await sql`select * from authority`
    await post(demo, '/oauth/revoke', {
      token,
      ...withAssertion(await assertion({ iss: 'demo-lab', sub: 'demo-lab' })),
    })
    const fresh = await running(true)
    assert.equal(await isValid(fresh.programs.admit(sent(token))), false)
    for (const row of before)
      await sql`update authority set ${sql(row, ...restored)} where id = ${String(row['id'])}`
    assert.equal(await isValid(fresh.programs.admit(sent(token))), false, 'put back')
    // Whoever starts later has the ledger's word alone.
    assert.deepEqual(await vault.ledger.start(), { status: 'ok' })
    for (let waiting = 1; waiting > 0; await new Promise((resume) => setTimeout(resume, 25)))
      waiting = (await sql`select from ledger_staged`).length
    const later = await running(true)
    assert.equal(
      await isValid(later.programs.admit(sent(token))),
      false,
      'put back, to a server that starts later',
    )
    assert.equal(await isValid(later.programs.admit(sent(await plainToken()))), true)
  })

  test('a program with a key of the attacker, a row of another, a row taken from another house: nobody gets in', async () => {
    const { sql } = vault
    const others = await testVault({ after: (end) => void ends.push(end) })
    const theirs = testPeople(others).programs
    const program = {
      id: 'intruder',
      name: 'x',
      scope: scopeOfAll,
      keys: [other.jwk],
      isPlain: true,
    } as const
    assert.equal(await theirs.register(program, who), 'registered')
    const rows = await sql`select * from authority where kind = 1 and version = 1 order by id`
    const [planted] = await others.sql`select * from authority`
    const stagedThere = await others.sql`select * from ledger_staged`
    await sql`insert into authority ${sql(planted!)}`
    for (const row of stagedThere) await sql`insert into ledger_staged ${sql(row)} on conflict do nothing`
    // Under the name that it would have here, too.
    for (const row of rows)
      await sql`update authority set ${sql(planted!, ...restored)} where id = ${String(row['id'])}`
    for (const id of ['intruder', 'lab', 'demo-lab'])
      assert.equal((await ask(demo, await assertion({ iss: id, sub: id }, other))).status, 401, id)
    for (const row of rows)
      await sql`update authority set ${sql(row, ...restored)} where id = ${String(row['id'])}`
    // One program's row in the place of another's.
    const [one, two] = rows
    await sql`update authority set ${sql(one!, ...restored)} where id = ${String(two!['id'])}`
    const kept = testPeople(vault).programs
    const known = await Promise.all(['lab', 'demo-lab'].map((id) => kept.keysOf(id)))
    assert.equal(known.filter(Boolean).length, 1)
    await sql`update authority set ${sql(two!, ...restored)} where id = ${String(two!['id'])}`
  })
})

describe('registering', () => {
  test('keys that are too weak, secret or none are refused, and private parts are not kept', async () => {
    const program = { id: 'weak', name: 'x', scope: scopeOfAll }
    const rsa = await generateKeyPair('PS256', { extractable: true, modulusLength: 2048 })
    const short = { kty: 'RSA', n: Buffer.alloc(128, 255).toString('base64url'), e: 'AQAB' }
    for (const keys of [
      [],
      [{ kty: 'oct', k: 'c2VjcmV0' }],
      [short],
      [{ kty: 'EC', crv: 'P-256', x: 'a', y: 'b' }],
    ])
      assert.equal(
        await real.programs.register({ ...program, keys }, who),
        'unusable-key',
        JSON.stringify(keys),
      )
    const keys = [lab.jwk, await exportJWK(rsa.privateKey)]
    assert.equal(await real.programs.register({ ...program, keys }, who), 'registered')
    const known = await real.programs.keysOf('weak')
    assert.deepEqual(
      known?.map(({ d, p, q }) => [d, p, q]),
      [[], []].map(() => [undefined, undefined, undefined]),
    )
    assert.equal(known?.[0]?.kid, await calculateJwkThumbprint(lab.jwk))
  })

  test('a real home takes no plain program, no scope that there is not, and no name twice', async () => {
    const program = { id: 'more', name: 'x', scope: scopeOfAll, keys: [other.jwk] }
    assert.equal(await real.programs.register({ ...program, isPlain: true }, who), 'plain-in-real-home')
    assert.equal(
      await real.programs.register({ ...program, scope: 'system/Patient.read' }, who),
      'unknown-scope',
    )
    assert.equal(await real.programs.register(program, who), 'registered')
    assert.equal(await real.programs.register(program, who), 'taken')
  })
})

test('while the vault is sealed nobody is admitted, and what was remembered is forgotten', async (t) => {
  const own = await testVault(t)
  const { programs } = testPeople(own)
  void own.keys.seal()
  assert.deepEqual(await programs.admit(sent('sgl_any')), { status: 'sealed' })
  await assert.rejects(programs.keysOf('lab'))
})
