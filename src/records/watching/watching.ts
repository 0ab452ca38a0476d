/** The ledger's looks and the records beside them, as those may go through them who ask the whole ledger and see identities. */
import { randomUuid } from '#kernel/crypto/index.ts'
import type { Action, EntryOpened, Ledger } from '#kernel/ledger/index.ts'
import type { Principal } from '#people/index.ts'
import { typeName } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import type { Refusal } from '#kernel/outcome.ts'
import { timeOf } from '../audit/index.ts'
import type { By } from '../by.ts'
import { categoriesOf, kindOf, type Gate, type Kind, type Sources } from '../gate/index.ts'
import type { CompartmentId, ResourceKey } from '../place.ts'
import type { Reader } from '../reader.ts'
import type { Deed, Scribe } from '../scribe.ts'
import type { TupleIndex } from '../tuples/index.ts'

/** Somebody was shown something of a patient, or changed it. Milliseconds since 1970. */
export interface LookSeen {
  /** As the ledger says it. */
  actor: string
  patient: CompartmentId
  atMs: number
  /** A line of a list that went by; not opened. */
  isListed: boolean
  isChange: boolean
  resources: number
}

/** A resource of a record, when it was. */
export interface Happening {
  kind: Kind
  from: number
  /** Infinite where it is open. */
  to: number
}

export interface PatientSeen {
  id: string
  /** With the identity capsule. */
  patient: JsonObject
}

export interface Watched {
  /** The facility's day at a moment. */
  dayOf(atMs: number): { fromMs: number; toMs: number }
  /** The span of a date or a time as it is typed. */
  timeOf(text: string): { low: number; high: number } | undefined
  /** All that was recorded of people with an account, a portion at a time. */
  looks(span: { fromMs: number; toMs: number }): AsyncGenerator<LookSeen[]>
  patients(of: readonly CompartmentId[]): Promise<Map<CompartmentId, PatientSeen>>
  practitioner(reference: string): Promise<JsonObject | undefined>
  /** Of kinds that desks have to do with. */
  happenings(of: CompartmentId): Promise<readonly Happening[]>
  /** The facts of what somebody was to a patient, such as `access.relation`, by the record as it is now. */
  factsThen(who: Principal, of: CompartmentId, atMs: number): Promise<ReadonlyMap<string, string | boolean>>
  compartmentOf(patient: string): CompartmentId
  /** To be recorded before anything is told of them: in the stream of each, and in the facility's. */
  tell(query: string, patients: Iterable<CompartmentId>): Promise<Refusal | undefined>
}

export type Watching = (by: By) => Watched

export interface WatchingRooms {
  ledger: Pick<Ledger, 'query'>
  reader: Reader
  tuples: TupleIndex
  sources: Sources
  gate: Gate
  scribe: Scribe
  /** The facility's, as an IANA name. */
  timeZone: string
}

const lookedAtOnce = 2_000
const openedAtOnce = 200
const shown: readonly Action[] = ['read', 'vread', 'search', 'history', 'everything', 'attachment', 'print']
const changed: readonly Action[] = ['create', 'update', 'delete']
const ofDesks: ReadonlySet<Kind> = new Set<Kind>(['schedule', 'visit', 'laboratory', 'billing'])
/** Search parameters that say when something is, the first that there is. */
const whens = ['date', 'authored', 'collected', 'created', 'issued', 'period']

export function createWatching(rooms: WatchingRooms): Watching {
  const { ledger, reader, tuples, sources, gate, scribe, timeZone } = rooms
  return (by) => ({
    timeOf: (text) => timeOf(text, timeZone),
    dayOf: (atMs) => sources.dayOf(atMs),
    compartmentOf: (patient) => sources.compartmentOf(patient),

    async *looks({ fromMs, toMs }) {
      const asked = { fromMs, toMs, actions: [...shown, ...changed], outcomes: ['done'] as const }
      let answer = await ledger.query({ ...asked, limit: lookedAtOnce })
      for (;;) {
        yield answer.entries.flatMap(looksOf)
        if (!answer.next) return
        answer = await ledger.query({ ...asked, limit: lookedAtOnce, after: answer.next })
      }
    },

    async patients(of) {
      const found = new Map<CompartmentId, PatientSeen>()
      for (let at = 0; at < of.length; at += openedAtOnce) {
        // A patient's compartment has the Patient's own name.
        const names = of.slice(at, at + openedAtOnce) as string[] as ResourceKey[]
        const rows = [...(await reader.heads(names)).values()].filter(({ deleted }) => !deleted)
        for (const { home, id, type, json } of await reader.openAll(rows, 'full'))
          if (type === 'Patient') found.set(home, { id, patient: JSON.parse(json) as JsonObject })
      }
      return found
    },

    async practitioner(reference) {
      const found = await reader.current('Practitioner', reference.replace(/^Practitioner\//, ''))
      return found.status === 'ok' ? (JSON.parse(found.version.json) as JsonObject) : undefined
    },

    async happenings(of) {
      const shelf = await tuples.read(of, { view: 'clinical' })
      const happenings: Happening[] = []
      for (const { type, tuple, updatedAt } of shelf?.entries ?? []) {
        const kind = kindOf(typeName(type), () => categoriesOf(tuple))
        if (!ofDesks.has(kind)) continue
        const values = whens.flatMap((name) => tuple.values(name) ?? [])
        const when = values.find((value) => value.kind === 'date')
        happenings.push({ kind, from: when?.low ?? updatedAt, to: when?.high ?? updatedAt })
      }
      return happenings
    },

    factsThen: (who, of, atMs) =>
      gate.factsThen({ actor: who.actor, client: who.client, address: 'local', principal: who }, of, atMs),

    tell(query, patients) {
      const deed: Deed = { action: 'ledger-query', outcome: 'done', by, act: randomUuid(), query }
      return scribe.recordLook(deed, patients)
    },
  })
}

/** Of people, and of patients' whose keys are there. */
function looksOf({ of, action, recordedAtMs, details }: EntryOpened): LookSeen[] {
  const { actor, resources = [], query } = details ?? {}
  if (of === undefined || of === 'facility' || !actor?.startsWith('person/')) return []
  // Who searches for a name is shown those who have it; who searches in a record has opened that.
  const isListed =
    action === 'search' &&
    !(query ?? '').startsWith('Patient/') &&
    resources.every(({ type }) => type === 'Patient' || type === 'Appointment')
  return [
    {
      actor,
      patient: of as CompartmentId,
      atMs: recordedAtMs,
      isListed,
      isChange: changed.includes(action),
      resources: resources.length,
    },
  ]
}
