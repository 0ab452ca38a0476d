import { uuidBytes } from '#kernel/crypto/index.ts'
import { typeCode } from '#records/fhir/index.ts'
import { Texts } from '#records/json/index.ts'
import { Writer } from './bytes.ts'
import { parameterOf } from './catalogue.ts'
import { floating } from './decimals.ts'
import type { CompositeValue, Extracted, Value } from './values.ts'
import { words } from './words.ts'

/** First byte of a tuple; the rest is in docs/spec/search.md. */
export const tupleVersion = 1

/** First byte of a value: the low four bits are its kind, the others say which of its optional parts are there. */
export const kinds = {
  token: 1,
  reference: 2,
  date: 3,
  string: 4,
  uri: 5,
  /** A mantissa and its decimals. */
  number: 6,
  quantity: 7,
  composite: 8,
  position: 9,
  /** A range: two doubles. */
  numberRange: 10,
  quantityRange: 11,
  /** A double that stands for itself. */
  numberDouble: 12,
  quantityDouble: 13,
} as const

/** Optional texts of a token (system, code, text) and of a quantity (system, code, unit). */
export const textFlags = [16, 32, 64] as const
export const openLow = 16
export const openHigh = 32
/** Of a parameter's number: its list is one value, the next that no list has named yet. */
export const fresh = 128

/**
 * The bytes of an index tuple, format 1. Values and texts that several parameters share stand once.
 * Throws where the resource is of no type of R4: such a one has no row.
 */
export function encodeTuple({ type, values }: Extracted): Uint8Array {
  const code = typeCode(type)
  if (code === undefined) throw new Error('a tuple of no resource type')
  const pool = new Pool()
  parameters.reset()
  for (const [name, list] of values) {
    const { number } = parameterOf(type, name)!
    const before = pool.count
    const places = pool.places(list)
    if (places.length === 1 && places[0] === before && pool.count === before + 1) {
      parameters.byte(number | fresh)
    } else {
      parameters.byte(number)
      writePlaces(parameters, places)
    }
  }
  whole.reset()
  whole.byte(tupleVersion)
  whole.varint(code)
  whole.varint(parameters.length)
  whole.append(parameters)
  whole.varint(pool.count)
  whole.append(body)
  writeTexts(whole, texts.list)
  return whole.copy()
}

// One encoding at a time: none is held across an await.
const whole = new Writer()
const parameters = new Writer()
const body = new Writer()
const written = new Writer()
const texts = new Texts()

/**
 * The values of a tuple, their bytes in `body`, and their distinct texts. Values are told apart by identity: `extract` gives
 * the parameters that share an element the same ones. Composites are few, and told apart by what they hold.
 */
class Pool {
  count = 0
  readonly #known = new Map<Value | string, number>()

  constructor() {
    body.reset()
    texts.reset()
  }

  places(list: readonly Value[]): number[] {
    return list.map((value) => {
      const known = this.#known.get(value)
      if (known !== undefined) return known
      const place = value.kind === 'composite' ? this.#composite(value) : this.#next(value)
      if (value.kind !== 'composite') this.#write(value)
      return place
    })
  }

  #next(key: Value | string): number {
    this.#known.set(key, this.count)
    return this.count++
  }

  #composite({ components }: CompositeValue): number {
    const lists = components.map((component) => this.places(component))
    const key = JSON.stringify(lists)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const place = this.#next(key)
    body.byte(kinds.composite)
    body.varint(lists.length)
    for (const places of lists) writePlaces(body, places)
    return place
  }

  #write(value: Exclude<Value, { kind: 'composite' }>): void {
    switch (value.kind) {
      case 'token':
        return this.#optional(kinds.token, value.system, value.code, value.text)
      case 'reference': {
        const { type, id, version, url, identifier } = value
        const list = [type, id, version, url, identifier?.system, identifier?.value]
        body.byte(kinds.reference)
        body.byte(list.reduce((flags, text, at) => (text === undefined ? flags : flags | (1 << at)), 0))
        for (const text of list) if (text !== undefined) this.#text(text)
        return
      }
      case 'date': {
        const { low, high } = value
        const [isOpenLow, isOpenHigh] = [low === -Infinity, high === Infinity]
        body.byte(kinds.date | (isOpenLow ? openLow : 0) | (isOpenHigh ? openHigh : 0))
        if (!isOpenLow) body.signed(low)
        if (!isOpenHigh) body.signed(isOpenLow ? high : high - low)
        return
      }
      case 'string':
        body.byte(kinds.string)
        return this.#text(value.text)
      case 'uri':
        body.byte(kinds.uri)
        return this.#text(value.uri)
      case 'number':
        return this.#amount(value)
      case 'quantity':
        return this.#amount(value, value.system, value.code, value.unit)
      case 'position':
        body.byte(kinds.position)
        body.double(value.latitude)
        body.double(value.longitude)
    }
  }

  #amount(amount: Extract<Value, { kind: 'number' | 'quantity' }>, ...texts: (string | undefined)[]): void {
    const { kind, value, decimals, low, high } = amount
    if (value === undefined) {
      this.#optional(kinds[`${kind}Range`], ...texts)
      body.double(low)
      body.double(high)
    } else if (decimals === floating) {
      this.#optional(kinds[`${kind}Double`], ...texts)
      body.double(value)
    } else {
      this.#optional(kinds[kind], ...texts)
      body.signed(decimals)
      body.signed(mantissaOf(value, decimals))
    }
  }

  /** The first byte of a value and the texts that it has. */
  #optional(kind: number, first?: string, second?: string, third?: string): void {
    body.byte(
      kind |
        (first === undefined ? 0 : textFlags[0]) |
        (second === undefined ? 0 : textFlags[1]) |
        (third === undefined ? 0 : textFlags[2]),
    )
    if (first !== undefined) this.#text(first)
    if (second !== undefined) this.#text(second)
    if (third !== undefined) this.#text(third)
  }

  #text(text: string): void {
    body.varint(texts.add(text))
  }
}

/** Of a single value `place·2`; else `count·2 + 1`, then each place. */
function writePlaces(out: Writer, places: readonly number[]): void {
  if (places.length === 1) {
    out.varint(places[0]! * 2)
    return
  }
  out.varint(places.length * 2 + 1)
  for (const place of places) out.varint(place)
}

/** For each `bytes·2` of its own UTF-8, 1 for a UUID, `place·2 + 3` for a word; then what is no word, 16 bytes a UUID. */
function writeTexts(out: Writer, list: readonly string[]): void {
  out.varint(list.length)
  written.reset()
  for (const text of list) {
    const word = wordPlaces.placeOf(text)
    if (word !== undefined) out.varint(word * 2 + 3)
    else if (text.length === 36 && uuid.test(text)) {
      out.byte(1)
      written.bytes(uuidBytes(text))
    } else {
      const before = written.length
      written.utf8(text)
      out.varint((written.length - before) * 2)
    }
  }
  out.append(written)
}

const wordPlaces = new Texts(words)
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Exact: a decimal has at most 14 digits, so the nearest whole number to the product is the one it came from. */
function mantissaOf(value: number, decimals: number): number {
  return Math.round(decimals >= 0 ? value * 10 ** decimals : value / 10 ** -decimals)
}
