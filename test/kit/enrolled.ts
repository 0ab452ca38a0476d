/** People with all their factors, in a vault of the test's own, at a time that stands still until the test moves it. */
import assert from 'node:assert/strict'
import { Secret, TOTP } from 'otpauth'
import { randomUuid } from '#kernel/crypto/index.ts'
import { createAccounts, type Account, type Accounts } from '#people/accounts/index.ts'
import { createAuthority, type Authority } from '#people/authority/index.ts'
import {
  createFactors,
  withPasskey,
  withPassword,
  type Proof,
  type ProofContext,
  type SigningIn,
} from '#people/factors/index.ts'
import { createPasswords, type Passwords } from '#people/factors/passwords.ts'
import { softAuthenticator, type Otherwise, type SoftAuthenticator } from './authenticator.ts'
import type { TestVault } from './vault.ts'

export const origin = 'https://vault.example.org'
export const thumbprint = 'browser'
const who = { actor: 'tester', client: 'test', address: '192.0.2.1' }
/** In milliseconds and not in seconds; what it costs is measured elsewhere. */
const cheap = { memoryKiB: 64, passes: 1, lanes: 1 }
const stepMs = 30_000

/** One process. */
export interface House {
  authority: Authority
  accounts: Accounts
  factors: SigningIn
  passwords: Passwords
}

export interface Enrolled {
  id: string
  login: string
  password: string
  key: SoftAuthenticator
  /** The code of this moment, or of so many steps later. This moment's was used to set it up. */
  code(steps?: number): string
  recovery: string[]
}

/** What came of a proof, in a word: how somebody signed in, or why they did not. */
export type Tried = string

export class Neighbourhood {
  /** How far all clocks are ahead. */
  aheadMs = 0
  readonly house: House
  readonly #vault: TestVault
  /** In the middle of a time step. */
  readonly #startMs = Math.floor(Date.now() / stepMs) * stepMs + stepMs / 2
  #count = 0

  constructor(vault: TestVault) {
    this.#vault = vault
    this.house = this.of(vault)
  }

  /** A process of its own over the same database. */
  async another(): Promise<House> {
    return this.of(await this.#vault.another())
  }

  of(parts: Pick<TestVault, 'sql' | 'keys' | 'ledger'>): House {
    const authority = createAuthority(parts)
    const accounts = createAccounts({ authority })
    const passwords = createPasswords(cheap)
    let latest = 0
    const now = () => (latest = Math.max(latest, Math.floor((this.#startMs + this.aheadMs) / 1000)))
    const factors = createFactors({ ...parts, authority, accounts, now, passwords })
    return { authority, accounts, passwords, factors }
  }

  async enrolled(options: Parameters<typeof softAuthenticator>[1] = {}): Promise<Enrolled> {
    const { factors, accounts } = this.house
    const id = randomUuid()
    const login = `ana${++this.#count}`
    const name = 'Dra. Ana Ruiz Pérez'
    const password = 'un cuaderno verde oliva'
    const key = softAuthenticator(origin, options)
    const owner = { id, login, name, passkeys: [] }
    const registering = await factors.registrationOptions(origin, owner, thumbprint)
    assert.ok(registering)
    const setting = { account: id, thumbprint }
    const response = key.create(registering.options)
    const given = { flow: registering.flow, response, label: ' Llave\nazul ' }
    const made = await factors.readPasskey(origin, given, setting)
    const offer = await factors.offerTotp(login, setting)
    const app = new TOTP({ secret: Secret.fromBase32(offer.secret) })
    const code = (steps = 0) => app.generate({ timestamp: this.#startMs + this.aheadMs + steps * stepMs })
    const totp = await factors.readTotp({ flow: offer.flow, code: code() }, setting)
    const hashed = await factors.hashPassword(password, { login, name })
    assert.ok(made.status === 'ok' && totp.status === 'ok' && hashed.status === 'ok')
    const { codes, hashes } = factors.newRecovery(id)
    const where = { at: 1, address: who.address }
    const account = withPasskey(bareAccount({ id, login, name }), made.passkey, where)
    assert.ok(!('refused' in account))
    const parts = { password: hashed.password, totp: totp.totp, recovery: hashes }
    assert.equal(await accounts.add(withPassword(account, parts, where), who), 'added')
    return { id, login, password, key, code, recovery: codes }
  }

  async byPasskey({ key }: Pick<Enrolled, 'key'>, otherwise: Otherwise = {}): Promise<Proof> {
    const asked = await this.house.factors.passkeyOptions(origin, { purpose: 'sign-in', thumbprint })
    assert.ok(asked)
    return { kind: 'passkey', flow: asked.flow, response: key.get(asked.options, otherwise) }
  }

  async tried(
    proof: Proof | Promise<Proof>,
    more: Partial<ProofContext> = {},
    { factors } = this.house,
  ): Promise<Tried> {
    const proven = await factors.verify(await proof, { ...signingIn, ...more })
    if (proven.status === 'verified') return proven.method
    return proven.status === 'refused' ? proven.reason : proven.status
  }
}

export const signingIn: ProofContext = { purpose: 'sign-in', origin, thumbprint, who }

export function byPassword(
  { login, password = 'un cuaderno verde oliva' }: Partial<Enrolled> & { login: string },
  code: string,
  given = password,
): Proof {
  return { kind: 'password', login, password: given, code }
}

/** A physician with no factor. */
export function bareAccount(more: Pick<Account, 'id' | 'login'> & Partial<Account>): Account {
  return {
    person: randomUuid(),
    name: 'Dra. Ana Ruiz Pérez',
    roles: ['physician'],
    practitioner: `Practitioner/${more.id}`,
    language: 'es',
    factors: { passkeys: [], recovery: [] },
    generation: 1,
    status: 'active',
    notices: [],
    known: [],
    ...more,
  }
}
