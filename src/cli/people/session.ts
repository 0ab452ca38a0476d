/** A person at a terminal, signed in over HTTP with both factors, as the page does it. */
import { exportJWK, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JWK } from 'jose'
import { randomUuid, sha256 } from '#kernel/crypto/index.ts'
import { exit } from '../exit.ts'
import { problem, type Problem } from '../house/problem.ts'
import { publicPart } from '../programs/sign-in.ts'
import type { Text } from '../text.ts'

/** Where the server listens on this machine, and what it is called to everybody. */
export interface Reached {
  port: number
  origin: string
  language?: 'es' | 'en'
}

export interface PasswordProof {
  kind: 'password'
  login: string
  password: string
  code: string
}

/** Each time another one: a code counts once. */
export type NextProof = () => Promise<{ status: 'ok'; proof: PasswordProof } | Problem>

export type Answered<Value> = { status: 'ok'; value: Value } | Problem

export interface Session {
  ask<Value>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Answered<Value>>
  /** Shows both factors once more, for what is dangerous. */
  /** Unless that was a short time ago. */
  stepUp(): Promise<Problem | undefined>
  kept(): Kept
  end(): Promise<void>
}

interface Replied {
  code: number
  value: unknown
  headers: Headers
}

/** Of a wait that the server asks of guesses: whoever sits here waits as long. */
const waitSecondsMax = 90

/** A token that is good on this machine alone, of a demonstration. */
export async function plainToken(reached: Reached, next: NextProof): Promise<Answered<{ token: string }>> {
  const signed = await begin(reached, next, { plain: true })
  if (signed.status === 'problem') return signed
  const { token } = signed.reply.value as { token?: string }
  if (typeof token !== 'string') return problem(exit.failed, unexpected(signed.reply.code))
  return { status: 'ok', value: { token } }
}

/** What a session goes on with: of a demonstration it outlives a command. */
export interface Kept {
  /** Name and value. */
  cookie: string
  /** With its private part. */
  key: JWK
}

/** Signs somebody in, bound to a key of this session alone; or goes on with one that was kept, while that is good. */
export async function openSession(
  reached: Reached,
  next: NextProof,
  kept?: Kept,
): Promise<{ status: 'ok'; session: Session } | Problem> {
  const resumed = kept && (await resume(reached, next, kept))
  if (resumed) return { status: 'ok', session: resumed }
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const key = await exportJWK(privateKey)
  const signed = await begin(reached, next, { key: publicPart(key) })
  if (signed.status === 'problem') return signed
  const { headers, code } = signed.reply
  const cookie = cookieOf(headers)
  if (cookie === undefined) return problem(exit.failed, unexpected(code))
  return { status: 'ok', session: await bound(reached, next, { cookie, key }, headers) }
}

async function resume(reached: Reached, next: NextProof, kept: Kept): Promise<Session | undefined> {
  const session = await bound(reached, next, kept).catch(() => undefined)
  const answer = await session?.ask<Me>('GET', '/auth/session')
  return answer?.status === 'ok' ? session : undefined
}

interface Me {
  steppedUpUntil?: number
}

/** What is asked next is still within these seconds. */
const soonSeconds = 20

async function bound(reached: Reached, next: NextProof, kept: Kept, headers?: Headers): Promise<Session> {
  const privateKey = (await importJWK(kept.key, 'ES256')) as CryptoKey
  const key = publicPart(kept.key)
  let { cookie } = kept
  let nonce = headers?.get('dpop-nonce') ?? undefined

  async function send(method: string, path: string, body?: object): Promise<Replied> {
    for (let tries = 0; ; tries++) {
      const proof = await proofOf({ reached, cookie, key, privateKey }, method, path, nonce)
      const reply = await sendOnce(reached, method, path, body, { cookie, DPoP: proof })
      // Both factors shown again: it goes on under another token.
      cookie = cookieOf(reply.headers) ?? cookie
      const given = reply.headers.get('dpop-nonce')
      const isNew = given !== null && given !== nonce
      nonce = given ?? nonce
      // RFC 9449 §8: what is missing is the nonce of now.
      if (reply.code !== 401 || !isNew || tries > 0) return reply
    }
  }

  const ask = async <Value>(method: string, path: string, body?: object): Promise<Answered<Value>> =>
    told<Value>(await send(method, path, body))

  return {
    ask,
    async stepUp() {
      const me = await ask<Me>('GET', '/auth/session')
      if (me.status === 'problem') return me
      if ((me.value.steppedUpUntil ?? 0) > Date.now() / 1000 + soonSeconds) return undefined
      const proven = await next()
      if (proven.status === 'problem') return proven
      const answer = await ask('POST', '/auth/session/step-up', { proof: proven.proof })
      return answer.status === 'problem' ? answer : undefined
    },
    kept: () => ({ cookie, key: kept.key }),
    async end() {
      await ask('DELETE', '/auth/session')
    },
  }
}

