/** Whoever acts, and what every act of theirs goes through: what they may do, and what is recorded before anything of it is told. */
import { pipeline, Transform, type Readable } from 'node:stream'
import { randomUuid } from '#kernel/crypto/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Action } from '#kernel/ledger/index.ts'
import { httpStatusOf, isRefusal, refuse, type Refusal } from '#kernel/outcome.ts'
import type { Audit } from '../audit/index.ts'
import { createBounded } from '../bounded.ts'
import type { By } from '../by.ts'
import {
  Sight,
  type Gate,
  type Given,
  type PolicyAction,
  type SightParts,
  type Standing,
} from '../gate/index.ts'
import type { Kickoff } from '../export/index.ts'
import { reading, unlessSealed } from '../guarding.ts'
import type { Records } from '../interactions.ts'
import { facilityOf, patientCompartment } from '../place.ts'
import { sayAct } from '../said.ts'
import type { Deed, Scribe, Unrecorded } from '../scribe.ts'
import type { Version } from '../types.ts'
import type { Watching } from '../watching/index.ts'
import { watermarkOf, type Watermark } from '../watermark.ts'
import { WritingAct } from '../writing.ts'

export interface ActingRooms {
  records: Records
  audit: Audit
  scribe: Scribe
  gate: Gate
  keys: Pick<Keys, 'state' | 'locator'>
  /** What is seen is judged by. */
  sightParts: SightParts
  watching: Watching
  /** Milliseconds since 1970. */
  now: () => number
}

/** What was asked for, as the ledger says it. */
type Said = Pick<Deed, 'query' | 'asked' | 'into' | 'act'> & {
  /** How much of it; of a page that is none of the first, the token that came with the one before. */
  count?: number | undefined
  page?: string | undefined
}

/** How often it is read anew because somebody was destroyed whose keys it needed. */
const triesMax = 3

export class Desk {
  readonly rooms: ActingRooms
  readonly by: By
  /** A UUID, where it is part of an act that has begun. */
  readonly act: string | undefined
  isRecorded = false
  /** What was seen last, for the bytes of it that go out by a stream. */
  last: { act: string | undefined; seen: readonly Version[] } = { act: undefined, seen: [] }
  #stands: Standing | Promise<Standing> | undefined
  #records: Records | undefined

  constructor(rooms: ActingRooms, by: By, act?: string) {
    this.rooms = rooms
    this.by = rooms.gate.named(by)
    this.act = act
  }

  /** Of what was given last. */
  get watermark(): Watermark | undefined {
    const { act } = this.last
    return act === undefined ? undefined : watermarkOf(this.by, act, this.rooms.now())
  }

  /** What they may do, asked of policy once. */
  standing(): Standing | Promise<Standing> {
    return (this.#stands ??= this.rooms.gate.of(this.by))
  }

  /** The records as they may have them. */
  held(): Records | Promise<Records> {
    if (this.#records) return this.#records
    const standing = this.standing()
    return standing instanceof Promise
      ? standing.then((later) => this.#within(later))
      : this.#within(standing)
  }

  #within(standing: Standing): Records {
    this.#stands = standing
    const { records } = this.rooms
    if (standing.isWhole) return (this.#records = records)
    return (this.#records = createBounded(
      records,
      standing,
      new Sight(standing, this.rooms.sightParts),
      this.by,
    ))
  }

  /** The same bytes; an entry at their end says how many there were. */
  counting(stream: Readable, deed: Omit<Deed, 'outcome'>, seen: readonly Version[]): Readable {
    let bytes = 0
    const counted = new Transform({
      transform(chunk: Uint8Array, _, done) {
        bytes += chunk.length
        done(null, chunk)
      },
    })
    // Who reads it sees how it ends.
    pipeline(stream, counted, () => {})
    counted.once('close', () => {
      const outcome = counted.readableEnded ? 'done' : 'broken-off'
      // They are sent: where this cannot be recorded, the entry before the first byte stands alone.
      this.rooms.scribe.record({ ...deed, outcome, bytes, spares: true }, seen).catch(() => {})
    })
    return counted
  }

  /** Gives what was found once it is recorded who saw it. */
  async look<Result extends { status: string }>(
    action: Action,
    said: Said,
    act: (records: Records) => Promise<Result | Refusal>,
    seenIn: (result: Result) => readonly Version[],
    besideIn: (result: Result) => Pick<Deed, 'beside'> = () => ({}),
  ): Promise<Result | Refusal> {
    for (let tries = 0; tries < triesMax; tries++) {
      const result = await reading(() => {
        const held = this.held()
        return held instanceof Promise ? held.then(act) : act(held)
      }, this.rooms.keys)
      if (isRefusal(result)) return this.refuse(action, result, said)
      const found = result as Result
      const last = { act: this.act ?? randomUuid(), seen: seenIn(found) }
      const deed = {
        action: this.#use(action),
        outcome: 'done',
        by: this.by,
        act: last.act,
        ...said,
        ...besideIn(found),
      } as const
      const given = this.#givenBy(deed, last.seen, said)
      const judging = given && this.restrained(given, false)
      const barred = judging instanceof Promise ? await judging : judging
      if (barred) return this.refuse(action, barred, { ...said, act: last.act })
      const unrecorded = await this.rooms.scribe.record(deed, last.seen)
      if (unrecorded === undefined) {
        const counting = given && this.restrained(given, true)
        const over = counting instanceof Promise ? await counting : counting
        if (over) return this.refuse(action, over, { ...said, act: last.act })
        this.isRecorded = true
        this.last = last
        return found
      }
      if (unrecorded !== 'again') return unrecorded
    }
    return refuse('busy', {}, { retryAfterSeconds: 1 })
  }

  /** What is to be printed is recorded as that. */
  #use(action: Action): Action {
    return this.by.use ?? action
  }

  /** What is counted of it; nothing of those who are held to nothing. */
  #givenBy(
    { action, act = '', into, beside = [] }: Deed,
    seen: readonly Version[],
    asked: Said,
  ): Given | undefined {
    const standing = this.#stands
    if (!standing || standing instanceof Promise || standing.isWhole) return undefined
    const said = () => sayAct(action, asked, this.by)
    const isPart = this.act !== undefined
    const [first] = seen
    // Nearly every read: of one.
    if (first && seen.length === 1 && into === undefined)
      return { action, act, isPart, places: this.rooms.scribe.placesOf(first), resources: 1, said }
    const places = new Set(seen.flatMap((version) => this.rooms.scribe.placesOf(version)))
    if (into !== undefined) for (const each of [into, ...beside]) places.add(each)
    return { action, act, isPart, places: [...places], resources: seen.length, said }
  }

