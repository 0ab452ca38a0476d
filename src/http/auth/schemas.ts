/**
 * What is taken and given at /auth. Nothing has members beside these: what is sent besides is refused, and not left out. Loaded when it
 * is first asked for something, since TypeBox takes longer than a start may.
 */
import { Type, type Static, type TSchema } from 'typebox'
import { countedKinds, roles } from '#people/index.ts'

const closed = { additionalProperties: false } as const

const record = <Members extends Record<string, TSchema>>(members: Members, description?: string) =>
  Type.Object(members, description === undefined ? closed : { ...closed, description })

const oneOf = <Name extends string>(names: readonly Name[]) => Type.Enum([...names])

const maybe = Type.Optional
const uuidPattern = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
const uuid = Type.String({ pattern: uuidPattern })
const seconds = Type.Integer({ description: 'Seconds since 1970.' })
/** Base64url without padding: what WebAuthn's JSON is made of. */
const base64url = (maxLength: number) => Type.String({ maxLength, pattern: '^[A-Za-z0-9_-]*$' })
const flow = Type.String({
  maxLength: 4_096,
  description: 'What the options came with, once and for a few minutes.',
})

const language = oneOf(['es', 'en'])
const role = oneOf(roles)
const login = Type.String({ minLength: 2, maxLength: 64 })
/** On one line, and of letters that are seen: others deceive whoever reads it before they approve it. */
const seenPattern = '^[^\\p{C}\\p{Zl}\\p{Zp}]*$'
const seen = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: seenPattern })
const personName = Type.String({
  minLength: 1,
  maxLength: 120,
  pattern: '^(?=.*\\p{L})[^\\p{C}\\p{Zl}\\p{Zp}]*$',
})
const resource = (type: string) => Type.String({ pattern: `^${type}/[A-Za-z0-9.-]{1,64}$` })

/** NIST SP 800-63B §3.1.1.2: at least 64 characters are taken. */
const password = Type.String({ minLength: 1, maxLength: 256 })
const code = Type.String({
  minLength: 6,
  maxLength: 40,
  description: 'Of the code app, or a recovery code in its place.',
})

/** RFC 7517: the public key of the browser, ECDSA on P-256, that signs `DPoP` proofs. */
const key = record({
  kty: Type.Literal('EC'),
  crv: Type.Literal('P-256'),
  x: base64url(64),
  y: base64url(64),
})

const extensions = Type.Record(Type.String({ maxLength: 64 }), Type.Unknown())
const attachment = maybe(Type.String({ maxLength: 32 }))

/** WebAuthn Level 3 §5.1: `AuthenticationResponseJSON`. */
const assertion = record({
  id: base64url(1_400),
  rawId: base64url(1_400),
  type: Type.Literal('public-key'),
  authenticatorAttachment: attachment,
  clientExtensionResults: extensions,
  response: record({
    clientDataJSON: base64url(8_192),
    authenticatorData: base64url(8_192),
    signature: base64url(2_048),
    userHandle: maybe(Type.Union([base64url(128), Type.Null()])),
  }),
})

/** WebAuthn Level 3 §5.1: `RegistrationResponseJSON`. */
const attestation = record({
  id: base64url(1_400),
  rawId: base64url(1_400),
  type: Type.Literal('public-key'),
  authenticatorAttachment: attachment,
  clientExtensionResults: extensions,
  response: record({
    clientDataJSON: base64url(8_192),
    attestationObject: base64url(32_768),
    authenticatorData: maybe(base64url(8_192)),
    publicKey: maybe(base64url(4_096)),
    publicKeyAlgorithm: maybe(Type.Integer()),
    transports: maybe(Type.Array(Type.String({ maxLength: 32 }), { maxItems: 16 })),
  }),
})

/** All that a sign-in takes, in one request: there is no step between one factor and a session. */
const proof = Type.Union([
  record({ kind: Type.Literal('passkey'), flow, response: assertion }),
  record({ kind: Type.Literal('password'), login, password, code }),
])

