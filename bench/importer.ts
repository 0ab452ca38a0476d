/** Imports files as `sigilo import` does where no server runs, and exports what came: into a vault of its own, on a PostgreSQL of its own. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { enableCompileCache } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connect, migrate, startEmbedded } from '#kernel/db/index.ts'
import { createKeys } from '#kernel/keys/index.ts'
import { createUnledgeredStore } from '#records/unledgered/index.ts'
import { findFiles } from '#cli/import/files.ts'
import { migrations } from '#cli/house/migrations.ts'
import { answerCommands } from './child.ts'
import { importSet, synthea } from './import.ts'

enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/sigilo', import.meta.url)))

let vault: Awaited<ReturnType<typeof build>> | undefined

answerCommands(
  {
    async start() {
      vault = await build()
    },
    /** The whole set, as if for the first time; resources a second, from the paths to the last commit. */
    async import(): Promise<number> {
      if (!vault) throw new Error('not started')
      const start = performance.now()
      const { sources } = await findFiles([vault.folder])
      const imported = await vault.acting.import({ sources, again: true })
      if (imported.status !== 'ok') throw new Error(`the import ended: ${imported.status}`)
      const { created, refused } = imported.counts
      if (refused > 0) throw new Error(`${refused} were refused`)
      return created / ((performance.now() - start) / 1000)
    },
    /** Everything that was brought, as a job, into sealed files; resources a second. */
    async export(): Promise<number> {
      if (!vault) throw new Error('not started')
      const { exports } = vault.acting
      const start = performance.now()
      const begun = await exports.begin({ level: 'system', pairs: [], url: '', actor: 'bench' })
      if (begun.status !== 'ok') throw new Error(`the export was refused: ${begun.status}`)
      for (;;) {
        const look = await exports.look(begun.job, 'bench')
        if (look.status === 'complete') {
          const seconds = (performance.now() - start) / 1000
          await exports.remove(begun.job, 'bench')
          return look.manifest.files.reduce((sum, { count }) => sum + count, 0) / seconds
        }
        if (look.status !== 'running') throw new Error(`the export failed: ${look.status}`)
        await setTimeout(10)
      }
    },
  },
  () => vault?.close(),
)

async function build() {
  const home = await mkdtemp(join(tmpdir(), `sigilo-bench-${process.pid}-`))
  const { name, bundles } = importSet()
  const folder = name === 'invented' ? join(home, 'files') : fileURLToPath(synthea)
  const database = await startEmbedded({ home })
  if (database.status !== 'started') throw new Error(`${database.message}; cure: ${database.cure}`)
  const sql = connect(database.url)
  const migrated = await migrate(sql, migrations)
  if (migrated.status !== 'migrated') throw new Error(migrated.message)
  const keys = createKeys({ sql })
  const opened = await keys.initialise({ kind: 'key-file', path: join(home, 'key') })
  if (opened.status !== 'open') throw new Error(`the vault did not open: ${opened.status}`)
  if (name === 'invented') {
    await mkdir(folder)
    await Promise.all(bundles.map((bundle, n) => writeFile(join(folder, `${n}.json`), bundle)))
  }
  const exports = { folder: join(home, 'exports') }
  const store = createUnledgeredStore({ sql, keys, timeZone: 'America/Mexico_City', now: Date.now, exports })
  store.exports.start()
  return {
    folder,
    acting: store.as({ actor: 'bench', client: 'bench', address: 'local' }),
    store,
    async close() {
      await store.close()
      await sql.end({ timeout: 1 })
      await database.stop()
      await rm(home, { recursive: true, force: true })
    },
  }
}
