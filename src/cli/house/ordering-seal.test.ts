import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFolder } from '#test/kit/scope.ts'
import { listenControl, type ControlHandlers } from '../control/server.ts'
import { run } from '../commands/keys-seal.ts'
import { readSettings } from '../env.ts'
import { makeHomeDirectory, writeHomeRecord } from '../home/home.ts'
import { controlSocketPath } from '../home/runtime.ts'
import { orderSeal } from './ordering-seal.ts'

const sealed = () => 'sealed' as const

test('it is sealed here, whatever becomes of the order', async () => {
  const away = Object.assign(new Error('away'), { code: 'ECONNREFUSED' })
  assert.deepEqual(await orderSeal({ state: sealed, sealEverywhere: () => Promise.reject(away) }), {
    unordered: 'ECONNREFUSED',
  })
  const hanging = { state: sealed, sealEverywhere: () => new Promise<never>(() => {}) }
  assert.deepEqual(await orderSeal(hanging, 5), { unordered: 'ETIMEDOUT' })
  const done = { closed: 2, silent: 0 }
  assert.deepEqual(await orderSeal({ state: sealed, sealEverywhere: async () => done }), done)
  // Should it not even be sealed here, that is no answer.
  const open = { state: () => 'open' as const, sealEverywhere: () => Promise.reject(away) }
  await assert.rejects(orderSeal(open), /away/)
})

test('whoever ordered it is told that the order is not written', async (t) => {
  const home = makeHomeDirectory(temporaryFolder(t, 'sigilo-seal-'))
  writeHomeRecord(home, {
    format: 1,
    kind: 'real',
    opener: 'passphrase',
    database: 'external',
    state: 'ready',
  })
  const handlers: Partial<ControlHandlers> = { 'POST /seal': async () => ({ unordered: 'ECONNREFUSED' }) }
  const { close } = await listenControl(controlSocketPath(home), handlers as ControlHandlers)
  t.after(close)
  const read = readSettings({ SIGILO_HOME: home })
  assert(read.status === 'ok')
  const [said, noted]: [string[], string[]] = [[], []]
  const code = await run({
    settings: read.settings,
    options: { json: true },
    words: [],
    out: (line) => void said.push(line),
    note: ({ en }) => void noted.push(en),
    now: () => new Date(),
  })
  assert.equal(code, 1)
  assert.deepEqual(JSON.parse(said.join('')), { vault: 'sealed', unordered: 'ECONNREFUSED' })
  assert.match(noted.join(''), /not written .*\(ECONNREFUSED\).* Repeat/)
})
