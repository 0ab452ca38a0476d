/** The FHIR store: each interaction, from what was asked to what is committed or opened. */
import { createPacker, randomUuid } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys, ShreddingOptions } from '#kernel/keys/index.ts'
import { isRefusal, refuse, type Refusal } from '#kernel/outcome.ts'
import type { SafeguardRows } from '#kernel/safeguard.ts'
import { typeCode, type ReferenceOptions } from '#records/fhir/index.ts'
import {
  createAttachments,
  inlineCharsMax,
  lighten,
  type AttachmentOptions,
  type StageOpening,
} from './attachments/index.ts'
import { createBundleReading } from './bundle-reading.ts'
import { createBundles } from './bundles.ts'
import { createStep, createWalk } from './compartment.ts'
import { createContents } from './contents.ts'
import { createFinder, type Finder } from './criteria.ts'
import { dictionaries } from './dictionaries/index.ts'
import { isId, readyDocument } from './documents.ts'
import { createDestructions } from './destruction.ts'
import { createDirectory, type Directory, type OnFlush } from './directory/index.ts'
import { createDrafter } from './drafts.ts'
import { createEverything } from './everything.ts'
import { createExports, type ExportLimits, type SightOf, type Telling } from './export/index.ts'
import { reading, unlessSealed } from './guarding.ts'
import { createImport, createReaders } from './import/index.ts'
import type { Change } from './intents.ts'
import { createListing } from './listing.ts'
import { createMatching } from './matching/index.ts'
import { createMerging } from './joining.ts'
import { createMerges, type Merges } from './merging/index.ts'
import { createMoving } from './move.ts'
import { readPatch } from './patch/index.ts'
import { resourceKey } from './place.ts'
import { deleteOldClaims, selectVersions } from './queries.ts'
import { createReader, type Reader } from './reader.ts'
import { createReindex } from './reindex.ts'
import { createSearcher, createTraffic, Pace, type Traffic } from './search/run/index.ts'
import type { ExtractOptions } from './search/index.ts'
import { createSealing } from './sealing.ts'
import type { Records } from './interactions.ts'
import type { Found, Version, Written } from './types.ts'
import {
  createBlocks,
  createCompactor,
  createPointed,
  createTupleIndex,
  type StageMerge,
  type TupleIndex,
} from './tuples/index.ts'
import { createWish, putWish, resolve, type Wish } from './wishes.ts'
import { createWorkshop, type Workshop } from './workshop/index.ts'
import { createWriter, type Writer } from './writer.ts'
import type { Writing } from './writing.ts'

export interface RecordsOptions {
  sql: Sql
  keys: Keys
  /** `[base]` of the server, without a trailing slash: absolute references under it are local ones. */
  base?: string
  /** The facility's, as an IANA name: what a date without a time means. */
  timeZone: string
  /** Milliseconds since 1970. */
  now: () => number
  /** Where bulk exports lie until they are fetched; without it there are none. */
  exports?: { folder: string; limits?: Partial<ExportLimits> }
  attachments?: AttachmentOptions
  /** What is kept of which records are one person's. */
  merged: SafeguardRows
  /** How keys are destroyed for good: unless said, once a day. */
  shredding?: Pick<ShreddingOptions, 'maintenance' | 'everySeconds' | 'lookMs' | 'leaseSeconds' | 'onBatch'>
  /** Whether what writes left for the directory is moved into it. */
  onFlush?: OnFlush | undefined
}

/** What goes on beside the interactions, and is recorded as well. */
export interface Upkeep {
  tell: Telling
  /** What somebody may see of what is exported. */
  sightOf: SightOf
  stageMerge: StageMerge
  stageOpening: StageOpening
}

