import type { Unsealed } from '#kernel/keys/index.ts'
import type { DatabaseFacts } from '../doctor/database.ts'
import type { HomeKind } from '../home/home.ts'
import type { ReindexState } from '../house/reindexing.ts'

/** What the running server says of itself on its control socket. */
export interface ServerStatus {
  pid: number
  kind: HomeKind
  vault: 'open' | 'sealed'
  origin: string
}

export type TokenAnswer =
  | { status: 'ok'; token: string; expires: string }
  | { status: 'real-home' }
  | { status: 'sealed' }

/** The requests of the control socket: method and path, body, answer. */
export interface ControlRequests {
  'GET /status': { body: undefined; answer: ServerStatus }
  /** For `doctor`, which has no connection of its own while the server runs. */
  'GET /database': { body: undefined; answer: { port: number; facts: DatabaseFacts } }
  'POST /unseal': { body: { passphrase: string }; answer: Unsealed }
  /** Begins one, unless it runs already; it goes on when the asker leaves. */
  'POST /reindex': { body: undefined; answer: ReindexState }
  'GET /reindex': { body: undefined; answer: ReindexState }
  'POST /token': { body: undefined; answer: TokenAnswer }
}
