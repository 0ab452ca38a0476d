import { connect } from 'node:net'
import { after } from 'node:test'
import { pino } from 'pino'
import { createServer } from '#http/index.ts'
import type { HttpServer, Limits } from '#http/index.ts'
import { randomUuid } from '#kernel/crypto/index.ts'
import type { People } from '#people/index.ts'
import { testPeople } from '#test/kit/people.ts'
import { testVault } from '#test/kit/vault.ts'
import type { TestVault } from '#test/kit/vault.ts'

export const token = 'a-token-for-these-tests'

export interface Running {
  server: HttpServer
  vault: TestVault
  port: number
  origin: string
  /** Lines of the log so far. */
  log: string[]
  /** A request with the token; `path` is relative to `[base]`. */
  ask(path: string, init?: RequestInit): Promise<Reply>
}

export interface Reply {
  status: number
  headers: Headers
  text: string
  /** `details.coding[0].code` of each issue, where it is an OperationOutcome. */
  codes: string[]
}

interface Options {
  limits?: Partial<Limits>
  level?: string
  people?: (vault: TestVault) => People
  origin?: string
}

/** As if one program had signed in, with the token of these tests. */
export const onlyToken = (vault: TestVault): People => ({
  ...testPeople(vault),
  admit: (credentials) =>
    credentials.token === token
      ? {
          status: 'valid',
          principal: { actor: 'bearer', client: 'token', program: { id: 'token', scope: 'system/*.cruds' } },
        }
      : { status: 'invalid' },
})

const ends: (() => unknown)[] = []

/** What is to be done when the file's tests are over. */
export const ending = (end: () => unknown): void => void ends.push(end)

// Registered for the whole file: called within a `before`, it would run when that ends.
after(async () => {
  for (const end of ends.toReversed()) await end()
})

/** A server over a vault of its own, on a free port; both end with the test file. */
export async function running(options: Options = {}, given?: TestVault): Promise<Running> {
  const vault = given ?? (await testVault({ after: (end) => void ends.push(end) }))
  const log: string[] = []
  const server = createServer({
    store: vault.store,
    health: () => ({ status: vault.keys.state() === 'open' ? 'ok' : 'sealed', version: '0.0.0' }),
    people: (options.people ?? onlyToken)(vault),
    log: pino({ level: options.level ?? 'info' }, { write: (line: string) => void log.push(line) }),
    version: '0.0.0',
    randomId: randomUuid,
    // What is not there is told at once, but where that is what is tried.
    limits: { slotMs: 0, ...options.limits },
    ...(options.origin === undefined ? {} : { origin: options.origin }),
  })
  const listened = await server.listen(0)
  if (listened.status !== 'ok') throw new Error(listened.status)
  ends.push(() => server.close())
  const { port, origin } = listened
  const ask = async (path: string, init: RequestInit = {}): Promise<Reply> => {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${token}`)
    if (init.body !== undefined && !headers.has('content-type'))
      headers.set('content-type', 'application/fhir+json')
    const response = await fetch(`http://127.0.0.1:${port}/fhir/R4${path}`, { ...init, headers })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, codes: codesOf(text) }
  }
  return { server, vault, port, origin, log, ask }
}

export function codesOf(text: string): string[] {
  if (!text.startsWith('{"resourceType":"OperationOutcome"')) return []
  const { issue } = JSON.parse(text) as { issue: { details: { coding?: { code: string }[] } }[] }
  return issue.map(({ details }) => details.coding?.[0]?.code ?? '')
}

/** Lines of a request as they go over the wire; Host and the token are added unless they are given. */
export function lines(port: number, first: string, headers: string[] = [], body = ''): string {
  const has = (name: string): boolean => headers.some((each) => each.toLowerCase().startsWith(`${name}:`))
  const all = [first, ...headers]
  if (!has('host')) all.push(`Host: localhost:${port}`)
  if (!has('authorization')) all.push(`Authorization: Bearer ${token}`)
  return `${all.join('\r\n')}\r\n\r\n${body}`
}

export interface Exchange {
  /** All that came back until the server closed, or until `quietMs` passed without more. */
  text: string
  /** Status codes of the answers in it, in order. */
  statuses: number[]
  closed: boolean
  ms: number
}

/** Whoever answers nothing at all is waited for so long. */
const firstMsMax = 8_000

/** Sends bytes as they are, in pieces if they are several, over a socket of its own. */
export function exchange(
  port: number,
  pieces: string | readonly (string | Buffer)[],
  {
    host = '127.0.0.1',
    quietMs = 800,
    pauseMs = 0,
  }: { host?: string; quietMs?: number; pauseMs?: number } = {},
): Promise<Exchange> {
  return new Promise((resolve) => {
    const started = Date.now()
    const socket = connect(port, host)
    let text = ''
    let quiet: NodeJS.Timeout | undefined
    const settle = (closed: boolean): void => {
      clearTimeout(quiet)
      socket.destroy()
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]))
      resolve({ text, statuses, closed, ms: Date.now() - started })
    }
    // Until something comes a busy machine is given longer.
    const wait = (): void => {
      clearTimeout(quiet)
      quiet = setTimeout(() => settle(false), text === '' ? Math.max(quietMs, firstMsMax) : quietMs)
    }
    socket.on('error', () => {})
    socket.on('close', () => settle(true))
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8')
      wait()
    })
    socket.on('connect', async () => {
      for (const piece of typeof pieces === 'string' ? [pieces] : pieces) {
        if (socket.destroyed) return
        socket.write(piece)
        if (pauseMs > 0) await new Promise((resume) => setTimeout(resume, pauseMs))
      }
      wait()
    })
  })
}

/** Where a schema takes what it does not name, or more than it says. */
export function openIn(schema: unknown, at: string): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const {
    type,
    additionalProperties,
    properties,
    maxLength,
    maxItems,
    pattern,
    enum: names,
    const: one,
  } = schema as Record<string, unknown>
  const faults: string[] = []
  if (type === 'object' && properties !== undefined && additionalProperties !== false)
    faults.push(`${at}: open`)
  if (type === 'string' && [maxLength, pattern, names, one].every((each) => each === undefined))
    faults.push(`${at}: unbounded`)
  if (type === 'array' && maxItems === undefined) faults.push(`${at}: unbounded`)
  return [...faults, ...Object.entries(schema).flatMap(([name, each]) => openIn(each, `${at}/${name}`))]
}
