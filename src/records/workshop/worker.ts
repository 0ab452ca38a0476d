/** The workshop's thread. */
import { parentPort, workerData } from 'node:worker_threads'
import { createPreparer, type PrepareOptions } from './prepare.ts'
import { asksOf, replyOf, type Made, type Reply, type Request } from './wire.ts'

const port = parentPort
if (!port) throw new Error('this is the main file of a thread')

const preparer = createPreparer((workerData as { options: PrepareOptions }).options)

// The first of each kind loads what is compiled and read once: better now than with somebody waiting.
const text =
  '{"resourceType":"Observation","status":"final","code":{"text":"x"},"issued":"2026-01-01T00:00:00Z"}'
preparer.read({ type: 'Observation', id: 'x', body: new TextEncoder().encode(text) })

port.on('message', (request: Request) => {
  const faults: Reply[2] = []
  const all: (Made | undefined)[] = []
  for (const ask of asksOf(request)) {
    try {
      all.push('body' in ask ? preparer.read(ask) : preparer.prepare(ask))
    } catch (error) {
      faults.push([all.length, error instanceof Error ? error.message : String(error)])
      all.push(undefined)
    }
  }
  const reply = replyOf(all, faults)
  port.postMessage(reply, [reply[0]])
})
