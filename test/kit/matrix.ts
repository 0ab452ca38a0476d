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
  const [head = '', ...rest] = golden.split('\n')
  const starts = ['# action', 'who', 'relation', 'purpose', 'kinds of resource'].map((name) =>
    head.indexOf(name),
  )
  const lines = rest
    .filter((line) => line !== '' && !line.startsWith('#') && !line.endsWith('nothing'))
    .map((line) => starts.map((start, n) => line.slice(start, starts[n + 1]).trim()))
  const byAsker = Map.groupBy(lines, ([action, who]) => `${action} ${who}`)
  const words = new Map(lines.flat().map((column) => [column, new Set(column.split(' '))]))
  const names = (column: string, word: string) => column === 'any' || words.get(column)?.has(word)
  return ({ action, who, relation, purpose, kind }) =>
    (byAsker.get(`${action} ${who}`) ?? []).some(
      ([, , being = '', forWhat = '', kinds = '']) =>
        (relation === undefined || names(being, relation)) && names(forWhat, purpose) && names(kinds, kind),
    )
}
