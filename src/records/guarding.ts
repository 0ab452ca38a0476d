/** What becomes of an act while keys are destroyed, the vault is sealed or the database goes away. */
import { KeyZeroed } from '#kernel/crypto/index.ts'
import { CombinerBusy, CombinerStopped, DatabaseAway, faultOf, UnknownOutcome } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'

/** A vault sealed in the middle of an act: whatever broke by it reads as sealed. */
export async function unlessSealed<Result>(
  act: () => Promise<Result>,
  keys: Pick<Keys, 'state'>,
): Promise<Result | Refusal> {
  try {
    return await act()
  } catch (error) {
    return refusalOf(error, keys)
  }
}

/** The same of what only reads: it is read again where somebody was destroyed whose keys it had in hand. */
export async function reading<Result>(
  act: () => Promise<Result>,
  keys: Pick<Keys, 'state'>,
): Promise<Result | Refusal> {
  for (let tries = 1; ; tries++) {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof KeyZeroed) || tries === rereadsMax) return refusalOf(error, keys)
    }
  }
}

const rereadsMax = 3

/** What an error of an act is told as. Throws what is a fault of ours. */
export function refusalOf(error: unknown, keys: Pick<Keys, 'state'>): Refusal {
  if (keys.state() !== 'open') return refuse('sealed')
  const again = { retryAfterSeconds: 1 }
  if (error instanceof CombinerBusy || error instanceof CombinerStopped) return refuse('busy', {}, again)
  if (error instanceof UnknownOutcome) return refuse('outcome-unknown', {}, again)
  // Outside the combiner the store only reads, so a broken connection changed nothing.
  const fault = faultOf(error)
  if (error instanceof DatabaseAway || fault === 'not-sent' || fault === 'lost') {
    return refuse('database-away', {}, again)
  }
  throw error
}
