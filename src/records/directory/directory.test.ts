import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { runs } from '#test/kit/runs.ts'
import { bodyOf, testVault, timeZone } from '#test/kit/vault.ts'
import { newResourceKey, type CompartmentId, type ResourceKey } from '../place.ts'
import {
  compileFilters,
  decodeTuple,
  encodeTuple,
  extract,
  parseSearch,
  type Filter,
} from '../search/index.ts'
import { take } from './flush.ts'
import { createDirectory, type Directory, type OnFlush } from './index.ts'
import type { ResourceChange } from './pending.ts'

interface Stored {
  resourceType: string
  id: string
  [name: string]: unknown
}

/** A vault, and its directory as another process has it: one that mixes whatever there is. */
async function listed(t: TestContext) {
  const vault = await testVault(t)
  const { sql, keys, store } = vault
  const least = { resources: 1, compartments: 1, crowd: 1 }
  const make = (rowsMax = 20_000, onFlush?: OnFlush) =>
    createDirectory({ sql, keys, timeZone, least: { ...least, rowsMax }, onFlush })
  const put = async (resource: Stored) => {
    const written = await store.update(resource.resourceType, resource.id, bodyOf(resource), {})
    assert.equal(written.status, 'ok')
  }
  const nameOf = ({ resourceType, id }: Stored) => newResourceKey(keys.locator, resourceType, id)
  /** Which of these resources the directory names. */
  const found = async (directory: Directory, type: string, query: string, among: readonly Stored[]) => {
    const batches = directory.candidates(type, filtersOf(type, query))
    assert(batches, `${type}?${query} is not served`)
    const names = new Set<string>()
    for await (const batch of batches) {
      assert(batch.length > 0 && batch.length <= 200)
      for (const name of batch) {
        assert(!names.has(name), 'a name came twice')
        names.add(name)
      }
    }
    return among.filter((resource) => names.has(nameOf(resource))).map(({ id }) => id)
  }
  const rows = async () =>
    Number((await sql`select count(*) from directory`)[0]?.['count']) +
    Number((await sql`select count(*) from directory_pending`)[0]?.['count'])
  const person = (id: string, text: string): Stored => {
    const [given, ...family] = text.split(' ')
    return { resourceType: 'Patient', id, name: [{ given: [given], family: family.join(' ') }] }
  }
  return { ...vault, make, directory: make(), put, found, rows, person }
}

function filtersOf(type: string, query: string): readonly Filter[] {
  const pairs = [...new URLSearchParams(query)]
  const parsed = parseSearch({ type, pairs, timeZone, now: Date.UTC(2026, 10, 22) })
  assert.equal(parsed.status, 'ok', query)
  return parsed.status === 'ok' ? parsed.search.filters : []
}

/** What matches, by the search's own judgement. */
function matching(type: string, query: string, among: readonly Stored[]): string[] {
  const matches = compileFilters(filtersOf(type, query))
  return among
    .filter((resource) => {
      const tuple = decodeTuple(encodeTuple(extract(resource as never, { timeZone })))
      return resource.resourceType === type && matches({ tuple, updatedAt: 0 }, () => new Set())
    })
    .map(({ id }) => id)
}

test('people are found by prefix and by sound, words in any order, pending or not', async (t) => {
  const { directory, put, found, person, sql } = await listed(t)
  const people = [
    person('a', 'José González Jiménez'),
    person('b', 'Ximena Gonzales Güemes'),
    person('c', 'María Hernández Ek'),
    person('d', 'Xóchitl O’Farrill Yáñez'),
  ]
  for (const each of people) await put(each)
  const want: [string, string[]][] = [
    ['name=gonzalez', ['a', 'b']],
    ['name=GONSALES', ['a', 'b']],
    ['family=gon', ['a', 'b']],
    ['name=yimenez', ['a']],
    ['given=jimena', ['b']],
    ['name=huemes gonzalez', ['b']],
    ['name=hernandes maria', ['c']],
    ['name=ek hernan', ['c']],
    ['phonetic=sochitl', ['d']],
    ['family=ofarril', ['d']],
    ['family:exact=Hernández Ek', ['c']],
    ['name=jose,xochitl', ['a', 'd']],
  ]
  const check = async () => {
    for (const [query, ids] of want) {
      const names = await found(directory, 'Patient', query, people)
      assert.deepEqual(
        ids.filter((id) => !names.includes(id)),
        [],
        query,
      )
    }
  }
  await check()
  assert.equal(await directory.flusher.flush(), true)
  assert.equal((await sql`select from directory_pending`).length, 0)
  await check()
  assert.deepEqual(await found(directory, 'Patient', 'name=sochitl', people), ['d'])
})

