/**
 * Every command there is leaves an entry, or is named in docs/spec/acts.md among those that leave none. A command that somebody
 * adds fails here until it has a line.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { exportJWK, generateKeyPair } from 'jose'
import { temporaryFolder } from '#test/kit/scope.ts'
import type { PlainEntry } from '#records/index.ts'
import { parseArguments } from '../../src/cli/arguments.ts'
import { safeguards } from '#safeguards/all.ts'
import { commands } from '../../src/cli/commands.ts'
import { askServer } from '../../src/cli/control/client.ts'
import { readSettings } from '../../src/cli/env.ts'
import { controlSocketPath } from '../../src/cli/home/runtime.ts'
import { madeHome, passphrase, root, serve, sigilo, smallDemo, type Running } from './cli-process.ts'

type Line =
  /** What is typed, with what standard input has, and the entry that it leaves. */
  | {
      /** What the command before has printed is `last`. */
      words: (last: string) => string[]
      input?: () => string
      code?: number
      /** Another officer approves it. */
      approves?: true
      leaves: [action: string, query: RegExp]
    }
  /** Named in docs/spec/acts.md; what is typed, where it is tried here. */
  | { leavesNone: string[] | undefined }
  /** Run before all others, each its start. */
  | { starts: true }
  /** It leaves its entry, as another test shows. */
  | { shownBy: string }

