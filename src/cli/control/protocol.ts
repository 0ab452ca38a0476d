import type { HomeKind } from '../home/home.ts'

/** What the running server says of itself on its control socket. */
export interface ServerStatus {
  pid: number
  kind: HomeKind
  vault: 'open' | 'sealed'
  /** Absent until it listens. */
  origin?: string
}

export type UnsealAnswer = { status: 'open' } | { status: 'wrong-passphrase' } | { status: 'not-passphrase' }

export type TokenAnswer =
  | { status: 'ok'; token: string; expires: string }
  | { status: 'real-home' }
  | { status: 'sealed' }

/** The requests of the control socket: method and path, body, answer. */
export interface ControlRequests {
  'GET /status': { body: undefined; answer: ServerStatus }
  'POST /unseal': { body: { passphrase: string }; answer: UnsealAnswer }
  'POST /token': { body: undefined; answer: TokenAnswer }
}
