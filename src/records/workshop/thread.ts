import { openThread, type Thread, type ThreadEvents } from '#kernel/threads/index.ts'
import type { PrepareOptions } from './prepare.ts'
import type { Reply, Request } from './wire.ts'

export function startThread(options: PrepareOptions, events: ThreadEvents<Reply>): Thread<Request> {
  const main = new URL('./worker.ts', import.meta.url)
  return openThread<Request, Reply>(main, options, events, (request) => [request[1]])
}
