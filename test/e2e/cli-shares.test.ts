import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { readShare } from '#kernel/keys/index.ts'
import {
  approved,
  endOf,
  fhir,
  launch,
  madeHome,
  passphrase,
  root,
  serve,
  sigilo,
  temporaryHome,
  tokenOf,
} from './cli-process.ts'

/** The code on a sheet, as one line. */
function codeOn(sheet: string): string {
  const lines = [...sheet.matchAll(/^ +\d+: {2}(.+)$/gm)].map(([, groups = '']) =>
    groups.split(/ +/).join(' '),
  )
  return lines.join(' ')
}

/** The codes of the newest deal in a folder, in the order of their numbers. */
function sharesIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.txt'))
  for (const name of names) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
  return names.sort().map((name) => codeOn(readFileSync(join(folder, name), 'utf8')))
}

/** How a share could stand in a file. Each is long enough not to stand in random bytes by chance, as a group does. */
function formsOf(code: string): (string | Uint8Array)[] {
  const groups = code.split(' ').slice(10, 14)
  const read = readShare(code)
  assert.ok(read.status === 'ok')
  const bytes = Buffer.from(read.share.point.subarray(0, 16))
  return [
    groups.join(' '),
    groups.join(''),
    bytes,
    bytes.toString('hex'),
    bytes.toString('base64').slice(0, 20),
  ]
}

const holders = ['--holders', '3', '--threshold', '2']

test('2 of 3 holders open the vault from their own terminals, and read its records', async (t) => {
  const home = temporaryHome(t)
  const sheets = temporaryHome(t)
  const variables = { SIGILO_HOME: home }
  const unseal = (input: string, ...more: string[]) =>
    sigilo(['keys', 'unseal', '--secret-stdin', ...more], variables, `${input}\n`)
  const made = await sigilo(
    ['init', '--demo', '--patients', '2', '--opener', 'shamir', ...holders, '--out', join(sheets, 'first')],
    variables,
  )
  assert.equal(made.code, 0, made.stderr)
  const shares = sharesIn(join(sheets, 'first')) as [string, string, string]
  assert.equal(shares.length, 3)
  let server = await serve(t, ['serve'], variables)

  await t.test('sealed, nothing is read', async () => {
    assert.equal((await fhir(server.origin, 'Patient/paciente-000001', 'sgl_any')).status, 503)
    const status = await sigilo(['keys', 'status', '--json'], variables)
    assert.equal(status.code, 5)
    assert.partialDeepStrictEqual(JSON.parse(status.stdout), { vault: 'sealed', opener: 'shamir' })
  })

  await t.test('a slip of the pen is named by its group, before it goes anywhere', async () => {
    const groups = shares[0].split(' ')
    const slip = groups.with(
      6,
      groups[6]!.startsWith('7') ? `8${groups[6]!.slice(1)}` : `7${groups[6]!.slice(1)}`,
    )
    const refused = await unseal(slip.join(' '))
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /group 7 is mistyped/)
  })

  await t.test(
    'the first terminal waits, the same share again is said, the second opens for both',
    async () => {
      const first = launch(
        [process.execPath, join(root, 'src/cli/main.ts'), 'keys', 'unseal', '--secret-stdin'],
        variables,
      )
      const ended = endOf(first)
      let shown = ''
      first.stderr?.on('data', (chunk: string) => (shown += chunk))
      first.stdin?.write(`${shares[2]}\n`)
      while (!shown.includes('Waiting for the others')) await delay(20)
      assert.match(shown, /Shares: 1 of the 2 that are needed, of 3 \(here: 3\)\. Forgotten in 15 min\./)

      const again = await unseal(shares[2])
      assert.equal(again.code, 1)
      assert.match(again.stderr, /Share 3 was given already/)
      const second = await unseal(shares[0].toLowerCase())
      assert.equal(second.code, 0, second.stderr)
      assert.match(second.stderr, /The vault is open/)
      const { code, stderr } = await ended
      assert.deepEqual([code, /The vault is open/.test(stderr)], [0, true], stderr)
      const token = await tokenOf(home)
      assert.equal((await fhir(server.origin, 'Patient/paciente-000001', token)).status, 200)
    },
  )

  await t.test('shares are dealt anew; an old one says so, is counted, and then slow', async () => {
    const dealt = await sigilo(
      [
        'keys',
        'split',
        '--holders',
        '4',
        '--threshold',
        '3',
        '--out',
        join(sheets, 'second'),
        '--secret-stdin',
      ],
      variables,
      `${shares[0]}\n${shares[1]}\n`,
    )
    assert.equal(dealt.code, 3, dealt.stderr)
    const done = await approved(dealt, variables)
    assert.equal(done.code, 0, done.stderr)
    const token = await tokenOf(home)
    assert.equal((await fhir(server.origin, 'Patient/paciente-000001', token)).status, 200)
    await server.stop()
    server = await serve(t, ['serve'], variables)
    for (let wrong = 1; wrong <= 5; wrong++) {
      const old = await unseal(shares[1])
      assert.equal(old.code, 1)
      assert.match(
        old.stderr,
        new RegExp(`of deal \\w+, which is no longer good.*Wrong shares in a row: ${wrong}\\.`),
      )
    }
    // The first waits are over before a command has begun on a busy machine.
    let slow = await unseal(shares[1])
    for (let tries = 0; tries < 6 && /Wrong shares in a row/.test(slow.stderr); tries++)
      slow = await unseal(shares[1])
    const wait = /Too many attempts: wait (\d+) s\./.exec(slow.stderr)
    assert(wait, slow.stderr)
    await delay(Number(wait[1]) * 1000)
    const next = sharesIn(join(sheets, 'second'))
    assert.equal(next.length, 4)
    assert.equal((await unseal(next[3]!, '--no-wait')).code, 5)
    const half = await sigilo(['keys', 'status'], variables)
    assert.match(half.stdout, /^sealed\n/)
    assert.equal((await unseal(next[1]!, '--no-wait')).code, 5)
    const last = await unseal(next[0]!)
    assert.equal(last.code, 0, last.stderr)
    assert.equal((await fhir(server.origin, 'Patient/paciente-000001', await tokenOf(home))).status, 200)
  })

  await t.test('half a ceremony can be forgotten, and a restart forgets it', async () => {
    const next = sharesIn(join(sheets, 'second'))
    await server.stop()
    server = await serve(t, ['serve'], variables)
    assert.equal((await unseal(next[3]!, '--no-wait')).code, 5)
    assert.equal((await sigilo(['keys', 'unseal', '--forget'], variables)).code, 0)
    const again = await unseal(next[3]!, '--no-wait')
    assert.match(again.stderr, /1 of the 3/)
    await server.stop()
    server = await serve(t, ['serve'], variables)
    assert.match((await unseal(next[3]!, '--no-wait')).stderr, /1 of the 3/)
  })

  await t.test('no share is in any file of the home', () => {
    const forms = [...shares, ...sharesIn(join(sheets, 'second'))].flatMap(formsOf)
    const held = (bytes: Buffer) => forms.some((form) => bytes.includes(form))
    assert.ok([shares[0], shares[1].replaceAll(' ', '')].every((code) => held(Buffer.from(code))))
    for (const file of filesUnder(home)) assert.ok(!held(readFileSync(file)), file)
  })
})

