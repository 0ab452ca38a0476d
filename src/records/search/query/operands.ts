import type { Refusal } from '#kernel/outcome.ts'
import { resourceTypes } from '#records/fhir/index.ts'
import type { Parameter, Source } from '../extract/catalogue.ts'
import type { ParameterKind, ReferenceValue, Value } from '../extract/values.ts'
import { referenceReaders } from '../extract/references.ts'
import { zoneOf } from '../extract/zone.ts'
import { dateOf, numberOf, quantityOf } from './amounts.ts'
import { badValue, expected, parts, unknownValueSet } from './faults.ts'
import { plainText, splitAt } from './pieces.ts'
import type { Piece } from './pieces.ts'
import { nameWordsOf, searchText } from './texts.ts'
import type { Operand, ReferenceOperand, TokenOperand, ValueModifier } from './types.ts'
import { isValueSet } from './value-sets.ts'

/** What an operand is read by. */
export interface Reading {
  /** As the caller wrote it, for errors. */
  name: string
  parameter: Parameter
  kind: ParameterKind
  modifier: ValueModifier | undefined
  sources: readonly Source[]
  /** Whether it is a person's name, and is compared by words. */
  isName: boolean
  /** `subject:Patient`, or the only type there can be. */
  type: string | undefined
  /** Whether `type` was said in the name: then a value may not say another. */
  isTyped: boolean
  timeZone: string
  base: string | undefined
  now: number
}

/** The operands of a parameter's value, which commas part. */
export function operandsOf(whole: Piece, reading: Reading): Operand[] | Refusal {
  const operands: Operand[] = []
  for (const piece of splitAt(whole, ',')) {
    const operand = operandOf(piece, reading)
    if ('status' in operand) return operand
    operands.push(operand)
  }
  return operands
}

function operandOf(piece: Piece, reading: Reading): Operand | Refusal {
  const { name } = reading
  if (piece.text === '') return badValue(name, piece.at, expected.value)
  const plainer = plainText(piece)
  if ('badAt' in plainer) return badValue(name, plainer.badAt, expected.escape)
  return readers[reading.kind](piece, plainer.text, reading)
}

/** Readers get a piece with sound escapes, and its text without them. */
type ReadOperand = (piece: Piece, text: string, reading: Reading) => Operand | Refusal

const readers: Record<ParameterKind, ReadOperand> = {
  token: tokenOf,
  reference: referenceOf,
  date: (piece, text, { name, timeZone, now }) => dateOf(name, piece, text, zoneOf(timeZone), now),
  string: stringOf,
  uri: uriOf,
  number: (piece, text, { name }) => numberOf(name, piece, text),
  quantity: (piece, _text, { name }) => quantityOf(name, piece),
  composite: compositeOf,
  special: ({ at }, _text, { name }) => badValue(name, at, expected.value),
}

function tokenOf(piece: Piece, text: string, reading: Reading): Operand | Refusal {
  const { name, modifier } = reading
  if (modifier === 'text') {
    const folded = searchText(text)
    return folded === '' ? badValue(name, piece.at, expected.letters) : { kind: 'text', text: folded }
  }
  if (modifier === 'in' || modifier === 'not-in') {
    const url = text.replace(/\|4\.0\.1$/, '')
    return isValueSet(url) ? { kind: 'valueset', url } : unknownValueSet(name, text)
  }
  if (modifier === 'below' && !/^[^/|\s]+\/[^/|\s]+$/.test(text))
    return badValue(name, piece.at, expected.mime)
  return codeOf(
    piece,
    reading,
    reading.sources.every(({ type }) => exactTypes.has(type)),
  )
}

/**
 * R4 datatypes.html#Identifier and resource.html#id are told apart by case; in codes case is in doubt, and then "including
 * undesired data has less safety implications" (search.html#token).
 */
const exactTypes = new Set(['Identifier', 'id', 'uri'])

