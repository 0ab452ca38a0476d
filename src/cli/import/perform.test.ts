import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '#test/kit/scope.ts'
import { testVault } from '#test/kit/vault.ts'
import { performImport } from './perform.ts'

test('an import whose report cannot be written ends, and says why', async (t) => {
  const { store } = await testVault(t)
  const path = temporaryFolder(t, 'sigilo-import-')
  writeFileSync(join(path, 'a.ndjson'), '{"resourceType":"Patient","id":"p","wrong":1}\n')
  const request = {
    paths: [path],
    dryRun: false,
    again: false,
    map: {},
    report: join(path, 'gone', 'report.ndjson'),
    language: 'en',
  } as const
  const quiet = { signal: new AbortController().signal, onProgress: () => {} }
  const ended = await performImport(store, { ...request, paths: [...request.paths] }, quiet)
  assert.deepEqual(ended, { status: 'failed', reason: 'report: ENOENT' })
  assert(!existsSync(request.report))
})
