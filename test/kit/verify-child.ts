/** Verifies a database without its keys, and says how it went and how much memory it took. Arguments: URL, folder. */
import { connect } from '#kernel/db/index.ts'
import { createKeys } from '#kernel/keys/index.ts'
import { createLedger } from '#kernel/ledger/index.ts'
import { verifyRecords } from '#records/index.ts'

const [url, folder] = process.argv.slice(2) as [string, string]
const sql = connect(url, { max: 4 })
const keys = createKeys({ sql })
const ledger = createLedger({ sql, keys, keeper: { read: () => undefined, write: () => {} }, now: Date.now })
const findings: unknown[] = []
const began = performance.now()
const before = process.cpuUsage()
const { entries, rows } = await verifyRecords({
  sql,
  keys,
  ledger,
  local: { timeZone: 'America/Mexico_City' },
  folder,
  tables: ['resource'],
  onFinding: (finding) => findings.push(finding),
})
const { user, system } = process.cpuUsage(before)
await sql.end()
process.stdout.write(
  JSON.stringify({
    entries,
    rows,
    findings: findings.slice(0, 5),
    seconds: Math.round((performance.now() - began) / 100) / 10,
    cpuMicros: Math.round((user + system) / entries),
    rssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
)
