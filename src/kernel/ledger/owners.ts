/** The table that says whose stream is whose, gone through. */
import { equalBytes } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { streamOf, type Pseudonyms } from './pseudonyms.ts'
import { deleteStreams, selectStreamsAfter } from './queries.ts'

interface OwnerRow {
  stream: Uint8Array
  /** `gone`: the patient's key was destroyed. `moved`: it is not what was stored for this stream. */
  state: 'there' | 'gone' | 'moved'
}

const pageRows = 500

export async function* walkOwners(sql: Sql, keys: Keys, names: Pseudonyms): AsyncGenerator<OwnerRow> {
  for (let after: Uint8Array = new Uint8Array(0); ;) {
    const rows = await selectStreamsAfter(sql, after, pageRows)
    const found = rows.map(({ stream, sealed }) => ({ stream, compartment: names.openOwner(stream, sealed) }))
    const compartments = found.flatMap(({ compartment }) => compartment ?? [])
    // Those that were destroyed by another process are not to be answered for from memory.
    await keys.verify(compartments)
    const theirs = await keys.load(compartments)
    for (const { stream, compartment } of found) {
      const key = compartment === undefined ? undefined : theirs.get(compartment)
      if (compartment !== undefined && keys.isDestroyed(compartment)) yield { stream, state: 'gone' }
      else if (key && equalBytes(streamOf(key).name, stream)) yield { stream, state: 'there' }
      else yield { stream, state: 'moved' }
    }
    if (rows.length < pageRows) return
    after = rows.at(-1)!.stream
  }
}

/** Forgets whose those streams were whose keys were destroyed. */
export async function forgetGone(sql: Sql, keys: Keys, names: Pseudonyms): Promise<void> {
  for await (const { stream, state } of walkOwners(sql, keys, names)) {
    if (state === 'gone') await deleteStreams(sql, [stream])
  }
}
