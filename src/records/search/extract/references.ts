import { typeCode } from '#records/fhir/index.ts'
import { isFields, textOf } from './fields.ts'
import type { Read, ReadScope } from './fields.ts'
import type { ReferenceValue } from './values.ts'

/** R4 search.html#reference. */
export const referenceReaders: Record<string, Read> = {
  Reference: (node, out, scope) => {
    if (!isFields(node)) return
    const { identifier } = node
    const address = textOf(node['reference'])
    // What is contained can only be found through its holder (R4 search.html#contained).
    const value = address === undefined || address.startsWith('#') ? nowhere() : literal(address, scope)
    value.type ??= textOf(node['type'])
    if (isFields(identifier)) {
      value.identifier = { system: textOf(identifier['system']), value: textOf(identifier['value']) }
      if (value.identifier.system === undefined && value.identifier.value === undefined)
        value.identifier = undefined
    }
    if (value.id !== undefined || value.url !== undefined || value.identifier) out.push(value)
  },
  canonical: (node, out, scope) => {
    const text = textOf(node)
    if (text === undefined || text.startsWith('#')) return
    const [, url, version] = canonicalPattern.exec(text)!
    const value = literal(url!, scope)
    value.version ??= version
    out.push(value)
  },
  uri: (node, out, scope) => {
    const text = textOf(node)
    if (text !== undefined) out.push(literal(text, scope))
  },
  // Bundle-composition and Bundle-message lead to the resource itself.
  Resource: (node, out) => {
    const type = isFields(node) ? textOf(node['resourceType']) : undefined
    const id = isFields(node) ? textOf(node['id']) : undefined
    if (type !== undefined && id !== undefined) out.push({ ...nowhere(), type, id })
  },
}

const nowhere = (): ReferenceValue => ({
  kind: 'reference',
  type: undefined,
  id: undefined,
  version: undefined,
  url: undefined,
  identifier: undefined,
})

const canonicalPattern = /^([^|]*)(?:\|([^#]*))?/
const resourcePattern =
  /^(https?:\/\/.*\/)?([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?$/

function literal(address: string, { base }: ReadScope): ReferenceValue {
  const value = nowhere()
  const match = resourcePattern.exec(address)
  if (!match || typeCode(match[2]!) === undefined) {
    value.url = address
    return value
  }
  value.type = match[2]
  value.version = match[4]
  if (match[1] === undefined || match[1] === base) value.id = match[3]
  else value.url = `${match[1]}${match[2]!}/${match[3]!}`
  return value
}
