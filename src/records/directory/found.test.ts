import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomUuid } from '#kernel/crypto/index.ts'
import { testVault } from '#test/kit/vault.ts'
import type { ResourceKey } from '../place.ts'
import { createFound, heldMax } from './found.ts'
import type { Term } from './terms.ts'

const termOf = (n: number): Term => ({ kind: 'owner', text: `${n}` })
const some = (count: number) => Array.from({ length: count }, () => randomUuid() as ResourceKey)

test('what was found is known of the rows in which it was, and of no others', async (t) => {
  const { keys } = await testVault(t)
  const found = createFound(keys)
  const rows = { generation: 1, changes: 5 }
  const names = some(3)
  found.keep('Task', [termOf(1), termOf(2)], rows, names)
  assert.deepEqual(found.get('Task', [termOf(1), termOf(2)], { ...rows }), names)
  for (const [type, terms] of [
    ['Flag', [termOf(1), termOf(2)]],
    ['Task', [termOf(1)]],
    ['Task', [termOf(2), termOf(1)]],
    ['Task', [{ ...termOf(1), kind: 'tag' }, termOf(2)]],
  ] as const)
    assert.equal(found.get(type, terms, rows), undefined)
  assert.equal(found.get('Task', [termOf(1), termOf(2)], { generation: 1, changes: 6 }), undefined)
  found.keep('Task', [termOf(1)], rows, names)
  assert.equal(found.get('Task', [termOf(1)], { generation: 2, changes: 5 }), undefined)
})

test('the longest unused goes first, and a list that is too long is not kept', async (t) => {
  const { keys } = await testVault(t)
  const found = createFound(keys)
  const rows = { generation: 1, changes: 0 }
  const isKept = (n: number) => found.get('Task', [termOf(n)], rows) !== undefined
  found.keep('Task', [termOf(0)], rows, some(2_001))
  assert.equal(isKept(0), false)
  const names = some(1_000)
  const all = heldMax / names.length
  for (let n = 1; n <= all; n++) found.keep('Task', [termOf(n)], rows, names)
  assert(isKept(1))
  found.keep('Task', [termOf(all + 1)], rows, names)
  assert(isKept(1) && !isKept(2) && isKept(3) && isKept(all + 1))
})

test('nothing of it stays when the vault is sealed', async (t) => {
  const { keys } = await testVault(t)
  const found = createFound(keys)
  const rows = { generation: 1, changes: 0 }
  found.keep('Task', [termOf(1)], rows, some(1))
  await keys.seal()
  assert.equal(found.get('Task', [termOf(1)], rows), undefined)
  found.keep('Task', [termOf(1)], rows, some(1))
  assert.equal(found.get('Task', [termOf(1)], rows), undefined)
})
