import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fhir, madeHome, passphrase, serve, sigilo, temporaryHome, tokenOf } from './cli-process.ts'

test('a vault on a passphrase starts sealed, and the passphrase opens it', async (t) => {
  const home = await madeHome(t, 'sealed-demo')
  const variables = { SIGILO_HOME: home }
  const server = await serve(t, ['serve'], variables)

  await t.test('sealed, it answers 503 and gives no token', async () => {
    assert.match(await (await fetch(`${server.origin}/health`)).text(), /"status":"sealed"/)
    assert.equal((await fhir(server.origin, 'Patient/paciente-000001', 'sgl_any')).status, 503)
    assert.equal((await sigilo(['token'], variables)).code, 5)
    const status = await sigilo(['keys', 'status', '--json'], variables)
    const { vault, opener } = JSON.parse(status.stdout)
    assert.deepEqual([status.code, vault, opener], [5, 'sealed', 'passphrase'])
  })

  await t.test('a wrong passphrase opens nothing', async () => {
    const wrong = await sigilo(['keys', 'unseal', '--passphrase-stdin'], variables, `${passphrase}!\n`)
    assert.equal(wrong.code, 1)
    assert.match(wrong.stderr, /does not open this vault/)
    assert.match((await sigilo(['keys', 'status'], variables)).stdout, /^sealed\n/)
  })

  await t.test('the right one does, its accents written in either way', async () => {
    const right = await sigilo(
      ['keys', 'unseal', '--passphrase-stdin'],
      variables,
      `${passphrase.normalize('NFD')}\n`,
    )
    assert.equal(right.code, 0, right.stderr)
    const token = await tokenOf(home)
    assert.equal((await fhir(server.origin, 'Patient/paciente-000001', token)).status, 200)
    assert.match(await (await fetch(`${server.origin}/health`)).text(), /"status":"ok"/)
  })

  await t.test('without a terminal and without --passphrase-stdin, it says what to do', async () => {
    await server.stop()
    const again = await serve(t, ['demo'], variables)
    const asked = await sigilo(['keys', 'unseal'], variables)
    assert.equal(asked.code, 1)
    assert.match(asked.stderr, /--passphrase-stdin/)
    assert.equal((await again.stop()).code, 0)
  })

  await t.test('the passphrase is in no file of the home', () => {
    for (const file of filesUnder(home)) assert.ok(!readFileSync(file).includes('trébol'), file)
  })
})

test('a vault of real patients is sealed, gives no token, and is no demonstration', async (t) => {
  const variables = { SIGILO_HOME: await madeHome(t, 'sealed-empty') }

  const again = await sigilo(['init', '--passphrase-stdin'], variables, `${passphrase}\n`)
  assert.equal(again.code, 8)
  assert.match(again.stderr, /nothing was changed/)
  const demo = await sigilo(['demo'], variables)
  assert.equal(demo.code, 8)
  assert.match(demo.stderr, /real patients/)

  const server = await serve(t, ['serve'], variables)
  await sigilo(['keys', 'unseal', '--passphrase-stdin'], variables, passphrase)
  const refused = await sigilo(['token'], variables)
  assert.deepEqual([refused.code, refused.stdout], [8, ''])
  assert.match(refused.stderr, /no tokens with full access/)
  // Its officers have not enrolled.
  assert.equal((await fhir(server.origin, 'Patient/x', 'sgl_any')).status, 403)
})

test('a weak passphrase makes no vault, and the rule is said', async (t) => {
  const home = temporaryHome(t)
  for (const weak of ['', 'short', 'aaaaaaaaaaaaaaaaaaaaaaa', ` ${passphrase}`]) {
    const refused = await sigilo(['init', '--passphrase-stdin'], { SIGILO_HOME: home }, `${weak}\n`)
    assert.equal(refused.code, 1, weak)
    assert.match(refused.stderr, /15 to 1024 characters/)
  }
  assert.deepEqual(
    readdirSync(home).filter((name) => name !== 'lock'),
    [],
  )
})

test('an absent vault is said so, and how to make one', async (t) => {
  const variables = { SIGILO_HOME: join(temporaryHome(t), 'none') }
  for (const command of [
    ['serve'],
    ['token'],
    ['keys', 'status'],
    ['keys', 'unseal', '--passphrase-stdin'],
  ]) {
    const refused = await sigilo(command, variables)
    assert.equal(refused.code, 8, command.join(' '))
    assert.match(refused.stderr, /sigilo init/)
  }
})

function* filesUnder(path: string): Generator<string> {
  for (const name of readdirSync(path)) {
    const at = join(path, name)
    const stat = statSync(at, { throwIfNoEntry: false })
    if (stat?.isDirectory()) yield* filesUnder(at)
    else if (stat?.isFile()) yield at
  }
}
