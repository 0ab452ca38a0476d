import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { keyOf } from '#kernel/crypto/index.ts'
import { makeLedgerVectors } from '../../../tools/ledger-vectors.ts'
import * as alone from '../../../tools/verify-ledger.mjs'
import { openDetails } from './details.ts'
import {
  actions,
  commitmentHash,
  commitmentKinds,
  decodeAct,
  decodeEntry,
  encodeAct,
  EntryBroken,
  entryBytesMax,
  entryLayout,
  linkEntry,
  noPrevious,
  outcomes,
  type Action,
  type Act,
  type CommitmentKind,
  type Outcome,
} from './entry.ts'
import { formatNoteKey, noteSigner, parseNoteKey, type SignatureKind } from './note-keys.ts'
import { verifyConsistency, verifyInclusion } from './proofs.ts'
import { openCheckpoint } from './signed-checkpoint.ts'
import { decodeBundle, encodeBundle, parseTilePath, tilePath } from './tiles.ts'
import { verifyProof } from './tlog-proof.ts'
import { appendLeaves, emptyFrontier, leafHash, rootOf } from './tree.ts'
import { judgeAddCheckpoint } from './witness.ts'

const root = new URL('../../../', import.meta.url)
const document = readFileSync(new URL('docs/spec/ledger.md', root), 'utf8')
const text = readFileSync(new URL('test/vectors/ledger-v1.json', root), 'utf8')
const vectors = JSON.parse(text) as Awaited<ReturnType<typeof makeLedgerVectors>>
const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex')
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const keysOf = (whose: 'log' | 'witness') => vectors.keys[whose].map(({ key }) => parseNoteKey(key)!)
const origin = vectors.keys.log[0]!.name

