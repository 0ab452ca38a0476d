import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { sentenceOf, isRefusal } from '#kernel/outcome.ts'
import { createStore, type Store } from '#records/index.ts'
import { hospitalBundles } from '../demo/hospital.ts'

/** `origin`: where the server is reached, if that is known before it listens. */
export function openStore(sql: Sql, keys: Keys, timeZone: string, origin?: string): Store {
  const base = origin === undefined ? {} : { base: `${origin}/fhir/R4` }
  return createStore({ sql, keys, timeZone, now: Date.now, ...base })
}

/** Writes the invented hospital, each Bundle once: what an earlier, killed run wrote is not written again. */
export async function writeHospital(store: Store): Promise<void> {
  for (const { first, json } of hospitalBundles()) {
    const found = await store.read(first.type, first.id)
    if (found.status === 'ok') continue
    const written = await store.bundle(Buffer.from(json), {})
    if (isRefusal(written)) throw new Error(`${first.type}/${first.id}: ${sentenceOf(written, 'en')}`)
  }
}
