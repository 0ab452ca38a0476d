import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareSets, listedDifferences } from '../corpus/search-comparison.ts'
import { hasData } from '../corpus/validation-corpus.ts'

const skip = hasData ? false : 'needs ../shared/data, which is not here'

test('elements of search parameters, of every resource there is', { skip, timeout: 900_000 }, () => {
  const comparison = compareSets(1)
  console.log(`${comparison.filled} parameters with elements`)
  assert.deepEqual([...comparison.found].sort(), listedDifferences().sort())
})
