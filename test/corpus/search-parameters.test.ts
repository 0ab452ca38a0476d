import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evalFhirPathTyped, toTypedValue } from '@medplum/core'
import type { TypedValue } from '@medplum/core'
import type { SearchParameter } from '@medplum/fhirtypes'
import { fhirpath, resourceTypes } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import {
  decodeTuple,
  elementsOf,
  encodeTuple,
  extract,
  parameterOf,
  parametersOf,
} from '#records/search/index.ts'
import type { Parameter } from '#records/search/index.ts'
import { readShapes } from '../../tools/fhir/definitions.ts'
import { readParameters } from '../../tools/fhir/search.ts'
import { invent, variants } from './invented.ts'
import { fhirSets, hasData, loadMedplum, samplesOf } from './validation-corpus.ts'

const skip = hasData ? false : 'needs ../shared/data, which is not here'

/** Every so many resources of a type of the synthetic sets, beyond the first hundred; the other sets are taken whole. */
const stride = 5

const resolves =
  'a reference that is absolute or to what is contained: ours tells its type, Medplum’s does not'

/** Where Medplum's evaluator is not the measure; docs/spec/search.md says who is right. */
const differences: Record<string, string> = {
  'Observation patient': resolves,
  'Person patient': resolves,
  'Person practitioner': resolves,
  'QuestionnaireResponse patient': resolves,
}
test('elements of search parameters are those that Medplum evaluates', { skip, timeout: 300_000 }, () => {
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
  assert.ok(comparison.filled > 20_000, `${comparison.filled} parameters with elements`)
  assert.deepEqual([...comparison.found].sort(), Object.keys(differences).sort())
})

test('the same of invented resources, in which every parameter finds something', { timeout: 300_000 }, () => {
  const comparison = compareWithMedplum()
  const shapes = readShapes()
  for (const type of resourceTypes) {
    for (let variant = 0; variant < variants; variant++) comparison.add(invent(shapes, type, variant))
  }
  const all = resourceTypes.flatMap((type) => parametersOf(type).map(({ name }) => `${type} ${name}`))
  assert.deepEqual(
    all.filter((name) => !comparison.seen.has(name)),
    [],
  )
  assert.deepEqual([...comparison.found].sort(), [])
})

test('what is extracted from every resource survives its tuple', { skip, timeout: 120_000 }, () => {
  for (const set of fhirSets) {
    for (const { value } of samplesOf(set)) {
      const extracted = extract(value, { timeZone: 'America/Mexico_City' })
      assert.deepEqual(decodeTuple(encodeTuple(extracted)).all(), extracted)
    }
  }
})

/** Compares every parameter of what is added; `found` names those that differed, `seen` those with elements. */
function compareWithMedplum() {
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
