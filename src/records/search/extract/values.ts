/**
 * What a search compares: the values of a resource's search parameters in the terms of R4's search page
 * (http://hl7.org/fhir/R4/search.html), one shape for each kind. Every member is always there, so that each kind has
 * one shape; `undefined` says that the resource has none.
 */
export type Value =
  | TokenValue
  | ReferenceValue
  | DateValue
  | StringValue
  | UriValue
  | NumberValue
  | QuantityValue
  | CompositeValue
  | PositionValue

export type ParameterKind = Exclude<Value['kind'], 'position'> | 'special'

/** `text` is what `:text` reads: a coding's display, a concept's text (then without a code), an identifier's type. */
export interface TokenValue {
  kind: 'token'
  system: string | undefined
  code: string | undefined
  text: string | undefined
}

/**
 * A reference to a resource of this server has `type` and `id`; any other has `url`, with the type where the address
 * shows it. A canonical has its version apart. A logical reference has `identifier`.
 */
export interface ReferenceValue {
  kind: 'reference'
  type: string | undefined
  id: string | undefined
  version: string | undefined
  url: string | undefined
  identifier: { system: string | undefined; value: string | undefined } | undefined
}

/** Milliseconds since 1970: from `low` on, before `high`; an open end is infinite. */
export interface DateValue {
  kind: 'date'
  low: number
  high: number
}

/** As written; a search compares what `fold` makes of it. */
export interface StringValue {
  kind: 'string'
  text: string
}

export interface UriValue {
  kind: 'uri'
  uri: string
}

/**
 * `value` was written with so many `decimals` (less than zero for `1e2`), and stands for anything that rounds to it:
 * from `low` on, before `high`. A range, or a value with a comparator, has no `value`.
 */
export interface Amount {
  value: number | undefined
  decimals: number
  low: number
  high: number
}

export interface NumberValue extends Amount {
  kind: 'number'
}

/** Money is in units of `urn:iso:std:iso:4217`. */
export interface QuantityValue extends Amount {
  kind: 'quantity'
  system: string | undefined
  code: string | undefined
  unit: string | undefined
}

/** The values of each component, in the parameter's order, of one base element. */
export interface CompositeValue {
  kind: 'composite'
  components: readonly (readonly Value[])[]
}

/** Degrees (WGS84). */
export interface PositionValue {
  kind: 'position'
  latitude: number
  longitude: number
}

/**
 * The values of a resource by the names of its parameters. A parameter that has elements but nothing to compare, such as a
 * reference to a contained resource, has an empty list: it is not `:missing`.
 */
export interface Extracted {
  type: string
  values: ReadonlyMap<string, readonly Value[]>
}
