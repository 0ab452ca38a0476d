import assert from 'node:assert/strict'
import { readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { roles } from '#people/index.ts'
import { testPeople } from '#test/kit/people.ts'
import { temporaryFolder } from '#test/kit/scope.ts'
import { testVault, timeZone } from '#test/kit/vault.ts'
import { makeDemoAccess } from './demo.ts'

interface Told {
  people: { login: string; role: string; name: string; password: string; totpSecret: string }[]
  clients: { id: string }[]
}

test('somebody in every role, made once, whose names and secrets are nowhere in the clear', async (t) => {
  const vault = await testVault(t)
  // Whatever it costs to compute: that it is the house's own cost is the default's business.
  const passwordCost = { memoryKiB: 32, passes: 1, lanes: 1 }
  const people = testPeople(vault, { passwordCost })
  const home = temporaryFolder(t)
  const plan = { made: '2026-11-23', timeZone, patients: 3 }
  const make = (path: string, own = people) =>
    makeDemoAccess({ home: path, people: own, key: vault.keys.authority, plan, now: () => new Date() })
  const read = (path: string) => JSON.parse(readFileSync(join(path, 'demo.json'), 'utf8')) as Told

  await make(home)
  const told = read(home)
  assert.equal(statSync(join(home, 'demo.json')).mode & 0o777, 0o600)
  assert.deepEqual(new Set(told.people.map(({ role }) => role)), new Set(roles))
  const count = (role: string) => told.people.filter((each) => each.role === role).length
  for (const role of ['physician', 'security-officer', 'patient']) assert.ok(count(role) >= 2, role)
  for (const member of ['login', 'password', 'totpSecret'] as const)
    assert.equal(new Set(told.people.map((each) => each[member])).size, told.people.length, member)

  const accounts = new Map<
    string,
    { person: string; patient?: string; represents?: readonly string[]; practitioner?: string }
  >()
  for await (const { value } of people.accounts.list()) accounts.set(value.login, value)
  assert.equal(accounts.size, told.people.length)
  for (const { login, role } of told.people) {
    const { practitioner, patient, represents } = accounts.get(login)!
    if (role === 'patient') assert.match(patient ?? '', /^Patient\/paciente-00000[12]$/)
    else if (role === 'representative') assert.deepEqual(represents, ['Patient/paciente-000001'])
    else assert.match(practitioner ?? '', /^Practitioner\/[a-z-]+$/)
  }

  const trained = new Set<string>()
  for await (const { name } of people.rows('training').list()) trained.add(name)
  const others = told.people.filter(({ login }) => !trained.has(accounts.get(login)!.person))
  assert.deepEqual(
    others.map(({ role }) => role),
    ['nurse', 'patient', 'patient', 'representative'],
    'who works there is trained, except one nurse',
  )

  const [stored] = await vault.sql<{ text: string }[]>`
    select string_agg(a::text || encode(a.sealed, 'escape'), '') || (
      select string_agg(encode(s.entries, 'escape'), '') from ledger_staged s
    ) as text from authority a`
  for (const { login, name, password, totpSecret } of told.people)
    for (const secret of [login, name.split(' ').at(-1)!, password, totpSecret])
      assert.ok(!stored?.text.includes(secret), secret)

  const versions = () => vault.sql`select id, version from authority order by id`
  const before = await versions()
  await make(home)
  assert.deepEqual(await versions(), before, 'a later start makes nothing')
  rmSync(join(home, 'demo.json'))
  await make(home)
  assert.deepEqual(read(home).people, told.people, 'a file that was lost is made as it was')
  const beside = temporaryFolder(t)
  await make(beside, testPeople(await vault.another(), { passwordCost }))
  assert.deepEqual(read(beside).people, told.people, 'of another home over the same database')
})
