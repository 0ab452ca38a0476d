import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { endOf, fhir, launch, root, serve, sigilo, temporaryHome, tokenOf } from './cli-process.ts'

/** From before the lock to after the last patient, about evenly; a first start takes two to four seconds. */
const killAfterMs = [60, 350, 600, 900, 1200, 1500, 1800, 2100]

test('a first start killed at any moment is finished by the next', async (t) => {
  const home = temporaryHome(t)
  // One home for all: each kill finds what the one before has left.
  for (const ms of killAfterMs) {
    const child = launch([process.execPath, 'src/cli/main.ts', 'demo'], {
      SIGILO_HOME: home,
      SIGILO_PORT: '0',
    })
    await delay(ms)
    child.kill('SIGKILL')
    await endOf(child)
  }
  const server = await serve(t, ['demo'], { SIGILO_HOME: home })
  const token = await tokenOf(home)
  for (let seat = 1; seat <= 10; seat++) {
    const id = `paciente-${String(seat).padStart(2, '0')}`
    const read = await fhir(server.origin, `Patient/${id}`, token)
    assert.equal(read.status, 200, id)
    assert.equal(read.headers.get('etag'), 'W/"1"', `${id} was written once`)
    assert.equal((await fhir(server.origin, `Observation/${id}-medida-2345-7-2`, token)).status, 200, id)
  }
})

test('an init killed half way is finished by the next, with another passphrase too', async (t) => {
  const home = temporaryHome(t)
  const variables = { SIGILO_HOME: home }
  const args = ['init', '--passphrase-stdin']
  const first = launch([process.execPath, `${root}src/cli/main.ts`, ...args], variables)
  const ended = endOf(first)
  first.stdin?.end('una frase que después se olvida\n')
  await delay(1_300)
  first.kill('SIGKILL')
  await ended
  const served = await sigilo(['serve'], variables)
  if (served.code === 8) assert.match(served.stderr, /half made|no vault/)
  const passphrase = 'otra frase, la que sí se guardó\n'
  const second = await sigilo(args, variables, passphrase)
  // The kill may have come too late, and then the vault is whole.
  assert.ok(second.code === 0 || /nothing was changed/.test(second.stderr), second.stderr)
  if (second.code !== 0) return
  const server = await serve(t, ['serve'], variables)
  assert.equal((await sigilo(['keys', 'unseal', '--passphrase-stdin'], variables, passphrase)).code, 0)
  assert.equal((await server.stop()).code, 0)
})
