/** The workshop's thread. */
import { parentPort, workerData } from 'node:worker_threads'
import { createPreparer, type PrepareOptions, type Prepared } from './prepare.ts'
import { bufferOf, jobsOf, type Reply, type Request } from './wire.ts'

const port = parentPort
if (!port) throw new Error('this is the main file of a thread')

const prepare = createPreparer((workerData as { options: PrepareOptions }).options)
const nothing: Prepared = {
  version: new Uint8Array(0),
  capsule: null,
  tuple: new Uint8Array(0),
  capsuleTuple: null,
}

// The first of each kind loads what is compiled and read once: better now than with somebody waiting.
const text =
  '{"resourceType":"Observation","id":"x","status":"final","code":{"text":"x"},"issued":"2026-01-01T00:00:00Z"}'
prepare({ type: 'Observation', whole: { text, slot: 0, form: 'whole meta', idAt: 0 } })

port.on('message', (request: Request) => {
  const faults: Reply[1] = []
  const all: Prepared[] = []
  for (const job of jobsOf(request)) {
    try {
      all.push(prepare(job))
    } catch (error) {
      faults.push([all.length, error instanceof Error ? error.message : String(error)])
      all.push(nothing)
    }
  }
  const buffer = bufferOf(all)
  const reply: Reply = [buffer, faults]
  port.postMessage(reply, [buffer])
})
