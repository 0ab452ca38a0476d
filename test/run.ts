/**
 * The test run: `node test/run.ts [corpus | long] [filter …]`. One PostgreSQL for all files, started here and
 * stopped here, whatever ends the run. Filters are parts of file paths.
 */
import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from './kit/environment.ts'
import { startServer } from './kit/server.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Both run apart: the first wants data that is not in the repository, the second takes long. */
const apart = ['corpus', 'long']
/** Many files wait for a device, a lease or a process that ends: one more than there are processors keeps those at work. */
const CONCURRENCY = availableParallelism() + 1
/** A test file that hangs must not take the whole run with it. The long ones take what they take. */
const FILE_SECONDS_MAX = 600

const args = process.argv.slice(2)
const set = apart.find((name) => name === args[0])
const filters = set ? args.slice(1) : args
const files = filesOf()
  .filter((file) => filters.length === 0 || filters.some((part) => file.includes(part)))
  .toSorted()

if (files.length === 0) {
  console.error(`no test file${filters.length > 0 ? ` has ${filters.join(' or ')} in its path` : ''}`)
  process.exitCode = 1
} else {
  process.exitCode = await runAll()
}

function filesOf(): string[] {
  const all = globSync(['src/**/*.test.ts', 'test/**/*.test.ts'], { cwd: root })
  const everyday = all.filter((file) => !apart.some((name) => file.startsWith(`test/${name}/`)))
  if (!set) return everyday
  const own = all.filter((file) => file.startsWith(`test/${set}/`))
  return set === 'long' ? [...own, ...everyday.filter(tries)] : own
}

/** Whether a file tries more when there is time. */
function tries(file: string): boolean {
  return readFileSync(join(root, file), 'utf8').includes(`from '#test/kit/runs.ts'`)
}

async function runAll(): Promise<number> {
  const { server, stop, stopNow } = await startServer()
  process.once('exit', stopNow)
  const child = spawn(
    process.execPath,
    [
      '--test',
      `--test-concurrency=${CONCURRENCY}`,
      ...(set === 'long' ? [] : [`--test-timeout=${FILE_SECONDS_MAX * 1000}`]),
      '--test-reporter=spec',
      ...files,
    ],
    { cwd: root, stdio: 'inherit', env: childEnvironment(server, set === 'long') },
  )
  // Ctrl-C reaches the child as well; it ends, and then we stop the server and end as it did.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => child.kill(name))
  const code = await new Promise<number>((resolve) => {
    child.once('error', () => resolve(1))
    child.once('exit', (status) => resolve(status ?? 1))
  })
  await stop()
  return code
}
