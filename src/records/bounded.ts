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
import { createPast } from './past.ts'
import type { View } from './sealing.ts'
import type { Found, HistoryEntry, HistoryOptions, Page, Version } from './types.ts'
import { createWriteBounds, type WriteBounds } from './write-bounds.ts'
import type { Writing } from './writing.ts'

export function createBounded(records: Records, standing: Standing, sight: Sight, by: By): Records {
  // Most of those who come read, and nothing else.
  let bounds: WriteBounds | undefined
  const held = (writing: Writing): Writing => {
    bounds ??= createWriteBounds(standing, sight, ownerOf(by, by.actor))
    return Object.assign(writing, { bounds })
  }

  /** Without any permission for the type nothing is looked for. */
  const unless = <Args extends [string, ...unknown[]], Result>(
    action: PolicyAction,
    act: (...args: Args) => Promise<Result | Refusal>,
  ) => {
    return (...args: Args): Promise<Result | Refusal> =>
      sight.couldBe(action, args[0]) ? act(...args) : Promise.resolve(sight.refusal(action, args[0]))
  }
  const never = async (): Promise<Refusal> => refuse('forbidden')

  /** What is seen of it: of an identity its capsule too, where that may be opened. */
  async function found(
    type: string,
    open: (view: View) => Promise<Found | Refusal>,
  ): Promise<Found | Refusal> {
    const isApart = hasIdentity(type)
    const view: View = isApart && !sight.couldBe('identify', type) ? 'clinical' : 'full'
    const read = await open(view)
    if (isRefusal(read)) return read.status === 'gone' ? refuse('not-found') : read
    const { version } = read as Found
    const allowed = sight.allows('read', version)
    if (!(allowed instanceof Promise ? await allowed : allowed)) return hidden()
    if (!isApart || view === 'clinical' || (await sight.allows('identify', version))) return read
    return open('clinical')
  }

  const past = createPast({
    sight,
    current: async (type, id) => versionIn(await records.read(type, id, 'clinical')),
    version: async (type, id, version) => versionIn(await records.vread(type, id, version, 'clinical')),
  })

  /** How it is now; of what was deleted, how it was last. */
  async function latest(type: string, id: string): Promise<Version | undefined> {
    const read = await records.read(type, id, 'clinical')
    if (read.status !== 'gone') return versionIn(read)
    const page = await records.instanceHistory(type, id, { count: 1 }, 'clinical')
    return isRefusal(page) ? undefined : past.latest(type, id, page.entries[0])
  }

  /** A page of it, and another only where there is more to be seen. How many there are in all would count what is hidden. */
  async function historySeen(
    type: string,
    id: string,
    options: HistoryOptions,
  ): Promise<Page<HistoryEntry> | Refusal> {
    const now = await latest(type, id)
    let entries: HistoryEntry[] = []
    for (let { after } = options; ;) {
      const asked = after === undefined ? options : { ...options, after }
      const page = await records.instanceHistory(type, id, asked, sight.view)
      if (isRefusal(page)) return page.status === 'gone' ? refuse('not-found') : page
      const own = !now || !(await isElsewhere(now)) ? page.entries : page.entries.filter(isSince(now))
      const seen: HistoryEntry[] = []
      for (const entry of own) if (await past.sees(entry, now)) seen.push(entry)
      if (entries.length > 0 && seen.length > 0 && after !== undefined)
        return { status: 'ok', entries, next: after }
      if (entries.length === 0) entries = seen
      if (page.next === undefined) return { status: 'ok', entries }
      after = page.next
    }
  }

  /** What was moved to another patient is read as what it is there: what it was before is for those who may. */
  async function isElsewhere(now: Version): Promise<boolean> {
    const place = wentTo(now.body)
    if (!place) return false
    const there = versionIn(await records.read(place.type, place.id, 'clinical'))
    return !there || !(await sight.allows('read', there))
  }

  return {
    read: unless('read', (type, id) => found(type, (view) => records.read(type, id, view))),

    vread: unless('read', async (type, id, version) => {
      const read = await found(type, (view) => records.vread(type, id, version, view))
      if (isRefusal(read)) return read
      const now = await latest(type, id)
      if (!now) return read
      if (version < now.version && (await isElsewhere(now))) return hidden()
      return (await sight.allows('read', read.version, now)) ? read : hidden()
    }),

    instanceHistory: unless('read', async (type, id, options) => {
      const page = await historySeen(type, id, options)
      if (isRefusal(page) || page.entries.length > 0) return page
      // Nothing since then: of what may be seen, or of what is hidden.
      const any = await historySeen(type, id, { count: options.count })
      return isRefusal(any) || any.entries.length > 0 ? page : hidden()
    }),

    async search(options) {
      const { type } = options
      if (type !== undefined && !sight.couldBe('read', type)) return sight.refusal('read', type)
      // Of all types: where a safeguard holds them back, they are told; else they find what they may.
      const held = type === undefined ? sight.refusal('read', 'Patient') : undefined
      if (held?.status === 'safeguard') return held
      return records.search({ ...options, sight, view: sight.view })
    },

    async everything(id, options) {
      if (!sight.couldBe('read', 'Patient')) return sight.refusal('read', 'Patient')
      const patient = await found('Patient', (view) => records.read('Patient', id, view))
      return isRefusal(patient) ? patient : records.everything(id, { ...options, sight })
    },

    create: unless('create', (type, body, options, writing) =>
      records.create(type, body, options, held(writing)),
    ),
    update: unless('update', (type, id, body, options, writing) =>
      records.update(type, id, body, options, held(writing)),
    ),
    updateWhere: unless('update', (type, criteria, body, options, writing) =>
      records.updateWhere(type, criteria, body, options, held(writing)),
    ),
    patch: unless('update', (type, id, form, body, options, writing) =>
      records.patch(type, id, form, body, options, held(writing)),
    ),
    patchWhere: unless('update', (type, criteria, form, body, options, writing) =>
      records.patchWhere(type, criteria, form, body, options, held(writing)),
    ),
    delete: unless('delete', (type, id, options, writing) =>
      records.delete(type, id, options, held(writing)),
    ),
    deleteWhere: unless('delete', (type, criteria, options, writing) =>
      records.deleteWhere(type, criteria, options, held(writing)),
    ),
    // Each entry that writes is judged by itself; those that read are interactions of their own.
    bundle: (body, options, writing) => records.bundle(body, options, held(writing)),
    upload: async (upload, writing) =>
      sight.couldBe(upload.id === undefined ? 'create' : 'update', 'Binary')
        ? records.upload(upload, held(writing))
        : sight.refusal('create', 'Binary'),

    typeHistory: unless('read', async (type, options) => {
      const places = await sight.placesOf([type])
      if (places === 'too-wide') return refuse('too-wide')
      // Of each resource of the page once: its versions follow each other.
      const known = new Map<string, Promise<Version | undefined>>()
      const sees = async (entry: HistoryEntry): Promise<boolean> => {
        const { id } = entry
        let now = known.get(id)
        if (!now) {
          if (known.size >= latestMax) known.clear()
          known.set(id, (now = latest(type, id)))
        }
        return past.sees(entry, await now)
      }
      return records.typeHistory(type, options, { view: sight.view, places, sees })
    }),

    // Of everybody's, or of the vault itself.
    list: never,
    count: never,
    // Each unit is judged as a write.
    import: async (options, writing) => {
      const writes = resourceTypes.some(
        (type) => sight.couldBe('create', type) || sight.couldBe('update', type),
      )
      return writes ? records.import(options, held(writing)) : sight.refusal('create', 'Patient')
    },
    reindex: never,
    // Each thing in it is judged when it is opened. What was begun is for whom it was begun as: other roles, other jobs.
    exports: {
      ...records.exports,
      begin: (kickoff, ...rest) =>
        records.exports.begin({ ...kickoff, actor: ownerOf(by, kickoff.actor) }, ...rest),
      look: (job, actor) => records.exports.look(job, ownerOf(by, actor)),
      file: (job, name, actor, packed) => records.exports.file(job, name, ownerOf(by, actor), packed),
      remove: (job, actor) => records.exports.remove(job, ownerOf(by, actor)),
    },
    destructions: { ...records.destructions, look: never, destroy: never, list: never, batch: never },

    // Judged on the two that are there, and on all that would be.
    moving: {
      move: async (move, writing) =>
        sight.couldBe('update', move.type)
          ? records.moving.move(move, held(writing))
          : sight.refusal('update', move.type),
    },

    matching: {
      match: (patient, options) =>
        sight.couldBe('identify', 'Patient')
          ? records.matching.match(patient, { ...options, sight })
          : Promise.resolve(sight.refusal('identify', 'Patient')),
      // A work list, of whoever sees something of everybody.
      duplicates: async (options) =>
        sight.couldBe('identify', 'Patient') && (await sight.places()) === undefined
          ? records.matching.duplicates({ ...options, sight })
          : sight.refusal('identify', 'Patient'),
      setApart: (pair, who) =>
        sight.couldBe('identify', 'Patient')
          ? records.matching.setApart(pair, who, sight)
          : Promise.resolve(sight.refusal('identify', 'Patient')),
    },

    merging: {
      async look(joining, pair) {
        if (!sight.couldBe('read', 'Patient')) return sight.refusal('read', 'Patient')
        for (const id of [pair.source, pair.target]) {
          const patient = await found('Patient', (view) => records.read('Patient', id, view))
          if (isRefusal(patient)) return patient
        }
        return records.merging.look(joining, pair, sight.view)
      },
      carryOut: never,
    },

    // Of what was given already, and of the house.
    attachments: records.attachments,
    tend: records.tend,
    close: records.close,
  }
}

const isSince =
  (now: Version) =>
  ({ version }: Version): boolean =>
    version >= now.version

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