const newPasskey = record({
  flow,
  response: attestation,
  label: maybe(Type.String({ minLength: 1, maxLength: 60 })),
})
const newPassword = record({
  password,
  flow,
  code: Type.String({ pattern: '^[0-9]{6}$', description: 'The first code that the app shows.' }),
})

const standing = {
  roles: Type.Array(role, { minItems: 1, maxItems: roles.length, uniqueItems: true }),
  practitioner: maybe(resource('Practitioner')),
  patient: maybe(resource('Patient')),
  represents: maybe(Type.Array(resource('Patient'), { minItems: 1, maxItems: 50 })),
}

/** RFC 7517. Which keys are taken: docs/spec/programs.md. */
const programKey = record({
  kty: Type.String({ maxLength: 8 }),
  crv: maybe(Type.String({ maxLength: 16 })),
  x: maybe(base64url(128)),
  y: maybe(base64url(128)),
  n: maybe(base64url(2_048)),
  e: maybe(base64url(16)),
  alg: maybe(Type.String({ maxLength: 16 })),
  use: maybe(Type.String({ maxLength: 8 })),
  kid: maybe(Type.String({ maxLength: 128 })),
})

/** HL7's PurposeOfUse. */
const purposes = ['TREAT', 'HPAYMT', 'HOPERAT', 'PATRQT', 'HRESCH', 'HLEGAL'] as const

const act = Type.Union([
  record({
    kind: Type.Literal('invite'),
    login,
    name: personName,
    language,
    sameAs: maybe(uuid),
    ...standing,
  }),
  record({ kind: Type.Literal('roles'), account: uuid, ...standing }),
  record({ kind: Type.Literal('reset'), account: uuid }),
  record({ kind: oneOf(['suspend', 'reinstate']), account: uuid }),
  record({
    kind: Type.Literal('program'),
    id: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{1,63}$' }),
    name: personName,
    scope: Type.String({ maxLength: 256, pattern: '^[!-~]+( [!-~]+)*$', description: 'RFC 6749 §3.3.' }),
    purposes: maybe(Type.Array(oneOf([...purposes]), { minItems: 1, maxItems: 6 })),
    keys: Type.Array(programKey, { minItems: 1, maxItems: 5 }),
    replaces: maybe(Type.Literal(true)),
  }),
  record({ kind: Type.Literal('revoke-program'), id: seen(64) }),
  record({
    kind: Type.Literal('quorum'),
    of: oneOf(['all', ...countedKinds]),
    approvers: Type.Integer({ minimum: 2, maximum: 9 }),
  }),
  record({
    kind: Type.Literal('destroy-keys'),
    patient: resource('Patient'),
    reason: seen(1_000),
    now: maybe(Type.Literal(true)),
  }),
  record({
    kind: Type.Literal('export'),
    account: uuid,
    what: Type.String({ minLength: 1, maxLength: 600, description: 'The act, as `usage-limit` said it.' }),
  }),
  record({
    kind: Type.Literal('opener'),
    to: Type.String({ pattern: '^[a-z0-9-]{1,32}$' }),
    held: Type.String({ pattern: uuidPattern, description: 'What the vault holds of it, for an hour.' }),
  }),
])

/** Asked for as an operation of FHIR (docs/spec/merging.md), where it is judged who may see the two. */
const merging = record({
  kind: oneOf(['merge', 'unmerge']),
  source: resource('Patient'),
  target: resource('Patient'),
  reason: maybe(Type.String({ minLength: 1, maxLength: 1_000 })),
})

const options = Type.Record(Type.String(), Type.Unknown(), {
  description: 'For `PublicKeyCredential.parse…OptionsFromJSON` of WebAuthn Level 3.',
})

const noticed = record({
  kind: Type.String(),
  at: seconds,
  address: maybe(Type.String()),
  about: maybe(Type.String()),
})

const sessionSeen = record({
  id: Type.String(),
  createdAt: seconds,
  seenAt: seconds,
  endsAt: maybe(seconds),
  method: Type.String(),
  device: Type.String(),
  deviceName: maybe(Type.String({ description: 'As the ledger names it.' })),
  address: Type.String(),
  isThis: Type.Boolean(),
})