/** The interactions as they are carried out, in nobody's name yet. */
export function createRecords({
  sql,
  keys,
  base,
  timeZone,
  now,
  exports: exporting,
  attachments: attaching,
  merged,
  shredding,
  onFlush,
  tell,
  sightOf,
  stageMerge,
  stageOpening,
}: RecordsOptions & Upkeep): RecordsMade {
  const local = { timeZone, ...(base === undefined ? {} : { base }) }
  const packer = createPacker(dictionaries)
  const sealing = createSealing(packer)
  const blocks = createBlocks(packer)
  const reader = createReader(sql, keys, sealing)
  const compactor = createCompactor(sql, keys, reader, blocks, stageMerge)
  const workshop = createWorkshop(local)
  const readers = createReaders()
  const attachments = createAttachments(sql, keys, attaching ?? {}, stageOpening)
  const { restore } = attachments
  const directory = createDirectory({ sql, keys, timeZone, onFlush })
  const pointed = createPointed(sql, reader, local)
  const tuples = createTupleIndex(sql, keys, { reader, blocks, pointed, compactor })
  const merges = createMerges({ keys, rows: merged, tuples })
  const drafter = createDrafter(
    keys,
    sealing,
    blocks,
    workshop,
    reader,
    directory.rowKeys,
    attachments,
    merges,
    local,
  )
  const writer = createWriter(sql, keys, drafter, compactor, directory)
  const step = createStep(sql, reader)
  const walk = createWalk(step)
  const traffic = createTraffic()
  const listing = createListing(sql, keys, reader, (isWide) => new Pace(isWide ? traffic : undefined))
  const searcher = createSearcher({
    sql,
    keys,
    reader,
    tuples,
    directory,
    listing,
    traffic,
    merges,
    local,
    now,
  })
  const finder = createFinder({ sql, keys, reader, searcher, local, now, restore })
  const everything = createEverything(keys, reader, step, walk, merges, local)
  const single = createSingle(sql, keys, { reader, writer, finder, workshop })
  const readBundle = createBundleReading(readers, local)
  const carryOut = createBundles(writer, finder, keys)
  const contents = createContents({
    keys,
    reader,
    attachments,
    local,
    write: (id, body, options, writing) =>
      id === undefined
        ? single.create('Binary', body, options, writing)
        : single.update('Binary', id, body, options, writing),
  })
  const exports = createExports({
    sql,
    keys,
    reader,
    restore,
    traffic,
    local,
    now,
    tell,
    sightOf,
    ...exporting,
  })
  const reindex = createReindex({ sql, keys, reader, blocks, local, traffic, stage: stageMerge })
  /** The directory under another key, without the destroyed. */
  const renew = async (signal: AbortSignal) => {
    const { status } = await reindex({ whereNeeded: true, signal })
    return status === 'ok' || status === 'needless' ? directory.letGo(signal) : ('later' as const)
  }
  const destructions = createDestructions({ sql, keys, walk, local, renew, shredding: shredding ?? {} })
  const store: Records = {
    ...single,
    ...listing,
    search: searcher.search,
    bundle: (body, options, writing) =>
      lightly(body, async (light) => {
        // What is held beside the text is held in this thread.
        const read = await readBundle(light, { base: options.base, isHere: light !== body })
        return isRefusal(read) ? read : carryOut(read, options, writing)
      }),
    upload: contents.upload,
    attachments: contents,
    everything,
    reindex,
    import: createImport({ sql, keys, reader, writer, finder, traffic, base, timeZone, readers }),
    async tend() {
      await deleteOldClaims(sql)
      if (keys.state() === 'open') while (await directory.flusher.flush());
      await compactor.sweep()
      await attachments.tend()
      await directory.warm()
    },
    exports,
    destructions,
    matching: createMatching({ reader, directory, listing, merges, rows: merged, local, now }),
    moving: createMoving({ keys, reader, writer, finder, local, now }),
    merging: createMerging({ sql, keys, rows: merged, reader, writer, finder }),
    async close() {
      attachments.close()
      await destructions.close()
      await exports.close()
      await workshop.close()
      await readers.close()
    },
  }
  return { records: guarded(store, keys, traffic), reader, tuples, directory, merges, local }
}

interface RecordsMade {
  records: Records
  reader: Reader
  tuples: TupleIndex
  directory: Directory
  merges: Merges
  local: ReferenceOptions & ExtractOptions
}

/** The interactions on one resource. */
type Single = Pick<
  Records,
  'read' | 'vread' | 'create' | 'update' | 'updateWhere' | 'patch' | 'patchWhere' | 'delete' | 'deleteWhere'
