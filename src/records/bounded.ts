/**
 * The interactions as somebody has them who may not do everything: in the place of the records themselves, so that whatever asks for something
 * of theirs is held to what policy says, and what is not said here is refused.
 */
import { isRefusal, refuse, type Refusal } from '#kernel/outcome.ts'
import type { By } from './by.ts'
import { resourceTypes } from '#records/fhir/index.ts'
import { hasIdentity } from './capsule.ts'
import { hidden, type PolicyAction, type Sight, type Standing } from './gate/index.ts'
import type { Records } from './interactions.ts'
import { wentTo } from './moving/index.ts'
import { createPast, type Past } from './past.ts'
import type { View } from './sealing.ts'
import type { Found, HistoryEntry, HistoryOptions, Page, Version } from './types.ts'
import { createWriteBounds, type WriteBounds } from './write-bounds.ts'
import type { Writing } from './writing.ts'

export function createBounded(records: Records, standing: Standing, sight: Sight, by: By): Records {
  return new BoundedRecords(records, standing, sight, by)
}

type Args<Name extends keyof Records> = Records[Name] extends (...args: infer All) => unknown ? All : never

/** Made for each act: what an act does not need is not made for it. */
class BoundedRecords implements Records {
  readonly #records: Records
  readonly #standing: Standing
  readonly #sight: Sight
  readonly #by: By
  #bounds: WriteBounds | undefined
  #versions: Past | undefined

  constructor(records: Records, standing: Standing, sight: Sight, by: By) {
    this.#records = records
    this.#standing = standing
    this.#sight = sight
    this.#by = by
  }

  async read(type: string, id: string): Promise<Found | Refusal> {
    return this.#barred('read', type) ?? this.#found(type, (view) => this.#records.read(type, id, view))
  }

