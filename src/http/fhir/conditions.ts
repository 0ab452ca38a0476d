import type { IncomingHttpHeaders } from 'node:http'
import { refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import type { BundleOptions, Version, WriteOptions } from '#records/index.ts'

/** FHIR R4 http.html#versioning: the ETag is weak, its value the version. */
export function etagOf(version: number): string {
  return `W/"${version}"`
}

/** Headers of an answer that is about one version. */
export function versionHeaders({ version, lastUpdated }: Version): string[] {
  return ['ETag', etagOf(version), 'Last-Modified', httpDate(lastUpdated)]
}

/** Dates of the same second come together, and writing one costs as much as the rest of a header. */
export function httpDate(date: Date): string {
  const second = Math.floor(date.getTime() / 1000)
  const slot = second % dateSlots
  if (dateSeconds[slot] !== second) {
    dateSeconds[slot] = second
    dateTexts[slot] = date.toUTCString()
  }
  return dateTexts[slot] as string
}

const dateSlots = 1024
const dateSeconds = new Float64Array(dateSlots).fill(NaN)
const dateTexts: string[] = Array.from({ length: dateSlots }, () => '')

/** Whether a conditional read is answered with 304. RFC 9110 §13.1.2, §13.1.3, §13.2.2. */
export function isUnmodified(headers: IncomingHttpHeaders, version: Version): boolean {
  const ifNoneMatch = headers['if-none-match']
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() === '*') return true
    const own = `"${version.version}"`
    return ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === own)
  }
  const since = headers['if-modified-since']
  if (since === undefined) return false
  // A date that cannot be read is ignored (RFC 9110 §13.1.3). HTTP dates have no milliseconds.
  return Math.floor(version.lastUpdated.getTime() / 1000) * 1000 <= Date.parse(since)
}

/** `If-Match`, `If-None-Match` and `If-None-Exist` of a write. FHIR R4 http.html#concurrency, #ccreate. */
export function writeOptions(headers: IncomingHttpHeaders): WriteOptions | Refusal {
  const options: WriteOptions = {}
  const ifMatch = headers['if-match']
  if (ifMatch !== undefined) {
    const tag = /^\s*(?:W\/)?"([^"]*)"\s*$/.exec(ifMatch)?.[1]
    if (tag === undefined) return refuse('invalid-header', { header: 'If-Match', expected: 'W/"1"' })
    // A tag that begins with no version number was never given by this server, so it matches nothing. That of a
    // Binary's bytes names their hash as well.
    const version = /^([1-9]\d{0,8})(?:-[0-9a-f]{32})?$/.exec(tag)?.[1]
    if (version === undefined) return refuse('precondition-failed')
    options.ifMatch = Number(version)
  }
  const ifNoneMatch = headers['if-none-match']
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() !== '*')
      return refuse('invalid-header', { header: 'If-None-Match', expected: '*' })
    options.ifNoneMatch = '*'
  }
  const ifNoneExist = headers['if-none-exist']
  if (ifNoneExist !== undefined) {
    const criteria = String(ifNoneExist).trim().replace(/^\?/, '')
    if (criteria === '') return refuse('invalid-header', { header: 'If-None-Exist', expected: 'name=value' })
    options.ifNoneExist = criteria
  }
  return options
}

export type Preference = NonNullable<BundleOptions['prefer']>

/** `Prefer: return=…` (RFC 7240, FHIR R4 http.html#ops); other preferences are ignored, as RFC 7240 says. */
export function preferenceOf(headers: IncomingHttpHeaders): Preference | undefined {
  const prefer = headers['prefer']
  if (prefer === undefined) return undefined
  const match = /(?:^|[,;\s])return\s*=\s*"?(minimal|representation|OperationOutcome)\b/i.exec(String(prefer))
  return preferences.find((each) => each.toLowerCase() === match?.[1]?.toLowerCase())
}

const preferences: readonly Preference[] = ['minimal', 'representation', 'OperationOutcome']
