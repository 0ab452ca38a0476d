import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import { connect } from '#kernel/db/index.ts'
import { patientCompartment } from '../../place.ts'
import { runs } from '#test/kit/runs.ts'
import { searched } from '#test/kit/searched.ts'

const searches = [
  'Observation?patient=p&_count=2',
  'Observation?patient=p&_sort=code,-_id&_count=3',
  'Observation?patient=p,q&_count=2&_sort=_id',
  'Observation?code=x&_count=2&_sort=-_id',
  'Observation?patient:Patient.gender=female&_count=2',
  'Organization?name=h&_count=2&_sort=name',
  'Patient?gender=female&_count=1',
  'Patient?gender=female&_count=1&_sort=-birthdate&_total=accurate',
  'Patient/p/*?_count=3',
  'Observation?_count=2',
  'Patient?_count=1&_sort=-_lastUpdated',
  'Observation?_lastUpdated=ge2020&_count=2',
  '?_type=Patient,Observation&_count=3',
  'Patient?_has:Observation:patient:code=x&_count=1',
]

const act = fc.record({
  kind: fc.constantFrom('note', 'note', 'note', 'shared', 'move', 'delete', 'person', 'place', 'merge'),
  at: fc.nat({ max: 7 }),
  code: fc.constantFrom('x', 'y'),
})

test('the pages of a search are those of the moment of the first, whatever is written meanwhile', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...searches),
      fc.array(act, { minLength: 6, maxLength: 20 }),
      fc.array(act, { minLength: 4, maxLength: 12 }),
      async (address, before, meanwhile) => {
        const it = await searched({ after: (end) => t.after(end) })
        const perform = performer(it)
        for (const each of before) await perform(each)
        const whole = await it.page(address.replace(/_count=\d+/, '_count=1000'))
        assert(whole.status === 'ok')
        const want = whole.entries.map(({ version }) => version.json)
        const first = await it.page(address)
        assert(first.status === 'ok', JSON.stringify(first))
        const found = first.entries.map(({ version }) => version.json)
        for (let next = first.next; next !== undefined;) {
          for (const each of meanwhile.splice(0, 3)) await perform(each)
          const page = await it.page(address, { page: next })
          assert(page.status === 'ok', JSON.stringify(page))
          found.push(...page.entries.map(({ version }) => version.json))
          next = page.next
        }
        assert.deepEqual(found, want, address)
      },
    ),
    { numRuns: runs(6, 60) },
  )
})

test('while writers do not pause, what nobody touches is on the pages once, and nothing twice', async (t) => {
  const it = await searched(t)
  const perform = performer(it)
  for (const patient of ['p', 'q']) await it.put('Patient', patient, { gender: 'female' })
  for (let n = 0; n < 30; n++) await it.note(`still-${n}`, n % 2 === 0 ? 'p' : 'q', 'x')
  let isOver = false
  const write = async (seed: number) => {
    const kinds = ['note', 'move', 'delete', 'shared', 'merge'] as const
    for (let n = seed; !isOver; n += 7)
      await perform({ kind: kinds[n % 5]!, at: n % 8, code: n % 2 ? 'x' : 'y' })
  }
  const writers = [write(0), write(3)]
  for (const address of [
    'Observation?patient=p,q&code=x&_count=7',
    'Observation?code=x&_count=7&_sort=_id',
    '?_type=Observation&_count=7',
  ]) {
    const { names } = await it.all(address)
    assert.equal(new Set(names).size, names.length, address)
    assert.equal(names.filter((name) => name.includes('still')).length, 30, address)
  }
  isOver = true
  await Promise.all(writers)
})

test('a page link is for who asked, for that search, for an hour', async (t) => {
  let now = Date.now()
  const it = await searched(t, () => now)
  for (let n = 0; n < 5; n++) await it.note(`o${n}`, 'p', 'x')
  for (const address of [
    'Observation?patient=p&_count=2',
    'Observation?_count=2',
    'Observation?_id=o1,o2,o3&_count=1',
  ]) {
    now = Date.now()
    const first = await it.page(address)
    assert(first.status === 'ok' && first.next !== undefined, address)
    const page = first.next
    assert.equal((await it.page(address, { page })).status, 'ok')
    assert.equal((await it.page(address, { page, actor: 'benita' })).status, 'page-of-another')
    assert.equal((await it.page(`${address}&_total=none`, { page })).status, 'page-expired')
    assert.equal((await it.page(address, { page: `${page.slice(0, -4)}AAAA` })).status, 'page-expired')
    assert.equal((await it.page(address, { page: 'made-up' })).status, 'page-expired')
    now += 3_600_001
    assert.equal((await it.page(address, { page })).status, 'page-expired')
  }
})

