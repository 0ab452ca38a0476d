import {
  contextOf,
  randomKey,
  randomUuid,
  SealBroken,
  unwrapKey,
  uuidBytes,
  wrapKey,
  type SealKey,
} from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import { unwrapKeyringKey, wrapKeyringKey } from './epochs.ts'
import { openerFor, type OpenerKind, type OpenerRefusal, type Secret } from './opener.ts'
import * as queries from './queries.ts'

/** The two keys that everything else hangs from. */
interface Opened {
  status: 'ok'
  root: SealKey
  index: SealKey
}

/** The one row of the index key: fixed, so that two houses cannot be made in one database. */
const indexKeyId = '00000000-0000-4000-8000-000000000001'

/** Makes the root key, its first opener and the index key, and stores them sealed. */
export async function makeHouse(
  sql: Sql,
  secret: Secret,
): Promise<Opened | { status: 'already-initialised' } | OpenerRefusal> {
  if ((await queries.openers(sql)).length > 0) return { status: 'already-initialised' }
  const made = await openerFor(secret).create(secret)
  if (made.status !== 'ok') return made
  const root = randomKey()
  const index = randomKey()
  const place = { id: randomUuid(), kind: secret.kind, parameters: made.parameters }
  const opener = { ...place, wrapped: wrapKey(made.key, openerContext(place), root) }
  made.key.zero()
  const indexRow = wrapKeyringKey(root, { id: indexKeyId, purpose: 'index' }, index)
  const inserted = await queries.insertHouse(sql, opener, indexRow)
  if (inserted.length === 1) return { status: 'ok', root, index }
  root.zero()
  index.zero()
  return { status: 'already-initialised' }
}

/** Tries the secret on every opener of its kind. */
export async function openHouse(
  sql: Sql,
  secret: Secret,
): Promise<
  | Opened
  | { status: 'wrong-secret' }
  | { status: 'not-initialised' }
  | { status: 'no-such-opener'; kind: OpenerKind; kinds: OpenerKind[] }
  | OpenerRefusal
> {
  const all = await queries.openers(sql)
  if (all.length === 0) return { status: 'not-initialised' }
  const candidates = all.filter((row) => row.kind === secret.kind)
  if (candidates.length === 0) {
    const kinds = [...new Set(all.map((row) => row.kind as OpenerKind))]
    return { status: 'no-such-opener', kind: secret.kind, kinds }
  }
  for (const row of candidates) {
    const made = await openerFor(secret).key(secret, row.parameters)
    if (made.status !== 'ok') return made
    const root = unwrapOrNothing(made.key, openerContext(row), row.wrapped)
    made.key.zero()
    if (!root) continue
    const [index] = await queries.keyringKeys(sql, [indexKeyId])
    if (!index) throw new Error('the keyring has no index key')
    return { status: 'ok', root, index: unwrapKeyringKey(root, index, 'index') }
  }
  return { status: 'wrong-secret' }
}

function openerContext(row: { id: string; kind: string; parameters: string }): Uint8Array {
  return contextOf('opener', uuidBytes(row.id), row.kind, row.parameters)
}

function unwrapOrNothing(key: SealKey, context: Uint8Array, wrapped: Uint8Array): SealKey | undefined {
  try {
    return unwrapKey(key, context, wrapped)
  } catch (error) {
    if (error instanceof SealBroken) return undefined
    throw error
  }
}
