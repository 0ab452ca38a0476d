import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { hospital } from '#demo/hospital.ts'
import { endOf, fhir, launch, root, serve, sigilo, temporaryHome, tokenOf } from './cli-process.ts'

/** From before the lock to amid the patients: each start finds what the ones before have left, and comes further. */
const killAfterMs = [60, 400, 900, 1500, 2200]
const patients = 8
const demo = ['demo', '--patients', String(patients)]

test('a first start killed at any moment is finished by the next, and nothing is written twice', async (t) => {
  const home = temporaryHome(t)
  for (const ms of killAfterMs) {
    const child = launch([process.execPath, 'src/cli/main.ts', ...demo], {
      SIGILO_HOME: home,
      SIGILO_PORT: '0',
    })
    await delay(ms)
    child.kill('SIGKILL')
    await endOf(child)
  }
  const server = await serve(t, demo, { SIGILO_HOME: home })
  const token = await tokenOf(home)
  const ask = async (path: string) => {
    const found = await fhir(server.origin, path, token)
    assert.equal(found.status, 200, path)
    return (await found.json()) as {
      total: number
      entry?: { resource: { id: string; meta: { versionId: string } } }[]
    }
  }
  const record = JSON.parse(readFileSync(join(home, 'home.json'), 'utf8')) as { demo: { made: string } }
  const want = new Map<string, number>()
  for await (const unit of hospital({ made: record.demo.made, timeZone: 'America/Mexico_City', patients })) {
    for (const { json } of unit.transactions()) {
      for (const { resource } of (JSON.parse(json) as { entry: { resource: { resourceType: string } }[] })
        .entry) {
        want.set(resource.resourceType, (want.get(resource.resourceType) ?? 0) + 1)
      }
    }
  }
  assert.equal(want.get('Patient'), patients)
  for (const [type, count] of want) {
    assert.equal((await ask(`${type}?_summary=count`)).total, count, type)
    const { entry = [] } = await ask(`${type}?_elements=id&_count=1000`)
    assert.equal(entry.length, Math.min(count, 1000), type)
    for (const { resource } of entry) assert.equal(resource.meta.versionId, '1', `${type}/${resource.id}`)
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
