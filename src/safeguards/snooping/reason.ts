/** What a desk had to do with a patient, by what of the record is of about that time. Grace periods, which are the institution's to say. */
import type { Role } from '#people/index.ts'
import type { Kind } from '#records/index.ts'

/** Something in a record, when it was. */
export interface Business {
  kind: Kind
  from: number
  /** Infinite where it is open. */
  to: number
}

const day = 86_400_000

interface Desk {
  kinds: readonly Kind[]
  /** So long before it begins, and after it ended. */
  before: number
  after: number
}

const desks: Readonly<Partial<Record<Role, Desk>>> = {
  reception: { kinds: ['schedule', 'visit'], before: 30 * day, after: 14 * day },
  laboratory: { kinds: ['laboratory', 'visit'], before: 3 * day, after: 60 * day },
  billing: { kinds: ['billing', 'visit'], before: 3 * day, after: 120 * day },
}

/** What is open lasts so long at most: somebody forgot to close it. */
const openMsMax = 366 * day

export function isBusiness(roles: readonly Role[], business: readonly Business[], at: number): boolean {
  return roles.some((role) => {
    const desk = desks[role]
    return (
      desk !== undefined &&
      business.some(({ kind, from, to }) => {
        const end = Number.isFinite(to) ? to : from + openMsMax
        return desk.kinds.includes(kind) && at >= from - desk.before && at < end + desk.after
      })
    )
  })
}
