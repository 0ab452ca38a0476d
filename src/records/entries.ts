/** Entries of a batch or transaction: what each asks for, as a wish, a read or a refusal. */
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { typeCode, validate } from '#records/fhir/index.ts'
import { isObject, type BundleEntry, type JsonObject } from '#records/json/index.ts'
import { decodedPath, segmentOf } from './addresses.ts'
import { withHeld } from './attachments/index.ts'
import { checkDocument, isId } from './documents.ts'
import { readPatch, type Patch } from './patch/index.ts'
import { createWish, putWish, type Wish } from './wishes.ts'

/** An entry understood. A wish's document holds the text as sent: references are rewritten later. */
export type Asked = { fullUrl?: string } & (
  | { kind: 'wish'; wish: Wish }
  | { kind: 'get'; url: string }
  | { kind: 'refused'; refusal: Refusal }
)

/** FHIR R4 §3.1.0.11.2: the order in which the methods of a transaction are carried out. */
const methods: Record<string, (entry: BundleEntry, url: Address) => Wish | Refusal> = {
  DELETE: (entry, { type, id, query }) => {
    const expects = versionOf(entry.request.ifMatch)
    if (typeof expects === 'object') return expects
    if (id !== undefined) return { kind: 'delete', type, id, expects }
    // As by itself: ignored it would delete what the caller cannot have meant.
    if (expects !== undefined) return besideCriteria('If-Match')
    return query === undefined ? noSuchAddress : { kind: 'delete where', type, criteria: query }
  },
  POST: (entry, { type, id, query }) => {
    if (id !== undefined || query !== undefined) return noSuchAddress
    const read = documentOf(entry, type)
    return read.status === 'ok' ? createWish(type, read.document, entry.request.ifNoneExist) : read
  },
  PUT: (entry, { type, id, query }) => {
    const read = documentOf(entry, type)
    if (read.status !== 'ok') return read
    const { document } = read
    const ifMatch = versionOf(entry.request.ifMatch)
    if (typeof ifMatch === 'object') return ifMatch
    const { ifNoneMatch } = entry.request
    if (ifNoneMatch !== undefined && ifNoneMatch !== '*')
      return refuse('invalid-header', { header: 'If-None-Match', expected: '*' })
    if (id !== undefined) {
      return putWish(type, id, document, {
        ...(ifMatch === undefined ? {} : { ifMatch }),
        ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
      })
    }
    if (query === undefined) return noSuchAddress
    if (ifNoneMatch !== undefined) return besideCriteria('If-None-Match')
    // The wish's new id is used where nothing matches and the resource names none.
    const { newId } = createWish(type, document, undefined) as Wish & { kind: 'create' }
    return { kind: 'put where', type, criteria: query, document, ifMatch, newId }
  },
  PATCH: (entry, { type, id, query }) => {
    const read = patchOf(entry)
    if (read.status !== 'ok') return read
    const { patch } = read
    const ifMatch = versionOf(entry.request.ifMatch)
    if (typeof ifMatch === 'object') return ifMatch
    if (id !== undefined) return { kind: 'patch', type, id, patch, ifMatch }
    return query === undefined
      ? noSuchAddress
      : { kind: 'patch where', type, criteria: query, patch, ifMatch }
  },
}

/** FHIR R4 §3.1.0.11.10: a JSON Patch comes in a Binary, a FHIRPath Patch as it is. */
function patchOf({ resource }: BundleEntry): { status: 'ok'; patch: Patch } | Refusal {
  const { resourceType, contentType, data } = resource?.value ?? {}
  if (resource && resourceType === 'Parameters') return readPatch('fhirpath', Buffer.from(resource.text))
  if (!resource || resourceType !== 'Binary') {
    return refuse('invalid-parameter', { parameter: 'entry.resource', expected: 'Parameters, Binary' })
  }
  const checked = checkDocument('Binary', resource.text, resource.value, resource.decimals)
  if (checked.status !== 'ok') return checked
  if (contentType !== jsonPatchMedia) return refuse('unsupported-media', { expected: jsonPatchMedia })
  return readPatch('json', Buffer.from(typeof data === 'string' ? withHeld(data) : '', 'base64'))
}

const jsonPatchMedia = 'application/json-patch+json'
const noSuchAddress = refuse('not-found')

/** Of whatever the criteria find a condition would have to be ignored. */
export function besideCriteria(header: 'If-Match' | 'If-None-Match'): Refusal {
  return refuse('invalid-header', {
    header,
    expected: { en: 'none beside criteria', es: 'ninguna junto a criterios' },
  })
}

