/** A process of its own that makes the ledger of a home as large as that of years. */
import { connect, startEmbedded, type Sql } from '#kernel/db/index.ts'
import { createKeys, type Keys } from '#kernel/keys/index.ts'
import { createStore } from '#records/index.ts'
import { createRows } from '#people/index.ts'
import { createGate } from '#safeguards/gate.ts'
import { findHome } from '#cli/home/home.ts'
import { openLedger } from '#cli/house/ledger.ts'
import { unattendedSecret } from '#cli/openers/sent.ts'
import { copyEntries, type Tome } from '#test/kit/ledger-tome.ts'
import { answerCommands } from './child.ts'
import { timeZone } from './house.ts'

/** Patients whose entries are theirs. */
const theirPatients = 2_000
const copyMsMax = 3_600_000

answerCommands({
  /** Fills the ledger of a home, which a key file opens and nobody serves. */
  fill: async ({ home, ...tome }: Tome & { home: string }) => {
    const found = findHome(home)
    if (found.status !== 'ok') throw new Error(`no home at ${home}: ${found.status}`)
    const secret = unattendedSecret(found.home)
    const database = await startEmbedded({ home })
    if (database.status !== 'started') throw new Error(database.message)
    const sql = connect(database.url)
    const copying = connect(database.superuserUrl, { max: 2, statementMsMax: copyMsMax })
    const keys = createKeys({ sql })
    try {
      const opened = secret && (await keys.unseal(secret))
      if (opened?.status !== 'open') throw new Error('the vault did not open')
      await writePatients(home, sql, keys)
      await copyEntries(sql, copying, keys, tome)
    } finally {
      keys.seal()
      await Promise.all([sql, copying].map((each) => each.end({ timeout: 5 })))
      await database.stop()
    }
  },
})

/** As a vault does it; nothing of the ledger is under way when they are written. */
async function writePatients(path: string, sql: Sql, keys: Keys): Promise<void> {
  const ledger = openLedger(path, { sql, keys })
  const refused = await ledger.opened()
  if (refused) throw new Error(refused.text.en)
  const store = createStore({
    sql,
    keys,
    ledger,
    timeZone,
    now: Date.now,
    gate: createGate({ now: Date.now, rows: createRows({ sql, keys, ledger }) }),
    merged: createRows({ sql, keys, ledger })('merging'),
  })
  const acting = store.as({ actor: 'bench', client: 'bench', address: 'local' })
  const ids = Array.from({ length: theirPatients }, (_, n) => `patient-${n}`)
  await Promise.all(
    ids.map(async (id) => {
      const written = await acting.update(
        'Patient',
        id,
        Buffer.from(JSON.stringify({ resourceType: 'Patient', id })),
        {},
      )
      if (written.status !== 'ok') throw new Error(written.status)
    }),
  )
  await store.close()
  await ledger.stop()
}
