/** What every opener of a device has to do, from making the vault to the device's absence. */
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { askServer } from '#cli/control/client.ts'
import { controlSocketPath } from '#cli/home/runtime.ts'
import type { SecretSent } from '#cli/openers/sent.ts'
import { fhir, sigilo, tokenOf, type Variables } from './cli-process.ts'

export const aPatient = 'Patient/paciente-000001'

export async function madeWith(
  variables: Variables,
  opener: string,
  where: Record<string, string | number>,
  lines: string[] = [],
): Promise<void> {
  const places = Object.entries(where).flatMap(([name, value]) => ['--where', `${name}=${value}`])
  const made = await sigilo(
    ['init', '--demo', '--patients', '1', '--opener', opener, ...places, '--secret-stdin'],
    variables,
    lines.map((line) => `${line}\n`).join(''),
  )
  assert.equal(made.code, 0, made.stderr)
}

/** Of each home: it is good for longer than a test takes, through restarts. */
const tokens = new Map<string, string>()

/** Open, or about to be by itself, and records are read. */
export async function isOpen(origin: string, variables: Variables, secondsMax = 60): Promise<void> {
  for (let waited = 0; !/"status":"ok"/.test(await healthOf(origin)); waited += 0.1) {
    if (waited > secondsMax) assert.fail((await sigilo(['keys', 'status'], variables)).stderr)
    await delay(100)
  }
  const home = variables['SIGILO_HOME'] ?? ''
  const token = tokens.get(home) ?? (await tokenOf(home))
  tokens.set(home, token)
  assert.equal((await fhir(origin, aPatient, token)).status, 200)
}

const healthOf = async (origin: string) => (await fetch(`${origin}/health`)).text()

/** Sealed, records answer 503, and the status says why, in both languages. */
export async function isSealed(
  origin: string,
  variables: Variables,
  why?: { en: RegExp; es: RegExp },
): Promise<void> {
  assert.match(await healthOf(origin), /"status":"sealed"/)
  assert.equal((await fhir(origin, aPatient, 'sgl_any')).status, 503)
  if (!why) return
  for (const [language, words] of Object.entries(why)) {
    const status = await sigilo(['keys', 'status'], { ...variables, LANG: `${language}_MX.UTF-8` })
    assert.equal(status.code, 5)
    assert.match(status.stderr, words)
  }
}

/** The same wrong secret again and again: each is counted, and from the fifth on one has to wait. */
export async function wrongUntilSlow(
  variables: Variables,
  says: RegExp,
  sent: SecretSent & { pin?: string },
): Promise<void> {
  const lines = sent.pin === undefined ? [] : [sent.pin]
  await unsealing(variables, 1, says, lines)
  await unsealing(variables, 1, /That is \d+ wrong in a row/, lines)
  // As the command sends it.
  const socket = controlSocketPath(variables['SIGILO_HOME'] ?? '')
  let counted = 0
  for (let tries = 0; ; tries++) {
    const asked = await askServer(socket, 'POST /unseal', { secret: sent })
    assert.ok(asked.status === 'answered' && tries < 10, 'nobody ever had to wait')
    if (asked.answer.status === 'too-many-attempts') break
    assert.ok(asked.answer.status === 'device-refused' && 'wrong' in asked.answer, asked.answer.status)
    counted = asked.answer.wrong ?? 0
  }
  assert.ok(counted >= 5, `only ${counted} in a row`)
  // The first waits are over before a command has begun on a busy machine.
  for (let tries = 0; tries < 6; tries++) {
    const { stderr } = await sigilo(commandOf(lines), variables, inputOf(lines))
    if (/Too many attempts/.test(stderr)) return
    assert.match(stderr, says)
  }
  assert.fail('no command says that one has to wait')
}

/** `keys unseal`, and what it says. */
export async function unsealing(
  variables: Variables,
  code: number,
  says: RegExp,
  lines: string[] = [],
): Promise<void> {
  const ended = await sigilo(commandOf(lines), variables, inputOf(lines))
  assert.match(ended.stderr, says)
  assert.equal(ended.code, code, ended.stderr)
}

const commandOf = (lines: string[]) => [
  'keys',
  'unseal',
  ...(lines.length > 0 ? ['--pin', '--secret-stdin'] : []),
]
const inputOf = (lines: string[]) => lines.map((line) => `${line}\n`).join('')
