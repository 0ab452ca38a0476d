import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import held from '../bin/process.json' with { type: 'json' }
import { commandEnvironment } from '#test/kit/environment.ts'

/** A process of the bench's own that answers commands: what is measured never shares a process with what measures. */
export interface Child {
  pid: number
  ask<Answer>(command: string, options?: unknown): Promise<Answer>
  /** Asks it to end, and waits for that. */
  stop(): Promise<void>
}

export type Commands = Record<string, (options: never) => unknown>

type Question = { id: number; command: string; options: unknown }
type Reply = { id: number; answer?: unknown; fault?: string }

const running = new Set<Child>()
/** As bin/sigilo has it: without it a process loads all that strips types from TypeScript, which is 20 MB. */
const compiled = fileURLToPath(new URL('../node_modules/.cache/sigilo', import.meta.url))

/** Starts `bench/FILE` with these arguments. */
export async function startChild(file: string, args: string[] = []): Promise<Child> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  // Standard output is for results alone.
  const child = fork(path, args, {
    serialization: 'advanced',
    stdio: ['ignore', 2, 2, 'ipc'],
    // As bin/sigilo starts the vault.
    execArgv: held.flags,
    env: commandEnvironment({ NODE_COMPILE_CACHE: compiled, ...held.environment }),
  })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let ended: Error | undefined
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.on('message', ({ id, answer, fault }: Reply) => {
    const asked = waiting.get(id)
    waiting.delete(id)
    if (fault === undefined) asked?.resolve(answer)
    else asked?.reject(new Error(`${file}: ${fault}`))
  })
  void exit.then(() => {
    ended = new Error(`${file} ended (${child.exitCode ?? child.signalCode})`)
    for (const asked of waiting.values()) asked.reject(ended)
  })
  let questions = 0
  const started: Child = {
    pid: child.pid as number,
    ask<Answer>(command: string, options?: unknown) {
      if (ended) return Promise.reject(ended)
      const asked = Promise.withResolvers<Answer>()
      const id = questions++
      waiting.set(id, asked as PromiseWithResolvers<unknown>)
      child.send({ id, command, options } satisfies Question)
      return asked.promise
    },
    async stop() {
      running.delete(started)
      await end(child, exit)
    },
  }
  running.add(started)
  return started
}

/** A server stops its PostgreSQL first: 2 s unless the disk is slow. */
const endMsMax = 20_000

async function end(child: ChildProcess, exit: Promise<void>): Promise<void> {
  if (child.connected) child.disconnect()
  const force = setTimeout(() => child.kill('SIGKILL'), endMsMax)
  await exit
  clearTimeout(force)
}

export async function stopChildren(): Promise<void> {
  await Promise.all([...running].map((child) => child.stop()))
}

/** The child's side: answers until the parent is gone, then cleans up and ends. */
export function answerCommands(commands: Commands, cleanUp: () => unknown = () => {}): void {
  // Ctrl-C reaches the whole group; the parent decides what follows.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {})
  const reply = (message: Reply) => process.connected && process.send?.(message)
  process.on('message', ({ id, command, options }: Question) => {
    const run = async () => commands[command]?.(options as never)
    run().then(
      (answer) => reply({ id, answer }),
      (error: Error) => reply({ id, fault: error.stack ?? String(error) }),
    )
  })
  process.once('disconnect', async () => {
    await cleanUp()
    process.exit()
  })
}
