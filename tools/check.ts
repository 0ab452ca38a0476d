/**
 * The quick gate: `node tools/check.ts [--root FOLDER] [part …]`. One line for each part, then its faults in full;
 * exit code 1 where any fails.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { runRules } from './rules/index.ts'

const house = fileURLToPath(new URL('..', import.meta.url))

interface Verdict {
  ok: boolean
  output: string
  /** Said also where all is well. */
  remark?: string
}

/** The longest first, so that the short ones fit beside them. */
const parts: Record<string, (root: string) => Promise<Verdict>> = {
  types: (root) => run(root, 'tsc', ['--noEmit', '--project', '.']),
  page: (root) => checkPage(root),
  unused: (root) => run(root, 'knip', ['--no-progress']),
  rules: async (root) => checkRules(root),
  policy: checkPolicies,
  lint: (root) => run(root, 'oxlint', ['--deny-warnings', '--report-unused-disable-directives']),
  format: (root) => run(root, 'oxfmt', ['--check', '.']),
}

const { values, positionals } = parseArgs({
  options: { root: { type: 'string', default: house } },
  allowPositionals: true,
})
const unknown = positionals.filter((name) => !Object.hasOwn(parts, name))
if (unknown.length > 0) {
  console.error(`no part ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`)
  process.exitCode = 2
} else {
  process.exitCode = await check(resolve(values.root), positionals)
}

async function check(root: string, wanted: readonly string[]): Promise<number> {
  const names = wanted.length > 0 ? wanted : Object.keys(parts)
  const queue = [...names]
  const failures: string[] = []
  const startedMs = performance.now()
  const work = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const beganMs = performance.now()
      const verdict = await parts[name]!(root)
      const remark = verdict.remark ? `   ${verdict.remark}` : ''
      console.log(`${verdict.ok ? 'ok  ' : 'FAIL'} ${name.padEnd(7)} ${seconds(beganMs)}${remark}`)
      if (!verdict.ok) failures.push(`\n── ${name} ──\n${verdict.output.trim()}`)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  for (const failure of failures) console.log(failure)
  console.log(
    failures.length === 0
      ? `all good in ${seconds(startedMs)}`
      : `\n${failures.length} of ${names.length} failed`,
  )
  return failures.length === 0 ? 0 : 1
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`
}

function run(root: string, program: string, words: readonly string[]): Promise<Verdict> {
  const path = join(house, 'node_modules', '.bin', program)
  if (!existsSync(path)) throw new Error(`${program} is not installed: npm ci`)
  return new Promise((done) => {
    execFile(path, words, { cwd: root, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      done({ ok: error === null, output: `${stdout}${stderr}` })
    })
  })
}

type SafeguardPart = Parameters<typeof import('./policy.ts').validatePolicies>[1][number]

/** Cedar's validator: whether what safeguards say fits what they, and the house, know. */
async function checkPolicies(root: string): Promise<Verdict> {
  const registry = join(root, 'src/safeguards/registry.ts')
  if (!existsSync(registry)) return { ok: true, output: '' }
  const { vocabulary, validatePolicies } = await import('./policy.ts')
  const listed = (await import(pathToFileURL(registry).href)) as Record<string, SafeguardPart>
  const safeguards = Object.values(listed)
  const faults = validatePolicies(vocabulary, safeguards)
  return { ok: faults.length === 0, output: faults.join('\n') }
}

/** What runs in a browser knows a browser's names, and no others do. */
function checkPage(root: string): Promise<Verdict> {
  const folder = 'src/http/page/browser'
  if (!existsSync(join(root, folder))) return Promise.resolve({ ok: true, output: '' })
  return run(root, 'tsc', ['--noEmit', '--project', folder])
}

function checkRules(root: string): Verdict {
  const { faults, long } = runRules(root)
  const output = faults.map(({ rule, file, line, text }) => `${file}:${line}  ${rule}: ${text}`).join('\n')
  const remark = `long: ${long.map(({ file, text }) => `${file} (${text})`).join(', ')}`
  return { ok: faults.length === 0, output, ...(long.length > 0 ? { remark } : {}) }
}