>

interface SingleParts {
  reader: Reader
  writer: Writer
  finder: Finder
  workshop: Workshop
}

function createSingle(sql: Sql, keys: Keys, { reader, writer, finder, workshop }: SingleParts): Single {
  return {
    read: reader.current,

    async vread(type, id, version, view = 'full') {
      const [row] = await selectVersions(sql, resourceKey(keys.locator, type, id), version + 1, 1)
      if (!row || row.version !== version) return refuse('not-found')
      return row.deleted || !row.alive ? refuse('gone') : found(await reader.open(row, view))
    },

    create: (type, given, { ifNoneExist, signal }, writing) =>
      lightly(given, async (body) => {
        const id = randomUuid()
        const ready = await workshop.read({ type, id, body })
        if (isRefusal(ready)) return ready
        return fulfil(writing, createWish(type, readyDocument(ready), ifNoneExist, id), signal)
      }),

    update: (type, id, given, options, writing) =>
      lightly(given, async (body) => {
        const ready = await workshop.read({ type, id, body })
        if (isRefusal(ready)) return ready
        const wish = putWish(type, id, readyDocument(ready), options)
        return 'status' in wish ? wish : fulfil(writing, wish)
      }),

    updateWhere: (type, criteria, given, { ifMatch, signal }, writing) =>
      lightly(given, async (body) => {
        const newId = randomUuid()
        const ready = await workshop.read({ type, id: newId, body })
        if (isRefusal(ready)) return ready
        const document = readyDocument(ready)
        return fulfil(writing, { kind: 'put where', type, criteria, document, ifMatch, newId }, signal)
      }),

    async patch(type, id, form, body, { ifMatch }, writing) {
      const read = readPatch(form, body)
      if (read.status !== 'ok') return read
      return fulfil(writing, { kind: 'patch', type, id, patch: read.patch, ifMatch })
    },

    async patchWhere(type, criteria, form, body, { ifMatch, signal }, writing) {
      const read = readPatch(form, body)
      if (read.status !== 'ok') return read
      return fulfil(writing, { kind: 'patch where', type, criteria, patch: read.patch, ifMatch }, signal)
    },

    async delete(type, id, { ifMatch }, writing) {
      return fulfil(writing, { kind: 'delete', type, id, expects: ifMatch })
    },

    async deleteWhere(type, criteria, { signal }, writing) {
      return fulfil(writing, { kind: 'delete where', type, criteria }, signal)
    },
  }

  async function fulfil(writing: Writing, wish: Wish, signal?: AbortSignal): Promise<Written | Refusal> {
    const { sight } = writing.bounds ?? {}
    const bounded = signal || sight ? finder.within({ signal, sight }) : finder
    const outcome = await writer.write<Written | Refusal>(writing, async () => {
      const resolved = await resolve(bounded, wish)
      if (resolved.status === 'ok') return { intents: [resolved.intent], claims: resolved.claims }
      if (isRefusal(resolved)) return { status: 'settled', value: resolved }
      if (resolved.version) writing.found(resolved.version)
      return { status: 'settled', value: writtenOf('unchanged', resolved.version) }
    })
    if (outcome.status === 'settled') return outcome.value
    if (outcome.status === 'refused') return outcome.refusal
    const [change] = outcome.changes as [Change]
    return writtenOf(change.outcome, change.version)
  }
}

/** What a body's large values say is held beside it while the rest is read, judged and written. */
async function lightly<Result extends { status: string }>(
  body: Uint8Array,
  act: (light: Uint8Array) => Promise<Result | Refusal>,
): Promise<Result | Refusal> {
  const light = lighten(body, inlineCharsMax)
  try {
    const result = await act(light.body)
    // Where in the text it is wrong can be told of the text alone.
    return result.status === 'malformed' && light.body !== body ? await act(body) : result
  } finally {
    light.letGo()
  }
}

function writtenOf(outcome: Change['outcome'], version: Version | undefined): Written {
  return { status: 'ok', outcome, ...(version ? { version } : {}) }
}