test('what the directory does not know is left to others', async (t) => {
  const { directory } = await listed(t)
  const served = (type: string, query: string) =>
    directory.candidates(type, filtersOf(type, query)) !== undefined
  for (const query of [
    'name=a',
    'name=de',
    'name:contains=gonz',
    'birthdate=1990',
    'identifier=urn:x|',
    'name:missing=true',
  ]) {
    assert.equal(served('Patient', query), false, query)
  }
  for (const query of [
    'date=ge2026-01-01',
    'date=2025',
    'date=ge2026-01-01&date=lt2027-01-01',
    'status=booked',
  ]) {
    assert.equal(served('Appointment', query), false, query)
  }
  for (const query of ['date=2026-11', 'date=2026-11-22', 'date=ge2026-11-01&date=lt2026-11-08']) {
    assert.equal(served('Appointment', query), true, query)
  }
  assert.equal(served('Observation', 'date=2026-11-22'), false)
  assert.equal(served('Observation', 'identifier=1'), true)
  assert.equal(served('Patient', 'birthdate=1990&name=ana'), true)
})

const words = ['José', 'Ana', 'González', 'Gonsales', 'Ek', 'de la Cruz', 'Muñoz', 'Munos', 'Güemes', 'Li']
const day = (n: number) => `2026-11-${String(n).padStart(2, '0')}`
const meta = fc.record({
  tag: fc.array(
    fc.constantFrom('a', 'A', 'b').map((code) => ({ system: 'urn:t', code })),
    { maxLength: 2 },
  ),
})
const identifier = fc.array(
  fc.record({ system: fc.constantFrom('urn:a', 'urn:b'), value: fc.constantFrom('1', 'Á2', 'a2') }),
  { maxLength: 2 },
)
const id = fc.constantFrom('1', '2', '3', '4', '5')
const resources = fc
  .oneof(
    fc.record({
      resourceType: fc.constantFrom('Patient', 'Practitioner'),
      id,
      meta,
      identifier,
      name: fc.array(
        fc.record({
          family: fc.constantFrom(...words),
          given: fc.array(fc.constantFrom(...words), { maxLength: 2 }),
        }),
        { maxLength: 2 },
      ),
    }),
    fc.record({
      resourceType: fc.constant('Appointment'),
      id,
      identifier,
      status: fc.constant('booked'),
      participant: fc
        .constantFrom('1', '2')
        .map((patient) => [{ actor: { reference: `Patient/${patient}` }, status: 'accepted' }]),
      start: fc.integer({ min: 1, max: 28 }).map((n) => `${day(n)}T23:30:00-06:00`),
      end: fc.constant('2026-11-30T00:00:00-06:00'),
    }),
    fc.record({
      resourceType: fc.constant('Encounter'),
      id,
      status: fc.constant('finished'),
      class: fc.constant({ code: 'AMB' }),
      subject: fc.constantFrom('1', '2').map((patient) => ({ reference: `Patient/${patient}` })),
      period: fc.oneof(
        fc
          .tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 14, max: 28 }))
          .map(([from, to]) => ({ start: day(from), end: day(to) })),
        fc.constant({ start: '2026-01-01', end: '2026-12-01' }),
        fc.constant({ start: '2026-11-20' }),
      ),
    }),
    fc.record({
      resourceType: fc.constant('Task'),
      id,
      meta,
      status: fc.constant('requested'),
      intent: fc.constant('order'),
      owner: fc.constantFrom('1', '2').map((owner) => ({ reference: `Practitioner/${owner}` })),
    }),
  )
  .map(withoutEmpty) as fc.Arbitrary<Stored>

