import assert from 'node:assert/strict'
import { test } from 'node:test'
import { floors, pack, randomBytes } from '#kernel/crypto/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { encodeTuple, extract } from '#records/search/index.ts'
import { corpusFiles, without } from '#test/kit/corpus.ts'
import { at } from '#test/kit/tree.ts'

/** What stands before a tuple in a block of one entry: version, count, resource, type, version, length. */
const entryBytes = 22

test(
  'the size of a lone tuple does not name the code of an Observation',
  { skip: without('synthea-smart') },
  (t) => {
    const codes: string[] = []
    const tuples: Uint8Array[] = []
    for (const { text } of corpusFiles('synthea-smart', '.json.gz')) {
      for (const { resource } of (JSON.parse(text) as { entry: { resource: JsonObject }[] }).entry) {
        if (resource['resourceType'] !== 'Observation') continue
        codes.push(String(at(resource, 'code.coding.0.code')))
        tuples.push(encodeTuple(extract(resource, { timeZone: 'America/Mexico_City' })))
      }
    }
    const named = (floor: number): number => {
      const sizes = tuples.map((tuple) => {
        const block = Buffer.concat([randomBytes(entryBytes), tuple])
        return pack(block, { floor, dictionary: 0 }).length
      })
      return rightGuesses(sizes, codes) / codes.length
    }
    const blind =
      rightGuesses(
        codes.map(() => 0),
        codes,
      ) / codes.length
    const [ours, low] = [named(floors.tuple), named(256)]
    t.diagnostic(`${codes.length} Observations: blind ${blind}, by size ${ours}, with a floor of 256 ${low}`)
    assert.ok(ours < blind + 0.005)
    assert.ok(low > blind + 0.1, 'a lower floor is caught')
  },
)

/** How many somebody gets right who says of each size the code that most often has it. */
function rightGuesses(sizes: readonly number[], codes: readonly string[]): number {
  const bySize = Map.groupBy(codes.keys(), (n) => sizes[n])
  return bySize.values().reduce((sum, rows) => {
    const counts = Map.groupBy(rows, (n) => codes[n]).values()
    return sum + Math.max(...counts.map(({ length }) => length))
  }, 0)
}
