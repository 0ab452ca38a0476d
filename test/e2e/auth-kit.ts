/** A browser as far as /auth can tell: cookies, a key of its own, and proofs with it. */
import assert from 'node:assert/strict'
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'
import { Secret, TOTP } from 'otpauth'
import { randomUuid, sha256 } from '#kernel/crypto/index.ts'
import type { People } from '#people/index.ts'
import { softAuthenticator, type SoftAuthenticator } from '#test/kit/authenticator.ts'

export interface Told {
  status: number
  headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- what a server answers is whatever it is
  value: any
}

export interface Asked {
  body?: unknown
  headers?: Record<string, string>
  /** Sends no proof of the key. */
  isBare?: true
}

export class Browser {
  readonly #port: number
  readonly origin: string
  readonly cookies = new Map<string, string>()
  #key: CryptoKey | undefined
  #jwk: JWK | undefined
  #nonce: string | undefined
  session: string | undefined
  /** Who signed in. */
  person: Person | undefined

  constructor(port: number, origin: string) {
    this.#port = port
    this.origin = origin
  }

  /** A new key, as for a new session. */
  async newKey(): Promise<JWK> {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    this.#key = privateKey as CryptoKey
    const { kty, crv, x, y } = await exportJWK(publicKey)
    return (this.#jwk = { kty, crv, x, y } as JWK)
  }

  async ask(method: string, path: string, asked: Asked = {}): Promise<Told> {
    const first = await this.#once(method, path, asked)
    const isNonce = first.status === 401 && first.headers.get('www-authenticate')?.includes('use_dpop_nonce')
    return isNonce && !asked.isBare && this.session !== undefined ? this.#once(method, path, asked) : first
  }

  async #once(method: string, path: string, { body, headers = {}, isBare }: Asked): Promise<Told> {
    const sent = new Headers({ origin: this.origin, ...headers })
    if (body !== undefined) sent.set('content-type', 'application/json')
    if (this.cookies.size > 0)
      sent.set('cookie', [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    if (this.session !== undefined && !isBare) sent.set('dpop', await this.proof(method, path))
    const response = await fetch(`http://127.0.0.1:${this.#port}${path}`, {
      method,
      headers: sent,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    this.#nonce = response.headers.get('dpop-nonce') ?? this.#nonce
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';')
      const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
      if (value === '') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== ''
    return {
      status: response.status,
      headers: response.headers,
      value: isJson ? JSON.parse(text) : text || undefined,
    }
  }

  async proof(method: string, path: string): Promise<string> {
    assert.ok(this.#key && this.#jwk && this.session !== undefined)
    const ath = Buffer.from(sha256(this.session)).toString('base64url')
    const nonce = this.#nonce === undefined ? {} : { nonce: this.#nonce }
    return new SignJWT({ htm: method, htu: this.origin + path, ath, jti: randomUuid(), ...nonce })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: this.#jwk })
      .setIssuedAt()
      .sign(this.#key)
  }

  async signIn(
    person: Person,
    given: Partial<{ body: object; headers: Record<string, string> }> = {},
  ): Promise<Told> {
    this.session = undefined
    const key = await this.newKey()
    const proof = await person.proof(() => this.ask('POST', '/auth/passkey-options', { body: { key } }))
    const told = await this.ask('POST', '/auth/session', {
      body: { proof, key, ...given.body },
      headers: given.headers ?? {},
    })
    if (told.status === 201) this.session = told.value.session
    this.person = person
    return told
  }

  async stepUp(person: Person): Promise<Told> {
    const proof = await person.proof(() => this.ask('POST', '/auth/session/step-up/options'))
    const told = await this.ask('POST', '/auth/session/step-up', { body: { proof } })
    if (told.status === 200) this.session = told.value.session
    return told
  }
}

type Options = () => Promise<Told>

/** Somebody with what they sign in with. */
export interface Person {
  login: string
  /** Both factors; `options`: asks for what a passkey signs. */
  proof(options: Options): Promise<object>
}

/** Whoever enrols with a link, by a passkey. */
export async function enrolPasskey(
  browser: Browser,
  invitation: string,
): Promise<Person & { key: SoftAuthenticator }> {
  const headers = { 'sigilo-invitation': invitation }
  const offered = await browser.ask('POST', '/auth/enrolment/options', { headers })
  assert.equal(offered.status, 200, JSON.stringify(offered.value))
  const key = softAuthenticator(browser.origin)
  const { flow, options } = offered.value.passkey as {
    flow: string
    options: PublicKeyCredentialCreationOptionsJSON
  }
  const body = { passkey: { flow, response: key.create(options), label: 'Linux' } }
  const enrolled = await browser.ask('POST', '/auth/enrolment', { headers, body })
  assert.equal(enrolled.status, 201, JSON.stringify(enrolled.value))
  assert.deepEqual(enrolled.value, { recoveryCodes: [] })
  return passkeyPerson(key, options.user.name)
}

export function passkeyPerson(key: SoftAuthenticator, login = ''): Person & { key: SoftAuthenticator } {
  return {
    login,
    key,
    async proof(options) {
      const asked = await options()
      assert.equal(asked.status, 200, JSON.stringify(asked.value))
      const given = asked.value as { flow: string; options: PublicKeyCredentialRequestOptionsJSON }
      const response: AuthenticationResponseJSON = key.get(given.options)
      return { kind: 'passkey', flow: given.flow, response }
    },
  }
}

export const password = 'un cuaderno verde oliva'

/** Whoever enrols with a link, by a password and a code app. Each code is of a later step: `ahead` says by how much the clock has to be moved. */
export async function enrolPassword(
  browser: Browser,
  invitation: string,
  clock: Clock,
): Promise<PasswordPerson> {
  const headers = { 'sigilo-invitation': invitation }
  const offered = await browser.ask('POST', '/auth/enrolment/options', { headers })
  assert.equal(offered.status, 200, JSON.stringify(offered.value))
  const { flow, secret } = offered.value.totp as { flow: string; secret: string }
  const person = passwordPerson(secret, clock)
  const body = { password: { password, flow, code: person.code() } }
  const enrolled = await browser.ask('POST', '/auth/enrolment', { headers, body })
  assert.equal(enrolled.status, 201, JSON.stringify(enrolled.value))
  const looked = offered.value.totp.uri as string
  const login = decodeURIComponent(/Sigilo:([^?]+)/.exec(looked)?.[1] ?? '')
  return { ...person, login, codes: enrolled.value.recoveryCodes, proof: person.proofOf(login) }
}

export interface PasswordPerson extends Person {
  codes: string[]
  code(): string
}

/** Of the server: moved on, so that no test waits for the next code. */
export interface Clock {
  aheadMs: number
}

export function passwordPerson(secret: string, clock: Clock) {
  const totp = new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30, algorithm: 'SHA1' })
  let used = 0
  /** One that was not used: where it was, the clock goes on to the next. */
  const code = (): string => {
    const stepOf = () => Math.floor((Date.now() + clock.aheadMs) / 30_000)
    if (stepOf() <= used) clock.aheadMs += 30_000 * (used + 1 - stepOf())
    used = stepOf()
    return totp.generate({ timestamp: used * 30_000 })
  }
  const proofOf = (login: string) => async () => ({ kind: 'password', login, password, code: code() })
  return { code, proofOf }
}

/** Two officers of a real home: the first with a passkey, the second with a password. */
export async function foundHouse(
  people: People,
  of: () => Browser,
  clock: Clock,
): Promise<[Person, PasswordPerson]> {
  const officers = ['ana.ruiz', 'eva.soto'].map((login) => ({
    login,
    name: `Mtra. ${login}`,
    language: 'es' as const,
  }))
  const begun = await people.founding.begin(officers, { actor: 'tester', client: 'test', address: 'local' })
  assert.ok(begun.status === 'begun')
  const [first, second] = begun.links
  assert.ok(first && second)
  return [await enrolPasskey(of(), first.token), await enrolPassword(of(), second.token, clock)]
}

/** What one officer asked, approved by another: signed, where they have a passkey. */
export async function approve(browser: Browser, id: string): Promise<Told> {
  const path = `/auth/approvals/${id}`
  const options = await browser.ask('POST', `${path}/options`)
  if (options.status !== 200) return browser.ask('POST', `${path}/approve`, { body: {} })
  assert.ok(browser.person && 'key' in browser.person)
  const { key } = browser.person as { key: SoftAuthenticator }
  const { flow } = options.value
  return browser.ask('POST', `${path}/approve`, {
    body: { proof: { flow, response: key.get(options.value.options) } },
  })
}

/** The one-time link of somebody whom one officer invites and another approves. */
export async function invited(
  [ana, eva]: readonly [Browser, Browser],
  wanted: { login: string; roles: string[]; [more: string]: unknown },
): Promise<string> {
  const body = { kind: 'invite', name: `Sra. ${wanted.login}`, language: 'es', ...wanted }
  const asked = await ana.ask('POST', '/auth/approvals', { body })
  assert.equal(asked.status, 201, JSON.stringify(asked.value))
  const approved = await approve(eva, asked.value.id)
  assert.equal(approved.status, 200, JSON.stringify(approved.value))
  return tokenOf(approved.value.link.url)
}

export const tokenOf = (url: string): string => /#invitation=(sgi_[\w-]+)$/.exec(url)?.[1] ?? assert.fail(url)
