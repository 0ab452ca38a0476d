/** Consent and opposition: what the patient closes is closed, but to the patient and to the law. README.md. */
import { readFileSync } from 'node:fs'
import { onceKnown, type Judge, type Safeguard } from '#kernel/safeguard.ts'
import type { Asking, Chart, CompartmentId, PolicyThing, Request, Sources } from '#records/index.ts'
import { isGroup, membershipsOf, type Member } from './groups.ts'
import { oppositionOf, oppositions } from './judge.ts'
import { rulesOf, type Rule } from './rule.ts'

export const consent: Safeguard<Asking, Request, CompartmentId, PolicyThing> = {
  name: 'consent',
  duties: [4, 14],
  isNarrowing: true,
  policy: readFileSync(new URL('policy.cedar', import.meta.url), 'utf8'),
  facts: { opposition: { of: 'between', values: oppositions, tell: judgeOf } },
}

/** Of charts, which are the same objects for as long as their record is. */
const known = new WeakMap<Chart, readonly Rule[]>()

function judgeOf(
  { principal, by, now, sources }: Asking,
  subject: CompartmentId,
): Judge<PolicyThing> | Promise<Judge<PolicyThing>> {
  if (subject === sources.facility()) return silent
  const { person, program } = principal
  const judgeBy = (chart: Chart | undefined): Judge<PolicyThing> | Promise<Judge<PolicyThing>> => {
    const rules = chart && rulesIn(chart)
    if (!rules || rules.length === 0) return silent
    const practitioner = person?.practitioner
    const looked = Promise.all([
      practitioner === undefined ? none : groupsOf(rules, { practitioner, now }, sources, chart.records),
      person !== undefined && sources.isOf(subject, person.represents),
    ])
    return looked.then(([groups, isRepresentative]) => {
      const asker = {
        practitioner,
        groups,
        patient: person?.patient,
        isProgram: program !== undefined,
        isRepresentative,
        purpose: by.purpose ?? '',
        now,
      }
      return (thing) => oppositionOf(rules, asker, thing)
    })
  }
  // Nobody closes their own record to themselves.
  const isOwn = person?.patient !== undefined && sources.isOf(subject, [person.patient])
  return onceKnown<boolean, Judge<PolicyThing>>(isOwn, (own) =>
    own ? silent : onceKnown<Chart | undefined, Judge<PolicyThing>>(sources.chartOf(subject), judgeBy),
  )
}

/** Looked up where a rule names any, which is seldom. */
function groupsOf(
  rules: readonly Rule[],
  member: Member,
  sources: Sources,
  records: Chart['records'],
): ReadonlyMap<string, boolean | undefined> | Promise<ReadonlyMap<string, boolean | undefined>> {
  const named = new Set(rules.flatMap(actorsIn).filter((actor) => actor !== undefined && isGroup(actor)))
  return named.size === 0 ? none : membershipsOf(named as Set<string>, member, sources, records)
}

const none: ReadonlyMap<string, boolean | undefined> = new Map()

const actorsIn = (rule: Rule): (string | undefined)[] => [...rule.actors, ...rule.within.flatMap(actorsIn)]

const silent: Judge<PolicyThing> = () => 'none'

function rulesIn(chart: Chart): readonly Rule[] {
  const made = known.get(chart)
  if (made) return made
  const rules = rulesOf(chart.consents)
  known.set(chart, rules)
  return rules
}
