import { calculateJwkThumbprint, importJWK, SignJWT, type CryptoKey, type JWK } from 'jose'
import { randomUuid } from '#kernel/crypto/index.ts'
import { endpoints, scopeOfAll } from '#people/programs/index.ts'

/** A program's own key, with its private part. */
export interface ProgramKey {
  jwk: JWK
  /** RFC 7518 §3.1. */
  algorithm: string
}

export interface SignIn extends ProgramKey {
  /** Where the server listens on this machine, and what it is called to everybody. */
  port: number
  origin: string
  /** Of the program. */
  id: string
  /** What it asks for; unless said, everything. */
  scope?: string
  /** The token is to be bound to the same key: RFC 9449. */
  isBound: boolean
}

export type SignedIn =
  | { status: 'ok'; token: string; seconds: number }
  /** RFC 6749 §5.2: a code. */
  | { status: 'refused'; error: string }

/** Long enough for a clock that is a little wrong. */
const assertionSeconds = 60
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Signs a program in with its key: RFC 7523 §2.2. Throws where no server answers. */
export async function signIn(asked: SignIn): Promise<SignedIn> {
  const { port, origin, id, jwk, algorithm, isBound } = asked
  const key = (await importJWK(jwk, algorithm)) as CryptoKey
  const nowSeconds = Math.floor(Date.now() / 1000)
  const assertion = await new SignJWT({})
    .setProtectedHeader({ alg: algorithm, kid: await calculateJwkThumbprint(publicPart(jwk)) })
    .setIssuer(id)
    .setSubject(id)
    .setAudience(origin)
    .setJti(randomUuid())
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + assertionSeconds)
    .sign(key)
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    scope: asked.scope ?? scopeOfAll,
    client_assertion_type: assertionType,
    client_assertion: assertion,
  })
  const headers = isBound ? { DPoP: await proofOf(asked, key, nowSeconds) } : {}
  const answer = await fetch(`http://127.0.0.1:${port}${endpoints.token}`, { method: 'POST', body, headers })
  const told = (await answer.json().catch(() => ({}))) as Record<string, unknown>
  const { access_token: token, expires_in: seconds, error } = told
  if (answer.status === 200 && typeof token === 'string')
    return { status: 'ok', token, seconds: Number(seconds) }
  return { status: 'refused', error: typeof error === 'string' ? error : String(answer.status) }
}

/** RFC 9449 §4.2. */
function proofOf({ origin, jwk, algorithm }: SignIn, key: CryptoKey, nowSeconds: number): Promise<string> {
  return new SignJWT({ htm: 'POST', htu: `${origin}${endpoints.token}` })
    .setProtectedHeader({ alg: algorithm, typ: 'dpop+jwt', jwk: publicPart(jwk) })
    .setJti(randomUuid())
    .setIssuedAt(nowSeconds)
    .sign(key)
}

/** Nothing of the private part, whatever members that has. */
export function publicPart({ kty, crv, x, y, n, e }: JWK): JWK {
  const parts = Object.entries({ kty, crv, x, y, n, e }).filter(([, part]) => part !== undefined)
  return Object.fromEntries(parts) as JWK
}
