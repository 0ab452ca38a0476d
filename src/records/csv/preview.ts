import { FileDuplicates } from './duplicates.ts'
import type { Duplicate } from './duplicates.ts'
import type { Likeness } from './likeness.ts'
import type { Field } from './fields.ts'
import { patientsOf } from './patients.ts'
import { planOf } from './plan.ts'
import type { CsvOptions, Plan, Question, Remark, Source } from './types.ts'

/** What an import of a table would do; nothing is stored for it. */
export interface Preview {
  status: 'ok'
  plan: Plan
  columns: { heading: string; field: Field | undefined; samples: readonly string[] }[]
  /** While there are any, nothing may be imported. */
  questions: readonly Question[]
  /** Of the table and its columns. */
  remarks: readonly Remark[]
  rows: number
  patients: number
  /** Of the rows that are no patients, the first ones, and how many there are. */
  problems: { count: number; first: readonly { line: number; problem: Remark }[] }
  /** By code and column: how many rows, and the first lines. */
  warnings: readonly (Remark & { count: number; lines: readonly number[] })[]
  duplicates: { counts: Readonly<Record<Likeness, number>>; first: readonly Duplicate[] }
}

/** How many of a kind a preview names. */
const namedMax = 20
const linesMax = 5

/** Looks at a whole table: columns to fields, what is asked, who is in twice. Where it cannot be read at all: why. */
export async function previewOf(
  source: Source,
  options: CsvOptions,
): Promise<Preview | { status: 'unclear'; problem: Remark }> {
  const planned = await planOf(source, options)
  if (planned.status === 'unclear') return planned
  const { plan, questions, remarks, samples, rows } = planned
  const warnings = new Map<string, Remark & { count: number; lines: number[] }>()
  const problems: { line: number; problem: Remark }[] = []
  const duplicates: Duplicate[] = []
  const counts = { sure: 0, likely: 0, possible: 0 }
  const file = new FileDuplicates()
  let [patients, problemCount] = [0, 0]
  for await (const row of patientsOf(source, plan)) {
    if ('problem' in row) {
      problemCount += 1
      if (problems.length < namedMax) problems.push(row)
      continue
    }
    patients += 1
    for (const warning of row.warnings) {
      const key = `${warning.code} ${warning.column ?? ''}`
      const known = warnings.get(key) ?? { ...warning, count: 0, lines: [] }
      known.count += 1
      if (known.lines.length < linesMax) known.lines.push(row.line)
      warnings.set(key, known)
    }
    const [likeliest] = file.take(row.line, row.patient)
    if (!likeliest) continue
    counts[likeliest.likeness] += 1
    if (duplicates.length < namedMax) duplicates.push(likeliest)
  }
  return {
    status: 'ok',
    plan,
    columns: plan.headings.map((heading, at) => ({
      heading,
      field: plan.columns[at],
      samples: samples[at] ?? [],
    })),
    questions,
    remarks,
    rows,
    patients,
    problems: { count: problemCount, first: problems },
    warnings: [...warnings.values()].sort((one, other) => other.count - one.count),
    duplicates: { counts, first: duplicates },
  }
}
