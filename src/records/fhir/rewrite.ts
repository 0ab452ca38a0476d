import { elements, members, stringAt, type Json, type JsonObject } from '#records/json/index.ts'
import { planOf } from './plan.ts'
import type { TypePlan } from './plan.ts'

/**
 * Puts the new address where a transaction's resources name an entry by its old one: in Reference.reference, in
 * elements of type uri, url, canonical, oid and uuid, and in the narrative's href and src; never in other strings
 * (FHIR R4 §3.1.0.11.2). A fragment or version after the address stays. Takes compact text; every other byte is kept.
 */
export function rewriteReferences(text: string, type: string, map: ReadonlyMap<string, string>): string {
  if (map.size === 0 || !mayMatch(text, map)) return text
  return edited(text, plainEdits(text, map) ?? typedEdits(text, type, map))
}

/**
 * The same of a text and its tree, which is changed into that of the new text or made anew. `references`: how many of its members
 * named `reference` name an entry now.
 */
export function rewriteParsed<Read extends { text: string; value: JsonObject }>(
  read: Read,
  type: string,
  map: ReadonlyMap<string, string>,
): { read: Read; references: number } {
  const { text, value } = read
  if (map.size === 0 || !mayMatch(text, map)) return { read, references: 0 }
  const plain = plainEdits(text, map)
  const now = edited(text, plain ?? typedEdits(text, type, map))
  if (now === text) return { read, references: 0 }
  if (!plain) return { read: { ...read, text: now, value: JSON.parse(now) as JsonObject }, references: 0 }
  rewriteTree(value, map)
  return { read: { ...read, text: now }, references: plain.length }
}

/**
 * The same where nothing more can come to be put in place, whatever other addresses of `urn:uuid:` the map gets: each that the
 * resource names is in it by now. Otherwise undefined, and nothing is changed. `map`: of such addresses alone.
 */
export function rewriteKnown<Read extends { text: string; value: JsonObject }>(
  read: Read,
  map: ReadonlyMap<string, string>,
): { read: Read; references: number } | undefined {
  const { text, value } = read
  if (text.includes('\\u')) return undefined
  const edits: Edit[] = []
  for (let start = text.indexOf(uuidScheme); start >= 0;) {
    if (!text.startsWith(referenceMember, start - referenceMember.length)) return undefined
    const end = text.indexOf('"', start)
    const now = placeIn(map, text.slice(start, end))
    if (now === undefined) return undefined
    edits.push({ start, end, with: now })
    start = text.indexOf(uuidScheme, end)
  }
  if (edits.length === 0) return { read, references: 0 }
  rewriteTree(value, map)
  return { read: { ...read, text: edited(text, edits) }, references: edits.length }
}

/** Where plain edits are all there are. */
function rewriteTree(
  value: Exclude<Json, string | number | boolean | null>,
  map: ReadonlyMap<string, string>,
): void {
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object' && item !== null) rewriteTree(item, map)
    return
  }
  for (const name in value) {
    const item = value[name]
    if (typeof item === 'object' && item !== null) rewriteTree(item, map)
    else if (name === 'reference' && typeof item === 'string') value[name] = placeIn(map, item) ?? item
  }
}

function edited(text: string, edits: readonly Edit[]): string {
  let out = ''
  let copied = 0
  for (const { start, end, with: replacement } of edits) {
    out += text.slice(copied, start) + replacement
    copied = end
  }
  return copied === 0 ? text : out + text.slice(copied)
}

function typedEdits(text: string, type: string, map: ReadonlyMap<string, string>): Edit[] {
  const edits: Edit[] = []
  const plan = planOf(type)
  if (plan) new Rewriter(text, map, edits).object(0, plan)
  return edits
}

const uuidScheme = 'urn:uuid:'
const referenceMember = '"reference":"'

/**
 * What nearly every transaction needs: whole `urn:uuid:` addresses as the values of members named `reference`, which
 * R4 types as Reference.reference or as uri wherever they hold a string. Undefined where the text has such an address
 * in any other place, or may have one in escapes: then the types decide. (Within a string a quote is escaped, so no string can look like the member.)
 */
function plainEdits(text: string, map: ReadonlyMap<string, string>): Edit[] | undefined {
  if (!hasOnlyUuids(map) || text.includes('\\u')) return undefined
  const edits: Edit[] = []
  for (let start = text.indexOf(uuidScheme); start >= 0;) {
    if (!text.startsWith(referenceMember, start - referenceMember.length)) return undefined
    const end = text.indexOf('"', start)
    const address = text.slice(start, end)
    const now = placeIn(map, address)
    if (now !== undefined) edits.push({ start, end, with: now })
    else if (/[^\w:-]/.test(address)) return undefined
    start = text.indexOf(uuidScheme, end)
  }
  return edits
}

