import { deriveKey, keyedHash, type SealKey } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { rowName } from '../authority/index.ts'
import { placeOf } from './place.ts'
import * as queries from './queries.ts'

/** Who tries to be whom, and from where. */
export interface Try {
  /** As it was typed, normalised; of an account or of none. */
  login: string
  /** Of the peer; undefined where that is not who asks: a proxy passed it on. */
  address: string | undefined
  /** From where the account has signed in before: the name of its device, or its address. */
  known?: { device: string } | { address: string }
}

export type Counted =
  /** `forgive`: it was them. */
  { status: 'go'; forgive(): Promise<void> } | { status: 'wait'; seconds: number }

export interface Throttling {
  /** What a device is called, by the cookie that it keeps. */
  deviceName(cookie: string): string
  /** To be called before anything is judged, so that of any number at once each counts. */
  count(made: Try): Promise<Counted>
  tend(): Promise<void>
}

/** Forty from one address weigh as much as five at one account: a ward has one address. */
const addressShare = 0.125
/**
 * Strangers may make up as many logins as they like: those of all of them have so many rows, 120 MB, and not one each. Two that share one
 * wait together; to have all wait somebody would have to try 4,000 times a second.
 */
const strangersRowsMax = 2 ** 20
/** More than any weight. */
const all = 1_000

/**
 * Slows guesses and locks nobody out. Tries from where an account has signed in before are counted by themselves, for that account and that
 * place, so that whatever strangers try does not keep its owner waiting; of strangers all that try one account wait together,
 * and all that come from one address. Nothing is told by it: a login that nobody has is counted as well.
 */
export function createThrottling({
  sql,
  keys,
  rowsMax = strangersRowsMax,
}: {
  sql: Sql
  keys: Keys
  /** Of strangers' logins, and of their addresses. */
  rowsMax?: number
}): Throttling {
  let made: { from: SealKey; key: SealKey } | undefined
  const key = (): SealKey => {
    const from = keys.authority
    if (made?.from !== from) made = { from, key: deriveKey(from, 'throttle') }
    return made.key
  }
  keys.onForget((compartment) => {
    if (compartment !== undefined) return
    made?.key.zero()
    made = undefined
  })

  function namesOf({ login, address, known }: Try): queries.TryValues[] {
    const named = (kind: string, name: string, share: number) => ({ id: rowName(key(), kind, name), share })
    const shared = (kind: string, name: string, share: number) =>
      named(kind, String(Buffer.from(keyedHash(key(), kind, name)).readUInt32BE() % rowsMax), share)
    if (known) {
      const where = 'device' in known ? `device ${known.device}` : `address ${placeOf(known.address)}`
      return [named('known', `${login} ${where}`, 1)]
    }
    const account = shared('account', login, 1)
    return address === undefined ? [account] : [account, shared('address', placeOf(address), addressShare)]
  }

  return {
    deviceName: (cookie) => Buffer.from(keyedHash(key(), 'device', cookie)).toString('base64url'),

    async count(tried) {
      const names = namesOf(tried)
      const counted = await queries.countTries(sql, names)
      const waitMs = Math.max(...counted.map((each) => each.waitMs))
      if (waitMs > 0) return { status: 'wait', seconds: Math.ceil(waitMs / 1000) }
      // Who is at a place of their own has shown that nobody guesses there.
      const forgiven = tried.known ? names.map(({ id }) => ({ id, share: all })) : names
      return { status: 'go', forgive: async () => void (await queries.forgiveTries(sql, forgiven)) }
    },
    async tend() {
      await queries.sweepTries(sql)
    },
  }
}
