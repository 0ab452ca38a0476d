import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js'
import { keyOf, sha256 } from '#kernel/crypto/index.ts'
import { formatCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { addSignatures, openNote, signatureLine, signNote } from './note.ts'
import { formatNoteKey, noteKey, noteSigner, parseNoteKey, type SignatureKind } from './note-keys.ts'
import { createProver } from './proofs.ts'
import { openCheckpoint } from './signed-checkpoint.ts'
import { edgeRoot, emptyEdge, growTiles, partialTiles } from './tiles.ts'
import { formatProof, parseProof, verifyProof } from './tlog-proof.ts'
import { emptyRoot, leafHash } from './tree.ts'
import {
  formatAddCheckpoint,
  judgeAddCheckpoint,
  judgeWitnessAnswer,
  parseAddCheckpoint,
  type AddCheckpoint,
  type Witnessed,
} from './witness.ts'

const origin = 'sigilo/0b5ac5d8-9c7c-4e3b-8f36-1c8a7e6b8f22'
const signerNamed = (name: string, kind: SignatureKind, seed = `${name} ${kind}`) =>
  noteSigner(name, kind, keyOf(sha256(seed)))
const log = [signerNamed(origin, 'ed25519'), signerNamed(origin, 'ml-dsa-44')]
const logKeys = log.map(({ key }) => key)
const witness = [
  signerNamed('witness.example/w1', 'ed25519-cosignature'),
  signerNamed('witness.example/w1', 'ml-dsa-44'),
]
const witnessKeys = witness.map(({ key }) => key)
const now = 1_764_000_000

const entries = Array.from({ length: 20 }, (_, i) => Buffer.from(`entry ${i}`))

function treeOf(size: number, all: readonly Uint8Array[] = entries) {
  const { edge } = growTiles(emptyEdge, all.slice(0, size).map(leafHash))
  const tiles = new Map(partialTiles(edge).map(({ level, index, bytes }) => [`${level}/${index}`, bytes]))
  const prover = createProver(size, (level, index) => tiles.get(`${level}/${index}`)!)
  const text = formatCheckpoint({ origin, size, root: edgeRoot(edge) })
  return { size, root: edgeRoot(edge), prover, text, note: signNote(text, log, now) }
}

describe('checkpoints', () => {
  test('are read as they were written', () => {
    const any = fc.record({
      origin: fc.stringMatching(/^[a-z./0-9-]{1,60}$/),
      size: fc.maxSafeNat(),
      root: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    })
    fc.assert(
      fc.property(any, (checkpoint) => {
        const read = parseCheckpoint(formatCheckpoint(checkpoint))!
        assert.deepEqual({ ...read, root: [...read.root] }, { ...checkpoint, root: [...checkpoint.root] })
      }),
    )
  })

  test('of any other form are none', () => {
    const root = Buffer.alloc(32, 1).toString('base64')
    const good = `${origin}\n5\n${root}\n`
    assert.ok(parseCheckpoint(good))
    assert.ok(parseCheckpoint(`${good}an extension\n`))
    const bad = [
      good.slice(0, -1),
      `\n5\n${root}\n`,
      `${origin}\n05\n${root}\n`,
      `${origin}\n+5\n${root}\n`,
      `${origin}\n0x5\n${root}\n`,
      `${origin}\n9007199254740993\n${root}\n`,
      `${origin}\n5\n${root.slice(0, -4)}\n`,
      `${origin}\n5\n${root.replace('=', '')}\n`,
      `${origin}\n5\n${root}\n\n`,
      `${origin}\n5\n`,
    ]
    for (const text of bad) assert.equal(parseCheckpoint(text), undefined, JSON.stringify(text))
  })

  test('are opened where all the keys have signed, or any, as it is asked', () => {
    const { note, text, size } = treeOf(7)
    const opened = openCheckpoint(note, { origin, keys: logKeys, need: 'all' })
    assert.ok(opened.status === 'ok')
    assert.equal(opened.checkpoint.size, size)
    assert.deepEqual(
      opened.signatures.map(({ timeSeconds }) => timeSeconds),
      [undefined, now],
    )
    const half = signNote(text, [log[0]!], now)
    assert.equal(openCheckpoint(half, { origin, keys: logKeys, need: 'all' }).status, 'unsigned')
    assert.equal(openCheckpoint(half, { origin, keys: logKeys, need: 'any' }).status, 'ok')
    assert.equal(openCheckpoint(note, { origin: 'another', keys: logKeys, need: 'all' }).status, 'malformed')
    assert.equal(openCheckpoint(note, { origin, keys: witnessKeys, need: 'any' }).status, 'unsigned')
  })

  test('are opened by old and new keys together, before and after the new ones came', () => {
    const newer = [signerNamed(origin, 'ed25519', 'newer e'), signerNamed(origin, 'ml-dsa-44', 'newer m')]
    const keys = [...logKeys, ...newer.map(({ key }) => key)]
    const { text } = treeOf(7)
    for (const signers of [log, newer, [log[0]!, newer[1]!], [...log, ...newer]]) {
      const { status } = openCheckpoint(signNote(text, signers, now), { origin, keys, need: 'all' })
      assert.equal(status, 'ok')
    }
    for (const signers of [log.slice(0, 1), newer.slice(1), [log[0]!, newer[0]!]]) {
      const { status } = openCheckpoint(signNote(text, signers, now), { origin, keys, need: 'all' })
      assert.equal(status, 'unsigned')
    }
  })

  test('with any letter changed do not open', () => {
    const { note } = treeOf(7)
    const cut = note.indexOf('\n\n')
    for (let at = 0; at < note.length; at += at < cut + 200 ? 1 : 61) {
      const letter = note[at] === 'A' ? 'B' : 'A'
      const changed = note.slice(0, at) + letter + note.slice(at + 1)
      const { status } = openCheckpoint(changed, { origin, keys: logKeys, need: 'all' })
      assert.notEqual(status, 'ok', `letter ${at}`)
    }
  })
})

describe('keys', () => {
  test('are read as they were written, and nothing else is', () => {
    for (const key of [...logKeys, ...witnessKeys]) {
      const text = formatNoteKey(key)
      const read = parseNoteKey(text)!
      assert.equal(formatNoteKey(read), text)
      assert.equal(read.kind, key.kind)
      for (const wrong of [
        text.slice(1),
        text.slice(0, -1),
        text.replace('+', '++'),
        `${text}A`,
        `${text}=`,
      ]) {
        assert.equal(parseNoteKey(wrong), undefined)
      }
    }
  })

  test('of a bad name are none', () => {
    for (const name of ['', 'a b', 'a+b', 'a\u00a0b', 'a\nb']) {
      assert.equal(noteKey(name, 'ed25519', logKeys[0]!.publicKey), undefined)
    }
  })

  test('sign for one kind alone', () => {
    // The same seed, name and text: a checkpoint's signature is no cosignature, though Ed25519 signs both.
    const { text } = treeOf(3)
    const plain = signerNamed(origin, 'ed25519', 'one seed')
    const cosigner = signerNamed(origin, 'ed25519-cosignature', 'one seed')
    assert.notEqual(plain.key.id, cosigner.key.id)
    assert.ok(!cosigner.key.verify(text, plain.sign(text, now)).holds)
    assert.ok(!plain.key.verify(text, cosigner.sign(text, now)).holds)
  })
})

test('an ML-DSA-44 cosignature is over the bytes that tlog-cosignature says, and commits to its time', () => {
  const signer = signerNamed('witness.example/w1', 'ml-dsa-44')
  const { text, size, root } = treeOf(9)
  const stamped = signer.sign(text, now)
  const message = Buffer.concat([
    Buffer.from('subtree/v1\n\0'),
    Buffer.from([18]),
    Buffer.from('witness.example/w1'),
    Buffer.from('0000000069248100', 'hex'),
    Buffer.from([origin.length]),
    Buffer.from(origin),
    Buffer.alloc(8),
    Buffer.from([0, 0, 0, 0, 0, 0, 0, size]),
    root,
  ])
  assert.equal(stamped.length, 8 + 2420)
  assert.ok(ml_dsa44.verify(stamped.subarray(8), message, signer.key.publicKey))
  assert.deepEqual(signer.key.verify(text, stamped), { holds: true, timeSeconds: now })
  const later = Buffer.from(stamped)
  later[7]! ^= 1
  assert.ok(!signer.key.verify(text, later).holds)
  assert.throws(() => signer.sign('no checkpoint\n', now), RangeError)
})

test('a note whose text could be read in two ways is not signed', () => {
  assert.throws(() => signNote('a\n\n— b c', log.slice(0, 1), now), RangeError)
  assert.throws(() => signNote('a\tb\n', log.slice(0, 1), now), RangeError)
  const note = signNote('a\n\nb\n', log.slice(0, 1), now)
  const opened = openNote(note, logKeys)
  assert.ok(opened.status === 'ok')
  assert.equal(opened.text, 'a\n\nb\n')
})

describe('tlog-proof', () => {
  test('proves an entry, and nothing else', async () => {
    const { prover, note } = treeOf(13)
    const given = { index: 6, hashes: await prover.inclusion(6), checkpoint: note }
    const text = formatProof(given)
    assert.match(text, /^c2sp\.org\/tlog-proof@v1\nindex 6\n(.{44}\n){4}\nsigilo\//)
    assert.equal(verifyProof(text, entries[6]!, { origin, keys: logKeys }).status, 'ok')
    const wrong = [
      verifyProof(text, entries[5]!, { origin, keys: logKeys }),
      verifyProof(text, entries[6]!, { origin, keys: witnessKeys }),
      verifyProof(text, entries[6]!, { origin: 'another', keys: logKeys }),
      verifyProof(text.replace('index 6', 'index 7'), entries[6]!, { origin, keys: logKeys }),
      verifyProof(text.replace('index 6', 'index 06'), entries[6]!, { origin, keys: logKeys }),
      verifyProof(text.replace('@v1', '@v2'), entries[6]!, { origin, keys: logKeys }),
      verifyProof(formatProof({ ...given, hashes: given.hashes.slice(1) }), entries[6]!, {
        origin,
        keys: logKeys,
      }),
    ]
    for (const { status } of wrong) assert.equal(status, 'broken')
  })

  test('keeps what is extra', () => {
    const extra = Buffer.from('anything')
    const text = formatProof({ index: 0, hashes: [], checkpoint: 'x', extra })
    assert.equal(text, 'c2sp.org/tlog-proof@v1\nextra YW55dGhpbmc=\nindex 0\n\nx')
    assert.deepEqual(parseProof(text), { index: 0, hashes: [], checkpoint: 'x', extra })
  })
})

describe('a witness', () => {
  const judge = (request: AddCheckpoint | string, last?: Witnessed) =>
    judgeAddCheckpoint(typeof request === 'string' ? request : formatAddCheckpoint(request), (asked) =>
      asked === origin ? { keys: logKeys, last } : undefined,
    )

  test('signs every tree that begins with the one before, and remembers it', async () => {
    let last: Witnessed | undefined
    for (const size of [0, 1, 2, 2, 5, 8, 13, 20]) {
      const { prover, note } = treeOf(size)
      const oldSize = last?.size ?? 0
      const verdict = judge({ oldSize, proof: await prover.consistency(oldSize), checkpoint: note }, last)
      assert.ok(verdict.status === 'sign', `${oldSize} to ${size}: ${verdict.status}`)
      last = verdict.checkpoint
    }
  })

  test('refuses forks, rollbacks and what is not shown', async () => {
    const [small, large] = [treeOf(5), treeOf(13)]
    const other = treeOf(13, entries.with(2, Buffer.from('another past')))
    const otherSmall = treeOf(5, entries.with(2, Buffer.from('another past')))
    const proof = await large.prover.consistency(5)
    const table: [string, AddCheckpoint | string, Witnessed | undefined][] = [
      ['sign', { oldSize: 5, proof, checkpoint: large.note }, small],
      ['forked', { oldSize: 5, proof: [], checkpoint: otherSmall.note }, small],
      [
        'inconsistent',
        { oldSize: 5, proof: await other.prover.consistency(5), checkpoint: other.note },
        small,
      ],
      ['inconsistent', { oldSize: 5, proof: [], checkpoint: large.note }, small],
      ['inconsistent', { oldSize: 5, proof: proof.slice(1), checkpoint: large.note }, small],
      ['inconsistent', { oldSize: 0, proof, checkpoint: large.note }, undefined],
      // Rolled back: the log says that the witness knows no more than this.
      ['other-size', { oldSize: 5, proof: [], checkpoint: small.note }, large],
      ['other-size', { oldSize: 0, proof: [], checkpoint: small.note }, large],
      ['malformed', { oldSize: 13, proof: [], checkpoint: small.note }, large],
      ['unknown-log', { oldSize: 5, proof, checkpoint: large.note.replaceAll(origin, 'sigilo/x') }, small],
      ['unsigned', { oldSize: 5, proof, checkpoint: signNote(large.text, witness, now) }, small],
      ['unsigned', { oldSize: 5, proof, checkpoint: large.note.replace('\n13\n', '\n14\n') }, small],
      ['malformed', { oldSize: 5, proof, checkpoint: large.text }, small],
      ['malformed', '', small],
      ['malformed', `old 05\n\n${large.note}`, small],
      ['malformed', `old 5\nAAAA\n\n${large.note}`, small],
      [
        'malformed',
        { oldSize: 5, proof: Array.from({ length: 64 }, () => emptyRoot), checkpoint: large.note },
        small,
      ],
    ]
    for (const [want, request, last] of table) assert.equal(judge(request, last).status, want)
    const verdict = judge({ oldSize: 0, proof: [], checkpoint: small.note }, large)
    assert.deepEqual(verdict, { status: 'other-size', size: 13 })
  })

  test('signs no empty tree of another root', () => {
    const text = formatCheckpoint({ origin, size: 0, root: Buffer.alloc(32) })
    assert.equal(judge({ oldSize: 0, proof: [], checkpoint: signNote(text, log, now) }).status, 'forked')
  })

  test('asks in the words of tlog-witness', async () => {
    const { prover, note } = treeOf(13)
    const proof = await prover.consistency(5)
    const body = formatAddCheckpoint({ oldSize: 5, proof, checkpoint: note })
    assert.match(body, /^old 5\n([A-Za-z0-9+/=]{44}\n)+\nsigilo\/.*\n13\n/)
    const read = parseAddCheckpoint(body)!
    assert.equal(formatAddCheckpoint(read), body)
    assert.deepEqual([read.oldSize, read.proof.length, read.checkpoint], [5, proof.length, note])
    const none = formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint: note })
    assert.ok(none.startsWith(`old 0\n\n${origin}\n`))
  })
})

