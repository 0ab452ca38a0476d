/** `_include` and `_revinclude`: what the matches of a page refer to, and what refers to them. */
import type { Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { compartmentParameters, inPatientCompartment, typeCode, typeName } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { charsOf } from '../../markers.ts'
import { pageCharsMax, pageRoom, type Opening, type Room, type Wanted } from '../../pages/opening.ts'
import { facilityCompartment, patientCompartment, resourceKey, type CompartmentId } from '../../place.ts'
import type { Sight } from '../../gate/index.ts'
import type { Merges } from '../../merging/index.ts'
import type { Reader } from '../../reader.ts'
import type { View } from '../../sealing.ts'
import type { Version } from '../../types.ts'
import { parameterOf, parametersOf } from '../extract/catalogue.ts'
import { extract, type ExtractOptions } from '../extract/extract.ts'
import type { Value } from '../extract/values.ts'
import type { Include, Search } from '../query/types.ts'
import { narrowed } from './narrow.ts'
import { Pace, type Traffic } from './pace.ts'
import type { Candidates, Planner } from './plan.ts'
import type { Stream } from './sources.ts'
import type { Bounds } from './types.ts'

/** Beside the matches of one page. */
export const includedMax = 5000
/** Of `:iterate`: rounds after the first. */
const roundsMax = 10

export interface IncludeOptions {
  view: View
  signal: AbortSignal | undefined
  sight: Sight | undefined
}

export interface Included {
  status: 'ok'
  /** Each once, none of them a match; as of now. */
  versions: Version[]
  /** Each `_revinclude` that did not look everywhere, as `Type:parameter`. */
  partly: string[]
}

export interface Includer {
  (
    matches: readonly Version[],
    asked: Pick<Search, 'includes' | 'revincludes'>,
    options: IncludeOptions,
  ): Promise<Included | Refusal>
}

export interface IncludeRooms {
  keys: Keys
  reader: Reader
  planner: Planner
  stream: Stream
  merges: Pick<Merges, 'besidePatient'>
  open: Opening
  local: ExtractOptions
  traffic: Traffic
  inScan: <T>(act: () => Promise<T>, bounds: Bounds) => Promise<T>
}

export function createIncluder(rooms: IncludeRooms): Includer {
  const { keys, reader, planner, stream, merges, open, local, traffic, inScan } = rooms

  return async function include(matches, { includes, revincludes }, options) {
    const included: Version[] = []
    const partly = new Set<string>()
    const seen = new Set(includes.length + revincludes.length === 0 ? [] : matches.map(nameOf))
    const room = pageRoom()
    let round = matches
    for (let n = 0; round.length > 0 && n <= roundsMax; n++) {
      const applies = ({ isIterated }: Include) => n === 0 || isIterated
      const next: Version[] = []
      for (const [parameter, find, asked] of [
        ['_include', referred, includes],
        ['_revinclude', referring, revincludes],
      ] as const) {
        const now = asked.filter(applies)
        if (now.length === 0) continue
        const wanted = await find(round, now, seen, { ...options, partly })
        if (included.length + next.length + wanted.length > includedMax)
          return refuse('search-too-costly', { parameter, limit: includedMax })
        const versions = await opened(wanted, room, options)
        if (!versions) return refuse('included-too-large', { parameter, limit: pageCharsMax / mega })
        next.push(...versions)
      }
      included.push(...next)
      round = next
    }
    return { status: 'ok', versions: included, partly: [...partly] }
  }

  /**
   * What of it may be seen; undefined where that is more than there is room for. What is referred to is known by name alone: only opened
   * it says whose it is, and what is hidden takes no room.
   */
  async function opened(
    wanted: readonly Wanted[],
    room: Room,
    { view, sight }: IncludeOptions,
  ): Promise<Version[] | undefined> {
    if (!sight) {
      const { versions, taken } = await open(wanted, { view, room, isKept: true })
      return taken < wanted.length ? undefined : versions
    }
    const all: Version[] = []
    for (let at = 0; at < wanted.length;) {
      if (room.left <= 0) return undefined
      const { versions, taken } = await open(wanted.slice(at), { view, room: { ...room }, isKept: true })
      const seen = await sight.visible(versions)
      for (const { json } of seen) room.left -= charsOf(json)
      all.push(...seen)
      at += taken
    }
    return all
  }

  /** What `round` refers to and was not `seen`. */
  async function referred(
    round: readonly Version[],
    includes: readonly Include[],
    seen: Set<string>,
  ): Promise<Wanted[]> {
    const wanted: Wanted[] = []
    const pace = new Pace()
    for (const version of round) {
      const own = includes.filter(({ type }) => type === undefined || type === version.type)
      if (own.length === 0) continue
      const { json: text } = version
      const { values } = extract(JSON.parse(text) as JsonObject, { ...local, text })
      for (const { parameter, target } of own) {
        for (const each of parameter === undefined ? referencesOf(version.type) : [parameter]) {
          for (const name of localNames(values.get(each) ?? [], target)) {
            if (seen.has(name)) continue
            seen.add(name)
            const [type, id] = name.split('/') as [string, string]
            wanted.push({ name: resourceKey(keys.locator, type, id) })
          }
        }
      }
      if (pace.isDue) await pace.rest()
    }
    return wanted
  }

  /** What refers to `round` and was not `seen`. */
  async function referring(
    round: readonly Version[],
    revincludes: readonly Include[],
    seen: Set<string>,
    { view, signal, sight, partly }: IncludeOptions & { partly: Set<string> },
  ): Promise<Wanted[]> {
    const hits: Wanted[] = []
    for (const { type, parameter, target } of revincludes) {
      const possible =
        type === undefined || parameter === undefined ? [] : (parameterOf(type, parameter)?.targets ?? [])
      const targets = round.filter(
        (version) =>
          (target === undefined || version.type === target) &&
          (possible.length === 0 || possible.includes(version.type)),
      )
      if (targets.length === 0) continue
      const named = new Set(targets.map(nameOf))
      // What refers to one record of a person is about the person.
      for (const { type: of, json } of targets)
        if (of === 'Patient' && json.includes('"replace'))
          for (const id of await merges.besidePatient(JSON.parse(json) as JsonObject))
            named.add(`Patient/${id}`)
      const code = type === undefined ? undefined : typeCode(type)
      const { candidates: planned, isWhole } = await placesOf(type, parameter, targets, sight)
      const candidates = await narrowed(planned, type === undefined ? [] : [type], sight)
      if (!isWhole) partly.add(`${type ?? '*'}:${parameter ?? '*'}`)
      const pace = new Pace(candidates.from === 'scan' ? traffic : undefined)
      const walk = async () => {
        const trace = { heads: new Map(), pointed: false }
        for await (const batch of stream(candidates, { view, moment: { is: 'live' }, trace, signal, pace })) {
          for (const entry of batch) {
            if (pace.isDue) await pace.rest()
            if (code !== undefined && entry.type !== code) continue
            const parameters = parameter === undefined ? referencesOf(typeName(entry.type)) : [parameter]
            const refers = parameters.some((each) =>
              localNames(entry.tuple.values(each) ?? [], undefined).some((name) => named.has(name)),
            )
            if (!refers || (sight && !(await sight.sees(entry)))) continue
            const id = entry.tuple.values('_id')?.[0]
            const name = `${entry.tuple.type}/${id?.kind === 'token' ? id.code : ''}`
            if (seen.has(name)) continue
            seen.add(name)
            const { resource, version, compartment, updatedAt } = entry
            hits.push({ name: resource, version, seen: { compartment, updatedAt } })
          }
          if (hits.length > includedMax || signal?.aborted) return
        }
      }
      await (candidates.from === 'scan' ? inScan(walk, { signal }) : walk())
    }
    return hits
  }

  /**
   * Where what refers to `round` is looked for, and whether it can be nowhere else. Of a type that patients' compartments
   * take, beyond what names its patient: wherever it lives, if that is at hand; else in the compartments of what is
   * referred to, since a record refers within itself; in the whole population only where that lives in none.
   */
  async function placesOf(
    type: string | undefined,
    parameter: string | undefined,
    round: readonly Version[],
    sight: Sight | undefined,
  ): Promise<{ candidates: Candidates; isWhole: boolean }> {
    const facility = facilityCompartment(keys.locator)
    if (type !== undefined && type !== 'Patient' && !inPatientCompartment(type))
      return { candidates: { from: 'shelves', compartments: [facility], pointed: false }, isWhole: true }
    const patients = round.filter((version) => version.type === 'Patient')
    const others = round.filter((version) => version.type !== 'Patient')
    const compartments = new Set<CompartmentId>(
      patients.map(({ id }) => patientCompartment(keys.locator, id)),
    )
    const names = others.map((version) => resourceKey(keys.locator, version.type, version.id))
    for (const head of (await reader.heads(names)).values()) compartments.add(head.compartment)
    // What names a Patient in a parameter that decides about compartments lives there, or a pointer to it does.
    const decides =
      others.length === 0 &&
      type !== undefined &&
      parameter !== undefined &&
      compartmentParameters(type).has(parameter)
    const near: Candidates = { from: 'shelves', compartments: [...compartments], pointed: true }
    if (decides) return { candidates: near, isWhole: true }
    const own = await sight?.places()
    if (own) return { candidates: { from: 'shelves', compartments: own, pointed: true }, isWhole: true }
    const types = type === undefined ? [] : [type]
    const everywhere = await planner.plan({ types, filters: [], sight }, none)
    if (everywhere.from !== 'scan' || compartments.has(facility))
      return { candidates: everywhere, isWhole: true }
    return {
      candidates: { ...near, compartments: [...compartments, facility] },
      isWhole: false,
    }
  }
}

const mega = 1024 * 1024
const none = () => new Set<string>()

function nameOf({ type, id }: Version): string {
  return `${type}/${id}`
}

function referencesOf(type: string): string[] {
  return parametersOf(type)
    .filter(({ kind }) => kind === 'reference')
    .map(({ name }) => name)
}

function localNames(values: readonly Value[], target: string | undefined): string[] {
  return values.flatMap((value) =>
    value.kind === 'reference' && value.id !== undefined && (target === undefined || value.type === target)
      ? [`${value.type}/${value.id}`]
      : [],
  )
}
