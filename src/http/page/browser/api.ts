/** Requests to /auth, each with a proof of the browser's key. */
import { keep, kept, proofOf } from './store.ts'
import { currentLanguage, type Language, type TextName } from './text.ts'

export interface Failure {
  ok: false
  status: number
  error: string
  message: Record<Language, string>
  retrySeconds?: number
  /** No answer came, and it may have been done: what is to be looked at before it is repeated. */
  lost?: TextName
}

/** Who is signed in with this browser, in all of its tabs alike. */
export interface Held {
  id: string
  account: string
}

export type Reply<Value> = { ok: true; value: Value } | Failure

let nonce: string | undefined
let session: Held | undefined
/** What is done when it has ended: true where somebody signed in again, and it is to be asked once more. */
let whenOver: (() => Promise<boolean>) | undefined
let isOver: Promise<boolean> | undefined
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

/** To the other tabs: who is signed in has changed. */
const tabs = new BroadcastChannel('sigilo')

/** Whose requests they are from now on, here and in the other tabs; undefined: nobody's. */
export async function useSession(held: Held | undefined): Promise<void> {
  session = held
  usedAt = Date.now()
  if (held) waitForIdle()
  else lastsFor(undefined)
  await keep('session', held)
  tell('session')
}

function tell(what: 'session' | 'used'): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of its own origin alone
  tabs.postMessage(what)
}

/** Unused for so long, here and in the other tabs, it ends: then nothing is left on the screen for whoever comes by. */
let idleMs: number | undefined
let usedAt = 0
let idle: ReturnType<typeof setTimeout> | undefined

export function lastsFor(seconds: number | undefined): void {
  idleMs = seconds === undefined ? undefined : seconds * 1000
  waitForIdle()
}

function waitForIdle(): void {
  clearTimeout(idle)
  if (idleMs !== undefined) idle = setTimeout(lookIdle, Math.max(0, usedAt + idleMs - Date.now()))
}

/** Also when a machine wakes up, whose timers slept. */
function lookIdle(): void {
  if (idleMs === undefined || !session) return
  // A timer may be ahead of the clock, and the clock may be set back: then it is looked at again.
  if (Date.now() < usedAt + idleMs) return waitForIdle()
  void ended()
}

function ended(): Promise<boolean> {
  return (isOver ??= (whenOver?.() ?? Promise.resolve(false)).finally(() => (isOver = undefined)))
}

/** Under this name it goes on. */
export async function renewSession(id: string): Promise<void> {
  if (session) await useSession({ ...session, id })
}

/** Here alone: what is asked next is asked by nobody. */
export function forgetSession(): void {
  session = undefined
}

export async function rememberedSession(): Promise<Held | undefined> {
  return (session = await heldNow())
}

async function heldNow(): Promise<Held | undefined> {
  const held = await kept('session')
  return typeof held === 'object' ? (held as Held) : undefined
}

/** In another tab whoever was signed in here has signed out, or somebody else in. */
export async function isElsewhere(account = session?.account): Promise<boolean> {
  return account !== undefined && (await heldNow())?.account !== account
}

/** `over`: what has been asked is refused, since the session has ended. `elsewhere`: see `isElsewhere`; also when the page is seen again. */
export function watchSession(over: () => Promise<boolean>, elsewhere: () => void): void {
  whenOver = over
  const look = async (): Promise<void> => {
    if (await isElsewhere()) elsewhere()
  }
  tabs.addEventListener('message', ({ data }) => {
    if (data !== 'used') return void look()
    usedAt = Date.now()
    waitForIdle()
  })
  document.addEventListener('visibilitychange', () => {
    lookIdle()
    void look()
  })
  addEventListener('pageshow', ({ persisted }) => void (persisted && look()))
}

interface Call {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  body?: unknown
  invitation?: string
  /** Whoever leaves is not asked to sign in again for it. */
  isLeaving?: true
}

/** Asked once more by whoever signs in again where the session has ended. */
export async function call<Value>(path: string, asked: Call = {}): Promise<Reply<Value>> {
  const first = await answered<Value>(path, asked)
  if (first.ok || first.error !== 'unauthorized' || !session || asked.isLeaving || !whenOver) return first
  return (await ended()) ? answered<Value>(path, asked) : first
}

/** What was asked once more when the server gave a new nonce; a failure of the network is a failure like others. */
async function answered<Value>(path: string, asked: Call): Promise<Reply<Value>> {
  const by = session?.id
  const first = await ask<Value>(path, asked)
  if (first.ok || (!first.isNonce && !(first.status === 401 && (await hasMoved(by))))) return first
  return ask<Value>(path, asked)
}

/** In another tab the same person has shown both factors again, and the session has another name since. */
async function hasMoved(from: string | undefined): Promise<boolean> {
  const now = session && (await heldNow())
  if (!now || now.account !== session?.account) return false
  session = now
  return now.id !== from
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
    const by = session
    if (by) headers['dpop'] = await proofFor(method, path, by.id)
    const response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const newNonce = response.headers.get('dpop-nonce')
    const isNonce = response.status === 401 && by !== undefined && newNonce !== null && newNonce !== used
    nonce = newNonce ?? nonce
    if (by && response.ok) {
      usedAt = Date.now()
      waitForIdle()
      tell('used')
    }
    if (response.status === 204) return { ok: true, value: undefined as Value }
    const value: unknown = await response.json()
    if (response.ok) return { ok: true, value: value as Value }
    const retry = response.headers.get('retry-after')
    const { error, message } = value as Pick<Failure, 'error' | 'message'>
    if (typeof message !== 'object' && !('issue' in (value as object))) throw new Error('not Sigilo’s answer')
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
    return { ok: false, status: 0, error: 'offline', message, ...lostOf(method, path) }
  }
}

/** What only looks, begins something or shows factors is simply done again. */
function lostOf(method: string, path: string): Pick<Failure, 'lost'> {
  if (method === 'GET' || path.endsWith('options') || path.startsWith('/auth/session')) return {}
  return { lost: path === '/auth/enrolment' ? 'lostEnrolment' : 'lost' }
}

interface Outcome {
  issue: { details?: { text?: string; coding?: { code?: string }[] } }[]
}

/** An OperationOutcome as every other refusal. */
function outcomeOf({ issue: [first] }: Outcome): Pick<Failure, 'error' | 'message'> {
  const { text = '', coding: [coding] = [] } = first?.details ?? {}
  return { error: coding?.code ?? '', message: { es: text, en: text } }
}
