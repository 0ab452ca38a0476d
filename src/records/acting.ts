/** Somebody at work in the vault: each act is in the ledger before anything of it is told. */
import { pipeline, Readable, Transform } from 'node:stream'
import { randomUuid } from '#kernel/crypto/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Action } from '#kernel/ledger/index.ts'
import { httpStatusOf, isRefusal, refuse, type Refusal } from '#kernel/outcome.ts'
import type { Upload } from './attachments/index.ts'
import { questionOf, soughtOf, timeOf, type Audit } from './audit/index.ts'
import type { Principal } from '#people/index.ts'
import { typeCode } from '#records/fhir/index.ts'
import { createBounded } from './bounded.ts'
import type { By } from './by.ts'
import {
  kindsOf,
  kindsOfAction,
  Sight,
  thingOf,
  type Gate,
  type Given,
  type PolicyAction,
  type SightParts,
  type Standing,
} from './gate/index.ts'
import { reading, unlessSealed } from './guarding.ts'
import type { Imported, ImportOptions } from './import/index.ts'
import type {
  Acting,
  Asked as AskedOf,
  BundleOptions,
  Interactions,
  LedgerAsked,
  Records,
} from './interactions.ts'
import type { PatchForm } from './patch/index.ts'
import { facilityOf, patientCompartment } from './place.ts'
import type { ReindexOptions } from './reindex.ts'
import type { Deed, Scribe, Unrecorded } from './scribe.ts'
import type { SearchOptions, SearchPage } from './search/run/index.ts'
import type {
  Found,
  HistoryEntry,
  HistoryOptions,
  Interval,
  ListOptions,
  Page,
  Version,
  WriteOptions,
  Written,
} from './types.ts'
import type { Watched, Watching } from './watching/index.ts'
import { watermarkOf, type Watermark } from './watermark.ts'
import { destructionCommitment, WritingAct } from './writing.ts'

export interface ActingRooms {
  records: Records
  audit: Audit
  scribe: Scribe
  gate: Gate
  keys: Pick<Keys, 'state' | 'locator'>
  watching: Watching
  /** Milliseconds since 1970. */
  now: () => number
}

/** What was asked for, as the ledger says it. */
type Asked = Pick<Deed, 'query' | 'asked' | 'into' | 'act'>

/** How often it is read anew because somebody was destroyed whose keys it needed. */
const triesMax = 3

export class SomebodyActing implements Acting {
  readonly #rooms: ActingRooms
  #stands: Standing | Promise<Standing> | undefined
  #records: Records | undefined
  readonly #audit: Audit
  readonly #scribe: Scribe
  readonly #by: By
  readonly #act: string | undefined
  isRecorded = false
  /** What was seen last, for the bytes of it that go out by a stream. */
  #last: { act: string | undefined; seen: readonly Version[] } = { act: undefined, seen: [] }

  constructor(rooms: ActingRooms, by: By, act?: string) {
    this.#rooms = rooms
    this.#audit = rooms.audit
    this.#scribe = rooms.scribe
    this.#by = rooms.gate.named(by)
    this.#act = act
  }

