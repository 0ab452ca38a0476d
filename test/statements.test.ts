/**
 * Every statement of ours, described against a migrated database: a wrong column or type fails here. A new
 * `queries.ts`, or a new statement in one, gets its line below.
 */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as doctor from '#cli/doctor/queries.ts'
import * as house from '#cli/house/queries.ts'
import type { Sql } from '#kernel/db/index.ts'
import * as keys from '#kernel/keys/queries.ts'
import * as ledger from '#kernel/ledger/queries.ts'
import * as witnessing from '#kernel/ledger/witnessing/queries.ts'
import * as shredding from '#kernel/keys/shredding/queries.ts'
import * as authority from '#people/authority/queries.ts'
import * as sessions from '#people/sessions/queries.ts'
import * as throttling from '#people/throttling/queries.ts'
import * as directory from '#records/directory/queries.ts'
import * as exporting from '#records/export/queries.ts'
import * as imports from '#records/import/queries.ts'
import * as attachments from '#records/attachments/queries.ts'
import * as records from '#records/queries.ts'
import * as pages from '#records/pages/queries.ts'
import * as search from '#records/search/run/queries.ts'
import * as tuples from '#records/tuples/queries.ts'
import * as verifying from '#records/verify/queries.ts'
import { testDatabase } from './kit/index.ts'
import { describeAll, describedQueries } from './kit/statements.ts'

const uuid = '00000000-0000-4000-8000-000000000000'
const date = new Date(0)
const bytes = new Uint8Array(32)
const entriesAsked = {
  streams: [bytes],
  within: 1,
  outcomes: [1],
  actor: bytes,
  client: bytes,
  address: bytes,
  actions: [1],
  from: bytes,
  to: bytes,
  beyond: { time: bytes, index: 1 },
  newestFirst: true,
  limit: 1,
}
const after = { updatedAt: date, resource: uuid, version: 1 }
const most = { rows: 10, bytes: 10 }
const keyringRow = { id: uuid, purpose: 'index' as const, wrapped: bytes }
const sealedOpener = {
  id: uuid,
  kind: 'passphrase',
  parameters: '{}',
  wrapped: bytes,
  recipient: 'age1',
  bond: bytes,
  root: bytes,
  tag: bytes,
}
const version = {
  id: uuid,
  kind: 1,
  version: 2,
  previous: bytes,
  sealed: bytes,
  endsAt: date,
}
const named = <Name extends string>(name: string) => name as Name
const resource = named<Parameters<typeof records.selectVersions>[1]>(uuid)
const compartment = named<Parameters<typeof records.selectCompartment>[1]>(uuid)
const attachment = { compartment, attachment: uuid }

const group = {
  operations: [],
  blocks: [],
  openings: [],
  claims: [],
  pointers: [],
  pending: undefined,
  attachments: [],
  facility: compartment,
}
const change = {
  resource,
  compartment,
  origin: compartment,
  expected: 1,
  type: 1,
  generation: 1,
  deleted: false,
  posted: false,
  previous: bytes,
  sealed: bytes,
  capsule: null,
}

const witnessed = {
  origin: 'log.example',
  keys: 'key',
  size: 0,
  root: bytes,
  tag: bytes,
  cosigned_at: null,
  evidence_at: null,
}

