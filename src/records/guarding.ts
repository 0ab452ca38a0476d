/** What becomes of an act while keys are destroyed, the vault is sealed or the database goes away. */
import { KeyZeroed } from '#kernel/crypto/index.ts'
import { CombinerBusy, CombinerStopped, DatabaseAway, faultOf, UnknownOutcome } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'

/** What only reads is read again where somebody was destroyed whose keys it had in hand; sealed, it fails as before. */
export function rereading<Args extends unknown[], Result>(act: (...args: Args) => Promise<Result>) {
  return async (...args: Args): Promise<Result> => {
    for (let tries = 1; ; tries++) {
      try {
        return await act(...args)
      } catch (error) {
        if (!(error instanceof KeyZeroed) || tries === rereadsMax) throw error
      }
    }
  }
}

const rereadsMax = 3

/** A vault sealed in the middle of an act: whatever broke by it reads as sealed. */
export async function unlessSealed<Result>(
  act: () => Promise<Result>,
  keys: Pick<Keys, 'state'>,
): Promise<Result | Refusal> {
  try {
    return await act()
  } catch (error) {
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
}
