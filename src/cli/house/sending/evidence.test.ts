import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '#test/kit/scope.ts'
import { copyEvidence, keepEvidence } from './evidence.ts'

test('authorities that answer at once each leave their stamp of the one checkpoint', async (t) => {
  const folder = temporaryFolder(t, 'sigilo-evidence-')
  const names = Array.from({ length: 8 }, (_, n) => `900.tsa${n}.example.tsr`)
  await Promise.all(
    names.map((name) =>
      keepEvidence(folder, [
        ['900.checkpoint', 'note'],
        [name, 'stamp'],
      ]),
    ),
  )
  assert.deepEqual(readdirSync(folder).toSorted(), ['900.checkpoint', ...names])
})

test('what was thinned out goes from the copy too; what a home that was put back does not know stays there', async (t) => {
  const place = temporaryFolder(t, 'sigilo-evidence-')
  const [home, copy] = [join(place, 'home'), join(place, 'copy')]
  for (const folder of [home, copy]) mkdirSync(folder)
  for (const size of [100, 200, 300]) writeFileSync(join(copy, `${size}.cosigned`), 'of before')
  await copyEvidence(home, copy)
  assert.equal(readdirSync(copy).length, 3)
  for (const size of [200, 400]) writeFileSync(join(home, `${size}.cosigned`), 'kept')
  await copyEvidence(home, copy)
  assert.deepEqual(readdirSync(copy).toSorted(), ['100.cosigned', '200.cosigned', '400.cosigned'])
})
