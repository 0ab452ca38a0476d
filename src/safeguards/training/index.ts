/** Train health personnel, on data protection and on what to do in a breach: who has not passed reads no record. README.md. */
import { readFileSync } from 'node:fs'
import type { Safeguard, SafeguardRows } from '#kernel/safeguard.ts'
import type { Asking, CompartmentId, Given, PolicyThing, Request } from '#records/index.ts'
import { commands } from './commands.ts'
import { seed } from './seed.ts'
import { isTrained, type Training } from './training.ts'

export const training: Safeguard<Asking, Request, CompartmentId, PolicyThing, Given> = {
  name: 'training',
  duties: [1],
  isNarrowing: true,
  policy: readFileSync(new URL('policy.cedar', import.meta.url), 'utf8'),
  facts: { isTrained: { of: 'actor', values: [true, false], tell: isTrainedNow } },
  routes: {
    show: { method: 'GET', path: '' },
    read: { method: 'GET', path: '/courses/:id' },
    take: { method: 'POST', path: '/courses/:id/quiz' },
    answer: { method: 'POST', path: '/courses/:id/answers' },
    people: { method: 'GET', path: '/people' },
  },
  endpoints: async () => (await import('./endpoints.ts')).endpoints,
  screens: new URL('page/', import.meta.url),
  commands,
  seed,
}

/** Of people: programs take no courses. */
function isTrainedNow(
  { principal: { person }, now }: Asking,
  rows: SafeguardRows,
): boolean | Promise<boolean> {
  // Of a role as such, whoever it may be, as it usually is.
  if (!person || person.person === '' || isTrained(undefined, person.roles, now)) return true
  const { roles } = person
  const known = rows.known<Training>(person.person)
  return known instanceof Promise
    ? known.then((training) => isTrained(training, roles, now))
    : isTrained(known, roles, now)
}
