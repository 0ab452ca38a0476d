import type { CodeSystem, CodeSystemConcept, ValueSet, ValueSetComposeInclude } from '@medplum/fhirtypes'
import { resourcesOf } from './definitions.ts'

/** Codes by system. */
type Codes = Map<string, Set<string>>

/**
 * The file value-sets.json of src/records/search/generated/: the value sets of R4 whose codes follow from R4's definitions alone, for
 * `:in`. A system that several sets take whole is written once.
 */
export function buildValueSets(): string {
  const { sets, expand, wholeOf } = readValueSets()
  const names: string[] = []
  const taken = new Set<string>()
  const placeOf = (system: string): number =>
    names.includes(system) ? names.indexOf(system) : names.push(system) - 1
  const rows: string[] = []
  for (const url of [...sets].sort()) {
    const found = expand(url)
    if (!found) continue
    const parts = [...found].map(([system, members]) => {
      const whole = wholeOf(system)
      const isWhole = whole?.length === members.size && whole.every((code) => members.has(code))
      if (isWhole) taken.add(system)
      return isWhole ? placeOf(system) : [placeOf(system), ...members]
    })
    rows.push(JSON.stringify([url, ...parts]))
  }
  const systems = names.map((system) =>
    JSON.stringify([system, ...(taken.has(system) ? wholeOf(system)! : [])]),
  )
  return `{\n"systems":[\n${systems.join(',\n')}\n],\n"sets":[\n${rows.join(',\n')}\n]\n}\n`
}

function readValueSets() {
  const systems = new Map<string, CodeSystem>()
  const sets = new Map<string, ValueSet>()
  for (const file of ['v2-tables', 'v3-codesystems', 'valuesets']) {
    for (const resource of resourcesOf(file)) {
      if (resource.resourceType === 'CodeSystem') systems.set(resource.url!, resource)
      else if (resource.resourceType === 'ValueSet') sets.set(resource.url!, resource)
    }
  }

  const wholeOf = (system: string): string[] | undefined => {
    const found = systems.get(system)
    return found?.content === 'complete' ? codesIn(found.concept ?? []) : undefined
  }

  const expand = (url: string, within: readonly string[] = []): Codes | undefined => {
    const compose = sets.get(url.split('|')[0]!)?.compose
    if (!compose || within.includes(url)) return undefined
    const found: Codes = new Map()
    for (const include of compose.include!) {
      const part = partOf(include, [...within, url])
      if (!part) return undefined
      for (const [system, codes] of part) found.set(system, union(found.get(system), codes))
    }
    for (const exclude of compose.exclude ?? []) {
      const part = partOf(exclude, [...within, url])
      if (!part) return undefined
      for (const [system, codes] of part)
        found.set(system, new Set([...(found.get(system) ?? [])].filter((code) => !codes.has(code))))
    }
    return found
  }

  /** What an include stands for: the system's codes that are in every value set it names. */
  const partOf = (include: ValueSetComposeInclude, within: readonly string[]): Codes | undefined => {
    const named = (include.valueSet ?? []).map((url) => expand(url, within))
    if (named.includes(undefined)) return undefined
    let own: Codes | undefined
    if (include.system) {
      const codes = selected(include)
      if (!codes) return undefined
      own = new Map([[include.system, new Set(codes)]])
    }
    return [...(own ? [own] : []), ...(named as Codes[])].reduce(intersection)
  }

  const selected = ({ system, concept, filter }: ValueSetComposeInclude): string[] | undefined => {
    if (concept) return concept.map(({ code }) => code!)
    const whole = wholeOf(system!)
    if (!whole || !filter) return whole
    let codes = whole
    for (const { property, op, value } of filter) {
      if (property !== 'concept' || (op !== 'is-a' && op !== 'descendent-of')) return undefined
      const below = codesBelow(systems.get(system!)!, value!, op === 'is-a')
      if (!below) return undefined
      codes = codes.filter((code) => below.has(code))
    }
    return codes
  }
  return { sets: sets.keys(), expand, wholeOf }
}

function codesIn(concepts: readonly CodeSystemConcept[]): string[] {
  return concepts.flatMap(({ code, concept }) => [code!, ...codesIn(concept ?? [])])
}

/** Undefined where the system does not say which codes are below which. */
function codesBelow(system: CodeSystem, top: string, isWithTop: boolean): Set<string> | undefined {
  const found = new Set<string>()
  let isThere = false
  const walk = (concepts: readonly CodeSystemConcept[], isBelow: boolean): void => {
    for (const { code, concept, property } of concepts) {
      const parents = (property ?? []).flatMap(({ code: name, valueCode }) =>
        name === 'subsumedBy' || name === 'parent' ? [valueCode!] : [],
      )
      const is = isBelow || code === top || parents.some((parent) => parent === top || found.has(parent))
      isThere ||= code === top
      if (is) found.add(code!)
      walk(concept ?? [], is)
    }
  }
  // Until nothing is added: a code may stand before those that it is said to be below.
  for (let size = -1; size !== found.size;) {
    size = found.size
    walk(system.concept ?? [], false)
  }
  if (!isWithTop) found.delete(top)
  return isThere ? found : undefined
}

function union(left: Set<string> | undefined, right: Set<string>): Set<string> {
  return new Set([...(left ?? []), ...right])
}

function intersection(left: Codes, right: Codes): Codes {
  const both: Codes = new Map()
  for (const [system, codes] of left) {
    const others = right.get(system)
    if (others) both.set(system, new Set([...codes].filter((code) => others.has(code))))
  }
  return both
}
