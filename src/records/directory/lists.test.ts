import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { randomUuid, uuidBytes } from '#kernel/crypto/index.ts'
import { bodyOf, testVault, timeZone } from '#test/kit/vault.ts'
import { newResourceKey, type ResourceKey } from '../place.ts'
import { parseSearch } from '../search/index.ts'
import { createDirectory } from './index.ts'
import { createRowKeys } from './row-keys.ts'
import { createLists, tooLong } from './lists.ts'
import { intersect, nameHash, Names } from './names.ts'

test('common words are intersected, before and after their lists are at hand, and as the directory changes', async (t) => {
  const { sql, keys, store } = await testVault(t)
  const least = { resources: 1, compartments: 1, crowd: 1 }
  const directory = createDirectory({ sql, keys, timeZone, least })
  const write = async (from: number, to: number, nameOf: (n: number) => [string, string]) => {
    const entry = Array.from({ length: to - from }, (_, at) => {
      const [given, family] = nameOf(from + at)
      const id = `p${from + at}`
      return {
        request: { method: 'PUT', url: `Patient/${id}` },
        resource: { resourceType: 'Patient', id, name: [{ given: [given], family }] },
      }
    })
    const written = await store.bundle(bodyOf({ resourceType: 'Bundle', type: 'transaction', entry }), {})
    assert.equal(written.status, 'ok')
    // The store's own flusher may be at it.
    while ((await directory.flusher.flush()) || (await sql`select from directory_pending`).length > 0);
  }
  const found = async (name: string) => {
    const parsed = parseSearch({ type: 'Patient', pairs: [['name', name]], timeZone, now: 0 })
    assert(parsed.status === 'ok')
    const names = new Set(
      (await Array.fromAsync(directory.candidates('Patient', parsed.search.filters)!)).flat(),
    )
    return Array.from({ length: 500 }, (_, n) => n).filter((n) =>
      names.has(newResourceKey(keys.locator, 'Patient', `p${n}`)),
    )
  }
  // Three in four are María, three in four López; two share both in every four.
  const named = (n: number): [string, string] => [
    n % 4 === 0 ? 'Eva' : 'María',
    n % 4 === 1 ? 'Ruiz' : 'López',
  ]
  const both = (from: number) =>
    Array.from({ length: 400 }, (_, n) => n).filter((n) => n >= from && n % 4 >= 2)
  await write(0, 400, named)
  for (let time = 0; time < 3; time++) {
    assert.deepEqual(await found('maria lopez'), both(0))
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  await write(0, 200, () => ['Eva', 'López'])
  assert.deepEqual(await found('maria lopez'), both(200))
  await write(400, 410, () => ['María', 'López'])
  assert.equal((await found('lopez maria')).length, both(200).length + 10)
  assert.equal((await store.reindex()).status, 'ok')
  // With so few tags as now, the words may meet on one: then more is found, and never less.
  const wanted = [...both(200), ...Array.from({ length: 10 }, (_, n) => 400 + n)]
  for (let time = 0; time < 2; time++) {
    const names = new Set(await found('lopez maria'))
    assert.deepEqual(
      wanted.filter((n) => !names.has(n)),
      [],
    )
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
})

test('a list is fetched once, and forgotten when the vault is sealed', async (t) => {
  const { sql, keys, store } = await testVault(t)
  const least = { resources: 1, compartments: 1, crowd: 1 }
  const { flusher } = createDirectory({ sql, keys, timeZone, least })
  const body = bodyOf({ resourceType: 'Patient', id: 'p', name: [{ family: 'Ruiz' }] })
  await store.update('Patient', 'p', body, {})
  await flusher.flush()
  const lists = createLists(sql, keys, createRowKeys(sql, keys))
  const term = { kind: 'prefix', text: 'rui' } as const
  assert.equal(await lists.read('Patient', [term]), undefined)
  await lists.idle()
  const names = (await lists.read('Patient', [term]))?.get(term)
  assert(names && names !== tooLong)
  assert.equal([...names].includes(newResourceKey(keys.locator, 'Patient', 'p')), true)
  assert.equal((await lists.read('Patient', [term]))?.get(term), names)
  keys.seal()
  assert.equal(await lists.read('Patient', [term]), undefined)
  await lists.idle()
})

test('the longest lists are fetched before anybody asks', async (t) => {
  const { sql, keys, store } = await testVault(t)
  const least = { resources: 1, compartments: 1, crowd: 1 }
  const { flusher } = createDirectory({ sql, keys, timeZone, least })
  const entry = Array.from({ length: 600 }, (_, n) => ({
    request: { method: 'PUT', url: `Patient/p${n}` },
    resource: {
      resourceType: 'Patient',
      id: `p${n}`,
      name: [{ given: [n % 2 === 0 ? 'María' : 'Eva'], family: 'López' }],
    },
  }))
  const written = await store.bundle(bodyOf({ resourceType: 'Bundle', type: 'transaction', entry }), {})
  assert.equal(written.status, 'ok')
  while ((await flusher.flush()) || (await sql`select from directory_pending`).length > 0);
  const lists = createLists(sql, keys, createRowKeys(sql, keys))
  const terms = [
    { kind: 'prefix', text: 'mar' },
    { kind: 'sound', text: 'lopes' },
  ] as const
  await lists.warm()
  const [maria, lopez] = [...((await lists.read('Patient', terms))?.values() ?? [])]
  assert(maria && maria !== tooLong && lopez && lopez !== tooLong)
  assert(maria.size >= 300 && lopez.size >= 600)
  const both = new Set(intersect(maria, [{ lists: [lopez], hashes: new Set() }]))
  assert(
    Array.from({ length: 600 }, (_, n) => n).every(
      (n) => n % 2 > 0 || both.has(newResourceKey(keys.locator, 'Patient', `p${n}`)),
    ),
  )
})

test('sorted names are intersected as sets are', () => {
  const pool = Array.from({ length: 60 }, () => randomUuid() as ResourceKey)
  const some = fc.uniqueArray(fc.constantFrom(...pool))
  const namesOf = (names: readonly ResourceKey[]) => new Names(Buffer.concat(names.map(uuidBytes)))
  fc.assert(
    fc.property(
      some,
      fc.array(fc.record({ lists: fc.array(some, { maxLength: 3 }), more: some }), { maxLength: 3 }),
      (names, all) => {
        const found = [
          ...intersect(
            namesOf(names),
            all.map(({ lists, more }) => ({
              lists: lists.map(namesOf),
              hashes: new Set(more.map(nameHash)),
            })),
          ),
        ]
        const want = names.filter((name) =>
          all.every(({ lists, more }) => lists.flat().includes(name) || more.includes(name)),
        )
        assert.deepEqual(found.toSorted(), want.toSorted())
      },
    ),
  )
})
