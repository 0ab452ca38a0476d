import { flushCompileCache, getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'

/** A thread that is sent requests. */
export interface Thread<Sent> {
  /** Replies come in the order of the requests. */
  send(request: Sent): void
  /** Whether the process waits for it before it ends. */
  hold(held: boolean): void
  end(): Promise<void>
}

/** What comes of a thread. `ended` is called once, also after `end()`; what was sent and not replied to never will be. */
export interface ThreadEvents<Got> {
  reply(reply: Got): void
  ended(cause: unknown): void
}

/** Young objects of a thread, in MB: as many as the server's own has. */
const youngMegabytesUsual = 48
const stackMegabytes = 2

/**
 * Loads what the thread runs by way of the cache of compiled code, where the server has one: without it the thread loads
 * all that strips types from TypeScript, which is 40 MB.
 */
const opening = `import { enableCompileCache } from 'node:module'
import { workerData } from 'node:worker_threads'
if (workerData.cache) enableCompileCache(workerData.cache)
await import(workerData.main)`

/**
 * `main`: what it runs. `given`: what that finds as its `workerData.options`. `moved`: what of a request becomes the thread's own.
 * `youngMegabytesMax`: less, of a thread whose jobs are short: what is alive for long is copied each time that it is full.
 */
export function openThread<Sent, Got>(
  main: URL,
  given: unknown,
  events: ThreadEvents<Got>,
  moved: (request: Sent) => ArrayBuffer[],
  youngMegabytesMax = youngMegabytesUsual,
): Thread<Sent> {
  const cache = getCompileCacheDir()
  // What the server has compiled since it started is not in the folder yet.
  if (cache !== undefined) flushCompileCache()
  // The process's own limit goes before that of a thread, and is read when a heap is made: the first one is.
  setFlagsFromString('--max-semi-space-size=0')
  const worker = new Worker(opening, {
    eval: true,
    workerData: { options: given, main: main.href, cache: cache === undefined ? undefined : dirname(cache) },
    resourceLimits: { maxYoungGenerationSizeMb: youngMegabytesMax, stackSizeMb: stackMegabytes },
  })
  worker.unref()
  let cause: unknown
  worker.on('message', events.reply)
  worker.on('error', (error) => (cause = error))
  worker.on('exit', () => events.ended(cause))
  return {
    send: (request) => worker.postMessage(request, moved(request)),
    hold: (held) => (held ? worker.ref() : worker.unref()),
    end: async () => void (await worker.terminate()),
  }
}
