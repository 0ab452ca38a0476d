/**
 * What may not be seen is as if it were not there: the same questions, asked of a vault that has it and of one that never had it, are
 * answered by the same bytes. Which questions is of chance.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { askers, differencesFor, originsFor, type Origins } from '#test/kit/alike.ts'
import { runs } from '#test/kit/runs.ts'

const counts = { questions: runs(25, 400), writes: runs(10, 100) }
const seed = Date.now() % 1_000_000_007
/** Of all of them, who is in care of some, who sees a part of everybody's, and others in turn. */
const first = seed % askers.length
const now = ['physician', 'laboratory', askers[first], askers[(first + 5) % askers.length]]
const undoings: (() => Promise<void> | void)[] = []
const scope = { after: (undo: () => Promise<void> | void) => void undoings.push(undo) }
after(async () => {
  for (const undo of undoings.toReversed()) await undo()
})

let origins: Origins
before(async () => {
  origins = await originsFor(scope)
})

for (const who of askers.filter((each) => runs(0, 1) === 1 || now.includes(each)))
  test(`${who}: answered alike with what is hidden and without`, async () => {
    const found = await differencesFor(scope, origins, who, { ...counts, seed })
    assert.deepEqual(found.slice(0, 5), [], `${found.length} of seed ${seed}`)
  })

test('what somebody else sees besides is noticed', async () => {
  const found = await differencesFor(scope, origins, 'auditor', {
    questions: 30,
    writes: 0,
    seed,
    as: 'director',
  })
  assert.ok(found.length > 0)
})
