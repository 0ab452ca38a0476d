import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { equalBytes, keyedHash } from '#kernel/crypto/index.ts'
import { temporaryFolder } from '#test/kit/scope.ts'
import { keyFileOpener } from './key-file.ts'

const create = async (path: string) => {
  const made = await keyFileOpener.create({ kind: 'key-file', path })
  assert.ok(made.status === 'ok', JSON.stringify(made))
  return keyedHash(made.key, 'print')
}

test('a key file is made once, and found again', async (t) => {
  const path = join(temporaryFolder(t), 'key')
  const first = await create(path)
  assert.ok(equalBytes(await create(path), first))
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(join(path, '..')), ['key'])
})

test('a disk that is full, or a kill in the middle, leaves nothing that is refused afterwards', async (t) => {
  const path = join(temporaryFolder(t), 'key')
  const program = `import { keyFileOpener } from ${JSON.stringify(new URL('key-file.ts', import.meta.url).href)}
    await keyFileOpener.create({ kind: 'key-file', path: ${JSON.stringify(path)} }).catch(({ code }) => console.log(code))`
  // No file may have a byte: what a full disk does, at the same place.
  const limited = 'ulimit -f 0; exec "$0" --input-type=module -e "$1"'
  const said = execFileSync('bash', ['-c', limited, process.execPath, program], { encoding: 'utf8' })
  assert.equal(said.trim(), 'EFBIG')
  // What a kill leaves.
  writeFileSync(`${path}.new`, 'half', { mode: 0o644 })
  await create(path)
  assert.equal(statSync(path).size, 32)
})
