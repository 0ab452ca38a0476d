import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
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
  type Ended,
} from './cli-process.ts'

const first = 'palabras al azar, número uno'

// Other systems have another script(1).
const skip = process.platform === 'linux' ? false : 'needs script(1) of util-linux'
const promptMsMax = 120_000

/** What is typed, and what the command must then say; script(1) gives it a terminal. */
const sessions: { typed: string[]; code: number; says: RegExp }[] = [
  { typed: [`${first}\r`, `${first} no\r`], code: 1, says: /The two passphrases differ/ },
  { typed: ['corta\r'], code: 1, says: /15 to 1024 characters/ },
  { typed: ['palab\u0003'], code: 1, says: /Cancelled/ },
  { typed: [`borrada\u0015${first}x\u007f\r`, `${first}\r`], code: 0, says: /Keep the passphrase away/ },
]

/** A person at a terminal: `waitFor` what it says, then `type`. */
function atTerminal(command: string, home: string) {
  const program = `${process.execPath} ${join(root, 'src/cli/main.ts')} ${command}`
  const child = launch(['script', '--quiet', '--return', '--command', program, '/dev/null'], {
    SIGILO_HOME: home,
  })
  const ended: Promise<Ended> = endOf(child)
  let over = false
  void ended.then(() => (over = true))
  let shown = ''
  let from = 0
  child.stdout?.on('data', (chunk: string) => (shown += chunk.replaceAll('\u001b', '␛')))
  return {
    ended,
    shown: () => shown,
    /** What it has said since the last time, once that matches. */
    async waitFor(says: RegExp): Promise<RegExpExecArray> {
      for (const until = performance.now() + promptMsMax; ;) {
        const found = says.exec(shown.slice(from))
        if (found) {
          from += found.index + found[0].length
          return found
        }
        assert.ok(!over && performance.now() < until, `${says} was not said: ${shown.slice(from)}`)
        await delay(10)
      }
    },
    type: (text: string) => void child.stdin?.write(text),
  }
}

test('init asks for the passphrase on the terminal, twice, and shows nothing of it', { skip }, async (t) => {
  const home = temporaryHome(t)
  for (const { typed, code, says } of sessions) {
    const terminal = atTerminal('init --opener passphrase --no-kit', home)
    for (const line of typed) {
      await terminal.waitFor(/(New passphrase|Once more): /)
      terminal.type(line)
    }
    const end = await terminal.ended
    assert.equal(end.code, code, end.stdout)
    assert.match(end.stdout, says)
    assert.doesNotMatch(end.stdout, /palab|borrada|corta/)
  }
})

