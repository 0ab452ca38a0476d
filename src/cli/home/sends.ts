import { isAbsolute } from 'node:path'

/**
 * Where the ledger's checkpoints go, in home.json: whoever can write the database must not make the vault speak to a host of
 * his choice.
 */
export interface Sends {
  witnesses: readonly WitnessPlace[]
  authorities: readonly AuthorityPlace[]
  /** Absolute paths. */
  folders: readonly string[]
}

/** Who cosigns: C2SP tlog-witness. */
export interface WitnessPlace {
  /** Before `/add-checkpoint`; without a slash at its end. */
  url: string
  /** Its public keys, as C2SP signed-note writes them. */
  keys: readonly string[]
  /** PEM file of the authority of its TLS certificate; absent, those that Node trusts. */
  tlsCa?: string
}

/** Who stamps the time: RFC 3161. */
export interface AuthorityPlace {
  url: string
  /** PEM file of the authority of its stamps; absent, they are held against no authority. */
  ca?: string
  tlsCa?: string
}

export const noSends: Sends = { witnesses: [], authorities: [], folders: [] }

/** Whole names and addresses: `localhost.example.org` is somebody else's. */
const thisMachine = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/

/**
 * Without a name, a password, a query or a fragment; undefined where it is none. A witness is spoken to in the clear on this
 * machine at most; an authority anywhere: it is sent a hash, and its answer is signed.
 */
export function sendUrl(kind: 'witness' | 'authority', text: string): string | undefined {
  const url = URL.parse(text)
  if (!url || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return undefined
  if (text.length > 2048 || !['https:', 'http:'].includes(url.protocol)) return undefined
  if (kind === 'authority') return url.href
  return url.protocol === 'https:' || thisMachine.test(url.hostname) ? url.href.replace(/\/$/, '') : undefined
}

/** What home.json says, or the name of the member that is wrong. */
export function sendsOf(value: unknown): Sends | string {
  if (typeof value !== 'object' || value === null) return 'sends'
  const { witnesses, authorities, folders } = value as Partial<Record<keyof Sends, unknown>>
  if (!Array.isArray(witnesses) || !witnesses.every(isWitness)) return 'sends.witnesses'
  if (!Array.isArray(authorities) || !authorities.every(isAuthority)) return 'sends.authorities'
  if (!Array.isArray(folders) || !folders.every(isPath)) return 'sends.folders'
  return { witnesses, authorities, folders }
}

const isPath = (value: unknown): value is string => typeof value === 'string' && isAbsolute(value)
const isUrl = (kind: 'witness' | 'authority', value: unknown) =>
  typeof value === 'string' && sendUrl(kind, value) === value
const isPathOrAbsent = (value: unknown) => value === undefined || isPath(value)

function isWitness(value: unknown): value is WitnessPlace {
  const { url, keys, tlsCa } = (value ?? {}) as Partial<Record<keyof WitnessPlace, unknown>>
  const areKeys = Array.isArray(keys) && keys.length > 0 && keys.every((key) => typeof key === 'string')
  return isUrl('witness', url) && areKeys && isPathOrAbsent(tlsCa)
}

function isAuthority(value: unknown): value is AuthorityPlace {
  const { url, ca, tlsCa } = (value ?? {}) as Partial<Record<keyof AuthorityPlace, unknown>>
  return isUrl('authority', url) && isPathOrAbsent(ca) && isPathOrAbsent(tlsCa)
}
