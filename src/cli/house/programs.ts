/** The programs of a home. Of a demonstration the first is there from the first opening. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Ledger } from '#kernel/ledger/index.ts'
import { createPrograms, type Programs } from '#people/programs/index.ts'
import type { Home } from '../home/home.ts'
import type { ServerLog } from '../log.ts'
import { makeDemoClient } from '../programs/demo-file.ts'

export interface HousePrograms extends Programs {
  /** To be called whenever the vault has been opened and that is recorded, before anything is served. */
  opened(): Promise<void>
}

export function openPrograms(
  home: Home,
  { sql, keys, ledger, now }: { sql: Sql; keys: Keys; ledger: Ledger; now: () => Date },
  { logger }: Pick<ServerLog, 'logger'>,
): HousePrograms {
  const isDemo = home.record.kind === 'demo'
  const programs = createPrograms({
    sql,
    keys,
    ledger,
    isDemo,
    now: () => now().getTime(),
    onFault: ({ name, stack }) => {
      const frames = stack?.split('\n').filter((line) => line.startsWith('    at '))
      logger.error({ name, frames }, 'fault at /oauth')
    },
  })
  return {
    ...programs,
    async opened() {
      if (!isDemo) return
      try {
        await makeDemoClient(home.path, programs)
      } catch (error) {
        // Nobody signs in, and that is all.
        logger.error({ name: (error as Error).name, message: (error as Error).message }, 'demo.json')
      }
    },
  }
}
