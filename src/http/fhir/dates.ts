import type { Interval } from '#records/index.ts'

/**
 * The interval that a FHIR date stands for, in milliseconds since 1970, end exclusive: `2026-03` is the whole of
 * March. A time needs its zone; a date alone is read in UTC. Undefined where it is no date.
 * FHIR R4 datatypes.html#dateTime, search.html#date.
 */
export function intervalOf(text: string): Required<Interval> | undefined {
  // A plus sign that was not percent-encoded arrives as a space.
  const match = datePattern.exec(text.replace(' ', '+'))
  if (match === null) return undefined
  const [, year = '', month, day, minute, second, fraction, zone] = match
  const date = `${year}-${month ?? '01'}-${day ?? '01'}`
  const from = Date.parse(
    `${date}T${minute ?? '00:00'}:${second ?? '00'}.${(fraction ?? '').padEnd(3, '0').slice(0, 3)}${zone ?? 'Z'}`,
  )
  // Date.parse takes 30 February as 2 March.
  if (Number.isNaN(from) || new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10) !== date)
    return undefined
  if (month === undefined) return { from, to: Date.UTC(Number(year) + 1, 0, 1) }
  if (day === undefined) return { from, to: Date.UTC(Number(year), Number(month), 1) }
  if (minute === undefined) return { from, to: from + 86_400_000 }
  if (second === undefined) return { from, to: from + 60_000 }
  if (fraction === undefined) return { from, to: from + 1_000 }
  return { from, to: from + Math.max(1, 10 ** (3 - fraction.length)) }
}

const datePattern =
  /^(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01])(?:T([01]\d:[0-5]\d|2[0-3]:[0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d))?)?)?$/

/** A moment for `_since`: the start of what the text stands for. */
export function instantOf(text: string): number | undefined {
  return intervalOf(text)?.from
}
