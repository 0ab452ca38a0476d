import {
  contextOf,
  randomKey,
  randomUuid,
  readAge,
  SealBroken,
  unwrapKey,
  uuidBytes,
  type SealKey,
} from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import { unwrapKeyringKey, wrapKeyringKey } from './keyring.ts'
import type { DeviceFault } from './device.ts'
import { houseName } from './house-name.ts'
import { kitParameters } from './kit/index.ts'
import { openerFor, type OpenerKind, type OpenerRefusal, type OpenerSecret, type Secret } from './opener.ts'
import { isWhole, makeOpener, rootOf, secretsOf, zeroSecrets, type SealedOpener } from './sealed-opener.ts'
import * as queries from './queries.ts'

/** The two keys that everything else hangs from, and the moment of the vault at which they were read. */
export interface HouseOpened extends queries.VaultRow {
  status: 'ok'
  rootKey: SealKey
  index: SealKey
}

/** The one row of the index key: fixed, so that two houses cannot be made in one database. */
const indexKeyId = '00000000-0000-4000-8000-000000000001'

/** The secret of a house that is being made, or who makes one once the name of the house is known. */
export type FirstSecret = OpenerSecret | ((house: string) => Promise<OpenerSecret | undefined>)

/** Makes the root key, its first opener and the index key, and stores them sealed. */
export async function makeHouse(
  sql: Sql,
  first: FirstSecret,
): Promise<HouseOpened | { status: 'already-initialised' } | { status: 'given-up' } | OpenerRefusal> {
  if ((await queries.openers(sql)).length > 0) return { status: 'already-initialised' }
  const rootKey = randomKey()
  const index = randomKey()
  const secret = typeof first === 'function' ? await first(houseName(index)) : first
  if (!secret) return { status: 'given-up' }
  const ready = await createOpener(secret)
  if (ready.status !== 'ok') return ready
  const opener = await ready.opener(rootKey)
  ready.forget()
  const indexRow = wrapKeyringKey(rootKey, { id: indexKeyId, purpose: 'index' }, index)
  const inserted = await queries.insertHouse(sql, opener, indexRow)
  const [vault] = await queries.vaultRow(sql)
  if (inserted.length === 1 && vault) return { status: 'ok', rootKey, index, ...vault }
  rootKey.zero()
  index.zero()
  return { status: 'already-initialised' }
}

/** What the secret's kind has to do for a new opener is done; it can be made for any root key until it is forgotten. */
export interface OpenerReady {
  status: 'ok'
  opener: (root: SealKey) => Promise<SealedOpener>
  forget: () => void
}

/** Makes ready an opener for this secret; nothing is stored yet. */
export async function createOpener(
  secret: Secret,
  id: string = randomUuid(),
): Promise<OpenerReady | OpenerRefusal> {
  void readAge()
  if (secret.kind === 'recovery-kit') {
    const place = { id, kind: secret.kind, parameters: kitParameters(secret) }
    const opener = async (root: SealKey) => (await makeOpener(root, place, undefined, secret.secrets)).opener
    return { status: 'ok', opener, forget: () => {} }
  }
  const created = await openerFor(secret).create(secret)
  if (created.status !== 'ok') return created
  const { key, parameters } = created
  const opener = async (root: SealKey) => {
    const made = await makeOpener(root, { id, kind: secret.kind, parameters }, key)
    zeroSecrets(made.secrets)
    return made.opener
  }
  return { status: 'ok', opener, forget: () => key.zero() }
}

/**
 * Rows of a kind that are tried and that nobody has vouched for. Whoever can write the database can put any number there, each of which
 * costs Argon2id or a question to a device; of our own there is one as a rule.
 */
const strangersMax = 8

/**
 * Tries the secret on the openers of its kind: first on those that are `known` to be this house's, since they were when it was last open.
 * A row that is damaged, or planted, does not stand in the way of another.
 */
export async function openHouse(
  sql: Sql,
  secret: Secret,
  known: readonly string[] = [],
): Promise<
  | HouseOpened
  | { status: 'wrong-secret' }
  | { status: 'not-initialised' }
  | { status: 'no-such-opener'; kind: OpenerKind; kinds: OpenerKind[] }
  | OpenerRefusal
