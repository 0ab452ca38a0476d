import type { IncomingMessage, ServerResponse } from 'node:http'
import { calculateJwkThumbprint, importJWK, type JWK } from 'jose'
import type { Keys } from '#kernel/keys/index.ts'
import type { Authority, Row, Who } from '../authority/index.ts'
import type { SteadyClock } from '../clock.ts'
import { isHere, type Admission, type Credentials } from '../credentials.ts'
import type { Principal } from '../principal.ts'
import type { Proofs } from '../proofs.ts'
import { createProvider } from './provider.ts'
import { Tokens, type Standing } from './tokens.ts'
import { isScope } from './scopes.ts'
import type { Program } from './values.ts'

export type NewProgram = Pick<Program, 'id' | 'name' | 'scope' | 'purposes' | 'isPlain'> & {
  keys: readonly JWK[]
}

export type Registered = 'registered' | 'taken' | 'unusable-key' | 'unknown-scope' | 'plain-in-real-home'

/** Programs that act for themselves. */
export interface Programs {
  /** Who sends a request: at once, where that is known. */
  admit(credentials: Credentials): Admission | Promise<Admission>
  /** Answers at `/oauth`, in the name of this server's own origin. */
  answer(origin: string, request: IncomingMessage, response: ServerResponse): Promise<void>
  /** Makes a program known, or its keys anew (`replace`). */
  register(program: NewProgram, who: Who, how?: { replace: boolean }): Promise<Registered>
  /** Whether its scope and each of its keys is of a kind that is taken. */
  isUsable(program: Pick<NewProgram, 'scope' | 'keys'>): Promise<boolean>
  /** Those of its public keys that are known; undefined where there is no such program. */
  keysOf(id: string): Promise<readonly JWK[] | undefined>
  /** All that ever were registered, those that were taken back too. */
  list(): AsyncIterable<Row<Program>>
  /** Its tokens end within a second. False where there was no such program. */
  revoke(id: string, who: Who): Promise<boolean>
}

export interface ProgramsOptions {
  authority: Authority
  proofs: Proofs
  clock: SteadyClock
  keys: Keys
  /** Milliseconds since 1970. */
  now: () => number
  /** Of an invented hospital: only there are plain tokens given, and good. */
  isDemo: boolean
  /** A fault of ours that whoever asked is only told the number of. */
  onFault: (error: Error) => void
}

export function createPrograms(options: ProgramsOptions): Programs {
  const { authority, proofs, clock, keys, now, isDemo, onFault } = options
  const tokens = new Tokens(authority, clock)
  const providers = new Map<string, ReturnType<typeof createProvider>>()
  keys.onForget((compartment) => {
    if (compartment === undefined) tokens.forget()
  })

  function settle(credentials: Credentials, standing: Standing | undefined): Admission | Promise<Admission> {
    if (!standing) return refused(credentials)
    const { isPlain, thumbprint } = standing
    if (thumbprint !== undefined) return proven(credentials, standing, thumbprint)
    return isDemo && isPlain && isHere(credentials) ? valid(credentials, standing) : refused(credentials)
  }

  async function proven(
    credentials: Credentials,
    standing: Standing,
    thumbprint: string,
  ): Promise<Admission> {
    const { scheme, token, method, url } = credentials
    const [proof, second] = credentials.proofs
    // RFC 9449 §7.1: a token that is bound is not good as a plain one.
    if (scheme !== 'dpop' || proof === undefined || second !== undefined)
      return challenged('invalid_dpop_proof')
    const judged = await proofs.judge({ proof, method, url, bound: token, thumbprint })
    if (judged === 'good') return valid(credentials, standing)
    return challenged(judged === 'nonce' ? 'use_dpop_nonce' : 'invalid_dpop_proof')
  }

  const valid = ({ token }: Credentials, standing: Standing): Admission => ({
    status: 'valid',
    principal: principalOf(standing),
    stands: async () => (await tokens.judge(token)) !== undefined,
  })

  const refused = ({ scheme }: Credentials): Admission =>
    scheme === 'dpop' ? challenged('invalid_token') : { status: 'invalid' }

  const challenged = (error: string): Admission => ({ status: 'invalid', ...proofs.challenge(error) })

  return {
    admit(credentials) {
      if (keys.state() === 'sealed') return { status: 'sealed' }
      const standing = tokens.judge(credentials.token)
      if (standing instanceof Promise) return standing.then((later) => settle(credentials, later))
      return settle(credentials, standing)
    },

    async answer(origin, request, response) {
      let provider = providers.get(origin)
      if (!provider) {
        provider = createProvider({ authority, tokens, origin, now, onFault })
        providers.set(origin, provider)
        provider.catch(() => providers.delete(origin))
      }
      const handle = await provider
      await handle(request, response)
    },

    register: (program, who, how) =>
      register({ authority, isDemo, clock }, program, who, how?.replace ?? false),

    isUsable: async ({ scope, keys: given }) => isScope(scope) && (await publicKeys(given)) !== undefined,

    async keysOf(id) {
      const row = await authority.find<Program>('program', id)
      return row && !row.value.isRevoked ? row.value.keys : undefined
    },

    list: () => authority.list<Program>('program'),

    async revoke(id, who) {
      const row = await authority.find<Program>('program', id)
      if (!row || row.value.isRevoked) return false
      const value: Program = { ...row.value, isRevoked: true }
      const act = { ...who, action: 'authority', query: `program ${id}: taken back` } as const
      const isDone = await authority.put({ kind: 'program', name: id, value, act, after: row })
      tokens.forget()
      return isDone
    },
  }
}

