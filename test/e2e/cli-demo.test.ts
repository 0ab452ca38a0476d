import assert from 'node:assert/strict'
import { readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { fhir, madeHome, serve, sigilo, smallDemo, temporaryHome, tokenOf } from './cli-process.ts'

/** Of the first start, however slow the machine: a later one makes nothing. */
const laterShareMax = 1 / 2
const stopMsMax = 5_000

test('a demonstration, from the first start to the last stop', async (t) => {
  const home = temporaryHome(t)
  const variables = { SIGILO_HOME: home }

  const first = await serve(t, ['demo', '--patients', '12'], variables)
  assert.match(first.origin, /^http:\/\/localhost:\d+$/)

  const token = await t
    .test('a token opens what is closed without one', async () => {
      assert.equal((await fetch(`${first.origin}/health`)).status, 200)
      assert.equal((await fhir(first.origin, 'Patient/paciente-000001')).status, 401)
      assert.equal((await fhir(first.origin, 'Patient/paciente-000001', 'sgl_wrong')).status, 401)
    })
    .then(() => tokenOf(home))
  const json = JSON.parse((await sigilo(['token', '--json'], variables)).stdout)
  assert.deepEqual(Object.keys(json), ['token', 'expires'])

  const read = await fhir(first.origin, 'Patient/paciente-000001', token)
  assert.equal(read.status, 200)
  assert.match(await read.text(), /"family":"Hernández Arenas"/)

  await t.test('it says how far it has come', () => {
    assert.match(first.said(), /^ +12 of 12 patients · \d+(\.\d)? a second$/m)
    assert.doesNotMatch(
      first.said(),
      /WARNING|Unsupported/,
      'what a library says of itself when it is loaded',
    )
  })

  await t.test('today has its appointments, and another number of patients is refused', async () => {
    const today = new Date().toLocaleDateString('en-CA', { timeZone: 'America/Mexico_City' })
    const found = await fhir(first.origin, `Appointment?date=${today}&_summary=count`, token)
    assert.equal(((await found.json()) as { total: number }).total, 12)
    const nonsense = await sigilo(['demo', '--patients', 'many'], variables)
    assert.equal(nonsense.code, 2)
    assert.match(nonsense.stderr, /from 1 to 100000/)
  })

  await t.test('it listens on both loopback addresses', async () => {
    const { port } = new URL(first.origin)
    for (const host of ['127.0.0.1', '[::1]']) {
      assert.equal((await fetch(`http://${host}:${port}/health`)).status, 200, host)
    }
  })

  await t.test('nothing in the home is open to other users', () => {
    assert.equal(statSync(home).mode & 0o067, 0)
    for (const name of readdirSync(home)) {
      const { mode } = statSync(join(home, name))
      assert.equal(mode & 0o067, 0, name)
    }
    assert.equal(statSync(join(home, 'opener.key')).mode & 0o777, 0o600)
    assert.equal(statSync(join(home, 'run/control.sock')).mode & 0o777, 0o600)
  })

  await t.test('a second start names the home that is in use', async () => {
    const second = await sigilo(['demo'], { ...variables, SIGILO_PORT: '0' })
    assert.equal(second.code, 4)
    assert.match(second.stderr, new RegExp(`${home} is already in use`))
  })

  await t.test('a port in use is said so', async () => {
    const { port } = new URL(first.origin)
    const other = await madeHome(t, 'demo')
    const second = await sigilo(smallDemo, { SIGILO_HOME: other, SIGILO_PORT: port })
    assert.equal(second.code, 7)
    assert.match(second.stderr, new RegExp(`already uses port ${port}`))
    assert.deepEqual(postgresOf(other), [])
    const beside = await serve(t, ['serve'], { SIGILO_HOME: other })
    assert.notEqual(beside.origin, first.origin)
    const foreign = await fhir(beside.origin, 'Patient/paciente-000001', token)
    assert.equal(foreign.status, 401, "one home's token opens no other home")
    assert.equal((await beside.stop()).code, 0)
  })

  const written = await fhir(first.origin, 'Patient/kept', token, { resourceType: 'Patient', id: 'kept' })
  assert.equal(written.status, 201)
  const stopped = await first.stop('SIGTERM')
  assert.equal(stopped.code, 0, stopped.stderr)
  assert.ok(stopped.ms < stopMsMax, `stop took ${stopped.ms} ms`)
  assert.deepEqual(postgresOf(home), [], 'PostgreSQL is stopped too')

  const second = await serve(t, ['serve'], variables)
  const laterMsMax = first.readyMs * laterShareMax
  assert.ok(second.readyMs < laterMsMax, `second start took ${second.readyMs} ms`)
  assert.equal((await fhir(second.origin, 'Patient/kept', token)).status, 200)

  await t.test(
    'killed, it starts again on what it acknowledged, and stops the PostgreSQL left behind',
    async () => {
      const more = await fhir(second.origin, 'Patient/kept-2', token, {
        resourceType: 'Patient',
        id: 'kept-2',
      })
      assert.equal(more.status, 201)
      await second.stop('SIGKILL')
      const [left] = postgresOf(home)
      assert.ok(left, 'PostgreSQL outlives a killed server')
      const third = await serve(t, ['demo'], variables)
      assert.ok(third.readyMs < laterMsMax, `start after a kill took ${third.readyMs} ms`)
      assert.ok(!postgresOf(home).includes(left))
      assert.equal((await fhir(third.origin, 'Patient/kept-2', token)).status, 200)
      assert.equal((await third.stop('SIGINT')).code, 0)
    },
  )

  await t.test('without a server, token says how to start one', async () => {
    const refused = await sigilo(['token'], variables)
    assert.deepEqual([refused.code, refused.stdout], [6, ''])
    assert.match(refused.stderr, /sigilo demo/)
  })
})

test('SIGTERM in the middle of a write: the write is finished and answered', async (t) => {
  const home = await madeHome(t, 'demo')
  const server = await serve(t, smallDemo, { SIGILO_HOME: home })
  const token = await tokenOf(home)
  const body = JSON.stringify({ resourceType: 'Patient', id: 'half', active: true })
  const outgoing = request(`${server.origin}/fhir/R4/Patient/half`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/fhir+json',
      'content-length': Buffer.byteLength(body),
    },
  })
  const status = new Promise((resolve, reject) => {
    outgoing.once('response', (response) => resolve(response.resume().statusCode))
    outgoing.once('error', reject)
  })
  outgoing.write(body.slice(0, 10))
  await new Promise((resolve) => setTimeout(resolve, 200))
  const stopped = server.stop('SIGTERM')
  await new Promise((resolve) => setTimeout(resolve, 100))
  outgoing.end(body.slice(10))
  assert.equal(await status, 201)
  const { code, ms } = await stopped
  assert.equal(code, 0)
  assert.ok(ms < stopMsMax, `stop took ${ms} ms`)
  const again = await serve(t, smallDemo, { SIGILO_HOME: home })
  assert.equal((await fhir(again.origin, 'Patient/half', token)).status, 200)
})

