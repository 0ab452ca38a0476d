/**
 * The store as it is below the ledger, for benchmarks of the layers up to it: whoever acts, nothing is recorded. The rule
 * `unledgered` lets only bench/ import it.
 */
import { randomUuid } from '#kernel/crypto/index.ts'
import { refuse } from '#kernel/outcome.ts'
import type { SafeguardRows } from '#kernel/safeguard.ts'
import type { By } from '../by.ts'
import type { Acting, Records, Store } from '../interactions.ts'
import { createRecords, type RecordsOptions } from '../records.ts'
import type { Writing } from '../writing.ts'

export function createUnledgeredStore(options: Omit<RecordsOptions, 'merged'>): Store {
  const { records } = createRecords({
    ...options,
    merged: nothingKept,
    tell: async () => {},
    sightOf: async () => undefined,
    stageMerge: () => undefined,
    stageOpening: () => undefined,
  })
  const acting = actingOn(records)
  const { attachments, exports, destructions, tend, close } = records
  const uses = async (): Promise<never> => {
    throw new Error('there is no ledger')
  }
  return {
    as: () => acting,
    mayDo: async () => undefined,
    mayRead: async () => undefined,
    strangers: async () => {},
    uses,
    attachments,
    exports,
    destructions,
    tend,
    close,
  }
}

/** What counts is in the ledger: without one nobody has more than one record. */
const nothingKept: SafeguardRows = {
  known: () => undefined,
  find: async () => undefined,
  async *list() {},
  change: () => Promise.reject(new Error('there is no ledger')),
  changeEach: () => Promise.reject(new Error('there is no ledger')),
  narrow: () => Promise.reject(new Error('there is no ledger')),
}

const nobody: By = { actor: 'nobody', client: 'none', address: 'none' }
const silent: Writing = { stage: () => undefined, done() {}, found() {}, refused() {} }

function actingOn(records: Records): Acting {
  return {
    ...records,
    actor: nobody.actor,
    isRecorded: true,
    watermark: undefined,
    refused: async (refusal) => refusal,
    asked: async () => undefined,
    create: (type, body, options) => records.create(type, body, options, silent),
    update: (type, id, body, options) => records.update(type, id, body, options, silent),
    updateWhere: (type, criteria, body, options) =>
      records.updateWhere(type, criteria, body, options, silent),
    patch: (type, id, form, body, options) => records.patch(type, id, form, body, options, silent),
    patchWhere: (type, criteria, form, body, options) =>
      records.patchWhere(type, criteria, form, body, options, silent),
    delete: (type, id, options) => records.delete(type, id, options, silent),
    deleteWhere: (type, criteria, options = {}) => records.deleteWhere(type, criteria, options, silent),
    upload: (upload) => records.upload(upload, silent),
    bundle(body, { get, ...rest }) {
      const reading = get && { get: (url: string) => get(url, this) }
      return records.bundle(body, { ...rest, ...reading }, silent)
    },
    exports: {
      ...records.exports,
      begin: (kickoff) => records.exports.begin(kickoff, nobody, randomUuid()),
      write: (kickoff, folder, options) =>
        records.exports.write(kickoff, folder, options, { by: nobody, act: '' }),
    },
    merging: {
      look: (joining, pair) => records.merging.look(joining, pair),
      carryOut: async () => refuse('not-implemented'),
    },
    matching: {
      match: (patient, count) => records.matching.match(patient, { count }),
      duplicates: (after) => records.matching.duplicates(after === undefined ? {} : { after }),
      setApart: async () => refuse('not-implemented'),
    },
    moving: { move: async () => refuse('not-implemented') },
    sending: (stream) => stream,
    explain: async () => refuse('not-implemented'),
    watched: async () => refuse('not-implemented'),
    get ledger(): never {
      throw new Error('there is no ledger')
    },
    import: (options) => records.import(options, silent),
  }
}
