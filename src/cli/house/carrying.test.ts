import assert from 'node:assert/strict'
import { test } from 'node:test'
import { carryOpeners } from './carrying.ts'

test('what an opener is changed with is forgotten after an hour, though nobody comes back for it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const openers = carryOpeners(
    async () => ({ status: 'ok' }),
    async () => false,
    async () => false,
    () => new Date(0),
  )
  const secret = { kind: 'passphrase', passphrase: 'un cuaderno verde oliva' } as const
  const { held, to } = openers.hold({ proof: secret, to: secret })
  const act = { kind: 'opener', held, to } as const
  t.mock.timers.tick(3_599_999)
  assert.equal(await openers.carrier.fault(act), undefined)
  t.mock.timers.tick(1)
  assert.equal((await openers.carrier.fault(act))?.status, 'request-over')
})

test('what opens the vault is said to be changed where a fault came after the change, and not where it came before', async () => {
  const openers = new Set<string>()
  let isStopped = false
  const carried = () =>
    carryOpeners(
      async (_, id) => {
        openers.add(id)
        return { status: 'ok' }
      },
      async (id) => openers.has(id),
      async () => {
        if (isStopped) throw new Error('stopped here')
        return false
      },
      () => new Date(0),
    )
  const secret = { kind: 'passphrase', passphrase: 'un cuaderno verde oliva' } as const
  const say = { account: 'a', person: 'p', name: 'Ana', at: 0 }
  const who = { actor: 'person/a', client: 'web', address: '192.0.2.7' }
  const approval = { id: 'approval', who, asked: say, approved: [] }
  const first = carried()
  const { held, to } = first.hold({ proof: secret, to: secret })
  const act = { kind: 'opener', held, to } as const
  isStopped = true
  await assert.rejects(async () => first.carrier.run(act, approval), /stopped here/)
  isStopped = false
  // The same process, and the one after it.
  for (const each of [first, carried()]) assert.equal((await each.carrier.run(act, approval)).status, 'ok')
  openers.clear()
  assert.equal((await carried().carrier.run(act, approval)).status, 'request-over')
})