const me = record({
  session: Type.String({
    description: 'Its id, which `ath` of a proof is the SHA-256 of. It opens nothing.',
  }),
  account: uuid,
  login: Type.String(),
  name: Type.String(),
  roles: Type.Array(role),
  language,
  purpose: maybe(Type.String()),
  steppedUpUntil: maybe(seconds),
  notices: Type.Array(noticed),
})

const accountSeen = record({
  id: uuid,
  login: Type.String(),
  name: Type.String(),
  status: oneOf(['active', 'suspended']),
  language,
  factors: record({ passkeys: Type.Integer(), password: Type.Boolean(), recovery: Type.Integer() }),
  roles: Type.Array(role),
  practitioner: maybe(Type.String()),
  patient: maybe(Type.String()),
  represents: maybe(Type.Array(Type.String())),
})

const programSeen = record({
  id: Type.String(),
  name: Type.String(),
  scope: Type.String(),
  purposes: maybe(Type.Array(Type.String())),
  keys: Type.Integer({ description: 'Public keys that are known.' }),
  isRevoked: Type.Boolean(),
})

const say = record({ account: uuid, name: Type.String(), at: seconds })

const approvalSeen = record({
  id: uuid,
  act: Type.Union([...act.anyOf, merging]),
  words: record({ es: Type.String(), en: Type.String() }, 'The act in plain words.'),
  hash: Type.String({ description: 'SHA-256 of its canonical JSON, in hex.' }),
  about: maybe(record({ account: uuid, name: Type.String() })),
  state: oneOf(['pending', 'approved', 'done', 'failed', 'refused', 'withdrawn', 'objected', 'expired']),
  askedBy: say,
  needed: Type.Integer({ description: 'How many others approve it.' }),
  approvedBy: Type.Array(
    record({ account: uuid, name: Type.String(), at: seconds, by: oneOf(['signed', 'attested']) }),
  ),
  decidedBy: maybe(say),
  expiresAt: seconds,
  opensAt: maybe(seconds),
  result: maybe(Type.Unknown({ description: 'What came of it, of acts that give something.' })),
  isYours: Type.Boolean(),
})

const given = record({
  url: Type.String({
    description: 'The one-time link; its secret stands after the `#`, which no server is sent.',
  }),
  login: Type.String(),
  name: Type.String(),
  endsAt: seconds,
})

const factorsSeen = record({
  passkeys: Type.Array(
    record({
      id: Type.String(),
      label: Type.String(),
      addedAt: seconds,
      suspendedAt: maybe(seconds),
    }),
  ),
  password: maybe(record({ setAt: seconds })),
  recovery: Type.Integer({ description: 'Codes that are left.' }),
})

const offer = record({
  passkey: maybe(record({ flow: Type.String(), options })),
  totp: record({
    flow: Type.String(),
    secret: Type.String({ description: 'Base32.' }),
    uri: Type.String({ description: '`otpauth://totp/…`' }),
    qr: Type.String({ description: 'The same as the path of an SVG, one unit a module.' }),
    size: Type.Integer({ description: 'Modules of a side.' }),
  }),
})

const recovery = record({
  recoveryCodes: Type.Array(Type.String(), {
    description: 'Shown this once; none where a passkey alone was enrolled.',
  }),
})

const invitationHeader = Type.Object({
  'sigilo-invitation': Type.String({
    maxLength: 64,
    description: 'What stands in the link after `#invitation=`.',
  }),
})

/** Every answer but 2xx. */
export const failure = record({
  error: Type.String({ description: 'A code of errors.md.' }),
  message: record({ es: Type.String(), en: Type.String() }),
})

const byId = record({ id: Type.String({ minLength: 1, maxLength: 1_400 }) })

