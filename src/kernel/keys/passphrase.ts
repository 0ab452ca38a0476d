import { argon2id, randomBytes, type Argon2Cost } from '#kernel/crypto/index.ts'
import type { Opener } from './opening.ts'

export type PassphraseRefusal =
  | { status: 'passphrase-too-short'; charactersMin: number }
  | { status: 'opener-unreadable'; kind: 'passphrase' }

/** Shortest passphrase for a new opener: it guards everything, against guessing without end off-line. */
export const passphraseCharactersMin = 12

/**
 * What a new opener costs to try: twice the memory of RFC 9106 §4's second recommended option
 * (64 MiB, 3 passes, 4 lanes), 0.6 s on two busy cores.
 */
export const argon2Cost: Argon2Cost = { memoryKiB: 128 * 1024, passes: 3, lanes: 4 }

/** Bounds for stored costs: who can write the table must not make an unsealing take all memory, or nothing. */
const costBounds = {
  memoryKiB: [64 * 1024, 4 * 1024 * 1024],
  passes: [1, 32],
  lanes: [1, 16],
} as const

const saltBytes = 16

export const passphraseOpener: Opener<{ kind: 'passphrase'; passphrase: string }, PassphraseRefusal> = {
  async create({ passphrase }) {
    if ([...passphrase.normalize('NFC')].length < passphraseCharactersMin) {
      return { status: 'passphrase-too-short', charactersMin: passphraseCharactersMin }
    }
    const salt = randomBytes(saltBytes)
    const key = await argon2id(passphrase, salt, argon2Cost)
    const parameters = JSON.stringify({
      kdf: 'argon2id',
      ...argon2Cost,
      salt: Buffer.from(salt).toString('base64url'),
    })
    return { status: 'ok', key, parameters }
  },

  async key({ passphrase }, parameters) {
    const stored = parse(parameters)
    if (!stored) return { status: 'opener-unreadable', kind: 'passphrase' }
    return { status: 'ok', key: await argon2id(passphrase, stored.salt, stored.cost) }
  },
}

function parse(parameters: string): { salt: Uint8Array; cost: Argon2Cost } | undefined {
  let stored: { [name: string]: unknown }
  try {
    stored = JSON.parse(parameters)
  } catch {
    return undefined
  }
  const { kdf, memoryKiB, passes, lanes, salt } = stored ?? {}
  if (kdf !== 'argon2id' || typeof salt !== 'string') return undefined
  if (!within(memoryKiB, costBounds.memoryKiB)) return undefined
  if (!within(passes, costBounds.passes) || !within(lanes, costBounds.lanes)) return undefined
  const bytes = Buffer.from(salt, 'base64url')
  return bytes.length === saltBytes ? { salt: bytes, cost: { memoryKiB, passes, lanes } } : undefined
}

function within(value: unknown, [min, max]: readonly [number, number]): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max
}
