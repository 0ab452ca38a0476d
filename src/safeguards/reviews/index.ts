/** Each quarter somebody else certifies or revokes what everybody has; what nobody answers for closes by itself. README.md. */
import { readFileSync } from 'node:fs'
import type { Safeguard, SafeguardRows } from '#kernel/safeguard.ts'
import type { Asking, CompartmentId, PolicyThing, Request } from '#records/index.ts'
import { isOpen, type Schedule } from './campaign.ts'
import { checks } from './checks.ts'
import { commands } from './commands.ts'
import { certifiedMs, isStaff, programId, type Kept } from './review.ts'
import { seed } from './seed.ts'
import { scheduleName, tend } from './tending.ts'

export const reviews: Safeguard<Asking, Request, CompartmentId, PolicyThing> = {
  name: 'reviews',
  duties: [3],
  isNarrowing: true,
  policy: readFileSync(new URL('policy.cedar', import.meta.url), 'utf8'),
  facts: { isReviewed: { of: 'actor', values: [true, false], tell: isReviewedNow } },
  routes: {
    look: { method: 'GET', path: '' },
    show: { method: 'GET', path: '/:id' },
    options: { method: 'POST', path: '/:id/options' },
    decide: { method: 'POST', path: '/:id/decision' },
    manage: { method: 'POST', path: '/:id/manager' },
    schedule: { method: 'POST', path: '/schedule' },
  },
  endpoints: async () => (await import('./endpoints.ts')).endpoints,
  screens: new URL('page/', import.meta.url),
  commands,
  tend,
  checks,
  seed,
}

/** Of this human, or program, as of now. */
function isReviewedNow({ principal, now }: Asking, rows: SafeguardRows): boolean | Promise<boolean> {
  const { person, program } = principal
  // Of a role as such, whoever it may be, as it usually is.
  if (person && (person.person === '' || !isStaff(person))) return true
  const name = person?.person ?? (program && programId(program.id))
  if (name === undefined) return true
  const since = person?.since ?? program?.since
  const sinceMs = since === undefined ? undefined : since * 1000
  const judge = (schedule: Schedule | undefined, kept: Kept | undefined) =>
    isOpen(schedule, { sinceMs, certifiedMs: kept && certifiedMs(kept) }, now)
  const schedule = rows.known<Schedule>(scheduleName)
  const kept = rows.known<Kept>(name)
  return schedule instanceof Promise || kept instanceof Promise
    ? Promise.all([schedule, kept]).then(([one, other]) => judge(one, other))
    : judge(schedule, kept)
}