const described = [
  describedQueries('src/cli/doctor/queries.ts', doctor, {
    databaseRow: [],
    appliedMigrations: [],
    servingDirectory: [],
    directoryPending: [],
    storedOpeners: [],
  }),
  describedQueries('src/cli/house/queries.ts', house, {
    serverFacts: [],
    openerCount: [],
    openerRows: [],
    keyringRows: [],
  }),
  describedQueries('src/records/verify/queries.ts', verifying, {
    beginLong: [],
    selectExpected: [],
    selectReplaced: [['resource']],
    selectCurrent: [date],
    selectPast: [null],
    selectTuples: [],
    selectAttachments: [],
    selectWrapped: [],
    selectDestructions: [],
    selectUnlikelyKeys: [10],
    selectKeyless: [10],
    selectRingless: [10],
    selectSetBack: [10],
    selectMislaid: [10],
    selectNamed: [[uuid], [1]],
    selectPlaces: [[uuid]],
    selectLiving: [uuid, 10],
    selectBlocksOf: [compartment],
    countCurrent: [],
    selectHeadsOf: [compartment],
    selectHeadsNamed: [[uuid]],
    selectPointersOf: [compartment],
    selectPointersAstray: [10],
    selectHeadsBehind: [10],
    selectAttachmentsOf: [compartment],
    selectPieceOf: [compartment, uuid, 0],
    countKeysGone: [],
    selectAuthority: [],
    selectAuthorityHeads: [[uuid], [bytes]],
    selectAuthorityPresent: [[uuid]],
  }),
  describedQueries('src/people/authority/queries.ts', authority, {
    selectRows: [[uuid], [bytes]],
    selectNames: [3, uuid, 10],
    writeVersions: [[version], { id: uuid, entries: bytes, tag: bytes }],
    insertUsed: [uuid, date],
    sweepRows: [],
    sweepUsed: [],
  }),
  describedQueries('src/people/sessions/queries.ts', sessions, {
    selectSeen: [[uuid]],
    upsertSeen: [uuid, date, bytes],
    sweepSeen: [],
  }),
  describedQueries('src/people/throttling/queries.ts', throttling, {
    countTries: [[{ id: uuid, share: 1 }]],
    forgiveTries: [[{ id: uuid, share: 1 }]],
    sweepTries: [],
  }),
  describedQueries('src/kernel/keys/queries.ts', keys, {
    openers: [],
    openersWithIndex: [uuid],
    convertOpener: [sealedOpener, 1],
    vaultRow: [],
    keyringPurposes: [],
    retireEpochs: [[uuid]],
    epochCompartments: [uuid, uuid, 1],
    moveToEpochs: [uuid, [{ compartment: uuid, epoch: uuid, generation: 1, wrapped: bytes }]],
    burnPutBack: [[uuid]],
    deleteEpoch: [uuid],
    epochsStanding: [],
    epochsEnded: [],
    keyringKeys: [[uuid]],
    insertKeyringKey: [keyringRow, 1],
    insertProcess: [sealedOpener, { root: 1, seals: 0, lift: false }, 1],
    deleteProcess: [uuid],
    sayPresent: [uuid],
    lookAtVault: [uuid],
    processRow: [uuid],
    orderSeal: [],
    processesBefore: [1, 1],
    lockVault: [],
    processes: [1],
    wholeKeyring: [],
    lockKeyring: [],
    updateKeyring: [[keyringRow]],
    updateOpenerRoot: [sealedOpener],
    updateProcessRoot: [sealedOpener],
    deleteOpeners: [[uuid]],
    insertOpener: [sealedOpener],
    countRoot: [],
    vaultKnown: [5],
    insertHouse: [sealedOpener, keyringRow],
    compartmentKeys: [[uuid]],
    destroyedAmong: [[uuid]],
    standingEpochs: [[uuid]],
    standingKeys: [[uuid]],
  }),
  describedQueries('src/kernel/keys/shredding/queries.ts', shredding, {
    destroyKey: [uuid, bytes],
    destructions: [],
    destructionOf: [uuid],
    destroyedSince: [date],
    isDue: [1],
    takeBatch: [uuid, 1],
    renewBatch: [1, 1],
    leaveBatch: [1, true],
    putBack: [],
    epochsToEnd: [],
    noteRewrapped: [1, date],
    notePurged: [1, date, []],
    clock: [],
    waiting: [],
    noteReplacedGone: [1, 1, []],
    keyringFile: [],
    rewriteKeys: [],
    vacuumCompartments: [],
    rewriteStatistics: [],
    keepNoLog: [],
    keepLogAgain: [],
    reloadSettings: [],
    isRecycling: [],
    logFilesAhead: [],
    switchLog: [],
    checkpoint: [],
    logHolders: [],
  }),
  describedQueries('src/kernel/ledger/witnessing/queries.ts', witnessing, {
    selectWitnessed: ['log.example'],
    lockWitnessed: [],
    selectAllWitnessed: [1],
    insertWitnessed: ['log.example', 'key', bytes],
    updateWitnessedKeys: [witnessed, 'key', bytes],
    deleteWitnessed: ['log.example'],
    updateWitnessed: [witnessed, { size: 1, root: bytes, tag: bytes }],
    keepEvidence: ['log.example', 'note'],
  }),
  describedQueries('src/kernel/ledger/queries.ts', ledger, {
    selectLeavesAt: [[1]],
    selectNumbersAt: [[1]],
    selectStreamsBegun: [[bytes]],
    insertStaged: [{ id: uuid, entries: bytes, tag: bytes }],
    selectHead: [],
    takeLease: [uuid, 1],
    renewLease: [1, 1],
    leaveLease: [1],
    selectStaged: [1, 1],
    selectStreamEnds: [[bytes]],
    insertLeaves: [
      {
        epoch: 1,
        leaseMs: 1,
        from: { size: 0, root: bytes },
        to: { size: 0, root: bytes },
        staged: [uuid],
        again: [],
        unless: { awayFromMs: 1, isStaged: true },
        entries: bytes,
        lengths: [1],
        tiles: [{ level: 0, index: 0, hashes: bytes, root: bytes }],
        streams: [{ stream: bytes, sealed: bytes }],
      },
    ],
    refuseStaged: [[uuid]],
    deleteSequenced: [1],
    selectTile: [0, 0, 1],
    selectTileRoots: [0, 0, 1],
    selectLeafHashes: [0, 1],
    selectLeaves: [0, 1],
    insertCheckpoint: [1, ''],
    selectNewestCheckpoint: [],
    selectCheckpoints: [0, 1],
    thinCheckpoints: [],
    selectSigners: [],
    insertSigner: [1, uuid, ''],
    selectStreamEntries: [bytes, { from: 1, to: 2 }, 1],
    selectStreamNumbers: [[{ stream: bytes, number: 1, before: 1 }]],
    selectLeavesBeyond: [1],
    selectTilesBeyond: [1],
    waitLong: [],
    selectTwice: [1],
    selectStagedAfter: [uuid, 1],
    selectStreams: [[bytes]],
    deleteStreams: [[bytes]],
    selectStreamsAfter: [bytes, 1],
    selectEntries: [entriesAsked],
    selectEntriesJoined: [entriesAsked],
    selectDeeds: [{ actor: bytes, since: bytes, to: bytes, index: 0 }],
    selectDeedsSince: [{ actors: [bytes], index: 0, leavesMax: 10 }],
    selectUses: [
      {
        actor: bytes,
        facility: bytes,
        from: bytes,
        to: bytes,
        outcomes: [1],
        groups: [{ name: 'reads', action: 1 }],
      },
    ],
    selectSignIns: [{ from: bytes, to: bytes, within: 1, beyond: { time: bytes, index: 1 }, limit: 1 }],
  }),
  describedQueries('src/records/directory/queries.ts', directory, {
    selectGenerations: [],
    selectPending: [[uuid]],
    selectRows: [[{ point: 1, after: uuid }], 10],
    selectServingRows: [1],
    selectEntries: [1, 1, 10],
    selectCrowded: [1, 10, 20],
    selectSealed: [1, 1, [uuid]],
    countRows: [[1], 10],
    selectPresent: [uuid, [1], [uuid]],
    adoptKey: [1, uuid],
    selectLeftKeys: [60],
    countEarlier: [date],
    selectPendingUnder: [uuid, 10],
    replacePending: [[], uuid, uuid],
    selectDestroyed: [[uuid]],
    deleteKey: [uuid],
    selectDecoys: [[{ tag: 1, entry: uuid }]],
    applyFlush: [{ ids: [uuid], generations: [1], timeZone: 'UTC', rows: [], decoys: [], isLast: true }],
    countAll: [[1]],
    selectNeed: [32, 2],
    insertGeneration: [uuid, 1, 'UTC', 2, 1],
    insertRows: [1, []],
    switchGeneration: [1],
    deleteGeneration: [1],
    selectLeftGenerations: [],
    deleteLeftRows: [1, 10],
    selectCurrent: [{ compartment: uuid, resource: uuid }, 10],
  }),
  describedQueries('src/records/attachments/queries.ts', attachments, {
    openCompartment: [{ compartment, epoch: uuid, generation: 1, wrapped: bytes }],
    insertAttachment: [attachment, 60],
    renewAttachment: [attachment, 60],
    insertPiece: [attachment, 1, bytes],
    selectPiece: [attachment, 1],
    doomAttachment: [attachment],
    takeAbandoned: [8, 60],
    deletePieces: [attachment, 64],
    deleteDoomed: [attachment],
  }),
  describedQueries('src/records/export/queries.ts', exporting, {
    insertJob: [{ id: uuid, owner: uuid, server: uuid, key: bytes, request: bytes }, 60, [1, 2]],
    selectJob: [uuid, uuid],
    takeJob: [uuid, uuid, 30],
    renewJob: [uuid, 1, 30],
    releaseJob: [uuid, 1],
    saveJob: [{ id: uuid, epoch: 1, saved: 1, state: 'running', progress: bytes }, 60],
    selectComplete: [uuid],
    deleteJob: [uuid, uuid],
    deleteExpired: [],
    selectOwnJobs: [uuid],
    countDestroyed: [],
    selectSpan: [{ compartment, resource: uuid }, compartment, compartment, date, 10],
    selectThen: [[resource], date],
    selectContents: [
      [{ compartment, resource, type: 1, version: 1, updated_at: date, deleted: false, bytes: 1 }],
    ],
  }),
  describedQueries('src/records/queries.ts', records, {
    selectHeads: [[{ resource, seen: 1 }]],
    selectVersions: [resource, 1, 10],
    countType: [1, date, date],
    countVersions: [resource],
    selectAsOf: [[resource], date],
    selectSettled: [compartment],
    selectCompartment: [compartment, uuid, 10],
    selectPointers: [compartment, uuid, 10],
    selectExtent: [compartment],
    selectClaims: [[uuid]],
    selectMarks: [[uuid]],
    deleteOldClaims: [],
    selectDigests: [[resource], [1]],
    writeGroups: [[group]],
    upsertPointers: [
      [{ compartment, pointer: uuid, generation: 1, sealed: bytes, home: compartment, resource, version: 1 }],
    ],
  }),
  describedQueries('src/records/pages/queries.ts', pages, {
    selectWithin: [[{ resources: [resource], versions: [1] }], 10],
    selectNewest: [1, date, date, after, most],
    selectOldest: [1, date, date, after, most],
    selectTypeVersions: [1, date, after, most],
    selectTypeVersionsIn: [1, date, after, most, [compartment]],
    selectOwnVersions: [resource, 1, most],
    selectThen: [1, { moment: date, from: date, to: date, after }, { changes: 10, rows: 10 }],
  }),
  describedQueries('src/records/import/queries.ts', imports, { selectPresent: [[resource]] }),
  describedQueries('src/records/search/run/queries.ts', search, {
    selectOutside: [[1], compartment, 100, 10],
  }),
  describedQueries('src/records/tuples/queries.ts', tuples, {
    selectBlocks: [[{ compartment, position: 0, rebuiltAt: null, identity: true }]],
    selectCompartments: [uuid, 10],
    selectLoose: [1, 10],
    selectMergeable: [compartment, 200, 3600, 10],
    countEntries: [compartment],
    replaceBlocks: [compartment, [1], [], 1],
    selectRebuildable: [uuid, 10],
    selectStanding: [compartment, 3600],
    selectVersionsIn: [compartment, [resource], [1]],
    rebuildBlocks: [compartment, { position: 1, loose: 0, positions: [1] }, [], 0, date],
  }),
]

