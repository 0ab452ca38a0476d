/** Starts the program as a person would, and listens to it. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connect } from '#kernel/db/index.ts'
import { testDatabase, type Scope, type TestDatabase } from '#test/kit/index.ts'
import { databaseUrl, testServer } from '#test/kit/server.ts'
import { atEnd, temporaryFolder } from '#test/kit/scope.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const program = [process.execPath, join(root, 'src/cli/main.ts')]

/** A demonstration that is soon made, for what does not depend on its patients. */
export const smallDemo = ['demo', '--patients', '2']

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

export interface Running {
  child: ChildProcess
  /** From the ready line. */
  origin: string
  /** Milliseconds from the start to the ready line. */
  readyMs: number
  /** What it has said on standard error so far. */
  said: () => string
  ended: Promise<Ended>
  /** Sends the signal and waits for the end. */
  stop: (signal?: NodeJS.Signals) => Promise<Ended & { ms: number }>
}

export type Variables = Record<string, string>

/** What was asked for in a demonstration and needs another person: the second officer approves it. */
export async function approved(asked: Ended, variables: Variables): Promise<Ended> {
  const [id] = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(asked.stdout) ?? []
  if (asked.code !== 3 || id === undefined) throw new Error(`nothing was asked for: ${asked.stderr}`)
  const { people } = JSON.parse(readFileSync(join(variables['SIGILO_HOME']!, 'demo.json'), 'utf8')) as {
    people: { login: string; role: string }[]
  }
  const [, second] = people.filter(({ role }) => role === 'security-officer')
  return sigilo(['approvals', 'approve', id, '--as', second!.login], variables)
}

/** A directory for a home, removed when the test is over, PostgreSQL's files and all. */
export function temporaryHome(t: Scope): string {
  return temporaryFolder(t, 'sigilo-cli-')
}

/** Of the homes of `madeHome` that are opened by a passphrase. */
export const passphrase = 'cántaro lluvia décimo trébol 47'

/** How `init` makes the homes that tests of what comes after begin with. */
const homes = {
  /** A demonstration of two patients. */
  demo: ['--demo', '--patients', '2', '--opener', 'key-file'],
  'sealed-demo': ['--demo', '--patients', '2', '--passphrase-stdin'],
  /** Of real patients, and with none. */
  empty: ['--opener', 'key-file'],
  'sealed-empty': ['--passphrase-stdin'],
}

/** A home that `init` has made, where the making is not what is tested: made once in a run, and copied. */
export async function madeHome(t: Scope, kind: keyof typeof homes): Promise<string> {
  const template = await sharedHome(kind, (making) => made(making, kind))
  return copyOf(t, template)
}

/** A demonstration of two patients in a database that is not its own, made once in a run; both are copied. */
export async function madeElsewhere(t: Scope): Promise<TestDatabase & { home: string }> {
  const name = 'sigilo_demo_template'
  const template = await sharedHome('demo-elsewhere', async (making) => {
    const { applicationUrl, superuserUrl, role } = await testServer()
    const admin = connect(superuserUrl, { max: 1 })
    await admin`create database ${admin(name)} owner ${admin(role)}`.finally(() => admin.end())
    await made(making, 'demo', { DATABASE_URL: databaseUrl(applicationUrl, name) })
  })
  return { ...(await testDatabase(t, { template: name })), home: copyOf(t, template) }
}

async function made(home: string, kind: keyof typeof homes, variables: Variables = {}): Promise<void> {
  const args = ['init', ...homes[kind]]
  const { code, stderr } = await sigilo(args, { SIGILO_HOME: home, ...variables }, `${passphrase}\n`)
  if (code !== 0) throw new Error(stderr)
}

/** Of the files of a run one makes it, and the others wait. */
async function sharedHome(name: string, make: (home: string) => Promise<void>): Promise<string> {
  const { shared } = await testServer()
  const template = join(shared, name)
  const making = `${template}.making`
  if (existsSync(template)) return template
  try {
    mkdirSync(making)
  } catch {
    while (!existsSync(template)) {
      if (!existsSync(making) && !existsSync(template)) throw new Error(`${name} could not be made`)
      await delay(50)
    }
    return template
  }
  try {
    await make(making)
    renameSync(making, template)
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
  return template
}

function copyOf(t: Scope, template: string): string {
  const home = temporaryHome(t)
  execFileSync('cp', ['-a', `${template}/.`, home])
  return home
}

/** Runs a command to its end, in English unless `variables` says otherwise. */
export function sigilo(args: string[], variables: Variables, input = ''): Promise<Ended> {
  const child = launch([...program, ...args], variables)
  child.stdin?.end(input)
  return endOf(child)
}

/** Starts a command that serves, and waits for its ready line. Rejects with what it said when it ends before that. */
export async function serve(
  t: Scope,
  args: string[],
  variables: Variables,
  command = program,
): Promise<Running> {
  const started = performance.now()
  const child = launch([...command, ...args], { SIGILO_PORT: '0', ...variables })
  const ended = endOf(child)
  atEnd(t, async () => {
    child.kill('SIGTERM')
    await ended
  })
  let said = ''
  child.stderr?.on('data', (chunk: string) => (said += chunk))
  const origin = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: string) => {
      text += chunk
      const found = /^ready (\S+)$/m.exec(text)?.[1]
      if (found) resolve(found)
    })
    void ended.then(({ code, stderr }) => reject(new Error(`ended with ${code}: ${stderr}`)))
  })
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    const asked = performance.now()
    child.kill(signal)
    return { ...(await ended), ms: performance.now() - asked }
  }
  return { child, origin, readyMs: performance.now() - started, said: () => said, ended, stop }
}

/** A token of the running demonstration. */
export async function tokenOf(home: string): Promise<string> {
  const { code, stdout, stderr } = await sigilo(['token'], { SIGILO_HOME: home })
  if (code !== 0) throw new Error(stderr)
  return stdout.trimEnd()
}

/** A request to the FHIR API. */
export function fhir(origin: string, path: string, token?: string, body?: object): Promise<Response> {
  return fetch(`${origin}/fhir/R4/${path}`, {
    method: body ? 'PUT' : 'GET',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body ? { 'content-type': 'application/fhir+json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
}

/** env(1) changes the few variables that matter and becomes the program: same process, same signals. */
export function launch(command: string[], variables: Variables, detached = false): ChildProcess {
  const without = [
    'DATABASE_URL',
    'SIGILO_URL',
    'SIGILO_HOME',
    'SIGILO_PORT',
    'LC_ALL',
    'npm_lifecycle_event',
  ]
  const assignments = Object.entries({ LANG: 'C', ...variables }).map(([name, value]) => `${name}=${value}`)
  const child = spawn('env', [...without.flatMap((name) => ['-u', name]), ...assignments, ...command], {
    cwd: root,
    stdio: 'pipe',
    detached,
  })
  child.stdout.setEncoding('utf8')
  child.stderr.setEncoding('utf8')
  return child
}

export function endOf(child: ChildProcess): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: string) => (stdout += chunk))
  child.stderr?.on('data', (chunk: string) => (stderr += chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
}
