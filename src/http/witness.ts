/** C2SP tlog-witness over HTTP: other ledgers have their checkpoints cosigned. Who asks is known by the checkpoint's signature. */
import type { FastifyInstance } from 'fastify'
import { refuse } from '#kernel/outcome.ts'
import type { WitnessReply } from '#kernel/ledger/index.ts'
import { answer, answerRefusal } from './answer.ts'
import { bodyReader } from './body.ts'
import type { Edge } from './edge.ts'

/** The one address beside `/health` that needs no token. */
export const witnessPath = '/ledger/witness/add-checkpoint'

/** 63 hashes, and a checkpoint with a hundred signatures by ML-DSA-44 would not fit: nobody has so many. */
const bodyBytesMax = 65_536

const codes = {
  malformed: 400,
  unsigned: 403,
  'unknown-log': 404,
  forked: 409,
  inconsistent: 422,
  busy: 503,
} as const satisfies Partial<Record<WitnessReply['status'], number>>

export function registerWitness(app: FastifyInstance, edge: Edge): void {
  app.register((scope, _, done) => {
    scope.addContentTypeParser('*', bodyReader(edge, 'text/plain', bodyBytesMax))
    scope.post(witnessPath, async (request, reply) => {
      const body = request.body as Buffer | undefined
      const address = request.socket.remoteAddress
      let replied: WitnessReply
      try {
        replied = await edge.witness(body?.toString('utf8') ?? '', address)
      } catch (error) {
        // Nothing was signed: it is asked again.
        edge.log.warn({ name: (error as Error).name }, 'a checkpoint was not looked at')
        return answerRefusal(edge, reply, refuse(edge.health().status === 'sealed' ? 'sealed' : 'busy'))
      }
      switch (replied.status) {
        case 'cosigned':
          return answer(edge, reply, 200, [], replied.body, 'text/plain; charset=utf-8')
        case 'other-size':
          return answer(edge, reply, 409, [], `${replied.size}\n`, 'text/x.tlog.size')
        case 'malformed':
        case 'unsigned':
        case 'unknown-log':
        case 'inconsistent':
          edge.strangers.count(address, `witness ${replied.status}`)
          break
        case 'forked':
        case 'busy':
      }
      return answer(
        edge,
        reply,
        codes[replied.status],
        [],
        `${replied.status}\n`,
        'text/plain; charset=utf-8',
      )
    })
    done()
  })
}
