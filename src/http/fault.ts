import { refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import type { Edge } from './edge.ts'

/** A fault of our own: only its number is told, and the log has no data of it. */
export function faultOf(edge: Edge, error: unknown): Refusal {
  const { code, name, stack } = error as Error & { code?: string }
  const incident = edge.randomId()
  // A message may quote what was being worked on (a value in a database error, say): the frames do not.
  const frames = stack?.split('\n').filter((line) => line.startsWith('    at '))
  edge.log.error({ incident, name, code, frames }, 'fault')
  return refuse('internal', { incident })
}
