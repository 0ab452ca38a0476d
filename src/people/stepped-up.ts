/** What is dangerous needs both factors shown again: a short time ago, and at the place from where it is asked for. */
import { isLoopback } from './credentials.ts'
import { placeOf } from './throttling/index.ts'

/** A session that has shown both factors again counts as that for so long. */
export const steppedUpSeconds = 300

interface Stepped {
  /** Seconds since 1970. */
  steppedUpAt?: number
  /** Address; absent of a session that is older than this rule. */
  steppedUpFrom?: string
}

/** Of IPv6 the network: whoever has one address of it has all. Behind a proxy all places are one, and the browser's key alone says who it is. */
export function isSteppedUp(
  { steppedUpAt, steppedUpFrom }: Stepped,
  address: string,
  nowSeconds: number,
): boolean {
  if (steppedUpAt === undefined || steppedUpAt + steppedUpSeconds <= nowSeconds) return false
  return steppedUpFrom === undefined || isSamePlace(steppedUpFrom, address)
}

const isSamePlace = (one: string, other: string): boolean =>
  placeOf(one) === placeOf(other) || (isLoopback(one) && isLoopback(other))
