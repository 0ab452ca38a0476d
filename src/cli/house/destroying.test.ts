import assert from 'node:assert/strict'
import { test } from 'node:test'
import { httpStatusOf, isRefusal, refuse, type Refusal } from '#kernel/outcome.ts'
import type { Interactions } from '#records/index.ts'
import { carryDestroying } from './carrying.ts'
import { createDestroying } from './destroying.ts'

const copies = { days: 0, own: true, everySeconds: 86_400 }
const extent = { status: 'ok', resources: 1, versions: 1, shared: 0, named: 0 } as const

test('without a second person nobody is destroyed but who is known to be destroyed already', async () => {
  const cases: [looked: typeof extent | Refusal, want: string, destroyed: number][] = [
    [extent, 'approval-needed', 0],
    [refuse('not-found'), 'not-found', 0],
    [refuse('sealed'), 'sealed', 0],
    // Whether somebody is there cannot be told at this moment.
    [refuse('busy'), 'failed', 0],
    [refuse('database-away'), 'failed', 0],
    [refuse('not-recorded'), 'failed', 0],
    [refuse('gone'), 'destroyed-before', 1],
  ]
  for (const [looked, want, times] of cases) {
    let destroyed = 0
    const destructions = {
      look: async () => looked,
      async destroy() {
        destroyed++
        const destruction = { reference: 'Patient/p', reason: 'x', destroyedAt: 0, unforced: [] }
        return { status: 'destroyed-before', destruction }
      },
    } as Partial<Interactions['destructions']> as Interactions['destructions']
    const destroying = createDestroying({ destructions }, copies, () => new Date(0))
    const { status } = await destroying.destroyAgain({ patient: 'p', reason: 'x', now: false })
    assert.deepEqual([status, destroyed], [want, times], looked.status)
  }
})

test('of a destruction whose end nobody knows the approval is not over: it is begun again', async () => {
  const act = { kind: 'destroy-keys', patient: 'Patient/p', reason: 'x' } as const
  const say = { account: 'a', person: 'a', name: 'Ana', at: 0 }
  const approval = { id: 'i', who: { actor: 'a', client: 'web', address: 'local' }, asked: say, approved: [] }
  for (const status of ['busy', 'database-away', 'not-recorded', 'outcome-unknown', 'sealed'] as const) {
    const destructions = {
      destroy: async () => refuse(status),
    } as Partial<Interactions['destructions']> as Interactions['destructions']
    const ran = await carryDestroying(createDestroying({ destructions }, copies, () => new Date(0))).run(
      act,
      approval,
    )
    assert.ok(isRefusal(ran) && httpStatusOf(ran) >= 500, `${status}: ${ran.status}`)
  }
})
