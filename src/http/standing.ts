/** Who asked is judged when the head of a request comes; whoever sends the body slowly may have been turned out meanwhile. */
import type { FastifyRequest } from 'fastify'
import { DatabaseAway, faultOf } from '#kernel/db/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { Edge } from './edge.ts'

/** What was read of who asks was 700 ms old at most when it was judged: from then on it is judged again, so that an end holds within a second. */
const slowMsMin = 300

/**
 * Whether its body took so long that who sent it has to be judged again:
 *
 *     somebody: the head, with a proof … one byte in a while …                   … the rest: a new factor, say
 *     officer:                                                  ends the session
 */
export function isSlow({ stands, startedMs }: Pick<FastifyRequest, 'stands' | 'startedMs'>): boolean {
  return stands !== undefined && performance.now() - startedMs >= slowMsMin
}

/** Undefined where they would be let in now as well. */
export async function faultOfStanding(
  edge: Pick<Edge, 'health'>,
  { stands }: Pick<FastifyRequest, 'stands'>,
): Promise<Refusal | undefined> {
  if (edge.health().status === 'sealed') return refuse('sealed')
  try {
    return (await stands?.()) === false ? refuse('unauthorized') : undefined
  } catch (error) {
    if (edge.health().status === 'sealed') return refuse('sealed')
    if (isAway(error)) return refuse('database-away')
    throw error
  }
}

/** Of an error of PostgreSQL's: it may be back in a moment. */
export const isAway = (error: unknown): boolean =>
  error instanceof DatabaseAway || faultOf(error) !== 'refused'
