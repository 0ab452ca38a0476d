import assert from 'node:assert/strict'
import { cpSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { askServer } from '#cli/control/client.ts'
import { controlSocketPath } from '#cli/home/runtime.ts'
import type { Sql } from '#kernel/db/index.ts'
import { testDatabase, type Scope } from '#test/kit/index.ts'
import { fhir, serve, sigilo, smallDemo, temporaryHome, tokenOf, type Running } from './cli-process.ts'

/** Two servers over one database, each with a home of its own. */
async function twoServers(t: Scope) {
  const { sql, url } = await testDatabase(t, { empty: true })
  const homes = [temporaryHome(t), temporaryHome(t)] as const
  const variables = homes.map((home) => ({ SIGILO_HOME: home, DATABASE_URL: url }))
  const [first] = [await serve(t, smallDemo, variables[0]!)]
  for (const name of ['home.json', 'opener.key']) cpSync(join(homes[0], name), join(homes[1], name))
  const second = await serve(t, ['serve'], variables[1]!)
  const token = await tokenOf(homes[0])
  return { sql, variables: variables as [(typeof variables)[0], (typeof variables)[0]], first, second, token }
}

async function healthOf({ origin }: Running): Promise<string> {
  const health = (await (await fetch(`${origin}/health`)).json()) as { status: string }
  return health.status
}

async function told(variables: Record<string, string>) {
  const { code, stdout, stderr } = await sigilo(['keys', 'status', '--json'], variables)
  assert.ok(stdout, stderr)
  return { code, ...JSON.parse(stdout) }
}

/** Waits until it is another than it is now. */
async function rootChanged(sql: Sql): Promise<void> {
  const now = async () => (await sql`select root from vault`)[0]!['root']
  const before = await now()
  for (let n = 0; n < 1000 && (await now()) === before; n++) await delay(5)
}

const read = ({ origin }: Running, token: string) => fhir(origin, 'Patient/paciente-000001', token)

test('keys seal closes the vault in every server at once, and over restarts, until somebody unseals', async (t) => {
  const { variables, first, second, token } = await twoServers(t)
  assert.equal((await read(first, token)).status, 200)
  assert.equal((await read(second, token)).status, 200)
  const before = await told(variables[0])
  assert.deepEqual([before.vault, before.processes, before.root.number], ['open', 2, 1])
  const reading = (async () => {
    const statuses = new Set<number>()
    for (let n = 0; n < 400; n++) statuses.add((await read(n % 2 ? first : second, token)).status)
    return statuses
  })()
  await delay(50)
  const sealed = await sigilo(['keys', 'seal', '--json'], variables[0])
  assert.deepEqual([sealed.code, JSON.parse(sealed.stdout)], [0, { vault: 'sealed', closed: 1, silent: 0 }])
  for (const server of [first, second]) {
    assert.equal(await healthOf(server), 'sealed')
    assert.equal((await read(server, token)).status, 503)
  }
  assert.deepEqual([...(await reading)].toSorted(), [200, 503], 'what was under way ends with an answer')
  const status = await told(variables[1])
  assert.deepEqual([status.code, status.vault, status.processes], [5, 'sealed', 0])
  assert.ok(Date.parse(status.sealedSince) > Date.now() - 60_000)
  const spanish = await sigilo(['keys', 'status'], { ...variables[1], LANG: 'es_MX.UTF-8' })
  assert.match(
    spanish.stdout,
    /^sellada\nsellada por orden desde .* UTC, hasta «sigilo keys unseal»\nla abre: key-file/,
  )

  assert.equal((await first.stop()).code, 0)
  const again = await serve(t, ['serve'], variables[0])
  assert.match(again.said(), /keys unseal/)
  assert.equal(await healthOf(again), 'sealed')
  assert.equal((await sigilo(['keys', 'unseal'], variables[0])).code, 0)
  assert.equal((await read(again, token)).status, 200)
  assert.equal(await healthOf(second), 'sealed', 'each is unsealed where it is')
  assert.equal((await sigilo(['keys', 'unseal'], variables[1])).code, 0)
  assert.equal((await read(second, token)).status, 200)

  await t.test('where no server runs, the next start finds the order', async () => {
    await again.stop()
    const ordered = await sigilo(['keys', 'seal'], { ...variables[0], LANG: 'es' })
    assert.equal(ordered.code, 0, ordered.stderr)
    assert.match(ordered.stdout, /^La bóveda está sellada/)
    assert.match(ordered.stderr, /Otros procesos que la cerraron: 1/)
    assert.equal(await healthOf(second), 'sealed')
    const third = await serve(t, ['serve'], variables[0])
    assert.equal(await healthOf(third), 'sealed')
    assert.equal((await sigilo(['export', join(variables[0].SIGILO_HOME, 'out')], variables[0])).code, 5)
    await third.stop()
    const alone = await sigilo(['export', join(variables[0].SIGILO_HOME, 'out')], variables[0])
    assert.equal(alone.code, 1, 'nor does a command open it by itself')
  })
})

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

test('an import and an export that are under way when the vault is sealed end, and say so', async (t) => {
  const { sql, url } = await testDatabase(t, { empty: true })
  const variables = { SIGILO_HOME: temporaryHome(t), DATABASE_URL: url }
  const server = await serve(t, smallDemo, variables)
  const file = join(temporaryHome(t), 'pacientes.ndjson')
  const lines = Array.from({ length: 4000 }, (_, n) =>
    JSON.stringify({ resourceType: 'Patient', id: `importado-${n}`, gender: 'unknown' }),
  )
  writeFileSync(file, lines.join('\n'))
  const patients = async () => (await sql`select count(*)::int as n from compartment`)[0]!['n'] as number
  const before = await patients()

  const importing = sigilo(['import', file], variables)
  for (let n = 0; n < 2000 && (await patients()) < before + 100; n++) await delay(5)
  const sealed = await sigilo(['keys', 'seal'], variables)
  assert.equal(sealed.code, 0, sealed.stderr)
  const ended = await importing
  assert.deepEqual([ended.code, /is sealed/.test(ended.stderr)], [5, true], ended.stderr)
  const some = await patients()
  assert.ok(
    some < before + lines.length,
    'all of it was in before the vault was sealed: the test shows nothing',
  )
  await delay(300)
  assert.equal(await patients(), some, 'nothing goes on')
  assert.equal(await healthOf(server), 'sealed')

  assert.equal((await sigilo(['keys', 'unseal'], variables)).code, 0)
  const again = await sigilo(['import', file], variables)
  assert.equal(again.code, 0, again.stderr)
  assert.equal(await patients(), before + lines.length, 'each once')

  const out = join(temporaryHome(t), 'salida')
  const exporting = sigilo(['export', out], variables)
  for (let n = 0; n < 2000 && !existsSync(out); n++) await delay(5)
  assert.equal((await sigilo(['keys', 'seal'], variables)).code, 0)
  const cut = await exporting
  if (cut.code === 0) t.diagnostic('the export was faster than the seal')
  else {
    assert.equal(cut.code, 5, cut.stderr)
    assert.deepEqual(existsSync(out) ? readdirSync(out) : [], [], 'nothing of it is left')
  }
})
