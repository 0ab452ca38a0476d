/** A thread that reads for imports. */
import { parentPort } from 'node:worker_threads'
import { createReading } from './reading.ts'
import { replyOf, settingsOf, taskOf, type Reply, type Request } from './reading-wire.ts'

const port = parentPort
if (!port) throw new Error('this is the main file of a thread')
/** By the settings of the import that it last read for. */
let reading: { by: string; read: ReturnType<typeof createReading> } | undefined

port.on('message', (request: Request) => {
  const [number, settings] = request
  let reply: Reply
  try {
    if (reading?.by !== settings) reading = { by: settings, read: createReading(settingsOf(settings)) }
    reply = replyOf(number, reading.read(taskOf(request)))
  } catch (error) {
    reply = [number, error instanceof Error ? error.message : String(error)]
  }
  port.postMessage(reply, reply.length === 5 ? [reply[4]] : [])
})
