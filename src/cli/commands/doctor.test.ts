import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { temporaryFolder } from '#test/kit/scope.ts'
import { listenControl, type ControlHandlers } from '../control/server.ts'
import { readSettings } from '../env.ts'
import { makeHomeDirectory, writeHomeRecord } from '../home/home.ts'
import { controlSocketPath } from '../home/runtime.ts'
import { ask } from './ask.ts'
import { run } from './doctor.ts'

/** The settings of a home, over which a server answers so. */
async function serving(t: TestContext, handlers: Partial<ControlHandlers>) {
  const home = makeHomeDirectory(temporaryFolder(t, 'sigilo-doctor-'))
  writeHomeRecord(home, {
    format: 1,
    kind: 'demo',
    opener: 'passphrase',
    database: 'external',
    state: 'ready',
  })
  const { close } = await listenControl(controlSocketPath(home), handlers as ControlHandlers)
  t.after(close)
  const read = readSettings({ SIGILO_HOME: home, SIGILO_PORT: '0' })
  assert(read.status === 'ok')
  return read.settings
}

const away = () => Promise.reject(new Error('connect ECONNREFUSED'))

test('a server whose PostgreSQL is away is told so', async (t) => {
  const settings = await serving(t, { 'GET /database': away })
  const said: string[] = []
  const code = await run({
    settings,
    options: { json: true },
    words: [],
    out: (line) => void said.push(line),
    note: () => {},
    now: () => new Date(),
  })
  assert.equal(code, 1)
  const { findings } = JSON.parse(said.join('')) as {
    findings: { check: string; status: string; text: string }[]
  }
  const found = findings.find(({ check }) => check === 'database')
  assert.deepEqual(found?.status, 'bad')
  assert.match(found?.text ?? '', /PostgreSQL does not answer it: .*ECONNREFUSED/)
})

test('so is whoever asks for something else meanwhile', async (t) => {
  const asked = await ask({ settings: await serving(t, { 'GET /keys': away }) }, 'GET /keys')
  assert(asked.status === 'problem')
  assert.equal(asked.code, 1)
  assert.match(asked.text.en, /could not answer \(GET \/keys: 500 .*ECONNREFUSED.*sigilo doctor/)
})
