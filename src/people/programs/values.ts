/** What the rows of programs and of their tokens hold. */
import type { JWK } from 'jose'

/** A program that was registered. */
export interface Program {
  id: string
  name: string
  /** Public keys, of which any proves that it is the program. */
  keys: readonly JWK[]
  /** What it may ask for, in one string. */
  scope: string
  /** What for it may do anything: codes of `purposes`. None: for whatever it says. */
  purposes?: readonly string[]
  /** Seconds since 1970; absent of those that were registered before this was kept. */
  registeredAt?: number
  /** Of a demonstration: its tokens are bound to no key, and good on this machine alone. */
  isPlain?: true
  isRevoked?: true
}

/** What a program was given. Times in seconds since 1970. */
export interface Token {
  program: string
  scope: string
  issuedAt: number
  endsAt: number
  /** RFC 7638 thumbprint of the key whose holder alone may use it. */
  thumbprint?: string
  isRevoked?: true
}
