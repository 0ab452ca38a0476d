/** What the repository may look like: names of folders, words, lengths. */
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileRule, type Fault, type Rule } from './rule.ts'
import type { Repository } from './source.ts'

const noEnum = fileRule('no-enum', 'Literal unions, no enums.', function* ({ nodes }) {
  for (const { type, start } of nodes) if (type === 'TSEnumDeclaration') yield { start, text: 'an enum' }
})

const noCode = fileRule(
  'no-code-from-text',
  'Nothing makes code of text: no node:vm (and by lint no eval and no Function).',
  function* ({ path, imports, isTest }) {
    if (!path.startsWith('src/') || isTest) return
    for (const { specifier, start } of imports) {
      if (/^(node:)?vm$/.test(specifier)) yield { start, text: `${specifier} is imported` }
    }
  },
)

const drawer = /(^|\/)(helpers?|utils?|utilities|misc|common)(\/|\.ts$)/

const noDrawers: Rule = {
  name: 'no-drawers',
  says: 'No helpers, no utils: what a thing does says where it lives.',
  *find({ paths }) {
    for (const file of paths) {
      if (drawer.test(file)) yield { file, line: 1, text: 'name it after what it does' }
    }
  },
}

/** Files of text that we write, or that name where something came from. */
const textual = /\.(ts|tsx|js|json|md|sql|ya?ml|sh|cedar)$|^(bin|\.ci)\/|(^|\/)\.[a-z]+(rc|ignore)$/

function* linesOf({ root, paths }: Repository): Generator<{ file: string; line: number; text: string }> {
  for (const file of paths) {
    if (!textual.test(file)) continue
    for (const [index, text] of readFileSync(join(root, file), 'utf8').split('\n').entries()) {
      yield { file, line: index + 1, text }
    }
  }
}

/** What only somebody's own machine has: homes, its folders, a registry other than npm's. */
const own = [
  /(^|[\s"'`(=:])\/(home|Users)\/(?!ana\b)\w/,
  /(^|[\s"'`(=:])\/root\/\w/,
  /(^|[\s"'`(=:])\/work\/\w/,
  /\/\/(?!registry\.npmjs\.org\b)[\w.-]*(registry|artifactory|nexus|mirror|proxy)[\w-]*\.[\w.-]+/i,
]

const noWorkplace: Rule = {
  name: 'no-workplace',
  says: 'Nothing names the machine or the network on which it was written.',
  *find(repository) {
    for (const { file, line, text } of linesOf(repository)) {
      const found = own.map((pattern) => pattern.exec(text)?.[0].trim()).find((match) => match)
      if (found !== undefined) yield { file, line, text: found }
    }
    for (const file of repository.paths) {
      if (basename(file) === '.npmrc') yield { file, line: 1, text: 'settings of somebody’s npm' }
    }
  },
}

// In brackets, so that this line is none itself.
const leftover = /\b(T[O]DO|F[I]XME|H[A]CK)\b/

const noLeftovers: Rule = {
  name: 'no-leftovers',
  says: 'Work that is left is an issue, not a word in a file.',
  *find(repository) {
    for (const { file, line, text } of linesOf(repository)) {
      const found = file.includes('/generated/') ? undefined : leftover.exec(text)?.[0]
      if (found !== undefined) yield { file, line, text: found }
    }
  },
}

const linesMax = 300

/** Long files: no fault, but look for the second room in them. */
export function longFiles({ sources }: Repository): Fault[] {
  return sources
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > linesMax)
    .toSorted((a, b) => b.lines - a.lines)
    .map(({ path, lines }) => ({ rule: 'long-files', file: path, line: lines, text: `${lines} lines` }))
}

export const shapeRules: readonly Rule[] = [noEnum, noCode, noDrawers, noWorkplace, noLeftovers]