test('every command leaves its entry, or is named among those that leave none', async (t) => {
  let running: Running | undefined
  const home = await madeHome(t, 'demo')
  const folder = temporaryFolder(t)
  const at = (name: string): string => join(folder, name)
  /** The code on the kit, as one line. */
  const groups = (): string => {
    const lines = readFileSync(at('kit.txt'), 'utf8').matchAll(/^ +\d+: {2}(.+)$/gm)
    return `${[...lines].map(([, four = '']) => four.split(/ +/).join(' ')).join(' ')}\n`
  }
  const brought = (id: string) => `{"resourceType":"Patient","id":"${id}","active":true}\n`
  writeFileSync(at('patient.ndjson'), `${brought('brought')}${brought('brought-too')}`)
  const word = `${passphrase}\n`
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  writeFileSync(at('lab.jwk'), JSON.stringify(await exportJWK(privateKey)))
  const { people } = JSON.parse(readFileSync(join(home, 'demo.json'), 'utf8')) as {
    people: { login: string; role: string }[]
  }
  const loginsOf = (wanted: string) => people.flatMap(({ login, role }) => (role === wanted ? [login] : []))
  const [officers, [nurse = '']] = [loginsOf('security-officer'), loginsOf('nurse')]
  const archivists = loginsOf('archivist')

  const duties: Record<string, Line> = {}
  for (const { commands: theirs = {} } of safeguards)
    for (const [name, { tried }] of Object.entries(theirs)) {
      const as = ['--as', ...loginsOf(tried.role).slice(0, 1)]
      const code = tried.code === undefined ? {} : { code: tried.code }
      duties[name] = { words: () => [...tried.words, ...as], ...code, leaves: [...tried.leaves] }
    }

  /** In the order in which they are run. */
  const lines: Record<string, Line> = {
    init: { leavesNone: undefined },
    demo: { starts: true },
    serve: { starts: true },
    ...duties,
    'people begin': { shownBy: 'test/e2e/cli-people.test.ts' },
    'people list': { words: () => ['people', 'list'], leaves: ['other', /^accounts$/] },
    'people show': { words: () => ['people', 'show', nurse], leaves: ['other', /^accounts$/] },
    'people invite': {
      words: () => ['people', 'invite', 'luz.mora', '--name', 'Enf. Luz Mora', '--role', 'nurse'],
      code: 3,
      leaves: ['authority', /: invite luz\.mora as nurse$/],
    },
    'approvals show': { words: (last) => ['approvals', 'show', last], leaves: ['other', /^approval /] },
    'approvals approve': {
      words: (last) => ['approvals', 'approve', /^\S+/.exec(last)![0], '--as', officers[1]!, '--json'],
      leaves: ['approval', /: approved: invite luz\.mora as nurse$/],
    },
    'approvals link': {
      words: (last) => ['approvals', 'link', (JSON.parse(last) as { approval: { id: string } }).approval.id],
      leaves: ['authority', /: link given$/],
    },
    'approvals list': { words: () => ['approvals', 'list'], leaves: ['other', /^approvals$/] },
    'people suspend': {
      words: () => ['people', 'suspend', nurse],
      code: 3,
      leaves: ['authority', /: suspend /],
    },
    'approvals refuse': {
      words: (last) => ['approvals', 'refuse', last, '--as', officers[1]!],
      leaves: ['authority', /: refused$/],
    },
    'people reinstate': {
      words: () => ['people', 'reinstate', nurse],
      code: 3,
      leaves: ['authority', /: reinstate /],
    },
    'approvals withdraw': {
      words: (last) => ['approvals', 'withdraw', last],
      leaves: ['authority', /: withdrawn$/],
    },
    'approvals ask': {
      words: () => ['approvals', 'ask', 'read%20Patient%2Fp1%2C%20TREAT'],
      code: 3,
      leaves: ['authority', /: beyond the limit of a day, once: read$/],
    },
    'approvals require': {
      words: () => ['approvals', 'require', '2', '--of', 'reset'],
      code: 1,
      leaves: ['other', /approvals/],
    },
    'people reset': {
      words: () => ['people', 'reset', nurse],
      code: 3,
      leaves: ['authority', /: reset /],
    },
    'people sessions': { words: () => ['people', 'sessions', nurse], leaves: ['other', /^sessions of /] },
    'people end-sessions': {
      words: () => ['people', 'end-sessions', nurse],
      leaves: ['authority', /sessions ended/],
    },
    'programs list': { words: () => ['programs', 'list'], leaves: ['other', /^programs$/] },
    'programs register': {
      words: () => ['programs', 'register', 'lab', '--name', 'Lab', '--key', at('lab.jwk')],
      code: 3,
      leaves: ['authority', /: program lab$/],
    },
    'programs revoke': {
      words: () => ['programs', 'revoke', 'demo-system'],
      code: 3,
      leaves: ['authority', /: revoke-program demo-system$/],
    },
    token: { words: () => ['token'], leaves: ['token', /given/] },
    'keys status': { leavesNone: ['keys', 'status'] },
    'ledger keys': { leavesNone: ['ledger', 'keys'] },
    'ledger send': { leavesNone: ['ledger', 'send'] },
    doctor: { leavesNone: ['doctor'] },
    'ledger query': {
      words: () => ['ledger', 'query', '--actor', 'nobody-1'],
      leaves: ['ledger-query', /nobody-1/],
    },
    'ledger radius': {
      words: () => ['ledger', 'radius', '--actor', 'nobody-2'],
      leaves: ['ledger-query', /nobody-2/],
    },
    'ledger file': {
      words: () => ['ledger', 'file', 'Patient/paciente-000001', '--out', at('file.json')],
      leaves: ['ledger-file', /^/],
    },
    'policy explain': {
      words: () => [
        'policy',
        'explain',
        '--as',
        'nurse',
        '--action',
        'read',
        '--on',
        'Patient/paciente-000001',
      ],
      leaves: ['other', /^policy explain role\/nurse/],
    },
    'ledger witness': {
      words: () => ['ledger', 'witness', 'remove', 'https://nobody.example'],
      code: 1,
      leaves: ['configuration', /^remove witness/],
    },
    'ledger authority': {
      words: () => ['ledger', 'authority', 'remove', 'https://nobody.example'],
      code: 1,
      leaves: ['configuration', /^remove authority/],
    },
    'ledger folder': {
      words: () => ['ledger', 'folder', 'remove', '/nowhere'],
      code: 1,
      leaves: ['configuration', /^remove folder/],
    },
    'ledger witnessed': {
      words: () => ['ledger', 'witnessed', 'remove', 'nobody.example'],
      code: 1,
      leaves: ['configuration', /^no witness of/],
    },
    'ledger publish': {
      words: () => ['ledger', 'publish', '--folder', at('published')],
      leaves: ['checkpoint', /^folder /],
    },
    'ledger restored': { shownBy: 'test/e2e/ledger-restored.test.ts' },
    import: { words: () => ['import', at('patient.ndjson')], leaves: ['import', /./] },
    'patients duplicates': {
      words: () => ['patients', 'duplicates', '--as', archivists[0]!],
      leaves: ['search', /^Patient\/\$duplicates$/],
    },
    'patients apart': {
      words: () => ['patients', 'apart', 'brought', 'brought-too', '--as', archivists[0]!],
      leaves: ['read', / are two people$/],
    },
    'patients merge': {
      words: () => ['patients', 'merge', 'brought', 'brought-too', '--as', archivists[0]!],
      code: 3,
      leaves: ['authority', /: merge two records$/],
    },
    'patients move': {
      words: () => [
        'patients',
        'move',
        'Observation/none',
        'brought',
        '--reason',
        'tried',
        '--as',
        archivists[0]!,
      ],
      code: 1,
      leaves: ['update', /^Observation\/none moved, as /],
    },
    'patients unmerge': {
      words: () => ['patients', 'unmerge', 'brought', 'brought-too', '--as', archivists[0]!],
      code: 1,
      leaves: ['read', /^unmerge Patient\/brought from Patient\/brought-too, looked at$/],
    },
    export: { words: () => ['export', at('exported')], leaves: ['export', /./] },
    reindex: { words: () => ['reindex'], leaves: ['maintenance', /^reindex/] },
    verify: { words: () => ['verify'], leaves: ['verify', /^whole$/] },
    'keys destroy': {
      words: () => ['keys', 'destroy', 'Patient/brought', '--reason', 'asked for', '--yes'],
      approves: true,
      leaves: ['destroy', /^/],
    },
    'keys destroyed': { words: () => ['keys', 'destroyed'], leaves: ['read', /^destructions$/] },
    'keys rotate': { words: () => ['keys', 'rotate', '--root'], leaves: ['key', /^rotate the root$/] },
    'keys kit': {
      words: () => ['keys', 'kit', '--out', at('kit.txt')],
      approves: true,
      leaves: ['opener', /^recovery-kit$/],
    },
    'keys check-kit': {
      words: () => ['keys', 'check-kit', '--secret-stdin'],
      input: groups,
      leaves: ['unseal', /^tried: recovery-kit$/],
    },
    'keys opener': {
      words: () => ['keys', 'opener', '--to', 'passphrase', '--passphrase-stdin'],
      input: () => word,
      approves: true,
      leaves: ['opener', /^passphrase$/],
    },
    'keys split': {
      words: () => [
        'keys',
        'split',
        '--holders',
        '3',
        '--threshold',
        '2',
        '--out',
        at('shares'),
        '--passphrase-stdin',
      ],
      input: () => word,
      approves: true,
      leaves: ['opener', /^shamir$/],
    },
    'keys seal': { words: () => ['keys', 'seal'], leaves: ['seal', /^/] },
    'keys unseal': {
      words: () => ['keys', 'unseal', '--kit', '--secret-stdin'],
      input: groups,
      leaves: ['unseal', /^recovery-kit$/],
    },
  }
  assert.deepEqual(Object.keys(lines).toSorted(), Object.keys(commands).toSorted(), 'each has a line')

  const acts = readFileSync(join(root, 'docs/spec/acts.md'), 'utf8')
  const [, table = ''] = /leave no entry of their own[^\n]*\n\n((?:\|.*\n)+)/.exec(acts) ?? []
  const named = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name)
  const without = Object.entries(lines).flatMap(([name, line]) => ('leavesNone' in line ? [name] : []))
  assert.deepEqual(named.toSorted(), without.toSorted(), 'docs/spec/acts.md names those that leave none')

  for (const words of [smallDemo, ['serve']]) {
    await running?.stop()
    running = await serve(t, words, { SIGILO_HOME: home })
  }
  const variables = { SIGILO_HOME: home, LANG: 'C' }
  const read = readSettings(variables)
  assert.ok(read.status === 'ok')

  /** Here, which takes no start of a process; where something is read from standard input, as it is typed. */
  async function ran(
    words: string[],
    input?: () => string,
  ): Promise<{ code: number | null; out: string; said: string }> {
    if (input) {
      const { code, stdout, stderr } = await sigilo(words, variables, input())
      return { code, out: stdout, said: stderr }
    }
    const parsed = parseArguments(words)
    assert.ok(parsed.status === 'run', words.join(' '))
    const [out, said]: [string[], string[]] = [[], []]
    const { run } = await parsed.command.load()
    const code = await run({
      settings: (read as Extract<typeof read, { status: 'ok' }>).settings,
      options: parsed.options,
      words: parsed.words ?? [],
      out: (line) => out.push(line),
      note: ({ en }) => said.push(en),
      now: () => new Date(),
    })
    return { code, out: out.join('\n'), said: said.join('\n') }
  }

  /** All entries by people and programs, once all is in the tree; asking for them leaves one of its own. */
  async function entries(): Promise<PlainEntry[]> {
    const all: PlainEntry[] = []
    for (let page: string | undefined; ;) {
      const terms = { order: 'oldest', _count: '1000', ...(page === undefined ? {} : { _page: page }) }
      const asked = await askServer(controlSocketPath(home), 'POST /ledger/entries', { terms })
      assert.ok(asked.status === 'answered' && asked.answer.status === 'ok', JSON.stringify(asked))
      all.push(...asked.answer.entries)
      if (asked.answer.next === undefined) return all
      page = asked.answer.next
    }
  }
  /** Without those of the machine, and of this asking; once the last of them is in the tree. */
  const own = async (last: (entry: PlainEntry) => boolean) => {
    for (;;) {
      const asked = (await entries()).filter(({ machine, query }) => !machine && !query?.includes('_count='))
      if (asked.some(last)) return asked
    }
  }
  const mark = (name: string) => ran(['ledger', 'query', '--actor', name])
  await mark('before')
  const before = await own(({ query }) => query === 'entries?actor=before')
  for (const line of Object.values(lines))
    if ('leavesNone' in line && line.leavesNone) await ran(line.leavesNone)
  await mark('after')
  const between = (await own(({ query }) => query === 'entries?actor=after')).slice(before.length)
  assert.deepEqual([...new Set(between.map(({ query }) => query))], ['entries?actor=after'])

  let last = ''
  for (const [name, line] of Object.entries(lines)) {
    if ('shownBy' in line) assert.ok(existsSync(join(root, line.shownBy)), line.shownBy)
    if (!('words' in line)) continue
    const { code, out, said } = await ran(line.words(last), line.input)
    assert.equal(code, line.code ?? (line.approves ? 3 : 0), `${name}: ${said}`)
    if (line.approves) {
      const [id = ''] = out.match(/[0-9a-f-]{36}/) ?? []
      const second = await ran(['approvals', 'approve', id, '--as', officers[1]!])
      assert.equal(second.code, 0, `${name}: ${second.said}`)
    }
    last = out
  }
  const left = await own(({ action, query }) => action === 'unseal' && query === 'recovery-kit')
  for (const [name, line] of Object.entries(lines)) {
    if (!('leaves' in line)) continue
    const [action, query] = line.leaves
    const found = left.filter((entry) => entry.action === action && query.test(entry.query ?? ''))
    assert.ok(
      found.length > 0,
      `${name}: ${JSON.stringify(left.map((entry) => [entry.action, entry.query]))}`,
    )
  }
  const starts = (await entries()).filter(
    ({ action, query }) => action === 'maintenance' && query === 'start',
  )
  assert.equal(starts.length, 2, 'of demo, and of serve')
})
