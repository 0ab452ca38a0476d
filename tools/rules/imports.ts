/** Who may import whom. */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileRule, type Rule } from './rule.ts'
import { globalOf, lineOf, roomOf } from './source.ts'
import type { Node, Source } from './source.ts'

/** From the ground up: a layer imports its own and those before it. */
const layers: readonly (readonly string[])[] = [
  ['kernel'],
  ['people'],
  ['records'],
  ['safeguards'],
  ['demo'],
  ['http', 'cli', 'web'],
]

/** Files that other rooms may import although they are no `index.ts`. */
const openFiles = ['src/kernel/outcome.ts', 'src/kernel/safeguard.ts']

/** Programs that stand alone, and that the product may run as they are. */
const standAlone = ['tools/verify-ledger.mjs']

const oneWay = fileRule(
  'one-way',
  'Imports go one way: kernel ← people ← records ← safeguards ← http, cli, web; the product imports no test or tool.',
  function* ({ path, imports, isTest }) {
    const own = rankOf(path)
    if (own === undefined) return
    for (const { target, start, specifier } of imports) {
      if (target === undefined || target === 'package.json' || standAlone.includes(target)) continue
      const rank = rankOf(target)
      const isAbove = rank === undefined ? !isTest : rank > own
      if (isAbove) yield { start, text: `${specifier} is above this layer` }
    }
  },
)

/** What of a safeguard runs in a browser, on the page. */
const isScreen = (path: string): boolean => /^src\/safeguards\/[^/]+\/page\//.test(path)
const pageFolder = 'src/http/page/browser/'

function rankOf(path: string): number | undefined {
  if (isScreen(path)) return layers.length - 1
  const [top, layer = ''] = path.split('/')
  const rank = layers.findIndex((names) => names.includes(layer))
  return top === 'src' && rank >= 0 ? rank : undefined
}

const safeguardsApart = fileRule(
  'safeguards-apart',
  'A safeguard never imports another: they meet through facts, ledger events and hooks.',
  function* ({ path, imports }) {
    const own = safeguardOf(path)
    if (own === undefined) return
    for (const { target, start, specifier } of imports) {
      const other = target === undefined ? undefined : safeguardOf(target)
      if (other !== undefined && other !== own)
        yield { start, text: `${specifier} is of the safeguard ${other}` }
    }
  },
)

const safeguardsRegistered: Rule = {
  name: 'safeguards-registered',
  says: 'Each safeguard is one line of the registry, and is known to nobody but what lies beside the registry.',
  *find({ sources }) {
    const registry = sources.find(({ path }) => path === 'src/safeguards/registry.ts')
    const listed = new Set(registry?.imports.map(({ target = '' }) => safeguardOf(target)))
    for (const { path, text, imports, isTest } of sources) {
      const own = safeguardOf(path)
      if (own !== undefined && path === `src/safeguards/${own}/index.ts` && !listed.has(own))
        yield { file: path, line: 1, text: `${own} is not in the registry` }
      for (const { target = '', start, specifier } of imports) {
        const safeguard = safeguardOf(target)
        const isBeside = /^src\/safeguards\/[^/]+$/.test(path) || safeguard === own || isTest
        if (safeguard !== undefined && !isBeside)
          yield { file: path, line: lineOf(text, start), text: `${specifier} is a safeguard: ask the gate` }
        if (own !== undefined && !isTest && /^src\/safeguards\/[^/]+$/.test(target))
          yield { file: path, line: lineOf(text, start), text: `${specifier} is what gathers safeguards` }
      }
    }
  },
}

function safeguardOf(path: string): string | undefined {
  return /^src\/safeguards\/([^/]+)\//.exec(path)?.[1]
}

