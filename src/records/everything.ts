/** Patient/{id}/$everything: the patient's compartment, then what of the facility's it refers to. */
import type { Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { references, type ReferenceOptions } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { charsOf } from './markers.ts'
import { walkStart, type Step, type Walk, type WalkPosition } from './compartment.ts'
import { facilityCompartment, patientCompartment, resourceKey, type ResourceKey } from './place.ts'
import type { Sight } from './gate/index.ts'
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

type Position = { part: 'patient' | 'own' | 'pointed' | 'linked'; after: string }

export function createEverything(
  keys: Keys,
  reader: Reader,
  step: Step,
  walk: Walk,
  local: ReferenceOptions,
) {
  return async function everything(id: string, options: EverythingOptions): Promise<Page<Version> | Refusal> {
    const patientName = resourceKey(keys.locator, 'Patient', id)
    const head = await reader.head(patientName)
    if (!head) return refuse(await reader.absenceOf('Patient', patientName))
    if (!head.alive || head.deleted) return refuse('gone')
    const compartment = patientCompartment(keys.locator, id)
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
      { part, after }: Position,
      room: number,
    ): Promise<{ found: readonly HistoryEntry[]; next: Position | undefined }> {
      if (part === 'patient') {
        const patient = await reader.open(head as HeadRow, view)
        return { found: patient ? [patient] : [], next: { ...walkStart } }
      }
      if (part === 'linked') {
        const linked = await linkedTo(compartment, view, sight)
        const rest = linked.filter((version) => nameOf(version) > after)
        const last = rest.at(room - 1)
        const next = rest.length > room && last ? { part, after: nameOf(last) } : undefined
        return { found: rest.slice(0, room), next }
      }
      const { found, next } = await step(compartment, { part, after } as WalkPosition, room, view)
      const others = found.filter((version) => !(version.type === 'Patient' && version.id === id))
      return { found: others, next: next ?? { part: 'linked', after: '' } }
    }
  }

  /** What of the facility's compartment the patient's refers to, and what that refers to in turn. */
  async function linkedTo(
    compartment: ReturnType<typeof patientCompartment>,
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