describe('test/vectors/ledger-v1.json', () => {
  test('is what tools/ledger-vectors.ts gives: the format is frozen', async () => {
    assert.equal(text, `${JSON.stringify(await makeLedgerVectors(), null, 1)}\n`)
  })

  test('entries', () => {
    for (const { staged, entry, fields, leaf, details, detailsKey } of [
      ...vectors.entries,
      ...vectors.later,
    ]) {
      const read = decodeEntry(bytes(entry))
      for (const name of ['id', 'act', 'stream', 'actor', 'client', 'address', 'previous'] as const) {
        assert.equal(hex(read[name]), fields[name])
      }
      assert.deepEqual([read.action, read.outcome], [fields.action, fields.outcome])
      assert.deepEqual([read.recordedAtMs, read.number], [fields.recordedAtMs, fields.number])
      assert.equal(hex(encodeAct(read)), staged)
      assert.equal(hex(linkEntry(bytes(staged), read)), entry)
      assert.equal(hex(leafHash(bytes(entry))), leaf)
      const opened = openDetails(keyOf(Buffer.from(detailsKey, 'hex')), read)!
      assert.deepEqual(
        {
          ...opened,
          ...(opened.resources && { resources: opened.resources.map((one) => Object.values(one)) }),
        },
        JSON.parse(details),
      )
    }
    const { place, stored, hash } = vectors.commitment
    assert.equal(hex(commitmentHash(bytes(place), bytes(stored))), hash)
    assert.equal(hex(commitmentHash(bytes(place), bytes(stored.slice(0, 4)), bytes(stored.slice(4)))), hash)
  })

  test('the tree and its proofs', () => {
    const leaves = vectors.entries.map(({ leaf }) => bytes(leaf))
    const roots = vectors.roots.map(bytes)
    for (const [size, root] of roots.entries()) {
      assert.equal(hex(rootOf(appendLeaves(emptyFrontier, leaves.slice(0, size)))), hex(root))
      const proof = vectors.consistencyTo5[size]!.map(bytes)
      assert.ok(verifyConsistency({ oldSize: size, oldRoot: root, size: 5, root: roots[5]!, proof }))
    }
    for (const [index, leaf] of leaves.entries()) {
      const proof = vectors.inclusion[index]!.map(bytes)
      assert.ok(verifyInclusion({ index, size: 5, leaf, root: roots[5]!, proof }))
    }
    const entries = vectors.entries.map(({ entry }) => bytes(entry))
    assert.equal(hex(encodeBundle(entries)), vectors.bundle)
    assert.deepEqual(decodeBundle(bytes(vectors.bundle))!.map(hex), entries.map(hex))
    for (const { path, ...name } of vectors.paths) {
      assert.equal(tilePath(name), path)
      assert.deepEqual(parseTilePath(path), name)
    }
  })

  test('keys and signatures', () => {
    const kinds: Record<number, SignatureKind> = { 1: 'ed25519', 4: 'ed25519-cosignature', 6: 'ml-dsa-44' }
    for (const { name, type, seed, key } of [...vectors.keys.log, ...vectors.keys.witness]) {
      assert.equal(formatNoteKey(noteSigner(name, kinds[type]!, keyOf(Buffer.from(seed, 'hex'))).key), key)
    }
    for (const [size, note] of vectors.checkpoints.entries()) {
      const opened = openCheckpoint(note, { origin, keys: keysOf('log'), need: 'all' })
      assert.ok(opened.status === 'ok')
      assert.equal(opened.checkpoint.size, size)
      assert.equal(hex(opened.checkpoint.root), vectors.roots[size])
    }
    const { status } = openCheckpoint(vectors.cosigned, { origin, keys: keysOf('witness'), need: 'all' })
    assert.equal(status, 'ok')
  })

  test('proof, witness request', () => {
    const log = { origin, keys: keysOf('log') }
    assert.equal(verifyProof(vectors.proof, bytes(vectors.entries[2]!.entry), log).status, 'ok')
    const last = { size: 3, root: bytes(vectors.roots[3]!) }
    assert.equal(judgeAddCheckpoint(vectors.addCheckpoint, () => ({ keys: log.keys, last })).status, 'sign')
  })

  test('the stand-alone verifier agrees', async () => {
    const named = (codes: Record<string, number>) =>
      Object.fromEntries(Object.entries(codes).map(([name, code]) => [code, name]))
    assert.deepEqual(alone.actions, named(actions))
    assert.deepEqual(alone.outcomes, named(outcomes))
    const keys = vectors.keys.log.map(({ key }) => key)
    const { findings, entries } = await alone.verifyFile(vectors.patientFile, { keys })
    assert.deepEqual(findings, [])
    assert.deepEqual(
      entries.map(({ details }) => details),
      vectors.entries.filter((_, i) => i !== 1).map(({ details }) => JSON.parse(details)),
    )
    for (const [size, note] of vectors.checkpoints.entries()) {
      assert.equal(alone.readCheckpoint(await alone.openNote(note, keys)).size, size)
    }
    const all = [...keys, ...vectors.keys.witness.map(({ key }) => key)]
    assert.ok(await alone.openNote(vectors.cosigned, all))
  })
})

