/** Asking for one patient's record, seeing what was asked and granted, and ending it. */
import { Type, type Static, type TSchema } from 'typebox'
import { refuse, refuseAs } from '#kernel/outcome.ts'
import type { Endpoint, EndpointContext, SafeguardApproval, SafeguardPerson } from '#kernel/safeguard.ts'
import { typeCode } from '#records/fhir/index.ts'
import { actOf, isOf, type GrantAct } from './act.ts'
import { isOpen, terms, type Grant, type Grants } from './grants.ts'

const record = <Members extends Record<string, TSchema>>(members: Members) =>
  Type.Object(members, { additionalProperties: false })
const time = Type.String({ description: 'RFC 3339.' })
const types = Type.Array(Type.String({ maxLength: 64, pattern: '^[A-Z][A-Za-z]+$' }), {
  maxItems: 20,
  uniqueItems: true,
  description: 'Types of resources; none: the whole clinical record.',
})

const asked = record({
  patient: Type.String({ maxLength: 80, pattern: '^Patient/[A-Za-z0-9.-]{1,64}$' }),
  reason: Type.String({ minLength: 10, maxLength: 1_000 }),
  hours: Type.Optional(Type.Integer({ minimum: 1, maximum: terms.hoursMax })),
  types: Type.Optional(types),
  writes: Type.Optional(Type.Boolean({ description: 'To add to its clinical part, too.' })),
})

const extent = {
  patient: Type.String(),
  reason: Type.String(),
  types: Type.Array(Type.String()),
  writes: Type.Boolean(),
}

const request = record({
  approval: Type.String({
    description: 'Its id, by which it is approved, refused or withdrawn at /auth/approvals.',
  }),
  ...extent,
  hours: Type.Integer(),
  by: Type.String(),
  at: time,
  until: time,
  isYours: Type.Boolean(),
  mayApprove: Type.Boolean(),
})

const granted = record({
  id: Type.String(),
  ...extent,
  to: Type.String(),
  approvedBy: Type.Array(Type.String()),
  at: time,
  until: time,
  isOpen: Type.Boolean(),
  isYours: Type.Boolean(),
  ended: Type.Optional(record({ by: Type.String(), at: time })),
})

const looked = record({ requests: Type.Array(request), grants: Type.Array(granted) })

export const endpoints: Readonly<Record<string, Endpoint>> = {
  ask: {
    summary:
      'Asks for the record of one patient: who cares for the patient as a physician, the patient, or who represents them approves it.',
    body: asked,
    answer: request,
    act: ask,
  },
  look: {
    summary:
      'What was asked for and granted: to oneself, of patients whom one answers for, and what one may approve; to officers all.',
    answer: looked,
    act: look,
  },
  end: {
    summary: 'Ends a grant at once; by whoever sees it.',
    answer: granted,
    act: end,
  },
}

async function ask(context: EndpointContext, body: Static<typeof asked>) {
  const { person, approvals, everybody, notify } = context
  const { patient, reason, writes = false, hours = terms.hoursUsual } = body
  const wanted = (body.types ?? []).toSorted()
  if (wanted.some((type) => typeCode(type) === undefined)) return refuse('unknown-type')
  const act: GrantAct = {
    kind: 'grant',
    patient,
    person: person.person,
    name: person.name,
    reason,
    types: wanted,
    writes,
    hours,
  }
  const waiting = (await approvals.list('grant')).filter(
    (each) => each.state === 'pending' && actOf(each.act).person === person.person,
  )
  if (waiting.some((each) => actOf(each.act).patient === patient)) return askedAlready
  if (waiting.length >= terms.waitingMax) return askedEnough
  const made = await approvals.ask(act)
  if (made.status !== 'ok') return made
  const able = new Set<string>()
  for await (const each of everybody())
    if (mightApprove(each, act) && (await approvals.may('approve', act, each.actor))) able.add(each.actor!)
  await notify((each) => isOf(each, patient), { kind: 'grant-asked-of-you', about: person.name })
  const isAble = (each: SafeguardPerson) => able.has(each.actor ?? '') && !isOf(each, patient)
  await notify(isAble, { kind: 'grant-asked', about: `${person.name}: ${patient}` })
  return answered<typeof request>(requestSeen(made.approval, false))
}

/** Of whom policy need not be asked: nobody else is let. */
const mightApprove = (each: SafeguardPerson, { patient, person }: GrantAct): boolean =>
  each.actor !== undefined &&
  each.person !== person &&
  (isOf(each, patient) || (each.practitioner !== undefined && each.roles.includes('physician')))

