import { chmodSync, rmdirSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { dirname } from 'node:path'
import { makeRuntimeDirectory } from '../home/runtime.ts'
import type { ControlRequests } from './protocol.ts'

export type ControlHandlers = {
  [Name in keyof ControlRequests]: (
    body: ControlRequests[Name]['body'],
  ) => Promise<ControlRequests[Name]['answer']>
}

const bodyBytesMax = 16_384

/**
 * The server's local channel for the commands of this product: HTTP on a Unix socket in a directory of mode 0700, so
 * only this operating-system user, and root, can reach it. A passphrase is received here and nowhere else.
 * The caller holds the home's lock, so a socket that is already there was left by a killed server.
 */
export async function listenControl(
  socketPath: string,
  handlers: ControlHandlers,
): Promise<{ close: () => Promise<void> }> {
  makeRuntimeDirectory(dirname(socketPath))
  rmSync(socketPath, { force: true })
  const server = createServer((request, response) => {
    const respond = (status: number, answer: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    }
    const name = `${request.method} ${request.url}`
    if (!isRequest(handlers, name)) {
      request.resume()
      respond(404, { error: `no ${name}` })
      return
    }
    readBody(request)
      .then((body) => answer(handlers, name, body))
      .then(
        (value) => respond(200, value),
        (error: unknown) => respond(500, { error: error instanceof Error ? error.message : String(error) }),
      )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socketPath, resolve)
  })
  chmodSync(socketPath, 0o600)
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          try {
            rmdirSync(dirname(socketPath))
          } catch {
            // Something else lies in it: it stays.
          }
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

const isRequest = (handlers: ControlHandlers, name: string): name is keyof ControlRequests =>
  Object.hasOwn(handlers, name)

function answer<Name extends keyof ControlRequests>(
  handlers: ControlHandlers,
  name: Name,
  body: ControlRequests[Name]['body'],
): Promise<ControlRequests[Name]['answer']> {
  return handlers[name](body)
}

async function readBody(request: IncomingMessage): Promise<ControlRequests[keyof ControlRequests]['body']> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > bodyBytesMax) throw new Error(`body over ${bodyBytesMax} bytes`)
    chunks.push(chunk)
  }
  if (bytes === 0) return undefined
  const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  if (typeof value !== 'object' || value === null || !('passphrase' in value))
    throw new Error('passphrase missing')
  if (typeof value.passphrase !== 'string') throw new Error('passphrase is no string')
  return { passphrase: value.passphrase }
}
