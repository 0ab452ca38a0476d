import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { askServer } from '#cli/control/client.ts'
import { controlSocketPath } from '#cli/home/runtime.ts'
import { commandEnvironment } from '#test/kit/environment.ts'
import { testHome } from '#test/kit/process.ts'
import { temporaryFolder } from '#test/kit/scope.ts'
import { madeHome, passphrase, root, serve, sigilo } from './cli-process.ts'

const lines = 4_000

/** Patients with an id, and notes without one: whatever is brought twice is seen. */
function writeLines(path: string): void {
  const line = (n: number) =>
    n % 2 === 0
      ? { resourceType: 'Patient', id: `p${n}` }
      : { resourceType: 'Basic', code: { text: `note ${n}` }, subject: { reference: `Patient/p${n - 1}` } }
  writeFileSync(path, Array.from({ length: lines }, (_, n) => JSON.stringify(line(n))).join('\n'))
}

async function totals(t: Parameters<typeof serve>[0], home: string): Promise<Record<string, number>> {
  const { origin, stop } = await serve(t, ['serve'], { SIGILO_HOME: home })
  const { stdout: token } = await sigilo(['token'], { SIGILO_HOME: home })
  const count = async (path: string) => {
    const response = await fetch(`${origin}/fhir/R4/${path}`, {
      headers: { authorization: `Bearer ${token.trim()}` },
    })
    return ((await response.json()) as { total: number }).total
  }
  const found = {
    Patient: await count('Patient?_summary=count'),
    Basic: await count('Basic?_summary=count'),
  }
  await stop()
  return found
}

const counted = (stdout: string) => JSON.parse(stdout) as Record<string, number | string>

test('killed at any moment, it or its PostgreSQL, and run again: each resource exactly once', async (t) => {
  const home = await madeHome(t, 'demo')
  const folder = temporaryFolder(t)
  const variables = { SIGILO_HOME: home }
  const before = await totals(t, home)
  const file = join(folder, 'lines.ndjson')
  writeLines(file)
  const args = ['import', file, '--json', '--report', join(folder, 'report.ndjson')]
  for (const victim of ['itself', 'postgres', 'itself'] as const) {
    const child = spawn(process.execPath, [join(root, 'src/cli/main.ts'), ...args], {
      env: commandEnvironment(variables),
      stdio: 'ignore',
    })
    const ended = once(child, 'exit')
    const postmaster = join(home, 'postgres/data/postmaster.pid')
    while (!existsSync(postmaster) && child.exitCode === null) await wait(10)
    await wait(1_000 + Math.random() * 1_000)
    if (victim === 'itself') child.kill('SIGKILL')
    else if (existsSync(postmaster)) {
      process.kill(Number(readFileSync(postmaster, 'utf8').split('\n')[0]), 'SIGKILL')
    }
    await ended
  }
  const last = await sigilo(args, variables)
  assert.equal(last.code, 0, last.stderr)
  const { created, before: known, refused } = counted(last.stdout)
  assert.deepEqual([Number(created) + Number(known), refused], [lines, 0], last.stdout)
  const { Patient, Basic } = await totals(t, home)
  assert.deepEqual(
    [Number(Patient) - Number(before['Patient']), Number(Basic) - Number(before['Basic'])],
    [lines / 2, lines / 2],
  )
})

