import { createPeople, type People, type PeopleOptions } from '#people/index.ts'
import type { TestVault } from './vault.ts'

type Parts = Pick<TestVault, 'sql' | 'keys' | 'ledger'>

/**
 * Whoever may ask of a test's vault: of a demonstration, unless that is told. A real one is founded without officers, unless it `waits` for
 * the first two.
 */
export function testPeople(
  vault: Parts,
  { waits = false, ...options }: Partial<PeopleOptions> & { waits?: boolean } = {},
): People {
  const { sql, keys, ledger } = vault
  const onFault = (error: Error): never => {
    throw error
  }
  const people = createPeople({ sql, keys, ledger, now: Date.now, isDemo: true, onFault, ...options })
  return waits ? people : { ...people, isFounded: () => true }
}
