/**
 * `npm run bench [-- --json] [-- --only PREFIX]`: the whole system against what its parts give by themselves.
 * `npm run bench:large [-- --resources N] [-- --entries N] [-- --only PREFIX]`: a million resources, and a ledger of ten million entries.
 */
import { parseArgs } from 'node:util'
import type { Area } from './area.ts'
import { stopChildren } from './child.ts'
import { openExportArea, openImportArea } from './importing.ts'
import { openKeysArea } from './keys.ts'
import { openLedgerArea } from './ledger.ts'
import { largeResources, runLarge } from './large.ts'
import { machine } from './machine.ts'
import { measureInTurns } from './measure.ts'
import { openPeopleArea } from './people.ts'
import { openPolicyArea } from './policy.ts'
import { largeEntries, measureReach } from './reach.ts'
import { tableOf } from './results.ts'
import type { Report } from './results.ts'
import { openSearchArea } from './search.ts'
import { openSignInArea } from './signing-in.ts'
import { openStoreArea } from './store.ts'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    resources: { type: 'string', default: String(largeResources) },
    entries: { type: 'string', default: String(largeEntries) },
    only: { type: 'string', default: '' },
  },
})
const started = performance.now()
const note = (text: string) =>
  console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${text}`)

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(name, () => void stopChildren().finally(() => process.exit(130)))
}
try {
  const report = options.large ? await runLargeAreas(options.only) : await runAreas(options.only)
  console.log(options.json ? JSON.stringify(report, null, 2) : tableOf(report))
} finally {
  await stopChildren()
}

async function runLargeAreas(prefix: string): Promise<Report> {
  const wants = (area: string) => area.startsWith(prefix) || prefix.startsWith(area)
  const report: Report = wants('store')
    ? await runLarge(Number(options.resources), note)
    : { machine: machine(), floors: {}, results: [] }
  await stopChildren()
  if (wants('ledger')) report.results.push(...(await measureReach(Number(options.entries), note)))
  return report
}

/** Of each area, what its results' names begin with. Each has the machine for itself. */
async function runAreas(prefix: string): Promise<Report> {
  const areas = {
    store: openStoreArea,
    search: openSearchArea,
    import: openImportArea,
    export: openExportArea,
    ledger: openLedgerArea,
    keys: openKeysArea,
    'sign-in': openSignInArea,
    people: openPeopleArea,
    policy: openPolicyArea,
  }
  const report: Report = { machine: machine(), floors: {}, results: [] }
  for (const [name, open] of Object.entries(areas)) {
    if (!name.startsWith(prefix) && !prefix.startsWith(name)) continue
    const { facts, floors, results } = await runArea(prefix, open)
    Object.assign(report.machine, facts)
    report.floors = { ...floors, ...report.floors }
    report.results.push(...results)
    await stopChildren()
  }
  return report
}

async function runArea(prefix: string, open: (wants: (name: string) => boolean) => Promise<Area>) {
  // `store.read` asks for its percentiles too; `store.read.p99` for what they are measured by.
  const wants = (name: string) => name.startsWith(prefix) || prefix.startsWith(`${name}.`)
  const area = await open(wants)
  note('prepared')
  const measures = area.measures.filter(({ name }) => wants(name))
  const needed = new Set(measures.map(({ floor }) => floor))
  const floors = Object.entries(area.floors).filter(([name]) => prefix === '' || needed.has(name))
  const measured = await measureInTurns(Object.fromEntries(floors), measures, note, area.rounds)
  const results = [...measured.results, ...(await area.before()), ...(await area.after())]
  const shown = results.filter(({ name }) => name.startsWith(prefix))
  const used = new Set(shown.map(({ floor }) => floor))
  const weights = Object.entries(area.bytesFloor()).filter(([name]) => used.has(name))
  return {
    facts: area.facts,
    floors: { ...measured.floors, ...Object.fromEntries(weights) },
    results: shown,
  }
}
