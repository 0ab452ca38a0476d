import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '#test/kit/scope.ts'
import type { Context } from '../command.ts'
import { readSettings } from '../env.ts'
import { kitTarget } from './kit.ts'

test('where a kit cannot be written is said before anything is made', async (t) => {
  const folder = temporaryFolder(t, 'sigilo-kit-')
  writeFileSync(join(folder, 'there.html'), '')
  const read = readSettings({})
  assert(read.status === 'ok')
  const context = { settings: read.settings } as Context
  const ask = (path: string) => kitTarget(context, path, join(folder, 'home'))
  const wrong = {
    'there.html': /is there already/,
    'usb/kit.html': /usb cannot be written to, or is not there/,
    'home/kit.html': /not kept with the vault/,
  }
  for (const [name, says] of Object.entries(wrong)) {
    const asked = await ask(join(folder, name))
    assert(asked.status === 'problem', name)
    assert.equal(asked.code, 2)
    assert.match(asked.text.en, says)
  }
  const path = join(folder, 'kit.html')
  assert.deepEqual(await ask(path), { status: 'ok', target: { path } })
})
