/** Published vectors for the tree, for notes and for Ed25519, through our own functions and those of the stand-alone verifier. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { keyOf, verifierOf } from '#kernel/crypto/index.ts'
import { parseCheckpoint } from '../../src/kernel/ledger/checkpoint.ts'
import { openNote, signNote } from '../../src/kernel/ledger/note.ts'
import { formatNoteKey, noteSigner, parseNoteKey } from '../../src/kernel/ledger/note-keys.ts'
import { verifyConsistency, verifyInclusion } from '../../src/kernel/ledger/proofs.ts'
import { appendLeaves, emptyFrontier, emptyRoot, leafHash, rootOf } from '../../src/kernel/ledger/tree.ts'
import { corpusFiles, without } from '#test/kit/corpus.ts'
import * as alone from '../../tools/verify-ledger.mjs'

const skip = without('crypto-vectors')

interface MerkleVectors {
  leafInputsHex: string[]
  rootHashesHexBySize1to8: string[]
  emptyRootHex: string
  inclusion: {
    leafIdx: number
    treeSize: number
    root: string
    leafHash: string
    proof: string[] | null
    desc: string
    file: string
    wantErr: boolean
  }[]
  consistency: {
    size1: number
    size2: number
    root1: string
    root2: string
    proof: string[] | null
    file: string
    wantErr: boolean
  }[]
}

interface NoteVectors {
  sign: { signerKey: string; text: string; expectedNote: string }
  verifierKeyInvalid: string[]
  open: {
    name: string
    noteBase64: string
    verifierKeys: string[]
    expect: 'ok' | 'unverified-error' | 'error' | 'malformed'
    verified?: string[]
  }[]
  treeHead: { valid: { text: string; size: number; rootIsLeafHashOf: string }; invalid: string[] }
}

function vectors<T>(name: string): T {
  for (const file of corpusFiles('crypto-vectors', name)) return JSON.parse(file.text) as T
  throw new Error(`${name} is missing`)
}

const decode = (text: string): Uint8Array => Buffer.from(text, 'base64')
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('RFC 6962 trees', { skip }, () => {
  const given = skip ? undefined : vectors<MerkleVectors>('rfc6962-merkle.json')

  test('roots', () => {
    assert.equal(hex(emptyRoot), given!.emptyRootHex)
    const leaves = given!.leafInputsHex.map((leaf) => leafHash(Buffer.from(leaf, 'hex')))
    for (const [i, want] of given!.rootHashesHexBySize1to8.entries()) {
      assert.equal(hex(rootOf(appendLeaves(emptyFrontier, leaves.slice(0, i + 1)))), want)
    }
  })

  test('inclusion', async (t) => {
    for (const { leafIdx: index, treeSize: size, wantErr, file, ...rest } of given!.inclusion) {
      const [leaf, root] = [decode(rest.leafHash), decode(rest.root)]
      const proof = (rest.proof ?? []).map(decode)
      assert.equal(verifyInclusion({ index, size, leaf, root, proof }), !wantErr, file)
      assert.equal(await alone.verifyInclusion({ index, size, leaf, root, proof }), !wantErr, file)
    }
    t.diagnostic(`${given!.inclusion.length} vectors`)
  })

  test('consistency', (t) => {
    for (const { size1: oldSize, size2: size, wantErr, file, ...rest } of given!.consistency) {
      const [oldRoot, root] = [decode(rest.root1), decode(rest.root2)]
      const proof = (rest.proof ?? []).map(decode)
      // One vector has roots of 11 bytes, of which theirs asks only that they be equal; ours asks that they be hashes.
      const holds = !wantErr && root.length === 32
      assert.equal(verifyConsistency({ oldSize, oldRoot, size, root, proof }), holds, file)
    }
    t.diagnostic(`${given!.consistency.length} vectors`)
  })
})

describe('signed notes', { skip }, () => {
  const given = skip ? undefined : vectors<NoteVectors>('signed-note.json')

  test('signing', () => {
    const { signerKey, text, expectedNote } = given!.sign
    const [, , name, , ...encoded] = signerKey.split('+')
    // Ed25519's seed, behind the type.
    const signer = noteSigner(name!, 'ed25519', keyOf(Buffer.from(decode(encoded.join('+'))).subarray(1)))
    assert.equal(signNote(text, [signer], 0), expectedNote)
  })

  test('opening', async () => {
    const statuses = {
      ok: ['ok'],
      'unverified-error': ['unsigned'],
      error: ['forged', 'ambiguous'],
      malformed: ['malformed'],
    }
    for (const { name, noteBase64, verifierKeys, expect, verified } of given!.open) {
      const keys = verifierKeys.map((key) => parseNoteKey(key)!)
      const opened = openNote(decode(noteBase64), keys)
      assert.ok(statuses[expect].includes(opened.status), `${name}: ${opened.status}`)
      if (opened.status === 'ok')
        assert.deepEqual(
          opened.signatures.map(({ key }) => key.name),
          verified,
          name,
        )
      const theirs = await alone
        .openNote(new TextDecoder().decode(decode(noteBase64)), verifierKeys)
        .catch(() => undefined)
      // The stand-alone verifier asks that all of the keys that it is given have signed, once each.
      const all = expect === 'ok' && new Set(verifierKeys).size === verified?.length
      assert.equal(theirs !== undefined, all, name)
    }
  })

  test('keys', async () => {
    const valid = given!.open.flatMap(({ verifierKeys }) => verifierKeys)
    const invalid = [...given!.verifierKeyInvalid]
    for (const key of new Set(valid)) {
      assert.equal(formatNoteKey(parseNoteKey(key)!), key)
      for (let start = 0; start < key.length; start++) {
        for (let end = start + 1; end <= key.length; end++) {
          if (end - start < key.length) invalid.push(key.slice(start, end))
        }
        const next = String.fromCharCode(key.charCodeAt(start) + 1)
        invalid.push(key.slice(0, start) + next + key.slice(start + 1))
      }
    }
    for (const key of invalid) assert.equal(parseNoteKey(key), undefined, key)
    for (const key of invalid.slice(0, 400)) assert.equal(await alone.readKey(key), undefined, key)
  })

  test('tree heads', () => {
    const { valid, invalid } = given!.treeHead
    const head = parseCheckpoint(valid.text)!
    assert.equal(head.size, valid.size)
    assert.equal(hex(head.root), hex(leafHash(Buffer.from(valid.rootIsLeafHashOf))))
    const [origin] = valid.text.split('\n')
    for (const text of invalid) assert.notEqual(parseCheckpoint(text)?.origin, origin, text)
  })
})

test('Ed25519, of Wycheproof', { skip }, (t) => {
  interface Suite {
    testGroups: {
      publicKey: { pk: string }
      tests: { tcId: number; msg: string; sig: string; result: 'valid' | 'invalid' }[]
    }[]
  }
  let count = 0
  for (const { text } of corpusFiles('crypto-vectors/wycheproof', 'ed25519_test.json.gz')) {
    if (!text.includes('"EDDSA"')) continue
    for (const { publicKey, tests } of (JSON.parse(text) as Suite).testGroups) {
      const verify = verifierOf('ed25519', Buffer.from(publicKey.pk, 'hex'))!
      for (const { tcId, msg, sig, result } of tests) {
        assert.equal(verify(Buffer.from(msg, 'hex'), Buffer.from(sig, 'hex')), result === 'valid', `${tcId}`)
        count++
      }
    }
  }
  assert.ok(count > 100)
  t.diagnostic(`${count} vectors`)
})
