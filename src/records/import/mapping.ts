/** Systems of identifiers of another house, put into our own. */
import type { BundleEntry, JsonObject } from '#records/json/index.ts'
import { elements, members, parseDocument, stringAt } from '#records/json/index.ts'
import type { Decimals } from '#records/json/index.ts'

/** A resource as it was read. */
export interface ReadResource {
  text: string
  value: JsonObject
  decimals?: Decimals | undefined
}

export interface Mapping {
  resource(read: ReadResource): ReadResource
  /** Criteria of a Bundle's entry: its `ifNoneExist` and the query of its `url`. */
  entry(entry: BundleEntry): BundleEntry
}

export const noMapping: Mapping = { resource: (read) => read, entry: (entry) => entry }

export function createMapping(map: ReadonlyMap<string, string>): Mapping {
  if (map.size === 0) return noMapping
  const resource = (read: ReadResource): ReadResource => {
    const text = mapped(read.text)
    if (text === read.text) return read
    const again = parseDocument(Buffer.from(text))
    if (again.status !== 'ok')
      throw new Error('a resource is no JSON any more once its identifiers were mapped')
    return again
  }
  return {
    resource,
    entry(entry) {
      const { request, resource: own } = entry
      const { ifNoneExist, url } = request
      return {
        ...entry,
        request: {
          ...request,
          ...(ifNoneExist === undefined ? {} : { ifNoneExist: criteria(ifNoneExist) }),
          ...(url === undefined ? {} : { url: criteria(url) }),
        },
        ...(own ? { resource: withoutUndefined(resource(own)) } : {}),
      }
    },
  }

  /** The text with the systems of its identifiers, and of references by identifier, put in place; every other byte stays. */
  function mapped(text: string): string {
    if (![...map.keys()].some((system) => text.includes(JSON.stringify(system).slice(1, -1)))) return text
    const edits: { start: number; end: number; system: string }[] = []
    visit(text, 0, edits)
    let out = ''
    let copied = 0
    for (const { start, end, system } of edits) {
      out += text.slice(copied, start) + JSON.stringify(system)
      copied = end
    }
    return out + text.slice(copied)
  }

  function visit(text: string, start: number, edits: { start: number; end: number; system: string }[]): void {
    if (text[start] === '[') {
      for (const { valueStart } of elements(text, start)) visit(text, valueStart, edits)
    }
    if (text[start] !== '{') return
    const all = members(text, start)
    // What has a code is a Coding or a Quantity, and its system no identifier's.
    const isCoded = all.some(({ name }) => name === 'code')
    for (const { name, valueStart, valueEnd } of all) {
      if (text[valueStart] !== '"') {
        visit(text, valueStart, edits)
        continue
      }
      if (name !== 'reference' && (name !== 'system' || isCoded)) continue
      const was = stringAt(text, valueStart, valueEnd)
      const now = name === 'reference' ? criteria(was) : map.get(was)
      if (now !== undefined && now !== was) edits.push({ start: valueStart, end: valueEnd, system: now })
    }
  }

  /** `Patient?identifier=FROM|1` and the like. */
  function criteria(text: string): string {
    return text.replace(/(identifier=)([^|&]+)(?=\|)/g, (whole, name: string, written: string) => {
      const system = map.get(written) ?? map.get(decoded(written))
      return system === undefined ? whole : name + encodeURIComponent(system)
    })
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function withoutUndefined({ text, value, decimals }: ReadResource): NonNullable<BundleEntry['resource']> {
  return decimals ? { text, value, decimals } : { text, value }
}
