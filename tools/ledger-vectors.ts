/**
 * Makes test/vectors/ledger-v1.json: what docs/spec/ledger.md says, as bytes. Frozen with the format: a test holds the file to
 * what this gives. What can be worked out in another way is: hashes and messages to sign are put together here by hand, and
 * ML-DSA-44 is not Node's.
 *
 *     node tools/ledger-vectors.ts
 */
import { writeFileSync } from 'node:fs'
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js'
import { contextOf } from '../src/kernel/crypto/context.ts'
import { sha256 } from '../src/kernel/crypto/hash.ts'
import { keyOf } from '../src/kernel/crypto/key.ts'
import { pack } from '../src/kernel/crypto/pack.ts'
import { sealWithSalt } from '../src/kernel/crypto/seal.ts'
import { signerOf } from '../src/kernel/crypto/sign.ts'
import {
  commitmentHash,
  decodeEntry,
  encodeAct,
  linkEntry,
  noPrevious,
  type Act,
} from '../src/kernel/ledger/entry.ts'
import { patientFile } from '../src/kernel/ledger/patient-file.ts'
import { encodeBundle, tilePath } from '../src/kernel/ledger/tiles.ts'
import { formatProof } from '../src/kernel/ledger/tlog-proof.ts'
import { formatAddCheckpoint } from '../src/kernel/ledger/witness.ts'

const origin = 'sigilo/6f1f4a3e-8f0b-4c53-9d3b-0d6f5f0a7c11'
const witness = 'witness.example/w1'
const timeSeconds = 1_764_000_100

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const join = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts)
const named = (name: string, length = 16): Uint8Array => sha256(name).subarray(0, length)
const uint64 = (value: number): Uint8Array => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}
const leafOf = (entry: Uint8Array) => sha256(join(Buffer.from([0]), entry))
const nodeOf = (left: Uint8Array, right: Uint8Array) => sha256(join(Buffer.from([1]), left, right))

/** What happened, in the order of the tree. The third entry is the second of the patient's. */
const told = [
  {
    stream: 'patient',
    action: 'create',
    details: { actor: 'a', purpose: 'TREAT', resources: [['Observation', 'o', 1]] },
  },
  { stream: 'facility', action: 'sign-in', outcome: 'refused', details: { reason: 'r' } },
  { stream: 'patient', action: 'read', details: { actor: 'a', resources: [['Observation', 'o', 1]] } },
  { stream: 'patient', action: 'search', details: { actor: 'b', query: 'q='.padEnd(400, 'long ') } },
  { stream: 'patient', action: 'ledger-file', details: {} },
] as const

/** Behind these, in no tree of the vectors: details have had a member since that they had not when the tree was drawn up. */
const toldLater = [
  {
    stream: 'facility',
    action: 'other',
    details: { actor: 'b', client: 'web', address: '::1', device: 'QUVTMTI4R0M', query: 'q' },
  },
] as const

interface Made {
  key: Uint8Array
  text: string
  staged: Uint8Array
  entry: Uint8Array
  leaf: Uint8Array
}

function shownOf({ key, text, staged, entry, leaf }: Made) {
  return {
    detailsKey: hex(key),
    details: text,
    staged: hex(staged),
    entry: hex(entry),
    fields: fieldsOf(entry),
    leaf: hex(leaf),
  }
}

