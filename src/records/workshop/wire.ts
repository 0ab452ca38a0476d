/** What goes between the server's thread and the workshop's: few and flat things, since each costs on both sides. */
import { isRefusal, type Refusal } from '#kernel/outcome.ts'
import type { Content } from '../content.ts'
import type { Parts } from '../parts.ts'
import type { Prepared, Ready } from '../ready.ts'
import type { Arrival, Job } from './prepare.ts'

/** A job, or what has to be read first. */
export type Ask = Job | Arrival
/** What a job becomes, and what an arrival does. */
export type Made = Prepared | Ready | Refusal

type Item = string | number | boolean | undefined | Refusal
/** The members of each ask, and one after the other the bodies of the arrivals. */
export type Request = [members: Item[], bodies: ArrayBuffer]
/** Lengths and bytes of what was packed; of what was read its other members; of asks that threw their places and why. */
export type Reply = [buffer: ArrayBuffer, members: Item[], faults: [place: number, reason: string][]]

export function requestOf(asks: readonly Ask[]): Request {
  const members: Item[] = []
  const bodies = new Uint8Array(asks.reduce((sum, ask) => sum + ('body' in ask ? ask.body.length : 0), 0))
  let at = 0
  for (const ask of asks) {
    members.push('body' in ask, ask.type)
    if ('body' in ask) {
      members.push(ask.id, ask.body.length)
      bodies.set(ask.body, at)
      at += ask.body.length
    } else {
      members.push(ask.deleted ?? false)
      putContents(members, ask.whole, ask.clinical)
    }
  }
  return [members, bodies.buffer]
}

export function* asksOf([members, bodies]: Request): Generator<Ask> {
  const from = new Members(members)
  let at = 0
  while (!from.isEmpty) {
    const hasBody = from.next<boolean>()
    const type = from.next<string>()
    if (hasBody) {
      const id = from.next<string>()
      const length = from.next<number>()
      yield { type, id, body: new Uint8Array(bodies, at, length) }
      at += length
    } else {
      const deleted = from.next<boolean>()
      yield { type, deleted, ...from.contents() }
    }
  }
}

const parts = ['version', 'capsule', 'tuple', 'capsuleTuple'] as const
/** Length of a part that is not there. */
const absent = 0xffff_ffff

/** `all`: as many as were asked; undefined for one that threw. */
export function replyOf(all: readonly (Made | undefined)[], faults: Reply[2]): Reply {
  const members: Item[] = []
  const packed: Prepared[] = []
  for (const made of all) {
    if (made && 'version' in made) packed.push(made)
    else if (made && 'prepared' in made) {
      packed.push(made.prepared)
      members.push(undefined, made.id, made.sentId)
      putContents(members, made.parts.whole, apart(made.parts))
      members.push(made.patients.length, ...made.patients)
    } else if (made) members.push(made)
  }
  return [bufferOf(packed), members, faults]
}

/** In the order of the asks; undefined for one that threw. */
export function madeOf([buffer, members, faults]: Reply, asks: readonly Ask[]): (Made | undefined)[] {
  const from = new Members(members)
  const nextPrepared = preparedIn(buffer)
  const threw = new Set(faults.map(([place]) => place))
  return asks.map((ask, place): Made | undefined => {
    if (threw.has(place)) return undefined
    if (!('body' in ask)) return nextPrepared()
    const refusal = from.next<Refusal | undefined>()
    if (refusal && isRefusal(refusal)) return refusal
    const id = from.next<string>()
    const sentId = from.next<string | undefined>()
    const { whole, clinical = whole } = from.contents()
    const patients = from.many<string>(from.next<number>())
    return { status: 'ready', id, sentId, parts: { whole, clinical }, patients, prepared: nextPrepared() }
  })
}

function apart({ whole, clinical }: Parts): Content | undefined {
  return clinical === whole ? undefined : clinical
}

function putContents(members: Item[], whole: Content, clinical: Content | undefined): void {
  members.push(clinical !== undefined)
  for (const content of clinical ? [whole, clinical] : [whole]) {
    const { text, slot, form, idAt } = content
    members.push(text, slot, form, idAt)
  }
}

/** Reads members in the order in which they were put. */
class Members {
  readonly #members: readonly Item[]
  #at = 0

  constructor(members: readonly Item[]) {
    this.#members = members
  }

  get isEmpty(): boolean {
    return this.#at === this.#members.length
  }

  /** Of the type that was put there: both sides are in this file. */
  next<Type extends Item>(): Type {
    return this.#members[this.#at++] as Type
  }

  many<Type extends Item>(count: number): Type[] {
    this.#at += count
    return this.#members.slice(this.#at - count, this.#at) as Type[]
  }

  contents(): { whole: Content; clinical?: Content } {
    const hasClinical = this.next<boolean>()
    const whole = this.#content()
    return hasClinical ? { whole, clinical: this.#content() } : { whole }
  }

  #content(): Content {
    return {
      text: this.next<string>(),
      slot: this.next<number>(),
      form: this.next<Content['form']>(),
      idAt: this.next<number>(),
    }
  }
}

/** The count, the lengths of each one's parts, 4 bytes each; then the parts. */
export function bufferOf(all: readonly Prepared[]): ArrayBuffer {
  const lengths = all.flatMap((prepared) => parts.map((part) => prepared[part]?.length ?? absent))
  const headBytes = 4 * (1 + lengths.length)
  const bytes = lengths.reduce((sum, length) => sum + (length === absent ? 0 : length), headBytes)
  const out = new Uint8Array(bytes)
  new Uint32Array(out.buffer, 0, 1 + lengths.length).set([all.length, ...lengths])
  let at = headBytes
  for (const prepared of all) {
    for (const part of parts) {
      const piece = prepared[part]
      if (!piece) continue
      out.set(piece, at)
      at += piece.length
    }
  }
  return out.buffer
}

/** Gives one after the other. */
export function preparedIn(buffer: ArrayBuffer): () => Prepared {
  const [count = 0] = new Uint32Array(buffer, 0, 1)
  const lengths = new Uint32Array(buffer, 4, count * parts.length)
  let at = 4 + lengths.byteLength
  let next = 0
  const maybe = (): Uint8Array | null => {
    const length = lengths[next++] as number
    if (length === absent) return null
    at += length
    return new Uint8Array(buffer, at - length, length)
  }
  return () => ({
    version: maybe() as Uint8Array,
    capsule: maybe(),
    tuple: maybe() as Uint8Array,
    capsuleTuple: maybe(),
  })
}
