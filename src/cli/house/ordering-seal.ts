/** Sealing, while what is wrong may be the database. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Keys, SealedEverywhere } from '#kernel/keys/index.ts'
import { reasonOf } from './errand.ts'

/** `unordered`: here it is sealed, but the order is not known to be in the database, where others and the next start look for it; and why. */
export type SealTold = SealedEverywhere | { unordered: string }

/** Longer than a process is waited for that has fallen silent, and shorter than whoever asks waits. */
const orderMsMax = 20_000

/** Seals here at once and everywhere else by an order in the database; returns whether that answers or not. */
export async function orderSeal(
  keys: Pick<Keys, 'sealEverywhere' | 'state'>,
  msMax: number = orderMsMax,
): Promise<SealTold> {
  const over = new AbortController()
  const late = delay(msMax, { unordered: 'ETIMEDOUT' }, { signal: over.signal, ref: false })
  try {
    const told: SealTold = await Promise.race([keys.sealEverywhere(), late])
    if ('unordered' in told && keys.state() !== 'sealed') throw new Error('the vault is not sealed yet')
    return told
  } catch (error) {
    if (keys.state() !== 'sealed') throw error
    return { unordered: reasonOf(error) }
  } finally {
    over.abort()
    late.catch(() => {})
  }
}
