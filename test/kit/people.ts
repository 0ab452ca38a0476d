import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { randomUuid, sha256 } from '#kernel/crypto/index.ts'
import type { Account } from '#people/accounts/index.ts'
import { createPeople, type People, type PeopleOptions } from '#people/index.ts'
import { carryActs } from '#safeguards/acts.ts'
import type { TestVault } from './vault.ts'

type Parts = Pick<TestVault, 'sql' | 'keys' | 'ledger'> & Partial<Pick<TestVault, 'rows' | 'store'>>

/**
 * Whoever may ask of a test's vault, held to its policy where it has a store: of a demonstration, unless that is told. A real one is founded without officers, unless it `waits` for
 * the first two.
 */
export function testPeople(
  vault: Parts,
  { waits = false, ...options }: Partial<PeopleOptions> & { waits?: boolean } = {},
): People {
  const { sql, keys, ledger, rows, store } = vault
  const onFault = (error: Error): never => {
    throw error
  }
  const people = createPeople({
    sql,
    keys,
    ledger,
    now: Date.now,
    isDemo: true,
    onFault,
    ...(rows ? { rows } : {}),
    ...options,
  })
  if (store) carryActs(people, store)
  return waits ? people : { ...people, isFounded: () => true }
}

/** Of tests: someone who may sign in, with no factors of their own. */
export function testAccount(login: string, more: Partial<Account> = {}): Account {
  return {
    id: randomUuid(),
    login,
    person: randomUuid(),
    name: 'Dra. Ana Ruiz Pérez',
    roles: ['physician'],
    language: 'es',
    factors: { passkeys: [], recovery: [] },
    generation: 1,
    status: 'active',
    notices: [],
    known: [],
    ...more,
  }
}

/** A browser's key, and what it signs. */
export interface BrowserKey {
  thumbprint: string
  /** RFC 9449 §4.2, of a session by its id. */
  proof(claims: { htm: string; htu: string; nonce?: string | undefined }, session: string): Promise<string>
}

export async function browserKey(): Promise<BrowserKey> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = await exportJWK(publicKey)
  return {
    thumbprint: await calculateJwkThumbprint(jwk),
    proof({ nonce, ...claims }, session) {
      const ath = Buffer.from(sha256(session)).toString('base64url')
      return new SignJWT({ jti: randomUuid(), ath, ...claims, ...(nonce === undefined ? {} : { nonce }) })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .setIssuedAt()
        .sign(privateKey)
    },
  }
}