/** FHIR has no empty arrays, nor empty objects. */
function withoutEmpty(resource: object): object {
  return JSON.parse(
    JSON.stringify(resource, (key, value: unknown) => {
      if (Array.isArray(value)) return value.length === 0 ? undefined : value
      const isEmpty =
        key === 'meta' &&
        Object.values(value as object).every((each) => Array.isArray(each) && each.length === 0)
      return isEmpty ? undefined : value
    }),
  ) as object
}

const queries: [string, string][] = [
  ...[
    'name=gonzalez',
    'name=cruz',
    'name=gon',
    'name=ana jose',
    'family=muñoz',
    'given=güemes,ana',
    '_tag=a',
    '_tag=urn:t|b',
    'identifier=1',
    'identifier=urn:b|a2',
    'identifier=Á2',
  ].flatMap((query): [string, string][] => [
    ['Patient', query],
    ['Practitioner', query],
  ]),
  ...[day(3), day(20), '2026-11', `ap${day(9)}`].flatMap((date): [string, string][] => [
    ['Appointment', `date=${date}`],
    ['Encounter', `date=${date}`],
  ]),
  ['Encounter', `date=ge${day(5)}&date=lt${day(9)}`],
  ['Encounter', `date=gt${day(5)}&date=le${day(25)}&identifier=1`],
  ['Appointment', `date=sa${day(5)}&date=eb${day(25)}`],
  ['Appointment', `identifier=1`],
  ['Task', 'owner=Practitioner/1'],
  ['Task', 'owner=2,1'],
  ['Task', '_tag=B'],
]

const acts = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: resources.map((resource) => ({ act: 'put' as const, resource })) },
    { weight: 3, arbitrary: resources.map((resource) => ({ act: 'delete' as const, resource })) },
    { weight: 2, arbitrary: fc.constant({ act: 'flush' as const }) },
    { weight: 1, arbitrary: fc.constant({ act: 'reindex' as const }) },
  ),
  { minLength: 10, maxLength: 40 },
)

test('whatever was written, candidates hold all that matches', async (t) => {
  const { make, put, store, found } = await listed(t)
  await fc.assert(
    fc.asyncProperty(acts, async (list) => {
      const [directory, another] = [make(), make()]
      const held = new Map<string, Stored>()
      const check = async () => {
        const among = [...held.values()]
        for (const [type, query] of queries) {
          for (const each of [directory, another]) {
            const names = await found(
              each,
              type,
              query,
              among.filter(({ resourceType }) => resourceType === type),
            )
            const missing = matching(type, query, among).filter((name) => !names.includes(name))
            assert.deepEqual(missing, [], `${type}?${query}`)
          }
        }
      }
      for (const each of list) {
        if (each.act === 'flush') {
          await directory.flusher.flush()
          await check()
        } else if (each.act === 'reindex') {
          assert.equal((await store.reindex()).status, 'ok')
          await check()
        } else if (each.act === 'put') {
          await put(each.resource)
          held.set(`${each.resource.resourceType}/${each.resource.id}`, each.resource)
        } else {
          await store.delete(each.resource.resourceType, each.resource.id, {})
          held.delete(`${each.resource.resourceType}/${each.resource.id}`)
        }
      }
      await check()
      for (const { resourceType, id: name } of held.values()) await store.delete(resourceType, name, {})
    }),
    { numRuns: runs(2, 30) },
  )
})

for (const rowsMax of [20_000, 3])
  test(`two that flush at once do it once, ${rowsMax} rows a statement, and what was taken away stays away`, (t) =>
    flushTogether(t, rowsMax))

