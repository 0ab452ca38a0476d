/** What somebody may see of what is found: asked of each entry and of each version before it counts for anything. */
import type { SealKey } from '#kernel/crypto/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { compartmentParameters, inPatientCompartment, typeName } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import type { ContextOf } from '../homes.ts'
import { facilityOf, patientCompartment, type CompartmentId, type ResourceKey } from '../place.ts'
import type { View } from '../sealing.ts'
import type { Entry, Shelf } from '../tuples/index.ts'
import type { Version } from '../types.ts'
import type { Extracted } from '../search/index.ts'
import { contentOfText, contentOfTuple, contentWith, type Code } from './content.ts'
import { categoriesIn, categoriesOf, kindOf, kindsOf } from './kinds.ts'
import type { PolicyAction, Standing, Thing } from './types.ts'

export interface SightParts {
  locator: () => SealKey
  /** All compartments that a version touches. */
  placesOf(version: Version): readonly CompartmentId[]
  /** The values of its search parameters. */
  extracted(text: string): Extracted
  /** As it is now; undefined where it is not. */
  binary(resource: ResourceKey): Promise<Version | undefined>
  contextOf: ContextOf
}

/** Contexts that are Binaries with a context of their own. */
const contextsMax = 4

/** What is there, and not for whoever asks, is answered as what is not. */
export function hidden(): Refusal {
  return refuse('not-found', {}, { inside: 'no-permission' })
}

type Seen = Omit<Thing, 'action'>

/** Of versions and of entries, which are the same objects for as long as they are kept opened. */
const knownVersions = new WeakMap<Version, Seen>()
const known = new WeakMap<Entry, Thing>()

export class Sight {
  readonly #standing: Standing
  readonly #parts: SightParts

  constructor(standing: Standing, parts: SightParts) {
    this.#standing = standing
    this.#parts = parts
  }

  /** Identity capsules are opened only for who may open each that could be found. */
  get view(): View {
    const about = { kind: 'identity', type: 'Patient' } as const
    const isOpen = this.#standing.implies({ action: 'read', ...about }, { action: 'identify', ...about })
    return isOpen ? 'full' : 'clinical'
  }

