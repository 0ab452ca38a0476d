import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const root = new URL('../../../', import.meta.url)
const document = readFileSync(new URL('docs/spec/seal.md', root), 'utf8')
const keysDocument = readFileSync(new URL('docs/spec/keys.md', root), 'utf8')

/** What calls of a function in src name as their first text. */
function namesIn(pattern: RegExp): string[] {
  const files = globSync('src/**/*.ts', { cwd: root.pathname }).filter((file) => !file.endsWith('.test.ts'))
  const all = files.flatMap((file) => [...readFileSync(new URL(file, root), 'utf8').matchAll(pattern)])
  return [...new Set(all.map(([, name]) => name as string))]
}

test('docs/spec/seal.md lists the context of every format in use', () => {
  const formats = namesIn(/\b(?:contextOf|placeContext)\(\s*'([^']+)'/g)
  assert.ok(formats.includes('patient key'), 'the search finds formats')
  for (const format of formats)
    assert.ok(document.includes(`| \`${format}\` `), `the format '${format}' is missing`)
})

test('docs/spec lists the label of every derived key', () => {
  const labels = namesIn(/(?:\bderiveKey\([^,()]+,\s*|#derive\()'([^']+)'/g)
  assert.ok(labels.includes('identity'), 'the search finds labels')
  for (const label of labels) {
    assert.ok(`${document}${keysDocument}`.includes(`\`${label}\``), `the label '${label}' is missing`)
  }
})
