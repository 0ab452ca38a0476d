/** A thread that reads entries for reaches. */
import { parentPort } from 'node:worker_threads'
import { Reading } from './reading.ts'
import type { Reply, Request } from './wire.ts'

const port = parentPort
if (!port) throw new Error('this is the main file of a thread')
const readings = new Map<number, Reading>()

port.on('message', (request: Request) => port.postMessage(replyTo(request)))

function replyTo(request: Request): Reply {
  const { reach, portion } = request
  const reading = readings.get(reach) ?? new Reading(portion && request.device)
  if (!portion) {
    readings.delete(reach)
    return { reach, status: 'read', read: reading.read() }
  }
  readings.set(reach, reading)
  try {
    return { reach, status: reading.add(portion) ? 'taken' : 'too-many' }
  } catch (error) {
    return { reach, status: 'failed', message: error instanceof Error ? error.message : String(error) }
  }
}
