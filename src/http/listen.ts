import { createServer as createSocketServer } from 'node:net'
import type { AddressInfo, Server as SocketServer } from 'node:net'
import { headersFor, hostsFor } from './edge.ts'
import type { ServerOptions } from './edge.ts'
import { createApp } from './server.ts'
import type { App } from './server.ts'

/** `origin`: for links, such as `http://localhost:8080`. `addresses`: the loopback addresses that are listened on. */
export type Listened =
  | { status: 'ok'; origin: string; port: number; addresses: string[] }
  | { status: 'port-in-use' }

export interface HttpServer {
  /**
   * Serves on 127.0.0.1 and, where the machine has it, ::1. Port 0 picks a free one. Both must be free: a client
   * of `localhost` may try either first, and would meet somebody else's server.
   */
  listen(port: number): Promise<Listened>
  /** Stops accepting, finishes what was accepted, and is over within `limits.closeMs`. */
  close(): Promise<void>
}

export function createServer(options: ServerOptions): HttpServer {
  const app = createApp(options)
  let second: SocketServer | undefined
  return {
    async listen(port) {
      try {
        await app.fastify.listen({ host: '127.0.0.1', port })
        second = await listenOnSecond(app)
      } catch (error) {
        await app.fastify.close()
        if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return { status: 'port-in-use' }
        throw error
      }
      return settle(app, options.origin, second !== undefined)
    },
    close: () => close(app, second),
  }
}

/** Now that the port is known, so are the links and the names that are answered to. */
function settle({ node, edge }: App, givenOrigin: string | undefined, onBoth: boolean): Listened {
  const { port } = node.address() as AddressInfo
  const origin = givenOrigin ?? `http://localhost:${port}`
  edge.headers = headersFor(origin)
  edge.base = `${origin}/fhir/R4`
  edge.origin = origin
  edge.hosts = hostsFor(origin, port)
  return { status: 'ok', origin, port, addresses: onBoth ? ['127.0.0.1', '::1'] : ['127.0.0.1'] }
}

const noAddress = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])

/** Connections on ::1 are handed to the one HTTP server, so that its limits and its close count them too. */
function listenOnSecond({ node, edge }: App): Promise<SocketServer | undefined> {
  const second = createSocketServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    node.emit('connection', socket)
  })
  second.maxConnections = node.maxConnections
  const { port } = node.address() as AddressInfo
  return new Promise((resolve, reject) => {
    second.once('error', (error: NodeJS.ErrnoException) => {
      if (!noAddress.has(error.code ?? '')) return reject(error)
      edge.log.warn('this machine has no ::1; serving 127.0.0.1 only')
      resolve(undefined)
    })
    second.listen({ host: '::1', port, ipv6Only: true }, () => resolve(second))
  })
}

/** How often connections that have fallen idle meanwhile are closed. */
const idleCheckMs = 25

async function close({ fastify, node, edge }: App, second: SocketServer | undefined): Promise<void> {
  second?.close()
  const idle = setInterval(() => node.closeIdleConnections(), idleCheckMs)
  const force = setTimeout(() => node.closeAllConnections(), edge.limits.closeMs)
  try {
    await fastify.close()
  } finally {
    clearInterval(idle)
    clearTimeout(force)
  }
  await edge.strangers.close()
}
