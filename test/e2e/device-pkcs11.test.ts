import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { noToken, countingToken, softToken } from '#test/kit/token.ts'
import {
  approved,
  endOf,
  launch,
  madeHome,
  passphrase,
  root,
  serve,
  sigilo,
  temporaryHome,
} from './cli-process.ts'
import { isOpen, isSealed, madeWith, unsealing, wrongUntilSlow } from './device-kit.ts'

test('a vault whose key a token keeps, its PIN in a file', { skip: noToken }, async (t) => {
  const home = temporaryHome(t)
  const token = await softToken(t)
  const variables = { SIGILO_HOME: home, ...token.variables }
  const pinFile = await token.file('pin', token.pin)
  await madeWith(variables, 'pkcs11', { module: token.module, token: token.label, pinFile })

  let server = await serve(t, ['serve'], variables)
  await t.test('it opens by itself at each start', async () => {
    await isOpen(server.origin, variables)
    await server.stop()
    server = await serve(t, ['serve'], variables)
    await isOpen(server.origin, variables)
  })

  await t.test('the token taken out in the middle of the day disturbs nobody', async () => {
    await token.leave()
    await isOpen(server.origin, variables)
  })

  await t.test(
    'started without it, the vault is sealed and says why; it opens when the token is back',
    async () => {
      await server.stop()
      server = await serve(t, ['serve'], variables)
      await isSealed(server.origin, variables, {
        en: /The token "sigilo" is not there/,
        es: /No se encuentra el token «sigilo»/,
      })
      await unsealing(variables, 1, /is not there/)
      await token.comeBack()
      await isOpen(server.origin, variables)
    },
  )

  await t.test('a wrong PIN in the file costs one try, however often it is restarted', async () => {
    await server.stop()
    await token.file('pin', '999999')
    for (const words of [/That is not the PIN/, /was wrong before/]) {
      const again = await serve(t, ['serve'], variables)
      assert.match((await sigilo(['keys', 'status'], variables)).stderr, words)
      await again.stop()
    }
    await token.file('pin', token.pin)
    server = await serve(t, ['serve'], variables)
    // The token remembers that somebody was wrong: the next try is a person's.
    await isSealed(server.origin, variables, {
      en: /got the PIN of this token wrong/,
      es: /se equivocó de PIN/,
    })
    await unsealing(variables, 0, /is open/)
    await isOpen(server.origin, variables)
  })

  await t.test('neither the database nor home.json holds the PIN, nor the database the path', async () => {
    await server.stop()
    const record = readFileSync(join(home, 'home.json'), 'utf8')
    assert.ok(!record.includes(token.pin))
    assert.ok(record.includes(token.module))
  })
})

test(
  'a PIN that is typed: wrong ones are clear, slow and counted, and the token locks',
  { skip: noToken },
  async (t) => {
    const home = temporaryHome(t)
    const token = await countingToken(t)
    const variables = { SIGILO_HOME: home, ...token.variables }
    await madeWith(variables, 'pkcs11', { module: token.module, token: token.label, timeoutSeconds: 3 }, [
      token.pin,
    ])
    const server = await serve(t, ['serve'], variables)
    await isSealed(server.origin, variables, { en: /The PIN is missing/, es: /Falta el PIN/ })

    await unsealing(variables, 1, /few tries are left/, ['000000'])
    await unsealing(variables, 1, /One try is left.*2 wrong in a row/, ['000000'])
    await unsealing(variables, 0, /is open/, [token.pin])
    await isOpen(server.origin, variables)

    await server.stop()
    const again = await serve(t, ['serve'], variables)
    await t.test('a module that hangs: the time is said', async () => {
      await token.misbehave('hang')
      await unsealing(variables, 1, /does not answer \(no answer; the wait is 3 s\)/, [token.pin])
      await token.misbehave('crash')
      await unsealing(variables, 1, /could not open the vault: the module ended/, [token.pin])
      await token.misbehave('no')
      await isSealed(again.origin, variables)
    })

    for (const says of [/few tries are left/, /One try is left/, /locked its PIN/, /locked its PIN/]) {
      await unsealing(variables, 1, says, ['000000'])
    }
    await t.test('locked, not even the right one opens, and doctor says so', async () => {
      await unsealing(variables, 1, /locked its PIN/, [token.pin])
      const doctor = await sigilo(['doctor'], variables)
      assert.equal(doctor.code, 1)
      assert.match(doctor.stdout, /The token has locked its PIN/)
    })
  },
)

