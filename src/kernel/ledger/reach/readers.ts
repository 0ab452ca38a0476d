/** Threads that read for reaches: there from the first large one until a minute after the last. */
import { availableParallelism } from 'node:os'
import { openThread, type Thread } from '#kernel/threads/index.ts'
import { Reading, type Portion, type Read } from './reading.ts'
import type { Reply, Request } from './wire.ts'

/** What reads for one reach. All entries of a place go to one reader of several. */
export interface Reader {
  /** False where there are more resources than are told apart. Resolves when as much more may come. */
  add(portion: Portion): Promise<boolean>
  /** What all of it gave, unless there was too much; once, at the end, also of what is given up. */
  end(): Promise<Read | 'too-many'>
}

/** `device`: nothing but what names it is read. */
export function readerHere(device?: string): Reader {
  const reading = new Reading(device)
  let isTold = true
  return {
    async add(portion) {
      isTold &&= reading.add(portion)
      return isTold
    },
    end: async () => (isTold ? reading.read() : 'too-many'),
  }
}

export interface Readers {
  /** One for each core, three at most. */
  open(device?: string): Reader[]
  close(): Promise<void>
}

const threadsMax = 3
const restMs = 60_000
/** Portions that a reader has: while it reads one, the next is there. */
const portionsMax = 2

interface Started {
  thread: Thread<Request>
  /** By reach, what waits for replies, in order. */
  waiting: Map<number, PromiseWithResolvers<Reply>[]>
  ended?: Error
}

export function createReaders(): Readers {
  const count = Math.max(1, Math.min(threadsMax, availableParallelism()))
  let threads: Started[] = []
  let reaches = 0
  let open = 0
  let rest: NodeJS.Timeout | undefined

  function start(): void {
    const started: Started = {
      waiting: new Map(),
      thread: openThread<Request, Reply>(
        new URL('./thread.ts', import.meta.url),
        undefined,
        { reply: (reply) => started.waiting.get(reply.reach)?.shift()?.resolve(reply), ended },
        ({ portion }) => (portion ? [portion.entries.buffer, portion.keys.buffer] : []),
      ),
    }
    threads.push(started)

    function ended(cause: unknown): void {
      threads = threads.filter((each) => each !== started)
      started.ended = new Error('a thread of the ledger broke down', { cause })
      for (const { reject } of [...started.waiting.values()].flat()) reject(started.ended)
    }
  }

  function readerOf(started: Started, reach: number, device: string | undefined): Reader {
    const { thread, waiting } = started
    const asked: PromiseWithResolvers<Reply>[] = []
    const under: Promise<void>[] = []
    let isTold = true
    waiting.set(reach, asked)
    thread.hold(true)
    const ask = (request: Request): Promise<Reply> => {
      if (started.ended) return Promise.reject(started.ended)
      const reply = Promise.withResolvers<Reply>()
      asked.push(reply)
      thread.send(request)
      return reply.promise
    }
    const take = async (portion: Portion): Promise<void> => {
      const answer = await ask({ reach, portion, device })
      if (answer.status === 'failed') throw new Error(answer.message)
      if (answer.status === 'too-many') isTold = false
    }
    return {
      async add(portion) {
        const taking = take(portion)
        // Told where it is waited for.
        taking.catch(() => {})
        under.push(taking)
        if (under.length >= portionsMax) await under.shift()
        return isTold
      },
      async end() {
        try {
          const failed = (await Promise.allSettled(under)).find(({ status }) => status === 'rejected')
          const answer = await ask({ reach })
          if (failed?.status === 'rejected') throw failed.reason
          if (answer.status !== 'read') throw new Error(`the thread answered ${answer.status}`)
          return isTold ? answer.read : 'too-many'
        } finally {
          waiting.delete(reach)
          if (waiting.size === 0) thread.hold(false)
          if (--open === 0) rest = setTimeout(() => void close(), restMs).unref()
        }
      },
    }
  }

  async function close(): Promise<void> {
    clearTimeout(rest)
    await Promise.all(threads.map(({ thread }) => thread.end()))
  }

  return {
    open(device) {
      clearTimeout(rest)
      while (threads.length < count) start()
      const reach = reaches++
      open += threads.length
      return threads.map((started) => readerOf(started, reach, device))
    },
    close,
  }
}
