import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { linkSync, readdirSync, statSync, writeFileSync } from 'node:fs'
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

test('of those who make it at once, one does, and all have the same', async (t) => {
  const path = join(temporaryFolder(t), 'key')
  const made = await Promise.all(Array.from({ length: 8 }, () => create(path)))
  for (const each of made) assert.ok(equalBytes(each, made[0]!))
  assert.deepEqual(readdirSync(join(path, '..')), ['key'])
})

test('drafts of whoever was killed go with the next making, and nothing else does', async (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'key')
  const uuid = '0f3c9f4e-6a0e-4a52-9b1d-3f1d6f0a7c11'
  const kept = ['key.new', `other.${uuid}.new`, `key.${uuid}`, `key.${uuid}.new.old`]
  for (const name of [...kept, `key.${uuid}.new`]) writeFileSync(join(folder, name), '')
  const first = await create(path)
  assert.deepEqual(readdirSync(folder).toSorted(), ['key', ...kept].toSorted())
  // Killed between the two: a second name of the key itself.
  linkSync(path, join(folder, `key.${uuid}.new`))
  assert.ok(equalBytes(await create(path), first))
  assert.deepEqual(readdirSync(folder).toSorted(), ['key', ...kept].toSorted())
})

test('a disk that is full leaves nothing that is refused afterwards', async (t) => {
  const path = join(temporaryFolder(t), 'key')
  const program = `import { keyFileOpener } from ${JSON.stringify(new URL('key-file.ts', import.meta.url).href)}
    await keyFileOpener.create({ kind: 'key-file', path: ${JSON.stringify(path)} }).catch(({ code }) => console.log(code))`
  // No file may have a byte: what a full disk does, at the same place.
  const limited = 'ulimit -f 0; exec "$0" --input-type=module -e "$1"'
  const said = execFileSync('bash', ['-c', limited, process.execPath, program], { encoding: 'utf8' })
  assert.equal(said.trim(), 'EFBIG')
  assert.deepEqual(readdirSync(join(path, '..')), [])
  await create(path)
  assert.equal(statSync(path).size, 32)
})
