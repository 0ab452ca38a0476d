/** Large values of documents that are being written: out of their texts, until they have their place. */
import { createHasher } from '#kernel/crypto/index.ts'
import type { Form, Marker } from '../markers.ts'
import { newStandIn, readValue, replaceStandIns, valuesIn } from './values.ts'

/** A value that was taken out: either its bytes are at hand, or they are sealed already. */
export type Held =
  | {
      form: Form
      /** As they are to be sealed: what the value says, or, of the form `text`, the value as it stands. */
      content: Buffer
      /** What it says. */
      bytes: Buffer
      literal: number
    }
  | { marker: Marker; head: Uint8Array }

/** By stand-in. Of this process: nobody else can know one. */
const all = new Map<string, Held>()

export function heldOf(standIn: string): Held | undefined {
  return all.get(standIn)
}

/** Holds something until it is let go. */
export function hold(held: Held): { standIn: string; letGo: () => void } {
  const standIn = newStandIn()
  all.set(standIn, held)
  return { standIn, letGo: () => void all.delete(standIn) }
}

/** A body whose large values are held elsewhere. */
export interface Lightened {
  body: Uint8Array
  letGo: () => void
}

const nothing = (): void => {}

/** Takes the values of more characters than that out of a body; the body itself where there are none. */
export function lighten(body: Uint8Array, charsMax: number): Lightened {
  if (body.length <= charsMax) return { body, letGo: nothing }
  const json = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const parts: Uint8Array[] = []
  const ends: (() => void)[] = []
  let at = 0
  for (const { from, to } of valuesIn(json, charsMax)) {
    const literal = json.toString('latin1', from, to)
    const read = readValue(literal)
    if (!read) continue
    const content = read.form === 'text' ? Buffer.from(literal, 'latin1') : read.bytes
    const { standIn, letGo } = hold({ form: read.form, content, bytes: read.bytes, literal: literal.length })
    ends.push(letGo)
    parts.push(json.subarray(at, from), Buffer.from(standIn))
    at = to
  }
  if (ends.length === 0) return { body, letGo: nothing }
  parts.push(json.subarray(at))
  return { body: Buffer.concat(parts), letGo: () => ends.forEach((end) => end()) }
}

/** The text with its values back, where something is about to read them. */
export function withHeld(text: string): string {
  return replaceStandIns(text, (standIn) => {
    const held = all.get(standIn)
    if (!held || 'marker' in held) return standIn
    return held.form === 'text'
      ? held.content.toString('latin1')
      : held.form === 'escaped'
        ? held.bytes.toString('base64').replaceAll('/', '\\/')
        : held.bytes.toString('base64')
  })
}

export function sumsOf(bytes: Uint8Array): { sha256: string; sha1: string } {
  const [sha256, sha1] = (['sha256', 'sha1'] as const).map((algorithm) => {
    const hasher = createHasher(algorithm)
    hasher.update(bytes)
    return Buffer.from(hasher.digest()).toString('hex')
  }) as [string, string]
  return { sha256, sha1 }
}

/** What the values in a text say, small ones and those taken out; not of what came raw. */
export function* contentsIn(text: string): Generator<Uint8Array> {
  const json = Buffer.from(text)
  for (const { from, to } of valuesIn(json, 0)) {
    const literal = json.toString('latin1', from, to)
    const held = all.get(literal)
    if (held && 'marker' in held) continue
    const bytes = held ? held.bytes : readValue(literal)?.bytes
    if (bytes) yield bytes
  }
}
