/** docs/spec/asvs.md has every item of its chapters, and every test that it names is there. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string): string => readFileSync(root + path, 'utf8')

/** ASVS 5.0.0: how many items each section has. */
const chapters: Readonly<Record<number, readonly number[]>> = {
  2: [3, 3, 5, 2],
  6: [3, 12, 8, 6, 8, 4, 2, 4],
  7: [3, 4, 2, 5, 3, 2],
  8: [4, 4, 3, 2],
  10: [2, 3, 5, 16, 5, 2, 3],
}

interface Item {
  id: string
  level: string
  here: string
}

const items = [
  ...read('docs/spec/asvs.md').matchAll(/^\| (\d+\.\d+\.\d+) +\| (\d) +\|[^|]+\| (.+) \|$/gm),
].map(([, id = '', level = '', here = '']): Item => ({ id, level, here }))

test('every item is there once', () => {
  const wanted = Object.entries(chapters).flatMap(([chapter, sections]) =>
    sections.flatMap((count, n) => Array.from({ length: count }, (_, m) => `${chapter}.${n + 1}.${m + 1}`)),
  )
  assert.deepEqual(
    items.map(({ id }) => id),
    wanted,
  )
})

/** What of it is not as it says. */
function* faultsOf({ here }: Pick<Item, 'here'>): Generator<string> {
  const named = [...here.matchAll(/(?:`([^`]+\.test\.ts)` )?“([^”]+)”/g)]
  if (named.length === 0 && !/^Does not apply: ./.test(here)) yield 'neither a test nor a reason'
  let file = ''
  for (const [, path, title = ''] of named) {
    file = path ?? file
    if (file === '' || !existsSync(root + file)) yield `no file ${file}`
    else if (!read(file).includes(title)) yield `no test “${title}” in ${file}`
  }
}

test('each names tests that are there, or says why it does not apply', () => {
  for (const item of items) assert.deepEqual([...faultsOf(item)], [], item.id)
  for (const here of [
    '',
    'by itself',
    '`README.md.test.ts` “none”',
    '`none.test.ts` “every item is there once”',
  ])
    assert.equal([...faultsOf({ here })].length, 1, here)
})
