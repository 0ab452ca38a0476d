/** From what was seen or done to entries of the ledger: whose it is, and what is said of it in each one's. */
import { KeyZeroed } from '#kernel/crypto/index.ts'
import { CombinerBusy, CombinerStopped, DatabaseAway, faultOf, UnknownOutcome } from '#kernel/db/index.ts'
import type { CompartmentKeys, Keys } from '#kernel/keys/index.ts'
import type {
  ActDone,
  Action,
  Commitment,
  Ledger,
  Outcome,
  ResourceSeen,
  Subject,
} from '#kernel/ledger/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { patientsOf } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import type { By } from './by.ts'
import { facilityOf, patientCompartment, type CompartmentId } from './place.ts'
import type { Reader } from './reader.ts'
import { extract, type Extracted, type ExtractOptions } from './search/index.ts'
import type { SearchOptions } from './search/run/index.ts'
import type { Version } from './types.ts'

/** What the store needs of the ledger. */
export type Recording = Pick<Ledger, 'record' | 'stage' | 'staged' | 'forgetStream'>

/** An act, less whose it is. */
export interface Deed {
  action: Action
  outcome: Outcome
  by: By
  /** A UUID: of all that is one act. */
  act?: string | undefined
  /** What was asked for, such as criteria. */
  query?: string | undefined
  reason?: string | undefined
  bytes?: number | undefined
  /** Named in what was asked, where nothing of anybody was given. */
  asked?: ResourceSeen | undefined
  /** Those who were destroyed since are passed over. */
  spares?: true
  /** A patient whose record was looked into, whatever was found there. */
  into?: CompartmentId | undefined
  /** The other records of the same person, which were looked into with it. */
  beside?: readonly CompartmentId[]
  /** What it commits to: in the entry of `into`, or in the facility's where there is no such patient. */
  commitments?: readonly Commitment[]
}

/** Why nothing may be shown: `again`, somebody's keys were destroyed since it was read. */
export type Unrecorded = Refusal | 'again'

/** Patients in one row of what is staged. */
const lookedAtOnce = 500

export interface ScribeParts {
  ledger: Recording
  keys: Keys
  reader: Reader
  local: ExtractOptions
}

export class Scribe {
  readonly #parts: ScribeParts
  /** Of versions, which are opened once for many readers; null of one that touches no other. */
  readonly #touched = new WeakMap<Version, CompartmentId[] | null>()

  constructor(parts: ScribeParts) {
    this.#parts = parts
  }

  get ledger(): Recording {
    return this.#parts.ledger
  }

  /** Records a deed in which somebody saw these versions; what it returns is given in their place. */
  async record(deed: Deed, seen: readonly Version[] = []): Promise<Unrecorded | undefined> {
    try {
      return await this.tell(deed, seen)
    } catch (error) {
      return this.#unrecorded(error)
    }
  }

  /**
   * Records that somebody looked at entries of the ledger: in the stream of each patient whose were among them, and in the
   * facility's unless one patient's were asked for.
   */
  async recordLook(
    deed: Deed,
    patients: Iterable<CompartmentId>,
    { facility = true }: { facility?: boolean } = {},
  ): Promise<Refusal | undefined> {
    const { ledger } = this.#parts
    const recorded = await this.guarded<undefined>(async () => {
      const all = [...patients]
      const own = facility ? { resources: [] } : {}
      for (let at = 0; at === 0 || at < all.length; at += lookedAtOnce) {
        const subjects: Subject[] = []
        for (const compartment of all.slice(at, at + lookedAtOnce)) {
          const theirs = await this.#keysOf(compartment)
          // Destroyed since: what was seen of it said nothing, or is nobody's any more.
          if (theirs) subjects.push({ compartment, keys: theirs })
        }
        await ledger.record([{ ...saidOf(deed), subjects, ...(at === 0 ? own : {}) }])
      }
      return undefined
    })
    return recorded === 'again' ? refuse('busy', {}, { retryAfterSeconds: 1 }) : recorded
  }

  /** What `act` gives; why not, where it could not be recorded. */
  async guarded<Result>(act: () => Promise<Result>): Promise<Result | Unrecorded> {
    try {
      return await act()
    } catch (error) {
      return this.#unrecorded(error)
    }
  }

  /** Throws what is a fault. */
  #unrecorded(error: unknown): Unrecorded {
    if (this.#parts.keys.state() !== 'open') return refuse('sealed')
    if (error instanceof KeyZeroed) return 'again'
    if (isPassing(error)) return refuse('not-recorded', {}, { retryAfterSeconds: 1 })
    throw error
  }

  /** The same, throwing what the ledger throws. */
  async tell(deed: Deed, seen: readonly Version[] = []): Promise<'again' | undefined> {
    const making = seen.length === 1 ? this.#actOfOne(deed, seen[0]!) : this.#actOf(deed, seen)
    const act = making instanceof Promise ? await making : making
    if (!act) return 'again'
    await this.#parts.ledger.record([act])
    return undefined
  }