test('who cannot open the vault changes nothing about who can', async (t) => {
  const home = await madeHome(t, 'sealed-empty')
  const sheets = temporaryHome(t)
  const variables = { SIGILO_HOME: home }
  const first = passphrase
  const second = 'otra frase de seis palabras distintas'
  const server = await serve(t, ['serve'], variables)
  const change = (to: string[], input: string) =>
    sigilo(['keys', 'opener', '--to', ...to, '--secret-stdin'], variables, input)
  const sealed = await change(['passphrase'], `${first}\n${second}\n`)
  assert.equal(sealed.code, 5)
  await sigilo(['keys', 'unseal', '--passphrase-stdin'], variables, `${first}\n`)

  const stranger = await change(['passphrase'], `no es esta la frase\n${second}\n`)
  assert.deepEqual([stranger.code, /Wrong attempts in a row: 1\./.test(stranger.stderr)], [1, true])
  const changed = await change(['passphrase'], `${first}\n${second}\n`)
  assert.equal(changed.code, 0, changed.stderr)
  const dealt = await change(['shamir', ...holders, '--out', sheets], `${second}\n`)
  assert.equal(dealt.code, 0, dealt.stderr)
  await server.stop()

  const recordOf = () => JSON.parse(readFileSync(join(home, 'home.json'), 'utf8'))
  assert.equal(recordOf().opener, 'shamir')
  // As a crash between the database and home.json leaves it: the next start believes the database.
  writeFileSync(join(home, 'home.json'), JSON.stringify({ ...recordOf(), opener: 'passphrase' }))
  const again = await serve(t, ['serve'], variables)
  assert.equal(recordOf().opener, 'shamir')
  const [one, two] = sharesIn(sheets) as [string, string]
  const kit = await sigilo(['keys', 'unseal', '--kit', '--secret-stdin'], variables, `${one}\n`)
  assert.match(kit.stderr, /This is a share, not a recovery kit/)
  await sigilo(['keys', 'unseal', '--no-wait', '--secret-stdin'], variables, `${one}\n`)
  const open = await sigilo(['keys', 'unseal', '--secret-stdin'], variables, `${two}\n`)
  assert.equal(open.code, 0, open.stderr)
  const keyFile = await change(['key-file'], `${one}\n${two}\n`)
  assert.equal(keyFile.code, 0, keyFile.stderr)
  await again.stop()

  const alone = await serve(t, ['serve'], variables)
  assert.match((await sigilo(['keys', 'status'], variables)).stdout, /^open\n/)
  const back = await change(['passphrase'], `${first}\n`)
  assert.equal(back.code, 0, back.stderr)
  assert.ok(!readdirSync(home).includes('opener.key'))
  await alone.stop()
})

function* filesUnder(path: string): Generator<string> {
  for (const name of readdirSync(path)) {
    const at = join(path, name)
    const stat = statSync(at, { throwIfNoEntry: false })
    if (stat?.isDirectory()) yield* filesUnder(at)
    else if (stat?.isFile()) yield at
  }
}
