import { setImmediate } from 'node:timers/promises'
import { randomKey, SealBroken, type SealKey } from '#kernel/crypto/index.ts'
import { faultOf, type Sql, type TransactionSql } from '#kernel/db/index.ts'
import { unwrapKeyringKey, wrapKeyringKey, type Keyring } from './keyring.ts'
import { absentSecondsMin, placeOf } from './presence.ts'
import * as queries from './queries.ts'
import { succeed, type SealedOpener } from './sealed-opener.ts'

export type RootChanged =
  | { status: 'ok'; root: number }
  /** Without these, nothing but a recovery kit would open the house. */
  | { status: 'last-opener' }
  | { status: 'opener-absent'; id: string }
  /** This opener is not what was stored: it has to be removed, or put back, first. */
  | { status: 'opener-damaged'; id: string; kind: string }

export interface OpenerChange {
  remove?: readonly string[]
  /** Made for the new root key. */
  add?: (root: SealKey) => Promise<SealedOpener>
}

/** Keys wrapped anew in one go, 5 ms: what waits for the processor waits no longer. */
const sliceKeys = 128
/** How often it begins anew where PostgreSQL undid it because of others, or another process was faster. */
const triesMax = 5

/**
 * Makes a new root key, under which the keyring is wrapped anew, and gives it to every opener that stays and to every
 * process that holds the old one. One transaction: it is done or it is not, whenever it is interrupted.
 *
 * An opener that is removed is so for good: who kept a copy of its row has an old root key, under which nothing stands.
 *
 * Nobody waits for it but who begins an epoch, opens the house or changes openers, for the moment that it takes.
 */
export async function changeRoot(
  sql: Sql,
  keyring: Keyring,
  change: OpenerChange = {},
): Promise<RootChanged> {
  for (let tries = 1; ; tries++) {
    const key = randomKey()
    try {
      const changed = await sql.begin((tx) => changeWithin(tx, keyring, key, change))
      if (changed.status === 'ok') {
        keyring.succeed({ key, number: changed.root })
        return changed
      }
      key.zero()
      if (changed.status !== 'behind') return changed
      await keyring.catchUp()
    } catch (error) {
      key.zero()
      if (faultOf(error) !== 'race' || tries === triesMax) throw error
    }
  }
}

async function changeWithin(
  tx: TransactionSql,
  keyring: Keyring,
  next: SealKey,
  { remove = [], add }: OpenerChange,
): Promise<RootChanged | { status: 'behind' }> {
  const [vault] = await queries.lockVault(tx)
  // From here on nobody else changes the root key, so the one that we hold stays.
  const { key: old, number } = keyring.root
  if (vault?.root !== number) return { status: 'behind' }

  const openers = await queries.openers(tx)
  const absent = remove.find((id) => !openers.some((opener) => opener.id === id))
  if (absent !== undefined) return { status: 'opener-absent', id: absent }
  const staying = openers.filter(({ id }) => !remove.includes(id))
  const added = add ? [await add(next)] : []
  if (![...staying, ...added].some(({ kind }) => kind !== 'recovery-kit')) return { status: 'last-opener' }
  const succeeded: SealedOpener[] = []
  for (const opener of staying) {
    const anew = isWhole(opener) ? await succeed(opener, old, next) : undefined
    if (!anew) return { status: 'opener-damaged', id: opener.id, kind: opener.kind }
    succeeded.push(anew)
  }
  const processes: SealedOpener[] = []
  for (const process of await queries.processes(tx, absentSecondsMin)) {
    // One that does not stand under the old root key is nobody's that was let in.
    const before = { ...process, ...placeOf(process.id, number), wrapped: null }
    const anew = await succeed(before, old, next, placeOf(process.id, number + 1))
    if (anew) processes.push(anew)
  }

  const rows = await queries.lockKeyring(tx)
  await queries.updateKeyring(tx, await wrapAnew(rows, old, next))
  if (remove.length > 0) await queries.deleteOpeners(tx, [...remove])
  for (const opener of succeeded) await queries.updateOpenerRoot(tx, opener)
  for (const opener of added) await queries.insertOpener(tx, opener)
  for (const process of processes) await queries.updateProcessRoot(tx, process)
  await queries.countRoot(tx)
  return { status: 'ok', root: number + 1 }
}

async function wrapAnew(
  rows: readonly queries.KeyringRow[],
  old: SealKey,
  next: SealKey,
): Promise<queries.KeyringRow[]> {
  const anew: queries.KeyringRow[] = []
  for (const [n, row] of rows.entries()) {
    try {
      const key = unwrapKeyringKey(old, row, row.purpose)
      anew.push(wrapKeyringKey(next, row, key))
      key.zero()
    } catch (error) {
      // A row that is not what was sealed opens nothing, under this root key or another. Without the index key there is
      // no house.
      if (!(error instanceof SealBroken) || row.purpose === 'index') throw error
    }
    if (n % sliceKeys === sliceKeys - 1) await setImmediate()
  }
  return anew
}

function isWhole<Row extends queries.OpenerRow>(row: Row): row is Row & SealedOpener {
  return row.recipient !== null
}
