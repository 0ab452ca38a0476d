import { KeysSealed, type Keys, type OpenerKind, type Unforced } from '#kernel/keys/index.ts'
import type { ServerLog } from '../log.ts'

/** What `keys status` tells. Times are ISO 8601. */
export interface KeysTold {
  vault: 'open' | 'sealed'
  /** Since when an order to seal stands. */
  sealedSince?: string
  /** Servers and commands that hold the keys, this one too. */
  processes: number
  openers: { kind: OpenerKind; since: string }[]
  root: { number: number; since: string }
  epochs: { count: number; oldest?: string; patientKeys: number }
  /** Epochs that have ended, whose patient keys are being moved to others. */
  underWay: { epochs: number; patientKeys: number; running: boolean }
  /** Patient keys that are not what was sealed, so that their epochs cannot be done with. */
  broken: number
  /** Keys were replaced whose former rows are still on the disk; and what of the last ones could not be made to go. */
  purging: boolean
  unforced: Unforced[]
}

export type RotateAnswer =
  /** `ended`: epochs whose patient keys move now. */
  | { status: 'ok'; root: number; ended: number }
  | { status: 'sealed' }
  | { status: 'opener-damaged'; kind: string }

export interface Rotating {
  rotate(rootAlone: boolean): Promise<RotateAnswer>
  /** Goes on with what an earlier start, or another process, has begun. */
  tend(): void
  told(): Promise<KeysTold>
}

/** New keys for old: asked for here, carried on by every server that is open until it is done. */
export function createRotating(keys: Keys, { logger }: Pick<ServerLog, 'logger'>): Rotating {
  let running = false
  let broken = 0

  async function finish(): Promise<void> {
    if (running || keys.state() === 'sealed') return
    running = true
    try {
      const done = await keys.finishRotation()
      broken = done.broken.reduce((sum, { compartments }) => sum + compartments.length, 0)
      const { destroyed, moved } = done
      if (destroyed > 0 || broken > 0) logger.info({ destroyed, moved, broken }, 'epochs wrapped anew')
    } catch (error) {
      // The next hour, or the next start, goes on with it.
      if (!(error instanceof KeysSealed))
        logger.warn({ name: (error as Error).name }, 'epochs left as they are')
    } finally {
      running = false
    }
  }

  return {
    async rotate(rootAlone) {
      if (keys.state() === 'sealed') return { status: 'sealed' }
      try {
        const root = await keys.rotateRoot()
        if (root.status === 'opener-damaged') return { status: root.status, kind: root.kind }
        if (root.status !== 'ok') throw new Error(root.status)
        const ended = rootAlone ? 0 : await keys.rotateEpochs()
        logger.info({ root: root.root, ended }, 'keys rotated')
        void finish()
        return { status: 'ok', root: root.root, ended }
      } catch (error) {
        if (keys.state() === 'sealed') return { status: 'sealed' }
        throw error
      }
    },

    tend: () => void finish(),

    async told() {
      const [known, openers] = [await keys.known(), await keys.openers()]
      const { sealedAt, oldestEpochAt } = known
      return {
        vault: keys.state(),
        ...(sealedAt ? { sealedSince: sealedAt.toISOString() } : {}),
        processes: known.processes,
        openers: openers.map(({ kind, createdAt }) => ({ kind, since: createdAt.toISOString() })),
        root: { number: known.root, since: known.rootMadeAt.toISOString() },
        epochs: {
          count: known.epochs,
          patientKeys: known.patientKeys,
          ...(oldestEpochAt ? { oldest: oldestEpochAt.toISOString() } : {}),
        },
        underWay: { epochs: known.ended, patientKeys: known.toMove, running },
        broken,
        purging: known.purging,
        unforced: known.unforced as Unforced[],
      }
    },
  }
}
