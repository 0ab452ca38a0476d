import type { CodeSystem, CodeSystemConcept, ValueSet } from '@medplum/fhirtypes'
import { resourcesOf } from './definitions.ts'

/** Codes by system. */
export type Expansion = Record<string, string[]>

/** Expands value sets from the definitions alone; undefined where their codes are not all in them. */
export function createExpander(): (url: string) => Expansion | undefined {
  const systems = new Map<string, CodeSystem>()
  const sets = new Map<string, ValueSet>()
  for (const file of ['v2-tables', 'v3-codesystems', 'valuesets']) {
    for (const resource of resourcesOf(file)) {
      if (resource.resourceType === 'CodeSystem') systems.set(resource.url!, resource)
      else if (resource.resourceType === 'ValueSet') sets.set(resource.url!, resource)
    }
  }
  const expand = (url: string): Expansion | undefined => {
    const set = sets.get(url.split('|')[0]!)
    if (!set?.compose || set.compose.exclude) return undefined
    const found: Expansion = {}
    for (const include of set.compose.include!) {
      if (include.filter) return undefined
      const parts = (include.valueSet ?? []).map(expand)
      if (parts.includes(undefined)) return undefined
      for (const part of parts) for (const [system, codes] of Object.entries(part!)) add(found, system, codes)
      if (!include.system) continue
      const codes = include.concept?.map((concept) => concept.code!) ?? codesOf(systems.get(include.system))
      if (!codes) return undefined
      add(found, include.system, codes)
    }
    return found
  }
  return expand
}

function codesOf(system: CodeSystem | undefined): string[] | undefined {
  if (system?.content !== 'complete') return undefined
  const codes: string[] = []
  const walk = (concepts: CodeSystemConcept[]) => {
    for (const concept of concepts) {
      codes.push(concept.code!)
      walk(concept.concept ?? [])
    }
  }
  walk(system.concept ?? [])
  return codes
}

function add(expansion: Expansion, system: string, codes: string[]): void {
  expansion[system] = [...new Set([...(expansion[system] ?? []), ...codes])]
}