/** Whether all addresses in it are of `urn:uuid:`. */
export function hasOnlyUuids(map: ReadonlyMap<string, string>): boolean {
  return knownOf(map).hasOnlyUuids
}

/** What the map has for an address. Entries name the same few again and again, and to compare texts is sooner done. */
function placeIn(map: ReadonlyMap<string, string>, address: string): string | undefined {
  let recent = recentByMap.get(map)
  if (!recent) recentByMap.set(map, (recent = []))
  for (const each of recent) if (each.address === address) return each.place
  const place = map.get(address)
  if (place === undefined) return undefined
  if (recent.length === recentMax) recent.pop()
  recent.unshift({ address, place })
  return place
}

const recentMax = 8
/** What was found last is first. A map only grows. */
const recentByMap = new WeakMap<ReadonlyMap<string, string>, { address: string; place: string }[]>()

interface Known {
  size: number
  hasOnlyUuids: boolean
  /** Four characters of each key tell most texts that nothing of theirs is in the map. */
  prefixes: ReadonlySet<string>
}

const knownByMap = new WeakMap<ReadonlyMap<string, string>, Known>()

/** Looked at once for each map, which every resource of a transaction shares. */
function knownOf(map: ReadonlyMap<string, string>): Known {
  const known = knownByMap.get(map)
  if (known?.size === map.size) return known
  const made: Known = {
    size: map.size,
    hasOnlyUuids: map.keys().every((address) => address.startsWith(uuidScheme)),
    prefixes: new Set(map.keys().map((key) => key.slice(0, 4))),
  }
  knownByMap.set(map, made)
  return made
}

interface Edit {
  start: number
  end: number
  with: string
}

const addressTypes: ReadonlySet<string> = new Set(['uri', 'url', 'canonical', 'oid', 'uuid'])

class Rewriter {
  readonly text: string
  readonly map: ReadonlyMap<string, string>
  readonly edits: Edit[]

  constructor(text: string, map: ReadonlyMap<string, string>, edits: Edit[]) {
    this.text = text
    this.map = map
    this.edits = edits
  }

  object(start: number, plan: TypePlan): void {
    for (const { name, valueStart, valueEnd } of members(this.text, start)) {
      const member = plan.members.get(name)
      if (!member) continue
      const { element } = member
      if (member.beside) this.each(valueStart, (at) => this.inner(at, 'Element'))
      else if (element.primitive === undefined) this.each(valueStart, (at) => this.inner(at, element.type))
      else if (addressTypes.has(element.type) || (plan.name === 'Reference' && name === 'reference')) {
        this.each(valueStart, (at, end) => this.address(at, end), valueEnd)
      } else if (element.type === 'xhtml')
        this.each(valueStart, (at, end) => this.narrative(at, end), valueEnd)
    }
  }

  each(start: number, act: (start: number, end: number) => void, end = start): void {
    if (this.text[start] !== '[') act(start, end)
    else for (const item of elements(this.text, start)) act(item.valueStart, item.valueEnd)
  }

  inner(start: number, type: string): void {
    if (this.text[start] !== '{') return
    const plan = planOf(type === 'Resource' ? this.typeAt(start) : type)
    if (plan) this.object(start, plan)
  }

  typeAt(start: number): string {
    const named = members(this.text, start).find((member) => member.name === 'resourceType')
    return named && this.text[named.valueStart] === '"'
      ? stringAt(this.text, named.valueStart, named.valueEnd)
      : ''
  }

  address(start: number, end: number): void {
    if (this.text[start] !== '"') return
    const replaced = this.replaced(stringAt(this.text, start, end))
    if (replaced !== undefined) this.edits.push({ start, end, with: JSON.stringify(replaced) })
  }

  narrative(start: number, end: number): void {
    if (this.text[start] !== '"') return
    const xhtml = stringAt(this.text, start, end)
    const changed = xhtml.replace(
      /(\s(?:href|src)\s*=\s*)("[^"]*"|'[^']*')/g,
      (whole, before: string, quoted: string) => {
        const replaced = this.replaced(quoted.slice(1, -1))
        return replaced === undefined ? whole : before + quoted[0]! + replaced + quoted[0]!
      },
    )
    if (changed !== xhtml) this.edits.push({ start, end, with: JSON.stringify(changed) })
  }

  replaced(value: string): string | undefined {
    const whole = this.map.get(value)
    if (whole !== undefined) return whole
    const cut = value.search(/[#|]/)
    if (cut <= 0) return undefined
    const address = this.map.get(value.slice(0, cut))
    return address === undefined ? undefined : address + value.slice(cut)
  }
}

function mayMatch(text: string, map: ReadonlyMap<string, string>): boolean {
  for (const prefix of knownOf(map).prefixes) if (text.includes(prefix)) return true
  return text.includes('\\u')
}
