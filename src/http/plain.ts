/** What `/auth` and `/duties` have in common, which are plain JSON. */
import type { FastifyRequest } from 'fastify'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { Edge } from './edge.ts'

/**
 * Whatever changes something comes from our own page, or from a program that says that it does: another site's page cannot (RFC 6454,
 * Fetch Metadata). Of signing in too, so that nobody is signed in as somebody else.
 */
export function faultOfSite({ origin }: Edge, { raw }: FastifyRequest): Refusal | undefined {
  if (raw.method === 'GET' || raw.method === 'HEAD') return undefined
  const { origin: given, 'sec-fetch-site': site, authorization } = raw.headers
  // A bearer token is no cookie: no browser sends it by itself.
  if (authorization !== undefined && given === undefined && site === undefined) return undefined
  const isOwn = given === undefined ? site === 'same-origin' : given === origin
  return isOwn && (site === undefined || site === 'same-origin') ? undefined : refuse('cross-site')
}

/** Nothing where nothing was sent. */
export function bodyOf({ body }: FastifyRequest): { value: unknown } | Refusal {
  const bytes = body as Buffer | undefined
  if (bytes === undefined || bytes.length === 0) return { value: undefined }
  try {
    return { value: JSON.parse(bytes.toString('utf8')) as unknown }
  } catch {
    return refuse('invalid-member', { member: '/' })
  }
}
