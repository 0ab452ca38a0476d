/** Somebody at work in the vault: each act is in the ledger before anything of it is told. */
import { randomUuid } from '#kernel/crypto/index.ts'
import type { Action } from '#kernel/ledger/index.ts'
import { httpStatusOf, isRefusal, refuse, type Refusal } from '#kernel/outcome.ts'
import type { Upload } from './attachments/index.ts'
import type { By } from './by.ts'
import type { Imported, ImportOptions } from './import/index.ts'
import type { Acting, Interactions, Records } from './interactions.ts'
import type { PatchForm } from './patch/index.ts'
import type { ReindexOptions } from './reindex.ts'
import type { Deed, Scribe } from './scribe.ts'
import type { SearchOptions, SearchPage } from './search/run/index.ts'
import type {
  BundleOptions,
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
import { WritingAct } from './writing.ts'

export interface ActingRooms {
  records: Records
  scribe: Scribe
}

/** What was asked for, as the ledger says it. */
type Asked = Pick<Deed, 'query' | 'asked' | 'into'>

/** How often it is read anew because somebody was destroyed whose keys it needed. */
const triesMax = 3

export class SomebodyActing implements Acting {
  readonly #records: Records
  readonly #scribe: Scribe
  readonly #by: By
  readonly #act: string | undefined
  isRecorded = false

  constructor({ records, scribe }: ActingRooms, by: By, act?: string) {
    this.#records = records
    this.#scribe = scribe
    this.#by = by
    this.#act = act
  }

  read(type: string, id: string): Promise<Found | Refusal> {
    return this.#look('read', { asked: { type, id } }, () => this.#records.read(type, id), ofFound)
  }

  vread(type: string, id: string, version: number): Promise<Found | Refusal> {
    const asked = { type, id, version }
    return this.#look('vread', { asked }, () => this.#records.vread(type, id, version), ofFound)
  }

  instanceHistory(type: string, id: string, options: HistoryOptions): Promise<Page<HistoryEntry> | Refusal> {
    const said = { asked: { type, id }, query: pageText('', options) }
    return this.#look('history', said, () => this.#records.instanceHistory(type, id, options), ofPage)
  }

  typeHistory(type: string, options: HistoryOptions): Promise<Page<HistoryEntry> | Refusal> {
    const said = { query: pageText(type, options) }
    return this.#look('history', said, () => this.#records.typeHistory(type, options), ofPage)
  }

  list(type: string, options: ListOptions): Promise<Page<Version> | Refusal> {
    const { from, to } = options.lastUpdated ?? {}
    const query = intervalText(type, from, to)
    return this.#look('search', { query }, () => this.#records.list(type, options), ofPage)
  }

  count(type: string, interval: Interval): Promise<{ status: 'ok'; total: number } | Refusal> {
    const query = intervalText(`${type}?_summary=count`, interval.from, interval.to)
    return this.#look('search', { query }, () => this.#records.count(type, interval), ofNobody)
  }

  search(options: SearchOptions): Promise<SearchPage | Refusal> {
    const said = this.#scribe.searched(options)
    return this.#look('search', said, () => this.#records.search(options), ofSearch)
  }

  everything(
    patientId: string,
    options: { count: number; after?: string; since?: number },
  ): Promise<Page<Version> | Refusal> {
    const said = { asked: { type: 'Patient', id: patientId }, query: pageText('$everything', options) }
    return this.#look('everything', said, () => this.#records.everything(patientId, options), ofPage)
  }

  create(type: string, body: Uint8Array, options: WriteOptions): Promise<Written | Refusal> {
    const { ifNoneExist: query } = options
    return this.#write('create', { query }, (writing) => this.#records.create(type, body, options, writing))
  }

  update(type: string, id: string, body: Uint8Array, options: WriteOptions): Promise<Written | Refusal> {
    const asked = { type, id }
    return this.#write('update', { asked }, (writing) =>
      this.#records.update(type, id, body, options, writing),
    )
  }

  updateWhere(
    type: string,
    criteria: string,
    body: Uint8Array,
    options: WriteOptions,
  ): Promise<Written | Refusal> {
    return this.#write('update', { query: `${type}?${criteria}` }, (writing) =>
      this.#records.updateWhere(type, criteria, body, options, writing),
    )
  }

  patch(
    type: string,
    id: string,
    form: PatchForm,
    body: Uint8Array,
    options: WriteOptions,
  ): Promise<Written | Refusal> {
    return this.#write('update', { asked: { type, id } }, (writing) =>
      this.#records.patch(type, id, form, body, options, writing),
    )
  }

  patchWhere(
    type: string,
    criteria: string,
    form: PatchForm,
    body: Uint8Array,
    options: WriteOptions,
  ): Promise<Written | Refusal> {
    return this.#write('update', { query: `${type}?${criteria}` }, (writing) =>
      this.#records.patchWhere(type, criteria, form, body, options, writing),
    )
  }

  delete(type: string, id: string, options: WriteOptions): Promise<Written | Refusal> {
    return this.#write('delete', { asked: { type, id } }, (writing) =>
      this.#records.delete(type, id, options, writing),
    )
  }

  deleteWhere(
    type: string,
    criteria: string,
    options: Pick<WriteOptions, 'signal'> = {},
  ): Promise<Written | Refusal> {
    return this.#write('delete', { query: `${type}?${criteria}` }, (writing) =>
      this.#records.deleteWhere(type, criteria, options, writing),
    )
  }

  upload(upload: Upload): Promise<Written | Refusal> {
    const { id } = upload
    const [action, said] =
      id === undefined ? (['create', {}] as const) : (['update', { asked: { type: 'Binary', id } }] as const)
    return this.#write(action, said, (writing) => this.#records.upload(upload, writing))
  }

  bundle(body: Uint8Array, options: BundleOptions): Promise<{ status: 'ok'; json: string } | Refusal> {
    return this.#write('other', { query: 'Bundle' }, (writing) =>
      this.#records.bundle(body, options, writing),
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
      ended = await this.#records.import(options, writing)
    } finally {
      const outcome =
        ended === undefined || isRefusal(ended) ? 'failed' : ended.status === 'ok' ? 'done' : 'broken-off'
      await this.#note({ ...deed, outcome, reason: ended && reasonOf(ended) })
    }
    return ended
  }

  async reindex(options: ReindexOptions = {}): ReturnType<Interactions['reindex']> {
    const done = await this.#records.reindex(options)
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
    return this.#records.exports
  }

  get destructions(): Interactions['destructions'] {
    return this.#records.destructions
  }

  async refused(refusal: Refusal, query?: string): Promise<Refusal> {
    if (this.isRecorded || !isAct(refusal)) return refusal
    return this.#refuse('other', refusal, query === undefined ? {} : { query })
  }

  /** Gives what was found once it is recorded who saw it. */
  async #look<Result extends { status: string }>(
    action: Action,
    said: Asked,
    act: () => Promise<Result | Refusal>,
    seenIn: (result: Result) => readonly Version[],
  ): Promise<Result | Refusal> {
    for (let tries = 0; tries < triesMax; tries++) {
      const result = await act()
      if (isRefusal(result)) return this.#refuse(action, result, said)
      const found = result as Result
      const unrecorded = await this.#scribe.record(
        { action, outcome: 'done', by: this.#by, act: this.#act, ...said },
        seenIn(found),
      )
      if (unrecorded === undefined) {
        this.isRecorded = true
        return found
      }
      if (unrecorded !== 'again') return unrecorded
    }
    return refuse('busy', {}, { retryAfterSeconds: 1 })
  }

  /** What was written is recorded by the same statement; what was found in its place, and what was refused, here. */
  async #write<Result extends { status: string }>(
    action: Action,
    said: Asked,
    act: (writing: WritingAct) => Promise<Result | Refusal>,
  ): Promise<Result | Refusal> {
    const { query } = said
    const deed = { by: this.#by, act: this.#act ?? randomUuid(), query }
    const writing = new WritingAct(this.#scribe.ledger, deed)
    const result = await act(writing)
    if (writing.isWritten) this.isRecorded = true
    if (isRefusal(result)) return this.#refuse(action, result, said)
    const { seen, isWritten } = writing
    if (isWritten && seen.length === 0) return result as Result
    const unrecorded = await this.#scribe.record({ ...deed, action, outcome: 'done', ...said }, seen)
    if (unrecorded === undefined) {
      this.isRecorded = true
      return result as Result
    }
    if (isWritten) return refuse('outcome-unknown', {}, { retryAfterSeconds: 1 })
    return unrecorded === 'again' ? refuse('busy', {}, { retryAfterSeconds: 1 }) : unrecorded
  }

  async #refuse(action: Action, refusal: Refusal, said: Asked): Promise<Refusal> {
    if (!isAct(refusal)) return refusal
    const { query, asked } = said
    const reason = reasonOf(refusal)
    const deed = { action, outcome: 'refused', by: this.#by, act: this.#act, query, asked, reason } as const
    return (await this.#note(deed)) ?? refusal
  }

  async #note(deed: Deed): Promise<Refusal | undefined> {
    const unrecorded = await this.#scribe.record(deed)
    if (unrecorded === undefined) this.isRecorded = true
    return unrecorded === 'again' ? refuse('busy', {}, { retryAfterSeconds: 1 }) : unrecorded
  }
}

/** What the vault decided, other than what it could not do. */
function isAct(refusal: Refusal): boolean {
  return httpStatusOf(refusal) < 500
}

function reasonOf(ended: { status: string; cause?: unknown }): string {
  const { status, cause } = ended
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