export function askedOf(entry: BundleEntry, base: string | undefined): Asked {
  const named = entry.fullUrl === undefined ? {} : { fullUrl: entry.fullUrl }
  const refused = (refusal: Refusal): Asked => ({ ...named, kind: 'refused', refusal })
  const shell = shellFault(entry)
  if (shell) return refused(shell)
  const { method = '', url = '' } = entry.request
  const local =
    base !== undefined && url.startsWith(`${base}/`) ? url.slice(base.length + 1) : url.replace(/^\//, '')
  if (method === 'GET') return { ...named, kind: 'get', url: local }
  const wishOf = Object.hasOwn(methods, method) ? methods[method] : undefined
  if (!wishOf) return refused(refuse('method-not-allowed', { allow: 'GET, POST, PUT, PATCH, DELETE' }))
  const address = addressOf(local)
  if ('status' in address) return refused(address)
  const wish = wishOf(entry, address)
  return 'status' in wish ? refused(wish) : { ...named, kind: 'wish', wish }
}

/** The entry without its resource is valid, has a request, and nothing that we would ignore. */
function shellFault({ value, index }: BundleEntry): Refusal | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return notAnEntry(index)
  if (isPlain(value)) return undefined
  const { resource: _, ...shell } = value
  if (!('request' in shell)) return notAnEntry(index)
  const bundle: JsonObject = { resourceType: 'Bundle', type: 'batch', entry: [shell] }
  const issues = validate(bundle).filter(({ severity }) => severity === 'error' || severity === 'fatal')
  if (issues.length === 0) return undefined
  const moved = issues.map((issue) => ({
    ...issue,
    expression: issue.expression.replace('entry[0]', `entry[${index}]`),
  }))
  return refuse('invalid', {}, { issues: moved })
}

/** What nearly every entry is: nothing but these members, each a text. No need to ask the validator. */
function isPlain(entry: JsonObject): boolean {
  const { request } = entry
  if (!isObject(request) || !isTexts(request, requestMembers)) return false
  return Object.keys(entry).every(
    (name) =>
      name === 'resource' || name === 'request' || (name === 'fullUrl' && isPlainUri(entry['fullUrl'])),
  )
}

function isTexts(object: JsonObject, names: ReadonlySet<string>): boolean {
  return Object.entries(object).every(([name, value]) => names.has(name) && isPlainUri(value))
}

/** A text without white space: good as a uri, a code and a string. */
function isPlainUri(value: unknown): boolean {
  return typeof value === 'string' && /^[\x21-\x7e]{1,2000}$/.test(value)
}

const requestMembers: ReadonlySet<string> = new Set([
  'method',
  'url',
  'ifMatch',
  'ifNoneExist',
  'ifNoneMatch',
])

function notAnEntry(index: number): Refusal {
  const issue = {
    severity: 'error' as const,
    code: 'required',
    expression: `Bundle.entry[${index}].request`,
    text: {
      es: 'Cada entrada de un batch o transaction lleva "request" con "method" y "url".',
      en: 'Each entry of a batch or transaction has "request" with "method" and "url".',
    },
  }
  return refuse('invalid', {}, { issues: [issue] })
}

interface Address {
  type: string
  id?: string
  query?: string
}

function addressOf(url: string): Address | Refusal {
  const mark = url.indexOf('?')
  const path = decodedPath(mark < 0 ? url : url.slice(0, mark))
  if (path === undefined) return refuse('bad-request')
  const [type = '', id, ...more] = path.split('/').map(segmentOf)
  if (typeCode(type) === undefined) return refuse('unknown-type')
  if (more.length > 0) return noSuchAddress
  if (id !== undefined && !isId(id)) return refuse('invalid-id')
  if (id !== undefined && mark >= 0) return noSuchAddress
  return { type, ...(id === undefined ? {} : { id }), ...(mark < 0 ? {} : { query: url.slice(mark + 1) }) }
}

function documentOf(entry: BundleEntry, type: string) {
  if (!entry.resource) return notAnEntry(entry.index)
  return checkDocument(type, entry.resource.text, entry.resource.value, entry.resource.decimals)
}

/** `W/"3"` → 3. FHIR R4 §3.1.0.5: weak etags of version ids. */
function versionOf(etag: string | undefined): number | undefined | Refusal {
  if (etag === undefined) return undefined
  const digits = /^(?:W\/)?"(\d{1,9})"$/.exec(etag.trim())?.[1]
  return digits === undefined
    ? refuse('invalid-header', { header: 'If-Match', expected: 'W/"3"' })
    : Number(digits)
}