describe('entries', () => {
  const tag = fc.uint8Array({ minLength: 16, maxLength: 16 })
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const anyAct: fc.Arbitrary<Act> = fc.record({
    id: tag,
    act: tag,
    recordedAtMs: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    action: fc.constantFrom(...(Object.keys(actions) as Action[])),
    outcome: fc.constantFrom(...(Object.keys(outcomes) as Outcome[])),
    stream: tag,
    actor: tag,
    client: tag,
    address: tag,
    commitments: fc.array(
      fc.record({ kind: fc.constantFrom(...(Object.keys(commitmentKinds) as CommitmentKind[])), hash }),
      { maxLength: 5 },
    ),
    details: fc.uint8Array({ maxLength: 600 }),
  })
  const anyLink = fc
    .record({ number: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), previous: hash })
    .filter(({ previous }) => previous.some((byte) => byte !== 0))
    .map(({ number, previous }) => ({ number, previous: number === 1 ? noPrevious : previous }))
  const shown = (act: Act) => ({
    ...act,
    ...Object.fromEntries(
      Object.entries(act).flatMap(([name, value]) =>
        value instanceof Uint8Array ? [[name, hex(value)]] : [],
      ),
    ),
    commitments: act.commitments.map(({ kind, hash }) => [kind, hex(hash)]),
  })

  test('are read as they were written', () => {
    fc.assert(
      fc.property(anyAct, anyLink, (act, link) => {
        const staged = encodeAct(act)
        const before = hex(staged)
        const entry = linkEntry(staged, link)
        assert.equal(hex(staged), before, 'what was staged stays as it was')
        assert.deepEqual(shown(decodeAct(staged)), shown(act))
        const read = decodeEntry(entry)
        assert.equal(read.number, link.number)
        assert.equal(hex(read.previous), hex(link.previous))
        assert.equal(hex(linkEntry(encodeAct(read), read)), hex(entry))
      }),
    )
  })

  const act = decodeAct(bytes(vectors.entries[0]!.staged))
  const linked = bytes(vectors.entries[0]!.entry)

  test('of another form are none', () => {
    const put = (at: number, ...values: number[]) => {
      const copy = Buffer.from(linked)
      copy.set(values, at)
      return copy
    }
    const { version, action, outcome, number, previous, recordedAt, commitmentCount, commitments } =
      entryLayout
    const table: [string, Uint8Array][] = [
      ['nothing', new Uint8Array(0)],
      ['a header cut off', linked.subarray(0, commitments - 1)],
      ['too long', Buffer.concat([linked, Buffer.alloc(entryBytesMax)])],
      ['another version', put(version, 2)],
      ['an unknown action', put(action, 200)],
      ['no action', put(action, 0)],
      ['an unknown outcome', put(outcome, 9)],
      ['no number', put(number, 0, 0, 0, 0, 0, 0, 0, 0)],
      ['a number beyond 2^53', put(number, 0, 0x20)],
      ['a second without one before', put(number + 7, 2)],
      ['a first with one before', put(previous, 1)],
      ['no time', put(recordedAt, 0, 0, 0, 0, 0, 0, 0, 0)],
      ['more commitments than bytes', put(commitmentCount, 0xff)],
      ['an unknown commitment', put(commitments, 250)],
    ]
    for (const [name, broken] of table) assert.throws(() => decodeEntry(broken), EntryBroken, name)
  })

  test('are made of nothing that does not fit', () => {
    const commitment = { kind: 'version', hash: new Uint8Array(32) } as const
    assert.throws(() => encodeAct({ ...act, details: new Uint8Array(entryBytesMax) }), RangeError)
    assert.throws(
      () => encodeAct({ ...act, commitments: Array.from({ length: 2000 }, () => commitment) }),
      RangeError,
    )
    assert.throws(() => encodeAct({ ...act, actor: new Uint8Array(15) }), RangeError)
    assert.throws(() => encodeAct({ ...act, recordedAtMs: -1 }), RangeError)
    assert.throws(() => linkEntry(encodeAct(act), { number: 0, previous: noPrevious }), RangeError)
    assert.throws(() => linkEntry(linked, { number: 2, previous: noPrevious }), /its place already/)
  })

  test('staged without a time are given one, and keep the one that they have', () => {
    const link = { number: 1, previous: noPrevious, recordedAtMs: 5 }
    assert.equal(decodeEntry(linkEntry(encodeAct({ ...act, recordedAtMs: 0 }), link)).recordedAtMs, 5)
    assert.equal(decodeEntry(linkEntry(encodeAct(act), link)).recordedAtMs, act.recordedAtMs)
  })
})

test('docs/spec/ledger.md has every code and every offset', () => {
  const tables = { actions, outcomes, commitmentKinds }
  for (const [table, codes] of Object.entries(tables)) {
    for (const [name, code] of Object.entries(codes)) {
      assert.match(document, new RegExp(`\\| ${code} +\\| \`${name}\` `), `${table}: ${name}`)
    }
  }
  for (const [name, offset] of Object.entries(entryLayout)) {
    assert.match(document, new RegExp(`\\| ${offset} +\\|`), name)
  }
})
