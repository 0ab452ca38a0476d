/** Bulk Data Access 2.0.0 (https://hl7.org/fhir/uv/bulkdata/STU2/export.html) over the store's exports. docs/spec/export.md. */
import { refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import { watermarkExtension } from '#records/index.ts'
import type { Kickoff, Manifest } from '#records/index.ts'
import type { Edge } from '../edge.ts'
import { placeFault } from './context.ts'
import type { Answer, Input } from './context.ts'
import { badValue, pairsOf } from './parameters.ts'
import type { Pairs } from './parameters.ts'
import { generalParameters, shapeOf } from './shape.ts'
import { isLenient } from './search.ts'

/** `GET` and `POST [base]/$export`. */
export function exportSystem(edge: Edge, input: Input): Promise<Answer | Refusal> {
  return kickOff(edge, input, { level: 'system' }, '$export')
}

/** `GET` and `POST [base]/Patient/$export`. */
export function exportPatients(edge: Edge, input: Input): Promise<Answer | Refusal> {
  return kickOff(edge, input, { level: 'patient' }, 'Patient/$export')
}

/** `GET` and `POST [base]/Group/[id]/$export`. */
export function exportGroup(edge: Edge, input: Input): Promise<Answer | Refusal> | Refusal {
  const { id = '' } = input.params
  const fault = placeFault('Group', id)
  return fault ?? kickOff(edge, input, { level: 'group', group: id }, `Group/${id}/$export`)
}

async function kickOff(
  edge: Edge,
  { acting, query, body, headers, isHead = false }: Input,
  what: Pick<Kickoff, 'level' | 'group'>,
  path: string,
): Promise<Answer | Refusal> {
  // It would begin one, and nobody would be told where.
  if (isHead) return refuse('method-not-allowed', { allow: 'GET, POST, OPTIONS' })
  const prefer = String(headers['prefer'] ?? '')
  if (!/(?:^|[,;\s])respond-async(?:$|[,;\s])/i.test(prefer))
    return refuse('invalid-header', { header: 'Prefer', expected: 'respond-async' })
  const inAddress = pairsOf(query)
  if ('status' in inAddress) return inAddress
  const inBody = body === undefined || body.length === 0 ? [] : pairsOfParameters(body)
  if ('status' in inBody) return inBody
  const shape = shapeOf(generalOf(inAddress), headers.accept)
  if ('status' in shape) return shape
  const address = `${edge.base}/${path}`
  const begun = await acting.exports.begin({
    ...what,
    pairs: [...inAddress.filter(([name]) => !isGeneral(name)), ...inBody],
    isPosted: body !== undefined,
    lenient: isLenient(headers['prefer']),
    url: query === '' ? address : `${address}?${query}`,
    actor: acting.actor,
  })
  if (begun.status !== 'ok') return begun
  return {
    status: 'answer',
    httpStatus: 202,
    headers: ['Content-Location', `${edge.base}/$export/${begun.job}`],
  }
}

const isGeneral = (name: string): boolean => (generalParameters as readonly string[]).includes(name)

function generalOf(pairs: Pairs): Map<string, string[]> {
  return new Map(pairs.filter(([name]) => isGeneral(name)).map(([name, value]) => [name, [value]]))
}

/** `GET [base]/$export/[job]`: how far it is, or its manifest. */
export async function lookAtExport(edge: Edge, { acting, params, isHead }: Input): Promise<Answer | Refusal> {
  const { job = '' } = params
  const look = await acting.exports.look(job, acting.actor)
  if (look.status === 'running') {
    if (!isHead && isTooSoon(job))
      return refuse('polled-too-often', { seconds: pollSeconds }, { retryAfterSeconds: pollSeconds })
    const progress = `${Math.floor(look.share * 100)} %, ${look.resources} resources`
    const headers = ['X-Progress', progress, 'Retry-After', String(pollSeconds)]
    return { status: 'answer', httpStatus: 202, headers }
  }
  polls.delete(job)
  if (look.status !== 'complete') return look
  const manifest = manifestOf(look.manifest, `${edge.base}/$export/${job}`)
  const { watermark } = acting
  const marked = watermark ? { ...manifest, extension: { [watermarkExtension]: watermark } } : manifest
  const text = JSON.stringify(marked)
  const headers = ['Expires', look.expires.toUTCString()]
  return { status: 'answer', httpStatus: 200, text, headers, mediaType: 'application/json; charset=utf-8' }
}

function manifestOf({ transactionTime, request, files }: Manifest, address: string): object {
  const listOf = (kind: string) =>
    files
      .filter((file) => file.kind === kind)
      .toSorted((one, other) => (one.type < other.type ? -1 : one.type > other.type ? 1 : 0))
      .map(({ type, name, count }) => ({ type, url: `${address}/${name}`, count }))
  return {
    transactionTime: new Date(transactionTime).toISOString(),
    request,
    requiresAccessToken: true,
    output: listOf('output'),
    deleted: listOf('deleted'),
    error: listOf('error'),
  }
}

/** `DELETE [base]/$export/[job]`. */
export async function removeExport(_: Edge, { acting, params }: Input): Promise<Answer | Refusal> {
  const removed = await acting.exports.remove(params.job ?? '', acting.actor)
  return removed.status === 'ok' ? { status: 'answer', httpStatus: 202 } : removed
}

/** `GET [base]/$export/[job]/[file]`. */
export async function fetchExport(_: Edge, { acting, params, headers }: Input): Promise<Answer | Refusal> {
  const packed = takesGzip(headers['accept-encoding'])
  const opened = await acting.exports.file(params.job ?? '', params.file ?? '', acting.actor, packed)
  if (opened.status !== 'ok') return opened
  return {
    status: 'answer',
    httpStatus: 200,
    stream: opened.stream,
    mediaType: 'application/fhir+ndjson',
    headers: ['Vary', 'Accept-Encoding', ...(packed ? ['Content-Encoding', 'gzip'] : [])],
  }
}

/** RFC 9110 §12.5.3. */
function takesGzip(accept: string | string[] | undefined): boolean {
  return String(accept ?? '')
    .toLowerCase()
    .split(',')
    .some((each) => {
      const [coding = '', ...parameters] = each.trim().split(';')
      if (coding.trim() !== 'gzip' && coding.trim() !== '*') return false
      return !parameters.some((parameter) => /^\s*q\s*=\s*0(?:\.0*)?\s*$/.test(parameter))
    })
}

/** What a client is asked to wait, and how soon after the last time asking is too soon. */
const pollSeconds = 2
const pollMsMin = 1_000
/** Jobs whose polls are remembered: ten of ten askers. */
const polledMax = 1_000
const polls = new Map<string, number>()

function isTooSoon(job: string): boolean {
  const now = performance.now()
  const last = polls.get(job)
  if (last !== undefined && now - last < pollMsMin) return true
  polls.delete(job)
  polls.set(job, now)
  if (polls.size > polledMax) for (const [oldest] of polls) return polls.delete(oldest) && false
  return false
}

/** FHIR R4 operations.html#executing: a Parameters resource, whose values are of one type each. */
function pairsOfParameters(body: Buffer): Pairs | Refusal {
  const pairs: [string, string][] = []
  try {
    const { resourceType, parameter = [] } = JSON.parse(body.toString('utf8')) as Parameters
    if (resourceType !== 'Parameters') return notParameters
    for (const { name, ...values } of parameter) {
      const value = Object.entries(values).find(([key]) => key.startsWith('value'))?.[1]
      const text = typeof value === 'object' ? (value as { reference?: unknown }).reference : value
      if (typeof name !== 'string' || !['string', 'number', 'boolean'].includes(typeof text))
        return notParameters
      pairs.push([name, String(text)])
    }
  } catch {
    return notParameters
  }
  return pairs
}

interface Parameters {
  resourceType?: unknown
  parameter?: ({ name?: unknown } & Record<string, unknown>)[]
}

const notParameters = badValue('Parameters', 'a Parameters resource', 'un recurso Parameters')
