import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { testDatabase } from '#test/kit/index.ts'
import { fhir, serve, sigilo, smallDemo, temporaryHome, tokenOf } from './cli-process.ts'

test('DATABASE_URL: another PostgreSQL, as a role without powers', async (t) => {
  const { sql, url, superuserUrl } = await testDatabase(t, { empty: true })
  const home = temporaryHome(t)
  const variables = { SIGILO_HOME: home, DATABASE_URL: url }
  const server = await serve(t, smallDemo, variables)
  assert.ok(!existsSync(join(home, 'postgres')), 'no PostgreSQL of its own')
  const token = await tokenOf(home)
  assert.equal((await fhir(server.origin, 'Patient/paciente-000001', token)).status, 200)

  await t.test('doctor asks the running server, and says so where the database does not sync', async () => {
    const { port } = new URL(server.origin)
    const { code, stdout } = await sigilo(['doctor', '--json'], { ...variables, SIGILO_PORT: port })
    const { findings }: { findings: { check: string; status: string; text: string }[] } = JSON.parse(stdout)
    const bad = findings.filter(({ status }) => status === 'bad')
    // The tests' own PostgreSQL runs without fsync; one that was given may run with it.
    const [row] = await sql`select current_setting('fsync')::bool as syncs`
    assert.deepEqual(
      bad.map(({ check }) => check),
      row?.['syncs'] ? [] : ['durability'],
    )
    assert.equal(code, bad.length === 0 ? 0 : 1)
  })
  await t.test(
    'what keeps the directory from taking up what is written is logged once, and said by doctor',
    async () => {
      const { port } = new URL(server.origin)
      const told = async () => {
        const { stdout } = await sigilo(['doctor', '--json'], { ...variables, SIGILO_PORT: port })
        const { findings }: { findings: { check: string; status: string; text: string; cure?: string }[] } =
          JSON.parse(stdout)
        return findings.find(({ check }) => check === 'directory-pending')
      }
      const patients = async (letter: string) => {
        const ids = Array.from({ length: 40 }, (_, n) => `${letter}${n}`)
        const put = (id: string) => {
          const name = [{ family: `Secreto${id}`, given: ['Ana'] }]
          return fhir(server.origin, `Patient/${id}`, token, { resourceType: 'Patient', id, name })
        }
        for (const answer of await Promise.all(ids.map(put))) assert.equal(answer.status, 201)
      }
      const until = async (isSo: () => Promise<boolean>) => {
        for (let tries = 0; !(await isSo()); tries++) assert.ok(tries < 100)
      }
      assert.equal((await told())?.status, 'ok')
      await sql`
      create function planted() returns trigger language plpgsql as $$ begin raise exception 'planted'; end $$`
      await sql`create trigger planted after insert on directory for each statement execute function planted()`
      for (const letter of ['a', 'b']) {
        await patients(letter)
        await until(async () => (await told())?.status === 'warning')
      }
      const { text, cure } = (await told())!
      assert.match(
        text,
        /^\d+ writes wait to be moved into the directory, and have not been for \d+ s: P0001$/,
      )
      assert.match(cure ?? '', /server\.log/)
      const log = readFileSync(join(home, 'server.log'), 'utf8')
      assert.equal(log.match(/fault of the directory/g)?.length, 1)
      assert.doesNotMatch(log, /Secreto/)
      await sql`drop trigger planted on directory`
      await patients('c')
      await until(async () => (await told())?.status === 'ok')
    },
  )
  assert.equal((await server.stop()).code, 0)

  await t.test('doctor sees a role with too many powers', async () => {
    const { stdout } = await sigilo(['doctor'], {
      ...variables,
      DATABASE_URL: superuserUrl,
      SIGILO_PORT: '0',
    })
    assert.match(stdout, /✗ the role of DATABASE_URL is a superuser/)
  })

  await t.test('a second home does not take a database that holds a vault', async () => {
    const other = temporaryHome(t)
    const refused = await sigilo(['demo'], { SIGILO_HOME: other, DATABASE_URL: url })
    assert.equal(refused.code, 8)
    assert.match(refused.stderr, /already holds another vault/)
  })

  await t.test('without DATABASE_URL the home says that it wants one', async () => {
    const refused = await sigilo(['serve'], { SIGILO_HOME: home })
    assert.equal(refused.code, 8)
    assert.match(refused.stderr, /DATABASE_URL/)
  })

  await t.test('with a database that is another, it does not open', async () => {
    const { url: empty } = await testDatabase(t, { empty: true })
    const refused = await sigilo(['serve'], { SIGILO_HOME: home, DATABASE_URL: empty })
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /holds no vault/)
  })

  await t.test('an unreachable one is said so, without its password', async () => {
    const nowhere = 'postgres://user:hunter2hunter2@127.0.0.1:1/db'
    const refused = await sigilo(['serve'], { SIGILO_HOME: home, DATABASE_URL: nowhere })
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /ECONNREFUSED/)
    assert.doesNotMatch(refused.stderr, /hunter2/)
  })
})
