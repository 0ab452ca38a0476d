import assert from 'node:assert/strict'
import { test } from 'node:test'
import { carryOpeners } from './carrying.ts'

test('what an opener is changed with is forgotten after an hour, though nobody comes back for it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const openers = carryOpeners(
    async () => ({ status: 'ok' }),
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
