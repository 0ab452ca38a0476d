import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isWithin } from './secret-file.ts'
import { temporaryFolder } from '#test/kit/scope.ts'

test('a secret that is written beside the vault is found out, by whatever name', (t) => {
  const folder = temporaryFolder(t, 'sigilo-secret-')
  const home = join(folder, 'home')
  mkdirSync(join(home, 'sheets'), { recursive: true })
  symlinkSync(home, join(folder, 'link'))
  symlinkSync(join(home, 'sheets'), join(folder, 'sheets'))
  for (const inside of [
    'home',
    'home/kit.html',
    'home/a/b/c',
    'link/kit.html',
    'link/a/b',
    'sheets/1.txt',
    'home/../link/x',
  ])
    for (const named of ['home', 'link'])
      assert.ok(isWithin(join(folder, inside), join(folder, named)), inside)
  for (const outside of ['kit.html', 'homely/kit.html', 'a/home/kit.html', 'home/../kit.html'])
    assert.ok(!isWithin(join(folder, outside), home), outside)
  // A vault that is still to be made.
  assert.ok(isWithin(join(folder, 'new', 'shares'), join(folder, 'new')))
})
