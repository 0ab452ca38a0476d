/**
 * Whether a patient's Consents close something to somebody. Of several any that closes it does. What cannot be read closes, and never
 * opens: a condition that nobody can judge is met in a rule that denies, and not met in one that permits.
 */
import type { Content, PolicyAction, PolicyThing } from '#records/index.ts'
import { isGroup } from './groups.ts'
import { isFor } from './purposes.ts'
import type { Rule } from './rule.ts'
import { overlaps } from './times.ts'

/**
 * By what it is closed: that it names whoever asks, or what for, or only the part of the record; or by what nobody can read. `group`: it
 * says who is of a group that rules name, and is about whoever asks.
 */
export const oppositions = ['none', 'person', 'purpose', 'part', 'unread', 'group'] as const

export type Opposition = (typeof oppositions)[number]

/** Whoever asks, as rules may name them. */
export interface Asker {
  /** `Practitioner/…`. */
  practitioner?: string | undefined
  /** `Patient/…`, of whoever is a patient too. */
  patient?: string | undefined
  isProgram: boolean
  isRepresentative: boolean
  /** Whether they are of the groups that rules name, and of those in them: CareTeam, Group, Organization, PractitionerRole. */
  groups: ReadonlyMap<string, boolean | undefined>
  purpose: string
  /** Milliseconds since 1970. */
  now: number
}

/** Met, not met, or nobody can tell. */
type Fit = boolean | undefined

interface Judged {
  isOpen: boolean
  why: Opposition
}

export function oppositionOf(rules: readonly Rule[], asker: Asker, thing: PolicyThing): Opposition {
  const found = new Set<Opposition>()
  for (const rule of rules) {
    const judged = judge(rule, asker, thing, 'part')
    if (judged && !judged.isOpen) found.add(judged.why)
  }
  return ranked.find((each) => found.has(each)) ?? (decidesForThemselves(asker, thing) ? 'group' : 'none')
}

const changes: ReadonlySet<PolicyAction> = new Set(['create', 'update', 'delete'])

/** Who takes themselves out of a group to which something is closed, or puts themselves into one to which it is open. */
function decidesForThemselves(
  { practitioner, groups }: Asker,
  { action, type, content }: PolicyThing,
): boolean {
  const own = `${type}/${content?.id}`
  if (!changes.has(action) || practitioner === undefined || !groups.has(own)) return false
  // As it is they are of it, or nobody can tell; as it would be it names them, or a group that could be theirs.
  if (groups.get(own) !== false || content?.references().has(practitioner)) return true
  return [...(content?.references() ?? [])].some(
    (each) => each !== own && isGroup(each) && groups.get(each) !== false,
  )
}

/** Which is told, where there are several. */
const ranked = ['person', 'purpose', 'part', 'unread'] as const

/** Undefined: it is not about this. `from`: how what it stands in came to be about it. */
function judge(rule: Rule, asker: Asker, thing: PolicyThing, from: Opposition): Judged | undefined {
  const fits = conditionsOf(rule, asker, thing)
  if (fits.some(({ fit }) => fit === false)) return undefined
  const isUnread = rule.isStrange || rule.type === undefined || fits.some(({ fit }) => fit === undefined)
  const names = fits.map(({ as }) => as)
  const why = ranked.find((each) => each === from || names.includes(each)) ?? 'part'
  const within = rule.within.flatMap((each) => judge(each, asker, thing, isUnread ? 'unread' : why) ?? [])
  const closing = within.filter(({ isOpen }) => !isOpen)
  if (closing.length > 0) {
    const whys = closing.map((each) => each.why)
    return { isOpen: false, why: ranked.find((each) => whys.includes(each)) ?? 'part' }
  }
  if (within.length > 0) return { isOpen: true, why }
  if (rule.type === 'permit') return isUnread ? undefined : { isOpen: true, why }
  return { isOpen: false, why: isUnread ? 'unread' : why }
}

function conditionsOf(rule: Rule, asker: Asker, thing: PolicyThing): { fit: Fit; as: Opposition }[] {
  const { content } = thing
  const some = (values: readonly unknown[], as: Opposition, fit: () => Fit) =>
    values.length === 0 ? [] : [{ fit: fit(), as }]
  return [
    ...actorOf(rule, asker),
    ...some(rule.purposes, 'purpose', () =>
      any(rule.purposes, (purpose) => (purpose === undefined ? undefined : isFor(asker.purpose, purpose))),
    ),
    ...some(rule.actions, 'part', () =>
      any(rule.actions, (action) => isAction(action, thing.action, asker.isProgram)),
    ),
    ...some(rule.classes, 'part', () =>
      any(rule.classes, (type) => (type === undefined ? undefined : type === (thing.type ?? 'AuditEvent'))),
    ),
    ...some(rule.labels, 'part', () => any(rule.labels, (label) => isLabelled(label, content))),
    ...some(rule.codes, 'part', () => isAbout(rule.codes, content)),
    ...some(rule.data, 'part', () => any(rule.data, (part) => isPart(part, thing))),
    ...(rule.period === undefined
      ? []
      : [{ fit: isWithin(rule.period, { low: asker.now, high: asker.now }), as: 'part' as const }]),
    ...(rule.dataPeriod === undefined
      ? []
      : [{ fit: isDated(rule.dataPeriod, content), as: 'part' as const }]),
  ]
}

