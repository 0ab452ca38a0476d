import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { LedgerEvent } from '#kernel/ledger/index.ts'
import { atEnd, type Scope } from './scope.ts'

/** What a process of `ledger-process.ts` tells: ids that were recorded, a checkpoint it keeps, an event. */
export type LedgerTold = { recorded: string[] } | { note: string } | { event: LedgerEvent }

export interface LedgerChild {
  child: ChildProcess
  recorded: string[]
  notes: string[]
  events: LedgerEvent[]
  /** Resolves at the next checkpoint that it keeps. */
  published(): Promise<void>
  /** Has it end in order. */
  stop(): Promise<void>
  /** Ends it by SIGKILL. */
  kill(): Promise<void>
}

const program = fileURLToPath(new URL('ledger-process.ts', import.meta.url))

export function startLedgerProcess(
  t: Scope,
  { url, keyFile, kept, name }: { url: string; keyFile: string; kept: string; name: string },
): LedgerChild {
  const child = fork(program, [url, keyFile, kept, name], { execArgv: [], serialization: 'advanced' })
  const exit = once(child, 'exit')
  atEnd(t, () => {
    child.kill('SIGKILL')
  })
  const started: LedgerChild = {
    child,
    recorded: [],
    notes: [],
    events: [],
    async published() {
      const before = started.notes.length
      while (started.notes.length === before) {
        if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
    async stop() {
      child.send('stop')
      await exit
    },
    async kill() {
      child.kill('SIGKILL')
      await exit
    },
  }
  child.on('message', (told: LedgerTold) => {
    if ('recorded' in told) started.recorded.push(...told.recorded)
    else if ('note' in told) started.notes.push(told.note)
    else started.events.push(told.event)
  })
  return started
}