  async vread(type: string, id: string, version: number): Promise<Found | Refusal> {
    const barred = this.#barred('read', type)
    if (barred) return barred
    const read = await this.#found(type, (view) => this.#records.vread(type, id, version, view))
    if (isRefusal(read)) return read
    const now = await this.#latest(type, id)
    if (!now) return read
    if (await this.#isMoved(read.version, now)) return hidden()
    return (await this.#sight.allows('read', read.version, now)) ? read : hidden()
  }

  async instanceHistory(...[type, id, options]: Args<'instanceHistory'>) {
    const barred = this.#barred('read', type)
    if (barred) return barred
    const page = await this.#historySeen(type, id, options)
    if (isRefusal(page) || page.entries.length > 0) return page
    // Nothing since then: of what may be seen, or of what is hidden.
    const any = await this.#historySeen(type, id, { count: options.count })
    return isRefusal(any) || any.entries.length > 0 ? page : hidden()
  }

  async typeHistory(...[type, options]: Args<'typeHistory'>) {
    const barred = this.#barred('read', type)
    if (barred) return barred
    const places = await this.#sight.placesOf([type])
    if (places === 'too-wide') return refuse('too-wide')
    // Of each resource of the page once: its versions follow each other.
    const known = new Map<string, Promise<Version | undefined>>()
    const sees = async (entry: HistoryEntry): Promise<boolean> => {
      const { id } = entry
      let now = known.get(id)
      if (!now) {
        if (known.size >= latestMax) known.clear()
        known.set(id, (now = this.#latest(type, id)))
      }
      return this.#seesPast(entry, await now)
    }
    return this.#records.typeHistory(type, options, { view: this.#sight.view, places, sees })
  }

  async search(...[options]: Args<'search'>) {
    const { type } = options
    const barred = type === undefined ? undefined : this.#barred('read', type)
    if (barred) return barred
    // Of all types: where a safeguard holds them back, they are told; else they find what they may.
    const held = type === undefined ? this.#sight.refusal('read', 'Patient') : undefined
    if (held?.status === 'safeguard') return held
    return this.#records.search({ ...options, sight: this.#sight, view: this.#sight.view })
  }

  async everything(...[id, options]: Args<'everything'>) {
    const barred = this.#barred('read', 'Patient')
    if (barred) return barred
    const patient = await this.#found('Patient', (view) => this.#records.read('Patient', id, view))
    return isRefusal(patient) ? patient : this.#records.everything(id, { ...options, sight: this.#sight })
  }

  async create(...[type, body, options, writing]: Args<'create'>) {
    return this.#barred('create', type) ?? this.#records.create(type, body, options, this.#held(writing))
  }

  async update(...[type, id, body, options, writing]: Args<'update'>) {
    return this.#barred('update', type) ?? this.#records.update(type, id, body, options, this.#held(writing))
  }

  async updateWhere(...[type, criteria, body, options, writing]: Args<'updateWhere'>) {
    return (
      this.#barred('update', type) ??
      this.#records.updateWhere(type, criteria, body, options, this.#held(writing))
    )
  }

  async patch(...[type, id, form, body, options, writing]: Args<'patch'>) {
    return (
      this.#barred('update', type) ?? this.#records.patch(type, id, form, body, options, this.#held(writing))
    )
  }

  async patchWhere(...[type, criteria, form, body, options, writing]: Args<'patchWhere'>) {
    return (
      this.#barred('update', type) ??
      this.#records.patchWhere(type, criteria, form, body, options, this.#held(writing))
    )
  }

  async delete(...[type, id, options, writing]: Args<'delete'>) {
    return this.#barred('delete', type) ?? this.#records.delete(type, id, options, this.#held(writing))
  }

  async deleteWhere(...[type, criteria, options, writing]: Args<'deleteWhere'>) {
    return (
      this.#barred('delete', type) ?? this.#records.deleteWhere(type, criteria, options, this.#held(writing))
    )
  }

  /** Each entry that writes is judged by itself; those that read are interactions of their own. */
  bundle(...[body, options, writing]: Args<'bundle'>) {
    return this.#records.bundle(body, options, this.#held(writing))
  }

  async upload(...[upload, writing]: Args<'upload'>) {
    const may = this.#sight.couldBe(upload.id === undefined ? 'create' : 'update', 'Binary')
    return may ? this.#records.upload(upload, this.#held(writing)) : this.#sight.refusal('create', 'Binary')
  }

  /** Of everybody's, or of the vault itself. */
  list = never
  count = never
  reindex = never

  /** Each unit is judged as a write. */
  async import(...[options, writing]: Args<'import'>) {
    const sight = this.#sight
    const writes = resourceTypes.some(
      (type) => sight.couldBe('create', type) || sight.couldBe('update', type),
    )
    return writes ? this.#records.import(options, this.#held(writing)) : sight.refusal('create', 'Patient')
  }

  /** Each thing in it is judged when it is opened. What was begun is for whom it was begun as: other roles, other jobs. */
  get exports(): Records['exports'] {
    const { exports } = this.#records
    const whose = (actor: string) => ownerOf(this.#by, actor)
    return {
      ...exports,
      begin: (kickoff, ...rest) => exports.begin({ ...kickoff, actor: whose(kickoff.actor) }, ...rest),
      look: (job, actor) => exports.look(job, whose(actor)),
      file: (job, name, actor, packed) => exports.file(job, name, whose(actor), packed),
      remove: (job, actor) => exports.remove(job, whose(actor)),
    }
  }

  get destructions(): Records['destructions'] {
    return { ...this.#records.destructions, look: never, destroy: never, list: never, batch: never }
  }

  /** Judged on the two that are there, and on all that would be. */
  get moving(): Records['moving'] {
    return {
      move: async (move, writing) =>
        this.#barred('update', move.type) ?? this.#records.moving.move(move, this.#held(writing)),
    }
  }

  get matching(): Records['matching'] {
    const { matching } = this.#records
    const sight = this.#sight
    const barred = () => this.#barred('identify', 'Patient')
    return {
      match: async (patient, options) => barred() ?? matching.match(patient, { ...options, sight }),
      // A work list, of whoever sees something of everybody.
      duplicates: async (options) =>
        barred() ??
        ((await sight.places()) === undefined
          ? matching.duplicates({ ...options, sight })
          : sight.refusal('identify', 'Patient')),
      setApart: async (pair, who) => barred() ?? matching.setApart(pair, who, sight),
    }
  }

  get merging(): Records['merging'] {
    return {
      look: async (joining, pair) => {
        const barred = this.#barred('read', 'Patient')
        if (barred) return barred
        for (const id of [pair.source, pair.target]) {
          const patient = await this.#found('Patient', (view) => this.#records.read('Patient', id, view))
          if (isRefusal(patient)) return patient
        }
        return this.#records.merging.look(joining, pair, this.#sight.view)
      },
      carryOut: never,
    }
  }

  /** Of what was given already, and of the house. */
  get attachments(): Records['attachments'] {
    return this.#records.attachments
  }

  tend(): Promise<void> {
    return this.#records.tend()
  }

  close(): Promise<void> {
    return this.#records.close()
  }

  /** Without any permission for the type nothing is looked for. */
  #barred(action: PolicyAction, type: string): Refusal | undefined {
    return this.#sight.couldBe(action, type) ? undefined : this.#sight.refusal(action, type)
  }

  #held(writing: Writing): Writing {
    this.#bounds ??= createWriteBounds(this.#standing, this.#sight, ownerOf(this.#by, this.#by.actor))
    return Object.assign(writing, { bounds: this.#bounds })
  }

  /** What is seen of it: of an identity its capsule too, where that may be opened. */
  async #found(type: string, open: (view: View) => Promise<Found | Refusal>): Promise<Found | Refusal> {
    const isApart = hasIdentity(type)
    const view: View = isApart && !this.#sight.couldBe('identify', type) ? 'clinical' : 'full'
    const read = await open(view)
    if (isRefusal(read)) return read.status === 'gone' ? refuse('not-found') : read
    const { version } = read as Found
    const allowed = this.#sight.allows('read', version)
    if (!(allowed instanceof Promise ? await allowed : allowed)) return hidden()
    if (!isApart || view === 'clinical' || (await this.#sight.allows('identify', version))) return read
    return open('clinical')
  }

  get #past(): Past {
    const records = this.#records
    return (this.#versions ??= createPast({
      sight: this.#sight,
      current: async (type, id) => versionIn(await records.read(type, id, 'clinical')),
      version: async (type, id, version) => versionIn(await records.vread(type, id, version, 'clinical')),
    }))
  }

  /** How it is now; of what was deleted, how it was last. */
  async #latest(type: string, id: string): Promise<Version | undefined> {
    const read = await this.#records.read(type, id, 'clinical')
    if (read.status !== 'gone') return versionIn(read)
    const page = await this.#records.instanceHistory(type, id, { count: 1 }, 'clinical')
    return isRefusal(page) ? undefined : this.#past.latest(type, id, page.entries[0])
  }

  /** A page of it, and another only where there is more to be seen. How many there are in all would count what is hidden. */
  async #historySeen(
    type: string,
    id: string,
    options: HistoryOptions,
  ): Promise<Page<HistoryEntry> | Refusal> {
    const now = await this.#latest(type, id)
    let entries: HistoryEntry[] = []
    for (let { after } = options; ;) {
      const asked = after === undefined ? options : { ...options, after }
      const page = await this.#records.instanceHistory(type, id, asked, this.#sight.view)
      if (isRefusal(page)) return page.status === 'gone' ? refuse('not-found') : page
      const seen: HistoryEntry[] = []
      for (const entry of page.entries) if (await this.#seesPast(entry, now)) seen.push(entry)
      if (entries.length > 0 && seen.length > 0 && after !== undefined)
        return { status: 'ok', entries, next: after }
      if (entries.length === 0) entries = seen
      if (page.next === undefined) return { status: 'ok', entries }
      after = page.next
    }
  }

  async #seesPast(entry: HistoryEntry, now: Version | undefined): Promise<boolean> {
    return (await this.#past.sees(entry, now)) && !(now && (await this.#isMoved(entry, now)))
  }

  /** What was moved to another patient is read as what it is there: what it was before is for those who may. */
  async #isMoved({ version }: Version, now: Version): Promise<boolean> {
    const place = version < now.version ? wentTo(now.body) : undefined
    if (!place) return false
    const there = versionIn(await this.#records.read(place.type, place.id, 'clinical'))
    return !there || !(await this.#sight.allows('read', there))
  }
}

const never = async (): Promise<Refusal> => refuse('forbidden')

/** Resources remembered while a history of a type is looked through. */
const latestMax = 1_000

function versionIn(read: Found | Refusal): Version | undefined {
  return isRefusal(read) ? undefined : read.version
}

/** Whose an export is: of somebody as what they are now. */
function ownerOf({ principal }: By, actor: string): string {
  const { person, program } = principal ?? {}
  const { roles, practitioner, patient, represents } = person ?? {}
  const { scope, purposes } = program ?? {}
  return JSON.stringify([actor, roles, practitioner, patient, represents, scope, purposes])
}
