/** The stand-alone verifier over a folder, in a process of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inventedEntries, ledgerKeys, writeLedger } from '#test/kit/ledger-folder.ts'
import { verifyFolder } from '../tools/verify-ledger.mjs'
import { answerCommands } from './child.ts'

/** Of 500 bytes, in so many streams: three levels of tiles. */
const count = 100_000
const streams = 2_000
const detailBytes = 346

let folder: string | undefined

answerCommands(
  {
    start() {
      folder = mkdtempSync(join(tmpdir(), 'sigilo-bench-ledger-'))
      writeLedger(folder, inventedEntries(count, streams, detailBytes))
    },
    /** Entries in a second of processor time: other work of the machine counts less. */
    async verify() {
      if (folder === undefined) throw new Error('not started')
      const before = process.cpuUsage()
      const { findings } = await verifyFolder(folder, { keys: ledgerKeys })
      const { user, system } = process.cpuUsage(before)
      if (findings.length > 0) throw new Error(findings[0])
      return (count * 1e6) / (user + system)
    },
  },
  () => folder !== undefined && rmSync(folder, { recursive: true }),
)
