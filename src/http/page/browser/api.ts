/** Requests to /auth, each with a proof of the browser's key. */
import { keep, kept, proofOf } from './store.ts'
import { currentLanguage, type Language } from './text.ts'

export interface Failure {
  ok: false
  status: number
  error: string
  message: Record<Language, string>
  retrySeconds?: number
}

export type Reply<Value> = { ok: true; value: Value } | Failure

let nonce: string | undefined
let session: string | undefined
/** Of a read: it names the origin alone, and is good for all reads until its nonce ends. */
let reading: { nonce: string | undefined; session: string; proof: Promise<string> } | undefined

function proofFor(method: string, path: string, id: string): Promise<string> {
  const known = nonce === undefined ? {} : { nonce }
  if (method !== 'GET')
    return proofOf({ htm: method, htu: `${location.origin}${path}`, session: id, ...known })
  if (reading?.nonce !== nonce || reading?.session !== id)
    reading = {
      nonce,
      session: id,
      proof: proofOf({ htm: 'GET', htu: location.origin, session: id, ...known }),
    }
  return reading!.proof
}

/** Whose requests they are from now on; undefined: nobody's. */
export async function useSession(id: string | undefined): Promise<void> {
  session = id
  await keep('session', id)
}

export async function rememberedSession(): Promise<string | undefined> {
  session = (await kept('session')) as string | undefined
  return session
}

interface Call {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  body?: unknown
  invitation?: string
}

/** What was asked once more when the server gave a new nonce; a failure of the network is a failure like others. */
export async function call<Value>(path: string, asked: Call = {}): Promise<Reply<Value>> {
  const first = await ask<Value>(path, asked)
  if (first.ok || !first.isNonce) return first
  return ask<Value>(path, asked)
}

async function ask<Value>(
  path: string,
  { method = 'GET', body, invitation }: Call,
): Promise<({ ok: true; value: Value } | Failure) & { isNonce?: boolean }> {
  // What FHIR refuses is said in one language.
  const headers: Record<string, string> = { 'accept-language': currentLanguage() }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (invitation !== undefined) headers['sigilo-invitation'] = invitation
  const used = nonce
  try {
    if (session !== undefined) headers['dpop'] = await proofFor(method, path, session)
    const response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const newNonce = response.headers.get('dpop-nonce')
    const isNonce = response.status === 401 && session !== undefined && newNonce !== null && newNonce !== used
    nonce = newNonce ?? nonce
    if (response.status === 204) return { ok: true, value: undefined as Value }
    const value: unknown = await response.json()
    if (response.ok) return { ok: true, value: value as Value }
    const retry = response.headers.get('retry-after')
    const { error, message } = value as Pick<Failure, 'error' | 'message'>
    const said = 'issue' in (value as object) ? outcomeOf(value as Outcome) : { error, message }
    return {
      ok: false,
      status: response.status,
      ...said,
      isNonce,
      ...(retry === null ? {} : { retrySeconds: Number(retry) }),
    }
  } catch {
    const message = { es: 'Sin conexión con Sigilo.', en: 'No connection to Sigilo.' }
    return { ok: false, status: 0, error: 'offline', message }
  }
}

interface Outcome {
  issue: { details?: { text?: string; coding?: { code?: string }[] } }[]
}

/** An OperationOutcome as every other refusal. */
function outcomeOf({ issue: [first] }: Outcome): Pick<Failure, 'error' | 'message'> {
  const { text = '', coding: [coding] = [] } = first?.details ?? {}
  return { error: coding?.code ?? '', message: { es: text, en: text } }
}
