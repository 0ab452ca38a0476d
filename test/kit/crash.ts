import { EventEmitter, once } from 'node:events'
import { connect, migrate, startEmbedded } from '#kernel/db/index.ts'
import type { ConnectOptions, Embedded, Sql } from '#kernel/db/index.ts'
import { rooms } from './rooms.ts'
import { atEnd, temporaryFolder, type Scope } from './scope.ts'

export interface CrashableServer {
  embedded: Embedded
  sql: Sql
  /**
   * Kills PostgreSQL and resolves when it is back. `immediate`: as `pg_ctl restart -m immediate`; `kill`: the postmaster
   * by SIGKILL; `backend`: one of its processes by SIGKILL, which makes PostgreSQL start anew by itself.
   */
  crash(how: 'immediate' | 'kill' | 'backend'): Promise<void>
}

/** A durable PostgreSQL of the test's own, which may be killed. Its database is migrated unless `empty`. */
export async function crashableServer(
  t: Scope,
  options: ConnectOptions & { empty?: boolean } = {},
): Promise<CrashableServer> {
  const home = temporaryFolder(t)
  const events = new EventEmitter()
  const embedded = await startEmbedded({ home, onEvent: ({ event }) => events.emit(event) })
  if (embedded.status !== 'started') throw new Error(`${embedded.message}; cure: ${embedded.cure}`)
  const sql = connect(embedded.url, options)
  atEnd(t, async () => {
    await sql.end({ timeout: 1 })
    await embedded.stop()
  })
  if (!options.empty) {
    const migrated = await migrate(sql, rooms)
    if (migrated.status !== 'migrated') throw new Error(migrated.message)
  }
  const admin = async <Row>(work: (sql: Sql) => Promise<Row>) => {
    const pool = connect(embedded.superuserUrl, { max: 1 })
    try {
      return await work(pool)
    } finally {
      await pool.end({ timeout: 1 })
    }
  }
  const startedAt = () =>
    admin(
      (pool) => pool<{ at: number }[]>`
    select pid as at from pg_stat_activity where backend_type = 'checkpointer'`,
    )
  return {
    embedded,
    sql,
    async crash(how) {
      if (how !== 'backend') {
        const back = once(events, 'restarted')
        process.kill(embedded.pid, how === 'kill' ? 'SIGKILL' : 'SIGQUIT')
        await back
        return
      }
      // On a machine that has much else to do it may not answer at once.
      let before: { at: number } | undefined
      while (!before) [before] = await startedAt().catch(() => [])
      process.kill(before.at, 'SIGKILL')
      for (;;) {
        const [now] = await startedAt().catch(() => [before])
        if (now && now.at !== before.at) return
      }
    },
  }
}
