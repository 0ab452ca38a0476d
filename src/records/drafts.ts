/** From what is wanted to rows ready to be written: looked up, judged, placed and sealed. */
import { setImmediate } from 'node:timers/promises'
import { sha256 } from '#kernel/crypto/index.ts'
import type { CompartmentKeys, Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { patientsOf, typeCode, type ReferenceOptions } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { decodeTuple, extract, type ExtractOptions } from '#records/search/index.ts'
import { concernsAttachments, type Attachments, type Settled } from './attachments/index.ts'
import { factsOf } from './binary-facts.ts'
import { hasIdentity } from './capsule.ts'
import { changeOf, sealPending, termsOf, type ResourceChange, type RowKeys } from './directory/index.ts'
import type { Document } from './documents.ts'
import { isCurrent } from './equal.ts'
import type { Sight } from './gate/index.ts'
import { contextOfBinary, homeOfContext } from './homes.ts'
import { computedType, type Change, type Intent, type Plan } from './intents.ts'
import {
  facilityOf,
  newResourceKey,
  patientCompartment,
  resourceKey,
  type CompartmentId,
  type ResourceKey,
} from './place.ts'
import { partsOf, type Parts } from './parts.ts'
import type { Merges } from './merging/index.ts'
import { isMovable, wentTo } from './moving/index.ts'
import type { Prepared } from './ready.ts'
import type { Reader } from './reader.ts'
import type { Group, HeadRow, Operation } from './rows.ts'
import { lazyVersionOf, pointerName, sealPointer, type Sealing } from './sealing.ts'
import type { Blocks, NewEntry } from './tuples/index.ts'
import type { Version } from './types.ts'
import type { WriteBounds } from './write-bounds.ts'
import type { ChangeMade, Written } from './writing.ts'
import { jobOf, type Workshop } from './workshop/index.ts'

export interface Draft extends Written {
  /** Keys of the compartments that the group opens: theirs once it is written, to be zeroed otherwise. */
  minted: ReadonlyMap<string, CompartmentKeys>
  /** Attachments that were put for it: to be held until it is written, and dropped otherwise. */
  stored: Settled['stored']
  /** What each intent became, given the times of the group's operations. */
  changes(updatedAt: readonly Date[]): Change[]
}

/** `stale`: some document was made of a version that is no longer the current one. */
export type Drafter = (
  plan: Plan,
  bounds: WriteBounds | undefined,
) => Promise<Draft | { status: 'refused'; intent: number; refusal: Refusal } | { status: 'stale' }>

/** Between two pauses for other work: some 5 ms of sealing. */
const intentsBetweenPauses = 32

export function createDrafter(
  keys: Keys,
  sealing: Sealing,
  blocks: Blocks,
  workshop: Workshop,
  reader: Reader,
  rowKeys: RowKeys,
  attachments: Attachments,
  merges: Pick<Merges, 'faultOfChange'>,
  local: ReferenceOptions & ExtractOptions,
): Drafter {
  return async function draft(plan, bounds) {
    const stored: Settled['stored'] = []
    let drafted: Awaited<ReturnType<Drafter>> | undefined
    try {
      drafted = await drafting(plan, stored, bounds)
      return drafted
    } finally {
      if (!drafted || 'status' in drafted) for (const each of stored) await each.drop().catch(() => {})
    }
  }

  async function drafting(
    plan: Plan,
    stored: Settled['stored'],
    bounds: WriteBounds | undefined,
  ): ReturnType<Drafter> {
    const { claims, marks } = plan
    let { intents } = plan
    const { locator } = keys
    const names = intents.map(({ action, type, id }) =>
      (action === 'create' ? newResourceKey : resourceKey)(locator, type, id),
    )
    const heads = await headsOf(intents, names)
    // Of an import nothing is there, as a rule: a name that was looked up is kept by the engine among its own.
    const headOf = (n: number) => (heads.size === 0 ? undefined : heads.get(names[n] as ResourceKey))
    // Before anything that is there is told: that it is, or at which version.
    const forbidden = await bounds?.before(intents, (n) => openedHead(headOf(n)))
    if (forbidden) return forbidden
    const refused =
      firstRefusal(intents, headOf) ?? (plan.relinks ? undefined : await untied(intents, headOf))
    if (refused) return refused

    const group: Group = {
      operations: [],
      blocks: [],
      openings: [],
      claims,
      pointers: [],
      pending: undefined,
      attachments: [],
      facility: facilityOf(locator),
      ...(marks ? { marks } : {}),
    }
    const places = await placesInPlan(intents)
    const barredFrom = await bounds?.after(intents, places, (n) => openedHead(headOf(n)))
    if (barredFrom) return barredFrom
    const settled = await settleAll(intents, places, headOf, group, stored, bounds?.sight)
    if ('status' in settled) return settled
    intents = settled.intents
    const homes = [...heads.values()].map(({ compartment }) => compartment)
    const [{ ring, minted }, made] = await Promise.all([
      keyRing(group, new Set([...homes, ...places.flat()])),
      prepare(intents, headOf),
    ])
    const barred = await barredBy(intents, places, headOf, ring)
    if (barred) {
      for (const each of minted.values()) each.zero()
      return barred
    }
    const drafts: { parts?: Parts; head?: HeadRow; operation?: Operation }[] = []
    const tuples = new Tuples()
    const told: ChangeMade[] = []
    const listed: ResourceChange[] = []
    for (const [n, intent] of intents.entries()) {
      if (n % intentsBetweenPauses === intentsBetweenPauses - 1) await setImmediate()
      const name = names[n] as ResourceKey
      const head = headOf(n)
      const { parts, prepared } = made[n] as Made
      if (!parts || !prepared) {
        drafts.push({})
        continue
      }
      const { operation, before, compartments } = await addOperation(
        group,
        ring,
        intent,
        name,
        head,
        prepared,
        (places[n] ?? []).filter((each) => ring.has(each)),
      )
      drafts.push({ parts, operation, ...(head ? { head } : {}) })
      const version = operation.expected + 1
      const action = outcomeOf(operation, head)
      told.push({
        action: actionOf[action],
        resource: { type: intent.type, id: intent.id, version },
        compartments,
      })
      addTuples(tuples, intent, operation, prepared)
      const change = listingOf(intent.type, operation, before, prepared)
      if (change) listed.push(change)
    }
    if (listed.length > 0) group.pending = sealPending(await rowKeys.serving(), listed)
    for (const [compartment, { record, identity }] of tuples.byCompartment) {
      const own = ring.get(compartment) as CompartmentKeys
      group.blocks.push(...blocks.seal(own, compartment, 'record', record))
      group.blocks.push(...blocks.seal(own, compartment, 'identity', identity))
    }
    const changes = (updatedAt: readonly Date[]): Change[] => {
      let written = 0
      return drafts.map(({ parts, head, operation }, n) => {
        if (!parts || !operation) return { outcome: 'unchanged' }
        const updated = updatedAt[written++] as Date
        return {
          outcome: outcomeOf(operation, head),
          // Made where somebody asks for it: nobody asks what an import wrote.
          get version() {
            const { type, id } = intents[n] as Intent
            return lazyVersionOf(type, id, () => parts.whole, {
              compartment: operation.compartment,
              version: operation.expected + 1,
              updated_at: updated,
              deleted: operation.deleted,
              posted: operation.posted,
            })
          },
        }
      })
    }
    return { group, made: told, ring, minted, stored, changes }
  }

  /** As `placesOf`; a Binary lives where its security context does, which may be written by the same plan. */
  async function placesInPlan(intents: readonly Intent[]): Promise<CompartmentId[][]> {
    const places = placesOf(intents)
    if (!intents.some(({ type }) => type === 'Binary')) return places
    for (const [n, { type, document }] of intents.entries()) {
      if (type !== 'Binary' || !document) continue
      const context = contextOfBinary(document.value, {
        ...local,
        ...(document.names ? { names: document.names } : {}),
      })
      const beside = context
        ? intents.findIndex((each) => each.document && each.type === context.type && each.id === context.id)
        : -1
      const [home] =
        beside >= 0 && intents[beside]?.type !== 'Binary' ? (places[beside] as CompartmentId[]) : []
      places[n] = [home ?? (await homeOfContext({ keys, reader }, context))]
    }
    return places
  }

  /** The intents with what is large sealed on its own, and named in their texts. */
  async function settleAll(
    intents: readonly Intent[],
    places: readonly CompartmentId[][],
    headOf: (n: number) => HeadRow | undefined,
    group: Group,
    stored: Settled['stored'],
    sight: Sight | undefined,
  ): Promise<{ intents: Intent[] } | { status: 'refused'; intent: number; refusal: Refusal }> {
    if (!intents.some(({ document }) => document && isUnsettled(document))) return { intents: [...intents] }
    const settled: Intent[] = []
    for (const [n, intent] of intents.entries()) {
      const { type, document } = intent
      if (!document || !isUnsettled(document)) {
        settled.push(intent)
        continue
      }
      const head = headOf(n)
      const result = await attachments.settle({
        text: document.text,
        value: document.value,
        compartment: places[n]?.[0] as CompartmentId,
        purpose: hasIdentity(type) ? 'identity' : 'record',
        current: async () => (head && !head.deleted ? (await reader.open(head, 'full'))?.json : undefined),
        binary: (url) => factsOf({ intents, reader, local, sight }, url),
      })
      if (result.status !== 'settled') return { status: 'refused', intent: n, refusal: result }
      stored.push(...result.stored)
      group.attachments.push(...result.markers)
      if (result.markers.length === 0) settled.push(intent)
      else {
        const { names } = document
        const value = JSON.parse(result.text) as JsonObject
        settled.push({ ...intent, document: { text: result.text, value, ...(names ? { names } : {}) } })
      }
    }
    return { intents: settled }
  }

  /** Of each intent what is to be sealed; nothing of a deletion of what is not there, or of what is there as it is. */
  async function prepare(
    intents: readonly Intent[],
    headOf: (n: number) => HeadRow | undefined,
  ): Promise<Made[]> {
    const equal = await equalOf(intents, headOf)
    const made = intents.map(({ type, id, action, document }, n): Made => {
      const head = headOf(n)
      if (equal.has(n) || (action === 'delete' && (!head || head.deleted))) return {}
      const { ready } = document ?? {}
      if (ready?.id === id) return { parts: ready.parts, prepared: ready.prepared }
      return { parts: partsOf(type, id, document?.text ?? null) }
    })
    const waiting = intents.flatMap(({ type, document }, n) => {
      const each = made[n] as Made
      return each.parts && !each.prepared ? [{ each, job: jobOf(type, each.parts, !document) }] : []
    })
    if (waiting.length === 0) return made
    const done = await workshop.prepare(waiting.map(({ job }) => job))
    for (const [n, { each }] of waiting.entries()) each.prepared = done[n] as Prepared
    return made
  }

  /** Of those that ask for it, the ones whose document is the current version. */
  async function equalOf(intents: readonly Intent[], headOf: (n: number) => HeadRow | undefined) {
    const equal = new Set<number>()
    for (const [n, intent] of intents.entries()) {
      const head = intent.unlessEqual ? headOf(n) : undefined
      if (head && (await isCurrent(reader, head, intent))) equal.add(n)
    }
    return equal
  }

  /** What the directory has to learn: all terms of what is new, or lives elsewhere now; otherwise what differs. */
  function listingOf(
    type: string,
    { resource, compartment, origin, expected, deleted }: Operation,
    before: JsonObject | undefined,
    { tuple, capsuleTuple }: Prepared,
  ): ResourceChange | undefined {
    const old = before && extract(before, local).values
    const now = deleted ? undefined : decodeTuple(capsuleTuple ?? tuple)
    const place = { type, resource, compartment, version: expected + 1 }
    return changeOf(
      keys.directory,
      place,
      old ? termsOf(type, (name) => old.get(name), local.timeZone) : [],
      now ? termsOf(type, (name) => now.values(name), local.timeZone) : [],
      origin !== null && origin !== compartment,
    )
  }

  function addTuples(
    tuples: Tuples,
    { type: typeName }: Intent,
    operation: Operation,
    { tuple, capsuleTuple }: Prepared,
  ): void {
    const { resource, type, compartment, origin } = operation
    const entry = { resource, type, version: operation.expected + 1 }
    const isApart = hasIdentity(typeName)
    const { record, identity } = tuples.of(compartment)
    record.push({ ...entry, tuple })
    if (isApart) identity.push({ ...entry, tuple: capsuleTuple ?? gone })
    if (origin === null || origin === compartment) return
    // It has moved: where it lived before, it is gone.
    tuples.of(origin).record.push({ ...entry, tuple: gone })
    if (isApart) tuples.of(origin).identity.push({ ...entry, tuple: gone })
  }

  async function headsOf(intents: readonly Intent[], names: readonly ResourceKey[]) {
    const wanted = names.filter((_, n) => (intents[n] as Intent).action !== 'create')
    if (wanted.length !== 1) return reader.heads(wanted)
    const [name] = wanted as [ResourceKey]
    const head = await reader.head(name)
    return new Map(head ? [[name, head]] : [])
  }

  /** Of each intent, first the compartment it will live in, then those that get a pointer; none of a deletion. */
  function placesOf(intents: readonly Pick<Intent, 'type' | 'id' | 'document'>[]): CompartmentId[][] {
    const { locator } = keys
    // The entries of a Bundle name the same patient again and again: each name is hashed once.
    const known = new Map<string, CompartmentId>()
    const compartmentOf = (patient: string): CompartmentId => {
      const found = known.get(patient) ?? patientCompartment(locator, patient)
      known.set(patient, found)
      return found
    }
    return intents.map(({ type, id, document }) => {
      if (!document) return []
      const { names, ready } = document
      const patients = ready?.patients ?? patientsOf(document.value, names ? { ...local, names } : local)
      const touched = patients.map(compartmentOf)
      if (type === 'Patient') touched.unshift(compartmentOf(id))
      if (touched.length === 0) return [facilityOf(locator)]
      return touched.length === 1 ? touched : [...new Set(touched)]
    })
  }

  /**
   * The first that would be about a patient whose keys were destroyed: one who lives there, and one who names that patient
   * and did not before. What lives elsewhere may go on naming them: it is somebody else's record too.
   */
  async function barredBy(
    intents: readonly Intent[],
    places: readonly (readonly CompartmentId[])[],
    headOf: (n: number) => HeadRow | undefined,
    ring: ReadonlyMap<string, CompartmentKeys>,
  ) {
    for (const [intent, { type, id }] of intents.entries()) {
      const head = headOf(intent)
      const [home = head?.compartment, ...others] = places[intent] ?? []
      const refused = (code: 'gone' | 'patient-destroyed') => ({
        status: 'refused' as const,
        intent,
        refusal: refuse(code),
      })
      if (head && !ring.has(head.compartment)) return refused('gone')
      if (home !== undefined && !ring.has(home)) {
        const isTheirs = type === 'Patient' && home === patientCompartment(keys.locator, id)
        return refused(isTheirs ? 'gone' : 'patient-destroyed')
      }
      const destroyed = others.filter((each) => !ring.has(each))
      if (destroyed.length === 0) continue
      const before = head && !head.deleted ? await valueOf(head) : undefined
      const [named = []] = before ? placesOf([{ type, id, document: { text: '', value: before } }]) : []
      if (!destroyed.every((each) => named.includes(each))) return refused('patient-destroyed')
    }
    return undefined
  }

  /** The keys of each compartment but the destroyed; those that are not open are opened with the group. */
  async function keyRing(group: Group, compartments: ReadonlySet<CompartmentId>) {
    const ring = new Map<string, CompartmentKeys>()
    const minted = new Map<string, CompartmentKeys>()
    const missing: CompartmentId[] = []
    for (const compartment of compartments) {
      const found = keys.cached(compartment)
      if (found) ring.set(compartment, found)
      else missing.push(compartment)
    }
    if (missing.length === 0) return { ring, minted }
    for (const [compartment, found] of await keys.load(missing)) ring.set(compartment, found)
    for (const compartment of missing) {
      if (ring.has(compartment) || keys.isDestroyed(compartment)) continue
      const { epoch, generation, wrapped, keys: theirs } = await keys.mint(compartment)
      group.openings.push({ compartment, epoch, generation, wrapped })
      ring.set(compartment, theirs)
      minted.set(compartment, theirs)
    }
    return { ring, minted }
  }

  async function addOperation(
    group: Group,
    ring: Map<string, CompartmentKeys>,
    intent: Intent,
    resource: ResourceKey,
    head: HeadRow | undefined,
    prepared: Prepared,
    places: readonly CompartmentId[],
  ): Promise<{ operation: Operation; before: JsonObject | undefined; compartments: CompartmentId[] }> {
    const { type, id, document } = intent
    const compartment = places[0] ?? (head as HeadRow).compartment
    const own = ring.get(compartment) as CompartmentKeys
    const previous = head ? sha256(head.sealed) : null
    const version = (head?.version ?? 0) + 1
    const { generation } = own
    const place = { compartment, type, resource, version, generation, previous: previous ?? empty }
    const operation: Operation = {
      resource,
      compartment,
      origin: head?.compartment ?? null,
      expected: head?.version ?? 0,
      type: typeCode(type) as number,
      generation,
      deleted: document === undefined,
      posted: intent.posted,
      previous,
      ...sealing.seal(own, place, prepared),
    }
    group.operations.push(operation)

    const before = head && !head.deleted ? await valueOf(head) : undefined
    const pointersBefore = before
      ? (placesOf([{ type, id, document: { text: '', value: before } }])[0] ?? []).slice(1)
      : []
    const pointersAfter = places.slice(1)
    for (const each of pointersBefore) {
      if (pointersAfter.includes(each)) continue
      const theirs = ring.get(each) ?? (await reader.keysOf(each))
      if (!theirs) continue
      ring.set(each, theirs)
      const { generation: theirGeneration } = theirs
      group.pointers.push({
        compartment: each,
        pointer: pointerName(theirs, resource),
        sealed: null,
        generation: theirGeneration,
      })
    }
    for (const each of pointersAfter) {
      if (pointersBefore.includes(each)) continue
      group.pointers.push(sealPointer(ring.get(each) as CompartmentKeys, each, resource))
    }
    const { origin } = operation
    const homes = origin === null || origin === compartment ? [compartment] : [compartment, origin]
    const others = [...pointersBefore, ...pointersAfter]
    const compartments = others.length === 0 ? homes : [...new Set([...homes, ...others])]
    return { operation, before, compartments }
  }

  /** The first that would take from a merged Patient, or from what is left of something that was moved, what says so. */
  async function untied(intents: readonly Intent[], headOf: (n: number) => HeadRow | undefined) {
    for (const [intent, { type, document }] of intents.entries()) {
      const head = type === 'Patient' || isMovable(type) ? headOf(intent) : undefined
      const opened = head && !head.deleted ? await reader.open(head, 'full') : undefined
      const refusal = opened && (await faultOfChange(type, opened, document))
      if (refusal) return { status: 'refused' as const, intent, refusal }
    }
    return undefined
  }

  async function faultOfChange(type: string, { json }: Version, document: Document | undefined) {
    if (type !== 'Patient') {
      const [place, after] = [wentTo(json), wentTo(document?.text ?? '')]
      // What says it hides the versions before: it is neither taken away nor put there by hand.
      return after?.type !== place?.type || after?.id !== place?.id ? refuse('moved-note') : undefined
    }
    return merges.faultOfChange(JSON.parse(json) as JsonObject, document?.value)
  }

  /** What is there now, whole. */
  async function openedHead(head: HeadRow | undefined): Promise<Version | undefined> {
    return head && head.alive && !head.deleted ? reader.open(head, 'full') : undefined
  }

  async function valueOf(head: HeadRow): Promise<JsonObject | undefined> {
    const opened = await reader.open(head, 'full')
    return opened && (JSON.parse(opened.json) as JsonObject)
  }
}

function isUnsettled(document: Document): boolean {
  return !document.ready?.isSettled && concernsAttachments(document.text)
}

function outcomeOf(
  { deleted }: Operation,
  head: HeadRow | undefined,
): Exclude<Change['outcome'], 'unchanged'> {
  return deleted ? 'deleted' : !head || head.deleted ? 'created' : 'updated'
}

const actionOf = { created: 'create', updated: 'update', deleted: 'delete' } as const

/** An intent on its way to an operation; empty where there is nothing to do. */
interface Made {
  parts?: Parts
  prepared?: Prepared
}

const empty = new Uint8Array(0)
/** The tuple of what is deleted, or lives elsewhere now. */
const gone = empty

/** What a group's operations add to the tuples of each compartment. */
class Tuples {
  readonly byCompartment = new Map<CompartmentId, { record: NewEntry[]; identity: NewEntry[] }>()

  of(compartment: CompartmentId): { record: NewEntry[]; identity: NewEntry[] } {
    let found = this.byCompartment.get(compartment)
    if (!found) this.byCompartment.set(compartment, (found = { record: [], identity: [] }))
    return found
  }
}

function firstRefusal(intents: readonly Intent[], headOf: (n: number) => HeadRow | undefined) {
  for (const [intent, { type, expects, basis }] of intents.entries()) {
    if (type === computedType)
      return { status: 'refused' as const, intent, refusal: refuse('audit-computed') }
    const head = headOf(intent)
    if (head && !head.alive) return { status: 'refused' as const, intent, refusal: refuse('gone') }
    if (expects === 'none' && head && !head.deleted) {
      return { status: 'refused' as const, intent, refusal: refuse('already-exists') }
    }
    if (typeof expects === 'number' && head?.version !== expects) {
      return { status: 'refused' as const, intent, refusal: refuse('precondition-failed') }
    }
    if (basis !== undefined && head?.version !== basis) return { status: 'stale' as const }
  }
  return undefined
}
