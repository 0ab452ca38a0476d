/**
 * What is hidden is answered as what is not there; but it takes longer to find out. So whoever may not see everything is told that
 * something is not there, or that nothing was found, at the end of a slot of time, whichever it was. docs/spec/policy.md, "What is not hidden".
 */
import type { FastifyRequest } from 'fastify'
import { setTimeout as delay } from 'node:timers/promises'
import type { Refusal } from '#kernel/outcome.ts'
import type { Edge } from '../edge.ts'
import type { Answer } from './context.ts'

export async function hush(
  { limits: { slotMs } }: Pick<Edge, 'limits'>,
  { principal, startedMs }: Pick<FastifyRequest, 'principal' | 'startedMs'>,
): Promise<void> {
  if (slotMs === 0 || principal?.program?.scope === scopeOfAll) return
  const passedMs = performance.now() - startedMs
  await delay(Math.ceil(passedMs / slotMs) * slotMs - passedMs)
}

/** What may be of something hidden. */
export function isNothing(result: Answer | Refusal): boolean {
  return result.status === 'answer' ? (result as Answer).isNothing === true : result.status === 'not-found'
}

/** To such a program nothing is hidden. */
const scopeOfAll = 'system/*.cruds'
