/** A vault of real patients from nothing: made, founded by two, a physician and a program let in by both, and read. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { exportJWK, exportPKCS8, generateKeyPair, SignJWT, type CryptoKey } from 'jose'
import { randomUuid, sha256 } from '#kernel/crypto/index.ts'
import { temporaryFolder } from '#test/kit/scope.ts'
import { approve, Browser, enrolPasskey, invited, tokenOf } from './auth-kit.ts'
import { passphrase, serve, sigilo, temporaryHome } from './cli-process.ts'

test('a real home, from init to what a physician and a program read', async (t) => {
  const home = temporaryHome(t)
  const variables = { SIGILO_HOME: home }
  const officers = ['--officer', 'ana.ruiz=Mtra. Ana Ruiz', '--officer', 'eva.soto=Ing. Eva Soto']

  const nothing = await sigilo(['init', ...officers], variables)
  assert.equal(nothing.code, 2, 'nobody says what opens it')
  assert.ok(!existsSync(join(home, 'opener.key')), 'and no key file is made by itself')
  const init = ['init', '--passphrase-stdin', '--no-kit', ...officers]
  const made = await sigilo(init, variables, `${passphrase}\n`)
  assert.equal(made.code, 0, made.stderr)
  assert.equal(JSON.parse(readFileSync(join(home, 'home.json'), 'utf8')).opener, 'passphrase')
  const links = made.stdout.trimEnd().split('\n').map(tokenOf)
  assert.equal(links.length, 2)
  assert.match(made.stderr, /Mtra\. Ana Ruiz \(ana\.ruiz\), Ing\. Eva Soto \(eva\.soto\)/)

  const { origin } = await serve(t, ['serve'], variables)
  const opened = await sigilo(['keys', 'unseal', '--passphrase-stdin'], variables, `${passphrase}\n`)
  assert.equal(opened.code, 0, opened.stderr)
  const port = Number(new URL(origin).port)
  const [atAna, atEva, atLuz] = [1, 2, 3].map(() => new Browser(port, origin)) as [Browser, Browser, Browser]

  const addresses = [
    '/fhir/R4/metadata',
    '/fhir/R4/Patient/p1',
    '/auth/session',
    '/auth/accounts',
    '/oauth/token',
    '/ledger/checkpoint',
    '/ledger/entries',
  ]
  const isShut = async () => {
    for (const path of addresses) {
      const method = path === '/oauth/token' ? 'POST' : 'GET'
      assert.equal((await fetch(origin + path, { method })).status, 403, path)
    }
  }
  await isShut()
  const ana = await enrolPasskey(atAna, links[0]!)
  const early = await atAna.ask('POST', '/auth/passkey-options', { body: {} })
  assert.deepEqual([early.status, early.value.error], [403, 'not-founded'], 'one of them is not enough')
  await isShut()
  const eva = await enrolPasskey(atEva, links[1]!)
  for (const [browser, officer] of [
    [atAna, ana],
    [atEva, eva],
  ] as const) {
    assert.equal((await browser.signIn(officer)).status, 201)
    assert.equal((await browser.stepUp(officer)).status, 200)
  }
  assert.equal((await fetch(`${origin}/fhir/R4/Patient/p1`)).status, 401, 'open, and to nobody unknown')

  // Who runs the machine has no role by that.
  assert.equal((await sigilo(['token'], variables)).code, 8)
  assert.equal((await sigilo(['people', 'begin', ...officers], variables)).code, 1)

  const folder = temporaryFolder(t)
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const { kty, crv, x, y } = await exportJWK(privateKey)
  const jwk = { kty: kty!, crv: crv!, x: x!, y: y! }
  const file = join(folder, 'key.pem')
  writeFileSync(file, await exportPKCS8(privateKey), { mode: 0o600 })
  const token = () => sigilo(['token', '--client', 'lab', '--key', file, '--json'], variables)
  assert.equal((await token()).code, 1, 'not before two have let it in')
  const wanted = { kind: 'program', id: 'lab', name: 'Laboratorio', scope: 'system/*.cruds', keys: [jwk] }
  const asked = await atAna.ask('POST', '/auth/approvals', { body: wanted })
  assert.equal(asked.status, 201, JSON.stringify(asked.value))
  assert.equal((await token()).code, 1, 'not by one alone')
  assert.equal((await approve(atAna, asked.value.id)).value.error, 'own-request')
  assert.equal((await approve(atEva, asked.value.id)).status, 200)
  const given = await token()
  assert.equal(given.code, 0, given.stderr)
  const bound = JSON.parse(given.stdout) as { token: string; type: string }
  assert.equal(bound.type, 'DPoP')

  const practitioner = { resourceType: 'Practitioner', id: 'luz', name: [{ family: 'Mora' }] }
  const patient = { resourceType: 'Patient', id: 'p1', name: [{ family: 'Quintanilla' }] }
  const program = asProgram(bound.token, privateKey, jwk, origin)
  assert.equal((await program('PUT', '/fhir/R4/Practitioner/luz', practitioner)).status, 201)
  assert.equal((await program('PUT', '/fhir/R4/Patient/p1', patient)).status, 201)
  const read = await program('GET', '/fhir/R4/Patient/p1')
  assert.equal(read.status, 200)
  assert.deepEqual(((await read.json()) as typeof patient).name, patient.name)
  const plain = await fetch(`${origin}/fhir/R4/Patient/p1`, {
    headers: { authorization: `Bearer ${bound.token}` },
  })
  assert.equal(plain.status, 401, 'without its key the token is nothing')

  const link = await invited([atAna, atEva], {
    login: 'luz.mora',
    name: 'Dra. Luz Mora',
    roles: ['physician'],
    practitioner: 'Practitioner/luz',
  })
  const luz = await enrolPasskey(atLuz, link)
  assert.equal((await atLuz.signIn(luz)).status, 201)
  assert.equal((await atLuz.ask('GET', '/fhir/R4/Practitioner/luz')).status, 200)
  assert.equal((await atLuz.ask('GET', '/auth/accounts')).status, 403)

  // There are two others for her, and no two for an officer.
  const reset = (login: string, secret = passphrase) =>
    sigilo(['people', 'reset', login, '--opener', '--passphrase-stdin'], variables, `${secret}\n`)
  const two = await reset('luz.mora')
  assert.deepEqual([two.code, two.stdout], [1, ''])
  assert.match(two.stderr, /one asks and the other approves/)
  assert.equal((await reset('ana.ruiz', 'otra frase que no es')).code, 1)
  const first = await reset('ana.ruiz')
  assert.equal(first.code, 0, first.stderr)
  const hours = (Date.parse(first.stdout.trim()) - Date.now()) / 3_600_000
  assert.ok(hours > 71.5 && hours <= 72, first.stdout)
  assert.equal((await reset('ana.ruiz')).stdout, first.stdout, 'it waits')
  const { value: me } = await atAna.ask('GET', '/auth/session')
  assert.equal(me.notices.at(-1).kind, 'reset-asked', 'the person is told')
  const [about] = (await atAna.ask('GET', '/auth/approvals')).value.approvals
  assert.deepEqual([about.act.kind, about.askedBy.name], ['reset', 'operator'])
  assert.equal((await atAna.ask('POST', `/auth/approvals/${about.id}/object`)).value.state, 'objected')

  const verified = await sigilo(['verify'], variables)
  assert.equal(verified.code, 0, verified.stdout + verified.stderr)
})

/** Asks with proofs of the program's key, once more where a nonce is given. */
function asProgram(token: string, key: CryptoKey, jwk: { kty: string }, origin: string) {
  const ath = Buffer.from(sha256(token)).toString('base64url')
  let nonce: string | undefined
  return async (method: string, path: string, body?: object): Promise<Response> => {
    for (let tries = 0; ; tries++) {
      const claims = {
        htm: method,
        htu: origin + path,
        ath,
        jti: randomUuid(),
        ...(nonce === undefined ? {} : { nonce }),
      }
      const header = { alg: 'ES256', typ: 'dpop+jwt', jwk }
      const dpop = await new SignJWT(claims).setProtectedHeader(header).setIssuedAt().sign(key)
      const answer = await fetch(origin + path, {
        method,
        headers: { authorization: `DPoP ${token}`, dpop, 'content-type': 'application/fhir+json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      nonce = answer.headers.get('dpop-nonce') ?? nonce
      if (answer.status !== 401 || tries > 0) return answer
    }
  }
}
