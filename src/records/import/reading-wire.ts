/** What goes between the import's thread and those that read for it: few and flat things, since each costs on both sides. */
import type { JsonObject } from '#records/json/index.ts'
import type { Document } from '../documents.ts'
import type { Parts } from '../parts.ts'
import type { Prepared, Ready } from '../ready.ts'
import type { Wish } from '../wishes.ts'
import { bufferOf, preparedIn } from '../workshop/index.ts'
import type { ItemRead, Reading, ReadingSettings, ReadyItem, Task } from './reading.ts'

/** The lengths of the bodies, and the bodies one after the other. `settings`: as `settingsText` writes them. */
export type Request = [
  number: number,
  settings: string,
  form: Task['form'],
  lengths: number[],
  bodies: ArrayBuffer,
]

/** Of a task that threw, why. */
export type Reply =
  | [number: number, shell: Shell, members: Member[], waiting: Waiting[], prepared: ArrayBuffer]
  | [number: number, fault: string]

type Shell = Omit<Reading, 'items'>
type Member = string | number | undefined
/** What is not ready goes as it is; its tree is made anew where somebody asks for it. */
type Waiting = Omit<ItemRead, 'wish'> & { wish: Omit<Wish, 'document'>; text?: string }

export function requestOf(number: number, settings: string, { form, bodies }: Task): Request {
  const lengths = bodies.map(({ length }) => length)
  const [only] = bodies
  // A document that has its memory for itself is handed over.
  if (
    bodies.length === 1 &&
    only &&
    only.length === only.buffer.byteLength &&
    only.buffer instanceof ArrayBuffer
  )
    return [number, settings, form, lengths, only.buffer]
  const joined = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0))
  let at = 0
  for (const body of bodies) {
    joined.set(body, at)
    at += body.length
  }
  return [number, settings, form, lengths, joined.buffer]
}

export function taskOf([, , form, lengths, joined]: Request): Task {
  let at = 0
  const bodies = lengths.map((length) => {
    at += length
    return new Uint8Array(joined, at - length, length)
  })
  return { form, bodies }
}

export function settingsText({ map, ...rest }: ReadingSettings): string {
  return JSON.stringify({ ...rest, map: [...map] })
}

export function settingsOf(text: string): ReadingSettings {
  const { map, ...rest } = JSON.parse(text) as Omit<ReadingSettings, 'map'> & { map: [string, string][] }
  return { ...rest, map: new Map(map) }
}

/** Of each item in its order: which it is, and what follows from that. */
export function replyOf(number: number, { items, ...shell }: Reading): Reply {
  const members: Member[] = []
  const waiting: Waiting[] = []
  const prepared: Prepared[] = []
  for (const item of items) {
    const { wish, ready } = item
    if (ready && (wish.kind === 'put' || wish.kind === 'create')) {
      prepared.push(ready.prepared)
      putReady(members, item, wish, ready)
    } else {
      members.push(undefined)
      const { document, ...rest } = wish as Wish & { document?: Document }
      waiting.push({ ...item, wish: rest, ...(document ? { text: document.text } : {}) })
    }
  }
  return [number, shell, members, waiting, bufferOf(prepared)]
}

/** `partsOf`: of what was prepared. */
export function readingOf(reply: Reply & { length: 5 }, partsOf: (prepared: Prepared) => Parts): Reading {
  const [, shell, members, waiting, buffer] = reply
  const nextPrepared = preparedIn(buffer)
  const items: ItemRead[] = []
  let nextWaiting = 0
  let at = 0
  const next = () => members[at++]
  const strings = () => {
    const count = next() as number
    at += count
    return count === 0 ? none : (members.slice(at - count, at) as string[])
  }
  while (at < members.length) {
    const place = next() as number | undefined
    if (place === undefined) {
      const { wish, text, ...rest } = waiting[nextWaiting++] as Waiting
      items.push({
        ...rest,
        wish: { ...wish, ...(text === undefined ? {} : { document: documentOf(text) }) } as Wish,
      })
      continue
    }
    const kind = next() as 'create' | 'put'
    const type = next() as string
    const id = next() as string
    const fullUrl = next() as string | undefined
    const expects = next() as number | 'none' | undefined
    const patients = strings()
    const names = strings()
    const ready = { prepared: nextPrepared(), patients, names }
    const document = readyDocument(id, ready, partsOf)
    const wish: Wish =
      kind === 'put' ? { kind, type, id, document, expects } : { kind, type, newId: id, document }
    items.push({ place, wish, criteria: [], ready, ...(fullUrl === undefined ? {} : { fullUrl }) })
  }
  return { ...shell, items }
}

const none: readonly string[] = []

function putReady(
  members: Member[],
  { place, fullUrl }: ItemRead,
  wish: Wish & { kind: 'put' | 'create' },
  { patients, names }: ReadyItem,
): void {
  const [id, expects] = wish.kind === 'put' ? [wish.id, wish.expects] : [wish.newId, undefined]
  members.push(place, wish.kind, wish.type, id, fullUrl, expects, patients.length, ...patients)
  members.push(names.length, ...names)
}

function documentOf(text: string): Document {
  let value: JsonObject | undefined
  return {
    text,
    get value() {
      return (value ??= JSON.parse(text) as JsonObject)
    },
  }
}

/** What was read in the same thread, as it comes from another one. */
export function withDocuments(reading: Reading, partsOf: (prepared: Prepared) => Parts): Reading {
  for (const { wish, ready } of reading.items) {
    if (!ready || (wish.kind !== 'put' && wish.kind !== 'create')) continue
    wish.document = readyDocument(wish.kind === 'put' ? wish.id : wish.newId, ready, partsOf)
  }
  return reading
}

function readyDocument(
  id: string,
  { prepared, patients }: ReadyItem,
  partsOf: (prepared: Prepared) => Parts,
): Document {
  const parts = new PreparedParts(prepared, partsOf)
  return new ReadyDocument({
    status: 'ready',
    id,
    sentId: id,
    parts,
    patients,
    prepared,
    isSettled: true,
  })
}

/** Unpacked where somebody asks for them. */
class PreparedParts implements Parts {
  readonly #prepared: Prepared
  readonly #partsOf: (prepared: Prepared) => Parts
  #opened: Parts | undefined

  constructor(prepared: Prepared, partsOf: (prepared: Prepared) => Parts) {
    this.#prepared = prepared
    this.#partsOf = partsOf
  }

  get whole() {
    return (this.#opened ??= this.#partsOf(this.#prepared)).whole
  }

  get clinical() {
    return (this.#opened ??= this.#partsOf(this.#prepared)).clinical
  }
}

class ReadyDocument implements Document {
  readonly ready: Ready

  constructor(ready: Ready) {
    this.ready = ready
  }

  get text() {
    return this.ready.parts.whole.text
  }

  get value() {
    return JSON.parse(this.text) as JsonObject
  }
}
