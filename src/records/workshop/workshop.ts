import type { Refusal } from '#kernel/outcome.ts'
import type { Thread } from '#kernel/threads/index.ts'
import type { Prepared, Ready } from '../ready.ts'
import { createPreparer, type Arrival, type Job, type Preparer, type PrepareOptions } from './prepare.ts'
import { startThread } from './thread.ts'
import { madeOf, requestOf, type Ask, type Made, type Reply, type Request } from './wire.ts'

/** Prepares what is to be written in a thread of its own, so that the server's thread is free for the rest. */
export interface Workshop {
  /**
   * One result for each job, in their order. Without jobs: starts the thread, and resolves when it is ready.
   * Rejects where a job cannot be done, where the thread dies with the jobs (the next call starts another), and
   * after `close`.
   */
  prepare(jobs: readonly Job[]): Promise<Prepared[]>
  /** Reads, judges and prepares what came; a refusal says what is wrong with it. Rejects as `prepare`. */
  read(arrival: Arrival): Promise<Ready | Refusal>
  /** The same at once, in the caller's thread. */
  prepareHere(job: Job): Prepared
  /** Takes nothing new, finishes what it has, and ends the thread. */
  close(): Promise<void>
}

interface Task {
  ask: Ask
  /** UTF-16 units of text, or bytes of a body. */
  weight: number
  /** With what such an ask becomes. */
  resolve(made: Made): void
  reject(error: unknown): void
}

/** What was sent in one message. `ready`: of one without tasks, somebody who waits for the thread to be there. */
interface Flight {
  tasks: Task[]
  ready?: PromiseWithResolvers<void>
}

/** Messages under way: while one is worked on, the next is there. */
const flightsMax = 3
/** Of one message: some 3 ms of work, so that nobody waits long for what others sent along. */
const jobsMax = 32
/** Weight of one message, unless a single task has more. With `flightsMax`, what is copied at a time. */
const unitsMax = 1024 * 1024
/** Of a job that may be done in the server's thread: about half a millisecond. */
const unitsHereMax = 8 * 1024

/** `start`: given by tests, which end threads before their time. */
export function createWorkshop(options: PrepareOptions, start = startThread): Workshop {
  let preparer: Preparer | undefined
  let thread: Thread<Request> | undefined
  /** What was sent to the thread, in order. */
  let flights: Flight[] = []
  const queue: Task[] = []
  let scheduled = false
  let closing: PromiseWithResolvers<void> | undefined

  function submit(ask: Arrival): Promise<Ready | Refusal>
  function submit(ask: Job): Promise<Prepared>
  function submit(ask: Ask): Promise<Made> {
    const { promise, resolve, reject } = Promise.withResolvers<Made>()
    queue.push({ ask, weight: weightOf(ask), resolve, reject })
    return promise
  }

  /** At the end of this turn of the event loop: what arrived together leaves together. */
  function schedule(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      depart()
    })
  }

  function depart(): void {
    if (queue.length === 1 && flights.length === 0) doHere()
    while (queue.length > 0 && flights.length < flightsMax) fly({ tasks: nextTasks() })
    if (flights.length === 0) thread?.hold(false)
    if (closing && flights.length === 0 && queue.length === 0) closing.resolve()
  }

  /**
   * One small job with nothing else to do: sent, it takes three times as long as here, most of it waiting for threads to
   * wake up. Measured on two cores with 1, 4, 16 and 64 callers, each with 250 µs of other work for the server's thread:
   * 570, 1550, 2540 and 2840 a second; 510, 1440, 2430 and 2740 where everything is sent; 550, 1520, 2150 and 2290 where
   * nothing is.
   */
  function doHere(): void {
    const { ask, weight, resolve, reject } = queue[0] as Task
    if (weight > unitsHereMax) return
    queue.length = 0
    try {
      resolve('body' in ask ? here().read(ask) : here().prepare(ask))
    } catch (error) {
      reject(error)
    }
  }

  function here(): Preparer {
    preparer ??= createPreparer(options)
    return preparer
  }

  function nextTasks(): Task[] {
    let units = 0
    let count = 0
    while (count < queue.length && count < jobsMax) {
      units += (queue[count] as Task).weight
      if (count > 0 && units > unitsMax) break
      count++
    }
    return queue.splice(0, count)
  }

  function fly(flight: Flight): void {
    thread ??= start(options, { reply: land, ended: crash })
    if (flights.length === 0) thread.hold(true)
    flights.push(flight)
    thread.send(requestOf(flight.tasks.map(({ ask }) => ask)))
  }

  function land(reply: Reply): void {
    const { tasks, ready } = flights.shift() as Flight
    for (const [place, reason] of reply[2]) tasks[place]?.reject(new Error(reason))
    const all = madeOf(
      reply,
      tasks.map(({ ask }) => ask),
    )
    for (const [place, { resolve }] of tasks.entries()) {
      const made = all[place]
      if (made) resolve(made)
    }
    ready?.resolve()
    depart()
  }

  function crash(cause: unknown): void {
    const lost = flights
    thread = undefined
    flights = []
    for (const { tasks, ready } of lost) {
      for (const { reject } of tasks) reject(new Error('the workshop broke down', { cause }))
      ready?.reject(new Error('the workshop broke down', { cause }))
    }
    // What had not been sent goes to the next thread.
    depart()
  }

  return {
    async prepare(jobs) {
      if (closing) throw new Error('the workshop is closed')
      if (jobs.length > 0) {
        schedule()
        return Promise.all(jobs.map((job) => submit(job)))
      }
      const ready = Promise.withResolvers<void>()
      fly({ tasks: [], ready })
      await ready.promise
      return []
    },

    async read(arrival) {
      if (closing) throw new Error('the workshop is closed')
      schedule()
      return submit(arrival)
    },

    prepareHere: (job) => here().prepare(job),

    async close() {
      closing ??= Promise.withResolvers<void>()
      depart()
      await closing.promise
      await thread?.end()
    },
  }
}

function weightOf(ask: Ask): number {
  return 'body' in ask ? ask.body.length : ask.whole.text.length + (ask.clinical?.text.length ?? 0)
}
