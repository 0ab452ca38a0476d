/** The files of the repository as the rules see them: their text, their imports and their expressions. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { parseSync, visitorKeys } from 'oxc-parser'

export interface Import {
  /** As written. */
  specifier: string
  /** Path from the root, where the import is of a file of ours. */
  target: string | undefined
  /** Leaves nothing behind when types are stripped. `import { type A }` does: an import for its effects. */
  typeOnly: boolean
  /** Position in the text. */
  start: number
  /** Names imported, where the statement lists them. */
  names: readonly string[]
}

/** A node of the syntax tree; its kind decides what else is there. */
export interface Node {
  type: string
  start: number
  [member: string]: unknown
}

export interface Source {
  /** From the root, with `/`. */
  path: string
  text: string
  imports: readonly Import[]
  nodes: readonly Node[]
  isTest: boolean
}

export interface Repository {
  root: string
  /** Every file that is ours. */
  paths: readonly string[]
  /** TypeScript that people write; generated files are not among them. */
  sources: readonly Source[]
  /** Names of packages that the product needs when it runs. */
  runtimePackages: ReadonlySet<string>
}

/** Folders that hold nothing of ours: installed, made by running, or git's. */
const foreign = new Set(['node_modules', '.git', '.sigilo', 'tmp'])

export function readRepository(root: string): Repository {
  const paths = walk(root, '').toSorted()
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
  const aliases = Object.entries(manifest.imports ?? {})
  const written = paths.filter((path) => /\.tsx?$/.test(path) && !path.includes('/generated/'))
  return {
    root,
    paths,
    sources: written.map((path) => readSource(root, path, aliases)),
    runtimePackages: new Set(Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })),
  }
}

interface Manifest {
  imports?: Record<string, string>
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

function walk(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory()) return foreign.has(entry.name) ? [] : walk(root, path)
    return entry.isFile() ? [path] : []
  })
}

function readSource(root: string, path: string, aliases: readonly [string, string][]): Source {
  const text = readFileSync(join(root, path), 'utf8')
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path} is not TypeScript: ${errors[0]?.message}`)
  const nodes = [...descend(program as unknown as Node)]
  const imports = nodes.flatMap((node) => importOf(node, path, aliases))
  return { path, text, imports, nodes, isTest: path.endsWith('.test.ts') || path.startsWith('test/') }
}

function* descend(node: Node): Generator<Node> {
  yield node
  for (const key of visitorKeys[node.type] ?? []) {
    const member = node[key]
    for (const each of Array.isArray(member) ? member : [member]) {
      if (each !== null && each !== undefined) yield* descend(each as Node)
    }
  }
}

/** Every way in which one file names another: statements, `export … from`, `import()`, types, `require`. */
function importOf(node: Node, path: string, aliases: readonly [string, string][]): Import[] {
  const from = sourceOf(node)
  if (typeof from?.['value'] !== 'string') return []
  const specifier = from['value']
  const typeOnly =
    node['importKind'] === 'type' || node['exportKind'] === 'type' || node.type === 'TSImportType'
  const specifiers = (node['specifiers'] ?? []) as { imported?: { name?: string } }[]
  const names = specifiers.flatMap(({ imported }) => imported?.name ?? [])
  return [{ specifier, target: targetOf(specifier, path, aliases), typeOnly, start: node.start, names }]
}

function sourceOf(node: Node): Node | undefined {
  if (node.type === 'CallExpression') {
    const callee = node['callee'] as Node
    return callee['name'] === 'require' ? (node['arguments'] as Node[])[0] : undefined
  }
  const isImport = /^(Import|ExportNamed|ExportAll)(Declaration|Expression)$|^TSImportType$/.test(node.type)
  return isImport ? ((node['source'] ?? undefined) as Node | undefined) : undefined
}

function targetOf(specifier: string, path: string, aliases: readonly [string, string][]): string | undefined {
  if (specifier.startsWith('.')) return posix.join(dirname(path), specifier)
  for (const [alias, folder] of aliases) {
    const prefix = alias.slice(0, -1)
    if (specifier.startsWith(prefix)) {
      return posix.join(folder.slice(0, -1), specifier.slice(prefix.length))
    }
  }
  return undefined
}

export function lineOf(text: string, position: number): number {
  return text.slice(0, position).split('\n').length
}

/** The folder of the room a file is in: the nearest with an `index.ts`, or else the layer itself. */
export function roomOf(root: string, path: string): string {
  for (let folder = dirname(path); folder.split('/').length > 2; folder = dirname(folder)) {
    if (existsSync(join(root, folder, 'index.ts'))) return folder
  }
  return path.split('/').slice(0, 2).join('/')
}

/** The name after the dot, or between quotes in brackets. */
export function memberOf(node: Node): string | undefined {
  if (node.type !== 'MemberExpression') return undefined
  const property = node['property'] as Node
  const name = node['computed'] === true ? property['value'] : property['name']
  return typeof name === 'string' ? name : undefined
}

/** The global object that an expression names, e.g. `process`, also as `globalThis.process`. */
export function globalOf(node: Node | undefined): string | undefined {
  if (node?.type === 'Identifier') return node['name'] as string
  const isGlobal = node?.type === 'MemberExpression' && (node['object'] as Node)['name'] === 'globalThis'
  return isGlobal ? memberOf(node) : undefined
}
