/** Wall clocks of a place to milliseconds since 1970. */
export interface Zone {
  /** When the day begins: midnight, or what follows it where a clock change skips midnight. */
  startOfDay(year: number, month: number, day: number): number
  /** A wall time that comes twice is the first of both; one that is skipped is as much later as was skipped. */
  local(year: number, month: number, day: number, hour: number, minute: number, second: number): number
}

/** `timeZone`: its IANA name. Throws a RangeError where there is none of that name. */
export function zoneOf(timeZone: string): Zone {
  const known = zones.get(timeZone)
  if (known) return known
  const zone = createZone(timeZone)
  zones.set(timeZone, zone)
  return zone
}

const zones = new Map<string, Zone>()

/** Begins of days that are remembered for each zone: a century of birth dates. Beyond it they are found anew. */
const daysMax = 40_000

function createZone(timeZone: string): Zone {
  // Fails here, not at the first date.
  Temporal.PlainDate.from('2000-01-01').toZonedDateTime(timeZone)
  const days = new Map<number, number>()
  return {
    startOfDay(year, month, day) {
      const key = (year * 16 + month) * 32 + day
      const known = days.get(key)
      if (known !== undefined) return known
      const start = new Temporal.PlainDate(year, month, day).toZonedDateTime(timeZone).epochMilliseconds
      if (days.size >= daysMax) days.clear()
      days.set(key, start)
      return start
    },
    local: (year, month, day, hour, minute, second) =>
      new Temporal.PlainDateTime(year, month, day, hour, minute, second).toZonedDateTime(timeZone)
        .epochMilliseconds,
  }
}
