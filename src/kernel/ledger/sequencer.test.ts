/** Staged rows become leaves, each once, in one tree, whatever happens to who does it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomKey } from '#kernel/crypto/index.ts'
import { testDatabase } from '#test/kit/index.ts'
import { Pseudonyms } from './pseudonyms.ts'
import { createRecorder } from './recording.ts'
import { Sequencer } from './sequencer.ts'
import { entriesOf } from './staging.ts'
import { readTree } from './stored-tree.ts'

test('what is recorded becomes leaves, in a tree that the database gives back', async (t) => {
  const { sql } = await testDatabase(t)
  const names = new Pseudonyms(randomKey())
  const record = createRecorder(sql, () => {})
  const sequencer = new Sequencer({ sql, leaseMs: 3000, onPlanted: () => assert.fail() })
  for (let round = 0; round < 5; round++) {
    await Promise.all(
      Array.from({ length: 200 }, () =>
        record({ names, ...entriesOf(names, [{ action: 'read', outcome: 'done', actor: 'a' }]) }),
      ),
    )
    for (;;) {
      const turn = await sequencer.turn(names)
      assert.notEqual(turn.status, 'altered')
      if (turn.status === 'through') break
    }
  }
  const read = await readTree(sql)
  assert.equal(read.status, 'ok')
  assert.equal(read.status === 'ok' && read.edge.size, 1000)
})
