import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { reveal, type SealKey } from './key.ts'

/**
 * Ed25519 (RFC 8032) and ML-DSA-44 (FIPS 204, pure, with an empty context). The private key of either is a seed of 32 random
 * bytes, so that one kind of key serves both.
 */
const algorithms = {
  ed25519: { seedFormat: 'raw-private', publicKeyBytes: 32, signatureBytes: 64 },
  'ml-dsa-44': { seedFormat: 'raw-seed', publicKeyBytes: 1312, signatureBytes: 2420 },
} as const

export type SignatureAlgorithm = keyof typeof algorithms

export interface Signer {
  algorithm: SignatureAlgorithm
  /** 32 bytes, or 1,312 of ML-DSA-44. */
  publicKey: Uint8Array
  /** 64 bytes, or 2,420 of ML-DSA-44, which are other bytes each time. */
  sign(message: Uint8Array): Uint8Array
}

/** The signer whose private key is the seed. It keeps a copy in memory of OpenSSL's, which `seed.zero()` does not reach. */
export function signerOf(algorithm: SignatureAlgorithm, seed: SealKey): Signer {
  const { seedFormat } = algorithms[algorithm]
  const bytes = Buffer.from(reveal(seed))
  const key = createPrivateKey({ key: bytes, format: seedFormat, asymmetricKeyType: algorithm })
  bytes.fill(0)
  return {
    algorithm,
    publicKey: createPublicKey(key).export({ format: 'raw-public' }),
    sign: (message) => sign(null, message, key),
  }
}

/** Tells whether the signature is that of the public key's owner. */
export type VerifySignature = (message: Uint8Array, signature: Uint8Array) => boolean

/** Undefined where the bytes are no public key. */
export function verifierOf(
  algorithm: SignatureAlgorithm,
  publicKey: Uint8Array,
): VerifySignature | undefined {
  const { publicKeyBytes, signatureBytes } = algorithms[algorithm]
  if (publicKey.length !== publicKeyBytes) return undefined
  let key: KeyObject
  try {
    key = createPublicKey({
      key: Buffer.from(publicKey),
      format: 'raw-public',
      asymmetricKeyType: algorithm,
    })
  } catch {
    return undefined
  }
  return (message, signature) => signature.length === signatureBytes && verify(null, message, key, signature)
}
