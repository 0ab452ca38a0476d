/** When nothing anywhere opens what was destroyed. DESIGN: when the last place that can hold the old keyring is gone. */
import type { Destruction } from './shredding.ts'

const dayMs = 24 * 3600 * 1000

export type Deletion =
  /** Complete since, or on, that day (milliseconds since 1970); `expected`: so long as the batch runs as it does. */
  | { status: 'complete' | 'dated' | 'expected'; at: number }
  /** It is not known how long copies of the database are kept. */
  | { status: 'undated' }

export interface Copies {
  /** How long a copy of the database may be kept anywhere: backups, archives of the log, replicas. Undefined: not said. */
  days: number | undefined
  /** The database is the home's own, of which the vault knows no copies. */
  own: boolean
  /** Between two batches. */
  everySeconds: number
}

export function deletionOf(
  { destroyedAt, purgedAt, unforced }: Pick<Destruction, 'destroyedAt' | 'purgedAt' | 'unforced'>,
  { days, own, everySeconds }: Copies,
  now: number,
): Deletion {
  // The live table may still hold the key, however long copies are kept.
  if (unforced.includes('tables')) return { status: 'undated' }
  // What could not be forced is somebody else's to tell: their days.
  if (days === undefined && (!own || unforced.length > 0)) return { status: 'undated' }
  const keptMs = (days ?? 0) * dayMs
  if (purgedAt === undefined) return { status: 'expected', at: destroyedAt + everySeconds * 1000 + keptMs }
  const at = purgedAt + keptMs
  return { status: at <= now ? 'complete' : 'dated', at }
}
