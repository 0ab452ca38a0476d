import assert from 'node:assert/strict'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fhir, madeElsewhere, serve, sigilo, temporaryHome, type Running } from './cli-process.ts'
import { told, twoServers } from './two-servers.ts'

async function healthOf({ origin }: Running): Promise<string> {
  const health = (await (await fetch(`${origin}/health`)).json()) as { status: string }
  return health.status
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

test('an import and an export that are under way when the vault is sealed end, and say so', async (t) => {
  const { sql, url, home } = await madeElsewhere(t)
  const variables = { SIGILO_HOME: home, DATABASE_URL: url }
  const server = await serve(t, ['serve'], variables)
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
