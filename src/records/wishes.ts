/** What a client wishes to change, plain or conditional, and how each wish becomes an intent. */
import { randomUuid } from '#kernel/crypto/index.ts'
import { isRefusal, refuse, type Refusal } from '#kernel/outcome.ts'
import type { Finder } from './criteria.ts'
import { sentIdOf, type Document } from './documents.ts'
import { applyPatch, type Patch } from './patch/index.ts'
import type { Claim } from './rows.ts'
import type { Version, WriteOptions } from './types.ts'
import type { Intent } from './intents.ts'

export type Wish =
  | { kind: 'create'; type: string; document: Document; ifNoneExist?: string | undefined; newId: string }
  | { kind: 'put'; type: string; id: string; document: Document; expects?: number | 'none' | undefined }
  | {
      kind: 'put where'
      type: string
      criteria: string
      document: Document
      ifMatch?: number | undefined
      newId: string
    }
  | { kind: 'delete'; type: string; id: string; expects?: number | undefined }
  | { kind: 'delete where'; type: string; criteria: string }
  | { kind: 'patch'; type: string; id: string; patch: Patch; ifMatch?: number | undefined }
  | { kind: 'patch where'; type: string; criteria: string; patch: Patch; ifMatch?: number | undefined }

export type Resolved =
  | { status: 'ok'; intent: Intent; claims: Claim[] }
  /** Nothing to do: what was to be created is there, or what was to be deleted is not. */
  | { status: 'unchanged'; type: string; version?: Version }

/** Looks at the database where the wish is conditional; to be called again when its write lost to another. */
export async function resolve(finder: Finder, wish: Wish): Promise<Resolved | Refusal> {
  const { type } = wish
  switch (wish.kind) {
    case 'create': {
      const { document, ifNoneExist, newId: id } = wish
      const intent: Intent = { type, id, action: 'create', document, posted: true }
      if (ifNoneExist === undefined) return { status: 'ok', intent, claims: [] }
      const found = await find(finder, type, ifNoneExist)
      if (isRefusal(found)) return found
      if (found.match) return { status: 'unchanged', type, version: found.match }
      return { status: 'ok', intent, claims: found.claims }
    }
    case 'put': {
      const { id, document, expects } = wish
      return { status: 'ok', intent: putOf(type, id, document, expects), claims: [] }
    }
    case 'put where': {
      const found = await find(finder, type, wish.criteria)
      if (isRefusal(found)) return found
      return resolvePutWhere(wish, found.match, found.claims)
    }
    case 'delete': {
      const { id, expects } = wish
      return { status: 'ok', intent: deleteOf(type, id, expects), claims: [] }
    }
    case 'delete where': {
      const found = await find(finder, type, wish.criteria)
      if (isRefusal(found)) return found
      if (!found.match) return { status: 'unchanged', type }
      const { id, version } = found.match
      return {
        status: 'ok',
        intent: { ...deleteOf(type, id, undefined), basis: version },
        claims: found.claims,
      }
    }
    case 'patch': {
      const found = await finder.current(type, wish.id)
      return found.status === 'ok' ? resolvePatch(finder, wish, found.version, []) : found
    }
    case 'patch where': {
      const found = await find(finder, type, wish.criteria)
      if (isRefusal(found)) return found
      // FHIR R4 §3.1.0.6.1: a patch creates nothing.
      return found.match ? resolvePatch(finder, wish, found.match, found.claims) : refuse('not-found')
    }
  }
}

/** FHIR R4 §3.1.0.4.3: none → created, under the id given if any; one → updated, if its id is the one given. */
function resolvePutWhere(
  { type, document, ifMatch, newId }: Wish & { kind: 'put where' },
  match: Version | undefined,
  claims: Claim[],
): Resolved | Refusal {
  const ownId = sentIdOf(document)
  if (match) {
    const { id, version } = match
    if (ownId !== undefined && ownId !== id) return refuse('id-mismatch')
    return { status: 'ok', intent: { ...putOf(type, id, document, ifMatch), basis: version }, claims }
  }
  if (ifMatch !== undefined) return refuse('precondition-failed')
  const intent: Intent =
    ownId === undefined
      ? { type, id: newId, action: 'create', document, posted: false }
      : putOf(type, ownId, document, undefined)
  return { status: 'ok', intent, claims }
}

/** Of the version that is current now; if another is by the time of writing, the wish is resolved again. */
async function resolvePatch(
  finder: Finder,
  { type, patch, ifMatch }: Wish & { kind: 'patch' | 'patch where' },
  { id, version, json }: Version,
  claims: Claim[],
): Promise<Resolved | Refusal> {
  if (ifMatch !== undefined && ifMatch !== version) return refuse('precondition-failed')
  const whole = await finder.whole(json)
  if (whole.status !== 'ok') return whole
  const patched = applyPatch(patch, { type, id, text: whole.text })
  if (patched.status !== 'ok') return patched
  const intent: Intent = { ...putOf(type, id, patched.document, undefined), basis: version }
  return { status: 'ok', intent, claims }
}

async function find(finder: Finder, type: string, query: string) {
  const found = await finder.find(type, query)
  if (found.status !== 'found') return found
  const { matches, claims } = found
  if (matches.length > 1) return refuse('multiple-matches')
  return { status: 'found' as const, match: matches[0], claims }
}

function putOf(type: string, id: string, document: Document, expects: number | 'none' | undefined): Intent {
  return { type, id, action: 'put', document, posted: false, ...(expects === undefined ? {} : { expects }) }
}

function deleteOf(type: string, id: string, expects: number | undefined): Intent {
  return { type, id, action: 'delete', posted: false, ...(expects === undefined ? {} : { expects }) }
}

export function createWish(
  type: string,
  document: Document,
  ifNoneExist: string | undefined,
  newId = randomUuid(),
): Wish {
  return { kind: 'create', type, document, ifNoneExist, newId }
}

/** A PUT to `Type/id`; the id in the body must be that of the address. */
export function putWish(type: string, id: string, document: Document, options: WriteOptions): Wish | Refusal {
  if (sentIdOf(document) !== id) return refuse('id-mismatch')
  return {
    kind: 'put',
    type,
    id,
    document,
    expects: options.ifNoneMatch === undefined ? options.ifMatch : 'none',
  }
}
