/** Published vectors for every primitive that kernel/crypto uses, through our own functions. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { equalBytes, hkdfExpand, hkdfExtract, hmac } from '#kernel/crypto/index.ts'
import { algorithms, decrypt, encrypt, SealBroken } from '../../src/kernel/crypto/seal.ts'

const folder = new URL('../../../shared/data/crypto-vectors/', import.meta.url)
const skip = existsSync(folder) ? false : '../shared/data/crypto-vectors is not here'

interface Suite {
  numberOfTests: number
  testGroups: { keySize: number; ivSize: number; tagSize: number; tests: Vector[] }[]
}

interface Vector {
  tcId: number
  result: 'valid' | 'invalid' | 'acceptable'
  key: string
  iv: string
  aad: string
  msg: string
  ct: string
  tag: string
  ikm: string
  salt: string
  info: string
  size: number
  okm: string
}

function suite(name: string): Suite {
  return JSON.parse(gunzipSync(readFileSync(new URL(`wycheproof/${name}.json.gz`, folder))).toString())
}

const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex')

test('AES-256-GCM, as the seal calls it: 96-bit nonce, 128-bit tag, no AAD', { skip }, (t) => {
  const { numberOfTests, testGroups } = suite('aes_gcm_test')
  const groups = testGroups.filter(
    (each) => each.keySize === 256 && each.ivSize === 96 && each.tagSize === 128,
  )
  const vectors = groups.flatMap(({ tests }) => tests).filter(({ aad }) => aad === '')
  for (const { tcId, result, key, iv, msg, ct, tag } of vectors) {
    const sealed = bytes(ct + tag)
    const { cipher } = algorithms[1]
    if (result === 'valid') {
      assert.deepEqual(
        Buffer.from(decrypt(cipher, bytes(key), bytes(iv), sealed)),
        bytes(msg),
        `opens ${tcId}`,
      )
      const out = new Uint8Array(sealed.length)
      assert.equal(encrypt(cipher, bytes(key), bytes(iv), bytes(msg), out, 0), out.length)
      assert.deepEqual(Buffer.from(out), sealed, `seals ${tcId}`)
    } else {
      assert.throws(() => decrypt(cipher, bytes(key), bytes(iv), sealed), SealBroken, `refuses ${tcId}`)
    }
  }
  count(t, vectors, `of ${numberOfTests}; the rest have other key, nonce or tag sizes, or AAD`)
})

for (const algorithm of ['sha256', 'sha512'] as const) {
  test(`HKDF-${algorithm}: extract and expand`, { skip }, (t) => {
    const { numberOfTests, testGroups } = suite(`hkdf_${algorithm}_test`)
    const vectors = testGroups.flatMap(({ tests }) => tests)
    for (const { tcId, result, ikm, salt, info, size, okm } of vectors) {
      const prk = hkdfExtract(algorithm, bytes(salt), bytes(ikm))
      if (result === 'invalid') {
        assert.throws(() => hkdfExpand(algorithm, prk, bytes(info), size), RangeError, `refuses ${tcId}`)
      } else {
        assert.deepEqual(Buffer.from(hkdfExpand(algorithm, prk, bytes(info), size)), bytes(okm), `${tcId}`)
      }
    }
    count(t, vectors, `of ${numberOfTests}`)
  })
}

test('HMAC-SHA-256', { skip }, (t) => {
  const { numberOfTests, testGroups } = suite('hmac_sha256_test')
  const vectors = testGroups.flatMap(({ tagSize, tests }) => tests.map((each) => ({ ...each, tagSize })))
  for (const { tcId, result, key, msg, tag, tagSize } of vectors) {
    const got = hmac('sha256', bytes(key), bytes(msg)).subarray(0, tagSize / 8)
    assert.equal(equalBytes(got, bytes(tag)), result === 'valid', `${tcId}`)
  }
  count(t, vectors, `of ${numberOfTests}`)
})

test('HKDF-SHA256: RFC 5869, appendix A', { skip }, (t) => {
  const text = readFileSync(new URL('rfc-5869-HKDF-SHA256.txt', folder), 'utf8')
  const cases = text.split(/^COUNT = /m).slice(1)
  for (const each of cases) {
    const field = (name: string): string => new RegExp(`^${name} *= *(\\w*)`, 'm').exec(each)?.[1] ?? ''
    const prk = hkdfExtract('sha256', bytes(field('salt')), bytes(field('IKM')))
    assert.deepEqual(Buffer.from(prk), bytes(field('PRK')))
    assert.deepEqual(
      Buffer.from(hkdfExpand('sha256', prk, bytes(field('info')), Number(field('L')))),
      bytes(field('OKM')),
    )
  }
  assert.equal(cases.length, 3)
  t.diagnostic('3 cases')
})

test('HMAC-SHA-512: RFC 4231, test cases 1, 2, 3 and 6', (t) => {
  const cases = [
    [
      '0b'.repeat(20),
      '4869205468657265',
      '87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854',
    ],
    [
      '4a656665',
      '7768617420646f2079612077616e7420666f72206e6f7468696e673f',
      '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
    ],
    [
      'aa'.repeat(20),
      'dd'.repeat(50),
      'fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb',
    ],
    [
      'aa'.repeat(131),
      Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First').toString('hex'),
      '80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598',
    ],
  ] as const
  for (const [key, message, mac] of cases) {
    assert.equal(Buffer.from(hmac('sha512', bytes(key), bytes(message))).toString('hex'), mac)
  }
  t.diagnostic(`${cases.length} cases`)
})

/** Says how many were tried: a suite that is empty proves nothing. */
function count(t: TestContext, vectors: { result: string }[], of: string): void {
  const valid = vectors.filter(({ result }) => result !== 'invalid').length
  assert.ok(valid > 10 && vectors.length - valid > 0, 'valid and invalid vectors both')
  t.diagnostic(`${valid} valid, ${vectors.length - valid} invalid, ${of}`)
}
