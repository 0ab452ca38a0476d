/** An entry as FHIR R4's AuditEvent: made when it is asked for, and stored nowhere. */
import type { Action, Outcome } from '#kernel/ledger/index.ts'
import type { LedgerEntry } from './types.ts'

interface Coding {
  system: string
  code: string
  display: string
}

const dcm = 'http://dicom.nema.org/resources/ontology/DCM'
const ours = 'urn:x-sigilo:ledger-action'
const people = 'urn:x-sigilo:actor'
const devices = 'urn:x-sigilo:device'

const rest: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
  code: 'rest',
  display: 'RESTful Operation',
}
const activity: Coding = { system: dcm, code: '110100', display: 'Application Activity' }
const auditLog: Coding = { system: dcm, code: '110101', display: 'Audit Log Used' }
const exported: Coding = { system: dcm, code: '110106', display: 'Export' }
const imported: Coding = { system: dcm, code: '110107', display: 'Import' }
const patientRecord: Coding = { system: dcm, code: '110110', display: 'Patient Record' }
const alert: Coding = { system: dcm, code: '110113', display: 'Security Alert' }
const authentication: Coding = { system: dcm, code: '110114', display: 'User Authentication' }

type Crude = 'C' | 'R' | 'U' | 'D' | 'E'

/** `also`: a code of http://hl7.org/fhir/restful-interaction. */
interface Mapped {
  type: Coding
  action: Crude
  also?: string
}

/** What each action is to FHIR. R4 auditevent.html. */
const mapped: Record<Action, Mapped> = {
  read: { type: rest, action: 'R', also: 'read' },
  vread: { type: rest, action: 'R', also: 'vread' },
  search: { type: rest, action: 'E', also: 'search' },
  history: { type: rest, action: 'R', also: 'history' },
  everything: { type: rest, action: 'E', also: 'operation' },
  create: { type: rest, action: 'C', also: 'create' },
  update: { type: rest, action: 'U', also: 'update' },
  delete: { type: rest, action: 'D', also: 'delete' },
  import: { type: imported, action: 'C' },
  export: { type: exported, action: 'R' },
  attachment: { type: rest, action: 'R' },
  destroy: { type: patientRecord, action: 'D' },
  print: { type: exported, action: 'R' },
  unseal: { type: activity, action: 'E' },
  seal: { type: activity, action: 'E' },
  opener: { type: alert, action: 'U' },
  key: { type: alert, action: 'E' },
  rewrap: { type: activity, action: 'U' },
  token: { type: authentication, action: 'E' },
  'sign-in': { type: authentication, action: 'E' },
  'sign-out': { type: authentication, action: 'E' },
  'step-up': { type: authentication, action: 'E' },
  approval: { type: alert, action: 'E' },
  authority: { type: alert, action: 'U' },
  configuration: { type: alert, action: 'U' },
  maintenance: { type: activity, action: 'E' },
  backup: { type: activity, action: 'E' },
  restore: { type: activity, action: 'E' },
  checkpoint: { type: auditLog, action: 'R' },
  'ledger-query': { type: auditLog, action: 'R' },
  'ledger-file': { type: auditLog, action: 'R' },
  verify: { type: auditLog, action: 'E' },
  'turned-away': { type: alert, action: 'E' },
  other: { type: activity, action: 'E' },
}

/** http://hl7.org/fhir/audit-event-outcome */
const ended: Record<Outcome, '0' | '4' | '8'> = {
  done: '0',
  begun: '0',
  refused: '4',
  'broken-off': '4',
  failed: '8',
}

const interactions = 'http://hl7.org/fhir/restful-interaction'

/** The codes that an action goes by, for whoever searches by them: [system, code]. */
export const codings = {
  type: namesOf(({ type }) => [type]),
  subtype: namesOf((one, action) => subtypesOf(one, action)),
  action: namesOf(({ action }) => [{ system: 'http://hl7.org/fhir/audit-event-action', code: action }]),
  outcome: new Map(Object.entries(ended).map(([outcome, code]) => [outcome as Outcome, code])),
  outcomeSystem: 'http://hl7.org/fhir/audit-event-outcome',
  people,
  devices,
}

