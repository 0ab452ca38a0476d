import { typeName } from '#records/fhir/index.ts'
import { Cursor } from './bytes.ts'
import { parameterOf, parametersOf } from './catalogue.ts'
import { amountFrom, floating, wholly } from './decimals.ts'
import { fresh, kinds, openHigh, openLow, textFlags, tupleVersion } from './tuple.ts'
import type { Amount, Extracted, QuantityValue, Value } from './values.ts'
import { words } from './words.ts'

/** A tuple that reads what it is asked for, and each value and text once. */
export interface Tuple {
  readonly type: string
  /** Undefined where the resource has no element of this parameter (`:missing`). */
  values(name: string): readonly Value[] | undefined
  all(): Extracted
}

/** Throws where the bytes are no tuple of this format: they come out of a seal, so that is a fault of ours. */
export function decodeTuple(bytes: Uint8Array): Tuple {
  return new Reader(bytes)
}

const none: never[] = []

class Reader implements Tuple {
  readonly type: string
  readonly #cursor: Cursor
  readonly #parametersAt: number
  readonly #valuesAt: number
  // Made when the first value is read: many tuples are only asked whether they have one. Of just the length that is needed:
  // an array that grows takes room for 16 more, and a scan makes these for each of 200,000 tuples a second.
  /** By place each value once it was read, and before that where it starts. */
  #values: (Value | number)[] | undefined
  /** By place, what each text is. */
  #heads: number[] = none
  /** By place each text once it was read, and before that where it starts. */
  #texts: (string | number)[] = none

  constructor(bytes: Uint8Array) {
    const cursor = new Cursor(
      Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    )
    this.#cursor = cursor
    if (cursor.varint() !== tupleVersion) throw new Error('a tuple of an unknown format')
    const type = typeName(cursor.varint())
    if (type === undefined) throw new Error('a tuple of an unknown type')
    this.type = type
    const length = cursor.varint()
    this.#parametersAt = cursor.at
    this.#valuesAt = cursor.at + length
  }

  values(name: string): readonly Value[] | undefined {
    const number = parameterOf(this.type, name)?.number
    const cursor = this.#cursor
    cursor.at = this.#parametersAt
    let next = 0
    while (cursor.at < this.#valuesAt) {
      const head = cursor.byte()
      const isFresh = (head & fresh) !== 0
      if ((head & ~fresh) === number) return isFresh ? [this.#value(next)] : this.#list()
      next = isFresh ? next + 1 : this.#skipList(next)
    }
    return undefined
  }

  all(): Extracted {
    const names = namesOf(this.type)
    const values = new Map<string, readonly Value[]>()
    const cursor = this.#cursor
    cursor.at = this.#parametersAt
    let next = 0
    while (cursor.at < this.#valuesAt) {
      const head = cursor.byte()
      const name = names[head & ~fresh]
      if (name === undefined) throw new Error('a tuple with an unknown parameter')
      const { at } = cursor
      values.set(name, head & fresh ? [this.#value(next)] : this.#list())
      cursor.at = at
      next = head & fresh ? next + 1 : this.#skipList(next)
    }
    return { type: this.type, values }
  }

  #list(): Value[] {
    const cursor = this.#cursor
    const head = cursor.varint()
    if (head % 2 === 0) return [this.#value(head / 2)]
    const places: number[] = []
    for (let left = (head - 1) / 2; left > 0; left--) places.push(cursor.varint())
    return places.map((place) => this.#value(place))
  }

  /** The place after the highest named so far. */
  #skipList(next: number): number {
    const cursor = this.#cursor
    const head = cursor.varint()
    if (head % 2 === 0) return Math.max(next, head / 2 + 1)
    for (let left = (head - 1) / 2; left > 0; left--) next = Math.max(next, cursor.varint() + 1)
    return next
  }

  /** The cursor stays where it was. */
  #value(place: number): Value {
    const values = (this.#values ??= this.#open())
    const known = values[place]!
    if (typeof known !== 'number') return known
    const cursor = this.#cursor
    const { at } = cursor
    cursor.at = known
    const value = this.#read()
    cursor.at = at
    values[place] = value
    return value
  }

  /** Where each value starts. */
  #open(): number[] {
    const cursor = this.#cursor
    const { at } = cursor
    cursor.at = this.#valuesAt
    const starts = Array<number>(cursor.varint())
    for (let place = 0; place < starts.length; place++) {
      starts[place] = cursor.at
      skipValue(cursor)
    }
    const count = cursor.varint()
    const heads = Array<number>(count)
    for (let place = 0; place < count; place++) heads[place] = cursor.varint()
    const texts = Array<string | number>(count)
    for (let place = 0, start = cursor.at; place < count; place++) {
      texts[place] = start
      start += textBytes(heads[place]!)
    }
    this.#heads = heads
    this.#texts = texts
    cursor.at = at
    return starts
  }

  #text(place: number): string {
    const at = this.#texts[place]!
    if (typeof at === 'string') return at
    const head = this.#heads[place]!
    const { bytes } = this.#cursor
    const text =
      head % 2 === 0
        ? bytes.toString('utf8', at, at + head / 2)
        : head === 1
          ? uuidOf(bytes.toString('hex', at, at + uuidBytes))
          : words[(head - 3) / 2]!
    this.#texts[place] = text
    return text
  }

  #optional(head: number, flag: number): string | undefined {
    return head & flag ? this.#text(this.#cursor.varint()) : undefined
  }