/** One is enough; where none is certain, and one may be, nobody can tell. */
function any<Value>(values: readonly Value[], fit: (value: Value) => Fit): Fit {
  const fits = values.map(fit)
  return fits.includes(true) ? true : fits.includes(undefined) ? undefined : false
}

/** Of whoever asks, who are the same for all that they ask for in one act. */
const knownActors = new WeakMap<Asker, Map<Rule, { fit: Fit; as: Opposition }[]>>()

function actorOf(rule: Rule, asker: Asker): { fit: Fit; as: Opposition }[] {
  let known = knownActors.get(asker)
  if (!known) knownActors.set(asker, (known = new Map()))
  let fits = known.get(rule)
  if (!fits) known.set(rule, (fits = actorFit(rule, asker)))
  return fits
}

function actorFit({ actors }: Rule, asker: Asker): { fit: Fit; as: Opposition }[] {
  if (actors.length === 0) return []
  const own = [asker.practitioner, asker.patient]
  // Which of the patient's relatives somebody is who represents them is not told: it is one of them.
  const isMeant = (actor: string | undefined) =>
    actor !== undefined &&
    (own.includes(actor) || (asker.isRepresentative && actor.startsWith('RelatedPerson/')))
  if (actors.some(isMeant)) return [{ fit: true, as: 'person' }]
  return [{ fit: any(actors, (actor) => isOne(actor, asker)), as: 'part' }]
}

/** Whether somebody who is not named as a person is one of those meant. */
function isOne(actor: string | undefined, { isProgram, isRepresentative, groups }: Asker): Fit {
  if (actor === undefined) return undefined
  const [, type] = /^([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}$/.exec(actor) ?? []
  switch (type) {
    case 'Practitioner':
    case 'Patient':
    case 'RelatedPerson':
      return false
    case 'Device':
      return isProgram ? undefined : false
    case 'Organization':
    case 'CareTeam':
    case 'PractitionerRole':
    case 'Group':
      if (groups.has(actor)) return groups.get(actor)
      // Of whoever is no Practitioner nobody can tell: everybody who works here may be in it.
      return isRepresentative ? false : undefined
    default:
      return undefined
  }
}

/** A map: patients write the codes, and a plain object has `constructor` and `toString` too. */
const kindsOfAction: ReadonlyMap<string, ReadonlySet<PolicyAction>> = new Map<string, Set<PolicyAction>>([
  ['access', new Set(['read', 'identify', 'ledger-query', 'ledger-file'])],
  ['use', new Set(['read', 'identify', 'ledger-query', 'ledger-file'])],
  ['collect', new Set(['create'])],
  ['correct', new Set(['update', 'delete'])],
])

/** consentaction. To disclose is to give it out of the house: what a program has of it leaves. */
function isAction(named: string | undefined, action: PolicyAction, isProgram: boolean): Fit {
  if (named === 'disclose') return isProgram && (action === 'read' || action === 'identify')
  return named === undefined ? undefined : kindsOfAction.get(named)?.has(action)
}

/** v3-Confidentiality: each is more than those before it, and a rule about one is about what is more, too. */
const confidentialities = ['U', 'L', 'M', 'N', 'R', 'V']

function isLabelled(label: string | undefined, content: Content | undefined): Fit {
  if (label === undefined) return undefined
  const own = (content?.labels ?? []).map(({ code }) => code)
  const rank = confidentialities.indexOf(label)
  // What has no such label is of normal confidentiality.
  if (rank >= 0) return Math.max(...own.map((code) => confidentialities.indexOf(code)), 3) >= rank
  return own.includes(label)
}

function isAbout(codes: Rule['codes'], content: Content | undefined): Fit {
  const own = content?.codes()
  if (content && own === undefined) return undefined
  return any(codes, (each) =>
    each === undefined
      ? undefined
      : (own ?? []).some(
          ({ system, code }) => code === each.code && (each.system === undefined || system === each.system),
        ),
  )
}

function isPart(part: Rule['data'][number], { type, content }: PolicyThing): Fit {
  if (part === undefined || !/^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.test(part.reference)) return undefined
  if (content && part.reference === `${type}/${content.id}`) return true
  return part.isAround && (content?.references().has(part.reference) ?? false)
}

function isWithin(bounds: NonNullable<Rule['period']>, span: { low: number; high: number }): Fit {
  return bounds === 'unread' ? undefined : overlaps(bounds, span)
}

/** What has no date may be of any time. */
function isDated(bounds: NonNullable<Rule['dataPeriod']>, content: Content | undefined): Fit {
  const dates = content?.dates() ?? []
  return dates.length === 0 ? undefined : any(dates, (date) => isWithin(bounds, date))
}
