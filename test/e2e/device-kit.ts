/** What every opener of a device has to do, from making the vault to the device's absence. */
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
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

/** Open, and records are read. */
export async function isOpen(origin: string, variables: Variables): Promise<void> {
  const status = await sigilo(['keys', 'status'], variables)
  assert.equal(status.code, 0, `${status.stdout}${status.stderr}`)
  const token = await tokenOf(variables['SIGILO_HOME'] ?? '')
  assert.equal((await fhir(origin, aPatient, token)).status, 200)
}

/** Sealed, records answer 503, and the status says why, in both languages. */
export async function isSealed(
  origin: string,
  variables: Variables,
  why?: { en: RegExp; es: RegExp },
): Promise<void> {
  assert.match(await (await fetch(`${origin}/health`)).text(), /"status":"sealed"/)
  assert.equal((await fhir(origin, aPatient, 'sgl_any')).status, 503)
  if (!why) return
  for (const [language, words] of Object.entries(why)) {
    const status = await sigilo(['keys', 'status'], { ...variables, LANG: `${language}_MX.UTF-8` })
    assert.equal(status.code, 5)
    assert.match(status.stderr, words)
  }
}

/** It opens by itself once the device is back: it was tried again meanwhile. */
export async function opensByItself(variables: Variables, secondsMax = 30): Promise<void> {
  for (let waited = 0; ; waited += 0.5) {
    const status = await sigilo(['keys', 'status'], variables)
    if (status.code === 0) return
    if (waited > secondsMax) assert.fail(`still sealed: ${status.stderr}`)
    await delay(500)
  }
}

/** The same wrong secret again and again: each is counted, and from the fifth on one has to wait. */
export async function wrongUntilSlow(
  variables: Variables,
  says: RegExp,
  lines: string[] = [],
): Promise<void> {
  const args = ['keys', 'unseal', ...(lines.length > 0 ? ['--pin', '--secret-stdin'] : [])]
  const input = lines.map((line) => `${line}\n`).join('')
  let counted = 0
  for (let tries = 0; tries < 10; tries++) {
    const { code, stderr } = await sigilo(args, variables, input)
    assert.equal(code, 1)
    if (/Too many attempts/.test(stderr)) {
      assert.ok(counted >= 5, `only ${counted} in a row`)
      return
    }
    assert.match(stderr, says)
    counted = Number(/That is (\d+) wrong in a row/.exec(stderr)?.[1] ?? 1)
  }
  assert.fail('nobody ever had to wait')
}

/** `keys unseal`, and what it says. */
export async function unsealing(
  variables: Variables,
  code: number,
  says: RegExp,
  lines: string[] = [],
): Promise<void> {
  const args = ['keys', 'unseal', ...(lines.length > 0 ? ['--pin', '--secret-stdin'] : [])]
  const ended = await sigilo(args, variables, lines.map((line) => `${line}\n`).join(''))
  assert.match(ended.stderr, says)
  assert.equal(ended.code, code, ended.stderr)
}
