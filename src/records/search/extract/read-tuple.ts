import { typeName } from '#records/fhir/index.ts'
import { Cursor } from './bytes.ts'
import { parameterOf, parametersOf } from './catalogue.ts'
import { amountFrom, floating, wholly } from './decimals.ts'
import type { SoughtCodes } from './sought-codes.ts'
import { isWord, ofUuid, skipValue, textBytes, uuidBytes } from './skip.ts'
import { fresh, kinds, openHigh, openLow, textFlags, tupleVersion } from './tuple.ts'
import type { Amount, Extracted, QuantityValue, Value } from './values.ts'
import { words } from './words.ts'

/** A tuple that reads what it is asked for, and each value and text once. */
export interface Tuple {
  readonly type: string
  /** Undefined where the resource has no element of this parameter (`:missing`). */
  values(name: string): readonly Value[] | undefined
  /** False where none of the parameter's values is a token with one of these codes: told before any is read. */
  couldHave(name: string, codes: SoughtCodes): boolean
  all(): Extracted
}

/**
 * The tuple that begins at `from`. Throws where the bytes are no tuple of this format: they come out of a seal, so that is a
 * fault of ours.
 */
export function decodeTuple(bytes: Uint8Array, from = 0): Tuple {
  return new Reader(
    Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    from,
  )
}

/**
 * So often a tuple is looked at as it lies; who looks again finds what was read. A search of many looks once or twice at each,
 * and what is kept opened is looked at by every search of its patient.
 */
const looksAsItLies = 2
/** A tuple of more values is read at once: each look at it as it lies goes through all of them. */
const valuesAsItLies = 100

const none: never[] = []

class Reader extends Cursor implements Tuple {
  readonly type: string
  readonly #parametersAt: number
  readonly #valuesAt: number
  #looks = 0
  // Of just the length that is needed: an array that grows takes room for 16 more.
  /** By place each value once it was read, and before that where it starts. */
  #values: (Value | number)[] | undefined
  /** By place, what each text is. */
  #heads: number[] = none
  /** By place each text once it was read, and before that where it starts. */
  #texts: (string | number)[] = none
  /** Of a tuple as it lies: where the heads of its texts are, once that is known, and the text that was last located. */
  #headsAt = 0
  #textAt = 0

  constructor(bytes: Buffer, from: number) {
    super(bytes, from)
    if (this.varint() !== tupleVersion) throw new Error('a tuple of an unknown format')
    const type = typeName(this.varint())
    if (type === undefined) throw new Error('a tuple of an unknown type')
    this.type = type
    const length = this.varint()
    this.#parametersAt = this.at
    this.#valuesAt = this.at + length
    this.at = this.#valuesAt
    if (this.varint() > valuesAsItLies) this.#looks = looksAsItLies
  }

