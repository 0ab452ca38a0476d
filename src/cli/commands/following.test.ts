import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { temporaryFolder } from '#test/kit/scope.ts'
import type { Run } from '../command.ts'
import { listenControl, type ControlHandlers } from '../control/server.ts'
import { readSettings } from '../env.ts'
import { makeHomeDirectory, writeHomeRecord } from '../home/home.ts'
import { controlSocketPath } from '../home/runtime.ts'
import { run as exportRun } from './export.ts'
import { run as importRun } from './import.ts'
import { run as sealRun } from './keys-seal.ts'
import { run as verifyRun } from './verify.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** A command beside a server that answers so. */
async function beside(t: TestContext, handlers: Partial<ControlHandlers>) {
  const home = makeHomeDirectory(temporaryFolder(t, 'sigilo-following-'))
  writeHomeRecord(home, {
    format: 1,
    kind: 'real',
    opener: 'passphrase',
    database: 'external',
    state: 'ready',
  })
  const { close } = await listenControl(controlSocketPath(home), handlers as ControlHandlers)
  t.after(close)
  const others = new Map(signals.map((signal) => [signal, process.listeners(signal)]))
  const own = (signal: (typeof signals)[number]) =>
    process.listeners(signal).filter((each) => !others.get(signal)?.includes(each))
  t.after(() => {
    for (const signal of signals) for (const each of own(signal)) process.off(signal, each)
  })
  const folder = temporaryFolder(t, 'sigilo-following-')
  const file = join(folder, 'a.ndjson')
  writeFileSync(file, '{"resourceType":"Basic"}\n')
  const words = { import: [file], export: [join(folder, 'out')], verify: [], seal: [] }
  const read = readSettings({ SIGILO_HOME: home, SIGILO_PORT: '0' })
  assert(read.status === 'ok')
  const settings = read.settings
  return {
    interrupt: () => own('SIGINT').forEach((each) => each('SIGINT')),
    async ends(run: Run, name: keyof typeof words, language: 'en' | 'es' = 'en') {
      const out: string[] = []
      const noted: string[] = []
      const code = await run({
        settings: { ...settings, language },
        options: { json: true, report: join(folder, 'report.ndjson') },
        words: words[name],
        out: (line) => void out.push(line),
        note: (text) => void noted.push(text[language]),
        now: () => new Date(),
      })
      return { code, out: out.join('\n'), noted: noted.join('\n') }
    },
  }
}

const progress = { resources: 0, share: 0 }
const running = { status: 'running', progress, seconds: 0 } as const
const wrote = (resources: number) =>
  ({
    status: 'ok',
    resources,
    deleted: 0,
    files: 1,
    told: 0,
    transactionTime: '2026-03-04T00:00:00Z',
    seconds: 1,
  }) as const
const counts = { created: 7, updated: 0, unchanged: 0, deleted: 0, before: 0, refused: 0, dangling: 0 }
const brought = { dryRun: false, counts, duplicates: 0, files: 1, unread: [], seconds: 1 }

test("what is told is what became of one's own, though another has begun", async (t) => {
  const asked: unknown[] = []
  const it = await beside(t, {
    'POST /export': async () => ({ ...running, run: 'mine' }),
    'POST /export/state': async ({ run }) => {
      asked.push(run)
      return run === 'mine' ? { ...wrote(7), run } : { ...running, run }
    },
    'POST /import': async () => ({ status: 'running', progress: undefined, seconds: 0, run: 'mine' }),
    'GET /import': async () => ({ status: 'running', progress: undefined, seconds: 0, run: 'theirs' }),
    'POST /import/state': async ({ run }) => {
      asked.push(run)
      return { ...brought, status: 'ok', counts: { ...counts, created: run === 'mine' ? 7 : 8 }, run }
    },
  })
  const exported = await it.ends(exportRun, 'export')
  assert.deepEqual([exported.code, JSON.parse(exported.out).resources], [0, 7], exported.noted)
  const imported = await it.ends(importRun, 'import')
  assert.deepEqual([imported.code, JSON.parse(imported.out).created], [0, 7], imported.noted)
  assert.deepEqual(asked, ['mine', 'mine'])
})

test("Ctrl-C stops one's own, and nobody else's", async (t) => {
  const stopped: unknown[] = []
  const it = await beside(t, {
    'POST /export': async () => ({ ...running, run: 'mine' }),
    'POST /export/state': async ({ run }) => {
      if (stopped.length > 0) return { status: 'stopped', run }
      it.interrupt()
      return { ...running, run }
    },
    'POST /export/stop': async ({ run }) => {
      stopped.push(run)
      return { status: 'stopped', run }
    },
    'POST /import': async () => ({ status: 'running', progress: undefined, seconds: 0, run: 'my import' }),
    'POST /import/state': async ({ run }) => {
      if (stopped.length > 1) return { ...brought, status: 'stopped', run }
      it.interrupt()
      return { status: 'running', progress: undefined, seconds: 0, run }
    },
    'POST /import/stop': async ({ run }) => {
      stopped.push(run)
      return { ...brought, status: 'stopped' }
    },
  })
  assert.equal((await it.ends(exportRun, 'export')).code, 1)
  assert.equal((await it.ends(importRun, 'import')).code, 1)
  assert.deepEqual(stopped, ['mine', 'my import'])
})

test('a server that cannot answer is told of in a sentence', async (t) => {
  const fails = () => Promise.reject(new Error('connect ECONNREFUSED'))
  const it = await beside(t, {
    'POST /import': fails,
    'POST /export': fails,
    'POST /verify': fails,
    'POST /seal': fails,
  })
  const runs = { import: importRun, export: exportRun, verify: verifyRun, seal: sealRun }
  for (const name of ['import', 'export', 'verify', 'seal'] as const) {
    const en = await it.ends(runs[name], name)
    assert.equal(en.code, 1, name)
    assert.match(en.noted, /The server could not answer \(.*ECONNREFUSED.*\)\. "sigilo doctor" says/, name)
    assert.match((await it.ends(runs[name], name, 'es')).noted, /El servidor no pudo contestar/, name)
  }
})
