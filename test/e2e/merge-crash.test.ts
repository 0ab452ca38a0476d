/** The server, and its PostgreSQL, killed in the middle of a merge, an unmerge and a move: nobody is read by halves, and asked again it is whole, once. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'node:test'
import { connect, type Sql } from '#kernel/db/index.ts'
import { startDemo, superuserUrlOf } from '#test/kit/process.ts'
import { atEnd } from '#test/kit/scope.ts'
import { madeHome, sigilo } from './cli-process.ts'

const [one, other] = ['broken-1', 'broken-2']
const ref = (reference: string) => ({ reference })

test('killed in the middle of merging, parting and moving', async (t) => {
  const home = await madeHome(t, 'demo')
  let vault = await startDemo(t, home)
  const run = (...words: string[]) => sigilo(words, { SIGILO_HOME: home })
  const { people } = JSON.parse(readFileSync(join(home, 'demo.json'), 'utf8')) as {
    people: { login: string; role: string }[]
  }
  const [asks, approves] = ['archivist', 'security-officer'].map(
    (role) => people.find((each) => each.role === role)!.login,
  ) as [string, string]

  const put = async (resource: { resourceType: string; id: string; [more: string]: unknown }) => {
    const { resourceType, id } = resource
    const answer = await vault.fhir(`/${resourceType}/${id}`, {
      method: 'PUT',
      body: JSON.stringify(resource),
    })
    assert.ok(answer.status < 300, await answer.text())
  }
  for (const id of [one, other]) {
    // What a Patient says of others joins nothing.
    const link = [{ other: ref('Patient/elsewhere'), type: 'seealso' }]
    await put({ resourceType: 'Patient', id, name: [{ family: 'Núñez', given: ['Elena'] }], link })
    const subject = ref(`Patient/${id}`)
    await put({ resourceType: 'Observation', id: `of-${id}`, status: 'final', code: { text: 'x' }, subject })
  }

  const names = async (path: string) => {
    const answer = await vault.fhir(path)
    assert.equal(answer.status, 200, path)
    const { entry = [] } = (await answer.json()) as { entry?: { resource: { id: string } }[] }
    return entry.map(({ resource }) => resource.id).filter((id) => id.startsWith('of-'))
  }
  /** By every way in which a record is read: all of them tell the same. */
  const isOne = async (): Promise<boolean> => {
    const told: boolean[] = []
    for (const id of [one, other])
      for (const path of [
        `/Observation?patient=${id}`,
        `/Patient/${id}/Observation`,
        `/Patient/${id}/$everything`,
        `/Observation?subject:Patient._id=${id}`,
      ])
        told.push((await names(path)).length === 2)
    assert.equal(new Set(told).size, 1, `a half: ${told.join()}`)
    return told[0]!
  }
  const linked = async (): Promise<boolean> => {
    const said = await Promise.all(
      [one, other].map(async (id) => (await (await vault.fhir(`/Patient/${id}`)).text()).includes('replace')),
    )
    assert.equal(said[0], said[1], 'one statement')
    return said[0]!
  }

  const admin: Sql[] = []
  const freed = () => Promise.all(admin.splice(0).map((sql) => sql.end({ timeout: 1 })))
  atEnd(t, freed)
  /** Holds a table, so that whoever writes to it waits. */
  const held = async (table: 'resource' | 'authority'): Promise<() => Promise<unknown>> => {
    const sql = connect(superuserUrlOf(home), { max: 1 })
    admin.push(sql)
    await sql.unsafe('begin')
    await sql.unsafe(`lock table ${table} in exclusive mode`)
    return () => sql.unsafe('commit')
  }
  const waiting = async (table: string): Promise<number[]> => {
    const [sql] = admin as [Sql]
    const found = await sql<{ pid: number }[]>`
      select pid from pg_locks where not granted and relation = ${table}::regclass`
    return found.map(({ pid }) => pid)
  }
  const someoneWaits = async (table: string): Promise<number[]> => {
    for (let tries = 0; tries < 600; tries++) {
      const pids = await waiting(table)
      if (pids.length > 0) return pids
      await delay(50)
    }
    return assert.fail(`nobody came to ${table}`)
  }
  const kill = async (victim: 'server' | 'postgres', waits: readonly number[]): Promise<void> => {
    if (victim === 'server') {
      vault.child.kill('SIGKILL')
      await once(vault.child, 'exit')
      // What it had sent ends with its connections, before whatever held it up is gone.
      const [sql] = admin as [Sql]
      for (const pid of waits) await sql`select pg_terminate_backend(${pid})`
      await freed()
    } else {
      const pid = readFileSync(join(home, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]
      process.kill(Number(pid), 'SIGKILL')
      await freed().catch(() => {})
    }
  }
  const back = async (victim: 'server' | 'postgres'): Promise<void> => {
    if (victim === 'server') vault = await startDemo(t, home)
    for (let tries = 0; tries < 300; tries++) {
      const answer = await vault.fhir('/Patient?_summary=count').catch(() => undefined)
      if (answer?.status === 200) return
      await delay(50)
    }
    assert.fail('the vault did not come back')
  }

  const ask = async (joining: 'merge' | 'unmerge'): Promise<string> => {
    const asked = await run('patients', joining, one, other, '--as', asks)
    assert.equal(asked.code, 3, asked.stderr)
    return asked.stdout.trim()
  }
  const approve = (id: string) => run('approvals', 'approve', id, '--as', approves)

  for (const [joining, at, victim, then] of [
    ['merge', 'Patients', 'server', 'the same'],
    ['unmerge', 'Patients', 'server', 'another'],
    ['merge', 'end', 'server', 'the same'],
    ['unmerge', 'end', 'postgres', 'another'],
  ] as const)
    await t.test(
      `${joining}, ${victim} killed ${at === 'end' ? 'before its end' : 'before the Patients are written'}`,
      async () => {
        const was = joining === 'unmerge'
        assert.equal(await isOne(), was)
        const id = await ask(joining)
        const release = await held('resource')
        const approving = approve(id)
        let waits = await someoneWaits('resource')
        if (at === 'end') {
          await held('authority')
          await release()
          waits = await someoneWaits('authority')
        }
        await kill(victim, waits)
        await approving
        await back(victim)
        // Whoever merges is joined at the end, and whoever parts is parted at the beginning. A server whose PostgreSQL is back goes on by itself.
        const isFinished = (await isOne()) === (joining === 'merge') && (await linked()) !== was
        if (victim === 'server') assert.equal(await isOne(), false)
        if (victim === 'server' || !isFinished) {
          // The server that is there now knows that the one which began is gone.
          const again = await approve(then === 'the same' ? id : await ask(joining))
          assert.equal(again.code, 0, again.stderr)
        }
        assert.equal(await isOne(), joining === 'merge')
        assert.equal(await linked(), joining === 'merge')
        // What was broken off counts no more.
        const late = await approve(id)
        assert.equal(await isOne(), joining === 'merge', late.stderr)
      },
    )

  for (const [victim, at] of [
    ['server', 'before it is written'],
    ['postgres', 'sooner or later'],
  ] as const)
    await t.test(`a note that is moved, ${victim} killed ${at}`, async () => {
      const id = `of-${victim}-${at.length}`
      const subject = ref(`Patient/${one}`)
      await put({ resourceType: 'Observation', id, status: 'final', code: { text: id }, subject })
      const told = async (patient: string): Promise<string[]> => {
        const answer = await vault.fhir(`/Observation?patient=${patient}&_count=50`)
        const { entry = [] } = (await answer.json()) as {
          entry?: { resource: { id: string; status: string; code: { text: string } } }[]
        }
        return entry
          .filter(({ resource }) => resource.id === id || resource.code.text === id)
          .map(({ resource }) => resource.status)
      }
      const move = () =>
        vault.fhir(`/Observation/${id}/$move`, {
          method: 'POST',
          body: JSON.stringify({
            resourceType: 'Parameters',
            parameter: [
              { name: 'patient', valueReference: ref(`Patient/${other}`) },
              { name: 'reason', valueString: 'of the other patient' },
            ],
          }),
        })
      let waits: number[] = []
      const release = await held('resource')
      const moving = move().then(
        ({ status }) => status,
        () => 0,
      )
      waits = await someoneWaits('resource')
      if (at === 'sooner or later') {
        await release()
        await delay(Math.random() * 40)
        waits = []
      }
      await kill(victim, waits)
      const status = await moving
      await back(victim)
      const [there, here] = [await told(one), await told(other)]
      if (here.length === 0) assert.deepEqual([there, status === 200], [['final'], false])
      else assert.deepEqual([there, here], [['entered-in-error'], ['final']])
      const again = await move()
      assert.equal(again.status, here.length === 0 ? 200 : 422, await again.text())
      assert.deepEqual([await told(one), await told(other)], [['entered-in-error'], ['final']], 'once')
    })

  await t.test('afterwards nothing is amiss', async () => {
    for (const words of [['verify'], ['doctor']]) {
      const ended = await run(...words)
      assert.equal(ended.code, 0, `${ended.stdout}${ended.stderr}`)
    }
  })
})
