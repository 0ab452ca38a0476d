/** Somebody at work in the vault: each act is in the ledger before anything of it is told. What every act goes through is in acts/desk.ts. */
import type { Readable } from 'node:stream'
import { randomUuid } from '#kernel/crypto/index.ts'
import { isRefusal, refuse, type Refusal } from '#kernel/outcome.ts'
import type { Principal } from '#people/index.ts'
import { Desk, isAct, reasonOf, type ActingRooms } from './acts/desk.ts'
import { destructionsOf } from './acts/destructions.ts'
import { explain } from './acts/explaining.ts'
import { exportsOf } from './acts/exports.ts'
import { ledgerOf } from './acts/ledger.ts'
import { matchingOf } from './acts/matching.ts'
import { mergingOf } from './acts/merging.ts'
import { movingOf } from './acts/moving.ts'
import type { Upload } from './attachments/index.ts'
import type { By } from './by.ts'
import type { Imported, ImportOptions } from './import/index.ts'
import type { Acting, Asked, BundleOptions, Interactions, LedgerAsked } from './interactions.ts'
import type { PatchForm } from './patch/index.ts'
import type { ReindexOptions } from './reindex.ts'
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
import type { Watched } from './watching/index.ts'
import type { Watermark } from './watermark.ts'
import { WritingAct } from './writing.ts'

export class SomebodyActing implements Acting {
  readonly #desk: Desk

  constructor(rooms: ActingRooms, by: By, act?: string) {
    this.#desk = new Desk(rooms, by, act)
  }

  get watermark(): Watermark | undefined {
    return this.#desk.watermark
  }

  get actor(): string {
    return this.#desk.by.actor
  }

  get isRecorded(): boolean {
    return this.#desk.isRecorded
  }

  read(type: string, id: string): Promise<Found | Refusal> {
    return this.#desk.look('read', { asked: { type, id } }, (records) => records.read(type, id), ofFound)
  }

  vread(type: string, id: string, version: number): Promise<Found | Refusal> {
    const asked = { type, id, version }
    return this.#desk.look('vread', { asked }, (records) => records.vread(type, id, version), ofFound)
  }

  instanceHistory(type: string, id: string, options: HistoryOptions): Promise<Page<HistoryEntry> | Refusal> {
    const said = { asked: { type, id }, query: pageText('', options), ...pageOf(options) }
    return this.#desk.look('history', said, (records) => records.instanceHistory(type, id, options), ofPage)
  }

  typeHistory(type: string, options: HistoryOptions): Promise<Page<HistoryEntry> | Refusal> {
    const said = { query: pageText(type, options), ...pageOf(options) }
    return this.#desk.look('history', said, (records) => records.typeHistory(type, options), ofPage)
  }

  list(type: string, options: ListOptions): Promise<Page<Version> | Refusal> {
    const { from, to } = options.lastUpdated ?? {}
    const query = intervalText(type, from, to)
    return this.#desk.look('search', { query }, (records) => records.list(type, options), ofPage)
  }

  count(type: string, interval: Interval): Promise<{ status: 'ok'; total: number } | Refusal> {
    const query = intervalText(`${type}?_summary=count`, interval.from, interval.to)
    return this.#desk.look('search', { query }, (records) => records.count(type, interval), ofNobody)
  }

  search(options: SearchOptions): Promise<SearchPage | Refusal> {
    const said = { ...this.#desk.rooms.scribe.searched(options), page: options.page }
    return this.#desk.look('search', said, (records) => records.search(options), ofSearch, besideIt)
  }

  everything(
    patientId: string,
    options: { count: number; after?: string; since?: number },
  ): Promise<Page<Version> | Refusal> {
    const asked = { type: 'Patient', id: patientId }
    const said = { asked, query: pageText('$everything', options), ...pageOf(options) }
    return this.#desk.look('everything', said, (records) => records.everything(patientId, options), ofPage)
  }

  create(type: string, body: Uint8Array, options: WriteOptions): Promise<Written | Refusal> {
    const { ifNoneExist: query } = options
    return this.#desk.write('create', { query }, (writing, records) =>
      records.create(type, body, options, writing),
    )
  }

