/** What a resource refers to, as its compact text has it. */
import { references, typeCode } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'

/** Each place of this vault as `Type/id`, and each address that only a Bundle could explain, once; nothing else. */
export function namesIn(text: string, base: string | undefined): string[] {
  const names: string[] = []
  for (const written of referencesIn(text)) {
    const name = nameOf(written, base)
    // A set would take longer for the few that nearly every resource has.
    if (name !== undefined && (names.length > fewMax || !names.includes(name))) names.push(name)
  }
  return names.length > fewMax ? [...new Set(names)] : names
}

const fewMax = 16

/** How many references there are in compact text. */
export function countReferences(text: string): number {
  let count = 0
  // A quote is met every few characters, so it is looked for from what follows it.
  const rest = member.slice(1)
  for (let at = text.indexOf(rest); at >= 0; at = text.indexOf(rest, at + rest.length))
    if (text.startsWith(member, at - 1)) count++
  return count
}

const member = '"reference":"'

/** Each text that compact text has as a `reference`: its escapes are left as they are. */
function* referencesIn(text: string): Generator<string> {
  for (let at = text.indexOf(member); at >= 0; at = text.indexOf(member, at)) {
    const start = at + member.length
    at = text.indexOf('"', start)
    yield text.slice(start, at)
  }
}

const local = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/

function nameOf(written: string, base: string | undefined): string | undefined {
  if (written.startsWith('urn:uuid:') || written.startsWith('urn:oid:')) return written
  const relative =
    base !== undefined && written.startsWith(`${base}/`) ? written.slice(base.length + 1) : written
  const [, type, id] = local.exec(relative) ?? []
  return type !== undefined && typeCode(type) !== undefined ? `${type}/${id}` : undefined
}

/** FHIRPath of the reference to that name, as far as the resource's own text has it. */
export function pathTo(value: JsonObject, name: string, base: string | undefined): string | undefined {
  const found = references(value, base === undefined ? {} : { base }).find(
    ({ type, id }) => `${type}/${id}` === name,
  )
  return found ? `${found.expression}.reference` : undefined
}
