import { decimalOf, wholly } from './decimals.ts'
import { isFields, textOf } from './fields.ts'
import type { Fields, Read } from './fields.ts'
import type { Amount, QuantityValue } from './values.ts'

/** R4 search.html#number. */
export const numberReaders: Record<string, Read> = {
  decimal: pushNumber,
  integer: pushNumber,
  positiveInt: pushNumber,
  unsignedInt: pushNumber,
  Range: (node, out) => {
    const amount = isFields(node) ? rangeOf(node) : undefined
    if (amount) out.push({ kind: 'number', ...amount })
  },
}

/** R4 search.html#quantity. */
export const quantityReaders: Record<string, Read> = {
  Quantity: pushQuantity,
  SimpleQuantity: pushQuantity,
  Age: pushQuantity,
  Count: pushQuantity,
  Distance: pushQuantity,
  Duration: pushQuantity,
  Money: (node, out) => {
    const amount = isFields(node) ? decimalOf(node['value']) : undefined
    if (!amount) return
    const code = textOf((node as Fields)['currency'])
    out.push(quantity(amount, code === undefined ? undefined : 'urn:iso:std:iso:4217', code, undefined))
  },
  Range: (node, out) => {
    const amount = isFields(node) ? rangeOf(node) : undefined
    if (!amount) return
    const { low, high } = node as Fields
    pushAmount(out, amount, isFields(low) ? low : (high as Fields))
  },
  SampledData: (node, out) => {
    const amount = isFields(node) ? boundsOf(node) : undefined
    if (amount) pushAmount(out, amount, (node as { origin: Fields }).origin)
  },
}

const quantity = (
  { value, decimals, low, high }: Amount,
  system: string | undefined,
  code: string | undefined,
  unit: string | undefined,
): QuantityValue => ({ kind: 'quantity', value, decimals, low, high, system, code, unit })

function pushNumber(node: unknown, out: unknown[]): void {
  const amount = decimalOf(node)
  if (amount) out.push({ kind: 'number', ...amount })
}

function pushQuantity(node: unknown, out: unknown[]): void {
  if (!isFields(node)) return
  const amount = decimalOf(node['value'])
  if (amount) pushAmount(out, compared(amount, node['comparator']), node)
}

function pushAmount(out: unknown[], amount: Amount, units: Fields): void {
  out.push(quantity(amount, textOf(units['system']), textOf(units['code']), textOf(units['unit'])))
}

/** "Less than 5" is anything below it. */
function compared(amount: Amount, comparator: unknown): Amount {
  const at = amount.value!
  if (comparator === '<' || comparator === '<=') return between(-Infinity, at)
  return comparator === '>' || comparator === '>=' ? between(at, Infinity) : amount
}

const between = (low: number, high: number): Amount => ({ value: undefined, decimals: 0, low, high })

function rangeOf(range: Fields): Amount | undefined {
  const low = isFields(range['low']) ? decimalOf(range['low']['value']) : undefined
  const high = isFields(range['high']) ? decimalOf(range['high']['value']) : undefined
  return low || high ? between(low?.low ?? -Infinity, high?.high ?? Infinity) : undefined
}

/** "Just search on the bounds of the values in sampled data" (R4, Observation-value-quantity). */
function boundsOf(sampled: Fields): Amount | undefined {
  const { origin } = sampled
  if (!isFields(origin)) return undefined
  const number = (value: unknown) => decimalOf(value)?.value
  const zero = number(origin['value']) ?? 0
  const factor = number(sampled['factor']) ?? 1
  const [least, most] = [number(sampled['lowerLimit']), number(sampled['upperLimit'])]
  let [low, high] = [Infinity, -Infinity]
  for (const word of (textOf(sampled['data']) ?? '').split(' ')) {
    const at = word === 'L' ? least : word === 'U' ? most : plain(word)
    if (at === undefined) continue
    low = Math.min(low, zero + at * factor)
    high = Math.max(high, zero + at * factor)
  }
  return low <= high ? between(low, wholly(high)) : undefined
}

const plain = (word: string): number | undefined => (/^-?\d/.test(word) ? Number(word) : undefined)
