/** When a record stands open by break-glass, until when that is to be reviewed, and whose use of it stands out. Times in milliseconds since 1970. */

/** One patient, one reason, an end. */
export interface Opening {
  id: string
  /** `Patient/…`. */
  patient: string
  reason: string
  atMs: number
  endsAtMs: number
  /** By somebody else. */
  review?: Review
}

export interface Review {
  /** UUID of the human. */
  person: string
  name: string
  atMs: number
  verdict: Verdict
  note: string
}

export const verdicts = ['justified', 'unjustified'] as const
export type Verdict = (typeof verdicts)[number]

/** What is kept of one human, under their UUID: all of it, since what was not reviewed is never let go. */
export interface Openings {
  login: string
  name: string
  openings: readonly Opening[]
}

const hourMs = 3_600_000
export const openMs = 4 * hourMs
const reviewMs = 72 * hourMs
/** Within this time so many are repeated use. */
const repeatedMs = 30 * 24 * hourMs
const repeatedMin = 3
/** Of those that were reviewed; the ledger has all. */
const reviewedMax = 200

export const isOpen = ({ atMs, endsAtMs }: Opening, nowMs: number): boolean =>
  atMs <= nowMs && nowMs < endsAtMs

export const isOverdue = ({ review, atMs }: Opening, nowMs: number): boolean =>
  !review && atMs + reviewMs <= nowMs

export const reviewByMs = ({ atMs }: Opening): number => atMs + reviewMs

/** How often somebody did so lately, and whether that stands out. */
export function useOf({ openings }: Openings, nowMs: number): { recent: number; isRepeated: boolean } {
  const recent = openings.filter(({ atMs }) => atMs > nowMs - repeatedMs).length
  return { recent, isRepeated: recent >= repeatedMin }
}

/** With one more. Of those that were reviewed the oldest are let go. */
export function withOpening(openings: readonly Opening[], opening: Opening): Opening[] {
  const reviewed = openings.filter(({ review }) => review)
  const gone = new Set(reviewed.slice(0, Math.max(0, reviewed.length - reviewedMax)))
  return [...openings.filter((each) => !gone.has(each)), opening]
}
