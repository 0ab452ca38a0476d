import type { IncomingHttpHeaders } from 'node:http'

/** Bytes from `start` to before `end`. */
export interface Range {
  start: number
  end: number
}

/**
 * The part of a content that is asked for, RFC 9110 §14.2; undefined: all of it. Of several ranges at once none is served apart:
 * the whole is given, as §14.2 allows. `If-Range` (§13.1.5) holds only by the strong tag: a date is none.
 */
export function rangeOf(
  headers: IncomingHttpHeaders,
  { etag, bytes }: { etag: string; bytes: number },
): Range | 'unsatisfiable' | undefined {
  const { range } = headers
  if (range === undefined) return undefined
  const ifRange = headers['if-range']
  if (ifRange !== undefined && String(ifRange).trim() !== etag) return undefined
  const match = /^bytes=\s*(?:(\d{1,15})-(\d{1,15})?|-(\d{1,15}))\s*$/i.exec(range)
  // What is not understood is as if it were not there.
  if (!match) return undefined
  const [, first, last, suffix] = match
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), bytes)
    return length === 0 ? 'unsatisfiable' : { start: bytes - length, end: bytes }
  }
  const start = Number(first)
  if (last !== undefined && Number(last) < start) return undefined
  if (start >= bytes) return 'unsatisfiable'
  return { start, end: last === undefined ? bytes : Math.min(Number(last) + 1, bytes) }
}