  update(type: string, id: string, body: Uint8Array, options: WriteOptions): Promise<Written | Refusal> {
    const asked = { type, id }
    return this.#desk.write('update', { asked }, (writing, records) =>
      records.update(type, id, body, options, writing),
    )
  }

  updateWhere(
    type: string,
    criteria: string,
    body: Uint8Array,
    options: WriteOptions,
  ): Promise<Written | Refusal> {
    return this.#desk.write('update', { query: `${type}?${criteria}` }, (writing, records) =>
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
    return this.#desk.write('update', { asked: { type, id } }, (writing, records) =>
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
    return this.#desk.write('update', { query: `${type}?${criteria}` }, (writing, records) =>
      records.patchWhere(type, criteria, form, body, options, writing),
    )
  }

  delete(type: string, id: string, options: WriteOptions): Promise<Written | Refusal> {
    return this.#desk.write('delete', { asked: { type, id } }, (writing, records) =>
      records.delete(type, id, options, writing),
    )
  }

  deleteWhere(
    type: string,
    criteria: string,
    options: Pick<WriteOptions, 'signal'> = {},
  ): Promise<Written | Refusal> {
    return this.#desk.write('delete', { query: `${type}?${criteria}` }, (writing, records) =>
      records.deleteWhere(type, criteria, options, writing),
    )
  }

  upload(upload: Upload): Promise<Written | Refusal> {
    const { id } = upload
    const [action, said] =
      id === undefined ? (['create', {}] as const) : (['update', { asked: { type: 'Binary', id } }] as const)
    return this.#desk.write(action, said, (writing, records) => records.upload(upload, writing))
  }

  bundle(body: Uint8Array, options: BundleOptions): Promise<{ status: 'ok'; json: string } | Refusal> {
    const act = this.#desk.act ?? randomUuid()
    const { get, ...rest } = options
    const { rooms, by } = this.#desk
    // Each entry that reads is recorded by itself, or refused by itself. Acts that are printed are counted: each is one.
    const actOfOne = () => (by.use === 'print' ? randomUuid() : act)
    const reading = get && { get: (url: string) => get(url, new SomebodyActing(rooms, by, actOfOne())) }
    return this.#desk.write('other', { query: 'Bundle', act }, (writing, records) =>
      records.bundle(body, { ...rest, ...reading }, writing),
    )
  }

  async import(options: ImportOptions): Promise<Imported | Refusal> {
    const act = this.#desk.act ?? randomUuid()
    const { sources, dryRun = false } = options
    const query = `${dryRun ? 'dry run, ' : ''}${sources.length} files`
    const deed = { action: 'import', by: this.#desk.by, act, query } as const
    const begun = await this.#desk.note({ ...deed, outcome: 'begun' })
    if (begun) return begun
    const writing = new WritingAct(this.#desk.rooms.scribe.ledger, { by: this.#desk.by, act }, 'import')
    let ended: Imported | Refusal | undefined
    try {
      ended = await (await this.#desk.held()).import(options, writing)
    } finally {
      const outcome =
        ended === undefined || isRefusal(ended) ? 'failed' : ended.status === 'ok' ? 'done' : 'broken-off'
      await this.#desk.note({ ...deed, outcome, reason: ended && reasonOf(ended) })
    }
    return ended
  }

  async reindex(options: ReindexOptions = {}): ReturnType<Interactions['reindex']> {
    const done = await (await this.#desk.held()).reindex(options)
    // What was looked for and not needed is no act.
    if (isRefusal(done) || done.status === 'needless') return done
    const deed = {
      action: 'maintenance',
      outcome: 'done',
      by: this.#desk.by,
      query: 'reindex',
      reason: done.status,
    } as const
    return (await this.#desk.note(deed)) ?? done
  }

  get exports(): Interactions['exports'] {
    return exportsOf(this.#desk)
  }

  get destructions(): Interactions['destructions'] {
    return destructionsOf(this.#desk)
  }

  get moving(): Interactions['moving'] {
    return movingOf(this.#desk)
  }

  get matching(): Interactions['matching'] {
    return matchingOf(this.#desk)
  }

  get merging(): Interactions['merging'] {
    return mergingOf(this.#desk)
  }

  get ledger(): LedgerAsked {
    return ledgerOf(this.#desk)
  }

  explain(whom: Principal, asked: Asked): ReturnType<Acting['explain']> {
    return explain(this.#desk, whom, asked)
  }

  async watched(): Promise<Watched | Refusal> {
    const isAllowed = await this.#desk.mayAskLedger('ledger-query', undefined)
    if (isAllowed !== true) return isAllowed || this.#desk.refuse('ledger-query', refuse('forbidden'), {})
    const standing = await this.#desk.standing()
    const identities = { action: 'identify', kind: 'identity', type: 'Patient' } as const
    if (!standing.isWhole && !standing.couldBe(identities))
      return this.#desk.refuse('ledger-query', refuse('forbidden'), {})
    return this.#desk.rooms.watching(this.#desk.by)
  }

  sending(stream: Readable): Readable {
    const { act, seen } = this.#desk.last
    return this.#desk.counting(stream, { action: 'attachment', by: this.#desk.by, act }, seen)
  }

  async refused(refusal: Refusal, query?: string): Promise<Refusal> {
    if (this.#desk.isRecorded || !isAct(refusal)) return refusal
    return this.#desk.refuse('other', refusal, query === undefined ? {} : { query })
  }

  asked(query: string): Promise<Refusal | undefined> {
    return this.#desk.note({ action: 'other', outcome: 'done', by: this.#desk.by, query })
  }
}

const ofFound = ({ version }: Found): Version[] => [version]
const ofPage = ({ entries }: Page<Version>): Version[] => entries
const ofSearch = ({ entries }: SearchPage): Version[] => entries.map(({ version }) => version)
const besideIt = ({ beside }: SearchPage) => (beside ? { beside } : {})
const ofNobody = (): Version[] => []

const pageOf = ({ count, after }: { count: number; after?: string }) => ({ count, page: after })

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