  values(name: string): readonly Value[] | undefined {
    if (this.#values === undefined && ++this.#looks > looksAsItLies) this.#values = this.#open()
    const next = this.#find(name)
    if (next === undefined) return undefined
    return next < 0 ? this.#list() : [this.#value(next)]
  }

  couldHave(name: string, codes: SoughtCodes): boolean {
    // What was read is asked itself.
    if (this.#values !== undefined || ++this.#looks > looksAsItLies) return true
    const next = this.#find(name)
    if (next === undefined) return false
    if (next >= 0) return this.#hasCode(next, codes)
    const head = this.varint()
    if (head % 2 === 0) return this.#hasCode(head / 2, codes)
    for (let left = (head - 1) / 2; left > 0; left--) if (this.#hasCode(this.varint(), codes)) return true
    return false
  }

  all(): Extracted {
    const names = namesOf(this.type)
    const values = new Map<string, readonly Value[]>()
    this.#values ??= this.#open()
    this.at = this.#parametersAt
    let next = 0
    while (this.at < this.#valuesAt) {
      const head = this.byte()
      const name = names[head & ~fresh]
      if (name === undefined) throw new Error('a tuple with an unknown parameter')
      const { at } = this
      values.set(name, head & fresh ? [this.#value(next)] : this.#list())
      this.at = at
      next = head & fresh ? next + 1 : this.#skipList(next)
    }
    return { type: this.type, values }
  }

  /** The place of the parameter's only value, or -1: its list is where the cursor is. */
  #find(name: string): number | undefined {
    const number = parameterOf(this.type, name)?.number
    this.at = this.#parametersAt
    let next = 0
    while (this.at < this.#valuesAt) {
      const head = this.byte()
      const isFresh = (head & fresh) !== 0
      if ((head & ~fresh) === number) return isFresh ? next : -1
      next = isFresh ? next + 1 : this.#skipList(next)
    }
    return undefined
  }

  #list(): Value[] {
    const head = this.varint()
    if (head % 2 === 0) return [this.#value(head / 2)]
    const places: number[] = []
    for (let left = (head - 1) / 2; left > 0; left--) places.push(this.varint())
    return places.map((place) => this.#value(place))
  }

  /** The place after the highest named so far. */
  #skipList(next: number): number {
    const head = this.varint()
    if (head % 2 === 0) return Math.max(next, head / 2 + 1)
    for (let left = (head - 1) / 2; left > 0; left--) next = Math.max(next, this.varint() + 1)
    return next
  }

  /** The cursor stays where it was. */
  #value(place: number): Value {
    const { at } = this
    const known = this.#values?.[place]
    if (known !== undefined && typeof known !== 'number') return known
    if (known === undefined) this.#goTo(place)
    else this.at = known
    const value = this.#read()
    this.at = at
    if (this.#values !== undefined) this.#values[place] = value
    return value
  }

  #goTo(place: number): void {
    this.at = this.#valuesAt
    for (this.varint(); place > 0; place--) skipValue(this)
  }

  /** The cursor stays where it was. */
  #hasCode(place: number, codes: SoughtCodes): boolean {
    const { at } = this
    this.#goTo(place)
    const head = this.byte()
    let could = false
    if ((head & 15) === kinds.token && (head & textFlags[1]) !== 0) {
      if (head & textFlags[0]) this.skip(1)
      const text = this.#locate(this.varint())
      if (text === ofUuid) could = codes.couldBeUuid
      else if (isWord(text)) could = codes.has(words[(text - 3) / 2]!)
      else could = codes.hasBytes(this.bytes, this.#textAt, text / 2)
    }
    this.at = at
    return could
  }

  /** The head of a text, which then is at `#textAt` unless it is a word. The cursor stays where it was. */
  #locate(place: number): number {
    const { at } = this
    if (this.#headsAt === 0) {
      this.at = this.#valuesAt
      for (let left = this.varint(); left > 0; left--) skipValue(this)
      this.#headsAt = this.at
    }
    this.at = this.#headsAt
    const count = this.varint()
    let before = 0
    for (let n = 0; n < place; n++) before += textBytes(this.varint())
    const head = this.varint()
    if (!isWord(head)) {
      this.skip(count - place - 1)
      this.#textAt = this.at + before
    }
    this.at = at
    return head
  }

  /** Where each value starts. */
  #open(): number[] {
    const { at } = this
    this.at = this.#valuesAt
    const starts = Array<number>(this.varint())
    for (let place = 0; place < starts.length; place++) {
      starts[place] = this.at
      skipValue(this)
    }
    const count = this.varint()
    const heads = Array<number>(count)
    for (let place = 0; place < count; place++) heads[place] = this.varint()
    const texts = Array<string | number>(count)
    for (let place = 0, start = this.at; place < count; place++) {
      texts[place] = start
      start += textBytes(heads[place]!)
    }
    this.#heads = heads
    this.#texts = texts
    this.at = at
    return starts
  }
  #text(place: number): string {
    if (this.#values === undefined) return this.#textOf(this.#locate(place), this.#textAt)
    const at = this.#texts[place]!
    if (typeof at === 'string') return at
    return (this.#texts[place] = this.#textOf(this.#heads[place]!, at))
  }

  #textOf(head: number, at: number): string {
    if (isWord(head)) return words[(head - 3) / 2]!
    const { bytes } = this
    return head === ofUuid
      ? uuidOf(bytes.toString('hex', at, at + uuidBytes))
      : bytes.toString('utf8', at, at + head / 2)
  }

  #optional(head: number, flag: number): string | undefined {
    return head & flag ? this.#text(this.varint()) : undefined
  }

  #read(): Value {
    const head = this.byte()
    switch (head & 15) {
      case kinds.token: {
        const system = this.#optional(head, textFlags[0])
        const code = this.#optional(head, textFlags[1])
        return { kind: 'token', system, code, text: this.#optional(head, textFlags[2]) }
      }
      case kinds.reference:
        return this.#reference()
      case kinds.date: {
        const low = head & openLow ? -Infinity : this.signed()
        if (head & openHigh) return { kind: 'date', low, high: Infinity }
        const rest = this.signed()
        return { kind: 'date', low, high: head & openLow ? rest : low + rest }
      }
      case kinds.string:
        return { kind: 'string', text: this.#text(this.varint()) }
      case kinds.uri:
        return { kind: 'uri', uri: this.#text(this.varint()) }
      case kinds.number:
        return { kind: 'number', ...readDecimal(this) }
      case kinds.numberRange:
        return { kind: 'number', ...readRange(this) }
      case kinds.numberDouble:
        return { kind: 'number', ...readDouble(this) }
      case kinds.quantity:
        return this.#quantity(head, readDecimal)
      case kinds.quantityRange:
        return this.#quantity(head, readRange)
      case kinds.quantityDouble:
        return this.#quantity(head, readDouble)
      case kinds.composite: {
        const components: Value[][] = []
        for (let left = this.varint(); left > 0; left--) components.push(this.#list())
        return { kind: 'composite', components }
      }
      case kinds.position:
        return { kind: 'position', latitude: this.double(), longitude: this.double() }
      default:
        throw new Error('a tuple with an unknown kind of value')
    }
  }

  #quantity(head: number, amount: (cursor: Cursor) => Amount): QuantityValue {
    const system = this.#optional(head, textFlags[0])
    const code = this.#optional(head, textFlags[1])
    const unit = this.#optional(head, textFlags[2])
    const { value, decimals, low, high } = amount(this)
    return { kind: 'quantity', value, decimals, low, high, system, code, unit }
  }

  #reference(): Value {
    const flags = this.byte()
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
