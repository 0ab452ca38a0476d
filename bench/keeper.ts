/** A vault on a durable PostgreSQL whose epochs are full, for what is done to keys. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUuid } from '#kernel/crypto/index.ts'
import { connect, migrate, startEmbedded, type Sql } from '#kernel/db/index.ts'
import { createKeys, createShredding, type Keys, type Shredding } from '#kernel/keys/index.ts'
import { rooms } from '#test/kit/rooms.ts'
import { answerCommands } from './child.ts'
import { insertCompartments } from './queries.ts'

/** What an epoch holds at most. */
const patients = 4096

const home = mkdtempSync(join(tmpdir(), 'sigilo-bench-'))
execFileSync('chmod', ['755', home])
let house: { sql: Sql; keys: Keys; shredding: Shredding; close: () => Promise<void> } | undefined

answerCommands(
  {
    async start() {
      const embedded = await startEmbedded({ home })
      if (embedded.status !== 'started') throw new Error(embedded.message)
      const sql = connect(embedded.url)
      const maintenance = connect(embedded.superuserUrl, { max: 1 })
      await migrate(sql, rooms)
      const keys = createKeys({ sql })
      const opened = await keys.initialise({ kind: 'key-file', path: join(home, 'key') })
      if (opened.status !== 'open') throw new Error(opened.status)
      const shredding = createShredding({ sql, keys, maintenance })
      const close = async () => {
        await shredding.close()
        keys.seal()
        await Promise.all([sql.end(), maintenance.end()])
        await embedded.stop()
      }
      house = { sql, keys, shredding, close }
    },

    /** A full epoch, of which one patient is destroyed: milliseconds until its key is, and the others' are under another. */
    async rewrap() {
      if (!house) throw new Error('not started')
      const { sql, keys, shredding } = house
      const minted = await Promise.all(Array.from({ length: patients }, () => keys.mint(randomUuid())))
      await insertCompartments(sql, minted)
      for (const each of minted) each.keys.zero()
      await shredding.destroy(minted[0]!.compartment, { reference: 'Patient/bench', reason: 'bench' })
      const batch = await shredding.batch()
      if (batch.status !== 'done') throw new Error(batch.status)
      return batch.rewrapMs
    },
  },
  async () => {
    await house?.close()
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  },
)