async function flushTogether(t: TestContext, rowsMax: number) {
  const { make, put, found, person, sql } = await listed(t)
  const flushers = [make(rowsMax), make(rowsMax), make(rowsMax)]
  const people: Stored[] = []
  for (let round = 0; round < 6; round++) {
    for (let n = 0; n < 8; n++) {
      const each = person(`p${n}`, round % 2 === 0 ? 'Ana López' : 'Eva Ruiz')
      people[n] = each
      await put(each)
    }
    const outcomes = await Promise.all(flushers.map(({ flusher }) => flusher.flush()))
    // One that began later may have found what the first has left: where it takes all there is, nothing.
    if (rowsMax > 3)
      assert(outcomes.filter(Boolean).length <= 1 || (await sql`select from directory_pending`).length === 0)
  }
  while (await flushers[0]!.flusher.flush());
  const [one] = flushers as [Directory]
  assert.equal((await found(one, 'Patient', 'name=eva', people)).length, 8)
  assert.equal((await found(one, 'Patient', 'name=lopez', people)).length, 0)
  // Each person has a prefix and a sound of each of two words.
  assert.equal((await sql`select from directory`).length, 8 * 4)
}

test('what has more rows than a statement takes is moved in several, all or nothing', async (t) => {
  const { make, put, sql } = await listed(t)
  const told: (string | undefined)[] = []
  const { flusher } = make(30, (fault) => told.push(fault?.message))
  await put({
    resourceType: 'CareTeam',
    id: 't',
    status: 'active',
    subject: { reference: 'Patient/p' },
    participant: Array.from({ length: 100 }, (_, n) => ({ member: { reference: `Practitioner/w${n}` } })),
    period: { start: '2026-11-01T00:00:00Z' },
  })
  const moved = async () => [
    (await sql`select from directory`).length,
    (await sql`select from directory_pending`).length,
    Number((await sql`select changes from directory_generation`)[0]?.['changes']),
  ]
  await sql`
    create function planted() returns trigger language plpgsql as $$ begin
      if (select count(*) from directory) > 60 then raise exception 'planted'; end if;
      return null;
    end $$`
  await sql`create trigger planted after insert on directory for each statement execute function planted()`
  await assert.rejects(flusher.flush(), /planted/)
  assert.deepEqual(await moved(), [0, 1, 0])
  await assert.rejects(flusher.flush(), /planted/)
  // In the background as well: nobody waits for it.
  flusher.wrote(1)
  await flusher.idle()
  assert.deepEqual(told, ['planted'], 'once')
  await sql`drop trigger planted on directory`
  assert.equal(await flusher.flush(), true)
  assert.deepEqual(await moved(), [100, 0, 4])
  assert.equal(await flusher.flush(), false)
  assert.deepEqual(told, ['planted', undefined], 'and that it is over')
})

test('a flush takes no more rows than it has to, and of enough compartments', () => {
  const piece = (n: number, rows: number): [string, readonly ResourceChange[]] => {
    const added = Array.from({ length: rows }, (_, at) => ({ point: at, entry: `${n}-${at}` }))
    const [resource, compartment] = [`r${n}` as ResourceKey, `c${n}` as CompartmentId]
    return [`p${n}`, [{ resource, compartment, version: 1, added, removed: [] }]]
  }
  const pending = (pieces: number, rows: number) =>
    new Map(Array.from({ length: pieces }, (_, n) => piece(n, rows)))
  const least = { resources: 4, compartments: 4, crowd: 100, rowsMax: 50 }
  for (const [pieces, rows, want] of [
    [20, 10, 5],
    [20, 30, 4],
    [3, 100, undefined],
    [20, 1, 20],
  ] as const)
    assert.equal(take(pending(pieces, rows), least)?.size, want, `${pieces} of ${rows}`)
})

test('changes of one resource that are pending together end as the last of them says', async (t) => {
  const { directory, put, found, person, store, sql } = await listed(t)
  const ana = person('p', 'Ana López')
  await put(ana)
  await put(person('p', 'Eva Ruiz'))
  await put(ana)
  await directory.flusher.flush()
  assert.deepEqual(await found(directory, 'Patient', 'name=ana', [ana]), ['p'])
  assert.deepEqual(await found(directory, 'Patient', 'name=eva', [ana]), [])
  await store.delete('Patient', 'p', {})
  await directory.flusher.flush()
  assert.equal((await sql`select from directory`).length, 0)
})

