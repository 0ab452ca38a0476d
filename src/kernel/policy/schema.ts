/** Cedar's schema, made of what the house can be asked and of what its safeguards know. */
import type { FactValues } from '../safeguard.ts'

/** What policies speak of beside facts. */
export interface Vocabulary {
  roles: readonly string[]
  /** Kinds of things that an act can be about. */
  kinds: readonly string[]
  actions: readonly string[]
}

/** Of a safeguard, what policy needs. */
export interface Part {
  name: string
  facts: Readonly<Record<string, { values: FactValues }>>
  policy: string
  /** It only forbids. */
  isNarrowing?: true
  /** It only permits. */
  isWidening?: true
}

/** Throws where two safeguards give one name to what they know. */
export function schemaOf({ roles, kinds, actions }: Vocabulary, parts: readonly Part[]): string {
  const types = new Map<string, string>()
  const contexts = parts.map(({ name, facts }) => {
    const members = Object.entries(facts).map(([fact, { values }]) => {
      if (isBoolean(values)) return `${fact}: Bool`
      const type = typeOf(fact)
      if (types.has(type)) throw new Error(`two facts are called ${fact}`)
      types.set(type, `entity ${type} enum [${quoted(values as readonly string[])}];`)
      return `${fact}: ${type}`
    })
    return `${name}: { ${members.join(', ')} }`
  })
  return [
    `entity Role enum [${quoted(roles)}];`,
    `entity Kind enum [${quoted(kinds)}];`,
    'entity Person in [Role];',
    'entity Program;',
    'entity Thing in [Kind];',
    ...types.values(),
    `action ${quoted(actions)} appliesTo {`,
    '  principal: [Person, Program],',
    '  resource: [Thing],',
    `  context: { ${contexts.join(', ')} },`,
    '};',
    '',
  ].join('\n')
}

/** The type of a fact of words: `relation` has values such as `Relation::"care"`. */
export function typeOf(fact: string): string {
  return fact.charAt(0).toUpperCase() + fact.slice(1)
}

export function isBoolean(values: FactValues): values is readonly boolean[] {
  return typeof values[0] === 'boolean'
}

function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ')
}
