/** What the routes of reviews take and give. */
import { Type, type Static, type TSchema } from 'typebox'
import { dueDaysMax, dueDaysMin, monthsMax, monthsMin } from './campaign.ts'
import { states, type State } from './review.ts'

const record = <Members extends Record<string, TSchema>>(members: Members) =>
  Type.Object(members, { additionalProperties: false })
const maybe = Type.Optional
const words = record({ es: Type.String(), en: Type.String() })
const time = Type.String({ description: 'ISO 8601, UTC.' })
const state = Type.Enum([...states] as State[])
const count = Type.Integer({ minimum: 0 })

const decision = record({
  at: time,
  by: Type.String(),
  how: Type.Enum(['signed', 'attested', 'invented'] as const),
  result: Type.Enum(['certified', 'narrowed', 'revoked'] as const),
  lost: Type.Array(Type.String(), { description: 'Roles that were taken away, with their logins.' }),
  note: Type.String(),
  isMutual: Type.Boolean({ description: 'Each of the two reviewed the other: nobody else could.' }),
})

const brief = {
  id: Type.String({ description: 'UUID of a human, or `program:` and the id of a program.' }),
  name: Type.String(),
  logins: Type.Array(Type.String()),
  roles: Type.Array(Type.String()),
  scope: maybe(Type.String({ description: 'Of a program.' })),
  state,
  manager: maybe(Type.String()),
  reviewers: Type.Array(Type.String(), { description: 'Who may answer now.' }),
  isYours: Type.Boolean({ description: 'Whether whoever asks may answer now.' }),
  decision: maybe(decision),
}

const campaign = record({ opened: time, due: time, isOver: Type.Boolean() })

export const looked = record({
  campaign: maybe(campaign),
  next: maybe(time),
  months: Type.Integer(),
  dueDays: Type.Integer(),
  own: maybe(record({ state, reviewers: Type.Array(Type.String()), decision: maybe(decision) })),
  items: Type.Array(record(brief), {
    description: 'Those to be answered by whoever asks; all, of who sees all.',
  }),
  mayManage: Type.Boolean(),
})

export const uses = record({
  patients: count,
  reads: count,
  writes: count,
  exports: count,
  prints: count,
  ledger: count,
  approvals: count,
  changes: count,
  signIns: count,
  lastSignIn: maybe(time),
})

export const shownItem = record({
  ...brief,
  campaign,
  from: time,
  until: time,
  hash: Type.String({ description: 'SHA-256 of what is shown, in hex: a decision is about that.' }),
  accounts: Type.Array(
    record({
      account: Type.String(),
      login: Type.String(),
      since: maybe(time),
      roles: Type.Array(record({ role: Type.String(), isUsed: Type.Boolean() })),
      used: uses,
    }),
  ),
  program: maybe(
    record({
      id: Type.String(),
      scope: Type.String(),
      purposes: maybe(Type.Array(Type.String())),
      since: maybe(time),
      used: uses,
    }),
  ),
  holds: Type.Array(words, { description: 'What they have beside their roles.' }),
})

export const decided = record({
  id: Type.String(),
  result: Type.Enum(['certified', 'narrowed', 'revoked'] as const),
  lost: Type.Array(Type.String()),
  how: Type.Enum(['signed', 'attested'] as const),
})

const instant = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}([.][0-9]{3})?Z$' })
const base64url = (maxLength: number) => Type.String({ pattern: '^[A-Za-z0-9_-]+$', minLength: 1, maxLength })

const deciding = {
  until: instant,
  hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  takes: Type.Enum(['nothing', 'roles', 'all'] as const, {
    description: 'What is taken away: nothing, which certifies it; some roles; or all.',
  }),
  roles: maybe(
    Type.Array(
      record({
        account: Type.String({ maxLength: 64 }),
        role: Type.String({ maxLength: 32 }),
      }),
      { minItems: 1, maxItems: 24, description: 'With `roles`: which.' },
    ),
  ),
  note: maybe(Type.String({ maxLength: 500 })),
}

/** WebAuthn Level 3 §5.1: `AuthenticationResponseJSON`. */
const assertion = record({
  id: base64url(1_400),
  rawId: base64url(1_400),
  type: Type.Literal('public-key'),
  authenticatorAttachment: maybe(Type.String({ maxLength: 32 })),
  clientExtensionResults: Type.Record(Type.String({ maxLength: 64 }), Type.Unknown()),
  response: record({
    clientDataJSON: base64url(8_192),
    authenticatorData: base64url(8_192),
    signature: base64url(2_048),
    userHandle: maybe(Type.Union([base64url(128), Type.Null()])),
  }),
})

export const optionsBody = record(deciding)
export const decisionBody = record({
  ...deciding,
  proof: maybe(record({ flow: Type.String({ maxLength: 4_096 }), response: assertion })),
})
export const optionsAnswer = record({
  flow: Type.String(),
  options: Type.Record(Type.String(), Type.Unknown(), { description: 'WebAuthn Level 3 §5.1.' }),
})

export const managerBody = record({
  login: maybe(Type.String({ minLength: 1, maxLength: 64, description: 'Absent: nobody is named.' })),
})

export const scheduleBody = record({
  months: Type.Integer({ minimum: monthsMin, maximum: monthsMax }),
  dueDays: Type.Integer({ minimum: dueDaysMin, maximum: dueDaysMax }),
})
export const scheduleAnswer = record({ next: time, months: Type.Integer(), dueDays: Type.Integer() })

export type Looked = Static<typeof looked>
export type ShownItem = Static<typeof shownItem>
export type UsesTold = Static<typeof uses>
export type Deciding = Static<typeof optionsBody>
export type DecisionBody = Static<typeof decisionBody>