async function register(
  { authority, isDemo, clock }: Pick<ProgramsOptions, 'authority' | 'isDemo' | 'clock'>,
  { id, name, scope, purposes, isPlain, keys }: NewProgram,
  who: Who,
  isReplacing: boolean,
): Promise<Registered> {
  if (isPlain && !isDemo) return 'plain-in-real-home'
  if (!isScope(scope)) return 'unknown-scope'
  const known = await publicKeys(keys)
  if (!known) return 'unusable-key'
  const before = isReplacing ? await authority.find<Program>('program', id) : undefined
  const value: Program = {
    id,
    name,
    keys: known,
    scope,
    registeredAt: clock.seconds(),
    ...(purposes === undefined ? {} : { purposes }),
    ...(isPlain ? { isPlain } : {}),
  }
  const act = {
    ...who,
    action: 'authority',
    query: `program ${id}: ${before ? 'new keys' : 'registered'}`,
  } as const
  const after = before ? { after: before } : {}
  return (await authority.put({ kind: 'program', name: id, value, act, ...after })) ? 'registered' : 'taken'
}

const principalOf = ({ program, scope, purposes, since }: Standing): Principal => ({
  actor: program,
  client: program,
  program: {
    id: program,
    scope,
    ...(purposes === undefined ? {} : { purposes }),
    ...(since === undefined ? {} : { since }),
  },
})

const curves: Readonly<Record<string, string>> = { 'P-256': 'ES256', 'P-384': 'ES384', Ed25519: 'Ed25519' }
const rsaBitsMin = 2048

/** The public parts, each with what it signs by; undefined where one is of no kind that is taken, or there is none. */
async function publicKeys(keys: readonly JWK[]): Promise<JWK[] | undefined> {
  const known: JWK[] = []
  for (const { kty, crv, x, y, n, e } of keys) {
    const alg = kty === 'RSA' ? 'PS256' : curves[crv ?? '']
    const bare = Object.fromEntries(
      Object.entries({ kty, crv, x, y, n, e }).filter(([, part]) => part !== undefined),
    )
    if (alg === undefined || (kty === 'RSA' && Buffer.from(n ?? '', 'base64url').length * 8 < rsaBitsMin))
      return undefined
    try {
      await importJWK(bare as JWK, alg)
      known.push({ ...(bare as JWK), alg, use: 'sig', kid: await calculateJwkThumbprint(bare as JWK) })
    } catch {
      return undefined
    }
  }
  return known.length > 0 ? known : undefined
}
