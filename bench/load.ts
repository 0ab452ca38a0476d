/**
 * The load, in a process of its own: plain sockets that write prepared requests and read answers no further than
 * needed. It drives an empty route as fast as `wrk` does, so that the server is what is measured; and it takes
 * less of the second core than an HTTP client, which PostgreSQL needs too.
 */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { answerCommands } from './child.ts'

export interface LoadOptions {
  /** Name under which requests were prepared. */
  requests: string
  port: number
  connections: number
  /**
   * For so long, requests picked at random; or each once, in their order. `isCut`: what is not answered by then is
   * given up, and the connection with it.
   */
  for: { ms: number; isCut?: true } | 'each once'
  /** Of the answers that are right; any other fails the run. */
  status: number
}

export interface Load {
  answers: number
  seconds: number
}

const prepared = new Map<string, Buffer[]>()
/** Milliseconds from request to answer, over all runs with the same requests. */
const latencies = new Map<string, number[]>()

answerCommands({
  prepare({ name, requests }: { name: string; requests: Uint8Array[] }) {
    prepared.set(
      name,
      requests.map((each) => Buffer.from(each)),
    )
    latencies.set(name, [])
  },
  run,
  forget(name: string) {
    latencies.set(name, [])
  },
  percentiles(name: string) {
    const sorted = Float64Array.from(latencies.get(name) ?? []).toSorted()
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return { p50: at(0.5), p99: at(0.99) }
  },
})

async function run(options: LoadOptions): Promise<Load> {
  const requests = prepared.get(options.requests) ?? []
  const times = latencies.get(options.requests) ?? []
  let given = 0
  let answers = 0
  const start = performance.now()
  const end = options.for === 'each once' ? Infinity : start + options.for.ms
  const isCut = options.for !== 'each once' && options.for.isCut
  const next = (): Buffer | undefined => {
    if (options.for === 'each once') return requests[given++]
    return performance.now() < end ? requests[Math.floor(Math.random() * requests.length)] : undefined
  }
  const drive = async () => {
    const socket = connect({ host: '127.0.0.1', port: options.port, noDelay: true })
    try {
      const exchanged = exchange(socket, next, options.status, (ms) => {
        answers++
        times.push(ms)
      })
      // Where the time wins, what the end of the connection does to the exchange is of no interest any more.
      await (isCut ? Promise.race([exchanged, setTimeout(end - performance.now())]) : exchanged)
    } finally {
      socket.destroy()
    }
  }
  await Promise.all(Array.from({ length: options.connections }, drive))
  return { answers, seconds: (performance.now() - start) / 1000 }
}

/** One request after another on one connection, until there is no next. */
function exchange(
  socket: Socket,
  next: () => Buffer | undefined,
  status: number,
  answered: (ms: number) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let head: Buffer | undefined
  let missingBytes = 0
  let sentAt = 0
  const send = () => {
    const request = next()
    if (request === undefined) return resolve()
    sentAt = performance.now()
    socket.write(request)
  }
  const finish = () => {
    answered(performance.now() - sentAt)
    send()
  }
  socket.on('data', (chunk: Buffer) => {
    if (missingBytes > 0) {
      missingBytes -= chunk.length
      if (missingBytes === 0) finish()
      return
    }
    const bytes = head === undefined ? chunk : Buffer.concat([head, chunk])
    const headEnd = bytes.indexOf('\r\n\r\n')
    head = headEnd === -1 ? bytes : undefined
    if (headEnd === -1) return
    const text = bytes.toString('latin1', 0, headEnd)
    if (Number(text.slice(9, 12)) !== status) return reject(new Error(bytes.toString().slice(0, 2_000)))
    missingBytes = headEnd + 4 + lengthIn(text) - bytes.length
    if (missingBytes === 0) finish()
  })
  socket.once('error', reject)
  socket.once('close', () => reject(new Error('the server closed the connection')))
  socket.once('connect', send)
  return promise
}

const lengthName = 'ontent-length: '

function lengthIn(head: string): number {
  let at = head.indexOf('ontent-Length: ')
  if (at === -1) at = head.indexOf(lengthName)
  if (at === -1) throw new Error(`no Content-Length: ${head}`)
  return Number.parseInt(head.slice(at + lengthName.length, at + lengthName.length + 10), 10)
}
