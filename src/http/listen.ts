import { createServer as createSocketServer } from 'node:net'
import type { AddressInfo, Server as SocketServer } from 'node:net'
import type { Server } from 'node:http'
import { headersFor, hostsFor } from './edge.ts'
import type { ServerOptions } from './edge.ts'
import { createApp } from './server.ts'
import type { App } from './server.ts'

export interface RunningServer {
  port: number
  /** Origin for links, such as `http://localhost:8080`. */
  origin: string
  /** Loopback addresses that are listened on. */
  addresses: string[]
  /** Stops accepting, finishes what was accepted, and is over within `limits.closeMs`. */
  close(): Promise<void>
}

/**
 * Serves on 127.0.0.1 and, where the machine has it, ::1. Port 0 picks a free one.
 * Throws the error of `listen` (`EADDRINUSE` …) where either address is taken: a client of `localhost` may try
 * either first, and would meet somebody else's server.
 */
export async function serve(options: ServerOptions & { port: number }): Promise<RunningServer> {
  const app = createApp(options)
  const { fastify, node, edge } = app
  await fastify.listen({ host: '127.0.0.1', port: options.port })
  const { port } = node.address() as AddressInfo
  const origin = options.origin ?? `http://localhost:${port}`
  Object.assign(edge, headersFor(origin), { base: `${origin}/fhir/R4`, hosts: hostsFor(origin, port) })
  const second = await listenOnSecond(node, port).catch(async (error: NodeJS.ErrnoException) => {
    if (noAddress.has(error.code ?? '')) return undefined
    await fastify.close()
    throw error
  })
  if (second === undefined) edge.log.warn('this machine has no ::1; serving 127.0.0.1 only')
  const addresses = second === undefined ? ['127.0.0.1'] : ['127.0.0.1', '::1']
  return { port, origin, addresses, close: () => close(app, second) }
}

const noAddress = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])

/** Connections on ::1 are handed to the one HTTP server, so that its limits and its close count them too. */
function listenOnSecond(node: Server, port: number): Promise<SocketServer> {
  const second = createSocketServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    node.emit('connection', socket)
  })
  second.maxConnections = node.maxConnections
  return new Promise((resolve, reject) => {
    second.once('error', reject)
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
}
