/** Grants: one patient's record, opened to a colleague for a while, by who answers for the patient or by the patient. README.md. */
import { readFileSync } from 'node:fs'
import type { Judge, Safeguard, SafeguardRows } from '#kernel/safeguard.ts'
import type { Asking, CompartmentId, PolicyThing, Request } from '#records/index.ts'
import { extentWords, grantAct } from './act.ts'
import { commands } from './commands.ts'
import { covers, isOpen, type Grant, type Grants } from './grants.ts'

export const grants: Safeguard<Asking, Request, CompartmentId, PolicyThing> = {
  name: 'grants',
  duties: [2, 6],
  isWidening: true,
  policy: readFileSync(new URL('policy.cedar', import.meta.url), 'utf8'),
  facts: {
    grant: { of: 'subject', values: ['none', 'reads', 'writes'], tell: grantOf },
    isBeyond: { of: 'between', values: [false, true], tell: beyond },
  },
  acts: { grant: grantAct },
  routes: {
    ask: { method: 'POST', path: '' },
    look: { method: 'GET', path: '' },
    end: { method: 'POST', path: '/:id/end' },
  },
  endpoints: async () => (await import('./endpoints.ts')).endpoints,
  commands,
  screens: new URL('page/', import.meta.url),
  holds,
}

/** Records that stand open to somebody by a grant. */
async function holds(rows: SafeguardRows, person: string, nowMs: number) {
  const known = await rows.find<Grants>(person)
  const open = known?.grants.filter((each) => isOpen(each, nowMs)) ?? []
  return open.map((grant) => {
    const { patient, approvedBy, endsAtMs } = grant
    const [{ es, en }, until] = [extentWords(grant), new Date(endsAtMs).toISOString().slice(0, 16)]
    const by = approvedBy.map(({ name }) => name).join(', ')
    return {
      es: `${patient} (${es}), hasta ${until} UTC; lo aprobó ${by}`,
      en: `${patient} (${en}), until ${until} UTC; approved by ${by}`,
    }
  })
}

type GrantOf = 'none' | 'reads' | 'writes'

/** Of this human to this patient, now. */
function grantOf(asking: Asking, subject: CompartmentId, rows: SafeguardRows): GrantOf | Promise<GrantOf> {
  const open = openTo(asking, subject, rows)
  return open instanceof Promise ? open.then(widest) : widest(open)
}

function widest(open: readonly Grant[]): GrantOf {
  if (open.length === 0) return 'none'
  return open.some(({ writes }) => writes) ? 'writes' : 'reads'
}

/** What is in none of them. */
function beyond(
  asking: Asking,
  subject: CompartmentId,
  rows: SafeguardRows,
): Judge<PolicyThing> | Promise<Judge<PolicyThing>> {
  const open = openTo(asking, subject, rows)
  return open instanceof Promise ? open.then(judgeOf) : judgeOf(open)
}

const judgeOf = (open: readonly Grant[]): Judge<PolicyThing> =>
  open.length === 0 ? inNone : (thing) => !open.some((grant) => covers(grant, thing))

/** Where there is none, it is as it usually is. */
const inNone: Judge<PolicyThing> = () => false

function openTo(
  { principal, sources, now }: Asking,
  subject: CompartmentId,
  rows: SafeguardRows,
): readonly Grant[] | Promise<readonly Grant[]> {
  const { person } = principal
  if (!person || person.person === '' || subject === sources.facility()) return []
  const openIn = (known: Grants | undefined) =>
    known?.grants.filter((each) => isOpen(each, now) && sources.compartmentOf(each.patient) === subject) ?? []
  const known = rows.known<Grants>(person.person)
  return known instanceof Promise ? known.then(openIn) : openIn(known)
}
