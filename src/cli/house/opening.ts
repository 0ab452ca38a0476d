import { setTimeout as delay } from 'node:timers/promises'
import { isPassing, type Keys, type Secret, type Unsealed } from '#kernel/keys/index.ts'
import type { ServerLog } from '../log.ts'
import type { Text } from '../text.ts'
import type { Problem } from './problem.ts'
import { openerText } from './opener.ts'

/** Why a vault that opens by itself is still sealed. */
export interface NotOpenYet {
  text: Text
  /** Absent where it is not tried again: somebody has to do something first. */
  retryInMs?: number
}

export interface Opening {
  why(): NotOpenYet | undefined
  /** An attempt that is under way comes to nothing once the keys are sealed. */
  stop(): void
}

const retryMsMin = 1000
const retryMsMax = 60_000
/** Until the first answer. */
const asking: NotOpenYet = {
  text: {
    es: 'Se está preguntando al aparato que abre la bóveda; todavía no contesta.',
    en: 'The device that opens the vault is being asked; it has not answered yet.',
  },
}

/** What is at hand opens within this time, and the server is ready and open at once; else it is ready and sealed. */
const readyMsMax = 3000

/**
 * Opens a vault whose key a device keeps. Where the device is away it is asked again, at longer and longer intervals;
 * where it refuses, it is left alone: a wrong PIN that is tried again and again locks the token.
 */
export async function openByItself(
  keys: Keys,
  secret: Secret,
  {
    log,
    note,
    onOpen,
  }: { log: ServerLog; note: (text: Text) => void; onOpen: () => Promise<Problem | undefined> },
): Promise<Opening> {
  const stopping = new AbortController()
  let why: NotOpenYet = asking

  const attempts = async (): Promise<void> => {
    for (let waitMs = retryMsMin; !stopping.signal.aborted; waitMs = Math.min(retryMsMax, 2 * waitMs)) {
      const found = await keys.unseal(secret, { byItself: true })
      if (found.status === 'open') {
        log.logger.info({ opener: secret.kind }, 'opened by itself')
        const refused = await onOpen()
        if (!refused) return
        why = { text: refused.text }
        return note(refused.text)
      }
      const text = openerText(found)
      const fault = found.status === 'device-refused' ? found.fault : found.status
      if (!isWorthTrying(found)) {
        why = { text }
        log.logger.warn({ opener: secret.kind, fault }, 'not opened')
        return note(text)
      }
      if (why === asking) note(text)
      // Somebody else was at it at this moment: that says nothing of the device.
      why = { text: found.status === 'too-many-attempts' ? why.text : text, retryInMs: waitMs }
      log.logger.warn({ opener: secret.kind, fault, waitMs }, 'not opened; it is tried again')
      await delay(waitMs, undefined, { signal: stopping.signal }).catch(() => {})
      // Somebody has opened it meanwhile, and may have sealed it again: then it is theirs.
      if (keys.state() === 'open') return
    }
  }

  const ended = attempts().catch((error: unknown) => {
    // PostgreSQL is away, say.
    log.logger.error({ name: (error as Error).name }, 'not opened')
  })
  await Promise.race([ended, delay(readyMsMax, undefined, { ref: false })])
  return {
    why: () => (keys.state() === 'open' ? undefined : why),
    stop: () => stopping.abort(),
  }
}

function isWorthTrying(found: Exclude<Unsealed, { status: 'open' }>): boolean {
  return found.status === 'too-many-attempts' || (found.status === 'device-refused' && isPassing(found))
}
