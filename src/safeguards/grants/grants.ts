/** What is granted of a record, to whom and until when. Pure. Times in milliseconds since 1970. */

/** As much of the record as somebody needs. */
export interface Extent {
  /** Types of resources; none: the whole clinical record. Whose it is is told with each. */
  types: readonly string[]
  /** They add to its clinical part, too. */
  writes: boolean
}

/** One patient's record, opened to one human. */
export interface Grant extends Extent {
  /** Of the approval that it comes from. */
  id: string
  /** `Patient/…`. */
  patient: string
  reason: string
  atMs: number
  endsAtMs: number
  approvedBy: readonly Somebody[]
  /** Sooner than it would have ended. */
  ended?: Somebody & { atMs: number }
}

/** `person`: UUID of the human. */
export interface Somebody {
  person: string
  name: string
}

/** What is kept of one human, under their UUID. */
export interface Grants {
  name: string
  grants: readonly Grant[]
}

/** The institution's to say. */
export const terms = {
  hoursUsual: 72,
  hoursMax: 30 * 24,
  /** Requests of one person that wait at a time. */
  waitingMax: 10,
} as const

const hourMs = 3_600_000
/** So long they are listed after they ended, and why somebody looked is known of them; the ledger has all. */
const keptMs = 366 * 24 * hourMs

export const endOf = (atMs: number, hours: number): number => atMs + hours * hourMs

export function isOpen({ atMs, endsAtMs, ended }: Grant, nowMs: number): boolean {
  return atMs <= nowMs && nowMs < Math.min(endsAtMs, ended?.atMs ?? Infinity)
}

/** With one more; those that ended long ago are let go. A grant of the same approval is the same grant. */
export function withGrant(grants: readonly Grant[], grant: Grant): readonly Grant[] {
  if (grants.some(({ id }) => id === grant.id)) return grants
  return [...grants.filter(({ endsAtMs }) => endsAtMs + keptMs > grant.atMs), grant]
}

/** What ties whoever writes it to the patient for longer than a grant lasts. */
const tying: ReadonlySet<string> = new Set(['ServiceRequest'])

/** Whether it is in the extent: to read it, or to write it. */
export function covers(
  { types, writes }: Extent,
  { action, type }: { action: string; type?: string },
): boolean {
  const isWrite = action !== 'read'
  if (type === undefined || (isWrite && (!writes || tying.has(type)))) return false
  if (types.length === 0 || types.includes(type)) return true
  return !isWrite && type === 'Patient'
}
