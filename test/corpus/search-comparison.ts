import { readFileSync } from 'node:fs'
import { evalFhirPathTyped, toTypedValue } from '@medplum/core'
import type { TypedValue } from '@medplum/core'
import type { SearchParameter } from '@medplum/fhirtypes'
import { fhirpath } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { elementsOf, parameterOf } from '#records/search/index.ts'
import type { Parameter } from '#records/search/index.ts'
import { readParameters } from '../../tools/fhir/search.ts'
import { fhirSets, loadMedplum, samplesOf } from './validation-corpus.ts'

/**
 * Compares the data sets: of the synthetic ones the first hundred resources of each type and every `stride`th beyond, of
 * the others all.
 */
export function compareSets(stride: number): Comparison {
  const comparison = compareWithMedplum()
  const taken = new Map<string, number>()
  for (const set of fhirSets) {
    for (const { value } of samplesOf(set)) {
      const type = value['resourceType'] as string
      const count = (taken.get(set + type) ?? 0) + 1
      taken.set(set + type, count)
      if (set.startsWith('synthea') && count > 100 && count % stride !== 0) continue
      comparison.add(value)
    }
  }
  return comparison
}

export interface Comparison {
  add(value: JsonObject): void
  /** Names of parameters that differed. */
  found: Set<string>
  /** Names of parameters that had elements. */
  seen: Set<string>
  /** How many parameters of how many resources had elements. */
  filled: number
}

/** Compares every parameter of what is added. */
export function compareWithMedplum(): Comparison {
  loadMedplum()
  const parameters = readParameters()
  const byType = new Map<string, SearchParameter[]>()
  const found = new Set<string>()
  const seen = new Set<string>()
  let filled = 0
  return {
    found,
    seen,
    get filled() {
      return filled
    },
    add(value: JsonObject) {
      const type = value['resourceType'] as string
      const names = [type, 'Resource'] as Base[]
      const own =
        byType.get(type) ?? parameters.filter(({ base }) => names.some((each) => base!.includes(each)))
      byType.set(type, own)
      const input = toTypedValue(value)
      for (const definition of own) {
        const parameter = parameterOf(type, definition.code!)!
        // Medplum knows a Resource by its own type only.
        const expression = definition.expression!.replace(/\bResource\./g, `${type}.`)
        const theirs = evalFhirPathTyped(expression, [input], { '%resource': input })
        const ours = elementsOf(value, parameter)
        if (ours.length > 0) {
          filled++
          seen.add(`${type} ${definition.code!}`)
        }
        const isSame =
          shown(ours) === shown(theirs.map((each) => each.value as unknown)) &&
          (definition.type !== 'composite' || sameComponents(value, parameter, definition, theirs))
        if (!isSame) found.add(`${type} ${definition.code!}`)
      }
    },
  }
}

type Base = NonNullable<SearchParameter['base']>[number]

/** For each base element, in order: the elements of each component. */
function sameComponents(
  value: JsonObject,
  { groups }: Parameter,
  { component }: SearchParameter,
  bases: TypedValue[],
): boolean {
  const scope: fhirpath.Scope = { resource: value, rootResource: value }
  const ours = groups.flatMap(({ nodes, components }) =>
    nodes(value, scope).map((base) =>
      components.map(({ sources }) =>
        shown(sources.flatMap((source) => source.nodes(base, scope) as unknown[])),
      ),
    ),
  )
  const theirs = bases.map((base) =>
    component!.map(({ expression }) =>
      shown(
        evalFhirPathTyped(expression!, [base], { '%resource': toTypedValue(value) }).map(
          (each) => each.value as unknown,
        ),
      ),
    ),
  )
  return JSON.stringify(ours) === JSON.stringify(theirs)
}

/** Without what has extensions and no value; each once, for a union has no doubles (FHIRPath N1 §6.5.1), in any order. */
function shown(items: readonly unknown[]): string {
  const values = items.filter((item) => !(item instanceof fhirpath.Bare) && !isBare(item))
  return JSON.stringify([...new Set(values.map((item) => JSON.stringify(item)))].sort())
}

function isBare(item: unknown): boolean {
  if (typeof item !== 'object' || item === null) return false
  return Object.keys(item).every((name) => name === 'id' || name === 'extension')
}

/** The first column of the table of docs/spec/search.md that says where Medplum's evaluator is not the measure. */
export function listedDifferences(): string[] {
  const text = readFileSync(new URL('../../docs/spec/search.md', import.meta.url), 'utf8')
  const section = text.split(/^## /m).find((part) => part.startsWith('Compared with Medplum'))
  const rows = section?.split('\n').filter((line) => line.startsWith('|')) ?? []
  // Without the heading and the line below it.
  return rows.slice(2).map((row) => row.split('|')[1]!.trim())
}