test('who walks by _lastUpdated misses nothing that is committed late', async (t) => {
  const it = await searched(t)
  const { sql, url } = it
  await it.put('Organization', 'first', { name: 'h' })
  // A session that holds the row of a head, so that a write takes its time early and is committed late.
  const other = connect(url, { max: 1 })
  await it.note('old', 'p', 'x')
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>()
  t.after(() => {
    end()
    return other.end()
  })
  const { promise: isHeld, resolve: held } = Promise.withResolvers<void>()
  const holding = other.begin(async (tx) => {
    await tx`select from head where compartment = ${patientCompartment(it.keys.locator, 'p')}::uuid for update`
    held()
    await mayEnd
  })
  await isHeld
  const slow = it.note('slow', 'p', 'x')
  const isWaiting = async () => {
    const [waiting] =
      await sql`select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    return waiting?.['n'] === 1
  }
  while (!(await isWaiting())) await setTimeout(10)
  const quick = (async () => {
    await setTimeout(20)
    await it.note('quick', 'q', 'x')
  })()
  await quick
  // Whoever asks without going on from a time sees it at once.
  assert((await it.all('Observation?patient=q')).names.includes('Observation/quick'))
  assert((await it.all('Observation')).names.includes('Observation/quick'))
  const seen = new Set<string>()
  const poll = async (since: string) => {
    const { names } = await it.all(`Observation?_lastUpdated=ge${since}&_sort=_lastUpdated&_count=1`)
    for (const name of names) seen.add(name)
    return names
  }
  assert.deepEqual(await poll('2020'), ['Observation/old'])
  assert.deepEqual((await it.all('Observation?_lastUpdated=ge2020')).names, ['Observation/old'])
  assert.deepEqual((await it.all('Observation?code=x&_lastUpdated=ge2020')).names, ['Observation/old'])
  end()
  await Promise.all([holding, slow])
  assert.deepEqual((await poll('2020')).length, 3)
  assert.deepEqual((await it.all('Observation?code=x&_lastUpdated=ge2020')).names.length, 3)
})

/** Does what an act says; what cannot be done is left. */
function performer(it: Awaited<ReturnType<typeof searched>>) {
  return async ({ kind, at, code }: { kind: string; at: number; code: string }): Promise<void> => {
    const patient = at % 2 === 0 ? 'p' : 'q'
    switch (kind) {
      case 'note':
        return it.note(`o${at}`, patient, code)
      case 'shared':
        return it.note(`s${at}`, patient, code, {
          performer: [{ reference: `Patient/${patient === 'p' ? 'q' : 'p'}` }],
        })
      case 'move':
        return it.note(`o${at}`, at % 3 === 0 ? 'p' : 'q', code)
      case 'person':
        return it.put('Patient', ['p', 'q', 'r', 's'][at % 4]!, {
          gender: code === 'x' ? 'female' : 'male',
          birthDate: `19${50 + at}`,
        })
      case 'place':
        return it.put('Organization', `h${at}`, { name: `h ${code}` })
      case 'delete':
        await it.store.delete('Observation', `o${at}`, {})
        return
      case 'merge':
        return it.store.tend()
    }
  }
}

test('people of one name are each on one page, though the first is of the likeliest', async (t) => {
  const it = await searched(t)
  for (let n = 0; n < 9; n++) {
    const family = n % 3 === 0 ? 'Gonzales' : n % 3 === 1 ? 'González' : 'Gonzalezchávez'
    await it.put('Patient', `p${n}`, { name: [{ family, given: ['Ana'] }], birthDate: `19${80 + n}` })
  }
  for (const [address, count] of [
    ['Patient?name=gonzalez&_count=2', 9],
    ['Patient?name=gonzalez&birthdate=ge1983&_count=4', 6],
    ['Patient?name=ana&_count=4&_total=accurate', 9],
  ] as const) {
    const first = await it.page(address)
    assert(first.status === 'ok' && first.next !== undefined, address)
    assert.equal(first.total, address.includes('_total') ? count : undefined)
    const found = first.entries.map(({ version }) => version.id)
    for (let next: string | undefined = first.next; next !== undefined;) {
      await it.put('Patient', 'p1', { name: [{ family: 'Ruiz' }] })
      const page = await it.page(address, { page: next })
      assert(page.status === 'ok')
      found.push(...page.entries.map(({ version }) => version.id))
      next = page.next
    }
    const names = new Set(found)
    assert.equal(names.size, found.length, address)
    assert(names.size >= count - 1, `${address}: ${found.join()}`)
    await it.put('Patient', 'p1', { name: [{ family: 'González', given: ['Ana'] }], birthDate: '1981' })
  }
})
