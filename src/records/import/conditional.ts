/** References by criteria, such as `Practitioner?identifier=urn:x|1`: what each stands for, asked once in an import. */
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { typeCode } from '#records/fhir/index.ts'
import { isObject } from '#records/json/index.ts'
import type { Finder } from '../criteria.ts'
import type { Item } from './unit.ts'

export interface Conditionals {
  /** `Type/id`, or why there is none. Who found one finds the same in the whole import. */
  placeOf(reference: string): Promise<string | Refusal>
}

/** References remembered: practitioners and places of a large house, in some 4 MB. */
const knownMax = 20_000

export function createConditionals(finder: Finder): Conditionals {
  const known = new Map<string, Promise<string | Refusal>>()

  async function look(reference: string): Promise<string | Refusal> {
    const mark = reference.indexOf('?')
    const type = reference.slice(0, mark)
    if (typeCode(type) === undefined) return refuse('unknown-type')
    const found = await finder.find(type, reference.slice(mark + 1))
    if (found.status !== 'found') return found
    const [match, other] = found.matches
    if (other) return refuse('multiple-matches')
    return match ? `${type}/${match.id}` : refuse('no-match')
  }

  return {
    async placeOf(reference) {
      const before = known.get(reference)
      if (before) return before
      if (known.size >= knownMax) known.clear()
      const asked = look(reference)
      known.set(reference, asked)
      const forget = () => known.delete(reference)
      const found = await asked.catch((error: unknown) => {
        forget()
        throw error
      })
      if (typeof found !== 'string') forget()
      return found
    },
  }
}

/** By the reference that would name it, each resource of a unit that has an identifier, as its place in the list. */
export function ownIdentifiers(items: readonly Item[]): Map<string, number | Refusal> {
  const own = new Map<string, number | Refusal>()
  for (const [n, { wish }] of items.entries()) {
    if (!('document' in wish)) continue
    for (const name of identifierNames(wish.type, wish.document.value)) {
      own.set(name, own.has(name) && own.get(name) !== n ? refuse('multiple-matches') : n)
    }
  }
  return own
}

/** `Patient?identifier=SYSTEM|VALUE` and `Patient?identifier=VALUE`, of each of its identifiers. */
export function* identifierNames(type: string, value: { [name: string]: unknown }): Generator<string> {
  const { identifier } = value
  const all = Array.isArray(identifier) ? identifier : [identifier]
  for (const each of all) {
    if (!isObject(each) || typeof each['value'] !== 'string') continue
    yield `${type}?identifier=${each['value']}`
    if (typeof each['system'] === 'string') yield `${type}?identifier=${each['system']}|${each['value']}`
  }
}

/** A reference as `identifierNames` writes it; others come back as they are. */
export function plainCriteria(reference: string): string {
  const mark = reference.indexOf('?')
  const pairs = [...new URLSearchParams(reference.slice(mark + 1))]
  const [[name, value] = []] = pairs
  return pairs.length === 1 && name === 'identifier'
    ? `${reference.slice(0, mark)}?identifier=${value}`
    : reference
}
