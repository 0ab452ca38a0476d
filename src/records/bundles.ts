/** Batch and transaction Bundles: FHIR R4 §3.1.0.11. */
import type { Keys } from '#kernel/keys/index.ts'
import { httpStatusOf, operationOutcome, refuse, type Refusal } from '#kernel/outcome.ts'
import type { BundleAsked } from './bundle-asked.ts'
import type { Finder } from './criteria.ts'
import type { Asked } from './entries.ts'
import { refusalOf } from './guarding.ts'
import type { Change, Outcome } from './intents.ts'
import { seek, type Sought } from './sought.ts'
import type { Bounds } from './search/run/index.ts'
import { duplicate, planOf } from './transactions.ts'
import type { ReadingOptions, Version } from './types.ts'
import { resolve, type Resolved, type Wish } from './wishes.ts'
import type { Writer } from './writer.ts'
import type { Writing } from './writing.ts'

type Answer =
  | { kind: 'changed'; outcome: Change['outcome']; version?: Version }
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'got'; httpStatus: number; json: string; etag?: string; lastModified?: Date }

/** Entries of a batch under way at once: as many as the combiner can use together. */
const batchConcurrency = 32
/** Of one transaction. Each looks through the tuples of everybody, which takes seconds in a large hospital. */
const scansMax = 10
/** The same with all that is searched again after losing to somebody else; then it is told that it lost. */
const scansInAllMax = 4 * scansMax

/** Carries out what was read of a Bundle. */
export type CarryOut = (
  read: BundleAsked,
  options: ReadingOptions,
  writing: Writing,
) => Promise<{ status: 'ok'; json: string } | Refusal>

export function createBundles(writer: Writer, finder: Finder, keys: Pick<Keys, 'state'>): CarryOut {
  return async function carryOut({ type, asked }, options, writing) {
    if (type === 'batch') return answerOf('batch-response', await batch(asked, options, writing), options)
    const done = await transaction(asked, options, writing)
    return Array.isArray(done) ? answerOf('transaction-response', done, options) : done
  }

  async function batch(
    asked: readonly Asked[],
    options: ReadingOptions,
    writing: Writing,
  ): Promise<Answer[]> {
    const answers: Answer[] = []
    let next = 0
    const work = async () => {
      for (let n = next++; n < asked.length; n = next++) {
        answers[n] = await standing(() => answerOne(asked[n] as Asked, options, writing), options, writing)
      }
    }
    const works = await Promise.allSettled(Array.from({ length: batchConcurrency }, work))
    for (const done of works) if (done.status === 'rejected') throw done.reason
    return answers
  }

  /**
   * An entry that fails by itself: the others go on, and what was kept of them is told. Were the fault thrown, whoever sent the Bundle
   * would be told that all of it failed while its other entries are still being written.
   */
  async function standing(
    act: () => Promise<Answer>,
    { failed }: ReadingOptions,
    writing: Writing,
  ): Promise<Answer> {
    try {
      return await act()
    } catch (error) {
      const refusal = passing(error) ?? failed?.(error)
      if (!refusal) throw error
      writing.refused(refusal)
      return { kind: 'refused', refusal }
    }
  }

  /** Undefined of a fault of ours. */
  function passing(error: unknown): Refusal | undefined {
    try {
      return refusalOf(error, keys)
    } catch {
      return undefined
    }
  }

  async function answerOne(asked: Asked, options: ReadingOptions, writing: Writing): Promise<Answer> {
    const refused = (refusal: Refusal): Answer => {
      writing.refused(refusal)
      return { kind: 'refused', refusal }
    }
    if (asked.kind === 'refused') return refused(asked.refusal)
    if (asked.kind === 'get') return getOf(asked.url, options)
    const done = await fulfil(
      writing,
      [asked.wish],
      () => undefined,
      () => 0,
      options.signal,
    )
    if (done.status === 'refused') return refused(done.refusal)
    return done.answers[0] as Answer
  }

  async function transaction(
    asked: readonly Asked[],
    options: ReadingOptions,
    writing: Writing,
  ): Promise<Answer[] | Refusal> {
    const failed = (entry: number, cause: Refusal) => refuse('transaction-failed', { entry }, { cause })
    const wishes: Wish[] = []
    const entryOf: number[] = []
    for (const [entry, each] of asked.entries()) {
      if (each.kind === 'refused') return failed(entry, each.refusal)
      if (each.kind !== 'wish') continue
      wishes.push(each.wish)
      entryOf.push(entry)
    }
    const done = await fulfil(
      writing,
      wishes,
      (n) => (asked[entryOf[n] as number] as Asked).fullUrl,
      (n) => entryOf[n] as number,
      options.signal,
      scansMax,
    )
    if (done.status === 'refused') {
      const { wish, refusal } = done
      return wish === undefined ? refusal : failed(entryOf[wish] as number, refusal)
    }
    const answers: Answer[] = []
    done.answers.forEach((answer, n) => (answers[entryOf[n] as number] = answer))
    // Reads see what the transaction wrote; that it is kept is told whatever becomes of them.
    for (const [entry, each] of asked.entries()) {
      if (each.kind === 'get')
        answers[entry] = await standing(() => getOf(each.url, options), options, writing)
    }
    return answers
  }

  /**
   * All wishes or none. `fullUrlOf`: the name by which other entries refer to a wish's resource. `entryOf`: the entry
   * that holds the wish; entries that read hold none. `most`: searches of all records, where there is a bound.
   */
  async function fulfil(
    writing: Writing,
    wishes: readonly Wish[],
    fullUrlOf: (wish: number) => string | undefined,
    entryOf: (wish: number) => number,
    signal: AbortSignal | undefined,
    most?: number,
  ) {
    let settled: Resolved[] = []
    // Without a wish where it is about none more than about the others.
    let refused: { status: 'refused'; wish: number | undefined; refusal: Refusal } | undefined
    // Indices of the wishes that became intents, in the order of the intents.
    let acting: number[] = []
    let scans: Bounds['scans']
    let scanned = 0
    const outcome: Outcome<'refused'> = await writer.write<'refused'>(writing, async () => {
      settled = []
      acting = []
      if (scans) scanned += scans.max - scans.left
      if (scanned >= scansInAllMax) {
        refused = { status: 'refused', wish: undefined, refusal: refuse('version-conflict') }
        return { status: 'settled', value: 'refused' }
      }
      scans = most === undefined ? undefined : { max: most, left: most }
      const bounded = finder.within({ signal, scans, sight: writing.bounds?.sight })
      for (const [n, wish] of wishes.entries()) {
        const resolved = await resolve(bounded, wish)
        if (resolved.status !== 'ok' && resolved.status !== 'unchanged') {
          refused = { status: 'refused', wish: n, refusal: resolved }
          return { status: 'settled', value: 'refused' }
        }
        settled.push(resolved)
        if (resolved.status === 'ok') acting.push(n)
      }
      const twice = duplicate(settled)
      if (twice !== undefined) {
        refused = {
          status: 'refused',
          wish: twice,
          refusal: refuse('duplicate-in-bundle', { entry: entryOf(twice) }),
        }
        return { status: 'settled', value: 'refused' }
      }
      const sought: Sought = new Map()
      for (const [n, resolved] of settled.entries()) {
        const document = resolved.status === 'ok' ? resolved.intent.document : undefined
        // What is ready has no references by criteria.
        const refusal = document && !document.ready ? await seek(bounded, document.text, sought) : undefined
        if (refusal) {
          refused = { status: 'refused', wish: n, refusal }
          return { status: 'settled', value: 'refused' }
        }
      }
      return planOf(settled, fullUrlOf, sought)
    })
    if (outcome.status === 'settled') return refused as NonNullable<typeof refused>
    if (outcome.status === 'refused') {
      const { intent, refusal } = outcome
      return { status: 'refused' as const, wish: intent === undefined ? undefined : acting[intent], refusal }
    }
    let change = 0
    const answers = settled.map((resolved): Answer => {
      if (resolved.status === 'ok') return { kind: 'changed', ...(outcome.changes[change++] as Change) }
      if (resolved.version) writing.found(resolved.version)
      return {
        kind: 'changed',
        outcome: 'unchanged',
        ...(resolved.version ? { version: resolved.version } : {}),
      }
    })
    return { status: 'ok' as const, answers }
  }
}

