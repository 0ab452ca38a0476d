import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  groupIsRight,
  groupLength,
  groupsOf,
  payloadBytesOf,
  plainText,
  readCode,
  writeCode,
} from './code.ts'

const kinds = ['share', 'kit'] as const
const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const codeOf = fc
  .constantFrom(...kinds)
  .chain((kind) =>
    fc
      .uint8Array({ minLength: payloadBytesOf(kind), maxLength: payloadBytesOf(kind) })
      .map((payload) => ({ kind, payload, code: writeCode(kind, payload) })),
  )

test('what was written is read back, in any case and with anything between the groups', () => {
  fc.assert(
    fc.property(codeOf, fc.constantFrom(' ', '-', '\n', ' · ', ''), ({ kind, payload, code }, between) => {
      const typed = code.replaceAll(' ', between).toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l')
      assert.deepEqual(readCode(kind, ` ${typed}\n`), { status: 'ok', payload })
      assert.equal(code.split(' ').length, groupsOf(kind))
    }),
  )
})

test('one wrong letter is found in its group, and in no other', () => {
  fc.assert(
    fc.property(codeOf, fc.nat(), fc.integer({ min: 1, max: 31 }), ({ kind, code }, where, shift) => {
      const bare = code.replaceAll(' ', '')
      const at = where % bare.length
      const other = letters[(letters.indexOf(bare[at]!) + shift) % 32]!
      const typed = bare.slice(0, at) + other + bare.slice(at + 1)
      const of = groupsOf(kind)
      assert.deepEqual(readCode(kind, typed), {
        status: 'code-mistyped',
        kind,
        groups: [Math.floor(at / groupLength) + 1],
        found: of,
        of,
      })
    }),
    { numRuns: 500 },
  )
})

test('two letters swapped, and two groups swapped, are found where they are', () => {
  fc.assert(
    fc.property(codeOf, fc.nat(), fc.nat(), ({ kind, code }, first, letter) => {
      const groups = code.split(' ')
      const a = first % groups.length
      const b = (a + 1) % groups.length
      const swapped = [...groups]
      swapped[a] = groups[b]!
      swapped[b] = groups[a]!
      const read = readCode(kind, swapped.join(' '))
      assert.deepEqual(
        read.status === 'code-mistyped' && read.groups,
        [a + 1, b + 1].sort((x, y) => x - y),
      )
      const at = letter % (groupLength - 1)
      const group = groups[a]!
      fc.pre(group[at] !== group[at + 1])
      const turned = group.slice(0, at) + group[at + 1] + group[at] + group.slice(at + 2)
      assert.equal(groupIsRight(turned, a), false)
    }),
    { numRuns: 500 },
  )
})

test('what is missing, too much, of another kind or of no kind is said so', () => {
  const share = writeCode('share', new Uint8Array(payloadBytesOf('share')).fill(7))
  const kit = writeCode('kit', new Uint8Array(payloadBytesOf('kit')).fill(9))
  const groups = share.split(' ')
  const of = groupsOf('share')
  const cases: [string, object][] = [
    [groups.slice(0, -1).join(' '), { status: 'code-mistyped', groups: [], found: 19, of }],
    [groups.toSpliced(4, 1).join(' '), { groups: Array.from({ length: 15 }, (_, at) => at + 5), found: 19 }],
    [`${share} ${groups[0]}`, { status: 'code-mistyped', groups: [21], found: 21, of }],
    [share.replace(groups[2]!, groups[2]!.slice(1)), { groups: [3], found: 20 }],
    [share.replace(groups[2]!, 'UUUUU'), { groups: [3], found: 20 }],
    ['', { found: 0 }],
    [kit, { status: 'code-of-other-kind', kind: 'kit', wanted: 'share' }],
  ]
  for (const [typed, want] of cases) assert.partialDeepStrictEqual(readCode('share', typed), want)
  assert.partialDeepStrictEqual(readCode('kit', share), { status: 'code-of-other-kind', kind: 'share' })
})

test('groups that are right one by one, and do not belong together, are refused', () => {
  const one = writeCode('share', new Uint8Array(payloadBytesOf('share')).fill(1)).split(' ')
  const two = writeCode('share', new Uint8Array(payloadBytesOf('share')).fill(2)).split(' ')
  assert.deepEqual(readCode('share', [...one.slice(0, 10), ...two.slice(10)].join(' ')), {
    status: 'code-broken',
    kind: 'share',
  })
})

test('names are the same letters, without checks', () => {
  assert.equal(plainText(new Uint8Array([0, 0, 0, 0, 0])), '00000000')
  assert.equal(plainText(new Uint8Array([255, 255, 255, 255, 255])), 'ZZZZZZZZ')
})
