/**
 * People act at the speed of people: what an account changes in a row is bounded, so that whoever has somebody's session, or a script of
 * theirs, fills nothing, keeps nobody waiting, and asks for no more approvals than officers can read. Programs are held to their scope. docs/spec/http.md.
 */
import type { FastifyRequest } from 'fastify'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { Edge } from './edge.ts'
import type { Limits, Pace } from './limits.ts'

/** Of this process, in memory: two processes let through twice as much. */
export interface Paces {
  /** Milliseconds until one more may come; 0 where it may now, and is counted, as so many where it is several. */
  take(kind: string, account: string, pace: Pace, nowMs: number, count?: number): number
}

/** Accounts that are told apart; beyond, all begin anew, as after a restart. */
const accountsMax = 20_000

/** What a Bundle counts as, at most: nobody waits longer than ten minutes for one. */
const countMax = 600

/** ITU-T I.371, annex A: the generic cell rate algorithm, which keeps one time for each. */
export function createPaces(): Paces {
  const free = new Map<string, number>()
  return {
    take(kind, account, { atOnce, everyMs }, nowMs, count = 1) {
      const name = `${kind} ${account}`
      const due = Math.max(free.get(name) ?? 0, nowMs)
      const waitMs = due - nowMs - (atOnce - 1) * everyMs
      if (waitMs > 0) return waitMs
      if (free.size >= accountsMax) free.clear()
      free.set(name, due + Math.min(count, countMax) * everyMs)
      return 0
    },
  }
}

/** Of who changes something, `records` or `duties` (what officers and safeguards do), or `looks` at the latter. */
export function faultOfPace(
  { paces, limits }: Pick<Edge, 'paces' | 'limits'>,
  { principal }: Pick<FastifyRequest, 'principal'>,
  kind: keyof Limits['paces'],
  count = 1,
): Refusal | undefined {
  if (!principal?.person) return undefined
  const waitMs = paces.take(kind, principal.person.account, limits.paces[kind], performance.now(), count)
  if (waitMs === 0) return undefined
  return refuse('too-fast', {}, { retryAfterSeconds: Math.ceil(waitMs / 1000) })
}

/** The member, and its letters as escapes, of which the name in other words has at least one: `"re\u0071uest"`. Nobody else writes them so. */
const requests = ['"request"', '\\u006', '\\u007'].map((text) => Buffer.from(text))

/** How many entries a Bundle has, or a few more: each says what it asks for. */
export function entriesIn(body: unknown): number {
  if (!(body instanceof Uint8Array)) return 1
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  let count = 0
  for (const each of requests)
    for (let at = bytes.indexOf(each); at !== -1; at = bytes.indexOf(each, at + each.length)) count++
  return Math.max(1, count)
}
