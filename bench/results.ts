/** What a run says, as `--json` prints it. */
export interface Report {
  machine: Record<string, string | number>
  floors: Record<string, number>
  results: Result[]
}

export interface Result {
  name: string
  value: number
  unit: string
  better: 'higher' | 'lower'
  /** Of the value to the floor: the median over the rounds. */
  ratio?: number
  /** Name of the floor. */
  floor?: string
  /** For the ratio where there is one, otherwise for the value. */
  goal?: number
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  if (sorted.length === 0) throw new Error('nothing was measured')
  const upper = sorted[middle] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}

/** Four significant digits: more would be noise. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4))
}

export function isMet({ value, ratio, goal, better }: Result): boolean | undefined {
  if (goal === undefined) return undefined
  const judged = ratio ?? value
  return better === 'higher' ? judged >= goal : judged <= goal
}

export function tableOf({ machine, floors, results }: Report): string {
  const facts = Object.entries(machine).map(([name, value]) => [name, String(value)])
  const floorRows = Object.entries(floors).map(([name, value]) => [name, shown(value)])
  const rows = results.map((result) => [
    result.name,
    shown(result.value),
    result.unit,
    result.ratio === undefined ? '' : result.ratio.toFixed(3),
    result.floor === undefined ? '' : `of ${result.floor}`,
    goalText(result),
  ])
  return [
    aligned(facts, []),
    aligned([['floor', ''], ...floorRows], [1]),
    aligned([['result', 'value', 'unit', 'ratio', '', 'goal'], ...rows], [1, 3]),
  ].join('\n\n')
}

function goalText(result: Result): string {
  const met = isMet(result)
  if (met === undefined) return ''
  return `${result.better === 'higher' ? '≥' : '≤'} ${result.goal}  ${met ? 'met' : 'MISSED'}`
}

function shown(value: number): string {
  return Math.abs(value) < 100 ? String(rounded(value)) : Math.round(value).toLocaleString('en-US')
}

function aligned(rows: readonly string[][], numeric: readonly number[]): string {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, n) => (widths[n] = Math.max(widths[n] ?? 0, cell.length)))
  }
  const line = (row: readonly string[]) =>
    row.map((cell, n) => (numeric.includes(n) ? cell.padStart(widths[n] ?? 0) : cell.padEnd(widths[n] ?? 0)))
  return rows.map((row) => line(row).join('  ').trimEnd()).join('\n')
}
