import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { endOf, launch, root, temporaryHome } from './cli-process.ts'

const first = 'palabras al azar, número uno'

/** What is typed, and what the command must then say; script(1) gives it a terminal. */
const sessions: { typed: string[]; code: number; says: RegExp }[] = [
  { typed: [`${first}\r`, `${first} no\r`], code: 1, says: /The two passphrases differ/ },
  { typed: ['corta\r'], code: 1, says: /15 to 1024 characters/ },
  { typed: ['palab\u0003'], code: 1, says: /Cancelled/ },
  { typed: [`borrada\u0015${first}x\u007f\r`, `${first}\r`], code: 0, says: /Keep the passphrase away/ },
]

// Other systems have another script(1).
const skip = process.platform === 'linux' ? false : 'needs script(1) of util-linux'

test('init asks for the passphrase on the terminal, twice, and shows nothing of it', { skip }, async (t) => {
  const home = temporaryHome(t)
  const program = `${process.execPath} ${join(root, 'src/cli/main.ts')} init`
  for (const { typed, code, says } of sessions) {
    const child = launch(['script', '--quiet', '--return', '--command', program, '/dev/null'], {
      SIGILO_HOME: home,
    })
    const ended = endOf(child)
    let shown = ''
    child.stdout?.on('data', (chunk: string) => (shown += chunk))
    for (const [asked, line] of typed.entries()) {
      while (shown.split(': ').length < asked + 2) await delay(10)
      child.stdin?.write(line)
    }
    const end = await ended
    assert.equal(end.code, code, end.stdout)
    assert.match(end.stdout, says)
    assert.doesNotMatch(end.stdout, /palab|borrada|corta/)
  }
})
