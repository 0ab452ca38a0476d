/**
 * What is hidden is answered as what is not there; but it takes longer to find out. So whoever may not see everything is told that
 * something is not there at the end of a slot of time, whichever it was. docs/spec/policy.md, "What is not hidden".
 */
import type { FastifyRequest } from 'fastify'
import { setTimeout as delay } from 'node:timers/promises'
import type { Edge } from '../edge.ts'

export async function hush(
  { limits: { slotMs } }: Pick<Edge, 'limits'>,
  { principal, startedMs }: Pick<FastifyRequest, 'principal' | 'startedMs'>,
  { status }: { status: string },
): Promise<void> {
  if (status !== 'not-found' || slotMs === 0 || principal?.program?.scope === scopeOfAll) return
  const passedMs = performance.now() - startedMs
  await delay(Math.ceil(passedMs / slotMs) * slotMs - passedMs)
}

/** To such a program nothing is hidden. */
const scopeOfAll = 'system/*.cruds'
