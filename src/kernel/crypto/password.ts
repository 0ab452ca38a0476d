import { argon2 } from 'node:crypto'
import { promisify } from 'node:util'
import { equalBytes } from './hash.ts'
import { keyOf, type SealKey } from './key.ts'
import { randomBytes } from './random.ts'

const argon2Async = promisify(argon2)

/** Argon2id costs: memory in KiB, passes over it, lanes (RFC 9106 §3.1: m, t, p). */
export interface Argon2Cost {
  memoryKiB: number
  passes: number
  lanes: number
}

/** A 32-byte key from a secret that people type: Argon2id version 1.3, RFC 9106. */
export async function argon2id(secret: string, salt: Uint8Array, cost: Argon2Cost): Promise<SealKey> {
  return keyOf(await tagOf(secret, salt, cost))
}

const tagBytes = 32
const saltBytes = 16

/**
 * What is kept of a password: a PHC string, `$argon2id$v=19$m=…,t=…,p=…$salt$hash`, base64 without padding
 * (github.com/P-H-C/phc-string-format). Argon2id version 1.3 with a salt of 16 bytes and a hash of 32.
 */
export async function hashPassword(password: string, cost: Argon2Cost): Promise<string> {
  const salt = randomBytes(saltBytes)
  return phcOf(salt, await tagOf(password, salt, cost), cost)
}

/** `salt` of 16 bytes, `hash` of 32. */
export function phcOf(salt: Uint8Array, hash: Uint8Array, { memoryKiB, passes, lanes }: Argon2Cost): string {
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${lanes}$${unpadded(salt)}$${unpadded(hash)}`
}

/** Whether a PHC string is of this password. Throws of anything that `hashPassword` has not made. */
export async function isPasswordOf(phc: string, password: string): Promise<boolean> {
  const { cost, salt, hash } = readPhc(phc)
  return equalBytes(await tagOf(password, salt, cost), hash)
}

/** At what cost a PHC string was made. */
export function costOf(phc: string): Argon2Cost {
  return readPhc(phc).cost
}

const phcForm = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]{22})\$([\w+/]{43})$/

function readPhc(phc: string) {
  const [, memoryKiB, passes, lanes, salt, hash] = phcForm.exec(phc) ?? []
  if (salt === undefined || hash === undefined) throw new Error('no PHC string of ours')
  const cost: Argon2Cost = { memoryKiB: Number(memoryKiB), passes: Number(passes), lanes: Number(lanes) }
  return { cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') }
}

function tagOf(secret: string, salt: Uint8Array, { memoryKiB, passes, lanes }: Argon2Cost): Promise<Buffer> {
  return argon2Async('argon2id', {
    // NFC, so that one passphrase typed on two keyboards is the same bytes (RFC 8265 §4.2.2).
    message: Buffer.from(secret.normalize('NFC')),
    nonce: salt,
    memory: memoryKiB,
    passes,
    parallelism: lanes,
    tagLength: tagBytes,
  })
}

const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '')
