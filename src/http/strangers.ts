/** Requests that were refused before anybody knew who sent them: counted, so that they cannot fill the disk with entries. */
import type { Logger } from 'pino'
import { placeOf } from '#people/index.ts'
import type { StrangerCount } from '#records/index.ts'

export interface Strangers {
  count(address: string | undefined, reason: string): void
  /** Records what was counted, and counts no more. */
  close(): Promise<void>
}

/** Between two entries of one address. */
const everyMs = 60_000
/** Addresses told apart in one minute; the others are one. At 500 bytes an entry this is 46 MB a day at the worst. */
const addressesMax = 64
const others = 'others'

/** `record`: makes an entry of each count. */
export function createStrangers(
  record: (counts: readonly StrangerCount[]) => Promise<void>,
  log: Pick<Logger, 'warn'>,
): Strangers {
  let counts = new Map<string, Map<string, number>>()
  let timer: NodeJS.Timeout | undefined

  function count(given: string | undefined, reason: string, times = 1): void {
    const address = given === undefined || given === others ? others : placeOf(given)
    const name = counts.has(address) || counts.size < addressesMax ? address : others
    const theirs = counts.get(name) ?? new Map<string, number>()
    counts.set(name, theirs.set(reason, (theirs.get(reason) ?? 0) + times))
    timer ??= setTimeout(() => void flush(), everyMs).unref()
  }

  async function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (counts.size === 0) return
    const counted = counts
    counts = new Map()
    try {
      await record(
        [...counted].map(([address, reasons]) => ({ address, reasons: Object.fromEntries(reasons) })),
      )
    } catch (error) {
      // Sealed, or PostgreSQL is away: with the next minute's.
      log.warn({ name: (error as Error).name }, 'who was turned away is not recorded yet')
      for (const [address, reasons] of counted)
        for (const [reason, times] of reasons) count(address, reason, times)
    }
  }

  return {
    count,
    async close() {
      await flush()
      clearTimeout(timer)
    },
  }
}
