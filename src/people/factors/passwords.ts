/** Passwords: hashed with Argon2id, as many at once as the machine has memory for, and for a login that nobody has as well. */
import { availableParallelism } from 'node:os'
import {
  costOf,
  hashPassword,
  isPasswordOf,
  phcOf,
  randomBytes,
  type Argon2Cost,
} from '#kernel/crypto/index.ts'
import { createTurns, type Lane } from './turns.ts'

/** RFC 9106 §4, the second recommended option. Why: docs/decisions/0016-what-a-password-costs.md. */
export const passwordCost: Argon2Cost = { memoryKiB: 65_536, passes: 3, lanes: 4 }
/** Longer than anybody types; a bound on what is hashed. */
export const passwordCharactersMax = 256
/** 20 s of waiting, at most. */
const waitingMax = 64
/** Node's pool has four threads: one stays for files and names. */
const atOnce = Math.max(2, Math.min(availableParallelism(), 3))

export interface Passwords {
  hash(password: string): Promise<string>
  /** False where there is no hash, after the same work. Throws `TooMany`. */
  isRight(hash: string | undefined, password: string, lane: Lane): Promise<boolean>
  /** Of a hash of another cost than today's. */
  isOld(hash: string): boolean
  /** How often something was computed: what a test counts. */
  computed(): number
}

export function createPasswords(cost: Argon2Cost = passwordCost): Passwords {
  const turns = createTurns({ atOnce, waitingMax })
  // No password gives this: it is no hash, but 256 random bits.
  const nobodys = phcOf(randomBytes(16), randomBytes(32), cost)
  let count = 0

  return {
    hash: (password) =>
      turns.take('known', () => {
        count++
        return hashPassword(password, cost)
      }),

    async isRight(hash, password, lane) {
      // Too long to be one: it costs the same all the same.
      const text = password.length > passwordCharactersMax ? '' : password
      const against = hash ?? nobodys
      const isRight = await turns.take(lane, () => {
        count++
        return isPasswordOf(against, text)
      })
      return isRight && hash !== undefined && text === password
    },

    isOld(hash) {
      const { memoryKiB, passes, lanes } = costOf(hash)
      return memoryKiB !== cost.memoryKiB || passes !== cost.passes || lanes !== cost.lanes
    },

    computed: () => count,
  }
}
