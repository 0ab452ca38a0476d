/** Times of FHIR, with what is not said of them: a day begins at another moment in each time zone. */

/** Milliseconds since 1970. Surely from `low[1]` on and before `high[0]`; surely not before `low[0]`, and not from `high[1]` on. */
export interface Bounds {
  low: readonly [earliest: number, latest: number]
  high: readonly [earliest: number, latest: number]
}

const hour = 3_600_000
/** Zones are from 12 hours behind Greenwich to 14 ahead. */
const ahead = 14 * hour
const behind = 12 * hour

/** Of a Period. Undefined: it cannot be read. */
export function boundsOf(period: unknown): Bounds | undefined {
  if (typeof period !== 'object' || period === null || Array.isArray(period)) return undefined
  const { start, end } = period as { start?: unknown; end?: unknown }
  const from = start === undefined ? undefined : spanOf(start)
  const to = end === undefined ? undefined : spanOf(end)
  if ((start !== undefined && !from) || (end !== undefined && !to)) return undefined
  return {
    low: from?.low ?? [-Infinity, -Infinity],
    high: to?.high ?? [Infinity, Infinity],
  }
}

/** Whether a span of time has something of it: `undefined`, nobody can tell. */
export function overlaps({ low, high }: Bounds, span: { low: number; high: number }): boolean | undefined {
  if (span.high < low[0] || span.low >= high[1]) return false
  return span.high >= low[1] && span.low < high[0] ? true : undefined
}

const pattern =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d))?)?)?$/

function spanOf(text: unknown): Bounds | undefined {
  const match = typeof text === 'string' ? pattern.exec(text) : null
  if (!match) return undefined
  const [, year, month, day, hours, , , , zone] = match
  if (hours !== undefined && zone !== undefined) {
    const at = Date.parse(String(text))
    // The end of a period is the last moment in it.
    return Number.isNaN(at) ? undefined : { low: [at, at], high: [at + 1, at + 60_000] }
  }
  const [y, m, d] = [Number(year), month === undefined ? undefined : Number(month) - 1, day && Number(day)]
  const from = Date.UTC(y, m ?? 0, Number(d ?? 1))
  const to =
    m === undefined ? Date.UTC(y + 1, 0, 1) : d === undefined ? Date.UTC(y, m + 1, 1) : from + 24 * hour
  return { low: [from - ahead, from + behind], high: [to - ahead, to + behind] }
}
