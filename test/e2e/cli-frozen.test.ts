/** A stop is bounded, whatever PostgreSQL does: a service manager kills what takes longer, and a person pulls the plug. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fhir, madeHome, serve, tokenOf } from './cli-process.ts'

/** Five seconds, and what a crowded machine takes to begin and to end them. */
const stopMsMax = 8_000

/** PostgreSQL's own process of a home, and its children. */
function postgresOf(home: string): { data: string; pids: number[] } {
  const data = execFileSync('find', [home, '-name', 'postmaster.pid', '-printf', '%h'], { encoding: 'utf8' })
  const postmaster = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
  const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8')
  return { data, pids: [postmaster, ...children.trim().split(' ').map(Number)] }
}

const isAlive = (pid: number) => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

test('stopped while PostgreSQL is frozen, it ends in time and leaves no process behind', async (t) => {
  const home = await madeHome(t, 'demo')
  const variables = { SIGILO_HOME: home }
  const server = await serve(t, ['serve'], variables)
  const token = await tokenOf(home)
  const patient = { resourceType: 'Patient', id: 'antes', gender: 'unknown' }
  assert.equal((await fhir(server.origin, 'Patient/antes', token, patient)).status, 201)
  const { pids } = postgresOf(home)
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  t.after(() => {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  })
  // Requests that get no answer are under way.
  const waiting = [1, 2, 3].map((n) =>
    fhir(server.origin, `Patient/durante-${n}`, token, { ...patient, id: `durante-${n}` }).catch(() => {}),
  )
  const stopped = await server.stop()
  t.diagnostic(`ended with ${stopped.code} after ${stopped.ms.toFixed(0)} ms`)
  assert.ok(stopped.ms < stopMsMax, `${stopped.ms} ms`)
  await Promise.all(waiting)
  assert.deepEqual(pids.filter(isAlive), [])

  const again = await serve(t, ['serve'], variables)
  assert.equal((await fhir(again.origin, 'Patient/antes', await tokenOf(home))).status, 200)
  assert.equal((await again.stop()).code, 0)
})

test("stopped after PostgreSQL's files have vanished, it ends in time", async (t) => {
  const home = await madeHome(t, 'demo')
  const server = await serve(t, ['serve'], { SIGILO_HOME: home })
  const token = await tokenOf(home)
  const { data, pids } = postgresOf(home)
  rmSync(data, { recursive: true, force: true })
  await fhir(server.origin, 'Patient/x', token, { resourceType: 'Patient', id: 'x' }).catch(() => {})
  const stopped = await server.stop()
  t.diagnostic(`ended with ${stopped.code} after ${stopped.ms.toFixed(0)} ms`)
  assert.ok(stopped.ms < stopMsMax, `${stopped.ms} ms`)
  assert.deepEqual(pids.filter(isAlive), [])
})
