/** `sigilo ledger query`, `radius` and `file` on a running vault. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { approved, fhir, madeHome, root, serve, sigilo, tokenOf } from './cli-process.ts'

interface Told {
  entries: { action: string; patient?: string; actor?: string; query?: string; machine?: true }[]
  next?: string
}

test('ledger query, radius and file: asked, refused, shown in both languages, and in the ledger themselves', async (t) => {
  const home = await madeHome(t, 'demo')
  const variables = { SIGILO_HOME: home }
  const absent = await sigilo(['ledger', 'query'], { SIGILO_HOME: join(home, 'none') })
  assert.equal(absent.code, 8)
  const server = await serve(t, ['serve'], variables)
  const token = await tokenOf(home)
  const put = (resource: { resourceType: string; id: string }) =>
    fhir(server.origin, `${resource.resourceType}/${resource.id}`, token, resource)
  const subject = { reference: 'Patient/ana' }
  await put({ resourceType: 'Patient', id: 'ana' })
  const note = { status: 'final', code: { text: 'x' }, subject }
  await put({ resourceType: 'Observation', id: 'one', ...note } as { resourceType: string; id: string })
  const headers = { authorization: `Bearer ${token}`, 'sigilo-view': 'v-1' }
  for (let n = 0; n < 2; n++)
    await (await fetch(`${server.origin}/fhir/R4/Observation/one`, { headers })).text()

  const query = async (args: string[]): Promise<Told> => {
    const { code, stdout, stderr } = await sigilo(['ledger', 'query', '--json', ...args], variables)
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout) as Told
  }
  /** Until what was done is in the tree. */
  const shows = async (args: string[], holds: (told: Told) => boolean): Promise<Told> => {
    for (let tries = 0; tries < 100; tries++) {
      const told = await query(args)
      if (holds(told)) return told
      await setTimeout(500)
    }
    return assert.fail(`never shown: ${args.join(' ')}`)
  }
  const reads = ['--patient', 'Patient/ana', '--action', 'read']
  const told = await shows(reads, ({ entries }) => entries.length === 2)
  assert.deepEqual(
    told.entries.map(({ actor, patient }) => [actor, patient]),
    [
      ['demo-system', 'Patient/ana'],
      ['demo-system', 'Patient/ana'],
    ],
  )
  const looked = ['--patient', 'Patient/ana', '--action', 'ledger-query', '--oldest', '--count', '1']
  const asked = await shows(looked, ({ entries }) => entries.length === 1)
  assert.equal(asked.entries[0]?.query, 'entries?patient=Patient/ana&action=read')

  const english = await sigilo(['ledger', 'query', ...reads], variables)
  assert.equal(english.code, 0, english.stderr)
  assert.match(
    english.stdout,
    /^WHEN +WHO +WHAT +WHOSE +ABOUT\nview v-1: 2 acts\n {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +demo-system \(demo-system, .*\) +read +Patient\/ana +Observation\/one\/_history\/1\n/,
  )
  const spanish = await sigilo(['ledger', 'query', ...reads], { ...variables, LC_ALL: 'es_MX.UTF-8' })
  assert.match(
    spanish.stdout,
    /^CUÁNDO +QUIÉN +QUÉ +DE QUIÉN +SOBRE\nvista v-1: 2 actos\n.* leyó +Patient\/ana/,
  )
  const machines = await sigilo(['ledger', 'query', '--actor', 'system', '--count', '5'], variables)
  assert.match(machines.stdout, /\[machine\] system \(sigilo, local\) +maintenance +the facility/)
  const none = await sigilo(['ledger', 'query', '--actor', 'nobody'], variables)
  assert.equal(none.stdout, 'There are no entries.\n')
  const first = await sigilo(['ledger', 'query', '--count', '2'], variables)
  const page = /--page (\S+)/.exec(first.stderr)?.[1] ?? assert.fail(first.stderr)
  assert.equal((await sigilo(['ledger', 'query', '--count', '2', '--page', page], variables)).code, 0)

  const radius = await sigilo(
    ['ledger', 'radius', '--actor', 'demo-system', '--from', '2020', '--json'],
    variables,
  )
  assert.equal(radius.code, 0, radius.stderr)
  const { patients } = JSON.parse(radius.stdout) as { patients: object[] }
  assert.partialDeepStrictEqual(patients, [
    {
      patient: 'Patient/ana',
      acts: 4,
      reads: 2,
      changes: 2,
      resources: [
        { resource: 'Observation/one', reads: 2, changes: 1 },
        { resource: 'Patient/ana', reads: 0, changes: 1 },
      ],
    },
  ])
  const reached = await sigilo(['ledger', 'radius', '--client', 'demo-system'], variables)
  assert.match(
    reached.stdout,
    /1 patients[\s\S]*Patient\/ana: 4 acts, shown 2 times, changed 2;[\s\S]* {2}Observation\/one +2 +1\n/,
  )

  const file = join(home, 'ana.json')
  const written = await sigilo(['ledger', 'file', 'Patient/ana', '--out', file], variables)
  assert.equal(written.code, 0, written.stderr)
  assert.match(written.stderr, /WARNING.*holds the key/)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const keys = await sigilo(['ledger', 'keys'], variables)
  assert.equal(keys.code, 0, keys.stderr)
  writeFileSync(join(home, 'keys'), keys.stdout)
  const verify = join(root, 'tools/verify-ledger.mjs')
  const said = execFileSync(process.execPath, [verify, '--file', file, '--key', join(home, 'keys'), '--show'])
  assert.match(String(said), /ledger-file/)
  const before = readFileSync(file)

  const cases: [string[], number, RegExp][] = [
    [['ledger', 'query', '--action', 'lesen'], 2, /action/],
    [['ledger', 'radius'], 2, /--actor/],
    [['ledger', 'file', 'Patient/ana'], 2, /--out/],
    [['ledger', 'file', 'Patient/ana', '--out', file], 2, /exists already/],
    [['ledger', 'file', 'Patient/nobody', '--out', `${file}2`], 1, /no such patient/],
    [['ledger', 'file', 'Patient/ana', '--out', join(home, 'none', 'file')], 1, /ENOENT/],
  ]
  for (const [args, code, says] of cases) {
    const ended = await sigilo(args, variables)
    assert.equal(ended.code, code, args.join(' ') + ended.stderr)
    assert.match(ended.stderr, says)
  }
  assert.deepEqual(readFileSync(file), before)
  assert.throws(() => statSync(`${file}2`))

  const waits = await sigilo(['keys', 'destroy', 'Patient/ana', '--reason', 'x', '--yes'], variables)
  const destroyed = await approved(waits, variables)
  assert.equal(destroyed.code, 0, destroyed.stderr)
  const gone = await sigilo(['ledger', 'file', 'Patient/ana', '--out', `${file}3`], variables)
  assert.equal(gone.code, 1)
  assert.match(gone.stderr, /keys were destroyed/)
  const left = await sigilo(['ledger', 'query', '--actor', 'demo-system', '--action', 'read'], variables)
  assert.match(left.stdout, /\(cannot be read\) +read +\(destroyed\)\n/)
  assert.doesNotMatch(left.stdout, /ana|Observation/)
})
