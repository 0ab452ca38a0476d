/** What somebody is to a patient, by what the record says of both. */
import type { CareLink } from '#records/index.ts'

/** Of a patient's record; `nobody`: it is the facility's. */
export const relations = ['none', 'care', 'own', 'represented', 'nobody'] as const

export type Relation = (typeof relations)[number]

const day = 86_400_000

/** How long a resource ties those whom it names to the patient. Times in milliseconds. */
interface Tie {
  /** While it has one of these. */
  statuses: readonly string[]
  /** It begins so long before its time, to prepare for it. */
  before: number
  /** It lasts so long after its end, to finish what is to be written. */
  after: number
  /** What has no end lasts so long from its beginning at most: somebody forgot to close it. */
  open: number
}

/** Grace periods, which are the institution's to say. */
const ties: Readonly<Record<string, Tie>> = {
  Encounter: {
    statuses: ['planned', 'arrived', 'triaged', 'in-progress', 'onleave', 'finished'],
    before: 2 * day,
    after: 30 * day,
    open: 366 * day,
  },
  EpisodeOfCare: {
    statuses: ['planned', 'waitlist', 'active', 'onhold', 'finished'],
    before: 2 * day,
    after: 30 * day,
    open: 10 * 366 * day,
  },
  CareTeam: {
    statuses: ['proposed', 'active', 'suspended', 'inactive'],
    before: 0,
    after: 30 * day,
    open: 10 * 366 * day,
  },
  Appointment: {
    statuses: ['pending', 'booked', 'arrived', 'checked-in', 'fulfilled'],
    before: 2 * day,
    after: 14 * day,
    open: 14 * day,
  },
  // Its time is when it was written; who asked, and who is asked, see what comes of it.
  ServiceRequest: {
    statuses: ['active', 'on-hold', 'completed'],
    before: 0,
    after: 90 * day,
    open: 90 * day,
  },
}

/** An assignment in so many words (Patient.generalPractitioner): until it is taken away. */
const assignments: ReadonlySet<string> = new Set(['Patient'])

/** What has a time that is over, or begins, holds no longer, or begins no earlier, than this. */
export const graceMsMax = Math.max(...Object.values(ties).map(({ after }) => after))
export const leadMsMax = Math.max(...Object.values(ties).map(({ before }) => before))

/** Whether the link holds now. `now`: milliseconds since 1970. */
export function isActive({ type, status, from, to }: CareLink, now: number): boolean {
  if (assignments.has(type)) return true
  const tie = ties[type]
  if (!tie || status === undefined || !tie.statuses.includes(status)) return false
  const end = to === Infinity ? from + tie.open : to + tie.after
  return now >= from - tie.before && now < end
}
