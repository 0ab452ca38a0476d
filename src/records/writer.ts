/**
 * Every change goes this way: decided on what is there, sealed for its place, and written on the condition
 * that nothing of what it was decided by has changed meanwhile; otherwise decided again.
 */
import { setImmediate } from 'node:timers/promises'
import { equalBytes, sha256 } from '#kernel/crypto/index.ts'
import { createCombiner, type Sql } from '#kernel/db/index.ts'
import { zeroAll, type CompartmentKeys, type Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { patientsOf, typeCode, type ReferenceOptions } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { directoryChanges, identifiersOf } from './directory.ts'
import {
  facilityCompartment,
  patientCompartment,
  resourceKey,
  type CompartmentId,
  type ResourceKey,
} from './place.ts'
import { selectDigests, writeGroups } from './queries.ts'
import type { Reader } from './reader.ts'
import type { Claim, Group, HeadRow, Operation, Verdict } from './rows.ts'
import { partsOf, pointerName, sealPointer, versionOf, type Parts, type Sealing } from './sealing.ts'
import { createTurns } from './turns.ts'
import type { HistoryEntry } from './types.ts'

/** One change that somebody wants. */
export interface Intent {
  type: string
  id: string
  /** `create`: the id is new and random, so nothing is looked up. `put`: as it comes. */
  action: 'create' | 'put' | 'delete'
  /** Compact JSON and its tree; absent for `delete`. */
  document?: { text: string; value: JsonObject }
  posted: boolean
  /** Version that must be current, or `none`: there must be no live one. */
  expects?: number | 'none'
}

export interface Plan {
  intents: Intent[]
  claims: Claim[]
}

export interface Change {
  outcome: 'created' | 'updated' | 'deleted' | 'unchanged'
  /** Absent where nothing was deleted. */
  version?: HistoryEntry
}

/** A refusal, and which intent it is about. */
export type Refused = { status: 'refused'; intent: number; refusal: Refusal }

export type Outcome<Settled> =
  | { status: 'ok'; changes: Change[] }
  | { status: 'settled'; value: Settled }
  | { status: 'refused'; intent: number; refusal: Refusal }

export interface Writer {
  /**
   * Carries out a plan, wholly or not at all. `plan` is called again after losing to somebody else and then
   * looks at the database afresh; it may find that there is nothing left to do (`settled`). A refusal names
   * the intent it is about.
   */
  write<Settled = never>(
    plan: () => Promise<Plan | { status: 'settled'; value: Settled }>,
  ): Promise<Outcome<Settled>>
}

/** Rows in one statement. Measured: 50 rows commit in 1.1 ms, 200 in 2.9. */
const writeBatchMax = 200
/** Lost this often in a row, a write is refused as a conflict: somebody changes the resource without pause. */
const attemptsMax = 20
/** Between two pauses for other work: some 5 ms of sealing. */
const intentsBetweenPauses = 32

export function createWriter(
  sql: Sql,
  keys: Keys,
  sealing: Sealing,
  reader: Reader,
  local: ReferenceOptions,
): Writer {
  const submit = createCombiner<Group, Verdict>({
    flights: 2,
    batchMax: writeBatchMax,
    weight: (group) => group.operations.length,
    key: exclusiveNames,
    retryable: isRace,
    async run(groups) {
      return verdictsOf(groups, await writeGroups(sql, groups))
    },
    wasApplied,
  })

  const turns = createTurns()

  return {
    async write(plan) {
      for (let attempt = 0; attempt < attemptsMax; attempt++) {
        const planned = await plan()
        if ('status' in planned) return planned
        const done = await turns.take(contestedNames(planned.intents))
        try {
          const drafted = await draft(planned)
          if ('status' in drafted) return drafted
          const verdict = await commit(drafted)
          if (verdict.status === 'written')
            return { status: 'ok', changes: drafted.changes(verdict.updatedAt) }
        } finally {
          done()
        }
      }
      return { status: 'refused', intent: 0, refusal: refuse('version-conflict') }
    },
  }

  async function commit({
    group,
    minted,
  }: {
    group: Group
    minted: Map<string, CompartmentKeys>
  }): Promise<Verdict> {
    if (group.operations.length === 0) return { status: 'written', updatedAt: [] }
    const verdict = await submit(group)
    for (const [compartment, theirs] of minted) {
      if (verdict.status === 'written') keys.keep(compartment, theirs)
      else zeroAll(theirs)
    }
    return verdict
  }

  /**
   * After a broken connection: whether the group is written, by what it alone can have written. The sealed
   * bytes of a version hold a random salt, so no other attempt has the same.
   */
  async function wasApplied({ operations }: Group): Promise<Verdict | undefined> {
    const names = operations.map(({ resource }) => resource)
    const versions = operations.map(({ expected }) => expected + 1)
    const found = new Map((await selectDigests(sql, names, versions)).map((row) => [row.resource, row]))
    const updatedAt: Date[] = []
    for (const { resource, sealed } of operations) {
      const row = found.get(resource)
      if (!row || !equalBytes(row.digest, sha256(sealed))) return undefined
      updatedAt.push(row.updated_at)
    }
    return { status: 'written', updatedAt }
  }

  async function draft({ intents, claims }: Plan) {
    const { locator } = keys
    const names = intents.map(({ type, id }) => resourceKey(locator, type, id))
    const heads = await headsOf(intents, names)
    const refused = firstRefusal(intents, (n) => heads.get(names[n] as ResourceKey))
    if (refused) return refused

    const group: Group = { operations: [], openings: [], claims, pointers: [], directory: [] }
    const { ring, minted } = await keyRing(group, compartmentsOf(intents, heads, names))
    const drafts: { parts?: Parts; head?: HeadRow; operation?: Operation }[] = []
    for (const [n, intent] of intents.entries()) {
      if (n % intentsBetweenPauses === intentsBetweenPauses - 1) await setImmediate()
      const name = names[n] as ResourceKey
      const head = heads.get(name)
      if (intent.action === 'delete' && (!head || head.deleted)) {
        drafts.push({})
        continue
      }
      const parts = partsOf(intent.type, intent.id, intent.document?.text ?? null)
      const operation = await addOperation(group, ring, intent, name, head, parts)
      drafts.push({ parts, operation, ...(head ? { head } : {}) })
    }
    const changes = (updatedAt: readonly Date[]): Change[] => {
      let written = 0
      return drafts.map(({ parts, head, operation }, n) => {
        if (!parts || !operation) return { outcome: 'unchanged' }
        const version = versionOf((intents[n] as Intent).type, parts.whole, {
          version: operation.expected + 1,
          updated_at: updatedAt[written++] as Date,
          deleted: operation.deleted,
          posted: operation.posted,
        })
        const outcome = operation.deleted ? 'deleted' : !head || head.deleted ? 'created' : 'updated'
        return { outcome, version }
      })
    }
    return { group, minted, changes }
  }

  async function headsOf(intents: readonly Intent[], names: readonly ResourceKey[]) {
    const wanted = names.filter((_, n) => (intents[n] as Intent).action !== 'create')
    if (wanted.length !== 1) return reader.heads(wanted)
    const [name] = wanted as [ResourceKey]
    const head = await reader.head(name)
    return new Map(head ? [[name, head]] : [])
  }

  /** Where each intent's resource lives and lived, and whom else it touches. */
  function compartmentsOf(
    intents: readonly Intent[],
    heads: ReadonlyMap<ResourceKey, HeadRow>,
    names: readonly ResourceKey[],
  ): Set<CompartmentId> {
    const found = new Set<CompartmentId>()
    intents.forEach((intent, n) => {
      const head = heads.get(names[n] as ResourceKey)
      if (head) found.add(head.compartment)
      if (intent.document)
        for (const each of placesOf(intent.type, intent.id, intent.document.value)) found.add(each)
    })
    return found
  }

  /** First the compartment it lives in, then those that get a pointer. */
  function placesOf(type: string, id: string, value: JsonObject): CompartmentId[] {
    const { locator } = keys
    const touched = patientsOf(value, local).map((patient) => patientCompartment(locator, patient))
    if (type === 'Patient') return [...new Set([patientCompartment(locator, id), ...touched])]
    return touched.length === 0 ? [facilityCompartment(locator)] : [...new Set(touched)]
  }

  /** The keys of each compartment; those that are not open are opened with the group. */
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
      if (ring.has(compartment)) continue
      const { epoch, generation, wrapped, keys: theirs } = await keys.mint(compartment)
      group.openings.push({ compartment, epoch, generation, wrapped })
      ring.set(compartment, theirs)
      minted.set(compartment, theirs)
    }
    return { ring, minted }
  }

  async function addOperation(
    group: Group,
    ring: ReadonlyMap<string, CompartmentKeys>,
    intent: Intent,
    resource: ResourceKey,
    head: HeadRow | undefined,
    parts: Parts,
  ): Promise<Operation> {
    const { type, id, document } = intent
    const places = document ? placesOf(type, id, document.value) : [(head as HeadRow).compartment]
    const compartment = places[0] as CompartmentId
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
      ...sealing.seal(own, place, parts),
    }
    group.operations.push(operation)

    const before = head && !head.deleted ? await valueOf(head) : undefined
    const pointersBefore = before ? placesOf(type, id, before).slice(1) : []
    const pointersAfter = document ? places.slice(1) : []
    for (const each of pointersBefore) {
      if (pointersAfter.includes(each)) continue
      const theirs = ring.get(each) ?? (await reader.keysOf(each))
      if (!theirs) continue
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
    group.directory.push(
      ...directoryChanges(
        keys.directory,
        type,
        resource,
        before ? identifiersOf(before) : [],
        document ? identifiersOf(document.value) : [],
      ),
    )
    return operation
  }

  async function valueOf(head: HeadRow): Promise<JsonObject | undefined> {
    const opened = await reader.open(head, 'full')
    return opened && (JSON.parse(opened.json) as JsonObject)
  }
}