  #read(): Value {
    const cursor = this.#cursor
    const head = cursor.byte()
    switch (head & 15) {
      case kinds.token: {
        const system = this.#optional(head, textFlags[0])
        const code = this.#optional(head, textFlags[1])
        return { kind: 'token', system, code, text: this.#optional(head, textFlags[2]) }
      }
      case kinds.reference:
        return this.#reference()
      case kinds.date: {
        const low = head & openLow ? -Infinity : cursor.signed()
        if (head & openHigh) return { kind: 'date', low, high: Infinity }
        const rest = cursor.signed()
        return { kind: 'date', low, high: head & openLow ? rest : low + rest }
      }
      case kinds.string:
        return { kind: 'string', text: this.#text(cursor.varint()) }
      case kinds.uri:
        return { kind: 'uri', uri: this.#text(cursor.varint()) }
      case kinds.number:
        return { kind: 'number', ...readDecimal(cursor) }
      case kinds.numberRange:
        return { kind: 'number', ...readRange(cursor) }
      case kinds.numberDouble:
        return { kind: 'number', ...readDouble(cursor) }
      case kinds.quantity:
        return this.#quantity(head, readDecimal)
      case kinds.quantityRange:
        return this.#quantity(head, readRange)
      case kinds.quantityDouble:
        return this.#quantity(head, readDouble)
      case kinds.composite: {
        const components: Value[][] = []
        for (let left = cursor.varint(); left > 0; left--) components.push(this.#list())
        return { kind: 'composite', components }
      }
      case kinds.position:
        return { kind: 'position', latitude: cursor.double(), longitude: cursor.double() }
      default:
        throw new Error('a tuple with an unknown kind of value')
    }
  }

  #quantity(head: number, amount: (cursor: Cursor) => Amount): QuantityValue {
    const system = this.#optional(head, textFlags[0])
    const code = this.#optional(head, textFlags[1])
    const unit = this.#optional(head, textFlags[2])
    const { value, decimals, low, high } = amount(this.#cursor)
    return { kind: 'quantity', value, decimals, low, high, system, code, unit }
  }

  #reference(): Value {
    const flags = this.#cursor.byte()
    const type = this.#optional(flags, 1)
    const id = this.#optional(flags, 2)
    const version = this.#optional(flags, 4)
    const url = this.#optional(flags, 8)
    const system = this.#optional(flags, 16)
    const value = this.#optional(flags, 32)
    const identifier = system === undefined && value === undefined ? undefined : { system, value }
    return { kind: 'reference', type, id, version, url, identifier }
  }
}

/** How long a text is, of its own bytes. */
function textBytes(head: number): number {
  return head % 2 === 0 ? head / 2 : head === 1 ? uuidBytes : 0
}

const uuidBytes = 16

function skipValue(cursor: Cursor): void {
  const head = cursor.byte()
  const kind = head & 15
  if (kind === kinds.composite) {
    for (let lists = cursor.varint(); lists > 0; lists--) {
      const places = cursor.varint()
      if (places % 2 === 1) cursor.skip((places - 1) / 2)
    }
  } else if (kind === kinds.reference) cursor.skip(bitsOf(cursor.byte()))
  else if (kind === kinds.date) cursor.skip(2 - bitsOf(head & (openLow | openHigh)))
  else if (kind === kinds.string || kind === kinds.uri) cursor.skip(1)
  else if (kind === kinds.position) cursor.at += 16
  else {
    cursor.skip(bitsOf(head >> 4))
    if (kind === kinds.number || kind === kinds.quantity) cursor.skip(2)
    else if (kind === kinds.numberRange || kind === kinds.quantityRange) cursor.at += 16
    else if (kind === kinds.numberDouble || kind === kinds.quantityDouble) cursor.at += 8
  }
}

function bitsOf(flags: number): number {
  let count = 0
  for (; flags > 0; flags &= flags - 1) count++
  return count
}

function readDecimal(cursor: Cursor): Amount {
  const decimals = cursor.signed()
  return amountFrom(cursor.signed(), decimals)
}

function readRange(cursor: Cursor): Amount {
  return { value: undefined, decimals: 0, low: cursor.double(), high: cursor.double() }
}

function readDouble(cursor: Cursor): Amount {
  const value = cursor.double()
  return { value, decimals: floating, low: value, high: wholly(value) }
}

const uuidOf = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`

/** Of a type's parameters, by number. */
function namesOf(type: string): readonly (string | undefined)[] {
  let names = namesByType.get(type)
  if (!names) {
    names = []
    for (const { name, number } of parametersOf(type)) names[number] = name
    namesByType.set(type, names)
  }
  return names
}

const namesByType = new Map<string, (string | undefined)[]>()
