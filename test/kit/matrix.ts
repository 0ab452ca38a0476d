/** test/golden/policy.txt, as it is read: what is on no line is refused. */
import { readFileSync } from 'node:fs'

export interface MatrixQuestion {
  action: string
  /** As the matrix names them. */
  who: string
  /** What they are to the patient; where it is not said, whatever they could be. */
  relation?: string
  purpose: string
  kind: string
}

export function readMatrix(): (question: MatrixQuestion) => boolean {
  const golden = readFileSync(new URL('../golden/policy.txt', import.meta.url), 'utf8')
  // What follows is of those of whom more is known.
  const [usual = ''] = golden.split('\n# Where')
  const lines = usual
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.endsWith('nothing'))
    .map((line) => [line.slice(0, 13).trim(), line.slice(14, 37).trim(), ...columnsOf(line.slice(38))])
  const byAsker = Map.groupBy(lines, ([action, who]) => `${action} ${who}`)
  const words = new Map(lines.flat().map((column) => [column, new Set(column.split(' '))]))
  const names = (column: string, word: string) => column === 'any' || words.get(column)?.has(word)
  return ({ action, who, relation, purpose, kind }) =>
    (byAsker.get(`${action} ${who}`) ?? []).some(
      ([, , being = '', forWhat = '', kinds = '']) =>
        (relation === undefined || names(being, relation)) && names(forWhat, purpose) && names(kinds, kind),
    )
}

/** Relations, purposes and kinds, of which the first may be wider than its column. */
function columnsOf(text: string): [relations: string, purposes: string, kinds: string] {
  const words = text.split(/ +/)
  const isRelation = (word = '', n: number) =>
    n === 0 || (words[0] !== 'any' && /^(none|care|own|represented|nobody)$/.test(word))
  const first = words.findIndex((word, n) => !isRelation(word, n))
  const second = words.findIndex((word, n) => n > first && !/^([A-Z]+|other)$/.test(word))
  return [
    words.slice(0, first).join(' '),
    words.slice(first, second).join(' '),
    words.slice(second).join(' '),
  ]
}
