import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { approved, fhir, madeHome, serve, sigilo, smallDemo, tokenOf } from './cli-process.ts'

test('keys destroy: refused unless confirmed, at once for readers, final with --now, after a restart too', async (t) => {
  const home = await madeHome(t, 'demo')
  const variables = { SIGILO_HOME: home }
  const server = await serve(t, smallDemo, variables)
  const token = await tokenOf(home)
  const reason = 'asked for by the patient, letter of 2026-11-20'
  const id = 'cucs-750101'
  for (const resource of [
    { resourceType: 'Patient', id, name: [{ family: 'Arizmendi' }] },
    {
      resourceType: 'Observation',
      id: 'of-it',
      status: 'final',
      code: { text: 'x' },
      subject: { reference: `Patient/${id}` },
    },
  ]) {
    const path = `${resource.resourceType}/${resource.id}`
    assert.equal((await fhir(server.origin, path, token, resource)).status, 201)
  }

  const cases: [string[], number, RegExp][] = [
    [['keys', 'destroy', `Patient/${id}`], 2, /reason/],
    [['keys', 'destroy', '--reason', 'x'], 2, /whose/],
    [['keys', 'destroy', 'Observation/of-it', '--reason', 'x'], 2, /Patient\/ID/],
    [['keys', 'destroy', `Patient/${id}`, 'Patient/b', '--reason', 'x'], 2, /one alone/],
    [['keys', 'destroy', 'Patient/nobody', '--reason', 'x', '--yes'], 1, /no such patient/],
    [['keys', 'destroy', `Patient/${id}`, '--reason', reason], 1, /2 resources, 2 versions[\s\S]*--yes/],
  ]
  for (const [args, code, says] of cases) {
    const ended = await sigilo(args, variables)
    assert.equal(ended.code, code, args.join(' ') + ended.stderr)
    assert.match(ended.stderr, says)
  }
  assert.equal((await fhir(server.origin, `Patient/${id}`, token)).status, 200)

  // As a program says it: what `ps` shows is neither who nor why.
  const unseen = ['keys', 'destroy', '-', '--reason', '-', '--yes']
  for (const [input, says] of [
    [`Observation/of-it\n${reason}\n`, /Patient\/ID/],
    [`Patient/${id}\n`, /reason/],
  ] as const) {
    const ended = await sigilo(unseen, variables, input)
    assert.deepEqual([ended.code, says.test(ended.stderr)], [2, true], ended.stderr)
  }
  const asked = await sigilo(unseen, variables, `Patient/${id}\n${reason}\n`)
  assert.equal((await fhir(server.origin, `Patient/${id}`, token)).status, 200, 'it waits for another person')
  const destroyed = await approved(asked, variables)
  assert.equal(destroyed.code, 0, destroyed.stderr)
  assert.match(destroyed.stdout, /^Unreadable from now on; deleted everywhere on .* at the latest/)
  for (const path of [
    `Patient/${id}`,
    'Observation/of-it',
    `Patient/${id}/$everything`,
    `Patient/${id}/_history/1`,
  ])
    assert.equal((await fhir(server.origin, path, token)).status, 410, path)
  const about = {
    resourceType: 'Observation',
    id: 'later',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: `Patient/${id}` },
  }
  assert.equal((await fhir(server.origin, 'Observation/later', token, about)).status, 422)

  // Once more, with --now: it says that it was, and makes it final.
  const final = await sigilo(
    ['keys', 'destroy', `Patient/${id}`, '--reason', 'x', '--now', '--json'],
    variables,
  )
  assert.equal(final.code, 0, final.stderr)
  assert.match(final.stderr, /destroyed before/)
  const certificate = JSON.parse(final.stdout) as Record<string, unknown>
  assert.equal(certificate['reason'], reason)
  assert.deepEqual(certificate['unforced'], [])
  assert.equal((certificate['deletion'] as { status: string }).status, 'complete')
  const listed = await sigilo(['keys', 'destroyed'], { ...variables, LC_ALL: 'es_MX.UTF-8' })
  assert.match(listed.stdout, new RegExp(`Patient/${id}  ${reason}\\n  Borrado en todas partes desde el `))

  // Neither who it was nor why stands in the server's log or anywhere on the disk.
  const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  for (const { parentPath, name } of files) {
    const bytes = readFileSync(join(parentPath, name))
    assert(!bytes.includes(reason) && !bytes.includes(id), join(parentPath, name))
  }

  assert.equal((await server.stop()).code, 0)
  const again = await serve(t, smallDemo, { ...variables, SIGILO_COPIES_DAYS: '30' })
  assert.equal((await fhir(again.origin, `Patient/${id}`, await tokenOf(home))).status, 410)
  const dated = await sigilo(['keys', 'destroyed', '--json'], variables)
  const [only] = JSON.parse(dated.stdout) as { purgedAt: number; deletion: { status: string; at: number } }[]
  assert.deepEqual(only?.deletion, { status: 'dated', at: only!.purgedAt + 30 * 24 * 3_600_000 })
  assert.equal((await again.stop()).code, 0)
})