async function getOf(url: string, { get }: ReadingOptions): Promise<Answer> {
  return get ? { kind: 'got', ...(await get(url)) } : { kind: 'refused', refusal: refuse('not-implemented') }
}

const statuses = { created: '201 Created', updated: '200 OK', deleted: '204 No Content', unchanged: '200 OK' }

function answerOf(type: string, answers: readonly Answer[], options: ReadingOptions) {
  const entries = answers.map((answer) => entryText(answer, options))
  const entry = entries.length === 0 ? '' : `,"entry":[${entries.join(',')}]`
  return { status: 'ok' as const, json: `{"resourceType":"Bundle","type":"${type}"${entry}}` }
}

function entryText(answer: Answer, { prefer, language = 'en' }: ReadingOptions): string {
  switch (answer.kind) {
    case 'refused': {
      const outcome = operationOutcome(answer.refusal, language)
      return `{"response":{"status":"${httpStatusOf(answer.refusal)}","outcome":${outcome}}}`
    }
    case 'got': {
      const { httpStatus, json, etag, lastModified } = answer
      const response = JSON.stringify({
        status: String(httpStatus),
        etag,
        lastModified: lastModified?.toISOString(),
      })
      if (httpStatus < 400) return `{"resource":${json},"response":${response}}`
      return `{"response":${response.slice(0, -1)},"outcome":${json}}}`
    }
    case 'changed': {
      const { outcome, version } = answer
      if (!version) return '{"response":{"status":"204 No Content"}}'
      const { type, id, version: number, deleted, lastUpdated } = version
      // Types, ids, numbers and times have nothing in them that would have to be escaped.
      const location = deleted ? '' : `,"location":"${type}/${id}/_history/${number}"`
      const response = `{"status":"${statuses[outcome]}"${location},"etag":"W/\\"${number}\\"","lastModified":"${lastUpdated.toISOString()}"}`
      const resource = prefer === 'representation' && !deleted ? `"resource":${version.json},` : ''
      return `{${resource}"response":${response}}`
    }
  }
}
