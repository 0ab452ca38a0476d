/**
 * A process that changes keys and may be killed over it, at a place that the test has found from the outside. Started by
 * `test/long/killed-keys.test.ts`; tells its parent what came of it.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from '#kernel/db/index.ts'
import { createKeys } from '#kernel/keys/index.ts'
import { testStore, timeZone } from './vault.ts'

export type KeysAct =
  | { act: 'destroy'; patient: string }
  | { act: 'batch' }
  | { act: 'rotate' }
  | { act: 'replace'; keyFile: string }
  /** What a start does, and the minute after it; then tells what there is. */
  | { act: 'resume'; patients: string[] }

/** What reading each patient gave; absent where only an act was asked for. */
export interface KeysTold {
  statuses?: Record<string, string>
}

const [url = '', superuserUrl = '', keyFiles = '', asked = ''] = process.argv.slice(2)
const what = JSON.parse(asked) as KeysAct
const sql = connect(url, { max: 4 })
const maintenance = connect(superuserUrl, { max: 1, statementMsMax: 600_000, name: 'maintenance' })
const keys = createKeys({ sql, epochCompartmentsMax: 8 })
for (const path of keyFiles.split(',')) {
  if (keys.state() === 'sealed') await keys.unseal({ kind: 'key-file', path })
}
if (keys.state() === 'sealed') throw new Error('no key file opens it')
const store = testStore({ sql, keys, timeZone, now: Date.now, shredding: { maintenance } })
const told = await act()
process.send?.(told)
await store.close()
await keys.seal()
await Promise.all([sql.end(), maintenance.end()])
process.disconnect?.()

async function act(): Promise<KeysTold> {
  switch (what.act) {
    case 'destroy':
      await store.destructions.destroy(what.patient, 'asked for')
      return {}
    case 'batch':
      await store.destructions.batch()
      return {}
    case 'rotate':
      await keys.rotateRoot()
      await keys.rotateEpochs()
      await keys.finishRotation()
      await store.destructions.batch()
      return {}
    case 'replace': {
      const before = (await keys.openers()).map(({ id }) => id)
      await keys.replaceOpener(before, { kind: 'key-file', path: what.keyFile })
      await store.destructions.batch()
      return {}
    }
    case 'resume': {
      await keys.finishRotation()
      for (let tries = 0; tries < 100; tries++) {
        const batch = await store.destructions.batch()
        if (batch.status === 'done' && !(await keys.known()).purging) break
        await delay(200)
      }
      const statuses: Record<string, string> = {}
      for (const id of what.patients) {
        statuses[id] = (await store.read('Patient', id)).status
        const found = await store.search({
          type: 'Patient',
          pairs: [['identifier', `urn:oid:1.2|EXP-${id}`]],
          view: 'full',
          actor: 'test',
        })
        if (found.status !== 'ok') throw new Error(found.status)
        statuses[id] += found.entries.length
      }
      return { statuses }
    }
  }
}
