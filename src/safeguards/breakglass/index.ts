/** Break-glass: in an emergency one patient's record, with a reason, for a while; told at once, and reviewed by somebody else. README.md. */
import { readFileSync } from 'node:fs'
import type { Safeguard, SafeguardRows } from '#kernel/safeguard.ts'
import type { Asking, CompartmentId, PolicyThing, Request } from '#records/index.ts'
import { checks, holds } from './checks.ts'
import { commands } from './commands.ts'
import { isOpen, type Openings } from './opening.ts'

export const breakglass: Safeguard<Asking, Request, CompartmentId, PolicyThing> = {
  name: 'breakglass',
  duties: [2, 6],
  isWidening: true,
  policy: readFileSync(new URL('policy.cedar', import.meta.url), 'utf8'),
  facts: { glass: { of: 'subject', values: ['whole', 'broken'], tell: glassOf } },
  routes: {
    open: { method: 'POST', path: '' },
    look: { method: 'GET', path: '' },
    review: { method: 'POST', path: '/:id/review' },
  },
  endpoints: async () => (await import('./endpoints.ts')).endpoints,
  commands,
  screens: new URL('page/', import.meta.url),
  checks,
  holds,
}

/** Of this human to this patient, now. */
function glassOf(
  { principal, sources, now }: Asking,
  subject: CompartmentId,
  rows: SafeguardRows,
): 'whole' | 'broken' | Promise<'whole' | 'broken'> {
  const { person } = principal
  if (!person || subject === sources.facility()) return 'whole'
  const judge = (known: Openings | undefined) => {
    const open = known?.openings.filter((each) => isOpen(each, now)) ?? []
    const isOpened = sources.isOf(
      subject,
      open.map(({ patient }) => patient),
    )
    return isOpened instanceof Promise ? isOpened.then(wordOf) : wordOf(isOpened)
  }
  const known = rows.known<Openings>(person.person)
  return known instanceof Promise ? known.then(judge) : judge(known)
}

const wordOf = (isOpened: boolean) => (isOpened ? 'broken' : 'whole')
