import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ExportLimits } from '#records/index.ts'
import type { Scope } from '#test/kit/index.ts'
import { bodyOf, testVault } from '#test/kit/vault.ts'
import { performExport } from './perform.ts'
import { temporaryFolder } from '#test/kit/scope.ts'

async function prepared(t: Scope, exports: Partial<ExportLimits> = {}) {
  const vault = await testVault(t, { exports: { lookMax: 1, ...exports } })
  for (const id of ['ana', 'ben', 'eva'])
    await vault.store.update('Patient', id, bodyOf({ resourceType: 'Patient', id }), {})
  const place = temporaryFolder(t, 'sigilo-export-')
  const folder = join(place, 'out')
  const request = { folder, types: [], since: undefined, patients: [] }
  return { ...vault, folder, request }
}

const quiet = { signal: new AbortController().signal, onProgress: () => {} }

test('what is written is whole, or gone', async (t) => {
  const { store, keys, folder, request } = await prepared(t)
  const stop = new AbortController()
  const stopped = await performExport(store, request, {
    signal: stop.signal,
    onProgress: ({ resources }) => {
      // Whatever somebody else puts there is theirs.
      if (resources === 1) writeFileSync(join(folder, 'notes.txt'), 'mine')
      if (resources === 2) stop.abort()
    },
  })
  assert.deepEqual(stopped, { status: 'stopped' })
  assert.deepEqual(readdirSync(folder), ['notes.txt'])
  assert.deepEqual(await performExport(store, request, quiet), { status: 'not-empty' })
  rmSync(folder, { recursive: true })

  const sealed = await performExport(store, request, {
    ...quiet,
    onProgress: ({ resources }) => {
      if (resources === 2) keys.seal()
    },
  })
  assert.deepEqual(sealed, { status: 'sealed' })
  assert(!existsSync(folder))
})

test('an unknown patient, a wrong type, a wrong time: refused in both languages', async (t) => {
  const { store, folder, request } = await prepared(t)
  for (const wrong of [{ patients: ['nobody'] }, { types: ['Nonsense'] }, { since: 'yesterday' }]) {
    const refused = await performExport(store, { ...request, ...wrong }, quiet)
    assert(refused.status === 'refused' && refused.text.es !== refused.text.en)
    assert(!existsSync(folder))
  }
  const done = await performExport(store, { ...request, patients: ['eva'] }, quiet)
  assert(done.status === 'ok' && done.resources === 1)
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Record<string, unknown>
  assert.equal(manifest['request'], 'sigilo export?patient=eva')
  assert.deepEqual(manifest['output'], [{ type: 'Patient', url: 'Patient.0001.ndjson', count: 1 }])
})

test('a folder that cannot be made is told by the reason of the system', async (t) => {
  const { store, folder, request } = await prepared(t)
  writeFileSync(folder, 'a file')
  const wrong = { ...request, folder: join(folder, 'below') }
  assert.deepEqual(await performExport(store, wrong, quiet), { status: 'failed', reason: 'ENOTDIR' })
})
