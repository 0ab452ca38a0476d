/** Lines of tables. What comes from outside is shown without what would move a terminal's cursor. */

import { printable } from '../printable.ts'

/** Rows of cells in columns; a row that is a text stands by itself. */
export function columns(rows: readonly (readonly string[] | string)[]): string[] {
  const cells = rows.map((row) => (typeof row === 'string' ? printable(row) : row.map(printable)))
  const widths: number[] = []
  for (const row of cells) {
    if (typeof row === 'string') continue
    for (const [n, cell] of row.entries()) widths[n] = Math.max(widths[n] ?? 0, cell.length)
  }
  return cells.map((row) =>
    typeof row === 'string'
      ? row
      : row
          .map((cell, n) => (n === row.length - 1 ? cell : cell.padEnd(widths[n] ?? 0)))
          .join('  ')
          .trimEnd(),
  )
}

/** `2026-11-22 08:00:03` by the clocks of the facility. */
export function momentText(instant: string, timeZone: string): string {
  const there = Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone).toPlainDateTime()
  return there.toString({ smallestUnit: 'second' }).replace('T', ' ')
}
