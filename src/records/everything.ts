/** Patient/{id}/$everything: the patient's compartment, then what of the facility's it refers to. */
import type { Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { patientsOf, references, type ReferenceOptions } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { charsOf } from './markers.ts'
import { walkStart, type Step, type Walk, type WalkPosition } from './compartment.ts'
import { facilityCompartment, patientCompartment, resourceKey, type ResourceKey } from './place.ts'
import type { Sight } from './gate/index.ts'
import type { Merges } from './merging/index.ts'
import type { Reader } from './reader.ts'
import { openPageToken, pageKey, pageToken } from './tokens.ts'
import type { HeadRow } from './rows.ts'
import type { View } from './sealing.ts'
import type { HistoryEntry, Page, Version } from './types.ts'

export interface EverythingOptions {
  count: number
  after?: string
  since?: number
  /** Whose eyes it is for, where these do not see everything. */
  sight?: Sight
}

/** A page's text is bounded too: 16 MB, so that a page of large documents does not fill the memory. */
const pageCharsMax = 16 * 1024 * 1024
/** Read at once, so that the bound above is not overshot by much. */
const stepMax = 200

/** `record`: of which of the person's, where there are several. */
type Position = { part: 'patient' | 'own' | 'pointed' | 'linked'; after: string; record?: number }

export function createEverything(
  keys: Keys,
  reader: Reader,
  step: Step,
  walk: Walk,
  merges: Pick<Merges, 'besidePatient'>,
  local: ReferenceOptions,
) {
  return async function everything(id: string, options: EverythingOptions): Promise<Page<Version> | Refusal> {
    const patientName = resourceKey(keys.locator, 'Patient', id)
    const head = await reader.head(patientName)
    if (!head) return refuse(await reader.absenceOf('Patient', patientName))
    if (!head.alive || head.deleted) return refuse('gone')
    const own = await reader.open(head, 'clinical')
    const others = own ? await merges.besidePatient(JSON.parse(own.json) as JsonObject) : []
    const records = [id, ...others].map((each) => patientCompartment(keys.locator, each))
    const scope = `everything/${id}/${options.since ?? ''}`
    let position: Position | undefined = { part: 'patient', after: '' }
    if (options.after !== undefined) {
      const opened = openPageToken(pageKey(keys.token), scope, options.after)
      if (opened.status !== 'ok') return opened
      position = opened.position as unknown as Position
    }

    const { sight, since } = options
    const view = sight?.view ?? 'full'
    const isWanted = async (version: HistoryEntry) =>
      (since === undefined || version.lastUpdated.getTime() >= since) &&
      (!sight || (await sight.allows('read', version)))
    const entries: HistoryEntry[] = []
    let chars = 0
    while (position && entries.length < options.count && chars < pageCharsMax) {
      const { found, next } = await stepFrom(position, Math.min(options.count - entries.length, stepMax))
      for (const version of found) {
        if (!(await isWanted(version))) continue
        entries.push(version)
        chars += charsOf(version.json)
      }
      position = next
    }
    // Another page only where there is more to be seen.
    while (sight && position) {
      const { found, next } = await stepFrom(position, stepMax)
      let isMore = false
      for (const version of found) isMore ||= await isWanted(version)
      if (isMore) break
      position = next
    }
    return {
      status: 'ok',
      entries,
      ...(position ? { next: pageToken(pageKey(keys.token), scope, { ...position }) } : {}),
    }

    async function stepFrom(
      { part, after, record = 0 }: Position,
      room: number,
    ): Promise<{ found: readonly HistoryEntry[]; next: Position | undefined }> {
      if (part === 'patient') {
        const heads = others.length === 0 ? [head as HeadRow] : await headsOfAll()
        return { found: await reader.openAll(heads, view), next: { ...walkStart } }
      }
      if (part === 'linked') {
        const linked = await linkedTo(records, view, sight)
        const rest = linked.filter((version) => nameOf(version) > after)
        const last = rest.at(room - 1)
        const next = rest.length > room && last ? { part, after: nameOf(last) } : undefined
        return { found: rest.slice(0, room), next }
      }
      const linked = { part: 'linked', after: '' } as const
      const compartment = records[record]
      // It was another record of the same person when the page before was given.
      if (compartment === undefined) return { found: [], next: linked }
      const { found, next } = await step(compartment, { part, after } as WalkPosition, room, view)
      return {
        found: found.filter((version) => isFirstSeen(version, part === 'pointed')),
        next: nextOf(next),
      }

      function nextOf(next: WalkPosition | undefined): Position {
        if (next) return record === 0 ? next : { ...next, record }
        return record + 1 < records.length ? { ...walkStart, record: record + 1 } : linked
      }

      /** Each once: the Patients came first, and of what names several of the person's records it is said with the first. */
      function isFirstSeen(version: HistoryEntry, isPointed: boolean): boolean {
        if (version.type === 'Patient' && (version.id === id || others.includes(version.id))) return false
        if (!isPointed || others.length === 0) return true
        if (records.includes(version.home)) return false
        const touched = patientsOf(JSON.parse(version.json) as JsonObject, local)
        const named = new Set(touched.map((each) => patientCompartment(keys.locator, each)))
        return records.findIndex((each) => named.has(each)) === record
      }
    }

    /** The one that was asked for first. */
    async function headsOfAll(): Promise<HeadRow[]> {
      const names = [id, ...others].map((each) => resourceKey(keys.locator, 'Patient', each))
      const heads = await reader.heads(names)
      return names.flatMap((name) => {
        const found = heads.get(name)
        return found?.alive && !found.deleted ? [found] : []
      })
    }
  }

  /** What of the facility's compartment the patient's refers to, and what that refers to in turn. */
  async function linkedTo(
    records: readonly ReturnType<typeof patientCompartment>[],
    view: View,
    sight: Sight | undefined,
  ): Promise<HistoryEntry[]> {
    const isSeen = async (version: HistoryEntry) => !sight || (await sight.allows('read', version))
    const facility = facilityCompartment(keys.locator)
    const seen = new Set<ResourceKey>()
    const found: HistoryEntry[] = []
    let wanted: ResourceKey[] = []
    const want = (version: HistoryEntry) => {
      for (const { type, id } of references(JSON.parse(version.json) as JsonObject, local)) {
        const name = resourceKey(keys.locator, type, id)
        if (!seen.has(name)) wanted.push(name)
        seen.add(name)
      }
    }
    // What only something hidden refers to would tell of it.
    for (const compartment of records)
      for await (const version of walk(compartment)) if (await isSeen(version)) want(version)
    while (wanted.length > 0) {
      const heads = await reader.heads(wanted)
      wanted = []
      const rows = [...heads.values()].filter((row) => row.compartment === facility && !row.deleted)
      for (const version of await reader.openAll(rows, view)) {
        if (!(await isSeen(version))) continue
        found.push(version)
        want(version)
      }
    }
    return found.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  }
}

function nameOf({ type, id }: Version): string {
  return `${type}/${id}`
}
