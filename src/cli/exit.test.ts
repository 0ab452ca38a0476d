import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { commands } from './commands.ts'
import { exit } from './exit.ts'

const document = readFileSync(new URL('../../docs/operating/commands.md', import.meta.url), 'utf8')

test('the documented exit codes are the ones there are', () => {
  const rows = [...document.matchAll(/^\| (\d+) +\| (\w+) +\|/gm)].map(([, code, name]) => [
    name,
    Number(code),
  ])
  assert.deepEqual(Object.fromEntries(rows), exit)
})

test('every command and option is documented, and no other', () => {
  const rows = [...document.matchAll(/^\| `([a-z -]+)` +\|(.*)$/gm)]
  assert.deepEqual(rows.map(([, name]) => name).toSorted(), Object.keys(commands).toSorted())
  for (const [, name = '', text = ''] of rows) {
    for (const option of Object.keys(commands[name]?.options ?? {})) {
      assert.ok(text.includes(`--${option}`), `${name} --${option}`)
    }
  }
})
