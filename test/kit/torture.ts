import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { startDemo, type VaultProcess } from './process.ts'
import type { Scope } from './scope.ts'

/** What the server said is written: the mark that the version must hold. */
type Acknowledged = { place: string; version: number; mark: string }

const WRITERS = 12

/**
 * Of a home that is made. Kills the server or its PostgreSQL with SIGKILL at random moments under write load, `rounds` times, and after each
 * looks whether every acknowledged write is there, whole. Gives how many writes were acknowledged.
 */
export async function torture(
  t: Scope,
  home: string,
  rounds: number,
): Promise<{ acknowledged: number; unanswered: number }> {
  let vault = await startDemo(t, home)
  let acknowledged = 0
  let unanswered = 0
  for (let round = 0; round < rounds; round++) {
    const written: Acknowledged[] = []
    let going = true
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      for (let n = 0; going; n++) {
        try {
          written.push(...(await write(vault, `${round}-${writer}-${n}`, (writer + n) % 4)))
        } catch (error) {
          // A connection that broke says nothing of the write: either is right. A refusal that is none is a fault.
          if (error instanceof assert.AssertionError) throw error
          unanswered++
          await wait(5)
        }
      }
    })
    await wait(30 + Math.random() * 300)
    const victim = round % 2 === 0 ? 'server' : 'postgres'
    if (victim === 'server') {
      vault.child.kill('SIGKILL')
      await once(vault.child, 'exit')
    } else {
      process.kill(
        Number(readFileSync(join(home, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]),
        'SIGKILL',
      )
      await wait(100)
    }
    going = false
    await Promise.all(writers)
    if (victim === 'server') vault = await startDemo(t, home)
    await recovered(vault)
    for (const each of written) await check(vault, each)
    acknowledged += written.length
  }
  await vault.stop()
  return { acknowledged, unanswered }
}

async function write(vault: VaultProcess, mark: string, kind: number): Promise<Acknowledged[]> {
  const basic = { resourceType: 'Basic', code: { text: mark } }
  if (kind === 0) {
    const response = await vault.fhir('/Basic', { method: 'POST', body: JSON.stringify(basic) })
    if (!accepted(response, 201)) return []
    const { id } = (await response.json()) as { id: string }
    return [{ place: `Basic/${id}`, version: 1, mark }]
  }
  if (kind === 1) {
    const id = `shared-${mark.length % 3}`
    const response = await vault.fhir(`/Basic/${id}`, {
      method: 'PUT',
      body: JSON.stringify({ ...basic, id }),
    })
    if (!accepted(response, 200, 201)) return []
    const { meta } = (await response.json()) as { meta: { versionId: string } }
    return [{ place: `Basic/${id}`, version: Number(meta.versionId), mark }]
  }
  const entry = Array.from({ length: 3 }, (_, n) => ({
    fullUrl: `urn:uuid:00000000-0000-4000-8000-00000000000${n}`,
    request: { method: 'POST', url: 'Basic' },
    resource: { ...basic, ...(kind === 3 ? { subject: { reference: `Patient/p-${mark}` } } : {}) },
  }))
  const bundle = { resourceType: 'Bundle', type: 'transaction', entry }
  const response = await vault.fhir('', { method: 'POST', body: JSON.stringify(bundle) })
  if (!accepted(response, 200)) return []
  const answer = (await response.json()) as { entry: { response: { location: string } }[] }
  return answer.entry.map(({ response: { location } }) => ({
    place: location.split('/_history/')[0] as string,
    version: 1,
    mark,
  }))
}

/** 5xx under a killed database is an honest answer, and no acknowledgement. */
function accepted(response: Response, ...statuses: number[]): boolean {
  if (response.status >= 500) return false
  assert.ok(statuses.includes(response.status), `status ${response.status}`)
  return true
}

async function recovered(vault: VaultProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const response = await vault.fhir('/Basic?_summary=count').catch(() => undefined)
    if (response?.status === 200) return
    await wait(50)
  }
  assert.fail('the vault did not come back within 10 s')
}

async function check(vault: VaultProcess, { place, version, mark }: Acknowledged): Promise<void> {
  const response = await vault.fhir(`/${place}/_history/${version}`)
  assert.equal(response.status, 200, `${place}, version ${version}, was acknowledged`)
  const { code } = (await response.json()) as { code: { text: string } }
  assert.equal(code.text, mark, `${place}, version ${version}`)
}
