import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPacker } from '#kernel/crypto/index.ts'
import { bodyOf, testVault } from '#test/kit/vault.ts'
import { dictionaries } from '../dictionaries/index.ts'
import type { Sight } from '../gate/index.ts'
import { resourceKey } from '../place.ts'
import { selectVersions } from '../queries.ts'
import { createReader } from '../reader.ts'
import { createSealing } from '../sealing.ts'
import type { Version } from '../types.ts'
import { createEyes } from './seeing.ts'

test('what was kept closer since is judged as it was last, deleted or not', async (t) => {
  const { store, sql, keys } = await testVault(t)
  const reader = createReader(sql, keys, createSealing(createPacker(dictionaries)))
  const isOpen = ({ json }: Version) => !json.includes('closer')
  const sight = {
    couldBe: () => true,
    allows: (_: unknown, version: Version, now = version) => isOpen(now),
  } as unknown as Sight
  const eyes = createEyes({ sql, keys, reader }, sight)
  const put = async (id: string, text: string) => {
    const written = await store.update('Basic', id, bodyOf({ resourceType: 'Basic', id, code: { text } }), {})
    assert.equal(written.status, 'ok')
  }
  const cases: [id: string, texts: string[], isDeleted: boolean, want: number[]][] = [
    ['open', ['a', 'b'], false, [1, 2]],
    ['open-deleted', ['a', 'b'], true, [1, 2, 3]],
    ['kept', ['a', 'closer'], false, []],
    ['kept-deleted', ['a', 'closer'], true, []],
  ]
  for (const [id, texts, isDeleted, want] of cases) {
    for (const each of texts) await put(id, each)
    if (isDeleted) assert.equal((await store.delete('Basic', id, {})).status, 'ok')
    const rows = await selectVersions(sql, resourceKey(keys.locator, 'Basic', id), 9, 9)
    const seen: number[] = []
    // Each by itself, as an export that began then has it.
    for (const row of rows.toReversed())
      seen.push(...(await eyes.opened([row])).map(({ version }) => version))
    assert.deepEqual(seen, want, id)
  }
})
