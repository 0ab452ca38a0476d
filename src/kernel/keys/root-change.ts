import { setImmediate } from 'node:timers/promises'
import { KeyZeroed, randomKey, SealBroken, type SealKey } from '#kernel/crypto/index.ts'
import { faultOf, type Sql, type TransactionSql } from '#kernel/db/index.ts'
import { unwrapKeyringKey, wrapKeyringKey, type Keyring, type Root } from './keyring.ts'
import { absentSecondsMin, placeOf } from './presence.ts'
import * as queries from './queries.ts'
import { isWhole, succeed, type SealedOpener } from './sealed-opener.ts'

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
/** How often the database may name another root key than the one that it then gives: a reading of before is shared at times. */
const unmovedMax = 3

/**
 * Makes a new root key, under which the keyring is wrapped anew, and gives it to every opener that stays and to every
 * process that holds the old one. One transaction: it is done or it is not, whenever it is interrupted.
 *
 * An opener that is removed is so for good: who kept a copy of its row has an old root key, under which nothing stands.
 *
 * Nobody waits for it but who begins an epoch, opens the house or changes openers, and only for the transaction: what
 * takes time is made before it, of the rows as they are then, and in it again of those alone that have changed.
 */
export async function changeRoot(
  sql: Sql,
  keyring: Keyring,
  change: OpenerChange = {},
): Promise<RootChanged> {
  let unmoved = 0
  for (let tries = 1; ; tries++) {
    const successor = new Successor(keyring.root)
    try {
      const added = change.add ? [await change.add(successor.next)] : []
      await prepare(sql, successor, change.remove)
      const { remove = [] } = change
      const changed = await sql.begin((tx) => changeWithin(tx, keyring, successor, { remove, added }))
      if (changed.status === 'ok') {
        keyring.succeed({ key: successor.next, number: changed.root })
        return changed
      }
      successor.next.zero()
      if (changed.status !== 'behind') return changed
      if (keyring.root.number === successor.number) await keyring.catchUp()
      // What it gives is what is known: somebody has set the number back, and this process's own row with it.
      if (keyring.root.number === successor.number && ++unmoved === unmovedMax)
        throw new Error('the number of the root key was set back in the database')
    } catch (error) {
      successor.next.zero()
      if (faultOf(error) !== 'race' || tries === triesMax) throw error
    }
  }
}

/** Another process may change the root key meanwhile: then nothing of it fits, and the transaction finds that out. */
async function prepare(sql: Sql, successor: Successor, but: readonly string[] = []): Promise<void> {
  try {
    await successor.openers(await queries.openers(sql), but)
    await successor.processes(await queries.processes(sql, absentSecondsMin))
    await successor.keyring(await queries.wholeKeyring(sql))
  } catch (error) {
    if (!(error instanceof SealBroken) && !(error instanceof KeyZeroed)) throw error
  }
}

async function changeWithin(
  tx: TransactionSql,
  keyring: Keyring,
  successor: Successor,
  { remove, added }: { remove: readonly string[]; added: readonly SealedOpener[] },
): Promise<RootChanged | { status: 'behind' }> {
  const [vault] = await queries.lockVault(tx)
  // From here on nobody else changes the root key, so the one that we hold stays.
  const { number } = keyring.root
  if (vault?.root !== number || successor.number !== number) return { status: 'behind' }

  const openers = await queries.openers(tx)
  const absent = remove.find((id) => !openers.some((opener) => opener.id === id))
  if (absent !== undefined) return { status: 'opener-absent', id: absent }
  const staying = openers.filter(({ id }) => !remove.includes(id))
  if (![...staying, ...added].some(({ kind }) => kind !== 'recovery-kit')) return { status: 'last-opener' }
  const succeeded = await successor.openers(staying)
  const damaged = staying.find(({ id }) => !succeeded.some((opener) => opener.id === id))
  if (damaged) return { status: 'opener-damaged', id: damaged.id, kind: damaged.kind }
  const processes = await successor.processes(await queries.processes(tx, absentSecondsMin))
  const rows = await successor.keyring(await queries.lockKeyring(tx))

  await queries.updateKeyring(tx, rows)
  if (remove.length > 0) await queries.deleteOpeners(tx, [...remove])
  for (const opener of succeeded) await queries.updateOpenerRoot(tx, opener)
  for (const opener of added) await queries.insertOpener(tx, opener)
  for (const process of processes) await queries.updateProcessRoot(tx, process)
  await queries.countRoot(tx)
  return { status: 'ok', root: number + 1 }
}

/** A new root key, and what is made for it of each row; made once of a row that has not changed. */
class Successor {
  readonly next = randomKey()
  readonly number: number
  readonly #old: SealKey
  /** By what the row is under the old root key, which no other row has. */
  readonly #made = new Map<string, unknown>()

  constructor({ key, number }: Root) {
    this.#old = key
    this.number = number
  }

  /** Those that are what was stored. */
  async openers(rows: readonly queries.OpenerRow[], but: readonly string[] = []): Promise<SealedOpener[]> {
    return await this.#each(
      rows.filter((row) => isWhole(row) && !but.includes(row.id)) as SealedOpener[],
      ({ tag }) => tag,
      (row) => succeed(row, this.#old, this.next),
    )
  }

  /** Those that stand under the old root key: another is nobody's that was let in. */
  async processes(rows: readonly queries.ProcessRow[]): Promise<SealedOpener[]> {
    return await this.#each(
      rows,
      ({ tag }) => tag,
      (row) => {
        const before = { ...row, ...placeOf(row.id, this.number), wrapped: null }
        return succeed(before, this.#old, this.next, placeOf(row.id, this.number + 1))
      },
    )
  }

  /** Those that open. Another opens nothing, under this root key or the next; without the index key there is no house. */
  async keyring(rows: readonly queries.KeyringRow[]): Promise<queries.KeyringRow[]> {
    return await this.#each(
      rows,
      ({ wrapped }) => wrapped,
      (row) => {
        try {
          const key = unwrapKeyringKey(this.#old, row, row.purpose)
          const anew = wrapKeyringKey(this.next, row, key)
          key.zero()
          return anew
        } catch (error) {
          if (!(error instanceof SealBroken) || row.purpose === 'index') throw error
          return undefined
        }
      },
    )
  }

  async #each<Row extends { id: string }, Anew>(
    rows: readonly Row[],
    markOf: (row: Row) => Uint8Array,
    make: (row: Row) => Anew | undefined | Promise<Anew | undefined>,
  ): Promise<Anew[]> {
    const all: Anew[] = []
    let sinceRest = 0
    for (const row of rows) {
      const name = `${row.id} ${Buffer.from(markOf(row)).toString('base64')}`
      if (!this.#made.has(name)) {
        this.#made.set(name, await make(row))
        if (++sinceRest % sliceKeys === 0) await setImmediate()
      }
      const anew = this.#made.get(name) as Anew | undefined
      if (anew !== undefined) all.push(anew)
    }
    return all
  }
}
