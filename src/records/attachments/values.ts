/**
 * Values in base64 within JSON, found by their members' names without parsing what is around them. In well-formed JSON an
 * unescaped `"data"` is a string of its own; JSON that is not well-formed stays so, whatever is done here, and is refused later.
 */
import { randomBytes } from '#kernel/crypto/index.ts'
import type { Form } from '../markers.ts'

/** A value where it stands, between its quotes. */
export interface Value {
  from: number
  to: number
}

/** Members that hold base64: of Attachment, Binary and Signature, and of an extension. SampledData's text has no base64 in it. */
const names = ['"data"', '"valueBase64Binary"'].map((name) => Buffer.from(name))

const quote = 0x22
const backslash = 0x5c

/** Values of more characters than that, in their order. */
export function valuesIn(json: Buffer, charsMax: number): Value[] {
  const found: Value[] = []
  for (const name of names) {
    for (let at = json.indexOf(name); at >= 0; at = json.indexOf(name, at + name.length)) {
      if (json[at - 1] === backslash) continue
      const from = valueAfter(json, at + name.length)
      if (from === undefined) continue
      const to = endOf(json, from)
      if (to - from > charsMax) found.push({ from, to })
    }
  }
  return found.toSorted((one, other) => one.from - other.from)
}

/** Where the string begins that is the member's value. */
function valueAfter(json: Buffer, at: number): number | undefined {
  let next = skipBlank(json, at)
  if (json[next] !== 0x3a) return undefined
  next = skipBlank(json, next + 1)
  return json[next] === quote ? next + 1 : undefined
}

function skipBlank(json: Buffer, at: number): number {
  let next = at
  while (json[next] === 0x20 || json[next] === 0x0a || json[next] === 0x0d || json[next] === 0x09) next++
  return next
}

function endOf(json: Buffer, from: number): number {
  for (let at = json.indexOf(quote, from); at >= 0; at = json.indexOf(quote, at + 1)) {
    let slashes = 0
    while (json[at - 1 - slashes] === backslash) slashes++
    if (slashes % 2 === 0) return at
  }
  return from
}

/** What a value says, and how it is written; undefined where it is not base64, which validation refuses. */
export function readValue(literal: string): { form: Form; bytes: Buffer } | undefined {
  const plain = Buffer.from(literal, 'base64')
  if (plain.toString('base64') === literal) return { form: 'base64', bytes: plain }
  // R4 allows white space between groups of four; JSON writes some of it, and whatever it likes, by escapes.
  if (!isLiteral.test(literal) || !isBase64(textOf(literal))) return undefined
  const unescaped = literal.replaceAll('\\/', '/')
  const bytes = Buffer.from(unescaped, 'base64')
  const isEscaped = !/(?<!\\)\//.test(literal) && bytes.toString('base64') === unescaped
  return isEscaped
    ? { form: 'escaped', bytes }
    : { form: 'text', bytes: Buffer.from(textOf(literal), 'base64') }
}

/** As the validator has it (src/records/fhir/primitives.ts). */
function isBase64(text: string): boolean {
  return text.length > 0 && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text)
}

/** Base64, white space, and how JSON may write them. Linear: each character fits one alternative. */
const isLiteral = /^(?:[A-Za-z0-9+/=]|\\\/| |\\[nrt])+$/

/** The characters of base64 in a literal. */
export function textOf(literal: string): string {
  return literal.replaceAll('\\/', '/').replace(/\\[nrt]| /g, '')
}

/** The way back of bytes that stand at a multiple of three. */
export function writeValue(form: Form, bytes: Buffer): string {
  if (form === 'text') return bytes.toString('latin1')
  const text = bytes.toString('base64')
  return form === 'escaped' ? text.replaceAll('/', '\\/') : text
}

/**
 * What stands for a value while its document is read: base64 that nobody can know beforehand, so that it stands in no other text
 * of the document.
 */
export function newStandIn(): string {
  return (
    standInPrefix +
    Buffer.from(randomBytes(24)).toString('base64url').replaceAll('-', '+').replaceAll('_', '/')
  )
}

/** 24 characters of this process's own. */
const standInPrefix = Buffer.from(randomBytes(18)).toString('base64')
const standIns = new RegExp(`${standInPrefix.replaceAll('+', '\\+')}[A-Za-z0-9+/]{32}`, 'g')

/** The stand-ins in a text. */
export function standInsIn(text: string): string[] {
  return text.includes(standInPrefix) ? (text.match(standIns) ?? []) : []
}

export function replaceStandIns(text: string, replacement: (standIn: string) => string): string {
  return text.replaceAll(standIns, replacement)
}