export async function makeLedgerVectors() {
  const ends = new Map<string, { number: number; previous: Uint8Array }>()
  const all = [...told, ...toldLater].map(({ stream, action, details, ...rest }, i) => {
    const place = { id: named(`entry ${i}`), act: named(`act ${i}`), stream: named(stream) }
    const frame = pack(Buffer.from(JSON.stringify(details)), { floor: 256, dictionary: 0 })
    const context = contextOf('ledger details', place.id, place.act, place.stream)
    const key = named(`${stream} key`, 32)
    const act: Act = {
      ...place,
      recordedAtMs: 1_764_000_000_000 + i,
      action,
      outcome: 'outcome' in rest ? rest.outcome : 'done',
      actor: named('actor'),
      client: named('client'),
      address: named('address'),
      commitments:
        action === 'create'
          ? [
              { kind: 'version', hash: commitmentHash(contextOf('place', place.id), Buffer.from('stored')) },
              { kind: 'tuples', hash: named('tuples', 32) },
            ]
          : [],
      details: sealWithSalt(keyOf(Buffer.from(key)), context, frame, named(`salt ${i}`, 24)),
    }
    const staged = encodeAct(act)
    const link = ends.get(stream) ?? { number: 1, previous: noPrevious }
    const entry = linkEntry(staged, link)
    const leaf = leafOf(entry)
    ends.set(stream, { number: link.number + 1, previous: leaf })
    return { stream, key, text: JSON.stringify(details), staged, entry, leaf }
  })

  const [made, later] = [all.slice(0, told.length), all.slice(told.length)]
  const [a, b, c, d, e] = made.map(({ leaf }) => leaf) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  const [ab, cd] = [nodeOf(a, b), nodeOf(c, d)]
  const abcd = nodeOf(ab, cd)
  const roots = [sha256(''), a, ab, nodeOf(ab, c), abcd, nodeOf(abcd, e)]
  const inclusion = [[b, cd, e], [a, cd, e], [d, ab, e], [c, ab, e], [abcd]]
  const consistency = [[], [b, cd, e], [cd, e], [c, d, ab, e], [e], []]
  const keys = keysOf()
  const notes = roots.map((root, size) => {
    const text = `${origin}\n${size}\n${base64(root)}\n`
    return { text, signed: `${text}\n${keys.log.map((key) => lineOf(key, text, size, root)).join('')}` }
  })
  const { text, signed } = notes[5]!
  const cosignatures = keys.witness.map((key) => lineOf(key, text, 5, roots[5]!))
  const proven = [0, 2, 3, 4].map((index) => ({ index, entry: made[index]!.entry, proof: inclusion[index]! }))
  const pieces = await Array.fromAsync(
    patientFile({ checkpoint: signed, keys: [made[0]!.key], entries: proven }),
  )
  return {
    about: 'docs/spec/ledger.md. Bytes in hex; notes, proofs, requests and files as text.',
    keys: Object.fromEntries(
      Object.entries(keys).map(([whose, all]) => [
        whose,
        all.map(({ name, type, seed, vkey }) => ({ name, type, seed: hex(seed), key: vkey })),
      ]),
    ) as Record<'log' | 'witness', { name: string; type: number; seed: string; key: string }[]>,
    entries: made.map(shownOf),
    later: later.map(shownOf),
    commitment: {
      place: hex(contextOf('place', named('entry 0'))),
      stored: hex(Buffer.from('stored')),
      hash: hex(commitmentHash(contextOf('place', named('entry 0')), Buffer.from('stored'))),
    },
    roots: roots.map(hex),
    inclusion: inclusion.map((hashes) => hashes.map(hex)),
    consistencyTo5: consistency.map((hashes) => hashes.map(hex)),
    bundle: hex(encodeBundle(made.map(({ entry }) => entry))),
    paths: [
      { level: 0, index: 0, width: 256 },
      { level: 0, index: 999, width: 256 },
      { level: 1, index: 1000, width: 7 },
      { level: 2, index: 1_234_067, width: 256 },
      { level: 'entries' as const, index: 1_234_067, width: 255 },
    ].map((name) => ({ ...name, path: tilePath(name) })),
    checkpoints: notes.map(({ signed }) => signed),
    cosigned: signed + cosignatures.join(''),
    proof: formatProof({ index: 2, hashes: inclusion[2]!, checkpoint: signed }),
    addCheckpoint: formatAddCheckpoint({ oldSize: 3, proof: consistency[3]!, checkpoint: signed }),
    patientFile: pieces.join(''),
  }
}

interface VectorKey {
  name: string
  type: number
  seed: Uint8Array
  vkey: string
  id: Uint8Array
}

function keysOf(): Record<'log' | 'witness', VectorKey[]> {
  const keyOfType = (name: string, type: number): VectorKey => {
    const seed = named(`${name} ${type}`, 32)
    const publicKey =
      type === 6 ? ml_dsa44.keygen(seed).publicKey : signerOf('ed25519', keyOf(Buffer.from(seed))).publicKey
    const typed = join(Buffer.from([type]), publicKey)
    const id = sha256(join(Buffer.from(`${name}\n`), typed)).subarray(0, 4)
    return { name, type, seed, id, vkey: `${name}+${hex(id)}+${base64(typed)}` }
  }
  return {
    log: [keyOfType(origin, 1), keyOfType(origin, 6)],
    witness: [keyOfType(witness, 4), keyOfType(witness, 6)],
  }
}

/** The signature line of a checkpoint. ML-DSA-44 is deterministic here: FIPS 204, algorithm 2 with 32 zeros for `rnd`. */
function lineOf({ name, type, seed, id }: VectorKey, text: string, size: number, root: Uint8Array): string {
  const short = (word: string) => join(Buffer.from([word.length]), Buffer.from(word))
  const time = uint64(timeSeconds)
  const ed25519 = (message: string) =>
    signerOf('ed25519', keyOf(Buffer.from(seed))).sign(Buffer.from(message))
  const signatures: Record<number, () => Uint8Array> = {
    1: () => ed25519(text),
    4: () => join(time, ed25519(`cosignature/v1\ntime ${timeSeconds}\n${text}`)),
    6: () => {
      const parts = [
        Buffer.from('subtree/v1\n\0'),
        short(name),
        time,
        short(origin),
        uint64(0),
        uint64(size),
        root,
      ]
      const { secretKey } = ml_dsa44.keygen(seed)
      return join(time, ml_dsa44.sign(join(...parts), secretKey, { extraEntropy: false }))
    },
  }
  return `— ${name} ${base64(join(id, signatures[type]!()))}\n`
}

function fieldsOf(bytes: Uint8Array) {
  const { id, act, stream, actor, client, address, previous, ...entry } = decodeEntry(bytes)
  return {
    action: entry.action,
    outcome: entry.outcome,
    id: hex(id),
    act: hex(act),
    stream: hex(stream),
    recordedAtMs: entry.recordedAtMs,
    number: entry.number,
    previous: hex(previous),
    actor: hex(actor),
    client: hex(client),
    address: hex(address),
    commitments: entry.commitments.map(({ kind, hash }) => ({ kind, hash: hex(hash) })),
    details: hex(entry.details),
  }
}

if (import.meta.main) {
  const file = new URL('../test/vectors/ledger-v1.json', import.meta.url)
  writeFileSync(file, `${JSON.stringify(await makeLedgerVectors(), null, 1)}\n`)
}