test('a sender who never finishes does not hold up the stop', async (t) => {
  const server = await serve(t, smallDemo, { SIGILO_HOME: await madeHome(t, 'demo') })
  const outgoing = request(`${server.origin}/fhir/R4/Patient`, {
    method: 'POST',
    headers: { 'content-length': 100 },
  })
  outgoing.once('error', () => {})
  outgoing.write('{')
  await new Promise((resolve) => setTimeout(resolve, 200))
  const { code, ms } = await server.stop('SIGTERM')
  assert.equal(code, 0)
  assert.ok(ms < stopMsMax, `stop took ${ms} ms`)
})

test('a directory that holds something else is refused, and left as it is', async (t) => {
  const home = temporaryHome(t)
  writeFileSync(join(home, 'thesis.txt'), 'years of work')
  const refused = await sigilo(['demo'], { SIGILO_HOME: home })
  assert.equal(refused.code, 8)
  assert.match(refused.stderr, /thesis\.txt/)
  assert.deepEqual(readdirSync(home), ['thesis.txt'])
  writeFileSync(join(home, 'home.json'), '{"format": 99}')
  assert.equal((await sigilo(['serve'], { SIGILO_HOME: home })).code, 8)
})

/** PostgreSQL's processes whose working directory lies in the home. */
function postgresOf(home: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const inHome = readlinkSync(`/proc/${pid}/cwd`).startsWith(`${home}/`)
        return inHome && readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres')
      } catch {
        return false
      }
    })
    .map(Number)
}
