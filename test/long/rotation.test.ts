/** Keys that change while the vault is written to, and while it is killed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { askServer } from '#cli/control/client.ts'
import { controlSocketPath } from '#cli/home/runtime.ts'
import type { Sql } from '#kernel/db/index.ts'
import { fhir, serve, sigilo, type Running } from '../e2e/cli-process.ts'
import { told, twoServers } from '../e2e/two-servers.ts'

async function healthOf({ origin }: Running): Promise<string> {
  const health = (await (await fetch(`${origin}/health`)).json()) as { status: string }
  return health.status
}

/** Waits until it is another than it is now. */
async function rootChanged(sql: Sql): Promise<void> {
  const now = async () => (await sql`select root from vault`)[0]!['root']
  const before = await now()
  for (let n = 0; n < 1000 && (await now()) === before; n++) await delay(5)
}

const read = ({ origin }: Running, token: string) => fhir(origin, 'Patient/paciente-000001', token)

test('keys rotate while both servers are written to: nothing is lost and nothing stops', async (t) => {
  const { sql, variables, first, second, token } = await twoServers(t)
  const servers = [first, second]
  const written: string[] = []
  const slow: number[] = []
  let stop = false
  const writing = [0, 1, 2, 3].map(async (writer) => {
    for (let n = 0; !stop; n++) {
      const id = `girado-${writer}-${n}`
      const began = performance.now()
      const put = await fhir(servers[writer % 2]!.origin, `Patient/${id}`, token, {
        resourceType: 'Patient',
        id,
        gender: 'unknown',
      })
      assert.equal(put.status, 201, await put.text())
      slow.push(performance.now() - began)
      written.push(id)
    }
  })
  await delay(500)
  const early = await sql`select id from keyring where purpose = 'epoch'`
  const began = performance.now()
  for (let round = 0; round < 3; round++) {
    for (const [n, mine] of variables.entries()) {
      const root = await sigilo(['keys', 'rotate', '--root', '--json'], mine)
      assert.equal(root.code, 0, root.stderr)
      const all = await sigilo(['keys', 'rotate', '--json'], mine)
      assert.equal(all.code, 0, `${n} ${all.stderr}`)
      assert.ok(JSON.parse(all.stdout).ended >= 1)
    }
  }
  const took = performance.now() - began
  stop = true
  await Promise.all(writing)
  const longest = Math.max(...slow)
  t.diagnostic(
    `${written.length} written during 12 rotations in ${took.toFixed(0)} ms; the slowest took ${longest.toFixed(0)} ms`,
  )
  assert.ok(longest < 3000)
  const status = await told(variables[0])
  assert.deepEqual(
    [status.root.number, status.underWay, status.broken],
    [13, { epochs: 0, patientKeys: 0, running: false }, 0],
  )
  const left = new Set((await sql`select id from keyring`).map(({ id }) => id))
  assert.ok(
    early.every(({ id }) => !left.has(id)),
    'no key of before is left',
  )
  await first.stop()
  await second.stop()
  const fresh = await serve(t, ['serve'], variables[0])
  for (const id of written) {
    assert.equal((await fhir(fresh.origin, `Patient/${id}`, token)).status, 200, id)
  }
  assert.equal((await read(fresh, token)).status, 200)
})

test('killed at any moment of a rotation, it goes on at the next start, and nothing is lost', async (t) => {
  const { sql, variables, first, second, token } = await twoServers(t)
  const written: string[] = []
  let stop = false
  const writing = (async () => {
    for (let n = 0; !stop; n++) {
      const id = `cortado-${n}`
      const put = await fhir(second.origin, `Patient/${id}`, token, { resourceType: 'Patient', id })
      assert.equal(put.status, 201, await put.text())
      written.push(id)
    }
  })()
  for (; written.length < 200;) await delay(50)
  let [victim, begun] = [first, 0]
  for (let round = 0; round < 6; round++) {
    // Some are killed before they answer, and some long after.
    const asked = askServer(controlSocketPath(variables[0].SIGILO_HOME), 'POST /rotate', { rootAlone: false })
    asked.catch(() => {})
    // Half of them once the root key is changed, which is when patient keys begin to move.
    if (round % 2 === 0) await rootChanged(sql)
    await delay(Math.random() * 200)
    await victim.stop('SIGKILL')
    const [ended] = await sql`select count(*)::int as n from keyring where retired_at is not null`
    if (ended!['n'] > 0) begun++
    victim = await serve(t, ['serve'], variables[0])
    assert.equal(await healthOf(victim), 'ok')
  }
  // With no further order, the start finishes what was begun.
  for (let n = 0; n < 100 && (await told(variables[0])).underWay.epochs > 0; n++) await delay(100)
  assert.deepEqual((await told(variables[0])).underWay, { epochs: 0, patientKeys: 0, running: false })
  const again = await sigilo(['keys', 'rotate', '--json'], variables[0])
  assert.equal(again.code, 0, again.stderr)
  stop = true
  await writing
  const [lost] =
    await sql`select count(*)::int as n from compartment c where not exists (select from keyring k where k.id = c.epoch)`
  assert.equal(lost?.['n'], 0)
  await victim.stop()
  await second.stop()
  const fresh = await serve(t, ['serve'], variables[1])
  for (const id of written) assert.equal((await fhir(fresh.origin, `Patient/${id}`, token)).status, 200, id)
  assert.equal((await read(fresh, token)).status, 200)
  const changes = (await told(variables[1])).root.number - 1
  assert.ok(changes > 1, 'every kill came before it had begun')
  t.diagnostic(
    `${written.length} written; ${changes} changes of the root key; ${begun} of 6 killed before the end`,
  )
})
