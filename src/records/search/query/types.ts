import type { Refusal } from '#kernel/outcome.ts'
import type { Tuple } from '../extract/read-tuple.ts'
import type { ParameterKind } from '../extract/values.ts'

/**
 * A search of FHIR R4 (http://hl7.org/fhir/R4/search.html) as it was understood: everything in it is supported, or it
 * would have been refused.
 */
export interface Search {
  /** Undefined: a search over all types, or over those of `_type`. */
  type: string | undefined
  /** The type, or those of `_type`, in the order given; empty: every type. */
  types: readonly string[]
  /** All of them must hold. */
  filters: readonly Filter[]
  sort: readonly SortKey[]
  /** As asked: the caller has its own limit. */
  count: number | undefined
  total: 'none' | 'estimate' | 'accurate' | undefined
  includes: readonly Include[]
  revincludes: readonly Include[]
  /** As asked, for whoever shapes the answer: that room judges them. */
  summary: string | undefined
  elements: string | undefined
  /** Where the caller is lenient: what was left out, as it may be shown. */
  ignored: readonly string[]
  /** What was not, as it was given. */
  understood: readonly (readonly [name: string, value: string])[]
}

export type Filter = ValueFilter | MissingFilter | ChainFilter | HasFilter

/** A value of the parameter compares with an operand. */
export interface ValueFilter {
  is: 'value'
  /** Such as `code`, `_id`, `_lastUpdated`. */
  parameter: string
  kind: Exclude<ParameterKind, 'special'>
  modifier: ValueModifier | undefined
  /** One at least; any of them will do (`:not`, `:not-in`: none of them may). */
  operands: readonly Operand[]
}

/** `:missing` is a filter of its own, `:[type]` is in the operand. */
export type ValueModifier =
  | 'not'
  | 'text'
  | 'in'
  | 'not-in'
  | 'exact'
  | 'contains'
  | 'above'
  | 'below'
  | 'identifier'

export interface MissingFilter {
  is: 'missing'
  parameter: string
  missing: boolean
}

/**
 * `subject:Patient.name=x`: the parameter refers to a resource for which `filter` holds. What was found for it is the
 * set of those resources, each as `Type/id` (and, where the reference is a canonical, its url).
 */
export interface ChainFilter {
  is: 'chain'
  parameter: string
  /** The types that are searched: all have the parameter of `filter`. */
  targets: readonly string[]
  filter: Filter
}

/**
 * `_has:Observation:patient:code=x`: some resource of `type` for which `filter` holds refers here. What was found for
 * it is the set of the resources that those refer to in `parameter`, each as `Type/id`.
 */
export interface HasFilter {
  is: 'has'
  type: string
  parameter: string
  filter: Filter
}

export type Operand =
  | TokenOperand
  | TextOperand
  | ValueSetOperand
  | ReferenceOperand
  | DateOperand
  | StringOperand
  | UriOperand
  | NumberOperand
  | QuantityOperand
  | CompositeOperand

/**
 * Of a token, and of a reference's `:identifier`. `system`: `null` for none (`|code`), undefined for any (`code`);
 * `code` is undefined for any code of the system (`system|`).
 *
 * Codes are compared without regard to case, as R4 asks in doubt; identifiers and ids, whose own definitions say
 * otherwise, exactly (`isExact`).
 */
export interface TokenOperand {
  kind: 'token'
  system: string | null | undefined
  code: string | undefined
  isExact: boolean
}

/** Of a token's `:text`: a beginning of any word of the text, folded. */
export interface TextOperand {
  kind: 'text'
  text: string
}

/** Of `:in` and `:not-in`: a value set that ships with R4, without its version. */
export interface ValueSetOperand {
  kind: 'valueset'
  url: string
}

/**
 * Of this server: `id`, and `type` where it was given or there is only one it can be. Elsewhere: `url`. `version` is that
 * of a canonical or of a reference to one version; undefined for any.
 */
export interface ReferenceOperand {
  kind: 'reference'
  type: string | undefined
  id: string | undefined
  url: string | undefined
  version: string | undefined
}

export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap'

/** Milliseconds since 1970: from `low` on, before `high`; of `ap` already widened. */
export interface DateOperand {
  kind: 'date'
  prefix: Prefix
  low: number
  high: number
}

/**
 * `text` as given, `folded` as it is compared but for `:exact`. `words` where the parameter is a person's name and has no modifier: each must
 * begin, or sound like, some word of the name.
 */
export interface StringOperand {
  kind: 'string'
  text: string
  folded: string
  words: readonly NameWord[] | undefined
}

export interface NameWord {
  folded: string
  /** Of Spanish; undefined for what has no sound of its own, such as a digit. */
  sound: string | undefined
}

/** `version`: of a canonical resource's own `url` (`url|version`); undefined for any. */
export interface UriOperand {
  kind: 'uri'
  uri: string
  version: string | undefined
}

/** The number, and what rounds to it (of `ap`: a tenth to either side): from `low` on, before `high`. */
export interface NumberOperand {
  kind: 'number'
  prefix: Prefix
  value: number
  low: number
  high: number
}

/** `system` and `code`: that unit; `code` alone: a unit's code or its text; neither: any unit. */
export interface QuantityOperand extends Omit<NumberOperand, 'kind'> {
  kind: 'quantity'
  system: string | undefined
  code: string | undefined
}

/** One for each component: all of them within one element. */
export interface CompositeOperand {
  kind: 'composite'
  components: readonly Operand[]
}

export interface SortKey {
  parameter: string
  kind: ParameterKind
  isDescending: boolean
}

/**
 * `_include=Observation:subject:Patient`: from resources of `type`, by `parameter`, to `target`. Undefined: any
 * (`*`, `Observation:*`). Of `_revinclude`, the same words: `type` is what refers.
 */
export interface Include {
  type: string | undefined
  parameter: string | undefined
  target: string | undefined
  /** Of what was included too, not only of what was found. */
  isIterated: boolean
}

export interface ParseOptions {
  type?: string | undefined
  /** Decoded, in order. */
  pairs: readonly (readonly [name: string, value: string])[]
  /** IANA name of the facility's. */
  timeZone: string
  /** The server's own address: what is below it is its own. */
  base?: string | undefined
  /** For `ap` of dates, milliseconds since 1970. */
  now: number
  /** `Prefer: handling=lenient`: what is not supported is left out and told in `ignored`. */
  isLenient?: boolean
}

export type Parsed = { status: 'ok'; search: Search } | Refusal

/** What a filter judges: an entry of the tuple index has it all. */
export interface Candidate {
  tuple: Tuple
  /** Milliseconds since 1970: `_lastUpdated`. */
  updatedAt: number
}

/** What was found before for a chain or a `_has`, each as `Type/id`. */
export type Found = (filter: ChainFilter | HasFilter) => ReadonlySet<string>

export type Matcher = (candidate: Candidate, found: Found) => boolean

/** The value of each sort key, undefined where there is none. */
export type SortValues = readonly (string | number | undefined)[]

export interface Sorter {
  valuesOf(candidate: Candidate): SortValues
  /** Missing values last in either direction; `name` decides what is left. */
  compare(left: Sortable, right: Sortable): number
}

export interface Sortable {
  values: SortValues
  name: string
}
