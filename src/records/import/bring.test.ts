import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refuse } from '#kernel/outcome.ts'
import type { Finder } from '../criteria.ts'
import type { Writer } from '../writer.ts'
import type { Writing } from '../writing.ts'
import { createBring } from './bring.ts'
import type { Journal } from './journal.ts'
import type { Item, Unit } from './unit.ts'

const source = { name: 'x', form: 'lines', rank: 0, bytes: 0, async *read() {} } as const
const document = { text: '{}', value: {} }
const item = (line: number, mark?: string): Item => ({
  at: { file: 'x', line },
  wish: { kind: 'put', type: 'Basic', id: `b${line}`, document },
  criteria: [],
  ...(mark === undefined ? {} : { mark }),
})

/** Each write loses once to somebody else, who has brought by then what these marks are of; and of line 3 it is refused. */
function bringAgainst(theirs: ReadonlySet<string>) {
  const journal = {
    known: async (marks: readonly string[]) => new Set(marks.filter((mark) => theirs.has(mark))),
  } as unknown as Journal
  const writer = {
    async write(_, plan) {
      await plan()
      const planned = await plan()
      if ('status' in planned) return planned
      const third = planned.intents.findIndex(({ id }) => id === 'b3')
      if (third >= 0) return { status: 'refused', intent: third, refusal: refuse('gone') }
      return { status: 'ok', changes: planned.intents.map(() => ({ outcome: 'created' })) }
    },
  } as Writer
  const conditionals = { placeOf: async () => refuse('no-match') }
  return (unit: Unit) =>
    createBring({ writer, finder: {} as Finder, conditionals, journal })(unit, {} as Writing)
}

test('what another import brought meanwhile counts once, however often the rest is tried again', async () => {
  const bring = bringAgainst(new Set(['m1', 'm2']))
  const fate = await bring({ source, bytes: 0, items: [1, 2, 3, 4].map((line) => item(line, `m${line}`)) })
  assert.equal(fate.before, 2)
  assert.deepEqual(
    fate.refused.map(({ item: { at }, refusal }) => [at.line, refusal.status]),
    [[3, 'gone']],
  )
  assert.deepEqual(
    fate.changes.map(({ item: { at } }) => at.line),
    [4],
  )
  const all = await bring({ source, bytes: 0, items: [item(1, 'm1'), item(2, 'm2')] })
  assert.deepEqual([all.before, all.changes, all.refused], [2, [], []])
  const bundle = await bring({ source, bytes: 0, mark: 'm1', items: [item(1), item(2)] })
  assert.deepEqual([bundle.before, bundle.changes, bundle.refused], [1, [], []])
})

test('lines that are lost together all the time are brought each for itself', async () => {
  const writer = {
    async write(_, plan) {
      const planned = await plan()
      if ('status' in planned) return planned
      if (planned.intents.some(({ id }) => id === 'b3'))
        return {
          status: 'refused',
          intent: planned.intents.length === 1 ? 0 : undefined,
          refusal: refuse('version-conflict'),
        }
      return { status: 'ok', changes: planned.intents.map(() => ({ outcome: 'created' })) }
    },
  } as Writer
  const journal = { known: async () => new Set() } as unknown as Journal
  const conditionals = { placeOf: async () => refuse('no-match') }
  const bring = createBring({ writer, finder: {} as Finder, conditionals, journal })
  const items = [1, 2, 3, 4].map((line) => item(line))
  const fate = await bring({ source, bytes: 0, items }, {} as Writing)
  assert.deepEqual(
    fate.refused.map(({ item: { at }, refusal }) => [at.line, refusal.status]),
    [[3, 'version-conflict']],
  )
  assert.deepEqual(
    fate.changes.map(({ item: { at } }) => at.line),
    [1, 2, 4],
  )
})