const frontDoor = fileRule(
  'front-door',
  'A folder with an index.ts is a room: from outside only its index.ts is imported.',
  function* ({ path, imports }, { root }) {
    // Tests of the whole house, and the tools that make its vectors, look into every room.
    if (/^(test|tools)\//.test(path)) return
    for (const { target, start, specifier } of imports) {
      if (!target?.startsWith('src/') || openFiles.includes(target)) continue
      if (isScreen(path) && target.startsWith(pageFolder)) continue
      const room = roomOf(root, target)
      const isInside = path.startsWith(`${room}/`)
      const hasDoor = existsSync(join(root, room, 'index.ts'))
      if (!isInside && hasDoor && basename(target) !== 'index.ts') {
        yield { start, text: `${specifier} is a private room: import ${room}/index.ts` }
      }
    }
  },
)

const roomCycles: Rule = {
  name: 'room-cycles',
  says: 'Rooms do not import each other in a circle, not even for types.',
  *find({ root, sources }) {
    const files = new Map(sources.filter(isProduct).map((source) => [source.path, source]))
    for (const circle of circlesOf(files)) {
      const members = new Set(circle.map(({ path }) => path))
      if (new Set(circle.map(({ path }) => roomOf(root, path))).size === 1) continue
      for (const { path, text, imports } of circle) {
        const crossing = imports.find(
          ({ target = '' }) => members.has(target) && roomOf(root, target) !== roomOf(root, path),
        )
        if (!crossing) continue
        const line = lineOf(text, crossing.start)
        yield { file: path, line, text: `${crossing.specifier} is part of a circle of rooms` }
      }
    }
  },
}

function isProduct({ path, isTest }: Source): boolean {
  return path.startsWith('src/') && !isTest
}

/** Files that reach each other: the strongly connected components (Tarjan 1972) of more than one file. */
function* circlesOf(files: ReadonlyMap<string, Source>): Generator<Source[]> {
  const numbers = new Map<string, { own: number; low: number; open: boolean }>()
  const stack: Source[] = []
  for (const source of files.values()) if (!numbers.has(source.path)) yield* visit(source)

  function* visit(source: Source): Generator<Source[]> {
    const node = { own: numbers.size, low: numbers.size, open: true }
    numbers.set(source.path, node)
    stack.push(source)
    for (const { target = '' } of source.imports) {
      const next = files.get(target)
      if (next && !numbers.has(target)) yield* visit(next)
      const seen = numbers.get(target)
      if (seen?.open) node.low = Math.min(node.low, seen.low)
    }
    if (node.low !== node.own) return
    const circle = stack.splice(stack.indexOf(source))
    for (const { path } of circle) numbers.get(path)!.open = false
    if (circle.length > 1) yield circle
  }
}

/** Runs in a browser, whose keys never leave it: there is no kernel there. */
const browserCrypto = 'src/http/page/browser/store.ts'

const cryptoHome = fileRule(
  'crypto-home',
  'In the product, node:crypto and the global crypto are used in src/kernel/crypto alone, and for the key of a browser.',
  function* (source) {
    const { path, imports, nodes } = source
    if (!isProduct(source) || path.startsWith('src/kernel/crypto/') || path === browserCrypto) return
    for (const { specifier, start } of imports) {
      if (/^(node:)?crypto$/.test(specifier)) yield { start, text: `${specifier} is imported` }
    }
    for (const node of nodes) {
      if (node.type === 'MemberExpression' && globalOf(node['object'] as Node) === 'crypto') {
        yield { start: node.start, text: 'the global crypto is used' }
      }
    }
  },
)

const unledgered = fileRule(
  'unledgered',
  'The store below the ledger is for benchmarks: nothing in the product, and no test, stands on it.',
  function* ({ path, imports }) {
    if (path.startsWith('bench/') || path.startsWith('src/records/unledgered/')) return
    for (const { target, start, specifier } of imports) {
      if (target?.startsWith('src/records/unledgered/')) yield { start, text: `${specifier} records nothing` }
    }
  },
)

const runtimePackages = fileRule(
  'runtime-packages',
  'What runs imports only packages of "dependencies", and nothing of @medplum.',
  function* (source, { runtimePackages: known }) {
    if (!isProduct(source)) return
    for (const { specifier, target, typeOnly, start } of source.imports) {
      if (typeOnly || target !== undefined || /^(node:|#)/.test(specifier)) continue
      const name = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/')
      if (!known.has(name) || name.startsWith('@medplum/')) {
        yield { start, text: `${name} is no package of the running product` }
      }
    }
  },
)

export const importRules: readonly Rule[] = [
  oneWay,
  safeguardsApart,
  safeguardsRegistered,
  frontDoor,
  roomCycles,
  cryptoHome,
  unledgered,
  runtimePackages,
]
