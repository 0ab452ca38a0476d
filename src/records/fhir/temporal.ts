/**
 * Comparison of FHIR dates, times and instants as strings. A value without a time zone, or one known only to its
 * month, may not be comparable with another: then the answer is undefined (FHIRPath N1 §6.2).
 */
const pattern = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/
const timePattern = /^\d\d:\d\d(:\d\d(\.\d+)?)?$/

export function isTemporal(value: string): boolean {
  return pattern.test(value) || timePattern.test(value)
}

export function compareTemporal(left: string, right: string): number | undefined {
  const [a, b] = [pattern.exec(left), pattern.exec(right)]
  if (!a || !b) return left < right ? -1 : left > right ? 1 : 0
  if (a[8] && b[8]) return Date.parse(left) - Date.parse(right)
  if (Boolean(a[4]) && Boolean(b[4]) && Boolean(a[8]) !== Boolean(b[8])) {
    // One without a zone: only certain when they are further apart than zones reach (-12:00 to +14:00).
    const gap = Date.parse(a[8] ? left : `${left}Z`) - Date.parse(b[8] ? right : `${right}Z`)
    return Math.abs(gap) > zoneReachMs ? gap : undefined
  }
  for (let part = 1; part <= 6; part++) {
    if (a[part] === undefined || b[part] === undefined) return a[part] === b[part] ? 0 : undefined
    const gap = Number(a[part]) - Number(b[part])
    if (gap !== 0) return gap
  }
  return Number(a[7] ?? 0) - Number(b[7] ?? 0)
}

const zoneReachMs = 26 * 3600 * 1000
