/** What the rows of sessions hold. Times in seconds since 1970. */
import { randomBytes, sha256 } from '#kernel/crypto/index.ts'
import type { Method } from '../factors/index.ts'

export interface Session {
  /** Opens nothing: see `sessionId`. */
  id: string
  /** UUID. */
  account: string
  /** Of the account, when it began. */
  generation: number
  createdAt: number
  idleSeconds: number
  absoluteSeconds: number
  /** RFC 7638 thumbprint of the browser's key, without which it opens nothing; none where it is plain. */
  key?: string
  /** Of a demonstration: a bearer token, good on this machine alone. */
  isPlain?: true
  method: Method
  /** When both factors were shown again. */
  steppedUpAt?: number
  /** From where. */
  steppedUpFrom?: string
  /** What for, as the person said. */
  purpose?: string
  /** As the person sees it in the list: what the browser calls itself. */
  device: string
  /** As the ledger names it: by the cookie that it keeps. */
  deviceName?: string
  /** From where they signed in. */
  address: string
  endedAt?: number
}

/** The sessions of an account that have not ended, the oldest first; a row of its own, since it changes with each sign-in. */
export interface Sessions {
  live: readonly { id: string; endsAt: number }[]
}

/** What secret scanners know them by. */
export const sessionPrefix = 'sgs_'
const tokenRandomBytes = 32

export function newToken(): string {
  return sessionPrefix + Buffer.from(randomBytes(tokenRandomBytes)).toString('base64url')
}

const idLength = 22

/** By what its row is known: 132 bits of the hash of its token, which nobody can find the token by. */
export function sessionId(token: string): string {
  return Buffer.from(sha256(token)).toString('base64url').slice(0, idLength)
}
