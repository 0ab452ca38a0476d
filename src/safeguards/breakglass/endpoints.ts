/** Opening in an emergency, looking at what was opened, and reviewing it. */
import { randomUuid } from '#kernel/crypto/index.ts'
import { refuse } from '#kernel/outcome.ts'
import type { Endpoint, EndpointContext, SafeguardPerson } from '#kernel/safeguard.ts'
import {
  isOpen,
  isOverdue,
  openMs,
  reviewByMs,
  useOf,
  verdicts,
  withOpening,
  type Opening,
  type Openings,
  type Verdict,
} from './opening.ts'

const closed = { additionalProperties: false } as const
const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength }) as const
const time = { type: 'string', description: 'RFC 3339.' } as const

const openingSeen = {
  type: 'object',
  ...closed,
  required: [
    'id',
    'patient',
    'reason',
    'at',
    'until',
    'reviewBy',
    'isOpen',
    'isOverdue',
    'by',
    'recent',
    'isRepeated',
    'isYours',
  ],
  properties: {
    id: text(36),
    patient: text(80),
    reason: text(1_000),
    at: time,
    until: time,
    reviewBy: time,
    isOpen: { type: 'boolean' },
    isOverdue: { type: 'boolean', description: 'Nobody has reviewed it in 72 hours.' },
    by: text(120),
    recent: { type: 'integer', description: 'How often the same person did so in 30 days.' },
    isRepeated: { type: 'boolean' },
    isYours: { type: 'boolean', description: 'By any account of whoever looks: somebody else reviews it.' },
    review: {
      type: 'object',
      ...closed,
      required: ['by', 'at', 'verdict', 'note'],
      properties: {
        by: text(120),
        at: time,
        verdict: { enum: [...verdicts] },
        note: { type: 'string', maxLength: 1_000 },
      },
    },
  },
} as const

const isAny = ({ roles }: SafeguardPerson, ...wanted: readonly string[]): boolean =>
  roles.some((role) => wanted.includes(role))

const mayOpen = (person: SafeguardPerson): boolean => isAny(person, 'physician', 'nurse')
const mayReview = (person: SafeguardPerson): boolean => isAny(person, 'privacy-officer', 'director')

const open = async (
  { person, who, rows, nowMs, notify, barred }: EndpointContext,
  { patient, reason }: { patient: string; reason: string },
) => {
  if (!mayOpen(person)) return refuse('forbidden')
  // Who may read nothing at all would read nothing of this either: they are told so before anybody relies on it.
  const bar = await barred()
  if (bar) return bar
  const atMs = nowMs
  const opening: Opening = { id: randomUuid(), patient, reason, atMs, endsAtMs: atMs + openMs }
  const kept = await rows.change<Openings, Openings>(person.person, who, (known) => {
    const openings = withOpening(known?.openings ?? [], opening)
    const value = { login: person.login, name: person.name, openings }
    return { write: { value, what: `glass broken: ${patient}: ${reason}` }, result: value }
  })
  // It stands open by now: whoever is told late is told all the same, since the next look tells it too.
  await notify((each) => isAny(each, 'privacy-officer'), {
    kind: 'breakglass',
    about: `${person.name}: ${patient}`,
  })
  const isOfPatient = (each: SafeguardPerson) =>
    each.patient === patient || (each.represents?.includes(patient) ?? false)
  await notify(isOfPatient, { kind: 'breakglass', about: person.name })
  return { status: 'answer', value: seen(opening, kept, nowMs, true) } as const
}

