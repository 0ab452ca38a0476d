/** The stand-alone verifier: what is whole passes, and every fault that is planted is named. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { decodeEntry, encodeAct, EntryBroken, type Act } from '../src/kernel/ledger/entry.ts'
import { patientFile } from '../src/kernel/ledger/patient-file.ts'
import { createProver } from '../src/kernel/ledger/proofs.ts'
import { decodeBundle, encodeBundle } from '../src/kernel/ledger/tiles.ts'
import { leafHash } from '../src/kernel/ledger/tree.ts'
import { sha256 } from '#kernel/crypto/index.ts'
import {
  createChain,
  inventedAct,
  inventedEntries,
  ledgerKeys,
  ledgerOrigin,
  signedCheckpoint,
  tilesOf,
  writeLedger,
} from '#test/kit/ledger-folder.ts'
import { temporaryFolder } from './kit/scope.ts'
import { verifyFile, verifyFolder } from '../tools/verify-ledger.mjs'

const base = temporaryFolder({ after }, 'sigilo-ledger-')

/** Two levels and a bit. */
const size = 900
const entries = inventedEntries(size, 40)
const whole = join(base, 'whole')
writeLedger(whole, entries)

let copies = 0
/** A copy of the whole ledger to do something to. */
function copyWith(harm: (at: (path: string) => string) => void): string {
  const folder = join(base, `copy ${copies++}`)
  cpSync(whole, folder, { recursive: true })
  harm((path) => join(folder, path))
  return folder
}

const rewrite = (path: string, change: (bytes: Buffer) => Uint8Array) =>
  writeFileSync(path, change(readFileSync(path)))

/** Changes the entries of a bundle. */
const rebundle = (path: string, change: (entries: Uint8Array[]) => Uint8Array[]) =>
  rewrite(path, (bytes) => encodeBundle(change(decodeBundle(bytes)!)))

async function findingsIn(
  folder: string,
  o: Partial<Parameters<typeof verifyFolder>[1]> = {},
): Promise<string[]> {
  return (await verifyFolder(folder, { keys: ledgerKeys, ...o })).findings
}

const earlier = [1, 255, 256, 257, 899, 900].map((count) => ({
  what: `checkpoint of ${count}`,
  note: signedCheckpoint(entries.slice(0, count).map(leafHash)),
}))