  /** Of what was given last. */
  get watermark(): Watermark | undefined {
    const { act } = this.#last
    return act === undefined ? undefined : watermarkOf(this.#by, act, this.#rooms.now())
  }

  get actor(): string {
    return this.#by.actor
  }

  /** What they may do, asked of policy once. */
  #standing(): Standing | Promise<Standing> {
    return (this.#stands ??= this.#rooms.gate.of(this.#by))
  }

  /** The records as they may have them. */
  #held(): Records | Promise<Records> {
    if (this.#records) return this.#records
    const standing = this.#standing()
    return standing instanceof Promise
      ? standing.then((later) => this.#within(later))
      : this.#within(standing)
  }

  #within(standing: Standing): Records {
    this.#stands = standing
    const { records } = this.#rooms
    const sight = () => new Sight(standing, this.#seen)
    return (this.#records = standing.isWhole ? records : createBounded(records, standing, sight()))
  }

  get #seen(): SightParts {
    const { scribe, keys } = this.#rooms
    return {
      locator: () => keys.locator,
      placesOf: (version) => scribe.placesOf(version),
      extracted: (text) => scribe.extracted(text),
    }
  }

  read(type: string, id: string): Promise<Found | Refusal> {
    return this.#look('read', { asked: { type, id } }, (records) => records.read(type, id), ofFound)
  }

  vread(type: string, id: string, version: number): Promise<Found | Refusal> {
    const asked = { type, id, version }
    return this.#look('vread', { asked }, (records) => records.vread(type, id, version), ofFound)
  }

  instanceHistory(type: string, id: string, options: HistoryOptions): Promise<Page<HistoryEntry> | Refusal> {
    const said = { asked: { type, id }, query: pageText('', options) }
    return this.#look('history', said, (records) => records.instanceHistory(type, id, options), ofPage)
  }

  typeHistory(type: string, options: HistoryOptions): Promise<Page<HistoryEntry> | Refusal> {
    const said = { query: pageText(type, options) }
    return this.#look('history', said, (records) => records.typeHistory(type, options), ofPage)
  }

  list(type: string, options: ListOptions): Promise<Page<Version> | Refusal> {
    const { from, to } = options.lastUpdated ?? {}
    const query = intervalText(type, from, to)
    return this.#look('search', { query }, (records) => records.list(type, options), ofPage)
  }

  count(type: string, interval: Interval): Promise<{ status: 'ok'; total: number } | Refusal> {
    const query = intervalText(`${type}?_summary=count`, interval.from, interval.to)
    return this.#look('search', { query }, (records) => records.count(type, interval), ofNobody)
  }

  search(options: SearchOptions): Promise<SearchPage | Refusal> {
    const said = this.#scribe.searched(options)
    return this.#look('search', said, (records) => records.search(options), ofSearch)
  }

  everything(
    patientId: string,
    options: { count: number; after?: string; since?: number },
  ): Promise<Page<Version> | Refusal> {
    const said = { asked: { type: 'Patient', id: patientId }, query: pageText('$everything', options) }
    return this.#look('everything', said, (records) => records.everything(patientId, options), ofPage)
  }

  create(type: string, body: Uint8Array, options: WriteOptions): Promise<Written | Refusal> {
    const { ifNoneExist: query } = options
    return this.#write('create', { query }, (writing, records) =>
      records.create(type, body, options, writing),
    )
  }

  update(type: string, id: string, body: Uint8Array, options: WriteOptions): Promise<Written | Refusal> {
    const asked = { type, id }
    return this.#write('update', { asked }, (writing, records) =>
      records.update(type, id, body, options, writing),
    )
  }

