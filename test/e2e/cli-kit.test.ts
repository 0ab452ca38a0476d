import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { atEnd } from '#test/kit/scope.ts'
import { setTimeout as delay } from 'node:timers/promises'
import { Decrypter } from 'age-encryption'
import { contextOf, deriveKey, keyedHash, keyOf, unwrapKey, uuidBytes } from '#kernel/crypto/index.ts'
import { connect } from '#kernel/db/index.ts'
import { superuserUrlOf } from '#test/kit/process.ts'
import {
  approved,
  endOf,
  fhir,
  launch,
  madeHome,
  root,
  serve,
  sigilo,
  temporaryHome,
  tokenOf,
} from './cli-process.ts'

const passphrase = 'cántaro lluvia décimo trébol 47'

/** The code on a kit, as one line. */
function codeOn(path: string): string {
  const sheet = readFileSync(path, 'utf8')
  const lines = [...sheet.matchAll(/^ *(?:<pre>)? *\d+: {2}(.+?)(?:<\/pre>)?$/gm)]
  return lines.map(([, groups = '']) => groups.split(/ +/).join(' ')).join(' ')
}

const houseOn = (path: string) => /Vault: (\S+)/.exec(readFileSync(path, 'utf8'))?.[1]

test('the kit that init made opens the vault years later, whatever was changed meanwhile', async (t) => {
  const home = temporaryHome(t)
  const safe = temporaryHome(t)
  const variables = { SIGILO_HOME: home }
  const kit = join(safe, 'kit.txt')
  const inside = await sigilo(
    ['init', '--demo', '--patients', '2', '--passphrase-stdin', '--kit', join(home, 'kit.txt')],
    variables,
    `${passphrase}\n`,
  )
  assert.equal(inside.code, 2)
  assert.match(inside.stderr, /not kept with the vault/)
  const made = await sigilo(
    ['init', '--demo', '--patients', '2', '--passphrase-stdin', '--kit', kit],
    variables,
    `${passphrase}\n`,
  )
  assert.equal(made.code, 0, made.stderr)
  assert.equal(statSync(kit).mode & 0o777, 0o600)
  const check = (path: string) =>
    sigilo(['keys', 'check-kit', '--secret-stdin'], variables, `${codeOn(path)}\n`)
  const opens = new RegExp(`^The kit \\w{6} opens the vault ${houseOn(kit)}\\.\n$`)
  let server = await serve(t, ['serve'], variables)

  await t.test('it is checked while the vault is sealed, which stays so', async () => {
    const checked = await check(kit)
    assert.deepEqual([checked.code, checked.stderr], [0, ''])
    assert.match(checked.stdout, opens)
    assert.match((await sigilo(['keys', 'status'], variables)).stdout, /^sealed\n/)
  })

  await t.test('a new root key and a new passphrase leave it good, and check-kit says so', async () => {
    await sigilo(['keys', 'unseal', '--passphrase-stdin'], variables, `${passphrase}\n`)
    const rotated = await sigilo(['keys', 'rotate'], variables)
    assert.equal(rotated.code, 0, rotated.stderr)
    const changed = await sigilo(
      ['keys', 'opener', '--to', 'passphrase', '--secret-stdin'],
      variables,
      `${passphrase}\notra frase de seis palabras distintas\n`,
    )
    assert.equal(changed.code, 3, changed.stderr)
    const done = await approved(changed, variables)
    assert.equal(done.code, 0, done.stderr)
    assert.match((await check(kit)).stdout, opens)
  })

  await t.test('it opens the vault where the passphrase is lost, and records are read', async () => {
    await server.stop()
    server = await serve(t, ['serve'], variables)
    const lost = await sigilo(['keys', 'unseal', '--passphrase-stdin'], variables, `${passphrase}\n`)
    assert.deepEqual([lost.code, /Wrong attempts in a row: 1\./.test(lost.stderr)], [1, true])
    const input = `${codeOn(kit)}\n`
    const opened = await sigilo(['keys', 'unseal', '--kit', '--secret-stdin'], variables, input)
    assert.equal(opened.code, 0, opened.stderr)
    assert.equal((await fhir(server.origin, 'Patient/paciente-000001', await tokenOf(home))).status, 200)
  })

  await t.test('with age and the published formats alone it opens the keyring', async () => {
    const sheet = readFileSync(kit, 'utf8')
    const identity = /AGE-SECRET-KEY-PQ-1[A-Z0-9\s]+?(?=\n\s*\n)/.exec(sheet)?.[0].replace(/\s/g, '') ?? ''
    const sql = connect(superuserUrlOf(home))
    atEnd(t, () => sql.end())
    const [row] = await sql`select root from opener where kind = 'recovery-kit'`
    const [key] = await sql`select id, wrapped from keyring where purpose = 'index'`
    const decrypter = new Decrypter()
    decrypter.addIdentity(identity)
    const rootKey = keyOf(await decrypter.decrypt(row?.['root']))
    const index = unwrapKey(
      rootKey,
      contextOf('keyring key', uuidBytes(key?.['id']), 'index'),
      key?.['wrapped'],
    )
    const name = Buffer.from(keyedHash(deriveKey(index, 'name'), 'house name').subarray(0, 5))
    const bits = [...name].map((byte) => byte.toString(2).padStart(8, '0')).join('')
    const letters = bits
      .match(/.{5}/g)
      ?.map((five) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[Number.parseInt(five, 2)])
    assert.equal(letters?.join(''), houseOn(kit)?.replace('-', ''))
  })

  await t.test('a new kit makes the old one worthless, and says which it is', async () => {
    const newer = join(safe, 'newer.html')
    const asked = ['keys', 'kit', '--kit', '--out', newer, '--secret-stdin']
    const again = await sigilo(asked, variables, `${codeOn(kit)}\n`)
    assert.equal(again.code, 3, again.stderr)
    // The old one is good until somebody else has approved.
    assert.match((await check(kit)).stdout, opens)
    const done = await approved(again, variables)
    assert.equal(done.code, 0, done.stderr)
    assert.match((await check(newer)).stdout, opens)
    const old = await check(kit)
    assert.equal(old.code, 1)
    assert.match(old.stderr, /This kit \(\w{6}\) is no longer good: \w{6} took its place/)
    const over = await sigilo(asked, variables, `${codeOn(newer)}\n`)
    assert.equal(over.code, 2)
    assert.match(over.stderr, /not written over/)
  })

  await t.test('a slip, half a kit, and the kit of another vault are refused by what they are', async () => {
    const newer = join(safe, 'newer.html')
    const groups = codeOn(newer).split(' ')
    for (const [code, says] of [
      [
        groups.with(4, `${groups[4]!.slice(0, 4)}${groups[4]!.endsWith('Z') ? 'Y' : 'Z'}`),
        /group 5 is mistyped/,
      ],
      [groups.slice(0, 31), /There are 31 groups and there must be 32/],
    ] as const) {
      const refused = await sigilo(['keys', 'check-kit', '--secret-stdin'], variables, `${code.join(' ')}\n`)
      assert.equal(refused.code, 1)
      assert.match(refused.stderr, says)
    }
    const other = { SIGILO_HOME: temporaryHome(t) }
    const foreign = join(safe, 'foreign.txt')
    await sigilo(['init', '--opener', 'key-file', '--kit', foreign], other)
    assert.ok(existsSync(foreign))
    const refused = await check(foreign)
    assert.equal(refused.code, 1)
    const says = `of another vault, ${houseOn(foreign)}; this one is ${houseOn(kit)}. Wrong attempts in a row: `
    assert.ok(refused.stderr.includes(says), refused.stderr)
  })
})

