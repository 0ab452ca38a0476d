/**
 * The test run: `node test/run.ts [corpus | long] [filter …]`. One PostgreSQL for all files, started here and
 * stopped here, whatever ends the run. Filters are parts of file paths.
 */
import { globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from './kit/environment.ts'
import { startServer } from './kit/server.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Both run apart: the first wants data that is not in the repository, the second takes long. */
const apart = ['corpus', 'long']
/**
 * Many files wait for a device, a lease, a disk or a process that ends: most that start vaults keep a processor busy for less than half
 * of their time. Three more than there are processors keep those at work.
 */
const CONCURRENCY = availableParallelism() + 3
/** A test file that hangs must not take the whole run with it. The long ones take what they take. */
const FILE_SECONDS_MAX = 600

const args = process.argv.slice(2)
const set = apart.find((name) => name === args[0])
const filters = set ? args.slice(1) : args
const files = filesOf()
  .filter((file) => filters.length === 0 || filters.some((part) => file.includes(part)))
  // Those that start whole vaults first, and the many short ones of src/ last: at the end no processor is left to one long file.
  .toSorted()
  .toReversed()

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
  // Ctrl-C reaches the files' processes as well; what else ends the run ends them through this.
  const ending = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => ending.abort())
  // `node --test` would sort the files by their names.
  const running = run({
    files,
    cwd: root,
    concurrency: CONCURRENCY,
    env: childEnvironment(server, set === 'long'),
    signal: ending.signal,
    ...(set === 'long' ? {} : { timeout: FILE_SECONDS_MAX * 1000 }),
  })
  let isGood = false
  running.on('test:summary', ({ file, success }) => {
    if (file === undefined) isGood = success
  })
  const report = running.compose(spec)
  report.pipe(process.stdout)
  await finished(report)
  await stop()
  return isGood ? 0 : 1
}
