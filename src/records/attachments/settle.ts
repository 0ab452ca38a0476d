/** A document's large values: looked at, sealed in their compartment, and named in its text. */
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { CompartmentKeys } from '#kernel/keys/index.ts'
import { attachmentsOf, type Content } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import type { CompartmentId } from '../place.ts'
import { contentsIn, heldOf, lighten, sumsOf, type Held } from './held.ts'
import { inlineCharsMax } from './limits.ts'
import { markerText, markersIn, type Marker } from '../markers.ts'
import type { Scanner } from './scanner.ts'
import { ContentBroken, DiskFull, LeaseLost, TooLong, type Shelf, type Stored } from './shelf.ts'
import { headBytes, judge } from './sniff.ts'
import { replaceStandIns, standInsIn } from './values.ts'

export interface Settled {
  status: 'settled'
  text: string
  /** What its version keeps. */
  markers: Marker[]
  /** What was put for it. */
  stored: Stored[]
}

export interface SettleOptions {
  text: string
  value: JsonObject
  compartment: CompartmentId
  purpose: Marker['purpose']
  /** The text of the current version: what is in it already is not sealed again. */
  current: () => Promise<string | undefined>
  /** What a Binary of this server holds, by its reference; undefined where it is not there. */
  binary: (url: string) => Promise<Facts | undefined>
}

/** What content is. SHA-1 in hexadecimal. */
export interface Facts {
  bytes: number
  sha1: string
}

export type Settle = (options: SettleOptions) => Promise<Settled | Refusal>

/**
 * Whether a text may have anything to settle: most have not, and are not looked at further. First by what begins with a letter that is
 * rare, since a quote is met every few characters.
 */
export function concernsAttachments(text: string): boolean {
  return (
    (text.includes('Binary') &&
      (text.includes('"valueBase64Binary":"') || (text.includes('Binary/') && text.includes('"url":"')))) ||
    (text.includes('data":"') && text.includes('"data":"'))
  )
}

