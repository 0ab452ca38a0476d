/** Consent and opposition: what the patient closes is closed, but to the patient and to the law. README.md. */
import { readFileSync } from 'node:fs'
import type { Judge, Safeguard } from '#kernel/safeguard.ts'
import type { Asking, Chart, CompartmentId, PolicyThing, Request } from '#records/index.ts'
import { oppositionOf, oppositions } from './judge.ts'
import { ruleOf, type Rule } from './rule.ts'

export const consent: Safeguard<Asking, Request, CompartmentId, PolicyThing> = {
  name: 'consent',
  duties: [4, 14],
  isNarrowing: true,
  policy: readFileSync(new URL('policy.cedar', import.meta.url), 'utf8'),
  facts: { opposition: { of: 'between', values: oppositions, tell: judgeOf } },
}

/** Of charts, which are the same objects for as long as their record is. */
const known = new WeakMap<Chart, readonly Rule[]>()

async function judgeOf(
  { principal, by, now, sources }: Asking,
  subject: CompartmentId,
): Promise<Judge<PolicyThing>> {
  if (subject === sources.facility()) return silent
  const { person, program } = principal
  // Nobody closes their own record to themselves.
  if (person?.patient !== undefined && (await sources.isOf(subject, [person.patient]))) return silent
  const chart = await sources.chartOf(subject)
  const rules = chart && rulesOf(chart)
  if (!rules || rules.length === 0) return silent
  const asker = {
    practitioner: person?.practitioner,
    patient: person?.patient,
    isProgram: program !== undefined,
    isRepresentative: person !== undefined && (await sources.isOf(subject, person.represents)),
    purpose: by.purpose ?? '',
    now,
  }
  return (thing) => oppositionOf(rules, asker, thing)
}

const silent: Judge<PolicyThing> = () => 'none'

function rulesOf(chart: Chart): readonly Rule[] {
  const made = known.get(chart)
  if (made) return made
  const rules = chart.consents.flatMap((each) => ruleOf(each) ?? [])
  known.set(chart, rules)
  return rules
}
