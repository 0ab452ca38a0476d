/** Which people used a device: it is named in what is sealed, so their sign-ins say it. */
import type { Asking, Sought } from './asking.ts'
import { timeBytes } from './asking.ts'
import { openDetails } from './details.ts'
import { decodeEntry } from './entry.ts'
import { selectSignIns } from './queries.ts'

/** A session lasts 12 hours at most, and what was asked for in it (an export) is recorded to its end. */
const lastsMsMax = 8 * 24 * 3_600_000
const rowsAtOnce = 2000

/**
 * Whose entries of that span may name the device, those who tried in vain to sign in included (undefined: of whom nobody knows). Each
 * entry that does name it is of one of these: whoever is signed in was signed in on it.
 */
export async function actorsOn(
  { sql, names }: Asking,
  {
    device,
    fromMs = 0,
    toMs = Number.MAX_SAFE_INTEGER,
  }: Pick<Sought, 'fromMs' | 'toMs'> & { device: string },
  size: number,
): Promise<(string | undefined)[]> {
  const actors = new Set<string | undefined>()
  const span = { from: timeBytes(fromMs - lastsMsMax), to: timeBytes(toMs), within: size, limit: rowsAtOnce }
  for (let beyond: { time: Uint8Array; index: number } | undefined; ;) {
    const rows = await selectSignIns(sql, { ...span, beyond })
    let last: typeof beyond
    for (const { index, entry } of rows) {
      const decoded = decodeEntry(entry)
      // Sessions are rows that confer authority, and their entries the facility's, as refusals are.
      const details = openDetails(names.facility.key, decoded)
      if (details?.device === device) actors.add(details.actor)
      last = { time: timeBytes(decoded.recordedAtMs), index }
    }
    if (!last || rows.length < rowsAtOnce) return [...actors]
    beyond = last
  }
}
