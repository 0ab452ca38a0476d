import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js'
import { sha256 } from './hash.ts'
import { keyOf, randomKey, reveal } from './key.ts'
import { signerOf, verifierOf } from './sign.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('ml-dsa-44 agrees with a second implementation, both ways', () => {
  for (let i = 0; i < 8; i++) {
    const seed = randomKey()
    const message = sha256(`message ${i}`).subarray(0, i * 4)
    const signer = signerOf('ml-dsa-44', seed)
    const { publicKey, secretKey } = ml_dsa44.keygen(reveal(seed))
    assert.equal(hex(publicKey), hex(signer.publicKey))
    const verify = verifierOf('ml-dsa-44', publicKey)!
    assert.ok(ml_dsa44.verify(signer.sign(message), message, publicKey), 'the other believes ours')
    assert.ok(verify(message, ml_dsa44.sign(message, secretKey)), 'we believe the other')
    // FIPS 204 §5.2: under another context it is another signature.
    assert.ok(!verify(message, ml_dsa44.sign(message, secretKey, { context: Buffer.from('ledger') })))
  }
})

test('ed25519 gives what RFC 8032 §7.1 does', () => {
  const vectors = [
    {
      seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      message: '',
      signature:
        'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    },
    {
      seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      message: '72',
      signature:
        '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    },
  ]
  for (const { seed, publicKey, message, signature } of vectors) {
    const signer = signerOf('ed25519', keyOf(Buffer.from(seed, 'hex')))
    assert.equal(hex(signer.publicKey), publicKey)
    assert.equal(hex(signer.sign(Buffer.from(message, 'hex'))), signature)
  }
})

for (const algorithm of ['ed25519', 'ml-dsa-44'] as const) {
  test(`${algorithm}: anything changed, and the signature does not verify`, () => {
    const signer = signerOf(algorithm, keyOf(sha256('seed')))
    const message = Buffer.from('sigilo')
    const signature = signer.sign(message)
    const verify = verifierOf(algorithm, signer.publicKey)!
    assert.ok(verify(message, signature))
    assert.ok(!verify(Buffer.from('Sigilo'), signature))
    assert.ok(!verify(message, signature.subarray(1)))
    assert.ok(!verify(message, Buffer.concat([signature, Buffer.from([0])])))
    assert.ok(!verify(message, new Uint8Array(0)))
    for (let at = 0; at < signature.length; at += 37) {
      const changed = Buffer.from(signature)
      changed[at]! ^= 1
      assert.ok(!verify(message, changed), `byte ${at}`)
    }
    const stranger = verifierOf(algorithm, signerOf(algorithm, randomKey()).publicKey)!
    assert.ok(!stranger(message, signature))
    assert.equal(verifierOf(algorithm, signer.publicKey.subarray(1)), undefined)
  })
}
