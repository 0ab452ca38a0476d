import { randomKey, randomUuid, type SealKey } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Root } from './keyring.ts'
import * as queries from './queries.ts'
import { makeOpener, rootOf, zeroSecrets, type OpenerSecrets } from './sealed-opener.ts'

/** How often a process looks whether the house was ordered to be sealed, or has another root key. */
const lookMs = 200
/** How often it says that it is there. */
const sayMs = 2000
/** Not heard of for so long, a process is not waited for: killed, cut off from the database, or halted. */
export const silentSecondsMin = 5
/** Not heard of for so long, it is given no new root key. */
export const absentSecondsMin = 600

/**
 * A process that holds the keys, as the others know it: an opener whose identity is in the memory of that process alone,
 * so that who changes the root key can give it the new one.
 */
export interface Presence {
  id: string
  secrets: OpenerSecrets
  /** Orders to seal that there had been when it opened. */
  seals: number
}

/**
 * Takes its place among the processes that hold the keys, unless the house was sealed or the root key was changed since
 * it was read. `lift` ends an order to seal that stands.
 */
export async function enter(
  sql: Sql,
  { root, seals }: { root: Root; seals: number },
  lift: boolean,
): Promise<Presence | undefined> {
  const id = randomUuid()
  const secrets = { seed: randomKey(), bond: randomKey() }
  try {
    const { opener } = await makeOpener(root.key, placeOf(id, root.number), undefined, secrets)
    const vault = { root: root.number, seals, lift }
    const entered = await queries.insertProcess(sql, opener, vault, absentSecondsMin)
    if (entered.length > 0) return { id, secrets, seals }
  } catch (error) {
    zeroSecrets(secrets)
    throw error
  }
  zeroSecrets(secrets)
  return undefined
}

/** The root key of now, from the process's own row; undefined where none was left there for it. */
export async function rootFor(sql: Sql, { id, secrets }: Presence): Promise<Root | undefined> {
  const [row] = await queries.processRow(sql, id)
  if (!row) return undefined
  // That of now: a row that was passed over still holds the one before.
  const key = await rootOf({ ...row, ...placeOf(id, row.vaultRoot), wrapped: null }, secrets)
  return key && { key, number: row.vaultRoot }
}

/** Ends the presence: nobody waits for it any more. */
export async function depart(sql: Sql, { id, secrets }: Presence): Promise<void> {
  zeroSecrets(secrets)
  await queries.deleteProcess(sql, id)
}

/** What a process is told of while it holds the keys. */
export interface Told {
  /** Somebody ordered that the house be sealed. */
  ordered: () => void
  /** Which root key the house has; the number that this process holds, once it is told. */
  root: (number: number) => Promise<Root>
}

/** Looks until it is stopped. A database that does not answer is asked again: what it would give cannot be read either. */
export function watch(sql: Sql, presence: Presence, told: Told): () => void {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let saidAt = performance.now()

  const look = async (): Promise<void> => {
    const [vault] = await queries.lookAtVault(sql, presence.id)
    if (stopped || !vault) return
    if (vault.seals !== presence.seals) return told.ordered()
    const root = await told.root(vault.root)
    if (performance.now() - saidAt < sayMs && vault.present) return
    saidAt = performance.now()
    if (vault.present) await queries.sayPresent(sql, presence.id)
    else await enterAgain(sql, presence, root.key, root.number)
  }
  const again = (): void => {
    if (stopped) return
    timer = setTimeout(() => {
      look()
        // The next look finds out.
        .catch(() => {})
        .finally(again)
    }, lookMs)
    timer.unref()
  }
  again()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}

/** Its row was cleared away while it could not be heard. */
async function enterAgain(
  sql: Sql,
  { id, secrets, seals }: Presence,
  key: SealKey,
  root: number,
): Promise<void> {
  const { opener } = await makeOpener(key, placeOf(id, root), undefined, secrets)
  await queries.insertProcess(sql, opener, { root, seals, lift: false }, absentSecondsMin)
}

/** `root`: number of the root key that it holds. */
export function placeOf(id: string, root: number) {
  return { id, kind: 'process', parameters: String(root) }
}
