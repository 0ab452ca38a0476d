import type { Logger } from 'pino'
import type { WitnessReply } from '#kernel/ledger/index.ts'
import type { People } from '#people/index.ts'
import type { Store } from '#records/index.ts'
import type { Limits } from './limits.ts'
import type { Paces } from './pace.ts'
import type { Strangers } from './strangers.ts'

/** What `GET /health` tells anybody. Anything but `ok` and `sealed` is answered with 503. */
export interface Health {
  status: 'ok' | 'sealed' | 'starting' | 'stopping' | 'database-lost'
  version: string
}

export interface ServerOptions {
  store: Store
  health: () => Health
  /** Who sends a request, asked for each; and how they come to be let in. */
  people: People
  /** C2SP tlog-witness, `add-checkpoint`, from this address. Rejects where nothing can be said now. Absent: it knows no log. */
  witness?: (body: string, address: string | undefined) => Promise<WitnessReply>
  log: Logger
  version: string
  randomId: () => string
  /** Origin for links, such as `https://vault.example.org`; `http://localhost:PORT` when left out. */
  origin?: string
  limits?: Partial<Limits>
}

/** What all routes share. */
export interface Edge extends Omit<ServerOptions, 'limits' | 'origin' | 'witness'> {
  limits: Limits
  witness: NonNullable<ServerOptions['witness']>
  /** `[base]` of FHIR, without a trailing slash; known once the port is. */
  base: string
  /** Where the server is reached: `base` without its path. */
  origin: string
  /** Values of the Host header that are answered. */
  hosts: ReadonlySet<string>
  /** Headers of every answer, flat as `writeHead` takes them. */
  headers: readonly string[]
  /** Whether each request is logged; otherwise only refusals are. */
  logsAll: boolean
  /** Bytes of the bodies being read or worked on. */
  bodiesBytes: number
  /** Uploads under way, by who sends them. */
  uploads: Map<string, number>
  strangers: Strangers
  paces: Paces
}

const securityHeaders = [
  'Cache-Control',
  'no-store',
  'X-Content-Type-Options',
  'nosniff',
  'Referrer-Policy',
  'no-referrer',
  'Content-Security-Policy',
  "default-src 'none'; frame-ancestors 'none'",
]

/** Media type of every answer under `/fhir/R4`. */
export const fhirJson = 'application/fhir+json; charset=utf-8'

/** Security headers, flat. RFC 6797 §7.2: Strict-Transport-Security only over TLS. */
export function headersFor(origin: string): string[] {
  const transport = origin.startsWith('https:') ? ['Strict-Transport-Security', 'max-age=31536000'] : []
  return [...securityHeaders, ...transport]
}

/** The names under which this server answers: the origin's host, and this machine's own names with the port. */
export function hostsFor(origin: string, port: number): Set<string> {
  const local = ['localhost', '127.0.0.1', '[::1]']
  const withPort = local.map((name) => `${name}:${port}`)
  // RFC 9110 §4.2.3: the port is left out when it is the scheme's.
  return new Set([new URL(origin).host, ...withPort, ...(port === 80 ? local : [])])
}
