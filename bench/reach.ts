/** `npm run bench:large`: how long it takes to ask, and to start, a vault whose ledger has ten million entries. */
import { execFile, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { askServer } from '#cli/control/client.ts'
import { controlSocketPath } from '#cli/home/runtime.ts'
import { commandEnvironment } from '#test/kit/environment.ts'
import type { Terms } from '#records/index.ts'
import { startChild } from './child.ts'
import { median, rounded, type Result } from './results.ts'

export const largeEntries = 10_000_000
const program = fileURLToPath(new URL('../bin/sigilo', import.meta.url))
const rounds = 5
/** Whose reach is asked for. */
const somebody = 'Practitioner/somebody'

export async function measureReach(entries: number, note: (text: string) => void): Promise<Result[]> {
  const home = mkdtempSync(join(tmpdir(), `sigilo-bench-${process.pid}-`))
  // PostgreSQL may run as a user of its own.
  chmodSync(home, 0o755)
  const env = commandEnvironment({ SIGILO_HOME: join(home, 'home'), SIGILO_PORT: '0' })
  try {
    await promisify(execFile)(program, ['init', '--opener', 'key-file', '--no-kit'], { env })
    const tome = await startChild('tome.ts')
    const theirs = Math.floor(entries / 100)
    await tome.ask('fill', { home: join(home, 'home'), entries, theirs, somebody })
    await tome.stop()
    note(`ledger: ${entries} entries`)
    const starts: number[] = []
    let asked: Result[] = []
    for (let round = 0; round < 3; round++) {
      const served = await serve(env)
      starts.push(served.ms)
      if (round === 2) asked = await ask(join(home, 'home'), theirs, note)
      await served.stop()
    }
    const start = { name: 'ledger.start.large', value: rounded(median(starts)), unit: 'ms', goal: 3000 }
    return [{ ...start, better: 'lower' }, ...asked]
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}

/** Until it says that it is ready. */
async function serve(env: NodeJS.ProcessEnv) {
  const began = performance.now()
  const child = spawn(program, ['serve'], { env, stdio: ['ignore', 'pipe', 2] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (text: Buffer) => {
      if (text.includes('ready ')) resolve()
    })
    void ended.then(() => reject(new Error('the server ended')))
  })
  return {
    ms: performance.now() - began,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function ask(home: string, theirs: number, note: (text: string) => void): Promise<Result[]> {
  const socket = controlSocketPath(home)
  const entries = async (terms: Terms) => {
    const asked = await askServer(socket, 'POST /ledger/entries', { terms })
    if (asked.status !== 'answered' || asked.answer.status !== 'ok')
      throw new Error(`no answer to ${JSON.stringify(terms)}`)
    return asked.answer.entries.length
  }
  const radius = async () => {
    const asked = await askServer(socket, 'POST /ledger/radius', {
      terms: { actor: somebody, from: '2020', to: '2100' },
    })
    if (asked.status !== 'answered' || asked.answer.status !== 'ok') throw new Error('no answer')
    const { entries: counted, patients } = asked.answer.radius
    const reads = patients.reduce((sum, patient) => sum + patient.reads + patient.changes, 0)
    if (counted !== theirs || reads !== theirs)
      throw new Error(`${counted} entries and ${reads} looks, not ${theirs}`)
  }
  const asks: Record<string, () => Promise<unknown>> = {
    'ledger.radius.large': radius,
    'ledger.query.large.newest': () => entries({}),
    'ledger.query.large.patient': () => entries({ patient: 'patient-7' }),
    'ledger.query.large.actor': () => entries({ actor: 'Practitioner/9' }),
    'ledger.query.large.address': () => entries({ address: '192.0.2.9' }),
    'ledger.query.large.rare': () => entries({ action: 'restore' }),
  }
  const results: Result[] = []
  for (const [name, run] of Object.entries(asks)) {
    const took: number[] = []
    for (let n = 0; n < rounds; n++) {
      const began = performance.now()
      await run()
      took.push(performance.now() - began)
    }
    const goal = name === 'ledger.radius.large' ? { goal: 2000 } : {}
    results.push({ name, value: rounded(median(took)), unit: 'ms', better: 'lower', ...goal })
    note(`${name}: ${took.map((ms) => ms.toFixed(0)).join(' ')} ms`)
  }
  return results
}
