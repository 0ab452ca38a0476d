/** Who may ask in a home. Of a demonstration the first is there from the first opening. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Ledger } from '#kernel/ledger/index.ts'
import { createPeople, type People, type RowsOf } from '#people/index.ts'
import type { Settings } from '../env.ts'
import type { Home } from '../home/home.ts'
import type { ServerLog } from '../log.ts'
import { makeDemoAccess } from '../people/demo.ts'
import { tendDuties } from './duties.ts'
import { planOf } from './demonstration.ts'

export interface PeopleParts {
  sql: Sql
  keys: Keys
  ledger: Ledger
  now: () => Date
  settings: Pick<Settings, 'timeZone' | 'resetWaitHours'>
  rows: RowsOf
}

export function openPeople(
  home: Home,
  { sql, keys, ledger, now, settings, rows }: PeopleParts,
  { logger }: Pick<ServerLog, 'logger'>,
): People {
  const isDemo = home.record.kind === 'demo'
  const people = createPeople({
    sql,
    keys,
    ledger,
    isDemo,
    // Whoever calls holds the home's lock, and a home's own PostgreSQL is nobody else's.
    isAlone: home.record.database === 'embedded',
    resetWaitSeconds: settings.resetWaitHours * 3600,
    rows,
    now: () => now().getTime(),
    onFault: ({ name, stack }) => {
      const frames = stack?.split('\n').filter((line) => line.startsWith('    at '))
      logger.error({ name, frames }, 'fault at /oauth')
    },
  })
  return {
    ...people,
    async opened() {
      await people.opened()
      const { demo } = home.record
      if (demo) {
        try {
          const plan = planOf(demo, settings)
          await makeDemoAccess({ home: home.path, people, key: keys.authority, plan, now })
        } catch (error) {
          // Nobody signs in, and that is all.
          logger.error({ name: (error as Error).name, message: (error as Error).message }, 'demo.json')
        }
      }
      await tendDuties(people, logger)
    },
    async tend() {
      await people.tend()
      if (keys.state() === 'open') await tendDuties(people, logger)
    },
  }
}
