/** Every FHIR set goes in by an import, wholly, as the same bytes; what dangles is told, and nothing else. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { findFiles } from '#cli/import/files.ts'
import { corpusFiles, corpusLines, exactTree, without } from '#test/kit/corpus.ts'
import { imported } from '#test/kit/imported.ts'
import { testVault } from '#test/kit/vault.ts'

interface Resource {
  resourceType: string
  id: string
}

const folderOf = (set: string) => fileURLToPath(new URL(`../../../shared/data/${set}`, import.meta.url))

function* linesOf(set: string): Generator<{ name: string; text: string }> {
  for (const ending of ['.ndjson', '.ndjson.gz']) yield* corpusLines(set, ending)
}

const literal = /"reference":\s*"([A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})(?:\/_history\/[^"/]+)?"/g

for (const set of ['synthea-bulk-10', 'fhir-r4-examples', 'fhir-spanish']) {
  describe(set, { skip: without(set) }, () => {
    test('a dry run tells what the import does; each line is kept; what dangles is told', async (t) => {
      const { store } = await testVault(t)
      const { sources } = await findFiles([folderOf(set)])
      const foreseen = await imported(store, sources, { dryRun: true })
      const ended = await imported(store, sources)
      assert.deepEqual(foreseen.counts, ended.counts)

      const last = new Map<string, string>()
      const named = new Set<string>()
      let lines = 0
      let audits = 0
      for (const { text } of linesOf(set)) {
        const { resourceType, id } = JSON.parse(text) as Resource
        // Computed from the ledger: those of others are refused, and said so.
        if (resourceType === 'AuditEvent') {
          audits++
          continue
        }
        lines++
        last.set(`${resourceType}/${id}`, text)
        for (const [, name] of text.matchAll(literal)) named.add(name as string)
      }
      const { created = 0, updated = 0, unchanged = 0, refused = 0, dangling = 0 } = ended.counts
      assert.deepEqual([created + updated + unchanged, refused], [lines, audits])
      assert.equal(ended.findings.filter(({ code }) => code === 'audit-computed').length, audits)
      assert.equal(created, last.size)
      // Other addresses that only a Bundle could explain are told, too.
      const places = ended.findings.filter(({ expression }) => expression !== undefined).length
      const gone = [...named].filter((name) => !last.has(name))
      assert.equal(places, gone.length)
      assert.equal(dangling, ended.findings.length - audits)
      for (const name of gone.slice(0, 20)) {
        const [type = '', id = ''] = name.split('/')
        const { status } = await store.read(type, id)
        assert(status === 'not-found' || status === 'unknown-type', `${name} was invented`)
      }
      let compared = 0
      for (const [name, text] of last) {
        if (compared++ % 7 !== 0) continue
        const [type = '', id = ''] = name.split('/')
        const read = await store.read(type, id)
        assert(read.status === 'ok', name)
        const conditional = /"reference":\s*"[A-Za-z]+\?/.test(text)
        assert.doesNotMatch(read.version.json, /"reference":"[A-Za-z]+\?/, name)
        const whole = await store.attachments.whole(read.version.json)
        if (!conditional) assert.deepEqual(withoutMeta(whole), withoutMeta(text), name)
      }
      assert.deepEqual(
        (await imported(store, sources)).counts,
        audits > 0 ? { before: lines, refused: audits } : { before: lines },
      )
    })
  })
}

describe('synthea-smart', { skip: without('synthea-smart') }, () => {
  test('goes in, once', async (t) => {
    const { store } = await testVault(t)
    const { sources } = await findFiles([folderOf('synthea-smart')])
    let resources = 0
    for (const { text } of corpusFiles('synthea-smart', '.json.gz')) {
      resources += (JSON.parse(text) as { entry: unknown[] }).entry.length
    }
    const ended = await imported(store, sources)
    assert.deepEqual([ended.counts, ended.findings], [{ created: resources }, []])
    assert.deepEqual((await imported(store, sources)).counts, { before: sources.length })
  })
})

function withoutMeta(text: string): unknown {
  const { meta: _, ...rest } = exactTree(text) as Record<string, unknown>
  return rest
}