test('from a passphrase to a token and back, while it serves', { skip: noToken }, async (t) => {
  const token = await softToken(t)
  const variables = { SIGILO_HOME: await madeHome(t, 'sealed-demo'), ...token.variables }
  let server = await serve(t, ['serve'], variables)
  const unseal = async (line: string, code = 0) => {
    const ended = await sigilo(['keys', 'unseal', '--secret-stdin'], variables, `${line}\n`)
    assert.equal(ended.code, code, ended.stderr)
  }
  const change = async (lines: string[], args: string[]) => {
    const input = lines.map((line) => `${line}\n`).join('')
    const asked = await sigilo(['keys', 'opener', ...args, '--secret-stdin'], variables, input)
    const ended = await approved(asked, variables)
    assert.equal(ended.code, 0, ended.stderr)
    await isOpen(server.origin, variables)
    await server.stop()
    server = await serve(t, ['serve'], variables)
  }
  await unseal(passphrase)
  const where = ['--where', `module=${token.module}`, '--where', `token=${token.label}`]
  await change([passphrase, token.pin], ['--to', 'pkcs11', ...where])
  await t.test('wrong PINs without end have to wait, whatever the token does', async () => {
    await wrongUntilSlow(variables, /not the PIN/, { kind: 'pkcs11', pin: '000000' })
    // They are counted by the server that was asked.
    await server.stop()
    server = await serve(t, ['serve'], variables)
  })
  await unseal(token.pin)
  await isOpen(server.origin, variables)
  await change([token.pin, `${passphrase} otra`], ['--to', 'passphrase'])
  await unseal(token.pin, 1)
  await unseal(`${passphrase} otra`)
  await isOpen(server.origin, variables)
})

// Other systems have another script(1).
const noTerminal = process.platform === 'linux' ? false : 'needs script(1) of util-linux'

test(
  'init asks on the terminal where the token is, proposes its label, and shows no PIN',
  { skip: noTerminal || noToken },
  async (t) => {
    const token = await softToken(t)
    const variables = { SIGILO_HOME: temporaryHome(t), ...token.variables }
    const program = `${process.execPath} ${join(root, 'src/cli/main.ts')} init --demo --patients 1 --opener pkcs11`
    const child = launch(['script', '--quiet', '--return', '--command', program, '/dev/null'], variables)
    const ended = endOf(child)
    let shown = ''
    child.stdout?.on('data', (chunk: string) => (shown += chunk))
    const answers: [RegExp, string][] = [
      [/module.*: $/s, token.module],
      // An empty answer takes what is proposed.
      [/Label or serial number of the token \[sigilo\]: $/, ''],
      [/File that holds the PIN.*: $/s, ''],
      [/PIN of the token: $/, token.pin],
    ]
    for (const [question, answer] of answers) {
      while (!question.test(shown)) await delay(10)
      child.stdin?.write(`${answer}\r`)
    }
    const end = await ended
    assert.equal(end.code, 0, end.stdout)
    assert.ok(!end.stdout.includes(token.pin))
    const { places } = JSON.parse(readFileSync(join(variables.SIGILO_HOME, 'home.json'), 'utf8'))
    const { house, ...place } = places.pkcs11
    assert.deepEqual(place, { module: token.module, token: token.label })
    assert.match(house, /^[0-9a-f-]{36}$/)
  },
)

test('what is wrong with a place is said before anything is made', async (t) => {
  const variables = { SIGILO_HOME: temporaryHome(t) }
  const init = (...where: string[]) =>
    sigilo(
      ['init', '--opener', 'pkcs11', '--secret-stdin', ...where.flatMap((each) => ['--where', each])],
      variables,
    )
  const cases: [string[], RegExp][] = [
    [[], /--where module=… --where token=…|--where token=…/],
    [['module=relative.so', 'token=x'], /module is "relative.so": it must be an absolute path/],
    [['module=/x.so', 'token=x', 'port=1'], /no such thing for pkcs11/],
    [['module'], /NAME=VALUE/],
  ]
  for (const [where, says] of cases) {
    const ended = await init(...where)
    assert.equal(ended.code, 2, ended.stderr)
    assert.match(ended.stderr, says)
  }
})