for (const queries of described) {
  test(`statements of ${queries.file}`, async (t) => {
    const { sql } = await testDatabase(t, { max: 1 })
    await describeAll(sql, queries)
  })
}

test('writeGroups in each of its forms', async (t) => {
  const { sql } = await testDatabase(t, { max: 1 })
  const forms = {
    creating: [group],
    changing: [{ ...group, operations: [change] }],
    creatingBeside: [{ ...group, marks: [uuid] }],
    changingBeside: [{ ...group, operations: [change], marks: [uuid] }],
  }
  const queries = Object.fromEntries(Object.keys(forms).map((name) => [name, records.writeGroups]))
  const values = Object.fromEntries(Object.entries(forms).map(([name, groups]) => [name, [groups]]))
  await describeAll(sql, { file: 'src/records/queries.ts', queries, values })
})

test('every queries.ts is listed', () => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const found = globSync('src/**/queries.ts', { cwd: root }).toSorted()
  assert.deepEqual(described.map(({ file }) => file).toSorted(), found)
})

test('the check can fail', async (t) => {
  const { sql } = await testDatabase(t, { max: 1 })
  const faulty = {
    wrongColumn: (pool: Sql) => pool`select nonsense from migration`,
    wrongType: (pool: Sql, at: Date) => pool`select from migration where room = ${at}::timestamptz`,
    uncast: (pool: Sql, room: string) => pool`select from migration where room = ${room}`,
    promised: async () => [],
    constant: 1,
  }
  const values: Record<string, unknown[]> = { wrongType: [date], uncast: ['x'] }
  const messages: Record<keyof typeof faulty, RegExp> = {
    wrongColumn: /column "nonsense" does not exist/,
    wrongType: /operator does not exist: text = timestamp/,
    uncast: /parameter \$1 has no cast/,
    promised: /gives no statement/,
    constant: /is no statement/,
  }
  for (const [name, message] of Object.entries(messages)) {
    const queries = { [name]: faulty[name as keyof typeof faulty] }
    const check = describeAll(sql, { file: 'x', queries, values: { [name]: values[name] ?? [] } })
    await assert.rejects(check, message)
  }
  await assert.rejects(describeAll(sql, { file: 'x', queries: faulty, values: {} }), /the statements of x/)
})