  /** Whether there could be a resource of the type with which this is allowed. */
  couldBe(action: PolicyAction, type: string): boolean {
    return kindsOf(type).some((kind) => this.#standing.couldBe({ action, kind, type }))
  }

  /** Why there could not. */
  refusal(action: PolicyAction, type: string): Refusal {
    const [kind = 'clinical'] = kindsOf(type)
    return this.#standing.refusal({ action, kind, type })
  }

  /** Of a search, what it reads of a record that is as it is now. */
  reads(shelf: Pick<Shelf, 'compartment' | 'entries'>): void {
    this.#standing.reads(shelf)
  }

  sees(entry: Entry): boolean | Promise<boolean> {
    let thing = known.get(entry)
    if (!thing) {
      const type = typeName(entry.type)
      const kind = kindOf(type, () => categoriesOf(entry.tuple))
      const subjects = this.#subjectsOf(entry, type)
      thing = { action: 'read', kind, type, subjects, content: contentOfTuple(entry.tuple) }
      known.set(entry, thing)
    }
    const allowed = this.#standing.allows(thing)
    return thing.type === 'Binary' && allowed !== false ? this.#seesBinary(entry, allowed) : allowed
  }

  /** `now`: of a version that may be of the past, what is current: how it is labelled today holds for what it was. */
  allows(action: PolicyAction, version: Version, now?: Version): boolean | Promise<boolean> {
    const labels = now && thingOf(this.#parts, 'read', now).content?.labels
    const allowed = this.#standing.allows(thingOf(this.#parts, action, version, labels))
    if (version.type !== 'Binary' || allowed === false) return allowed
    return this.#withContexts(allowed, now && now !== version ? [version, now] : [version])
  }

  /** Of a Binary that would be: its context is none that is hidden from them. Who reads nothing of the type sends what they cannot read. */
  async mayName(binary: JsonObject, names: ReadonlyMap<string, string> | undefined): Promise<boolean> {
    const context = await this.#parts.contextOf(binary, names)
    return context === 'none' || context === 'gone'
      ? context === 'none'
      : !this.couldBe('read', context.type) || this.#seesContext(context)
  }

  /**
   * R4 binary.html, securityContext: what it names stands in for the Binary, which has nothing in it by which it could be judged.
   */
  async #seesContext(context: Version | 'none' | 'gone', deeper = contextsMax): Promise<boolean> {
    if (context === 'none') return true
    if (context === 'gone' || deeper === 0) return false
    if (!(await this.#standing.allows(thingOf(this.#parts, 'read', context)))) return false
    return context.type !== 'Binary' || this.#seesContext(await this.#contextOf(context), deeper - 1)
  }

  #contextOf({ body }: Version): ReturnType<ContextOf> {
    return this.#parts.contextOf(JSON.parse(body) as JsonObject)
  }

  async #withContexts(allowed: boolean | Promise<boolean>, versions: readonly Version[]): Promise<boolean> {
    if (!(await allowed)) return false
    for (const each of versions)
      if (!each.deleted && !(await this.#seesContext(await this.#contextOf(each)))) return false
    return true
  }

  /** What its entry does not say. */
  async #seesBinary(entry: Entry, allowed: boolean | Promise<boolean>): Promise<boolean> {
    if (!(await allowed)) return false
    const binary = await this.#parts.binary(entry.resource)
    return binary !== undefined && this.#withContexts(true, [binary])
  }

  /** What a document would be. */
  wouldBe(
    action: PolicyAction,
    type: string,
    text: string,
    value: JsonObject,
    subjects: readonly CompartmentId[],
  ): Thing {
    const kind = kindOf(type, () => categoriesIn(value))
    const content = contentOfText(type, text, (each) => this.#parts.extracted(each))
    return { action, kind, type, subjects, content }
  }

  /** Of these, those that may be seen. */
  async visible<Seen extends Version>(versions: readonly Seen[], now?: Version): Promise<Seen[]> {
    const seen: Seen[] = []
    for (const version of versions) if (await this.allows('read', version, now)) seen.push(version)
    return seen
  }

  /** Whether all patients' records may be looked through for resources of the types: none said, all. */
  scans(types: readonly string[]): boolean {
    return (
      types.length > 0 &&
      types.every((type) =>
        kindsOf(type).some((kind) => this.#standing.couldBe({ action: 'scan', kind, type })),
      )
    )
  }

  /** Whether nothing of the types is hidden, whosever it is; none said: of any type. A Binary hangs on what its context is. */
  seesAll(types: readonly string[]): boolean {
    return (
      types.length > 0 &&
      !types.includes('Binary') &&
      types.every((type) =>
        kindsOf(type).every((kind) => this.#standing.implies(undefined, { action: 'read', kind, type })),
      )
    )
  }

  /** Where else to look: in these records, and in what is nobody's. */
  async places(): Promise<readonly CompartmentId[] | undefined> {
    const places = await this.#standing.places()
    return places && [...places, facilityOf(this.#parts.locator())]
  }

  /** Where whatever they may see of the types is; undefined: in anybody's records. */
  async placesOf(types: readonly string[]): Promise<readonly CompartmentId[] | undefined | 'too-wide'> {
    if (types.length > 0 && types.every(isOfFacility)) return [facilityOf(this.#parts.locator())]
    const places = await this.places()
    return places ?? (this.scans(types) ? undefined : 'too-wide')
  }

  /** Those that `patientsOf` finds, and the one that it lives with. */
  #subjectsOf(entry: Entry, type: string): readonly CompartmentId[] {
    const locator = this.#parts.locator()
    const subjects = new Set([entry.compartment])
    if (entry.compartment !== facilityOf(locator)) {
      for (const parameter of compartmentParameters(type)) {
        for (const value of entry.tuple.values(parameter) ?? []) {
          if (value.kind === 'reference' && value.type === 'Patient' && value.id !== undefined)
            subjects.add(patientCompartment(locator, value.id))
        }
      }
    }
    return [...subjects]
  }
}

/** Of no patient's, whatever is in it. */
function isOfFacility(type: string): boolean {
  // A Binary lives where its security context does.
  return type !== 'Patient' && type !== 'Binary' && !inPatientCompartment(type)
}

/** What there is. `labels`: beside its own. */
export function thingOf(
  parts: SightParts,
  action: PolicyAction,
  version: Version,
  labels: readonly Code[] = [],
): Thing {
  const seen = knownVersions.get(version) ?? seenOf(parts, version)
  const { content } = seen
  return labels.length === 0 || !content
    ? { action, ...seen }
    : { action, ...seen, content: contentWith(content, labels) }
}

function seenOf(parts: SightParts, version: Version): Seen {
  const { type, body, deleted } = version
  const subjects = parts.placesOf(version)
  // What was deleted says nothing of itself any more.
  const kind = kindOf(type, () => (deleted ? [] : categoriesIn(JSON.parse(body) as JsonObject)))
  const content = contentOfText(type, body, (text) => parts.extracted(text))
  const seen = deleted ? { kind, type, subjects } : { kind, type, subjects, content }
  knownVersions.set(version, seen)
  return seen
}