test('init asks what shall open the vault, and deals to each holder at the screen', { skip }, async (t) => {
  const home = temporaryHome(t)
  const kit = join(temporaryHome(t), 'kit.html')
  const terminal = atTerminal('init', home)
  const menu = await terminal.waitFor(/What shall open this vault\?([^>]+)> /)
  assert.match(menu[1]!, /1 {2}passphrase .*2 {2}shamir .*passphrase is best/s)
  assert.doesNotMatch(menu[1]!, /key-file/)
  terminal.type('2\r')
  await terminal.waitFor(/recovery kit into.*: /s)
  terminal.type(`${kit}\r`)
  await terminal.waitFor(/How many people keep a share: /)
  terminal.type('2\r')
  await terminal.waitFor(/How many of them together open it: /)
  terminal.type('2\r')
  const shares: string[] = []
  for (const number of [1, 2]) {
    await terminal.waitFor(new RegExp(`Share ${number} of 2: let its holder come`))
    terminal.type('\r')
    const sheet = await terminal.waitFor(/␛\[\?1049h([^]+)the screen is cleared\. /)
    const lines = [...sheet[1]!.matchAll(/^ +\d+: {2}(.+?)\s*$/gm)]
    const groups = lines.flatMap(([, line = '']) => line.split(/ +/))
    assert.equal(groups.length, 20)
    terminal.type('\r')
    await terminal.waitFor(/␛\[2J␛\[\?1049l/)
    for (const wrong of [number === 1, false].filter((each, at) => each || at === 1)) {
      for (let asked = 0; asked < 2; asked++) {
        const at = Number((await terminal.waitFor(/group (\d+): /))[1])
        terminal.type(`${wrong ? 'XXXXX' : groups[at - 1]!.toLowerCase()}\r`)
      }
      if (!wrong) continue
      // A wrong group shows the share again.
      await terminal.waitFor(/compare again[^]+the screen is cleared\. /)
      terminal.type('\r')
    }
    shares.push(groups.join(' '))
  }
  const { code, stdout } = await terminal.ended
  assert.equal(code, 0, stdout)
  assert.match(stdout, /Print it, put it into a safe/)
  assert.match(readFileSync(kit, 'utf8'), /<h1>SIGILO/)

  const variables = { SIGILO_HOME: home }
  await serve(t, ['serve'], variables)
  const [one = '', two = ''] = shares
  const waiting = atTerminal('keys unseal', home)
  await waiting.waitFor(/it is not shown:/)
  waiting.type(one)
  await waiting.waitFor(/20✓[^]+Waiting for the others/)
  const last = await sigilo(['keys', 'unseal', '--secret-stdin'], variables, `${two}\n`)
  assert.equal(last.code, 0, last.stderr)
  const end = await waiting.ended
  assert.equal(end.code, 0, end.stdout)
  assert.match(end.stdout, /The vault is open/)
  for (const group of one.split(' ')) assert.ok(!end.stdout.includes(group), group)
})

test('keys destroy asks whose and why, and destroys where the id is typed once more', { skip }, async (t) => {
  const home = await madeHome(t, 'demo')
  const server = await serve(t, ['serve'], { SIGILO_HOME: home })
  const token = await tokenOf(home)
  const status = async () => (await fhir(server.origin, 'Patient/paciente-000002', token)).status
  const destroy = async (confirmation: string) => {
    const terminal = atTerminal('keys destroy', home)
    await terminal.waitFor(/Whose \(Patient\/ID\): /)
    terminal.type('Patient/paciente-000002\r')
    await terminal.waitFor(/The reason, which is kept, sealed: /)
    terminal.type('asked by the patient\r')
    await terminal.waitFor(/Patient\/paciente-000002: \d+ resources, \d+ versions/)
    await terminal.waitFor(/This cannot be undone\. Type the id of the patient to destroy it: /)
    terminal.type(confirmation)
    return terminal.ended
  }
  for (const [typed, says] of [
    ['paciente-000001\r', /Nothing was destroyed: what was typed is not that id/],
    ['\u0004', /Nothing was destroyed: nobody confirmed it at a terminal/],
  ] as const) {
    const { code, stdout } = await destroy(typed)
    assert.equal(code, 1, stdout)
    assert.match(stdout, says)
    assert.equal(await status(), 200)
  }
  const { code, stdout } = await destroy('paciente-000002\r')
  assert.equal(code, 3, stdout)
  assert.equal(await status(), 200, 'it waits for another person')
  const [id = ''] = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(stdout) ?? []
  const done = await approved({ code, stdout: id, stderr: stdout }, { SIGILO_HOME: home })
  assert.equal(done.code, 0, done.stderr)
  assert.equal(await status(), 410)
})

test('whoever leaves the question about a table imports nothing, and sees why', { skip }, async (t) => {
  const home = temporaryHome(t)
  const table = join(home, 'table.csv')
  writeFileSync(table, 'Nombre,Apellido paterno,Fecha de nacimiento\nAna,Paz,1990-01-02\n')
  for (const key of ['\u0003', '\u0004', 'no\r']) {
    const terminal = atTerminal(`import ${table}`, home)
    await terminal.waitFor(/Import it so\? \(yes\/no\) /)
    terminal.type(key)
    assert.equal((await terminal.ended).code, 1)
    assert.match(terminal.shown(), /Nothing was imported\.\s*$/)
    assert.doesNotMatch(terminal.shown(), /Error/)
  }
})
