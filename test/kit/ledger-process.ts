/**
 * A process that records without end and sequences when it is its turn: for tests that halt and kill it. Started by
 * `startLedgerProcess`; tells its parent what was recorded, and what it published.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from '#kernel/db/index.ts'
import { createKeys } from '#kernel/keys/index.ts'
import { createLedger } from '#kernel/ledger/index.ts'
import type { LedgerTold } from './ledger-child.ts'

const [url = '', keyFile = '', kept = '', name = ''] = process.argv.slice(2)
const tell = (told: LedgerTold) => process.send?.(told)

const sql = connect(url)
const keys = createKeys({ sql })
const unsealed = await keys.unseal({ kind: 'key-file', path: keyFile })
if (unsealed.status !== 'open') throw new Error(unsealed.status)
const ledger = createLedger({
  sql,
  keys,
  keeper: {
    read: () => {
      try {
        return readFileSync(kept, 'utf8')
      } catch {
        return undefined
      }
    },
    write(note) {
      writeFileSync(kept, note)
      tell({ note })
    },
  },
  now: Date.now,
  leaseMs: 600,
  checkpointMs: 100,
  onEvent: (event) => void tell({ event }),
})
const started = await ledger.start()
if (started.status !== 'ok') throw new Error(started.status)

let over = false
process.once('message', () => (over = true))
process.once('disconnect', () => process.exit())
for (let n = 0; !over; n++) {
  const ids = Array.from({ length: 5 }, (_, i) => `${name}-${n}-${i}`)
  await Promise.all(
    ids.map((id) =>
      ledger.record([
        { action: 'read', outcome: 'done', actor: name, resources: [{ type: 'Practitioner', id }] },
      ]),
    ),
  )
  tell({ recorded: ids })
  await delay(5)
}
await ledger.stop()
keys.seal()
await sql.end()
process.disconnect?.()
