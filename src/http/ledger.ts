/** The ledger over HTTP: entries as people ask for them, a patient's file, and C2SP's tlog-tiles for auditors. */
import type { FastifyInstance } from 'fastify'
import { Readable } from 'node:stream'
import { isRefusal } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import { entryTerms, plainEntry, plainRadius, soughtTerms } from '#records/index.ts'
import type { Terms } from '#records/index.ts'
import type { Edge } from './edge.ts'
import { placeFault } from './fhir/context.ts'
import type { Answer, Handler, Input } from './fhir/context.ts'
import { pairsOf, queryOf, supported } from './fhir/parameters.ts'
import { registerRoute } from './fhir/routes.ts'

const json = 'application/json; charset=utf-8'
const plainText = 'text/plain; charset=utf-8'
/** C2SP tlog-tiles: what a tile of a path is, it stays. For the auditor's own cache and no other. */
const forEver = 'private, max-age=31536000, immutable'

const routes: Record<string, Handler> = {
  '/ledger/entries': entries,
  '/ledger/radius': radius,
  '/ledger/file/Patient/:id': file,
  '/ledger/checkpoint': checkpoint,
  '/ledger/keys': publicKeys,
  '/ledger/tile/*': tile,
}

export function registerLedger(app: FastifyInstance, edge: Edge): void {
  for (const [url, handler] of Object.entries(routes)) registerRoute(app, edge, url, { GET: handler })
}

async function entries(edge: Edge, input: Input): Promise<Answer | Refusal> {
  const terms = termsOf(input, entryTerms)
  if ('status' in terms) return terms
  const page = await input.acting.ledger.entries(terms)
  if (isRefusal(page)) return page
  const pairs = Object.entries(terms).filter(([name]) => name !== '_page')
  const origin = new URL(edge.base).origin
  const next =
    page.next === undefined
      ? {}
      : { next: `${origin}/ledger/entries?${queryOf([...pairs, ['_page', page.next]])}` }
  return { ...answered(JSON.stringify({ entries: page.entries.map(plainEntry), ...next })), mediaType: json }
}

async function radius(_: Edge, input: Input): Promise<Answer | Refusal> {
  const terms = termsOf(input, soughtTerms)
  if ('status' in terms) return terms
  const found = await input.acting.ledger.radius(terms)
  if (isRefusal(found)) return found
  return { ...answered(JSON.stringify(plainRadius(found))), mediaType: json }
}

/** The file holds the key of its details: whoever has it reads them. */
async function file(_: Edge, input: Input): Promise<Answer | Refusal> {
  const { id = '' } = input.params
  const terms = placeFault('Patient', id) ?? termsOf(input, [])
  if ('status' in terms) return terms
  const handed = await input.acting.ledger.file(id)
  if (isRefusal(handed)) return handed
  const disposition = ['Content-Disposition', 'attachment; filename="ledger.json"']
  return { status: 'answer', httpStatus: 200, headers: disposition, stream: handed.stream, mediaType: json }
}

async function checkpoint(_: Edge, input: Input): Promise<Answer | Refusal> {
  const terms = termsOf(input, [])
  if ('status' in terms) return terms
  const newest = await input.acting.ledger.checkpoint()
  return isRefusal(newest) ? newest : { ...answered(newest.note), mediaType: plainText }
}

async function publicKeys(_: Edge, input: Input): Promise<Answer | Refusal> {
  const terms = termsOf(input, [])
  if ('status' in terms) return terms
  const keys = await input.acting.ledger.publicKeys()
  return isRefusal(keys) ? keys : { ...answered(keys.text), mediaType: plainText }
}

async function tile(_: Edge, input: Input): Promise<Answer | Refusal> {
  const terms = termsOf(input, [])
  if ('status' in terms) return terms
  const found = await input.acting.ledger.tile(`tile/${input.params['*'] ?? ''}`)
  if (isRefusal(found)) return found
  const { bytes } = found
  return {
    status: 'answer',
    httpStatus: 200,
    stream: Readable.from([bytes], { objectMode: false }),
    length: bytes.length,
    mediaType: 'application/octet-stream',
    cacheControl: forEver,
  }
}

function answered(text: string): Answer {
  return { status: 'answer', httpStatus: 200, text }
}

function termsOf({ query }: Input, names: readonly string[]): Terms | Refusal {
  const pairs = pairsOf(query)
  if ('status' in pairs) return pairs
  const values = supported(pairs, new Set(names))
  if (!(values instanceof Map)) return values
  return Object.fromEntries([...values].map(([name, [value = '']]) => [name, value]))
}
