import { isFields, listOf, textOf } from './fields.ts'
import type { Fields, Read } from './fields.ts'
import type { UriValue, Value } from './values.ts'

/** R4 search.html#string: of names and addresses every part, each for itself. */
export const stringReaders: Record<string, Read> = {
  string: push,
  markdown: push,
  HumanName: (node, out) => pushParts(node, nameParts, out),
  Address: (node, out) => pushParts(node, addressParts, out),
}

export const uriReaders: Record<string, Read> = {
  uri: pushUri,
  url: pushUri,
  canonical: pushUri,
}

const nameParts = ['text', 'family', 'given', 'prefix', 'suffix']
const addressParts = ['text', 'line', 'city', 'district', 'state', 'postalCode', 'country']

function push(node: unknown, out: Value[]): void {
  const text = textOf(node)
  if (text !== undefined) out.push({ kind: 'string', text })
}

function pushParts(node: unknown, names: readonly string[], out: Value[]): void {
  if (!isFields(node)) return
  const fields: Fields = node
  for (const name of names) for (const item of listOf(fields[name])) push(item, out)
}

function pushUri(node: unknown, out: Value[]): void {
  const uri = textOf(node)
  if (uri !== undefined) out.push({ kind: 'uri', uri } satisfies UriValue)
}

/**
 * What two strings have in common that differ in case and accents only: without marks (NFD) and in lower case. `ñ`
 * becomes `n`: people search both ways, and `:exact` tells them apart.
 */
export function fold(text: string): string {
  return isAscii.test(text) ? text.toLowerCase() : text.normalize('NFD').replaceAll(marks, '').toLowerCase()
}

const isAscii = /^[\0-\x7f]*$/
const marks = /\p{M}+/gu
