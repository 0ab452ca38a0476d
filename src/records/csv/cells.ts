/** Cells as text: what spreadsheets put around a value is taken off, and nothing is computed. */

/** A formula is its own text. `="00123"`, which only keeps Excel from eating zeros, is what stands in it. */
export function cleanCell(cell: string): string {
  const text = cell
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g, '')
    .replace(/[\p{Z}\t\r\n\v\f]+/gu, ' ')
    .replace(/\p{Cc}/gu, '')
    .trim()
    .normalize('NFC')
  return /^="([^"]*)"$/.exec(text)?.[1]?.trim() ?? text
}

/** Words that stand for an empty cell, except in names: Na is one. */
export function saysNothing(text: string): boolean {
  return nothing.has(text.toLowerCase()) || /^[-–—_.*?¿/\s]+$/.test(text)
}

const nothing = new Set([
  '',
  'n/a',
  'na',
  'n.a.',
  'n/d',
  'nd',
  'n.d.',
  's/d',
  'sd',
  's.d.',
  's/n tel',
  'no aplica',
  'no tiene',
  'sin dato',
  'sin datos',
  'null',
  'none',
  'nan',
  '#n/a',
  '#¡ref!',
  '#ref!',
  '#value!',
  '#¡valor!',
])

/** For a terminal: what could move its cursor, colour it or turn its writing is a dot, and long text is cut. */
export function shown(text: string, max = 32): string {
  const safe = text.replace(/[\p{C}\u2028\u2029]/gu, '·')
  const letters = [...safe]
  return letters.length > max ? `${letters.slice(0, max - 1).join('')}…` : safe
}
