/** With what a request comes, and whose it turns out to be. */
import type { Principal } from './principal.ts'

export interface Credentials {
  /** Two headers, or the cookie of a browser. */
  scheme: 'bearer' | 'dpop' | 'cookie'
  token: string
  /** Headers `DPoP`. */
  proofs: readonly string[]
  method: string
  /** Without query. */
  url: string
  /** Of this server. */
  origin: string
  /** Of the page that sends it, as the browser says. */
  page: 'own' | 'foreign' | 'unsaid'
  /** Of the peer. */
  address: string | undefined
  /** It says of itself that it was passed on. */
  isForwarded: boolean
}

export type Admission =
  /** `stands`: whether they would be let in now as well, without another proof; of whoever takes long to say what they ask. */
  | { status: 'valid'; principal: Principal; stands?: () => Promise<boolean> }
  /** `challenge`: of RFC 9449, where a proof is what is missing; `nonce`: for it. */
  | { status: 'invalid'; challenge?: string; nonce?: string }
  | { status: 'sealed' }

/** Where bearer tokens of a demonstration are good: on this very machine. */
export function isHere({ scheme, address, isForwarded }: Credentials): boolean {
  return scheme === 'bearer' && isLoopback(address) && !isForwarded
}

export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && (address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address))
}
