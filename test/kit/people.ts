import { createPeople, type People, type PeopleOptions } from '#people/index.ts'
import type { TestVault } from './vault.ts'

type Parts = Pick<TestVault, 'sql' | 'keys' | 'ledger'>

/** Whoever may ask of a test's vault: of a demonstration, unless that is told. */
export function testPeople(vault: Parts, options: Partial<PeopleOptions> = {}): People {
  const { sql, keys, ledger } = vault
  const onFault = (error: Error): never => {
    throw error
  }
  return createPeople({ sql, keys, ledger, now: Date.now, isDemo: true, onFault, ...options })
}