const empty = new Uint8Array(0)

function firstRefusal(intents: readonly Intent[], headOf: (n: number) => HeadRow | undefined) {
  for (const [intent, { expects }] of intents.entries()) {
    const head = headOf(intent)
    if (head && !head.alive) return { status: 'refused' as const, intent, refusal: refuse('gone') }
    if (expects === 'none' && head && !head.deleted) {
      return { status: 'refused' as const, intent, refusal: refuse('already-exists') }
    }
    if (typeof expects === 'number' && head?.version !== expects) {
      return { status: 'refused' as const, intent, refusal: refuse('precondition-failed') }
    }
  }
  return undefined
}

/** Ids just drawn at random are contested by nobody. */
function contestedNames(intents: readonly Intent[]): string[] {
  return intents.filter(({ action }) => action !== 'create').map(({ type, id }) => `${type}/${id}`)
}

/** What two groups of one statement may not both touch. */
function exclusiveNames(group: Group): string[] {
  return [
    ...group.operations.map(({ resource }) => resource),
    ...group.openings.map(({ compartment }) => `opening ${compartment}`),
    ...group.claims.map(({ criterion }) => `claim ${criterion}`),
  ]
}

function verdictsOf(
  groups: readonly Group[],
  rows: readonly { operation: number | null; group: number; loss: string | null; updated_at: Date | null }[],
): Verdict[] {
  const verdicts: Verdict[] = groups.map(() => ({ status: 'written', updatedAt: [] }))
  const starts: number[] = []
  let start = 0
  for (const group of groups) {
    starts.push(start)
    start += group.operations.length
  }
  for (const row of rows) {
    if (row.operation === null) {
      verdicts[row.group] = { status: 'lost', loss: row.loss as 'version' }
      continue
    }
    const verdict = verdicts[row.group] as Verdict
    if (verdict.status !== 'written') throw new Error('a group was both written and lost')
    verdict.updatedAt[row.operation - (starts[row.group] as number)] = row.updated_at as Date
  }
  return verdicts
}

/** Two that created the same thing meet on a primary key; run again, the later sees the earlier. */
function isRace(error: unknown): boolean {
  return (error as { code?: string }).code === '23505'
}
