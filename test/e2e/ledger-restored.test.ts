/** Last week's data directory put back under a vault: it does not start, says why, and goes on only when somebody owns up to it. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { runProgram } from '#test/kit/installed.ts'
import { fhir, madeHome, serve, sigilo, temporaryHome, tokenOf } from './cli-process.ts'

test('an earlier copy of the database', async (t) => {
  const home = await madeHome(t, 'demo')
  const variables = { SIGILO_HOME: home, SIGILO_PORT: '0' }
  const copy = join(temporaryHome(t), 'postgres')
  // PostgreSQL has a user of its own where root starts it: whose the files are is kept.
  await runProgram('cp', ['-a', join(home, 'postgres'), copy])
  const second = await serve(t, ['serve'], variables)
  const body = { resourceType: 'Patient', id: 'p1', birthDate: '1980-01-01' }
  assert.equal((await fhir(second.origin, 'Patient/p1', await tokenOf(home), body)).status, 201)
  await second.stop()
  rmSync(join(home, 'postgres'), { recursive: true })
  await runProgram('cp', ['-a', copy, join(home, 'postgres')])

  for (const [language, want] of [
    ['C', /has \d+ entries in its ledger, and there had been \d+ .*sigilo ledger restored/],
    ['es_MX.UTF-8', /tiene \d+ asientos en el libro, y ya había \d+ .*sigilo ledger restored/],
  ] as const) {
    const refused = await sigilo(['serve'], { ...variables, LANG: language })
    assert.equal(refused.code, 8, refused.stderr)
    assert.match(refused.stderr, want)
  }
  const told = await sigilo(['ledger', 'restored'], variables)
  assert.equal(told.code, 1)
  assert.match(told.stderr, /is lost for ever.*ledger restored --yes/)
  assert.ok(!readdirSync(home).some((name) => /^checkpoint\.\d+$/.test(name)), 'asking changes nothing')

  const done = await sigilo(['ledger', 'restored', '--yes', '--json'], variables)
  assert.equal(done.code, 0, done.stderr)
  const { size, kept } = JSON.parse(done.stdout) as { size: number; kept: number }
  assert.ok(size < kept && existsSync(join(home, `checkpoint.${kept}`)))
  const third = await serve(t, ['serve'], variables)
  assert.equal((await fhir(third.origin, 'Patient/p1', await tokenOf(home))).status, 404)
  const asked = await sigilo(['ledger', 'query', '--action', 'restore', '--json'], variables)
  assert.match(asked.stdout, new RegExp(`as it was at ${size} entries.*checkpoint\\.${kept}`, 's'))
})