test('beside a server, the server imports; a report for its owner alone; Ctrl-C stops it', async (t) => {
  const home = await madeHome(t, 'sealed-empty')
  const folder = temporaryFolder(t)
  const variables = { SIGILO_HOME: home }
  const file = join(folder, 'lines.ndjson')
  const report = join(folder, 'report.ndjson')
  writeLines(file)
  const bad = join(folder, 'bad.json')
  writeFileSync(bad, '{"resourceType":"Patient","gender":"4711"}')

  // Nobody serves: the command opens the vault itself.
  const dry = await sigilo(
    ['import', '--dry-run', '--json', '--passphrase-stdin', file],
    variables,
    `${passphrase}\n`,
  )
  assert.deepEqual([dry.code, counted(dry.stdout)['created']], [0, lines], dry.stderr)

  const server = await serve(t, ['serve'], variables)
  assert.equal((await sigilo(['import', '--follow'], variables)).code, 1)
  assert.equal((await sigilo(['import', file], variables)).code, 5)
  await sigilo(['keys', 'unseal', '--passphrase-stdin'], variables, `${passphrase}\n`)

  const args = ['import', file, bad, '--json', '--report', report]
  const child = spawn(process.execPath, [join(root, 'src/cli/main.ts'), ...args], {
    env: commandEnvironment(variables),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  const ended = once(child, 'exit')
  const socket = controlSocketPath(home)
  const isRunning = async () => {
    const asked = await askServer(socket, 'GET /import')
    return asked.status === 'answered' && asked.answer.status === 'running' && asked.answer.progress
  }
  while (!(await isRunning())) await wait(10)
  const other = { dryRun: false, again: false, map: {}, report, language: 'en' } as const
  const busy = await askServer(socket, 'POST /import', { ...other, paths: [file] })
  assert.deepEqual(busy, { status: 'answered', answer: { status: 'busy' } })
  child.kill('SIGINT')
  await ended
  const first = counted(stdout)
  assert.equal(first['status'], 'stopped', stdout)

  const rest = await sigilo(args, variables)
  assert.equal(rest.code, 1, 'something was refused')
  const { created, before, refused } = counted(rest.stdout)
  assert.deepEqual([Number(created) + Number(before), refused], [lines, 1], rest.stdout)
  assert.equal(statSync(report).mode & 0o777, 0o600)
  const told = readFileSync(report, 'utf8').trimEnd().split('\n')
  assert.equal(told.length, 1)
  const {
    file: of,
    line,
    code,
    expression,
    reason,
  } = JSON.parse(told[0] as string) as Record<string, unknown>
  assert.deepEqual([of, line, code, expression], [bad, 1, 'invalid', 'Patient.gender'])
  assert.doesNotMatch(String(reason), /4711/)
  // What was told before is not left lying where nothing is to be told now.
  const clean = await sigilo(['import', file, '--report', report], variables)
  assert.deepEqual([clean.code, existsSync(report)], [0, false], clean.stderr)
  assert.match(clean.stdout, /imported before: 4000/)
  await server.stop()
})

test('what it is asked must make sense', async (t) => {
  const variables = { SIGILO_HOME: await testHome(t) }
  assert.equal((await sigilo(['import'], variables)).code, 2)
  assert.equal((await sigilo(['import', 'x', '--map', 'a=b'], variables)).code, 2)
  assert.equal((await sigilo(['import', 'x', '--report'], variables)).code, 2)
  assert.equal((await sigilo(['import', 'x', '--report', '/nowhere/at/all'], variables)).code, 2)
  assert.equal((await sigilo(['import', 'x', '--report', tmpdir()], variables)).code, 2)
  assert.equal((await sigilo(['import', 'x'], variables)).code, 8)
})

test('a table of patients: seen first, then imported, once; who may be there already is told', async (t) => {
  const folder = temporaryFolder(t)
  const variables = { SIGILO_HOME: await madeHome(t, 'empty') }
  const file = join(folder, 'pacientes.csv')
  const report = join(folder, 'report.ndjson')
  const heading = 'Expediente,Nombre,Apellido paterno,Apellido materno,Fecha de nacimiento,Sexo'
  const rows = ['1,José,Peña,Ávila,25/12/1980,Hombre', '2,"Ana\nMaría",Ruiz,Soto,13/02/1990,Mujer', '3,,,,,']
  writeFileSync(file, `\uFEFF${[heading, ...rows].join('\r\n')}`)

  const asked = await sigilo(['import', file], variables)
  assert.equal(asked.code, 1)
  assert.match(asked.stderr, /--record-system/)
  const args = ['import', file, '--record-system', 'urn:uuid:3c5a', '--report', report, '--json']
  const shown = await sigilo(args, variables)
  assert.equal(shown.code, 1)
  assert.match(shown.stderr, /Apellido paterno +→ first family name[\s\S]+2 patients, 1 in error[\s\S]+--yes/)
  assert.equal(shown.stdout, '')

  const done = await sigilo([...args, '--yes'], variables)
  const { created, refused, duplicates } = counted(done.stdout)
  assert.deepEqual([done.code, created, refused, duplicates], [1, 2, 1, 0], done.stderr)
  const told = JSON.parse(readFileSync(report, 'utf8')) as Record<string, unknown>
  assert.deepEqual([told['severity'], told['line']], ['error', 5], 'a cell has a line break')

  const again = await sigilo([...args, '--yes'], variables)
  assert.deepEqual([counted(again.stdout)['created'], counted(again.stdout)['before']], [0, 2])
  // Under another number, or none, it is somebody whom the vault may have.
  writeFileSync(file, `${heading.replace('Expediente', 'Folio')}\n9,Jose,Pena,Avila,25/12/1980,Hombre\n`)
  const dry = await sigilo([...args, '--dry-run', '--column', 'Folio=ignore'], variables)
  assert.deepEqual([counted(dry.stdout)['duplicates'], counted(dry.stdout)['created']], [1, 1], dry.stderr)
  assert.match(readFileSync(report, 'utf8'), /"line":2,"code":"duplicate-/)
})
