/** Access tokens: given, looked up as often as they must be, taken back. */
import { randomBytes } from '#kernel/crypto/index.ts'
import type { Authority, Row, Who } from '../authority/index.ts'
import { Believed } from '../believed.ts'
import type { SteadyClock } from '../clock.ts'
import { isWithin } from './scopes.ts'
import type { Program, Token } from './values.ts'

/** What secret scanners know them by. */
export const tokenPrefix = 'sgl_'
const tokenRandomBytes = 32

export function newToken(): string {
  return tokenPrefix + Buffer.from(randomBytes(tokenRandomBytes)).toString('base64url')
}

/** A token that is good, and whose it is. */
export interface Standing {
  program: string
  scope: string
  purposes: readonly string[] | undefined
  since: number | undefined
  isPlain: boolean
  thumbprint: string | undefined
  endsAt: number
}

export class Tokens {
  readonly #authority: Authority
  readonly #clock: SteadyClock
  readonly #believed = new Believed((tokens) => this.#look(tokens))

  constructor(authority: Authority, clock: SteadyClock) {
    this.#authority = authority
    this.#clock = clock
  }

  async give(token: string, value: Token, who: Who): Promise<void> {
    const act = { ...who, action: 'token', query: 'given' } as const
    const endsAt = new Date(value.endsAt * 1000)
    const isNew = await this.#authority.put({ kind: 'token', name: token, value, act, endsAt })
    if (!isNew) throw new Error('a token was drawn twice')
  }

  find(token: string): Promise<Row<Token> | undefined> {
    return this.#authority.find<Token>('token', token)
  }

  /** It ends here at once, elsewhere within a second. */
  async takeBack(token: string, who: Who): Promise<void> {
    const row = await this.find(token)
    if (!row || row.value.isRevoked) return this.#believed.forget(token)
    const value: Token = { ...row.value, isRevoked: true }
    const act = { ...who, action: 'token', query: 'taken back' } as const
    const endsAt = new Date(value.endsAt * 1000)
    // Who was faster has taken it back as well: nothing else ever changes a token.
    await this.#authority.put({ kind: 'token', name: token, value, act, after: row, endsAt })
    this.#believed.forget(token)
  }

  /** What a token is good for, at once where it was read a moment ago; undefined where it is good for nothing. */
  judge(token: string): Standing | undefined | Promise<Standing | undefined> {
    if (!token.startsWith(tokenPrefix)) return undefined
    const standing = this.#believed.judge(token)
    return standing instanceof Promise ? standing.then(this.#lasting) : this.#lasting(standing)
  }

  /** The vault was sealed, or a program was taken back. */
  forget(): void {
    this.#believed.forgetAll()
  }

  readonly #lasting = (standing: Standing | undefined): Standing | undefined =>
    standing && standing.endsAt > this.#clock.seconds() ? standing : undefined

  async #look(tokens: readonly string[]): Promise<(Standing | undefined)[]> {
    const found = (await this.#authority.findEach(tokens.map((name) => ({ kind: 'token', name })))) as (
      | Row<Token>
      | undefined
    )[]
    const good = found.map((row) => row && this.#good(row.value))
    const ids = [...new Set(good.flatMap((token) => (token ? [token.program] : [])))]
    if (ids.length === 0) return good.map(() => undefined)
    const programs = (await this.#authority.findEach(ids.map((name) => ({ kind: 'program', name })))) as (
      | Row<Program>
      | undefined
    )[]
    const owners = new Map(ids.map((id, n) => [id, programs[n]?.value]))
    return good.map((token) => token && standingOf(token, owners.get(token.program)))
  }

  #good(token: Token): Token | undefined {
    const { endsAt, isRevoked } = token
    return isRevoked || endsAt <= this.#clock.seconds() ? undefined : token
  }
}

function standingOf(
  { program, scope, endsAt, thumbprint }: Token,
  owner: Program | undefined,
): Standing | undefined {
  // What it was registered for may have become less since.
  if (!owner || owner.isRevoked || !isWithin(scope, owner.scope)) return undefined
  const isPlain = owner.isPlain === true
  // Bound to nobody, though its program's tokens must be.
  if (thumbprint === undefined && !isPlain) return undefined
  const { purposes, registeredAt: since } = owner
  return { program, scope, purposes, since, isPlain, thumbprint, endsAt }
}
