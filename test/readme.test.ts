import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { commandEnvironment } from './kit/environment.ts'
import { testHome } from './kit/process.ts'
import { atEnd } from './kit/scope.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(new URL(path, new URL('..', import.meta.url)), 'utf8')
const readme = read('README.md')

/** Fenced blocks in their order; `sh` are commands, and the one without a name after it is what they print. */
const blocks = [...readme.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, language = '', text = '']) => ({
  language,
  text: text.trim(),
}))
const commands = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text)
/** Those that a vault answers; the others are for installing and testing. */
const requests = commands.filter((text) => /\b(curl|npx sigilo)\b/.test(text))

test('what the README says for installing and testing is what CI runs, in that order', () => {
  const said = commands
    .filter((text) => !requests.includes(text))
    .flatMap((text) => text.split(/\n| && /))
    .filter((command) => command !== 'npm start')
  const run = read('.ci/run')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('npm '))
  assert.deepEqual(run, said)
})

test('every npm script that documents name is there, and every one there is named', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const text = ['README.md', 'CONTRIBUTING.md', 'docs/ARCHITECTURE.md'].map(read).join('\n')
  const named = new Set([...text.matchAll(/\bnpm (?:run )?([a-z:]+)/g)].map(([, name = '']) => name))
  for (const own of ['ci', 'install', 'packages']) named.delete(own)
  assert.deepEqual([...named].toSorted(), Object.keys(scripts).toSorted())
})

const hasCurl = spawnSync('curl', ['--version']).status === 0

test(
  'the requests of the README, as they stand',
  { skip: hasCurl ? false : 'there is no curl', timeout: 120_000 },
  async (t) => {
    const port = await freePort()
    const env = commandEnvironment({
      SIGILO_HOME: await testHome(t),
      SIGILO_PORT: String(port),
      LC_ALL: 'C',
    })
    const vault = spawn('npm', ['start'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    vault.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    atEnd(t, async () => {
      if (vault.exitCode !== null) return
      vault.kill('SIGTERM')
      await once(vault, 'exit')
    })
    const promised = /`(ready http:\S+)`/.exec(readme)?.[1]?.replace('8080', String(port))
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: vault.stdout }).on('line', (line) => {
        if (line === promised) resolve()
      })
      vault.once('exit', (code) => reject(new Error(`npm start ended with ${code}: ${said}`)))
    })

    assert.match(said, /^ +60 of 60 patients · \d+(\.\d)? a second$/m)

    // One shell for all, as a reader has: the token of the first block is used by the others.
    const script = requests
      .map((text) => `echo "-- block"\n${text.replaceAll('localhost:8080', `localhost:${port}`)}\necho`)
      .join('\n')
    const shell = spawnSync('bash', ['-euo', 'pipefail', '-c', script], { cwd: root, env, encoding: 'utf8' })
    const printed = shell.stdout.split('-- block\n').slice(1)
    assert.equal(printed.length, requests.length, shell.stderr)
    for (const [index, text] of requests.entries()) {
      const next = blocks[blocks.findIndex((block) => block.text === text) + 1]
      const result = printed[index] ?? ''
      if (next?.language === '') assert.match(result, patternOf(next.text), text)
    }
    // The last is doctor: nothing is wrong with a new demonstration.
    assert.equal(shell.status, 0, `${shell.stdout}${shell.stderr}`)
  },
)

/** `…` in a result stands for what differs from run to run, or is left out. */
function patternOf(text: string): RegExp {
  return new RegExp(text.split('…').map(RegExp.escape).join('.*'))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
