import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileFunction } from 'node:vm'
import { evalFhirPathTyped, toTypedValue } from '@medplum/core'
import type { SearchParameter } from '@medplum/fhirtypes'
import * as R from '../../src/records/fhir/fhirpath-runtime.ts'
import { createCompiler } from '../../tools/fhir/compile.ts'
import { readShapes, resourcesOf } from '../../tools/fhir/definitions.ts'
import { fhirSets, hasData, loadMedplum, samplesOf } from './validation-corpus.ts'

const skip = hasData ? false : 'needs ../shared/data, which is not here'

type Run = (runtime: typeof R, t: unknown, x: R.Scope) => R.Collection

const resolves =
  'a reference that is absolute or to a contained resource: ours tells its type, Medplum’s does not'

/** Where Medplum's evaluator is not the measure, and why ours is right. */
const exceptions: Record<string, string> = {
  'Observation patient': resolves,
  'Person practitioner': resolves,
  'QuestionnaireResponse patient': resolves,
}

test('compiled search expressions give what Medplum evaluates', { skip, timeout: 120_000 }, () => {
  loadMedplum()
  const compile = createCompiler(readShapes())
  const parameters = resourcesOf('search-parameters').filter(
    (resource): resource is SearchParameter => resource.resourceType === 'SearchParameter',
  )
  const runs = new Map<string, Run>()
  const runOf = (expression: string, type: string): Run => {
    const name = `${type} ${expression}`
    const run =
      runs.get(name) ??
      (compileFunction(`return ${compile(expression, type).collection}`, ['R', 't', 'x']) as Run)
    runs.set(name, run)
    return run
  }
  const taken = new Map<string, number>()
  const differences = new Set<string>()
  let compared = 0
  for (const set of fhirSets) {
    for (const { value } of samplesOf(set)) {
      const type = value['resourceType'] as string
      const count = (taken.get(set + type) ?? 0) + 1
      if (count > 3) continue
      taken.set(set + type, count)
      for (const { code, base, expression } of parameters) {
        if (!expression || !base?.some((each) => [type, 'Resource', 'DomainResource'].includes(each)))
          continue
        const ours = runOf(expression, type)(R, value, { resource: value, rootResource: value })
        const input = toTypedValue(value)
        // Medplum knows a Resource by its own type only.
        const own = expression.replace(/\bResource\./g, `${type}.`)
        const theirs = evalFhirPathTyped(own, [input], { '%resource': input })
        compared++
        if (shown(ours) !== shown(theirs.map((each) => each.value as unknown)))
          differences.add(`${type} ${code!}`)
      }
    }
  }
  assert.ok(compared > 5000, `${compared} compared`)
  assert.deepEqual([...differences].sort(), Object.keys(exceptions).sort())
})

/** Without what has extensions and no value, and without doubles: a union has none (FHIRPath N1 §6.5.1), Medplum's may. */
function shown(items: R.Collection): string {
  const values = items.filter((item) => !(item instanceof R.Bare) && !isBare(item))
  return JSON.stringify([...new Set(values.map((item) => JSON.stringify(item)))])
}

function isBare(item: unknown): boolean {
  if (typeof item !== 'object' || item === null) return false
  return Object.keys(item).every((name) => name === 'id' || name === 'extension')
}
