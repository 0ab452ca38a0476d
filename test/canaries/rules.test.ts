import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { rules, runRules } from '../../tools/rules/index.ts'
import { planted, plantedParts } from './planted.ts'
import { temporaryFolder } from '#test/kit/scope.ts'

const house = fileURLToPath(new URL('../..', import.meta.url))

/** A repository with these files and the settings of ours. */
function repository(t: { after(done: () => void): void }, files: Record<string, string>): string {
  const root = temporaryFolder(t, 'sigilo-canary-')
  for (const name of ['package.json', 'tsconfig.json', 'knip.json', '.oxlintrc.json', '.oxfmtrc.json']) {
    cpSync(join(house, name), join(root, name))
  }
  symlinkSync(join(house, 'node_modules'), join(root, 'node_modules'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

test('each rule has a violation planted', () => {
  const named = new Set(planted.map(({ rule }) => rule))
  assert.deepEqual(
    rules.map(({ name }) => name).filter((name) => !named.has(name)),
    [],
  )
})

for (const { rule, caught, files, spared = {} } of planted) {
  test(`${rule} catches ${caught}`, (t) => {
    const { faults } = runRules(repository(t, { ...files, ...spared }))
    const found = faults.filter((fault) => fault.rule === rule).map(({ file }) => file)
    assert.ok(found.includes(caught), `${caught} is not among ${JSON.stringify(faults)}`)
    assert.deepEqual(
      found.filter((file) => Object.hasOwn(spared, file)),
      [],
    )
  })
}

for (const { part, says, files } of plantedParts) {
  test(`${part} says ${says.source}`, (t) => {
    const { status, stdout } = check(repository(t, files), part)
    assert.match(stdout, says)
    assert.equal(status, 1)
  })
}

test('a repository with no fault passes rules, lint and format', (t) => {
  const root = repository(t, { 'src/kernel/days.ts': 'export const days = 7\n' })
  const { status, stdout } = check(root, 'rules', 'lint', 'format')
  assert.equal(status, 0, stdout)
})

test('a part that does not exist is an error of its own', () => {
  assert.equal(check(house, 'spelling').status, 2)
})

function check(root: string, ...parts: string[]): { status: number | null; stdout: string } {
  const words = [join(house, 'tools/check.ts'), '--root', root, ...parts]
  return spawnSync(process.execPath, words, { encoding: 'utf8' })
}