test('a small home leaves everything pending, and the store moves what is mixed', async (t) => {
  const { put, found, directory, person, sql, store, keys } = await listed(t)
  const own = createDirectory({ sql, keys, timeZone })
  const people = Array.from({ length: 40 }, (_, n) => person(`p${n}`, `Ana Ruiz${n}`))
  for (const each of people.slice(0, 31)) await put(each)
  await store.tend()
  assert.equal(await own.flusher.flush(), false)
  assert.equal((await sql`select from directory`).length, 0)
  assert.equal((await found(directory, 'Patient', 'name=ana', people)).length, 31)
  for (const each of people.slice(31)) await put(each)
  await store.tend()
  // How many had come when they were moved is a matter of speed; what came after them is too little again.
  assert((await sql`select from directory`).length > 0)
  assert((await sql`select from directory_pending`).length < 9)
  assert.equal((await found(own, 'Patient', 'name=ana', people)).length, 40)
})

test('an import of one patient is not moved alone', async (t) => {
  const { sql, keys, store } = await testVault(t)
  const entry = Array.from({ length: 60 }, (_, n) => ({
    request: { method: 'PUT', url: `Observation/o${n}` },
    resource: {
      resourceType: 'Observation',
      id: `o${n}`,
      status: 'final',
      identifier: [{ value: `${n}` }],
      code: { text: 'x' },
      subject: { reference: 'Patient/p' },
    },
  }))
  await store.bundle(bodyOf({ resourceType: 'Bundle', type: 'transaction', entry }), {})
  assert.equal(await createDirectory({ sql, keys, timeZone }).flusher.flush(), false)
  assert.equal(
    (await sql`select octet_length(sealed) as bytes from directory_pending`)[0]?.['bytes'],
    4096 + 74,
  )
})

test('rows hold one name each, of one size, and none opens in the place of another', async (t) => {
  const { put, directory, person, sql, found } = await listed(t)
  const people = [person('a', 'Ana López'), person('b', 'Eva Ruiz')]
  for (const each of people) await put(each)
  await directory.flusher.flush()
  assert.deepEqual(
    (await sql`select distinct octet_length(sealed) as bytes from directory`).map((row) => row['bytes']),
    [90],
  )
  await sql`update directory set sealed = (select sealed from directory order by entry limit 1)`
  await assert.rejects(found(directory, 'Patient', 'name=ana', people), /seal is broken/)
})

test('rows that have not changed are opened once; what is written or moved in between is seen', async (t) => {
  const { make, put, found, person, sql } = await listed(t)
  const directory = make()
  // What the store's own flusher does is another process's to this one.
  const other = make()
  const settle = async () => {
    while ((await other.flusher.flush()) || (await sql`select from directory_pending`).length > 0);
  }
  const people = [person('a', 'José Ruiz'), person('b', 'Eva Ruiz'), person('c', 'Ana Paz')]
  for (const each of people) await put(each)
  await settle()
  const ask = async (name: string) => (await found(directory, 'Patient', `name=${name}`, people)).toSorted()
  assert.deepEqual(await ask('ruiz'), ['a', 'b'])
  // Whoever opened one of these rows now would be told so.
  await sql`update directory set sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1)`
  assert.deepEqual(await ask('ruiz'), ['a', 'b'])
  await assert.rejects(found(other, 'Patient', 'name=ruiz', people), { name: 'SealBroken' })
  await sql`update directory set sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1)`
  // Pending, and moved.
  await put(person('c', 'Ana Ruiz'))
  assert.deepEqual(await ask('ruiz'), ['a', 'b', 'c'])
  await settle()
  assert.deepEqual(await ask('ruiz'), ['a', 'b', 'c'])
  assert.deepEqual(await ask('ruiz'), ['a', 'b', 'c'])
  await put(person('a', 'José Paz'))
  await settle()
  assert.deepEqual(await ask('paz'), ['a'])
  assert.deepEqual(await ask('ruiz'), ['b', 'c'])
})
