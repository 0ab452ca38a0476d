import { isUtf8 } from 'node:buffer'
import { isObject, parseValue } from './document.ts'
import type { Decimals, Json, JsonObject } from './document.ts'
import { bomLength, skipSpace } from './fault.ts'
import { firstBadByte, malformed } from './malformed.ts'
import type { Malformed } from './malformed.ts'
import { members } from './spans.ts'

/** What an entry asks for; members that are absent or no strings are left out (the validator names them). */
export interface EntryRequest {
  method?: string
  url?: string
  ifMatch?: string
  ifNoneExist?: string
  ifNoneMatch?: string
  ifModifiedSince?: string
}

export interface BundleEntry {
  index: number
  fullUrl?: string
  request: EntryRequest
  resource?: { text: string; value: JsonObject; decimals?: Decimals }
  /** The whole entry, compact, with its tree. */
  text: string
  value: Json
}

export interface BundleEnd {
  status: 'ok'
  resourceType?: string
  type?: string
  /** Every member but `entry`, as read. */
  value: JsonObject
  entries: number
}

/**
 * Reads a Bundle entry by entry, so that the caller can give way to other work between two of them, and no tree of
 * the whole is ever built. The depth limit holds for each entry. The generator returns the rest of the Bundle, or
 * the first fault; entries yielded before a fault count for nothing.
 */
export function* bundleEntries(bytes: Uint8Array): Generator<BundleEntry, BundleEnd | Malformed> {
  const fault = (
    reason: 'syntax' | 'end' | 'empty' | 'duplicate' | 'trailing' | 'not-object',
    offset: number,
  ) => malformed(bytes, { reason: offset >= bytes.length && reason === 'syntax' ? 'end' : reason, offset })
  const limit = bytes.length
  if (!isUtf8(bytes)) return malformed(bytes, { reason: 'utf-8', offset: firstBadByte(bytes) })
  let at = skipSpace(bytes, bomLength(bytes))
  if (at >= limit) return fault('empty', at)
  if (bytes[at] !== OPEN_OBJECT) return fault('not-object', at)
  at = skipSpace(bytes, at + 1)
  const rest: [string, Json][] = []
  const names = new Set<string>()
  let entries = 0
  let first = true
  while (first ? bytes[at] !== CLOSE_OBJECT : true) {
    if (bytes[at] !== QUOTE) return fault('syntax', at)
    const nameStart = at
    const name = parseValue(bytes, at, limit)
    if ('reason' in name) return malformed(bytes, name)
    if (names.has(name.value as string)) return fault('duplicate', nameStart)
    names.add(name.value as string)
    at = skipSpace(bytes, name.end)
    if (bytes[at] !== COLON) return fault('syntax', at)
    at = skipSpace(bytes, at + 1)
    if (name.value === 'entry' && bytes[at] === OPEN_ARRAY) {
      at = skipSpace(bytes, at + 1)
      if (bytes[at] === CLOSE_ARRAY) at++
      else {
        for (;;) {
          const item = parseValue(bytes, at, limit)
          if ('reason' in item) return malformed(bytes, item)
          yield entryOf(entries++, item.text, item.value, item.decimals)
          at = skipSpace(bytes, item.end)
          if (bytes[at] === CLOSE_ARRAY) break
          if (bytes[at] !== COMMA) return fault('syntax', at)
          at = skipSpace(bytes, at + 1)
        }
        at++
      }
    } else {
      const item = parseValue(bytes, at, limit)
      if ('reason' in item) return malformed(bytes, item)
      rest.push([name.value as string, item.value])
      at = item.end
    }
    at = skipSpace(bytes, at)
    first = false
    if (bytes[at] === CLOSE_OBJECT) break
    if (bytes[at] !== COMMA) return fault('syntax', at)
    at = skipSpace(bytes, at + 1)
  }
  at = skipSpace(bytes, at + 1)
  if (at < limit) return fault('trailing', at)
  const value = Object.fromEntries(rest) as JsonObject
  const end: BundleEnd = { status: 'ok', value, entries }
  if (typeof value['resourceType'] === 'string') end.resourceType = value['resourceType']
  if (typeof value['type'] === 'string') end.type = value['type']
  return end
}

const QUOTE = 34
const COMMA = 44
const COLON = 58
const OPEN_ARRAY = 91
const CLOSE_ARRAY = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125
const requestMembers = ['method', 'url', 'ifMatch', 'ifNoneExist', 'ifNoneMatch', 'ifModifiedSince'] as const

function entryOf(index: number, text: string, value: Json, decimals: Decimals | undefined): BundleEntry {
  const entry: BundleEntry = { index, request: {}, text, value }
  if (!isObject(value)) return entry
  if (typeof value['fullUrl'] === 'string') entry.fullUrl = value['fullUrl']
  const request = value['request']
  if (isObject(request)) {
    for (const name of requestMembers) {
      const part = request[name]
      if (typeof part === 'string') entry.request[name] = part
    }
  }
  const resource = value['resource']
  if (isObject(resource)) {
    entry.resource = { text: plainResource(text, value) ?? resourceIn(text), value: resource }
    if (decimals) entry.resource.decimals = decimals
  }
  return entry
}

function resourceIn(text: string): string {
  const { valueStart, valueEnd } = members(text).find(({ name }) => name === 'resource')!
  return text.slice(valueStart, valueEnd)
}

/**
 * The same of what nearly every entry is: an address, a resource and a request of nothing but texts, in this order. What is compared
 * is all that stands before and after the resource, so that nothing within it can be taken for that.
 */
function plainResource(text: string, entry: JsonObject): string | undefined {
  const { fullUrl, request } = entry
  // The resource, the request and perhaps the address: no other member between them.
  if (Object.keys(entry).length !== (fullUrl === undefined ? 2 : 3)) return undefined
  const start = fullUrl === undefined ? '{"resource":' : `{"fullUrl":${JSON.stringify(fullUrl)},"resource":`
  if (!text.startsWith(start)) return undefined
  const end = `,"request":${JSON.stringify(request)}}`
  const isPlain = isObject(request) && Object.values(request).every((value) => typeof value === 'string')
  return isPlain && text.endsWith(end) ? text.slice(start.length, -end.length) : undefined
}
