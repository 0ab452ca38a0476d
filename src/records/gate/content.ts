/** What is in a resource, as far as policy may go by it: told by its index tuple, or by what that would be. */
import type { Extracted, Parameter, Tuple, Value } from '../search/index.ts'
import { parametersOf } from '../search/index.ts'

/** A coding: a security label, or of what a resource is about. */
export interface Code {
  system: string | undefined
  code: string
}

export interface Content {
  readonly id: string | undefined
  /** `meta.security`. */
  readonly labels: readonly Code[]
  /** What it is about. Undefined: it has an element for that, and no code in it. */
  codes(): readonly Code[] | undefined
  /** Of what it tells; not when it was written. Milliseconds since 1970. */
  dates(): readonly { low: number; high: number }[]
  /** What it refers to, in whatever way: `Practitioner/…`. */
  references(): ReadonlySet<string>
}

/** Values by parameter; undefined where there is no element. */
type ValuesOf = (parameter: string) => readonly Value[] | undefined

export function contentOfTuple(tuple: Tuple): Content {
  return new Told(tuple.type, (parameter) => tuple.values(parameter))
}

/** The same with other labels beside its own. */
export function contentWith(content: Content, also: readonly Code[]): Content {
  return {
    id: content.id,
    labels: [...content.labels, ...also],
    codes: () => content.codes(),
    dates: () => content.dates(),
    references: () => content.references(),
  }
}

/** Of a resource as it stands: it is extracted when something of it is asked for, which is seldom. */
export function contentOfText(type: string, text: string, extracted: (text: string) => Extracted): Content {
  let found: Extracted | undefined
  const valuesOf: ValuesOf = (parameter) => (found ??= extracted(text)).values.get(parameter)
  // A name in JSON can be written with escapes, too.
  const isLabelled = text.includes('"security"') || text.includes('\\u')
  return new Told(type, isLabelled ? valuesOf : (name) => (name === '_security' ? undefined : valuesOf(name)))
}

const codeParameters: ReadonlySet<string> = new Set(['code', 'type', 'class'])
/** Of whoever it is about, and of when it was written. */
const otherDates: ReadonlySet<string> = new Set(['_lastUpdated', 'birthdate', 'death-date'])
const parametersKnown = new Map<string, readonly Parameter[]>()

class Told implements Content {
  readonly #type: string
  readonly #valuesOf: ValuesOf
  readonly labels: readonly Code[]

  constructor(type: string, valuesOf: ValuesOf) {
    this.#type = type
    this.#valuesOf = valuesOf
    this.labels = [...codesIn(valuesOf('_security') ?? [])]
  }

  get id(): string | undefined {
    const [id] = this.#valuesOf('_id') ?? []
    return id?.kind === 'token' ? id.code : undefined
  }

  codes(): readonly Code[] | undefined {
    const named = this.#parameters.filter(({ name }) => codeParameters.has(name))
    const found = named.flatMap(({ name }) => [...codesIn(this.#valuesOf(name) ?? [])])
    return found.length === 0 && named.length > 0 ? undefined : found
  }

  dates(): readonly { low: number; high: number }[] {
    return this.#parameters.flatMap(({ name, kind }) =>
      kind === 'date' && !otherDates.has(name)
        ? (this.#valuesOf(name) ?? []).flatMap((value) => (value.kind === 'date' ? [value] : []))
        : [],
    )
  }

  references(): ReadonlySet<string> {
    const found = new Set<string>()
    for (const { name, kind } of this.#parameters) {
      if (kind !== 'reference') continue
      for (const value of this.#valuesOf(name) ?? [])
        if (value.kind === 'reference' && value.type !== undefined && value.id !== undefined)
          found.add(`${value.type}/${value.id}`)
    }
    return found
  }

  get #parameters(): readonly Parameter[] {
    const known = parametersKnown.get(this.#type)
    if (known) return known
    const parameters = parametersOf(this.#type)
    parametersKnown.set(this.#type, parameters)
    return parameters
  }
}

function* codesIn(values: readonly Value[]): Generator<Code> {
  for (const value of values)
    if (value.kind === 'token' && value.code !== undefined) yield { system: value.system, code: value.code }
}
