import { argon2 } from 'node:crypto'
import { promisify } from 'node:util'
import { keyOf, type SealKey } from './key.ts'

const argon2Async = promisify(argon2)

/** Argon2id costs: memory in KiB, passes over it, lanes (RFC 9106 §3.1: m, t, p). */
export interface Argon2Cost {
  memoryKiB: number
  passes: number
  lanes: number
}

/** A 32-byte key from a secret that people type: Argon2id version 1.3, RFC 9106. */
export async function argon2id(secret: string, salt: Uint8Array, cost: Argon2Cost): Promise<SealKey> {
  const tag = await argon2Async('argon2id', {
    // NFC, so that one passphrase typed on two keyboards is the same bytes (RFC 8265 §4.2.2).
    message: Buffer.from(secret.normalize('NFC')),
    nonce: salt,
    memory: cost.memoryKiB,
    passes: cost.passes,
    parallelism: cost.lanes,
    tagLength: 32,
  })
  return keyOf(tag)
}
