/** Access tokens: given, looked up as often as they must be, taken back. */
import { randomBytes } from '#kernel/crypto/index.ts'
import type { Authority, Row, Who } from '../authority/index.ts'
import { scopeOfAll, type Program, type Token } from './values.ts'

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
  isPlain: boolean
  thumbprint: string | undefined
  endsAt: number
}

/**
 * What was read is believed for so long: a token that was taken back, or whose program was, ends everywhere within a second.
 * Counted from before it was asked for.
 */
const believedMs = 700
/** Read again beside the requests that use it, so that they need not wait. */
const rereadMs = 250
/** Tokens remembered at most. */
const rememberedMax = 10_000

interface Remembered {
  standing: Standing
  askedAtMs: number
  isAsking: boolean
}

export class Tokens {
  readonly #authority: Authority
  /** Seconds since 1970. */
  readonly #now: () => number
  #remembered = new Map<string, Remembered>()
  readonly #reading = new Map<string, { askedAtMs: number; read: Promise<Standing | undefined> }>()

  constructor(authority: Authority, now: () => number) {
    this.#authority = authority
    this.#now = now
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
    this.#remembered.delete(token)
    if (!row || row.value.isRevoked) return
    const value: Token = { ...row.value, isRevoked: true }
    const act = { ...who, action: 'token', query: 'taken back' } as const
    const endsAt = new Date(value.endsAt * 1000)
    // Who was faster has taken it back as well: nothing else ever changes a token.
    await this.#authority.put({ kind: 'token', name: token, value, act, after: row, endsAt })
  }

  /** What a token is good for, at once where it was read a moment ago; undefined where it is good for nothing. */
  judge(token: string): Standing | undefined | Promise<Standing | undefined> {
    const known = this.#remembered.get(token)
    if (!known) return token.startsWith(tokenPrefix) ? this.#read(token) : undefined
    const age = performance.now() - known.askedAtMs
    if (age > believedMs) return this.#read(token)
    if (age > rereadMs && !known.isAsking) {
      known.isAsking = true
      // Where it fails it is asked for again when it is believed no longer, and the failure is told.
      this.#read(token).catch(() => {})
    }
    return known.standing.endsAt > this.#now() ? known.standing : undefined
  }

  /** The vault was sealed. */
  forget(): void {
    this.#remembered = new Map()
  }

  /** Whoever asks at the same moment shares it. */
  #read(token: string): Promise<Standing | undefined> {
    const now = performance.now()
    const under = this.#reading.get(token)
    if (under && now - under.askedAtMs < rereadMs) return under.read
    const read = this.#readAt(token, now).finally(() => {
      if (this.#reading.get(token)?.read === read) this.#reading.delete(token)
    })
    this.#reading.set(token, { askedAtMs: now, read })
    return read
  }

  async #readAt(token: string, askedAtMs: number): Promise<Standing | undefined> {
    const remembered = this.#remembered
    const standing = await this.#look(token)
    const known = remembered.get(token)
    if (!standing) remembered.delete(token)
    // One that was asked for later may be here earlier.
    else if (!known || known.askedAtMs <= askedAtMs) {
      if (remembered.size >= rememberedMax) remembered.clear()
      remembered.set(token, { standing, askedAtMs, isAsking: false })
    }
    return standing
  }

  async #look(token: string): Promise<Standing | undefined> {
    const found = await this.find(token)
    if (!found) return undefined
    const { program, scope, endsAt, thumbprint, isRevoked } = found.value
    if (isRevoked || scope !== scopeOfAll || endsAt <= this.#now()) return undefined
    const owner = await this.#authority.find<Program>('program', program)
    if (!owner || owner.value.isRevoked) return undefined
    const isPlain = owner.value.isPlain === true
    // Bound to nobody, though its program's tokens must be.
    if (thumbprint === undefined && !isPlain) return undefined
    return { program, scope, isPlain, thumbprint, endsAt }
  }
}
