import assert from 'node:assert/strict'
import { linkSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '#test/kit/scope.ts'
import { removeKeyFile } from './settling.ts'

test('with a key file goes what was left of its making, which may be the same key', (t) => {
  const path = temporaryFolder(t, 'sigilo-home-')
  for (const name of ['home.json', 'home.json.new', 'opener.key']) writeFileSync(join(path, name), name)
  linkSync(join(path, 'opener.key'), join(path, 'opener.key.0b7c.new'))
  removeKeyFile({ path })
  assert.deepEqual(readdirSync(path).toSorted(), ['home.json', 'home.json.new'])
  removeKeyFile({ path })
})
