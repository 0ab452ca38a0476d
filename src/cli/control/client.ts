import { request } from 'node:http'
import { assertNotPlanted } from '../home/runtime.ts'
import type { ControlRequests } from './protocol.ts'

export type Asked<Answer> = { status: 'answered'; answer: Answer } | { status: 'not-running' }

/** Unsealing takes about a second of Argon2id; far beyond that the server is not well. */
const answerMsUsual = 30_000
/** What goes through much of the ledger. */
const answerMsOf: Partial<Record<keyof ControlRequests, number>> = {
  'POST /ledger/entries': 120_000,
  'POST /ledger/radius': 600_000,
  'POST /ledger/file': 3_600_000,
}

/** Asks the server that runs on a home, by its control socket. */
export async function askServer<Name extends keyof ControlRequests>(
  socketPath: string,
  name: Name,
  body?: ControlRequests[Name]['body'],
): Promise<Asked<ControlRequests[Name]['answer']>> {
  assertNotPlanted(socketPath)
  const [method, path] = name.split(' ')
  const answerMsMax = answerMsOf[name] ?? answerMsUsual
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path, timeout: answerMsMax }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        if (response.statusCode !== 200) reject(new Error(`${name}: ${response.statusCode} ${text}`))
        else resolve({ status: 'answered', answer: JSON.parse(text) })
      })
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${name}: no answer in ${answerMsMax} ms`)))
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      // Nobody listens on the socket, or it was never made.
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve({ status: 'not-running' })
      else reject(error)
    })
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
