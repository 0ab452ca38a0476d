/** Where programs get their tokens, and give them back: RFC 6749 §4.4, RFC 7523, RFC 9449, RFC 7009. docs/spec/programs.md. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { endpoints } from '#people/programs/index.ts'
import { refuse } from '#kernel/outcome.ts'
import { answerRefusal } from './answer.ts'
import type { Edge } from './edge.ts'

const paths = new Set(Object.values(endpoints))

/** Whether it is one of these, which are for whoever has no token yet. */
export function isOauth(url: string): boolean {
  const question = url.indexOf('?')
  return paths.has(question === -1 ? url : url.slice(0, question))
}

export function registerOauth(fastify: FastifyInstance, edge: Edge): void {
  // Within a context of its own, so that no other route takes bodies that nobody has read.
  void fastify.register(async (scope) => {
    scope.addContentTypeParser('*', (_, __, done) => done(null))
    for (const path of paths) scope.post(path, (request, reply) => ask(edge, request, reply))
  })
}

async function ask(edge: Edge, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (edge.health().status === 'sealed') return answerRefusal(edge, reply, refuse('sealed'))
  reply.hijack()
  const { raw } = reply
  const { length } = edge.headers
  for (let at = 0; at < length; at += 2) raw.setHeader(edge.headers[at]!, edge.headers[at + 1]!)
  raw.setHeader('X-Request-Id', request.id)
  raw.once('finish', () => {
    const { statusCode } = raw
    if (statusCode >= 400) edge.strangers.count(request.socket.remoteAddress, 'unauthorized')
    const line = {
      request: request.id,
      method: request.method,
      route: request.routeOptions.url,
      status: statusCode,
    }
    if (statusCode >= 500) edge.log.error(line, 'request failed')
    else if (statusCode >= 400) edge.log.info(line, 'request refused')
  })
  try {
    await edge.people.programs.answer(edge.origin, request.raw, raw)
  } catch (error) {
    if (raw.headersSent) return void raw.destroy()
    for (const name of raw.getHeaderNames()) raw.removeHeader(name)
    const incident = edge.randomId()
    edge.log.error({ incident, name: (error as Error).name }, 'fault')
    answerRefusal(edge, reply, refuse('internal', { incident }))
  }
}
