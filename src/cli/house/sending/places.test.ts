import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { rootCertificates } from 'node:tls'
import { temporaryFolder } from '#test/kit/scope.ts'
import { findHome, makeHomeDirectory, writeHomeRecord } from '../../home/home.ts'
import { changeSends } from './places.ts'

test('places that are added at once are all there', async (t) => {
  const path = makeHomeDirectory(temporaryFolder(t, 'sigilo-places-'))
  writeHomeRecord(path, {
    format: 1,
    kind: 'real',
    opener: 'passphrase',
    database: 'embedded',
    state: 'ready',
  })
  const found = findHome(path)
  assert(found.status === 'ok')
  const names = ['one', 'two', 'three'].map((name) => `https://${name}.example/tsa`)
  const ca = join(path, 'ca.pem')
  writeFileSync(ca, rootCertificates[0] ?? '')
  const adding = names.map((place) => changeSends(found.home, { op: 'add', kind: 'authority', place, ca }))
  for (const answer of await Promise.all(adding)) assert.deepEqual(answer, { status: 'ok' })
  const kept = findHome(path)
  assert(kept.status === 'ok')
  assert.deepEqual(kept.home.record.sends?.authorities.map(({ url }) => url).toSorted(), names.toSorted())
})
