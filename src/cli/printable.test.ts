import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printable, printableLines } from './printable.ts'

test('what another wrote moves no cursor, turns no line and makes none', () => {
  const cases: [text: string, want: string][] = [
    ['Dra. Ana Núñez, «sala» 4 – 100 %', 'Dra. Ana Núñez, «sala» 4 – 100 %'],
    ['a\u001b[2J\u001b[Hb', 'a?[2J?[Hb'],
    ['a\u009b2Jb', 'a?2Jb'],
    ['a\r\nb', 'a??b'],
    ['a\u202eb\u2066c\u200b', 'a?b?c?'],
    ['a\u2028b', 'a?b'],
  ]
  for (const [text, want] of cases) assert.equal(printable(text), want)
  assert.equal(printableLines('a\u001bb\nc'), 'a?b\nc')
})
