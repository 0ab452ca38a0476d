/** Capabilities have one home each: the database's language, the environment, the clock, chance. */
import { basename } from 'node:path'
import { fileRule, isIn, type Rule } from './rule.ts'
import { globalOf, memberOf } from './source.ts'
import type { Node } from './source.ts'

/** Programs about the product: they run by hand, at development time. */
const workshops = ['tools/', 'bench/']
const edges = ['src/http/', 'src/cli/', 'src/web/']

const statement =
  /^\s*(--.*\n\s*)*(select|insert|update|delete|merge|with|create|alter|drop|truncate|copy|lock|grant|revoke|set|begin|commit|vacuum)\b/i

const sqlHome = fileRule(
  'sql-home',
  'SQL stands only in files named queries.ts and in src/kernel/db (and in tests and benchmarks).',
  function* ({ path, nodes, isTest }) {
    if (isTest || basename(path) === 'queries.ts' || isIn(path, ['src/kernel/db/', 'bench/'])) return
    for (const node of nodes) {
      if (node.type !== 'TaggedTemplateExpression') continue
      const quasi = node['quasi'] as { quasis: { value: { raw: string } }[] }
      const { name } = node['tag'] as { name?: string }
      const isStatement = statement.test(quasi.quasis[0]?.value.raw ?? '')
      if (name === 'sql' || name === 'tx' || isStatement) yield { start: node.start, text: 'a statement' }
    }
  },
)

const sqlUnsafe = fileRule(
  'sql-unsafe',
  'sql.unsafe is for the migrator, which runs files (and for tests).',
  function* ({ path, nodes, isTest }) {
    if (isTest || path === 'src/kernel/db/migrate.ts') return
    for (const node of nodes) {
      const called = node.type === 'CallExpression' ? (node['callee'] as Node) : undefined
      if (called && memberOf(called) === 'unsafe') yield { start: node.start, text: 'unsafe is called' }
    }
  },
)

const environmentHomes = ['src/cli/env.ts', 'test/kit/environment.ts', 'bench/environment.ts']

const environmentHome = fileRule(
  'environment-home',
  `The environment is read in ${environmentHomes.join(', ')} and nowhere else.`,
  function* ({ path, nodes, imports }) {
    if (environmentHomes.includes(path)) return
    for (const node of nodes) {
      if (memberOf(node) === 'env' && globalOf(node['object'] as Node) === 'process') {
        yield { start: node.start, text: 'process.env' }
      }
      const init = (node['init'] ?? undefined) as Node | undefined
      const id = node['id'] as Node | undefined
      if (init && id?.type === 'ObjectPattern' && globalOf(init) === 'process') {
        const properties = id['properties'] as { key?: { name?: string } }[]
        if (properties.some(({ key }) => key?.name === 'env'))
          yield { start: node.start, text: 'process.env' }
      }
    }
    for (const { specifier, names, start } of imports) {
      if (/^(node:)?process$/.test(specifier) && names.includes('env')) yield { start, text: 'process.env' }
    }
  },
)

const clockEdges = fileRule(
  'clock-edges',
  'Only http, cli and web look at the wall clock; the rest is told the time, or asks the database.',
  function* ({ path, nodes, isTest }) {
    if (isTest || isIn(path, [...edges, ...workshops])) return
    for (const node of nodes) {
      const callee = node['callee'] as Node | undefined
      const isBare = node.type === 'NewExpression' && (node['arguments'] as Node[]).length === 0
      const isCall = node.type === 'CallExpression'
      if ((isBare || isCall) && callee?.type === 'Identifier' && callee['name'] === 'Date') {
        yield { start: node.start, text: 'Date without an argument is now' }
      }
      const object = globalOf((node['object'] ?? undefined) as Node | undefined)
      const member = memberOf(node)
      if ((object === 'Date' && member === 'now') || (object === 'Temporal' && member === 'Now')) {
        yield { start: node.start, text: `${object}.${member}` }
      }
    }
  },
)

/** Who may use chance that an attacker can foresee, and for what. */
const chanceHomes = [
  // Spreads out in time the retries of those who collided.
  'src/kernel/db/combiner.ts',
]

const chance = fileRule(
  'chance',
  'Math.random is foreseeable: only the combiner uses it, to spread retries.',
  function* ({ path, nodes, isTest }) {
    if (isTest || isIn(path, [...chanceHomes, ...workshops])) return
    for (const node of nodes) {
      if (memberOf(node) === 'random' && globalOf(node['object'] as Node) === 'Math') {
        yield { start: node.start, text: 'Math.random' }
      }
    }
  },
)

export const homeRules: readonly Rule[] = [sqlHome, sqlUnsafe, environmentHome, clockEdges, chance]