  /** At once where nothing has to be counted. */
  restrained(given: Given, isRecorded: boolean): ReturnType<Standing['restrains']> {
    const standing = this.standing()
    if (standing instanceof Promise) return standing.then((later) => later.restrains(given, isRecorded))
    return standing.restrains(given, isRecorded)
  }

  /** What was written is recorded by the same statement; what was found in its place, and what was refused, here. */
  async write<Result extends { status: string }>(
    action: Action,
    said: Said,
    act: (writing: WritingAct, records: Records) => Promise<Result | Refusal>,
  ): Promise<Result | Refusal> {
    const { query, act: given } = said
    const deed = { by: this.by, act: given ?? this.act ?? randomUuid(), query }
    const writing = new WritingAct(this.rooms.scribe.ledger, deed)
    const result = await unlessSealed(async () => act(writing, await this.held()), this.rooms.keys)
    if (writing.isWritten) this.isRecorded = true
    if (isRefusal(result)) return this.refuse(action, result, said)
    const { seen, isWritten, isInDoubt, refusals } = writing
    let unrecorded: Unrecorded | undefined
    if (!isWritten || seen.length > 0)
      unrecorded = await this.rooms.scribe.record({ ...deed, action, outcome: 'done', ...said }, seen)
    if (refusals.size > 0)
      unrecorded ??= await this.rooms.scribe.record({
        ...deed,
        action,
        outcome: 'refused',
        reason: [...refusals].map(([status, times]) => `${status}: ${times}`).join(', '),
      })
    if (unrecorded === undefined) {
      this.isRecorded = true
      return result as Result
    }
    if (isWritten || isInDoubt) return refuse('outcome-unknown', {}, { retryAfterSeconds: 1 })
    return unrecorded === 'again' ? refuse('busy', {}, { retryAfterSeconds: 1 }) : unrecorded
  }

  /** Whoever may have none of an export is told that before it is counted. */
  async faultOfExport(kickoff: Kickoff, said: Said): Promise<Refusal | undefined> {
    if ((await this.standing()).isWhole) return undefined
    const fault = await (await this.held()).exports.fault(kickoff, this.by)
    return fault && this.refuse('export', fault, said)
  }

  /** The beginning of an export is recorded; or why there is none. */
  async begun(deed: Pick<Deed, 'action' | 'by' | 'query'> & { act: string }): Promise<Refusal | undefined> {
    const { action, act, query } = deed
    if ((await this.standing()).isWhole) return this.note({ ...deed, outcome: 'begun' })
    const said = () => sayAct(action, { query }, this.by)
    const given: Given = { action, act, places: [], resources: 0, said }
    const barred = await this.restrained(given, false)
    if (barred) return this.refuse(action, barred, { query, act })
    const unrecorded = await this.note({ ...deed, outcome: 'begun' })
    if (unrecorded) return unrecorded
    const over = await this.restrained(given, true)
    return over && this.refuse(action, over, { query, act })
  }

  async refuse(action: Action, refusal: Refusal, said: Said): Promise<Refusal> {
    if (!isAct(refusal)) return refusal
    const { query, asked } = said
    const reason = reasonOf(refusal)
    const deed = {
      action,
      outcome: 'refused',
      by: this.by,
      act: said.act ?? this.act,
      query,
      asked,
      reason,
    } as const
    return (await this.note(deed)) ?? refusal
  }

  async note(deed: Deed): Promise<Refusal | undefined> {
    const unrecorded = await this.rooms.scribe.record(deed)
    if (unrecorded === undefined) this.isRecorded = true
    return unrecorded === 'again' ? refuse('busy', {}, { retryAfterSeconds: 1 }) : unrecorded
  }

  /** By what they are to the patient; of nobody in particular, to everybody. */
  async mayAskLedger(action: PolicyAction, patient: string | undefined): Promise<boolean | Refusal> {
    const standing = await this.standing()
    if (standing.isWhole) return true
    const { keys } = this.rooms
    if (keys.state() !== 'open') return refuse('sealed')
    const { locator } = keys
    const subject = patient === undefined ? facilityOf(locator) : patientCompartment(locator, patient)
    return unlessSealed(async () => standing.allows({ action, kind: 'ledger', subjects: [subject] }), keys)
  }
}

/** What the vault decided, other than what it could not do. */
export function isAct(refusal: Refusal): boolean {
  return httpStatusOf(refusal) < 500
}

export function reasonOf(ended: { status: string; cause?: unknown; inside?: unknown }): string {
  const { status, cause, inside } = ended
  if (typeof inside === 'string') return `${status}: ${inside}`
  if (typeof cause !== 'object' || cause === null || !('status' in cause)) return status
  return `${status}: ${String(cause.status)}`
}
