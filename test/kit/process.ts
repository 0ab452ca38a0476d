import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import held from '../../bin/process.json' with { type: 'json' }
import { commandEnvironment } from './environment.ts'
import { atEnd, temporaryFolder, type Scope } from './scope.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const main = join(root, 'src/cli/main.ts')

export interface VaultProcess {
  home: string
  /** Of the running server, e.g. `http://localhost:41234`. */
  origin: string
  /** A bearer token with full access. */
  token: string
  child: ChildProcess
  /** SIGTERM, and wait for the end. */
  stop(): Promise<void>
  /** Sends a request to `/fhir/R4` as a program would. */
  fhir(path: string, init?: RequestInit): Promise<Response>
}

/** A home of the test's own, below the system's folder for temporary files. */
export async function testHome(t: Scope): Promise<string> {
  const folder = temporaryFolder(t, 'sigilo-home-')
  // PostgreSQL runs as a user of its own, which must be able to pass.
  await chmod(folder, 0o711)
  return join(folder, 'home')
}

/** `sigilo demo` of a single patient, or of a home that is made, as a process of its own, ready for requests; stopped when the test is over. */
export async function startDemo(
  t: Scope,
  home: string,
  environment: Record<string, string> = {},
): Promise<VaultProcess> {
  const env = commandEnvironment({
    SIGILO_HOME: home,
    SIGILO_PORT: '0',
    ...held.environment,
    ...environment,
  })
  // As bin/sigilo begins it, which would be a process in between where Node cannot become another.
  const command = existsSync(join(home, 'home.json')) ? ['serve'] : ['demo', '--patients', '1']
  const child = spawn(process.execPath, [...held.flags, main, ...command], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4000)))
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  atEnd(t, stop)
  const origin = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const ready = /^ready (\S+)/.exec(line)?.[1]
      if (ready) resolve(ready)
    })
    child.once('exit', (code) =>
      reject(new Error(`the vault ended with ${code} before it was ready: ${errors}`)),
    )
  })
  const token = (await run(['token'], env)).trim()
  return {
    home,
    origin,
    token,
    child,
    stop,
    fhir: (path, init = {}) =>
      fetch(`${origin}/fhir/R4${path}`, {
        ...init,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/fhir+json',
          ...init.headers,
        },
      }),
  }
}

/** Runs a command to its end and gives what it printed. */
export async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, 'exit')) as [number]
  if (code !== 0) throw new Error(`sigilo ${args.join(' ')} ended with ${code}`)
  return output
}

/** The database of a running home as its superuser. The fifth line of postmaster.pid is the socket's directory. */
export function superuserUrlOf(home: string): string {
  const lines = readFileSync(join(home, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')
  return `postgres://postgres@/sigilo?host=${encodeURIComponent(lines[4] as string)}`
}