const askedAlready = refuseAs('grant-asked', {
  es: 'Ya pidió el expediente de este paciente, y la petición espera: puede retirarla y pedirlo de nuevo.',
  en: 'You have asked for this patient already, and the request waits: you can withdraw it and ask anew.',
})
const askedEnough = refuseAs('grants-waiting', {
  es: `Tiene ${terms.waitingMax} peticiones en espera: retire alguna, o espere a que se decidan.`,
  en: `${terms.waitingMax} requests of yours wait: withdraw one, or wait until they are decided.`,
})

async function look(context: EndpointContext) {
  const { person, approvals, rows } = context
  const mayApprove = approverOf(context)
  const requests: Static<typeof request>[] = []
  for (const each of await approvals.list('grant')) {
    if (each.state !== 'pending') continue
    const { patient } = actOf(each.act)
    const may = !each.isYours && (await mayApprove(patient))
    if (each.isYours || may || isOf(person, patient) || isOfficer(person))
      requests.push(requestSeen(each, may))
  }
  const grants: Static<typeof granted>[] = []
  for await (const { name, value } of rows.list<Grants>())
    for (const grant of value.grants)
      if (await isSeen(grant, name, context, mayApprove)) grants.push(grantSeen(grant, name, value, context))
  const order = (each: (typeof grants)[number]) => (each.isOpen ? 0 : 1)
  grants.sort((a, b) => order(a) - order(b) || (a.at < b.at ? 1 : -1))
  return answered<typeof looked>({ requests, grants })
}

async function end(context: EndpointContext) {
  const { person, params, rows, who, notify, nowMs } = context
  const id = params['id']
  const mayApprove = approverOf(context)
  for await (const { name, value } of rows.list<Grants>()) {
    const known = value.grants.find((each) => each.id === id)
    if (!known) continue
    if (!(await isSeen(known, name, context, mayApprove))) return refuse('not-found')
    const ended = { person: person.person, name: person.name, atMs: nowMs }
    const made = await rows.change<Grants, Grant | undefined>(name, who, (there) => {
      const one = there?.grants.find((each) => each.id === id)
      if (!there || !one || !isOpen(one, nowMs)) return { result: undefined }
      const grant = { ...one, ended }
      const grants = there.grants.map((each) => (each === one ? grant : each))
      return {
        write: { value: { ...there, grants }, what: `grant of ${one.patient} to ${name} ended` },
        result: grant,
      }
    })
    if (!made) return refuse('request-over')
    if (name !== person.person)
      await notify((each) => each.person === name, { kind: 'grant-ended', about: made.patient })
    return answered<typeof granted>(grantSeen(made, name, value, context))
  }
  return refuse('not-found')
}

/** Whether they may approve a grant of that patient's, now. */
function approverOf({ person, approvals }: EndpointContext): (patient: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>()
  return (patient) => {
    const found =
      known.get(patient) ?? approvals.may('approve', { kind: 'grant', patient, person: person.person })
    known.set(patient, found)
    return found
  }
}

const isOfficer = ({ roles }: SafeguardPerson): boolean =>
  roles.includes('privacy-officer') || roles.includes('security-officer')

/** By whoever has it, who approved it, whose record it is, officers; while it is open, by who could approve it as well. */
async function isSeen(
  grant: Grant,
  owner: string,
  { person, nowMs }: EndpointContext,
  mayApprove: (patient: string) => Promise<boolean>,
): Promise<boolean> {
  if (owner === person.person || grant.approvedBy.some((each) => each.person === person.person)) return true
  if (isOf(person, grant.patient) || isOfficer(person)) return true
  return isOpen(grant, nowMs) && mayApprove(grant.patient)
}

const answered = <Schema extends TSchema>(value: Static<Schema>) => ({
  status: 'answer' as const,
  value: value as object,
})

const isoOf = (ms: number): string => new Date(ms).toISOString()

function requestSeen(
  { id, act, askedBy, expiresAt, isYours }: SafeguardApproval,
  mayApprove: boolean,
): Static<typeof request> {
  const { patient, reason, types: some, writes, hours } = actOf(act)
  return {
    approval: id,
    patient,
    reason,
    types: [...some],
    writes,
    hours,
    by: askedBy.name,
    at: isoOf(askedBy.at * 1000),
    until: isoOf(expiresAt * 1000),
    isYours,
    mayApprove,
  }
}

function grantSeen(
  grant: Grant,
  owner: string,
  { name }: Grants,
  { person, nowMs }: EndpointContext,
): Static<typeof granted> {
  const { id, patient, reason, types: some, writes, approvedBy, atMs, endsAtMs, ended } = grant
  return {
    id,
    patient,
    reason,
    types: [...some],
    writes,
    to: name,
    approvedBy: approvedBy.map((each) => each.name),
    at: isoOf(atMs),
    until: isoOf(endsAtMs),
    isOpen: isOpen(grant, nowMs),
    isYours: owner === person.person,
    ...(ended ? { ended: { by: ended.name, at: isoOf(ended.atMs) } } : {}),
  }
}