export function createSettle(shelf: Shelf, scanner: Scanner | undefined): Settle {
  return async function settle({ text: given, value: sent, compartment, purpose, current, binary }) {
    // What did not come in a body of its own: the outcome of a patch, a line of an import.
    const light = given.length > inlineCharsMax ? lighten(Buffer.from(given), inlineCharsMax) : undefined
    const isLighter = light !== undefined && light.body.length < given.length
    const text = isLighter ? Buffer.from(light.body).toString('utf8') : given
    const value = isLighter ? (JSON.parse(text) as JsonObject) : sent
    try {
      const otherTypes = new Set<string>()
      for (const content of attachmentsOf(value)) {
        const fault = await examine(content, binary, otherTypes)
        if (fault) return fault
      }
      const fault = scanner && (await scanAll(text, scanner))
      if (fault) return fault
      return await place(text, { compartment, purpose, current, otherTypes })
    } finally {
      light?.letGo()
    }
  }

  /** `size` and `hash` against the content, and what it is said to be against what it is. */
  async function examine(
    { value, expression }: Content,
    binary: SettleOptions['binary'],
    otherTypes: Set<string>,
  ): Promise<Refusal | undefined> {
    const { data, url, contentType, size, hash } = value
    let facts: Facts | undefined
    if (typeof data === 'string') {
      const held = heldOf(data)
      const bytes = held ? undefined : Buffer.from(data, 'base64')
      const head = held ? ('marker' in held ? held.head : held.bytes) : (bytes as Buffer)
      const judgement = await judge(
        typeof contentType === 'string' ? contentType : '',
        head.subarray(0, headBytes),
      )
      if (judgement.status === 'dangerous')
        return refuse('dangerous-content', { claimed: shown(contentType), found: judgement.found })
      if (judgement.status === 'other') otherTypes.add(data)
      if (size !== undefined || hash !== undefined) facts = factsOf(held, bytes)
    } else if (typeof url === 'string' && (size !== undefined || hash !== undefined))
      facts = await binary(url)
    if (!facts) return undefined
    if (typeof size === 'number' && size !== facts.bytes)
      return refuse('attachment-differs', { expression, what: { en: 'size', es: 'tamaño' } })
    // R4 Attachment.hash: SHA-1, in base64.
    if (typeof hash === 'string' && Buffer.from(hash, 'base64').toString('hex') !== facts.sha1)
      return refuse('attachment-differs', { expression, what: { en: 'hash', es: 'hash' } })
    return undefined
  }

  /** All values, small ones too. What came raw was scanned when it was whole. */
  async function scanAll(text: string, { scan }: Scanner): Promise<Refusal | undefined> {
    for (const bytes of contentsIn(text)) {
      const fault = refusalOf(await scan([bytes]))
      if (fault) return fault
    }
    return undefined
  }

  async function place(
    text: string,
    {
      compartment,
      purpose,
      current,
      otherTypes,
    }: Pick<SettleOptions, 'compartment' | 'purpose' | 'current'> & { otherTypes: ReadonlySet<string> },
  ): Promise<Settled | Refusal> {
    const standIns = standInsIn(text)
    if (standIns.length === 0) return { status: 'settled', text, markers: [], stored: [] }
    const keys = await shelf.keysOf(compartment)
    if (!keys) return refuse('gone')
    const before = markersIn((await current()) ?? '').filter(
      (each) =>
        each.compartment === compartment && each.purpose === purpose && each.generation === keys.generation,
    )
    const stored: Stored[] = []
    const named = new Map<string, Marker>()
    try {
      for (const standIn of standIns) {
        const held = heldOf(standIn)
        if (!held) throw new Error('a value was let go before it was written')
        const isOtherType = otherTypes.has(standIn)
        named.set(standIn, {
          ...(await markerOf(held, { compartment, keys, purpose }, before, stored)),
          isOtherType,
        })
      }
    } catch (error) {
      await Promise.all(stored.map((each) => each.drop().catch(() => {})))
      const refusal = refusalOfFault(error)
      if (refusal) return refusal
      throw error
    }
    return {
      status: 'settled',
      text: replaceStandIns(text, (standIn) => markerText(named.get(standIn) as Marker)),
      markers: [...named.values()],
      stored,
    }
  }

  async function markerOf(
    held: Held,
    at: { compartment: CompartmentId; keys: CompartmentKeys; purpose: Marker['purpose'] },
    before: readonly Marker[],
    stored: Stored[],
  ): Promise<Marker> {
    if ('marker' in held) {
      const { marker } = held
      if (marker.compartment === at.compartment && marker.purpose === at.purpose) return marker
      // It was put where its resource belonged a moment ago.
      const moved = await shelf.put(at, shelf.read(marker))
      stored.push(moved)
      return { ...marker, ...nameOf(moved) }
    }
    const { form, content, bytes, literal } = held
    const { sha256 } = sumsOf(content)
    const same = before.find(
      (each) => each.sha256 === sha256 && each.form === form && each.literal === literal,
    )
    if (same) return same
    const put = await shelf.put(at, [content])
    stored.push(put)
    const sha1 = form === 'text' ? sumsOf(bytes).sha1 : put.sha1
    return { ...nameOf(put), form, bytes: bytes.length, sha1, literal, isOtherType: false }
  }
}

function nameOf({ compartment, attachment, generation, purpose, stored, sha256 }: Stored) {
  return { compartment, attachment, generation, purpose, stored, sha256 }
}

/** What the text of a Binary says. */
export function factsIn(text: string): Facts | undefined {
  const { data } = JSON.parse(text) as JsonObject
  if (typeof data !== 'string') return undefined
  const [marker] = markersIn(data)
  if (marker) return { bytes: marker.bytes, sha1: marker.sha1 }
  return factsOf(heldOf(data), Buffer.from(data, 'base64'))
}

function factsOf(held: Held | undefined, bytes: Buffer | undefined): Facts {
  if (held && 'marker' in held) return { bytes: held.marker.bytes, sha1: held.marker.sha1 }
  const content = held ? held.bytes : (bytes as Buffer)
  return { bytes: content.length, sha1: sumsOf(content).sha1 }
}

function shown(contentType: unknown): string {
  return typeof contentType === 'string' ? contentType.slice(0, 100) : '?'
}

export function refusalOf(verdict: Awaited<ReturnType<Scanner['scan']>>): Refusal | undefined {
  switch (verdict.status) {
    case 'clean':
      return undefined
    case 'infected':
      return refuse('infected', { signature: verdict.signature })
    case 'too-long':
      return refuse('scanner-limit')
    case 'away':
      return refuse('scanner-away', {}, { retryAfterSeconds: 10 })
  }
}

/** What was refused on the way to the shelf; undefined for a fault of ours. */
export function refusalOfFault(error: unknown, bytesMax = 0): Refusal | undefined {
  if (error instanceof TooLong) return refuse('too-large', { limit: bytesMax })
  if (error instanceof DiskFull) return refuse('disk-full')
  if (error instanceof LeaseLost || error instanceof ContentBroken)
    return refuse('busy', {}, { retryAfterSeconds: 1 })
  return undefined
}
