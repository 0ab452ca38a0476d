/** Imports files as `sigilo import` does where no server runs, and exports what came: into a vault of its own, on a PostgreSQL of its own. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findFiles } from '#cli/import/files.ts'
import { answerCommands } from './child.ts'
import { buildHouse } from './house.ts'
import { importSet, synthea } from './import.ts'
import { profiling } from './profiling.ts'

let vault: Awaited<ReturnType<typeof build>> | undefined

answerCommands(
  {
    ...profiling,
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
  const house = await buildHouse()
  const { name, bundles } = importSet()
  const folder = name === 'invented' ? join(house.home, 'files') : fileURLToPath(synthea)
  if (name === 'invented') {
    await mkdir(folder)
    await Promise.all(bundles.map((bundle, n) => writeFile(join(folder, `${n}.json`), bundle)))
  }
  house.store.exports.start()
  return { ...house, folder }
}