describe('a folder', () => {
  test('that is whole passes, also by what earlier checkpoints said', async () => {
    const verdict = await verifyFolder(whole, { keys: ledgerKeys, earlier })
    assert.deepEqual(verdict, { findings: [], size, origin: ledgerOrigin, streams: 40 })
  })

  test('of every size passes', async () => {
    for (const count of [0, 1, 2, 255, 256, 257, 512, 513]) {
      const folder = join(base, `of ${count}`)
      writeLedger(folder, entries.slice(0, count))
      assert.deepEqual(await findingsIn(folder), [], `${count}`)
    }
  })

  test('that was signed with what is no entry is named as the vault names it', async () => {
    const at = 5
    const entry = entries[at]!
    assert.equal(entry[148], 1, 'it has a commitment')
    const bad: Record<string, Uint8Array> = {
      version: entry.with(0, 2),
      action: entry.with(1, 99),
      outcome: entry.with(2, 6),
      time: Buffer.from(entry).fill(0, 51, 59),
      'a time beyond 2^53': entry.with(52, 32),
      'a number beyond 2^53': entry.with(60, 32),
      commitments: entry.with(147, 9),
      kind: entry.with(149, 14),
    }
    for (const [name, bytes] of Object.entries(bad)) {
      assert.throws(() => decodeEntry(bytes), EntryBroken, name)
      const folder = join(base, `bad ${name}`)
      writeLedger(folder, entries.slice(0, at + 1).with(at, bytes))
      const found = await findingsIn(folder)
      assert.equal(found.length, 1, name)
      assert.match(found[0] ?? '', /^entry 5: it is (no entry of a ledger|number )/, name)
    }
    assert.ok(decodeEntry(entry.with(149, 13)), 'the last kind that there is')
  })

  const bundle0 = 'tile/entries/000'
  const faults: [name: string, harm: Parameters<typeof copyWith>[0], want: RegExp][] = [
    [
      'an entry altered',
      (at) => rebundle(at(bundle0), ([first, ...rest]) => [first!, rest[0]!.with(150, 7), ...rest.slice(1)]),
      /^entry 1: it is not the one whose hash the tree has$/m,
    ],
    [
      'an entry altered, and its hash with it',
      (at) => {
        rebundle(at(bundle0), (all) => all.with(3, all[3]!.with(2, 3)))
        rewrite(at('tile/0/000'), (bytes) => {
          bytes.set(leafHash(entries[3]!.with(2, 3)), 96)
          return bytes
        })
      },
      /^tile 1\/0: hash 0 is not that of the level below$/m,
    ],
    [
      'an entry taken away',
      (at) => rebundle(at(bundle0), (all) => all.toSpliced(9, 1)),
      /^entries 9 to 254: they are not those whose hashes the tree has$/m,
    ],
    [
      'an entry put behind a full bundle',
      (at) => rebundle(at(bundle0), (all) => [...all, all[0]!]),
      /^entries 0 to 255: more follows in their bundle$/m,
    ],
    [
      'an entry taken away from the last bundle',
      (at) => rebundle(at('tile/entries/003.p/132'), (all) => all.slice(0, -1)),
      /^entries from 899 on are missing, of 900$/m,
    ],
    [
      'two entries swapped',
      (at) => rebundle(at(bundle0), (all) => all.with(20, all[21]!).with(21, all[20]!)),
      /^entries 20 to 21: they are not those/m,
    ],
    ['a bundle gone', (at) => rmSync(at('tile/entries/001')), /^entries from 256 on are missing, of 900$/m],
    ['a tile gone', (at) => rmSync(at('tile/0/001')), /^tile 0\/1: it is missing$/m],
    [
      'a tile of a level above altered',
      (at) => rewrite(at('tile/1/000.p/3'), (bytes) => bytes.with(40, bytes[40]! ^ 1)),
      /^tile 1\/0: hash 1 is not that of the level below$/m,
    ],
    [
      'bundles moved',
      (at) => {
        renameSync(at(bundle0), at('tile/entries/aside'))
        renameSync(at('tile/entries/001'), at(bundle0))
        renameSync(at('tile/entries/aside'), at('tile/entries/001'))
      },
      /^entries 0 to 255: they are not those/m,
    ],
    ['no checkpoint', (at) => rmSync(at('checkpoint')), /^checkpoint: there is none$/m],
    [
      'a signature forged',
      (at) =>
        rewrite(at('checkpoint'), (bytes) => {
          const letter = bytes.toString().lastIndexOf('A', 300)
          return bytes.with(Buffer.byteLength(bytes.toString().slice(0, letter)), 66)
        }),
      /^checkpoint: the signature of .* is forged$/m,
    ],
    [
      'a signature taken away',
      (at) =>
        rewrite(at('checkpoint'), (bytes) => Buffer.from(bytes.toString().replace(/\n[^\n]*\n$/, '\n'))),
      /^checkpoint: .* has not signed it$/m,
    ],
    [
      'another size signed for',
      (at) =>
        rewrite(at('checkpoint'), (bytes) => Buffer.from(bytes.toString().replace('\n900\n', '\n899\n'))),
      /^checkpoint: the signature of .* is forged$/m,
    ],
  ]
  for (const [name, harm, want] of faults) {
    test(`with ${name} does not`, async () => {
      const findings = await findingsIn(copyWith(harm))
      assert.match(findings.join('\n'), want)
    })
  }

  test('whose tail was cut off, its checkpoint being an old one, is found by a newer', async () => {
    const folder = join(base, 'cut')
    writeLedger(folder, entries.slice(0, 700))
    assert.deepEqual(await findingsIn(folder), [], 'alone it is whole')
    assert.match(
      (await findingsIn(folder, { earlier })).join('\n'),
      /had 899 entries and now has 700: its tail was cut off/,
    )
  })

  test('that tells another past is found by an earlier checkpoint', async () => {
    const folder = join(base, 'forked')
    writeLedger(folder, entries.with(100, entries[101]!))
    const findings = await findingsIn(folder, { earlier })
    assert.match(findings.join('\n'), /^checkpoint of 255: its root is not that of the first 255 entries$/m)
    assert.doesNotMatch(findings.join('\n'), /^checkpoint of 1:/m)
  })

  test('well signed, with a gap in a stream, does not pass', async () => {
    const gap = entries.findIndex((entry, i) => i > 300 && decodeEntry(entry).number > 3)
    const without = join(base, 'gap')
    writeLedger(without, entries.toSpliced(gap, 1))
    assert.match(
      (await findingsIn(without)).join('\n'),
      /^entry \d+: it is number 9 of stream [0-9a-f]{32}, after number 7$/m,
    )
    const changed = join(base, 'unchained')
    writeLedger(changed, entries.with(gap, entries[gap]!.with(2, 3)))
    assert.match((await findingsIn(changed)).join('\n'), /^entry \d+: it does not name the entry before it/m)
  })

  test('of another ledger, or by other keys, does not pass', async () => {
    const renamed = ledgerKeys.map((key) => key.replace('sigilo/', 'other/'))
    assert.match((await findingsIn(whole, { keys: renamed })).join(), /this is no key/)
    assert.match((await findingsIn(whole, { keys: [] })).join(), /no key was given/)
    assert.match(
      (await findingsIn(whole, { witnesses: [ledgerKeys[0]!.replace('+A', '+B')] })).join(),
      /witness: /,
    )
  })

  test('by keys of one kind alone does not pass, of whichever kind the signature is that was taken away', async () => {
    for (const [i, name] of ['ML-DSA-44', 'Ed25519'].entries()) {
      const stripped = copyWith((at) =>
        rewrite(at('checkpoint'), (bytes) => {
          const lines = bytes.toString().split('\n')
          return Buffer.from(lines.toSpliced(5 - i, 1).join('\n'))
        }),
      )
      const keys = [ledgerKeys[i]!]
      assert.deepEqual(await findingsIn(stripped, { keys }), [`keys: none of ${name} was given`])
    }
  })

  test('is judged by the command, with its exit code', async () => {
    const run = (words: string[]) =>
      new Promise<{ code: number; out: string }>((done) => {
        const tool = fileURLToPath(new URL('../tools/verify-ledger.mjs', import.meta.url))
        execFile(process.execPath, [tool, ...words], (error, stdout, stderr) =>
          done({ code: Number(error?.code ?? 0), out: stdout + stderr }),
        )
      })
    const keyFile = join(base, 'keys.txt')
    writeFileSync(keyFile, `${ledgerKeys.join('\n')}\n`)
    const good = await run([whole, '--key', keyFile])
    assert.equal(good.code, 0, good.out)
    assert.match(good.out, /900 entries in 40 streams, all there and unaltered/)
    const bad = await run([copyWith((at) => rmSync(at('tile/0/001'))), '--key', ledgerKeys[0]!])
    assert.equal(bad.code, 1)
    assert.match(bad.out, /tile 0\/1: it is missing\n|1 found wrong/)
    assert.equal((await run([whole])).code, 2)
    const moving = await run([whole, '--key', keyFile, '--key', 'x\u001b[2J\u009b2J\u202e'])
    assert.equal(moving.code, 1)
    assert.match(moving.out, /this is no key: x\?\[2J\?2J\?\n/)
  })
})

describe("a patient's file", async () => {
  const link = createChain()
  const acts: Act[] = [
    ...Array.from({ length: 300 }, (_, i) =>
      inventedAct(i, {
        stream: i % 10 === 3 ? 'patient' : `stream ${i % 4}`,
        details: {
          actor: `user ${i}`,
          purpose: 'TREAT',
          ...(i === 13 && { query: `${'long '.repeat(200)}` }),
        },
      }),
    ),
    inventedAct(300, { stream: 'patient', action: 'ledger-file', details: { actor: 'the patient' } }),
  ]
  const linked = acts.map((act) => link(encodeAct(act)))
  const leaves = linked.map(({ leaf }) => leaf)
  const tiles = new Map(tilesOf(leaves).map(({ level, index, bytes }) => [`${level}/${index}`, bytes]))
  const prover = createProver(leaves.length, (level, index) => tiles.get(`${level}/${index}`)!)
  const mine = linked.at(-1)!.stream
  const proven: { index: number; entry: Uint8Array; proof: Uint8Array[] }[] = []
  for (const [index, { entry, stream }] of linked.entries()) {
    if (stream === mine) proven.push({ index, entry, proof: await prover.inclusion(index) })
  }
  const checkpoint = signedCheckpoint(leaves)
  const keys = [sha256('patient details')]
  const fileOf = async (o: { entries?: typeof proven; checkpoint?: string; keys?: Uint8Array[] } = {}) =>
    (await Array.fromAsync(patientFile({ checkpoint, keys, entries: proven, ...o }))).join('')
  const verify = async (text: string) => verifyFile(text, { keys: ledgerKeys })

  test('that is whole passes, and its details are read', async () => {
    const { findings, entries, until } = await verify(await fileOf())
    assert.deepEqual(findings, [])
    assert.equal(entries.length, 31)
    assert.deepEqual(entries[0]!.details, { actor: 'user 3', purpose: 'TREAT' })
    assert.match((entries[1]!.details as { query: string }).query, /^(long ){200}$/)
    assert.equal(until!.getTime(), acts.at(-1)!.recordedAtMs)
    assert.deepEqual((await verify(await fileOf({ keys: [] }))).findings, [], 'without its keys too')
  })

  test('passes where there is nothing but what a browser has', async () => {
    const path = join(base, 'patient.json')
    writeFileSync(path, await fileOf())
    const page = `
      const text = process.getBuiltinModule('node:fs').readFileSync(${JSON.stringify(path)}, 'utf8')
      const { log } = console
      const keys = ${JSON.stringify(ledgerKeys.slice(0, 1))}
      delete globalThis.Buffer
      delete globalThis.process
      const { verifyFile } = await import(${JSON.stringify(new URL('../tools/verify-ledger.mjs', import.meta.url).href)})
      const { findings, entries } = await verifyFile(text, { keys })
      log(findings.length, entries.length, entries[0].details.actor)`
    const out = await new Promise<string>((done) => {
      const words = ['--input-type=module', '--eval', page]
      execFile(process.execPath, words, (_, stdout, stderr) => done(stdout + stderr))
    })
    assert.equal(out.trim(), '0 31 user 3')
  })

  const other = linked.findIndex(({ stream }) => stream !== mine)
  const table: [string, () => Promise<string>, RegExp][] = [
    ['an entry left out', () => fileOf({ entries: proven.toSpliced(5, 1) }), /entry 6: it is number 7/],
    ['the first left out', () => fileOf({ entries: proven.slice(1) }), /entry 1: it is number 2/],
    [
      'its tail cut off',
      () => fileOf({ entries: proven.slice(0, -1) }),
      /the end: the last entry is not the handing out/,
    ],
    ['nothing', () => fileOf({ entries: [] }), /the end:/],
    [
      'an entry altered',
      () => fileOf({ entries: proven.with(2, { ...proven[2]!, entry: proven[2]!.entry.with(1, 2) }) }),
      /entry 3: the ledger does not have it at 23/,
    ],
    [
      'two swapped',
      () => fileOf({ entries: proven.with(2, proven[3]!).with(3, proven[2]!) }),
      /entry 3: it is number 4/,
    ],
    [
      "another's entry",
      () =>
        fileOf({
          entries: proven.with(0, { index: other, entry: linked[other]!.entry, proof: proven[0]!.proof }),
        }),
      /entry 1: the ledger does not have it/,
    ],
    [
      'another index',
      () => fileOf({ entries: proven.with(4, { ...proven[4]!, index: 44 }) }),
      /entry 5: the ledger does not have it at 44/,
    ],
    [
      'an old checkpoint',
      () => fileOf({ checkpoint: signedCheckpoint(leaves.slice(0, 200)) }),
      /entry 1: the ledger does not have it/,
    ],
    [
      'a forged checkpoint',
      () => fileOf({ checkpoint: checkpoint.replace('\n301\n', '\n302\n') }),
      /file: the signature of .* is forged/,
    ],
    [
      'another key',
      () => fileOf({ keys: [sha256('another')] }),
      /entry 1: no key of the file opens its details/,
    ],
    ['no JSON', async () => 'x', /file: /],
    [
      'no entry',
      async () => (await fileOf()).replace('"entries":[', '"entries":[null,'),
      /entry 1: it is no entry/,
    ],
    [
      'half an index',
      async () => (await fileOf()).replace('"index":3,', '"index":3.5,'),
      /entry 1: the ledger does not/,
    ],
    ['another format', async () => '{}', /file: it is no ledger file/],
  ]
  for (const [name, make, want] of table) {
    test(`with ${name} does not pass`, async () => {
      assert.match((await verify(await make())).findings.join('\n'), want)
    })
  }
})