describe('the answer of a witness', () => {
  const small = treeOf(5)
  const sent: AddCheckpoint = { oldSize: 3, proof: [], checkpoint: small.note }
  const plain = 'text/plain; charset=utf-8'
  const judge = (code: number, body: string, contentType = plain) =>
    judgeWitnessAnswer(sent, { code, contentType, body }, witnessKeys)
  const linesOf = (text: string) => witness.map(({ key, sign }) => signatureLine(key, sign(text, now)))

  test('is added to the checkpoint where it holds', () => {
    const stranger = signerNamed('stranger.example', 'ed25519-cosignature')
    const unknown = signatureLine(stranger.key, stranger.sign(small.text, now))
    const answer = judge(200, [...linesOf(small.text), unknown].join(''))
    assert.ok(answer.status === 'cosigned')
    assert.equal(answer.timeSeconds, now)
    assert.equal(answer.lines.length, 2)
    const whole = addSignatures(addSignatures(small.note, answer.lines), answer.lines)
    assert.equal(whole.split('\n').length, small.note.split('\n').length + 2)
    for (const keys of [logKeys, witnessKeys]) {
      assert.equal(openCheckpoint(whole, { origin, keys, need: 'all' }).status, 'ok')
    }
  })

  test('adds one line of each key, however many it sends', () => {
    const later = witness.map(({ key, sign }) => signatureLine(key, sign(small.text, now + 1)))
    const forged = Array.from({ length: 96 }, (_, i) =>
      signatureLine(witness[0]!.key, new Uint8Array(72).fill(i)),
    )
    const first = linesOf(small.text)
    const answer = judge(200, [...first, ...later, ...forged].join(''))
    assert.ok(answer.status === 'cosigned')
    assert.equal(answer.lines.join(''), first.join(''))
    const whole = addSignatures(small.note, answer.lines)
    assert.equal(openCheckpoint(whole, { origin, keys: logKeys, need: 'all' }).status, 'ok')
  })

  test('is none where it is of another tree, of nobody known, without a time, or no signature', () => {
    const stranger = signerNamed('stranger.example', 'ed25519-cosignature')
    const timeless = witness[1]!
    for (const body of [
      linesOf(treeOf(4).text).join(''),
      signatureLine(stranger.key, stranger.sign(small.text, now)),
      signatureLine(timeless.key, timeless.sign(small.text, 0)),
      'thank you\n',
      '',
    ]) {
      assert.equal(judge(200, body).status, 'no-answer')
    }
    for (const code of [302, 400, 403, 404, 500]) assert.equal(judge(code, '').status, 'no-answer')
  })

  test('says where to begin, or that what we have is not what we had', () => {
    const sizes = 'text/x.tlog.size'
    assert.deepEqual(judge(409, '2\n', sizes), { status: 'begin-at', size: 2 })
    assert.deepEqual(judge(409, '9\n', sizes), { status: 'we-disagree', size: 9 })
    assert.equal(judge(409, '3\n', sizes).status, 'no-answer')
    assert.equal(judge(409, 'two\n', sizes).status, 'no-answer')
    assert.equal(judge(409, '').status, 'we-disagree')
    assert.equal(judge(422, '').status, 'we-disagree')
  })
})
