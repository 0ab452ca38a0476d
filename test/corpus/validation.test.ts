import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { validate } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { createRandom, kinds, mutate, pick } from './mutants.ts'
import { fhirSets, hasData, loadMedplum, medplumErrors, samplesOf } from './validation-corpus.ts'

const skip = hasData ? false : 'needs ../shared/data, which is not here'

/** The first columns of the table of docs/spec/validation.md below a heading. */
function listed(heading: string, columns: number): string[] {
  const text = readFileSync(new URL('../../docs/spec/validation.md', import.meta.url), 'utf8')
  const section = text.split(/^## /m).find((part) => part.startsWith(heading))
  assert.ok(section, `docs/spec/validation.md has no section ${heading}`)
  const rows = section.split('\n').filter((line) => line.startsWith('|'))
  const cells = rows.map((row) =>
    row
      .split('|')
      .slice(1, 1 + columns)
      .map((cell) => cell.trim())
      .join(' | '),
  )
  // Without the heading and the line below it.
  return cells.slice(2).sort()
}

test(
  'accepts and refuses as Medplum does, save what docs/spec/validation.md lists',
  { skip, timeout: 120_000 },
  () => {
    loadMedplum()
    const differences: string[] = []
    for (const set of fhirSets) {
      for (const { value, decimals } of samplesOf(set)) {
        const ours = validate(value, decimals ? { decimals } : {}).length === 0
        const theirs = medplumErrors(value).length === 0
        if (ours !== theirs) {
          const name = `${set} ${String(value['resourceType'])}/${String(value['id'])}`
          differences.push(`${name} ${ours ? 'accepted' : 'refused'}`)
        }
      }
    }
    assert.deepEqual(differences.sort(), listed('Real resources', 1))
  },
)

const mutantsEach = 2000

test('finds the fault of each of 10,000 mutants', { skip, timeout: 120_000 }, () => {
  loadMedplum()
  const random = createRandom(20261122)
  const bases = mutantBases()
  const missed: string[] = []
  const tally = new Map<string, { made: number; accepted: number }>()
  let made = 0
  for (const kind of kinds) {
    for (let n = 0; n < mutantsEach;) {
      const mutant = mutate(kind, pick(random, bases), random)
      if (!mutant) continue
      n++
      made++
      const issues = validate(mutant.value)
      const found = issues.some(
        ({ expression, code, text }) =>
          expression === mutant.expression &&
          code === mutant.code &&
          (mutant.rule === undefined || text.en.endsWith(`(${mutant.rule}).`)),
      )
      if (!found) missed.push(`${kind}: ${mutant.how} at ${mutant.expression}`)
      const name = `${kind}: ${mutant.how}`
      const count = tally.get(name) ?? { made: 0, accepted: 0 }
      count.made++
      if (medplumErrors(mutant.value).length === 0) count.accepted++
      tally.set(name, count)
    }
  }
  assert.equal(made, 10_000)
  assert.deepEqual(missed, [])
  const differences = [...tally].flatMap(([name, count]) =>
    count.accepted > 0 ? [`${name} | ${count.accepted} of ${count.made}`] : [],
  )
  assert.deepEqual(differences.sort(), listed('Mutants', 2))
})

// At most 40 of each type and set, none so large that its copies take long. Medplum's EvidenceVariable is R5's.
function mutantBases(): JsonObject[] {
  const taken = new Map<string, number>()
  return fhirSets.flatMap((set) =>
    samplesOf(set).flatMap(({ value }) => {
      const name = `${set} ${String(value['resourceType'])}`
      const count = (taken.get(name) ?? 0) + 1
      if (name.endsWith('EvidenceVariable')) return []
      if (count > 40 || JSON.stringify(value).length > 30_000 || validate(value).length > 0) return []
      taken.set(name, count)
      return [value]
    }),
  )
}
