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
    // Whatever is remembered of them: what the rows hold now.
    const held = await keys.inspect(found.flatMap(({ compartment }) => compartment ?? []))
    for (const { stream, compartment } of found) {
      const key = compartment === undefined ? undefined : held.get(compartment)
      if (key === 'destroyed') yield { stream, state: 'gone' }
      // Which of the two was altered is not known here: whoever looks at the patient's key says so.
      else if (key === 'broken') yield { stream, state: 'there' }
      else if (key && equalBytes(streamOf(key).name, stream)) yield { stream, state: 'there' }
      else yield { stream, state: 'moved' }
    }
    for (const key of held.values()) if (typeof key === 'object') key.zero()
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
