/**
 * What stands in a resource's text, as it is in memory, where a large value has been taken out: a reference to the sealed
 * attachment that holds it. It begins and ends with half of a surrogate pair, which no text read as UTF-8 can hold by
 * itself, so nobody can send one; and JSON.parse takes it as part of a string.
 */
import type { CompartmentId } from './place.ts'

/** How the value was written. `base64`: canonical. `escaped`: the same with `\/` for `/`. `text`: as it stands in the JSON. */
export type Form = 'base64' | 'escaped' | 'text'

export interface Marker {
  compartment: CompartmentId
  attachment: string
  /** Of the compartment's key. */
  generation: number
  /** Which of the compartment's keys: of what an identity capsule holds, the identity key. */
  purpose: 'record' | 'identity'
  form: Form
  /** Bytes sealed, without padding; SHA-256 of them, in hexadecimal. */
  stored: number
  sha256: string
  /** Bytes that the value says; SHA-1 of them, in hexadecimal. */
  bytes: number
  sha1: string
  /** Characters of the value in the JSON, all of them ASCII. */
  literal: number
  /** The bytes are not of the type that the resource says. */
  isOtherType: boolean
}

const edge = '\udbff'
const edges = /\udbff(?![\udc00-\udfff])/g
const markers = /\udbff(?![\udc00-\udfff])([^\udbff]*)\udbff/g
/** What stands for the edge at rest: no JSON has a control character in it. */
const edgeAtRest = '\u0001'

export function markerText(marker: Marker): string {
  const { compartment, attachment, generation, purpose, form, stored, sha256, bytes, sha1, literal } = marker
  const fields = [compartment, attachment, generation, purpose, form, stored, sha256, bytes, sha1, literal]
  return `${edge}${fields.join()},${marker.isOtherType ? 'other' : 'as said'}${edge}`
}

/** Whether anything was taken out of a text. */
export function hasMarkers(text: string): boolean {
  return text.includes(edge) && text.search(markers) >= 0
}

/** The text in parts: as it stands, and what was taken out between them. */
export function partsOfText(text: string): (string | Marker)[] {
  if (!text.includes(edge)) return [text]
  const parts: (string | Marker)[] = []
  let from = 0
  for (const match of text.matchAll(markers)) {
    parts.push(text.slice(from, match.index), markerOf(match[1] as string))
    from = match.index + match[0].length
  }
  parts.push(text.slice(from))
  return parts
}

/** Characters of the text with all its values. */
export function charsOf(text: string): number {
  if (!text.includes(edge)) return text.length
  return partsOfText(text).reduce(
    (sum, part) => sum + (typeof part === 'string' ? part.length : part.literal),
    0,
  )
}

export function markersIn(text: string): Marker[] {
  return partsOfText(text).filter((part) => typeof part !== 'string')
}

function markerOf(inner: string): Marker {
  const [compartment, attachment, generation, purpose, form, stored, sha256, bytes, sha1, literal, said] =
    inner.split(',') as string[]
  return {
    compartment: compartment as CompartmentId,
    attachment: attachment as string,
    generation: Number(generation),
    purpose: purpose as Marker['purpose'],
    form: form as Form,
    stored: Number(stored),
    sha256: sha256 as string,
    bytes: Number(bytes),
    sha1: sha1 as string,
    literal: Number(literal),
    isOtherType: said === 'other',
  }
}

/** The text as it may be written in UTF-8; as long as before. */
export function textAtRest(text: string): string {
  return text.replaceAll(edges, edgeAtRest)
}

export function textInMemory(atRest: string): string {
  return atRest.replaceAll(edgeAtRest, edge)
}