  updateWhere(
    type: string,
    criteria: string,
    body: Uint8Array,
    options: WriteOptions,
  ): Promise<Written | Refusal> {
    return this.#write('update', { query: `${type}?${criteria}` }, (writing, records) =>
      records.updateWhere(type, criteria, body, options, writing),
    )
  }

  patch(
    type: string,
    id: string,
    form: PatchForm,
    body: Uint8Array,
    options: WriteOptions,
  ): Promise<Written | Refusal> {
    return this.#write('update', { asked: { type, id } }, (writing, records) =>
      records.patch(type, id, form, body, options, writing),
    )
  }

  patchWhere(
    type: string,
    criteria: string,
    form: PatchForm,
    body: Uint8Array,
    options: WriteOptions,
  ): Promise<Written | Refusal> {
    return this.#write('update', { query: `${type}?${criteria}` }, (writing, records) =>
      records.patchWhere(type, criteria, form, body, options, writing),
    )
  }

  delete(type: string, id: string, options: WriteOptions): Promise<Written | Refusal> {
    return this.#write('delete', { asked: { type, id } }, (writing, records) =>
      records.delete(type, id, options, writing),
    )
  }

  deleteWhere(
    type: string,
    criteria: string,
    options: Pick<WriteOptions, 'signal'> = {},
  ): Promise<Written | Refusal> {
    return this.#write('delete', { query: `${type}?${criteria}` }, (writing, records) =>
      records.deleteWhere(type, criteria, options, writing),
    )
  }

  upload(upload: Upload): Promise<Written | Refusal> {
    const { id } = upload
    const [action, said] =
      id === undefined ? (['create', {}] as const) : (['update', { asked: { type: 'Binary', id } }] as const)
    return this.#write(action, said, (writing, records) => records.upload(upload, writing))
  }

  bundle(body: Uint8Array, options: BundleOptions): Promise<{ status: 'ok'; json: string } | Refusal> {
    const act = this.#act ?? randomUuid()
    const { get, ...rest } = options
    // Each entry that reads is recorded by itself, or refused by itself.
    const reading = get && { get: (url: string) => get(url, new SomebodyActing(this.#rooms, this.#by, act)) }
    return this.#write('other', { query: 'Bundle', act }, (writing, records) =>
      records.bundle(body, { ...rest, ...reading }, writing),
    )
  }

  async import(options: ImportOptions): Promise<Imported | Refusal> {
    const act = this.#act ?? randomUuid()
    const { sources, dryRun = false } = options
    const query = `${dryRun ? 'dry run, ' : ''}${sources.length} files`
    const deed = { action: 'import', by: this.#by, act, query } as const
    const begun = await this.#note({ ...deed, outcome: 'begun' })
    if (begun) return begun
    const writing = new WritingAct(this.#scribe.ledger, { by: this.#by, act }, 'import')
    let ended: Imported | Refusal | undefined
    try {
      ended = await (await this.#held()).import(options, writing)
    } finally {
      const outcome =
        ended === undefined || isRefusal(ended) ? 'failed' : ended.status === 'ok' ? 'done' : 'broken-off'
      await this.#note({ ...deed, outcome, reason: ended && reasonOf(ended) })
    }
    return ended
  }

  async reindex(options: ReindexOptions = {}): ReturnType<Interactions['reindex']> {
    const done = await (await this.#held()).reindex(options)
    // What was looked for and not needed is no act.
    if (isRefusal(done) || done.status === 'needless') return done
    const deed = {
      action: 'maintenance',
      outcome: 'done',
      by: this.#by,
      query: 'reindex',
      reason: done.status,
    } as const
    return (await this.#note(deed)) ?? done
  }

  get exports(): Interactions['exports'] {
    const by = this.#by
    const held = async () => (await this.#held()).exports
    return {
      begin: async (kickoff) => {
        const job = randomUuid()
        const said = { query: kickoff.url, act: job }
        const refused = await this.#begun({ action: 'export', by, ...said })
        if (refused) return refused
        const begun = await (await held()).begin(kickoff, by, job)
        return begun.status === 'ok' ? begun : this.#refuse('export', begun, said)
      },
      look: async (job, actor) => {
        const look = await (await held()).look(job, actor)
        if (look.status === 'running') return look
        if (look.status !== 'complete') return this.#refuse('export', look, { query: job })
        const deed = { action: 'export', outcome: 'done', by, act: job, query: 'manifest' } as const
        this.#last = { act: job, seen: [] }
        return (await this.#note(deed)) ?? look
      },
      file: async (job, name, actor, packed) => {
        const opened = await (await held()).file(job, name, actor, packed)
        const deed = { action: 'export', by, act: job, query: `file ${name}` } as const
        if (opened.status !== 'ok') return this.#refuse('export', opened, { query: `${job}/${name}` })
        const unrecorded = await this.#note({ ...deed, outcome: 'begun' })
        if (unrecorded) {
          opened.stream.destroy()
          return unrecorded
        }
        this.#last = { act: job, seen: [] }
        return { status: 'ok', stream: this.#counting(opened.stream, deed, []) }
      },
      remove: async (job, actor) => {
        const removed = await (await held()).remove(job, actor)
        if (removed.status !== 'ok') return this.#refuse('export', removed, { query: job })
        const deed = { action: 'export', outcome: 'done', by, act: job, query: 'delete' } as const
        return (await this.#note(deed)) ?? removed
      },
      write: async (kickoff, folder, options) => {
        const act = this.#act ?? randomUuid()
        const deed = { action: 'export', by, act, query: kickoff.url } as const
        const refused = await this.#begun(deed)
        if (refused) return refused
        let written: Awaited<ReturnType<Interactions['exports']['write']>> | undefined
        try {
          written = await (await held()).write(kickoff, folder, options, { by, act })
        } finally {
          const outcome = written === undefined ? 'broken-off' : written.status === 'ok' ? 'done' : 'refused'
          await this.#note({ ...deed, outcome, reason: written && reasonOf(written) })
        }
        if (written.status !== 'ok') return written
        const watermark = watermarkOf(by, act, this.#rooms.now())
        return { ...written, manifest: { ...written.manifest, watermark } }
      },
    }
  }

  get destructions(): Interactions['destructions'] {
    const held = async () => (await this.#held()).destructions
    const by = this.#by
    return {
      look: async (id) => {
        const asked = { type: 'Patient', id }
        const looked = await (await held()).look(id)
        if (isRefusal(looked)) return this.#refuse('destroy', looked, { asked })
        const { compartment: into } = await this.#scribe.patient(id)
        const deed = { action: 'read', outcome: 'done', by, asked, into, query: 'extent' } as const
        return (await this.#note(deed)) ?? looked
      },
      destroy: async (id, reason) => {
        const act = this.#act ?? randomUuid()
        const destructions = await held()
        if (!(await this.#standing()).isWhole) return this.#refuse('destroy', refuse('forbidden'), {})
        const deed = { action: 'destroy', by, act } as const
        const { compartment: into, keys } = await this.#scribe.patient(id)
        const commitments = [destructionCommitment(into)]
        // The last entry of the patient's own, which nobody will be able to read.
        const begun = keys && (await this.#note({ ...deed, outcome: 'begun', into, reason, commitments }))
        if (begun) return begun
        const destroyed = await destructions.destroy(id, reason)
        if (isRefusal(destroyed)) return this.#refuse('destroy', destroyed, {})
        if (keys) await this.#scribe.ledger.forgetStream(keys)
        // It is done, and its act's first entry stands: nothing is taken back.
        await this.#note({ ...deed, outcome: 'done', reason: destroyed.status, commitments })
        return destroyed
      },
      list: async () => {
        const listed = await (await held()).list()
        if (isRefusal(listed)) return this.#refuse('destroy', listed, { query: 'list' })
        const deed = { action: 'read', outcome: 'done', by, query: 'destructions' } as const
        return (await this.#note(deed)) ?? listed
      },
      batch: async () => {
        const batch = await (await held()).batch()
        if (isRefusal(batch)) return this.#refuse('maintenance', batch, { query: 'destruction' })
        const deed = { action: 'maintenance', outcome: 'done', by, query: 'destruction' } as const
        return (await this.#note({ ...deed, reason: batch.status })) ?? batch
      },
    }
  }

  get ledger(): LedgerAsked {
    const audit = this.#audit
    const by = this.#by
    const answer = async <Result extends { status: string }>(
      action: Action,
      query: string | undefined,
      asked: Promise<Result | Refusal>,
    ): Promise<Result | Refusal> => {
      const result = await asked
      if (isRefusal(result)) return this.#refuse(action, result, query === undefined ? {} : { query })
      this.isRecorded = true
      return result
    }
    /** By the patient whose it is; of nobody's in particular, of everybody's. */
    const unlessBarred = async <Result extends { status: string }>(
      policyAction: PolicyAction,
      patient: string | undefined,
      act: () => Promise<Result | Refusal>,
    ): Promise<Result | Refusal> => {
      const isAllowed = await this.#mayAskLedger(policyAction, patient)
      if (isAllowed === true) return act()
      if (isAllowed) return isAllowed
      const refusal = (await this.#standing()).refusal({ action: policyAction, kind: 'ledger' })
      return this.#refuse(ledgerActionOf[policyAction] ?? 'ledger-query', refusal, {})
    }
    return {
      entries: async (terms) => {
        const question = questionOf(terms, audit.timeZone)
        if ('status' in question) return this.#refuse('ledger-query', question, {})
        return unlessBarred('ledger-query', question.patient, () =>
          answer('ledger-query', question.said, audit.query(by, question)),
        )
      },
      query: (question) =>
        unlessBarred('ledger-query', question.patient, () =>
          answer('ledger-query', question.said, audit.query(by, question)),
        ),
      entry: (id) =>
        unlessBarred('ledger-query', undefined, () =>
          answer('ledger-query', `entry ${id}`, audit.entry(by, id)),
        ),
      radius: async (terms) => {
        const sought = soughtOf('radius', terms, audit.timeZone)
        if ('status' in sought) return this.#refuse('ledger-query', sought, {})
        return unlessBarred('ledger-query', undefined, () =>
          answer('ledger-query', sought.said, audit.radius(by, sought)),
        )
      },
      timeOf: (text) => timeOf(text, audit.timeZone),
      vault: () => audit.vault(),
      file: (patient) =>
        unlessBarred('ledger-file', patient, async () => {
          const act = this.#act ?? randomUuid()
          const asked = { type: 'Patient', id: patient }
          const given = { action: 'ledger-file', act, places: [], resources: 0 } as const
          const barred = await this.#restrained(given, false)
          if (barred) return this.#refuse('ledger-file', barred, { asked, act })
          const handed = await audit.file(by, patient, act)
          const over = isRefusal(handed) ? undefined : await this.#restrained(given, true)
          if (over) return this.#refuse('ledger-file', over, { asked, act })
          if (isRefusal(handed)) return this.#refuse('ledger-file', handed, { asked, act })
          this.isRecorded = true
          this.#last = { act, seen: [] }
          const deed = { action: 'ledger-file', by, act, into: handed.compartment } as const
          return { status: 'ok', stream: this.#counting(Readable.from(handed.pieces), deed, []) }
        }),
      checkpoint: () => unlessBarred('ledger-proof', undefined, () => audit.checkpoint()),
      publicKeys: () => unlessBarred('ledger-proof', undefined, () => audit.publicKeys()),
      tile: (path) =>
        unlessBarred('ledger-proof', undefined, () => answer('ledger-query', path, audit.tile(by, path))),
    }
  }

  async #mayAskLedger(action: PolicyAction, patient: string | undefined): Promise<boolean | Refusal> {
    const standing = await this.#standing()
    if (standing.isWhole) return true
    const { keys } = this.#rooms
    if (keys.state() !== 'open') return refuse('sealed')
    const { locator } = keys
    const subject = patient === undefined ? facilityOf(locator) : patientCompartment(locator, patient)
    return unlessSealed(async () => standing.allows({ action, kind: 'ledger', subjects: [subject] }), keys)
  }

  async explain(whom: Principal, asked: AskedOf): ReturnType<Acting['explain']> {
    const said = { query: `policy explain ${whom.actor} ${JSON.stringify(asked)}` }
    const isAllowed = await this.#mayAskLedger('ledger-query', undefined)
    if (isAllowed !== true) return isAllowed || this.#refuse('other', refuse('forbidden'), said)
    const { purpose, action, type, id } = asked
    if (type !== undefined && typeCode(type) === undefined)
      return this.#refuse('other', refuse('unknown-type'), said)
    const { gate, records, keys } = this.#rooms
    const by = gate.named({
      actor: whom.actor,
      client: whom.client,
      address: 'local',
      principal: whom,
      ...(purpose === undefined ? {} : { purpose }),
    })
    const explained = await unlessSealed(async () => {
      const of = type === undefined ? {} : { type }
      const whose = { ...by, principal: whom }
      if (type === undefined || id === undefined) {
        // Of some types there are several kinds: a part of them may be allowed.
        const kinds = type === undefined ? kindsOfAction[action] : kindsOf(type)
        const each = await Promise.all(kinds.map((kind) => gate.explain(whose, { action, kind, ...of })))
        const explained = each.flatMap((one) => one.explained)
        return { isAllowed: explained.length > 0, explained, otherwise: [] }
      }
      const found = await records.read(type, id)
      if (found.status !== 'ok') return found
      return gate.explain(whose, thingOf(this.#seen, action, found.version))
    }, keys)
    if ('status' in explained) return this.#refuse('other', explained, said)
    return (
      (await this.#note({ action: 'other', outcome: 'done', by: this.#by, ...said })) ?? {
        status: 'ok',
        ...explained,
      }
    )
  }

  async watched(): Promise<Watched | Refusal> {
    const isAllowed = await this.#mayAskLedger('ledger-query', undefined)
    if (isAllowed !== true) return isAllowed || this.#refuse('ledger-query', refuse('forbidden'), {})
    const standing = await this.#standing()
    const identities = { action: 'identify', kind: 'identity', type: 'Patient' } as const
    if (!standing.isWhole && !standing.couldBe(identities))
      return this.#refuse('ledger-query', refuse('forbidden'), {})
    return this.#rooms.watching(this.#by)
  }

  sending(stream: Readable): Readable {
    const { act, seen } = this.#last
    return this.#counting(stream, { action: 'attachment', by: this.#by, act }, seen)
  }

  async refused(refusal: Refusal, query?: string): Promise<Refusal> {
    if (this.isRecorded || !isAct(refusal)) return refusal
    return this.#refuse('other', refusal, query === undefined ? {} : { query })
  }

  asked(query: string): Promise<Refusal | undefined> {
    return this.#note({ action: 'other', outcome: 'done', by: this.#by, query })
  }

  /** The same bytes; an entry at their end says how many there were. */
  #counting(stream: Readable, deed: Omit<Deed, 'outcome'>, seen: readonly Version[]): Readable {
    let bytes = 0
    const counted = new Transform({
      transform(chunk: Uint8Array, _, done) {
        bytes += chunk.length
        done(null, chunk)
      },
    })
    // Who reads it sees how it ends.
    pipeline(stream, counted, () => {})
    counted.once('close', () => {
      const outcome = counted.readableEnded ? 'done' : 'broken-off'
      // They are sent: where this cannot be recorded, the entry before the first byte stands alone.
      this.#scribe.record({ ...deed, outcome, bytes, spares: true }, seen).catch(() => {})
    })
    return counted
  }

  /** Gives what was found once it is recorded who saw it. */
  async #look<Result extends { status: string }>(
    action: Action,
    said: Asked,
    act: (records: Records) => Promise<Result | Refusal>,
    seenIn: (result: Result) => readonly Version[],
  ): Promise<Result | Refusal> {
    for (let tries = 0; tries < triesMax; tries++) {
      const result = await reading(() => {
        const held = this.#held()
        return held instanceof Promise ? held.then(act) : act(held)
      }, this.#rooms.keys)
      if (isRefusal(result)) return this.#refuse(action, result, said)
      const found = result as Result
      const last = { act: this.#act ?? randomUuid(), seen: seenIn(found) }
      const deed = {
        action: this.#use(action),
        outcome: 'done',
        by: this.#by,
        act: last.act,
        ...said,
      } as const
      const given = this.#givenBy(deed, last.seen)
      const judging = given && this.#restrained(given, false)
      const barred = judging instanceof Promise ? await judging : judging
      if (barred) return this.#refuse(action, barred, { ...said, act: last.act })
      const unrecorded = await this.#scribe.record(deed, last.seen)
      if (unrecorded === undefined) {
        const counting = given && this.#restrained(given, true)
        const over = counting instanceof Promise ? await counting : counting
        if (over) return this.#refuse(action, over, { ...said, act: last.act })
        this.isRecorded = true
        this.#last = last
        return found
      }
      if (unrecorded !== 'again') return unrecorded
    }
    return refuse('busy', {}, { retryAfterSeconds: 1 })
  }

  /** What is to be printed is recorded as that. */
  #use(action: Action): Action {
    return this.#by.use ?? action
  }

  /** What is counted of it; nothing of those who are held to nothing. */
  #givenBy({ action, act = '', into }: Deed, seen: readonly Version[]): Given | undefined {
    const standing = this.#stands
    if (!standing || standing instanceof Promise || standing.isWhole) return undefined
    const [first] = seen
    // Nearly every read: of one.
    if (first && seen.length === 1 && into === undefined)
      return { action, act, places: this.#scribe.placesOf(first), resources: 1 }
    const places = new Set(seen.flatMap((version) => this.#scribe.placesOf(version)))
    if (into !== undefined) places.add(into)
    return { action, act, places: [...places], resources: seen.length }
  }

  /** At once where nothing has to be counted. */
  #restrained(given: Given, isRecorded: boolean): ReturnType<Standing['restrains']> {
    const standing = this.#standing()
    if (standing instanceof Promise) return standing.then((later) => later.restrains(given, isRecorded))
    return standing.restrains(given, isRecorded)
  }

  /** What was written is recorded by the same statement; what was found in its place, and what was refused, here. */
  async #write<Result extends { status: string }>(
    action: Action,
    said: Asked,
    act: (writing: WritingAct, records: Records) => Promise<Result | Refusal>,
  ): Promise<Result | Refusal> {
    const { query, act: given } = said
    const deed = { by: this.#by, act: given ?? this.#act ?? randomUuid(), query }
    const writing = new WritingAct(this.#scribe.ledger, deed)
    const result = await unlessSealed(async () => act(writing, await this.#held()), this.#rooms.keys)
    if (writing.isWritten) this.isRecorded = true
    if (isRefusal(result)) return this.#refuse(action, result, said)
    const { seen, isWritten, refusals } = writing
    let unrecorded: Unrecorded | undefined
    if (!isWritten || seen.length > 0)
      unrecorded = await this.#scribe.record({ ...deed, action, outcome: 'done', ...said }, seen)
    if (refusals.size > 0)
      unrecorded ??= await this.#scribe.record({
        ...deed,
        action,
        outcome: 'refused',
        reason: [...refusals].map(([status, times]) => `${status}: ${times}`).join(', '),
      })
    if (unrecorded === undefined) {
      this.isRecorded = true
      return result as Result
    }
    if (isWritten) return refuse('outcome-unknown', {}, { retryAfterSeconds: 1 })
    return unrecorded === 'again' ? refuse('busy', {}, { retryAfterSeconds: 1 }) : unrecorded
  }

  /** The beginning of an export is recorded; or why there is none. */
  async #begun(deed: Pick<Deed, 'action' | 'by' | 'query'> & { act: string }): Promise<Refusal | undefined> {
    const { action, act, query } = deed
    const standing = await this.#standing()
    // Whoever may have none at all is told that.
    if (standing.isWhole || !standing.couldBe({ action: 'export', kind: 'vault' }))
      return this.#note({ ...deed, outcome: 'begun' })
    const given: Given = { action, act, places: [], resources: 0 }
    const barred = await this.#restrained(given, false)
    if (barred) return this.#refuse(action, barred, { query, act })
    const unrecorded = await this.#note({ ...deed, outcome: 'begun' })
    if (unrecorded) return unrecorded
    const over = await this.#restrained(given, true)
    return over && this.#refuse(action, over, { query, act })
  }

  async #refuse(action: Action, refusal: Refusal, said: Asked): Promise<Refusal> {
    if (!isAct(refusal)) return refusal
    const { query, asked } = said
    const reason = reasonOf(refusal)
    const deed = {
      action,
      outcome: 'refused',
      by: this.#by,
      act: said.act ?? this.#act,
      query,
      asked,
      reason,
    } as const
    return (await this.#note(deed)) ?? refusal
  }

  async #note(deed: Deed): Promise<Refusal | undefined> {
    const unrecorded = await this.#scribe.record(deed)
    if (unrecorded === undefined) this.isRecorded = true
    return unrecorded === 'again' ? refuse('busy', {}, { retryAfterSeconds: 1 }) : unrecorded
  }
}

const ledgerActionOf: Partial<Record<PolicyAction, Action>> = { 'ledger-file': 'ledger-file' }

/** What the vault decided, other than what it could not do. */
function isAct(refusal: Refusal): boolean {
  return httpStatusOf(refusal) < 500
}

function reasonOf(ended: { status: string; cause?: unknown; inside?: unknown }): string {
  const { status, cause, inside } = ended
  if (typeof inside === 'string') return `${status}: ${inside}`
  if (typeof cause !== 'object' || cause === null || !('status' in cause)) return status
  return `${status}: ${String(cause.status)}`
}

const ofFound = ({ version }: Found): Version[] => [version]
const ofPage = ({ entries }: Page<Version>): Version[] => entries
const ofSearch = ({ entries }: SearchPage): Version[] => entries.map(({ version }) => version)
const ofNobody = (): Version[] => []

function pageText(path: string, { since }: { since?: number }): string | undefined {
  const asked = since === undefined ? path : `${path}?_since=${new Date(since).toISOString()}`
  return asked === '' ? undefined : asked
}

function intervalText(path: string, from: number | undefined, to: number | undefined): string {
  const bounds = [
    ...(from === undefined ? [] : [`_lastUpdated=ge${new Date(from).toISOString()}`]),
    ...(to === undefined ? [] : [`_lastUpdated=lt${new Date(to).toISOString()}`]),
  ]
  return bounds.length === 0 ? path : `${path}${path.includes('?') ? '&' : '?'}${bounds.join('&')}`
}