function found(version: Version | undefined): Found | Refusal {
  return version ? { status: 'ok', version } : refuse('gone')
}

/** Before each interaction: the vault is open, the type exists, the id can be one. */
function guarded(store: Records, keys: Keys, traffic: Traffic): Records {
  const guard =
    <Args extends [string, ...unknown[]], Result>(
      act: (...args: Args) => Promise<Result | Refusal>,
      hasId: boolean,
      how: typeof reading = unlessSealed,
    ) =>
    (...args: Args): Promise<Result | Refusal> => {
      traffic.mark()
      if (keys.state() !== 'open') return refused('sealed')
      if (typeCode(args[0]) === undefined) return refused('unknown-type')
      if (hasId && !isId(args[1] as string)) return refused('invalid-id')
      return how(() => act(...args), keys)
    }
  const refused = async (status: 'sealed' | 'unknown-type' | 'invalid-id') => refuse(status)
  const whenOpen =
    <Args extends unknown[], Result>(act: (...args: Args) => Promise<Result | Refusal>) =>
    async (...args: Args): Promise<Result | Refusal> =>
      keys.state() === 'open' ? unlessSealed(() => act(...args), keys) : refuse('sealed')
  return {
    read: guard(store.read, true, reading),
    vread: guard(store.vread, true, reading),
    instanceHistory: guard(store.instanceHistory, true, reading),
    typeHistory: guard(store.typeHistory, false, reading),
    create: guard(store.create, false),
    update: guard(store.update, true),
    updateWhere: guard(store.updateWhere, false),
    patch: guard(store.patch, true),
    patchWhere: guard(store.patchWhere, false),
    delete: guard(store.delete, true),
    deleteWhere: guard(store.deleteWhere, false),
    list: guard(store.list, false, reading),
    count: guard(store.count, false, reading),
    tend: store.tend,
    attachments: store.attachments,
    upload: async (...args) => {
      traffic.mark()
      return keys.state() === 'open' ? unlessSealed(() => store.upload(...args), keys) : refuse('sealed')
    },
    close: store.close,
    reindex: async (options) =>
      keys.state() === 'open' ? unlessSealed(() => store.reindex(options), keys) : refuse('sealed'),
    import: async (...args) =>
      keys.state() === 'open' ? unlessSealed(() => store.import(...args), keys) : refuse('sealed'),
    search: async (options) => {
      if (keys.state() !== 'open') return refuse('sealed')
      const { type, compartment } = options
      if (type !== undefined && typeCode(type) === undefined) return refuse('unknown-type')
      if (compartment && !isId(compartment.id)) return refuse('invalid-id')
      return reading(() => store.search(options), keys)
    },
    bundle: async (...args) => {
      traffic.mark()
      return keys.state() === 'open' ? unlessSealed(() => store.bundle(...args), keys) : refuse('sealed')
    },
    everything: async (...args) => {
      traffic.mark()
      if (keys.state() !== 'open') return refuse('sealed')
      return isId(args[0]) ? reading(() => store.everything(...args), keys) : refuse('invalid-id')
    },
    matching: {
      match: whenOpen(store.matching.match),
      duplicates: whenOpen(store.matching.duplicates),
      setApart: whenOpen(store.matching.setApart),
    },
    moving: { move: whenOpen(store.moving.move) },
    merging: { look: whenOpen(store.merging.look), carryOut: whenOpen(store.merging.carryOut) },
    destructions: {
      ...store.destructions,
      look: whenOpen(store.destructions.look),
      destroy: whenOpen(store.destructions.destroy),
      list: whenOpen(store.destructions.list),
      batch: whenOpen(store.destructions.batch),
    },
    exports: {
      ...store.exports,
      fault: async (...args) =>
        keys.state() === 'open' ? unlessSealed(() => store.exports.fault(...args), keys) : refuse('sealed'),
      begin: whenOpen(store.exports.begin),
      look: whenOpen(store.exports.look),
      file: whenOpen(store.exports.file),
      remove: whenOpen(store.exports.remove),
      write: whenOpen(store.exports.write),
    },
  }
}