  /** The compartment of a patient, and its keys where they are. */
  async patient(id: string): Promise<{ compartment: CompartmentId; keys: CompartmentKeys | undefined }> {
    const compartment = patientCompartment(this.#parts.keys.locator, id)
    return { compartment, keys: await this.#keysOf(compartment) }
  }

  /** Nearly every read: of one patient, whose keys are at hand. */
  #actOfOne(deed: Deed, version: Version): ActDone | undefined | Promise<ActDone | undefined> {
    const { home } = version
    const { keys } = this.#parts
    const touched = this.#touches(version)
    if (touched || deed.into !== undefined || deed.spares) return this.#actOf(deed, [version])
    const resources = [seenOf(version)]
    if (home === facilityOf(keys.locator)) return { ...saidOf(deed), resources }
    const said = (theirs: CompartmentKeys | undefined): ActDone | undefined =>
      theirs && { ...saidOf(deed), subjects: [{ compartment: home, keys: theirs, resources }] }
    const theirs = keys.cached(home)
    return theirs ? said(theirs) : this.#keysOf(home).then(said)
  }

  /** Undefined where the keys of one in whose compartment something was seen are destroyed since. */
  async #actOf(deed: Deed, seen: readonly Version[]): Promise<ActDone | undefined> {
    const facility = facilityOf(this.#parts.keys.locator)
    const byPlace = new Map<CompartmentId, ResourceSeen[]>()
    const homes = new Set<CompartmentId>()
    if (deed.into !== undefined) for (const each of [deed.into, ...(deed.beside ?? [])]) byPlace.set(each, [])
    for (const version of seen) {
      const resource = seenOf(version)
      homes.add(version.home)
      for (const place of this.#touches(version) ?? [version.home]) {
        const there = byPlace.get(place)
        if (there) there.push(resource)
        else byPlace.set(place, [resource])
      }
    }
    const subjects: Subject[] = []
    for (const [compartment, resources] of byPlace) {
      if (compartment === facility) continue
      const theirs = await this.#keysOf(compartment)
      const commitments = compartment === deed.into ? (deed.commitments ?? []) : []
      if (theirs) subjects.push({ compartment, keys: theirs, resources, commitments })
      else if (homes.has(compartment) && !deed.spares) return undefined
    }
    const own = byPlace.get(facility) ?? (subjects.length === 0 && deed.asked ? [deed.asked] : undefined)
    const apart = deed.into === undefined && deed.commitments ? { commitments: deed.commitments } : {}
    return { ...saidOf(deed), subjects, ...apart, ...(own ? { resources: own } : {}) }
  }

  /** What a search asks for; who looks into a patient's compartment is seen there, whatever is found. */
  searched({ type, pairs, compartment, page }: SearchOptions): Pick<Deed, 'query' | 'into'> {
    const path = [
      ...(compartment ? [`Patient/${compartment.id}`] : []),
      ...(type === undefined ? [] : [type]),
    ]
    const terms = pairs.map(([name, value]) => `${name}=${value}`)
    if (page !== undefined) terms.push('_page=…')
    const query = `${path.join('/')}?${terms.join('&')}`
    const { keys } = this.#parts
    if (!compartment || keys.state() !== 'open') return { query }
    return { query, into: patientCompartment(keys.locator, compartment.id) }
  }

  /** All compartments that it touches. */
  placesOf(version: Version): readonly CompartmentId[] {
    return this.#touches(version) ?? [version.home]
  }

  /** The values of its search parameters. */
  extracted(text: string): Extracted {
    return extract(JSON.parse(text) as JsonObject, { ...this.#parts.local, text })
  }

  async #keysOf(compartment: CompartmentId): Promise<CompartmentKeys | undefined> {
    const { keys, reader } = this.#parts
    return keys.cached(compartment) ?? (await reader.keysOf(compartment))
  }

  /** All compartments that it touches, its own first; undefined where it touches no other. */
  #touches(version: Version): readonly CompartmentId[] | undefined {
    const known = this.#touched.get(version)
    if (known !== undefined) return known ?? undefined
    const { keys, local } = this.#parts
    const { home, body } = version
    if (home === facilityOf(keys.locator) || !namesSeveral(version)) {
      this.#touched.set(version, null)
      return undefined
    }
    const patients = patientsOf(JSON.parse(body) as JsonObject, local)
    const touched = [
      ...new Set([home, ...patients.map((patient) => patientCompartment(keys.locator, patient))]),
    ]
    this.#touched.set(version, touched)
    return touched
  }
}

export function saidOf({ by, action, outcome, act, query, reason, bytes }: Deed): ActDone {
  const { actor, client, address, device, purpose, view, machine } = by
  const said: ActDone = { action, outcome, actor, client, address }
  if (device !== undefined) said.device = device
  if (purpose !== undefined) said.purpose = purpose
  if (view !== undefined) said.view = view
  if (machine) said.machine = machine
  if (act !== undefined) said.act = act
  if (query !== undefined) said.query = query
  if (reason !== undefined) said.reason = reason
  if (bytes !== undefined) said.bytes = bytes
  return said
}

function seenOf({ type, id, version }: Version): ResourceSeen {
  return { type, id, version }
}

/**
 * Whether its text may name patients beside the one that it lives with: there is no need to read most of them again. A solidus or a
 * letter may be written as an escape: then it may.
 */
function namesSeveral({ type, id, body }: Version): boolean {
  if (body.includes('\\/') || body.includes('\\u')) return true
  let first = type === 'Patient' ? id : undefined
  for (let at = body.indexOf(reference); at >= 0; at = body.indexOf(reference, at + 1)) {
    patientName.lastIndex = at + reference.length
    const found = patientName.exec(body)?.[0]
    if (found === undefined || found === first) continue
    if (first !== undefined) return true
    first = found
  }
  return false
}

const reference = 'Patient/'
const patientName = /[A-Za-z0-9.-]+/y

/** The database is away or has too much to do. */
function isPassing(error: unknown): boolean {
  if (error instanceof CombinerBusy || error instanceof CombinerStopped) return true
  if (error instanceof DatabaseAway || error instanceof UnknownOutcome) return true
  const fault = faultOf(error)
  return fault === 'not-sent' || fault === 'lost'
}
