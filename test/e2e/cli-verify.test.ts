/** `sigilo verify`, as an operator uses it: beside the server, without one, of a folder, and on a database that was put back. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { inventedEntries, ledgerKeys, writeLedger } from '#test/kit/ledger-folder.ts'
import {
  fhir,
  madeHome,
  passphrase,
  serve,
  sigilo,
  smallDemo,
  temporaryHome,
  tokenOf,
} from './cli-process.ts'

interface Told {
  status: string
  whole: boolean
  open: boolean
  openers: boolean
  recorded: boolean
  size: number
  entries: number
  found: number
  findings: { what: string; of?: string }[]
}

const toldBy = ({ stdout }: { stdout: string }) => JSON.parse(stdout) as Told

test('a vault is verified, beside its server and without; what was put back is named', async (t) => {
  const home = await madeHome(t, 'demo')
  const variables = { SIGILO_HOME: home }
  const server = await serve(t, ['serve'], variables)
  const token = await tokenOf(home)
  const patient = { resourceType: 'Patient', id: 'verified', name: [{ family: 'Quintanilla' }] }
  assert.equal((await fhir(server.origin, 'Patient/verified', token, patient)).status, 201)

  const whole = await sigilo(['verify', '--json'], variables)
  assert.equal(whole.code, 0, whole.stdout + whole.stderr)
  const first = toldBy(whole)
  assert.ok(first.whole && first.open && first.openers && first.recorded && first.size > 10)
  const plain = await sigilo(['verify'], { ...variables, LANG: 'es_MX.UTF-8' })
  assert.equal(plain.code, 0)
  assert.match(plain.stdout, /^Todo está y nada se alteró: \d+ asientos y \d+ renglones \([\d.]+ s\)\.\n$/)

  assert.equal(
    (await fhir(server.origin, 'Patient/verified', token, { ...patient, active: true })).status,
    200,
  )
  const later = await sigilo(['verify', '--new', '--json'], variables)
  assert.equal(later.code, 0, later.stdout + later.stderr)
  const second = toldBy(later)
  assert.ok(!second.whole && second.entries < second.size, later.stdout)

  assert.equal((await sigilo(['keys', 'rotate'], variables)).code, 0)
  const rotated = await sigilo(['verify', '--json'], variables)
  assert.equal(rotated.code, 0, rotated.stdout)
  assert.ok(toldBy(rotated).openers)

  // Last week's database under this week's checkpoint.
  assert.equal((await server.stop()).code, 0)
  const postgres = join(home, 'postgres')
  // With its owners: under root PostgreSQL is another user.
  execFileSync('cp', ['-a', postgres, `${postgres}.old`])
  const again = await serve(t, ['serve'], variables)
  const now = await tokenOf(home)
  assert.equal((await fhir(again.origin, 'Patient/verified', now, { ...patient, active: false })).status, 200)
  assert.equal((await again.stop()).code, 0)
  const alone = await sigilo(['verify', '--json'], variables)
  assert.equal(alone.code, 0, alone.stdout + alone.stderr)
  assert.ok(toldBy(alone).recorded)
  rmSync(postgres, { recursive: true })
  renameSync(`${postgres}.old`, postgres)
  const refused = await sigilo(smallDemo, { ...variables, SIGILO_PORT: '0' })
  assert.equal(refused.code, 8, refused.stderr)
  const back = await sigilo(['verify', '--json'], variables)
  assert.equal(back.code, 1)
  assert.deepEqual(
    toldBy(back).findings.map(({ what }) => what),
    ['tail-missing', 'database-earlier'],
  )
  const said = await sigilo(['verify'], variables)
  assert.match(said.stdout, /its tail is cut off/)
  assert.match(said.stdout, /the whole of it was replaced by an earlier copy/)
})

test('a vault that is sealed is verified as far as it goes without keys, and says so', async (t) => {
  const variables = { SIGILO_HOME: await madeHome(t, 'sealed-demo') }
  const sealed = await sigilo(['verify'], variables)
  assert.equal(sealed.code, 0, sealed.stdout + sealed.stderr)
  assert.match(sealed.stderr, /The vault is sealed/)
  const opened = await sigilo(['verify', '--json', '--passphrase-stdin'], variables, `${passphrase}\n`)
  assert.equal(opened.code, 0, opened.stdout + opened.stderr)
  assert.ok(toldBy(opened).open)
})

test('a ledger in a folder is verified by the stand-alone verifier, and needs no vault', async (t) => {
  const variables = { SIGILO_HOME: join(temporaryHome(t), 'none') }
  const folder = temporaryHome(t)
  writeLedger(folder, inventedEntries(300, 7))
  const keys = join(folder, 'keys')
  writeFileSync(keys, ledgerKeys.join('\n'))
  const checkpoint = join(folder, 'earlier')
  writeFileSync(checkpoint, readFileSync(join(folder, 'checkpoint')))
  const verify = (...more: string[]) => sigilo(['verify', '--folder', folder, ...more], variables)
  const whole = await verify('--key', keys, '--checkpoint', checkpoint)
  assert.equal(whole.code, 0, whole.stdout + whole.stderr)
  assert.match(whole.stdout, /300 entries in \d+ streams, all there and unaltered \([\d.]+ s\)\.\n$/)

  const bundle = join(folder, 'tile/entries/000')
  const bytes = readFileSync(bundle)
  bytes[200] = bytes[200]! ^ 1
  writeFileSync(bundle, bytes)
  const altered = await verify('--key', ledgerKeys[0]!, '--key', ledgerKeys[1]!, '--json')
  assert.equal(altered.code, 1, altered.stderr)
  const { status, found, findings } = JSON.parse(altered.stdout) as Omit<Told, 'findings'> & {
    findings: string[]
  }
  assert.equal(status, 'wrong')
  assert.equal(found, findings.length)
  assert.ok(
    findings.some((each) => /not those whose hashes the tree has/.test(each)),
    altered.stdout,
  )
  assert.equal((await verify()).code, 2)
  const moving = await verify('--key', keys, '--key', 'x\u001b[2J\u009b2J\u202e')
  assert.equal(moving.code, 1)
  assert.match(moving.stdout, /this is no key: x\?\[2J\?2J\?\n/)
  assert.equal((await verify('--key', keys, '--checkpoint', join(folder, 'none'))).code, 2)
  assert.equal((await sigilo(['verify', '--key', keys], variables)).code, 2)
})