/** All of them, for whoever reviews: what is overdue first, then what waits, then whose use is repeated. One's own, for others. */
const look = async ({ person, rows, nowMs }: EndpointContext) => {
  const found: ReturnType<typeof seen>[] = []
  if (mayReview(person)) {
    for await (const { name, value } of rows.list<Openings>())
      found.push(...value.openings.map((each) => seen(each, value, nowMs, name === person.person)))
  } else {
    const own = await rows.find<Openings>(person.person)
    found.push(...(own?.openings.map((each) => seen(each, own, nowMs, true)) ?? []))
  }
  const rank = (each: (typeof found)[number]) =>
    (each.isOverdue ? 0 : each.review ? 2 : 1) - (each.isRepeated ? 0.5 : 0)
  found.sort((a, b) => rank(a) - rank(b) || (a.at < b.at ? 1 : -1))
  return {
    status: 'answer',
    value: { openings: found, overdue: found.filter((each) => each.isOverdue).length },
  } as const
}

const review = async (
  { person, who, rows, nowMs, params }: EndpointContext,
  { verdict, note = '' }: { verdict: Verdict; note?: string },
) => {
  if (!mayReview(person)) return refuse('forbidden')
  const id = params['id']
  for await (const { name, value } of rows.list<Openings>()) {
    if (!value.openings.some((each) => each.id === id)) continue
    // Persons are compared, whichever of their accounts.
    if (name === person.person) return refuse('own-request')
    const reviewed = await rows.change<Openings, Openings | undefined>(name, who, (known) => {
      const one = known?.openings.find((each) => each.id === id)
      if (!known || !one || one.review) return { result: undefined }
      const { person: by, name: called } = person
      const made: Opening = { ...one, review: { person: by, name: called, atMs: nowMs, verdict, note } }
      const openings = known.openings.map((each) => (each === one ? made : each))
      const next = { ...known, openings }
      return { write: { value: next, what: `glass reviewed: ${one.patient}: ${verdict}` }, result: next }
    })
    const one = reviewed?.openings.find((each) => each.id === id)
    return reviewed && one
      ? ({ status: 'answer', value: seen(one, reviewed, nowMs, false) } as const)
      : refuse('request-over')
  }
  return refuse('not-found')
}

export const endpoints: Readonly<Record<string, Endpoint>> = {
  open: {
    summary:
      'Opens the record of one patient in an emergency, for four hours; privacy officers and the patient are told.',
    body: {
      type: 'object',
      ...closed,
      required: ['patient', 'reason'],
      properties: {
        patient: { type: 'string', maxLength: 80, pattern: '^Patient/[A-Za-z0-9.-]{1,64}$' },
        reason: { type: 'string', minLength: 10, maxLength: 1_000 },
      },
    },
    answer: openingSeen,
    act: open,
  },
  look: {
    summary: 'What was opened so: of everybody for whoever reviews, else of oneself.',
    answer: {
      type: 'object',
      ...closed,
      required: ['openings', 'overdue'],
      properties: { openings: { type: 'array', items: openingSeen }, overdue: { type: 'integer' } },
    },
    act: look,
  },
  review: {
    summary: 'Whether it was justified, by somebody else than who opened it; once.',
    body: {
      type: 'object',
      ...closed,
      required: ['verdict'],
      properties: {
        verdict: { type: 'string', enum: [...verdicts] },
        note: { type: 'string', maxLength: 1_000 },
      },
    },
    answer: openingSeen,
    act: review,
  },
}

const instant = (ms: number) => new Date(ms).toISOString()

function seen(opening: Opening, of: Openings, nowMs: number, isYours: boolean) {
  const { id, patient, reason, atMs, endsAtMs, review: reviewed } = opening
  return {
    id,
    patient,
    reason,
    at: instant(atMs),
    until: instant(endsAtMs),
    reviewBy: instant(reviewByMs(opening)),
    isOpen: isOpen(opening, nowMs),
    isOverdue: isOverdue(opening, nowMs),
    by: of.name,
    ...useOf(of, nowMs),
    isYours,
    ...(reviewed
      ? {
          review: {
            by: reviewed.name,
            at: instant(reviewed.atMs),
            verdict: reviewed.verdict,
            note: reviewed.note,
          },
        }
      : {}),
  }
}