async function begin(
  reached: Reached,
  next: NextProof,
  more: { key: JWK } | { plain: true },
): Promise<{ status: 'ok'; reply: Replied } | Problem> {
  for (let tries = 0; ; tries++) {
    const proven = await next()
    if (proven.status === 'problem') return proven
    const reply = await sendOnce(reached, 'POST', '/auth/session', { proof: proven.proof, ...more })
    const waitSeconds = Number(reply.headers.get('retry-after'))
    if (reply.code === 429 && tries === 0 && waitSeconds > 0 && waitSeconds <= waitSecondsMax) {
      await new Promise((resume) => setTimeout(resume, waitSeconds * 1000))
      continue
    }
    const answer = told(reply)
    return answer.status === 'problem' ? answer : { status: 'ok', reply }
  }
}

async function sendOnce(
  { port, origin, language }: Reached,
  method: string,
  path: string,
  body: object | undefined,
  headers: Record<string, string> = {},
): Promise<Replied> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: {
      // As our own page says it: what changes something comes from nowhere else.
      ...(method === 'GET' ? {} : { origin }),
      ...(language ? { 'accept-language': language } : {}),
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await answer.text()
  return { code: answer.status, value: text === '' ? undefined : parsed(text), headers: answer.headers }
}

function told<Value>({ code, value }: Replied): Answered<Value> {
  if (code >= 200 && code < 300) return { status: 'ok', value: value as Value }
  const { message, issue } = (value ?? {}) as { message?: Text; issue?: { details?: { text?: string } }[] }
  // Of FHIR it is an OperationOutcome, in the language that was asked for.
  const text = issue?.[0]?.details?.text
  const said = message ?? (text === undefined ? unexpected(code) : { es: text, en: text })
  return { ...problem(code === 503 ? exit.sealed : exit.failed, said), httpStatus: code }
}

const unexpected = (code: number): Text => ({
  es: `El servidor contestó ${code}, y no se entiende.`,
  en: `The server answered ${code}, which is not understood.`,
})

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** `sigilo`, or `__Host-sigilo` where the origin is https. */
function cookieOf(headers: Headers): string | undefined {
  const cookies = headers.getSetCookie().map((line) => line.split(';')[0] ?? '')
  return cookies.find((pair) => /^(__Host-)?sigilo=./.test(pair))
}

/** docs/spec/people.md: of the token, which is the cookie's value. */
const idCharacters = 22
const hashOf = (text: string): string => Buffer.from(sha256(Buffer.from(text))).toString('base64url')

/** RFC 9449 §4.2; what it is bound to is the session's id. */
function proofOf(
  { reached, cookie, key, privateKey }: { reached: Reached; cookie: string; key: JWK; privateKey: CryptoKey },
  method: string,
  path: string,
  nonce: string | undefined,
): Promise<string> {
  const token = cookie.slice(cookie.indexOf('=') + 1)
  const ath = hashOf(hashOf(token).slice(0, idCharacters))
  const claims = {
    htm: method,
    // RFC 9449 §4.2: without the query.
    htu: `${reached.origin}${path.replace(/\?.*$/, '')}`,
    ath,
    ...(nonce === undefined ? {} : { nonce }),
  }
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: key })
    .setJti(randomUuid())
    .setIssuedAt()
    .sign(privateKey)
}
