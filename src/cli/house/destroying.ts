import { deletionOf, type Batch, type Copies, type Deletion, type Destruction } from '#kernel/keys/index.ts'
import { isRefusal } from '#kernel/outcome.ts'
import type { Extent, Interactions } from '#records/index.ts'

/** What was destroyed, and when nothing anywhere opens it. Times in milliseconds since 1970. */
export type Certified = Destruction & { deletion: Deletion }

export interface DestroyRequest {
  patient: string
  reason: string
  now: boolean
}

export type DestroyAnswer =
  | { status: 'destroyed' | 'destroyed-before'; certified: Certified }
  | { status: 'not-found' | 'sealed' | 'failed' }

/** The batch that makes it final. */
export type BatchState = { status: 'none' | 'running' } | Batch | { status: 'sealed' | 'failed' }

export interface Destroying {
  look(patient: string): Promise<Extent | { status: 'not-found' | 'gone' | 'sealed' | 'failed' }>
  /** `now`: the batch begins at once, and goes on when the asker leaves. */
  destroy(request: DestroyRequest): Promise<DestroyAnswer>
  /** The same of whoever is known to be destroyed already, and of nobody else: of one who may be there another person approves it. */
  destroyAgain(request: DestroyRequest): Promise<DestroyAnswer | { status: 'approval-needed' }>
  batch(): BatchState
  list(): Promise<{ status: 'ok'; destroyed: Certified[] } | { status: 'sealed' | 'failed' }>
}

export function createDestroying(
  { destructions }: Pick<Interactions, 'destructions'>,
  copies: Copies,
  now: () => Date,
): Destroying {
  let state: BatchState = { status: 'none' }
  const certified = (destruction: Destruction): Certified => ({
    ...destruction,
    deletion: deletionOf(destruction, copies, now().getTime()),
  })
  const failed = (status: string) => ({
    status: status === 'sealed' ? ('sealed' as const) : ('failed' as const),
  })

  const destroying: Destroying = {
    async look(patient) {
      const looked = await destructions.look(patient)
      if (!isRefusal(looked)) return looked
      const { status } = looked
      return status === 'not-found' || status === 'gone' ? { status } : failed(status)
    },

    async destroy({ patient, reason, now: isNow }) {
      const done = await destructions.destroy(patient, reason)
      if (isRefusal(done)) return done.status === 'not-found' ? { status: done.status } : failed(done.status)
      if (isNow && state.status !== 'running') {
        state = { status: 'running' }
        destructions.batch().then(
          (batch) => (state = isRefusal(batch) ? failed(batch.status) : batch),
          () => (state = { status: 'failed' }),
        )
      }
      return { status: done.status, certified: certified(done.destruction) }
    },

    async destroyAgain(request) {
      const { status } = await destroying.look(request.patient)
      if (status === 'gone') return destroying.destroy(request)
      return { status: status === 'ok' ? 'approval-needed' : status }
    },

    batch: () => state,

    async list() {
      const listed = await destructions.list()
      if (isRefusal(listed)) return failed(listed.status)
      return { status: 'ok', destroyed: listed.destructions.map(certified) }
    },
  }
  return destroying
}