function namesOf(
  of: (one: Mapped, action: Action) => readonly { system: string; code: string }[],
): Map<Action, readonly { system: string; code: string }[]> {
  return new Map(Object.entries(mapped).map(([action, one]) => [action as Action, of(one, action as Action)]))
}

function subtypesOf({ also }: Mapped, action: Action): { system: string; code: string }[] {
  return [
    ...(also === undefined ? [] : [{ system: interactions, code: also }]),
    { system: ours, code: action },
  ]
}

/** `observer`: what the vault is called. */
export function auditEventOf(entry: LedgerEntry, observer: string): object {
  const { id, recorded, action, outcome, reason, purpose } = entry
  const { type, action: crude } = mapped[action]
  return {
    resourceType: 'AuditEvent',
    id,
    meta: { versionId: '1', lastUpdated: recorded.toISOString() },
    ...extensionsOf(entry),
    type,
    subtype: subtypesOf(mapped[action], action),
    action: crude,
    recorded: recorded.toISOString(),
    outcome: ended[outcome],
    ...(reason === undefined ? {} : { outcomeDesc: reason }),
    ...(purpose === undefined
      ? {}
      : {
          purposeOfEvent: [
            { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: purpose }] },
          ],
        }),
    agent: agentsOf(entry),
    source: {
      observer: { display: observer },
      type: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/security-source-type',
          code: '4',
          display: 'Application Server',
        },
      ],
    },
    ...entitiesOf(entry),
  }
}

/** What R4 has no element for. */
function extensionsOf({ act, view, machine, outcome, bytes }: LedgerEntry): object {
  const said: { url: string; [value: `value${string}`]: unknown }[] = [
    { url: `${extensions}act`, valueUuid: `urn:uuid:${act}` },
    // Two outcomes of ours may be one of R4's.
    { url: `${extensions}outcome`, valueCode: outcome },
  ]
  if (view !== undefined) said.push({ url: `${extensions}view`, valueString: view })
  if (machine) said.push({ url: `${extensions}machine`, valueBoolean: true })
  if (bytes !== undefined) said.push({ url: `${extensions}bytes`, valueDecimal: bytes })
  return { extension: said }
}

const extensions = 'urn:x-sigilo:audit-event:'

function agentsOf({ actor, client, address, device }: LedgerEntry): object[] {
  const network =
    address === undefined ? {} : { network: { address, type: /[.:]/.test(address) ? '2' : '1' } }
  const agents: object[] = [{ ...whoOf(actor), requestor: true, ...network }]
  if (client !== undefined) {
    agents.push({
      type: { coding: [{ system: dcm, code: '110150', display: 'Application' }] },
      name: client,
      requestor: false,
    })
  }
  if (device !== undefined) {
    agents.push({
      type: { coding: [{ system: dcm, code: '110153', display: 'Source Role ID' }] },
      who: { type: 'Device', identifier: { system: devices, value: device } },
      requestor: false,
    })
  }
  return agents
}

/** Of nobody known, and of a patient whose keys are gone, there is nothing to say. */
function whoOf(actor: string | undefined): object {
  if (actor === undefined) return {}
  const who = /^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.test(actor)
    ? { reference: actor }
    : { identifier: { system: people, value: actor } }
  return { who, altId: actor }
}

const objectRole = 'http://terminology.hl7.org/CodeSystem/object-role'
const entityType = 'http://terminology.hl7.org/CodeSystem/audit-entity-type'
const person = { system: entityType, code: '1', display: 'Person' }
const systemObject = { system: entityType, code: '2', display: 'System Object' }

function entitiesOf({ patient, resources, query }: LedgerEntry): object {
  const entities: object[] = []
  if (patient !== undefined) {
    const role = { system: objectRole, code: '1', display: 'Patient' }
    entities.push({ what: { reference: `Patient/${patient}` }, type: person, role })
  }
  for (const { type, id, version } of resources) {
    const role = { system: objectRole, code: '4', display: 'Domain Resource' }
    const reference = `${type}/${id}${version === undefined ? '' : `/_history/${version}`}`
    entities.push({ what: { reference }, type: type === 'Patient' ? person : systemObject, role })
  }
  if (query !== undefined) {
    const role = { system: objectRole, code: '24', display: 'Query' }
    entities.push({ type: systemObject, role, query: Buffer.from(query).toString('base64') })
  }
  return entities.length === 0 ? {} : { entity: entities }
}
