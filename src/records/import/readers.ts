/** Those that read imports and large Bundles: threads of their own, beside which the server's goes on. */
import { availableParallelism } from 'node:os'
import { createPacker } from '#kernel/crypto/index.ts'
import { openThread, type Thread } from '#kernel/threads/index.ts'
import { decodeContent } from '../content.ts'
import { dictionaries } from '../dictionaries/index.ts'
import type { Parts } from '../parts.ts'
import type { Prepared } from '../ready.ts'
import { createReading, type Reading, type ReadingSettings, type Task } from './reading.ts'
import {
  readingOf,
  requestOf,
  settingsText,
  withDocuments,
  type Reply,
  type Request,
} from './reading-wire.ts'

export interface Readers {
  /** For one import. */
  as(settings: ReadingSettings): Reader
  /**
   * What a single task is read as in one of the threads, which are started where there are none; undefined where so much
   * waits for them that it is sooner done in the caller's.
   */
  elsewhere(settings: ReadingSettings, task: Task): Promise<Reading> | undefined
  /** Nobody reads any more. */
  close(): Promise<void>
}

export interface Reader {
  /** Tasks that may be under way at once, so that each thread has its next at hand. */
  readonly most: number
  /** Takes the memory of the bodies where they have it for themselves. */
  read(task: Task): Promise<Reading>
}

/** One for each core but that of the server's thread; what they read is written by that one. */
const threadsMax = 3
/** Of each import, read in the caller's thread before any other is started: a start takes as long. */
const hereBytesMax = 250_000
/** Of all that the threads have to read, where a single task may wait for it: a second or less of their work. */
const waitingBytesMax = 16_000_000
/** Threads are kept so long for a next import: each has to compile anew what it runs, which takes a second. */
const restMs = 60_000

interface Waiting {
  thread: Started
  bytes: number
  resolve(reading: Reading): void
  reject(error: unknown): void
}

interface Started {
  thread: Thread<Request>
  /** Tasks that it has. */
  load: number
}

export function createReaders(): Readers {
  let threads: Started[] = []
  const waiting = new Map<number, Waiting>()
  const packer = createPacker(dictionaries)
  const partsOf = ({ version, capsule }: Prepared): Parts => {
    const clinical = decodeContent(packer.unpack(version))
    return { clinical, whole: capsule ? decodeContent(packer.unpack(capsule)) : clinical }
  }
  const count = Math.max(1, Math.min(threadsMax, availableParallelism() - 1))
  let tasks = 0
  let waitingBytes = 0
  let rest: NodeJS.Timeout | undefined

  function start(): void {
    const main = new URL('./reading-thread.ts', import.meta.url)
    const started: Started = {
      load: 0,
      thread: openThread<Request, Reply>(
        main,
        undefined,
        { reply: land, ended: (cause) => crash(started, cause) },
        ([, , , , bodies]) => [bodies],
      ),
    }
    threads.push(started)
  }

  function land(reply: Reply): void {
    const [number] = reply
    const { thread, bytes, resolve, reject } = waiting.get(number) as Waiting
    waiting.delete(number)
    waitingBytes -= bytes
    if (--thread.load === 0) thread.thread.hold(false)
    if (waiting.size === 0) rest = setTimeout(close, restMs).unref()
    if (reply.length === 5) resolve(readingOf(reply, partsOf))
    else reject(new Error(reply[1]))
  }

  /** What it was for ends with it; the same command goes on. */
  function crash(started: Started, cause: unknown): void {
    threads = threads.filter((each) => each !== started)
    for (const [number, { thread, bytes, reject }] of waiting) {
      if (thread !== started) continue
      waiting.delete(number)
      waitingBytes -= bytes
      reject(new Error('a thread that reads broke down', { cause }))
    }
  }

  async function close(): Promise<void> {
    clearTimeout(rest)
    await Promise.all(threads.map(({ thread }) => thread.end()))
  }

  function readElsewhere(settings: string, task: Task): Promise<Reading> {
    clearTimeout(rest)
    while (threads.length < count) start()
    const thread = threads.reduce((least, each) => (each.load < least.load ? each : least))
    if (thread.load++ === 0) thread.thread.hold(true)
    const { promise, resolve, reject } = Promise.withResolvers<Reading>()
    const number = tasks++
    const bytes = bytesOf(task)
    waiting.set(number, { thread, bytes, resolve, reject })
    waitingBytes += bytes
    thread.thread.send(requestOf(number, settings, task))
    return promise
  }

  return {
    as(settings) {
      const text = settingsText(settings)
      let left = hereBytesMax
      let here: ((task: Task) => Reading) | undefined
      return {
        most: count + 2,
        async read(task) {
          left -= bytesOf(task)
          if (left < 0) return readElsewhere(text, task)
          here ??= createReading(settings)
          return withDocuments(here(task), partsOf)
        },
      }
    },
    elsewhere(settings, task) {
      const isTooMuch = waitingBytes > 0 && waitingBytes + bytesOf(task) > waitingBytesMax
      return isTooMuch ? undefined : readElsewhere(settingsText(settings), task)
    },
    close,
  }
}

function bytesOf({ bodies }: Task): number {
  return bodies.reduce((sum, { length }) => sum + length, 0)
}