> {
  // Read while the secret is worked on: both take a moment.
  void readAge()
  // One statement: of a root key that is being changed meanwhile it shows all or nothing.
  const all = await queries.openersWithIndex(sql, indexKeyId)
  if (all.length === 0) return { status: 'not-initialised' }
  const candidates = all.filter((row) => row.kind === secret.kind)
  if (candidates.length === 0) {
    const kinds = [...new Set(all.map((row) => row.kind as OpenerKind))]
    return { status: 'no-such-opener', kind: secret.kind, kinds }
  }
  const [ours, strangers] = [true, false].map((isKnown) =>
    candidates.filter(({ id }) => known.includes(id) === isKnown),
  ) as [typeof candidates, typeof candidates]
  /** What the first one said: it is ours where any is. */
  let first: OpenerRefusal | { status: 'wrong-secret' } | undefined
  for (const row of [...ours, ...strangers.slice(0, strangersMax)]) {
    const found = await rootOfRow(sql, secret, row)
    if (found.status === 'other') {
      first ??= { status: 'wrong-secret' }
      continue
    }
    if (found.status !== 'ok') {
      if (!isOfRow(found)) return found
      first ??= found
      continue
    }
    const { rootKey } = found
    const { vaultRoot, seals, sealedAt } = row
    const index = indexOf(rootKey, row)
    if (index) return { status: 'ok', rootKey, index, root: vaultRoot, seals, sealedAt }
    rootKey.zero()
    first ??= { status: 'opener-unreadable', kind: secret.kind }
  }
  return first ?? { status: 'wrong-secret' }
}

/** Undefined where the root key is a former one, in a row of before that somebody put back; or the index key's row is not ours. */
function indexOf(rootKey: SealKey, { index }: { index: Uint8Array | null }): SealKey | undefined {
  if (!index) throw new Error('the keyring has no index key')
  try {
    return unwrapKeyringKey(rootKey, { id: indexKeyId, purpose: 'index', wrapped: index }, 'index')
  } catch (error) {
    if (error instanceof SealBroken) return undefined
    throw error
  }
}

/** Whether it is said of this row alone, so that another may still open; of a device that is away, or a wrong PIN, it is not. */
function isOfRow(refused: OpenerRefusal): boolean {
  if (refused.status === 'opener-unreadable') return true
  // Of another deal, or of a deal that somebody made up.
  if (refused.status === 'share-refused' || refused.status === 'shares-missing') return true
  return refused.status === 'device-refused' && rowFaults.includes(refused.fault)
}

const rowFaults: readonly DeviceFault['fault'][] = [
  'key-absent',
  'key-unusable',
  'access-denied',
  'blob-altered',
  'other-house',
]

/** The root key that a row gives to who brings this secret; `other` where the row is not for this secret. */
async function rootOfRow(
  sql: Sql,
  secret: Secret,
  row: queries.OpenerRow & { vaultRoot: number },
): Promise<{ status: 'ok'; rootKey: SealKey } | { status: 'other' } | OpenerRefusal> {
  if (secret.kind === 'recovery-kit') {
    const rootKey = isWhole(row) ? await rootOf(row, secret.secrets) : undefined
    return rootKey ? { status: 'ok', rootKey } : { status: 'other' }
  }
  const given = await openerFor(secret).key(secret, row.parameters)
  if (given.status !== 'ok') return given
  try {
    if (!isWhole(row)) return await convert(sql, row, given.key)
    const secrets = secretsOf(row, given.key)
    if (!secrets) return { status: 'other' }
    const rootKey = await rootOf(row, secrets)
    zeroSecrets(secrets)
    // The secret is right, and the root key was not put there by us.
    return rootKey ? { status: 'ok', rootKey } : { status: 'opener-unreadable', kind: secret.kind }
  } finally {
    given.key.zero()
  }
}

/** A row of the earlier form, which holds the root key itself, becomes one of the present form. */
async function convert(
  sql: Sql,
  row: queries.OpenerRow & { vaultRoot: number },
  key: SealKey,
): Promise<{ status: 'ok'; rootKey: SealKey } | { status: 'other' }> {
  const { id, kind, parameters } = row
  let rootKey: SealKey
  try {
    const context = contextOf('opener', uuidBytes(id), kind, parameters)
    rootKey = unwrapKey(key, context, row.wrapped ?? new Uint8Array(0))
  } catch (error) {
    if (error instanceof SealBroken) return { status: 'other' }
    throw error
  }
  const { opener, secrets } = await makeOpener(rootKey, { id, kind, parameters }, key)
  zeroSecrets(secrets)
  // Somebody else may convert it at the same time: the first one's stands.
  await queries.convertOpener(sql, opener, row.vaultRoot)
  return { status: 'ok', rootKey }
}
