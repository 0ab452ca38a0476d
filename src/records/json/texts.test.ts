import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Texts } from './index.ts'

test('property: each text has one place, however many come and wherever they meet', () => {
  // Two letters, so that many are equal, and many more meet.
  const text = fc.oneof(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 9 }), fc.string())
  const texts = new Texts()
  fc.assert(
    fc.property(fc.array(text, { maxLength: 400 }), (list) => {
      texts.reset()
      const known: string[] = []
      for (const each of list) {
        const at = known.indexOf(each)
        assert.equal(texts.placeOf(each), at < 0 ? undefined : at)
        assert.equal(texts.add(each), at < 0 ? known.push(each) - 1 : at)
        assert.equal(texts.placeOf(each), known.indexOf(each))
      }
      assert.deepEqual(texts.list, known)
      assert.deepEqual(new Texts(known).list, known)
    }),
  )
})

test('texts that all meet take no longer than others', () => {
  const time = (list: readonly string[]) => {
    const start = process.cpuUsage()
    const texts = new Texts()
    for (const each of list) texts.add(each)
    for (const each of list) assert.equal(texts.list[texts.placeOf(each) as number], each)
    const { user, system } = process.cpuUsage(start)
    return user + system
  }
  const count = 20_000
  const plain = Array.from({ length: count }, (_, n) => `text ${n} of many, each of which is another one`)
  // Alike wherever the table looks: of one length, with the same letters at its places.
  const alike = Array.from({ length: count }, (_, n) => `${String(n).padStart(9, '0')}${'x'.repeat(40)}`)
  time(plain)
  const [own, met] = [time(plain), time(alike)]
  assert.ok(met < 50 * own, `${met} µs, and ${own} µs for others`)
})