/** By the name of the route in routes.ts. */
export const schemas = {
  'look-at-session': { response: { 200: me } },
  'sign-in': {
    body: record({
      proof,
      key: maybe(key),
      purpose: maybe(Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' })),
      plain: maybe(Type.Literal(true)),
    }),
    response: { 201: Type.Union([me, record({ token: Type.String(), endsAt: maybe(seconds) })]) },
  },
  'say-purpose': {
    body: record({
      purpose: Type.Union([oneOf([...purposes]), Type.Null({ description: 'What is usual for the role.' })]),
    }),
    response: { 200: me },
  },
  'sign-out': { response: { 204: Type.Null() } },
  'passkey-options': {
    body: record({ key: maybe(key) }),
    response: { 200: record({ flow: Type.String(), options }) },
  },
  'step-up-options': { response: { 200: record({ flow: Type.String(), options }) } },
  'step-up': {
    body: record({ proof }),
    response: { 200: record({ session: Type.String(), until: seconds, token: maybe(Type.String()) }) },
  },
  'list-sessions': { response: { 200: record({ sessions: Type.Array(sessionSeen) }) } },
  'end-session': { params: byId, response: { 204: Type.Null() } },
  'list-accounts': { response: { 200: record({ accounts: Type.Array(accountSeen) }) } },
  'look-at-account': { params: byId, response: { 200: accountSeen } },
  'list-sessions-of': { params: byId, response: { 200: record({ sessions: Type.Array(sessionSeen) }) } },
  'end-sessions-of': { params: byId, response: { 204: Type.Null() } },
  'list-programs': { response: { 200: record({ programs: Type.Array(programSeen) }) } },
  'list-approvals': { response: { 200: record({ approvals: Type.Array(approvalSeen) }) } },
  'look-at-approval': { params: byId, response: { 200: approvalSeen } },
  ask: { body: act, response: { 201: approvalSeen } },
  'approval-options': {
    params: byId,
    response: { 200: record({ flow: Type.String(), options }) },
  },
  approve: {
    params: byId,
    body: record({
      proof: maybe(
        Type.Object(
          { flow, response: assertion },
          {
            ...closed,
            description: 'Of whoever has a passkey; others have shown both factors a moment ago.',
          },
        ),
      ),
    }),
    response: { 200: record({ approval: approvalSeen, link: maybe(given) }) },
  },
  refuse: { params: byId, response: { 200: approvalSeen } },
  object: { params: byId, response: { 200: approvalSeen } },
  'give-link': { params: byId, response: { 201: given } },
  withdraw: { params: byId, response: { 200: approvalSeen } },
  'look-at-invitation': {
    headers: invitationHeader,
    response: {
      200: record({
        login: Type.String(),
        name: Type.String(),
        language,
        isReset: Type.Boolean(),
        endsAt: seconds,
      }),
    },
  },
  'enrolment-options': { headers: invitationHeader, response: { 200: offer } },
  enrol: {
    headers: invitationHeader,
    body: Type.Union([record({ passkey: newPasskey }), record({ password: newPassword })]),
    response: { 201: recovery },
  },
  'list-factors': { response: { 200: factorsSeen } },
  'factor-options': { response: { 200: offer } },
  'add-passkey': { body: newPasskey, response: { 201: factorsSeen } },
  'set-password': { body: newPassword, response: { 201: recovery } },
  'new-recovery-codes': { response: { 201: recovery } },
  'remove-factor': { params: byId, response: { 200: factorsSeen } },
} as const satisfies Record<string, Shape>

export interface Shape {
  body?: TSchema
  params?: TSchema
  headers?: TSchema
  response: Record<number, TSchema>
}

export type RouteName = keyof typeof schemas

type Part<Name extends RouteName, Which extends 'body' | 'params'> = (typeof schemas)[Name] extends {
  [Key in Which]: infer Schema extends TSchema
}
  ? Static<Schema>
  : undefined

/** What a handler is given once it was found to be of its shape. */
export type BodyOf<Name extends RouteName> = Part<Name, 'body'>

type Given<Name extends RouteName> = (typeof schemas)[Name]['response']
/** What it gives, whatever its status. */
export type AnswerOf<Name extends RouteName> = Static<Extract<Given<Name>[keyof Given<Name>], TSchema>>