function codeOf(piece: Piece, { name }: Reading, isExact: boolean): TokenOperand | Refusal {
  const halves = splitAt(piece, '|')
  const texts = halves.map((half) => (plainText(half) as { text: string }).text)
  if (halves.length === 1) return { kind: 'token', system: undefined, code: texts[0]!, isExact }
  if (halves.length > 2) return badValue(name, halves[2]!.at - 1, expected.token)
  const [system, code] = texts as [string, string]
  if (system === '' && code === '') return badValue(name, piece.at, expected.token)
  return { kind: 'token', system: system || null, code: code || undefined, isExact }
}

function referenceOf(piece: Piece, text: string, reading: Reading): Operand | Refusal {
  const { name, modifier, type, isTyped, base } = reading
  if (modifier === 'identifier') return codeOf(piece, reading, true)
  if (/^[A-Za-z0-9\-.]{1,64}$/.test(text))
    return { kind: 'reference', type, id: text, url: undefined, version: undefined }
  const value = literalOf(text, base)
  if (!value || /\s/.test(text)) return badValue(name, piece.at, expected.reference)
  const { id, url, version } = value
  if (isTyped && value.type !== type && value.type !== undefined)
    return badValue(name, piece.at, expected.typedReference)
  if (id === undefined && !/^[A-Za-z][A-Za-z0-9+.-]*:./.test(url ?? ''))
    return badValue(name, piece.at, expected.reference)
  const found: ReferenceOperand = { kind: 'reference', type: value.type, id, url, version }
  return found
}

/** Read as a canonical of a resource is, so that both are normal in the same way. */
function literalOf(text: string, base: string | undefined): ReferenceValue | undefined {
  const out: Value[] = []
  referenceReaders['canonical']!(text, out, {
    zone: zoneOf('UTC'),
    base: base === undefined || base.endsWith('/') ? base : `${base}/`,
    known: new Map(),
  })
  const value = out[0] as ReferenceValue | undefined
  if (value?.id !== undefined && !isType(value.type)) return undefined
  return value
}

const known = new Set(resourceTypes)
const isType = (type: string | undefined): boolean => type !== undefined && known.has(type)

function stringOf(piece: Piece, text: string, { name, modifier, isName }: Reading): Operand | Refusal {
  const folded = searchText(text)
  if (folded === '' && modifier !== 'exact') return badValue(name, piece.at, expected.letters)
  if (!isName || modifier !== undefined) return { kind: 'string', text, folded, words: undefined }
  const words = nameWordsOf(text)
  return { kind: 'string', text, folded, words }
}

function uriOf(piece: Piece, text: string, { name, modifier, parameter }: Reading): Operand | Refusal {
  const isPartial = modifier === 'above' || modifier === 'below'
  // R4 search.html#uri: "only apply to URLs, and not URNS such as OIDs".
  if (isPartial && /^(?:urn|oid|uuid):/i.test(text)) return badValue(name, piece.at, expected.url)
  const bar = parameter.name === 'url' && !isPartial ? text.indexOf('|') : -1
  if (bar <= 0) return { kind: 'uri', uri: text, version: undefined }
  return { kind: 'uri', uri: text.slice(0, bar), version: text.slice(bar + 1) || undefined }
}

function compositeOf(piece: Piece, _text: string, reading: Reading): Operand | Refusal {
  const { components } = reading.parameter.groups[0]!
  const pieces = splitAt(piece, '$')
  if (pieces.length !== components.length)
    return badValue(reading.name, pieces.at(-1)!.at, parts(components.length))
  const operands: Operand[] = []
  for (const [at, part] of pieces.entries()) {
    const { kind, sources } = components[at]!
    const operand = operandOf(part, { ...reading, kind, sources, type: undefined, isName: false })
    if ('status' in operand) return operand
    operands.push(operand)
  }
  return { kind: 'composite', components: operands }
}