test('where the kit that was asked for cannot be made, the vault is made, and init says and exits so', async (t) => {
  const variables = { SIGILO_HOME: temporaryHome(t) }
  // A name that no file can have.
  const kit = join(temporaryHome(t), `${'k'.repeat(300)}.txt`)
  const made = await sigilo(['init', '--opener', 'key-file', '--kit', kit], variables)
  assert.equal(made.code, 1, made.stderr)
  assert.match(made.stderr, /cannot be written \(ENAMETOOLONG\)[^]*no recovery kit/)
  assert.match(made.stdout, /^(http\S+\/#invitation=sgi_[\w-]{43}\n){2}$/)
  assert.equal((await sigilo(['init', '--opener', 'key-file'], variables)).code, 8, 'it is whole')
})

test('a vault of real patients without a kit, or on a key file, is said by doctor', async (t) => {
  const variables = { SIGILO_HOME: temporaryHome(t) }
  const found = async () => {
    const { stdout } = await sigilo(['doctor', '--json'], variables)
    const { findings } = JSON.parse(stdout) as { findings: { check: string; status: string }[] }
    const statusOf = (name: string) => findings.find(({ check }) => check === name)?.status
    return [statusOf('opener'), statusOf('recovery-kit')]
  }
  const unsaid = await sigilo(['init'], variables)
  assert.equal(unsaid.code, 2)
  assert.match(unsaid.stderr, /--opener passphrase\|/)
  const made = await sigilo(['init', '--opener', 'key-file'], variables)
  assert.match(made.stderr, /no recovery kit/)
  assert.match(made.stdout, /^(http\S+\/#invitation=sgi_[\w-]{43}\n){2}$/, 'a link for each of two officers')
  assert.deepEqual(await found(), ['bad', 'warning'])
  await serve(t, ['serve'], variables)
  const safe = temporaryHome(t)
  assert.equal((await sigilo(['keys', 'kit', '--out', join(safe, 'kit.txt')], variables)).code, 0)
  const input = `${passphrase}\n`
  await sigilo(['keys', 'opener', '--to', 'passphrase', '--passphrase-stdin'], variables, input)
  assert.deepEqual(await found(), ['ok', 'ok'])
})

// Other systems have another script(1).
const skip = process.platform === 'linux' ? false : 'needs script(1) of util-linux'

test('a kit is typed on the terminal group by group, and nothing of it is shown', { skip }, async (t) => {
  const kit = join(temporaryHome(t), 'kit.txt')
  const variables = { SIGILO_HOME: await madeHome(t, 'empty') }
  await serve(t, ['serve'], variables)
  assert.equal((await sigilo(['keys', 'kit', '--out', kit], variables)).code, 0)
  const command = `${process.execPath} ${join(root, 'src/cli/main.ts')} keys check-kit`
  const child = launch(['script', '--quiet', '--return', '--command', command, '/dev/null'], variables)
  const ended = endOf(child)
  let shown = ''
  child.stdout?.on('data', (chunk: string) => (shown += chunk))
  while (!shown.includes('it is not shown')) await delay(20)
  const [first = '', ...rest] = codeOn(kit).split(' ')
  child.stdin?.write(`${first.slice(0, 4)}${first.endsWith('A') ? 'B' : 'A'}`)
  while (!shown.includes('1✗')) await delay(20)
  child.stdin?.write(`${first}\u007f${first} ${rest.join(' ').toLowerCase()}`)
  const { code, stdout } = await ended
  assert.equal(code, 0, stdout)
  assert.match(stdout, /32✓/)
  assert.match(stdout, /opens the vault/)
  for (const group of [first, ...rest]) assert.ok(!stdout.toUpperCase().includes(group), group)
  writeFileSync(kit, '')
})
