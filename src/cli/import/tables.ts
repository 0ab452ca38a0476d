/** Tables of patients in an import: each row a transaction, on the line that it has in the table. */
import { stat } from 'node:fs/promises'
import { isRefusal } from '#kernel/outcome.ts'
import {
  duplicatesInVault,
  patientsOf,
  previewOf,
  transactionOf,
  type CsvOptions,
  type Plan,
  type Remark,
  type VaultLookup,
} from '#records/csv/index.ts'
import type { Finding, Source } from '#records/import/index.ts'
import type { Interactions } from '#records/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import type { Table } from './files.ts'

/** After the house's people and places, as patients are. */
const rank = 4

/** The table as a source; what is wrong with its rows is told as they are first read. */
export async function tableSource(
  { name, path }: Table,
  options: CsvOptions,
  tell: { finding: (finding: Finding) => void; refused: () => void },
): Promise<{ status: 'ok'; source: Source; plan: Plan } | { status: 'unclear'; remark: Remark }> {
  const preview = await previewOf(path, options)
  if (preview.status === 'unclear') return { status: 'unclear', remark: preview.problem }
  const [question] = preview.questions
  if (question) return { status: 'unclear', remark: question }
  const { plan } = preview
  const { size } = await stat(path)
  let isFirst = true
  async function* read(onBytes: (bytes: number) => void): AsyncGenerator<Uint8Array> {
    const isTold = isFirst
    isFirst = false
    let line = 1
    for await (const row of patientsOf(path, plan)) {
      if ('problem' in row) {
        if (!isTold) continue
        tell.finding(findingOf(name, row.line, row.problem, 'error'))
        tell.refused()
        continue
      }
      // Blank lines up to its own: so the report names the line of the table.
      const text = `${'\n'.repeat(Math.max(row.line - line, 0))}${JSON.stringify(transactionOf(row))}\n`
      line = Math.max(row.line, line) + 1
      yield Buffer.from(text)
    }
    onBytes(size)
  }
  return { status: 'ok', plan, source: { name, form: 'transactions', rank, bytes: size, read } }
}

/** Whom of the table the vault may have already, under another number or none; nobody is merged. */
export async function* duplicatesOf(
  store: Interactions,
  { name, path }: Table,
  plan: Plan,
): AsyncGenerator<Finding> {
  const lookup: VaultLookup = {
    byIdentifier: (system, value) => search(store, [['identifier', `${escaped(system)}|${escaped(value)}`]]),
    byNameAndBirth: (words, birthDate) =>
      search(store, [...words.map((word) => ['name', escaped(word)] as const), ['birthdate', birthDate]]),
  }
  for await (const row of patientsOf(path, plan)) {
    if ('problem' in row) continue
    const [likeliest] = await duplicatesInVault(row.patient, lookup)
    if (!likeliest) continue
    const { code, why } = likeliest
    yield findingOf(name, row.line, { code: `duplicate-${code}`, text: why }, 'warning')
  }
}

const searchedMax = 20

async function search(
  store: Interactions,
  pairs: readonly (readonly [string, string])[],
): Promise<JsonObject[]> {
  const found = await store.search({
    type: 'Patient',
    pairs: [...pairs, ['_count', String(searchedMax)]],
    view: 'full',
    actor: 'import',
  })
  return isRefusal(found) ? [] : found.entries.map(({ version }) => JSON.parse(version.json) as JsonObject)
}

/** R4 search.html#escaping. */
function escaped(text: string): string {
  return text.replaceAll(/[\\|,$]/g, String.raw`\$&`)
}

function findingOf(
  file: string,
  line: number,
  { code, text }: Pick<Remark, 'code' | 'text'>,
  severity: Finding['severity'],
): Finding {
  return { severity, file, line, code, text }
}
