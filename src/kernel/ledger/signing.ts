/** The keys that sign checkpoints: random, in the keyring, and never at rest in the clear. */
import { deriveKey, type SealKey } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { formatCheckpoint } from './checkpoint.ts'
import { signNote } from './note.ts'
import { formatNoteKey, noteSigner, parseNoteKey, type NoteKey, type NoteSigner } from './note-keys.ts'
import { insertSigner, selectSigners } from './queries.ts'

/** Both sign every checkpoint: one that everybody can verify today, and one that a quantum computer does not forge. */
const kinds = ['ed25519', 'ml-dsa-44'] as const

export interface Signers {
  origin: string
  /** Those of now, which sign. */
  current: readonly NoteSigner[]
  /** Theirs and those of keys that were retired. */
  keys: readonly NoteKey[]
}

/** A row of the public keys is not what its secret part gives, or that one is gone. */
export class SignersAltered extends Error {
  override name = 'SignersAltered'
}

/** C2SP tlog-checkpoint, "origin". */
export const originOf = (keys: Keys): string => `sigilo/${keys.name}`

/** Undefined where none were made yet. @throws {SignersAltered} */
export async function readSigners(sql: Sql, keys: Keys): Promise<Signers | undefined> {
  const origin = originOf(keys)
  const all: NoteKey[] = []
  let current: NoteSigner[] | undefined
  for (const { id, public_keys, retired_at } of await selectSigners(sql)) {
    const secret = await keys.keyringKey(id, 'ledger')
    if (!secret) throw new SignersAltered(`the keyring has no key for the signer ${id}`)
    const pair = signersOf(origin, secret)
    if (publicText(pair) !== public_keys) throw new SignersAltered(`the public keys of ${id} are not its own`)
    all.push(...pair.map(({ key }) => key))
    if (!retired_at) current = pair
  }
  return current && { origin, current, keys: all }
}

/** As their rows tell them, while the vault is sealed: whether they are its own, only its keys say. */
export async function toldSigners(sql: Sql): Promise<Signers | undefined> {
  const keys = (await selectSigners(sql)).flatMap(({ id, public_keys }) => {
    const pair = public_keys.split('\n').map((text) => {
      const key = parseNoteKey(text)
      if (!key) throw new SignersAltered('a public key is none')
      return key
    })
    // With one of them gone, its signature would not be asked for.
    if (pair.map(({ kind }) => kind).join() !== kinds.join())
      throw new SignersAltered(`the public keys of ${id} are not of both kinds`)
    return pair
  })
  const [first] = keys
  return first && { origin: first.name, current: [], keys }
}

/** Makes the first ones, for who holds the lease. */
export async function makeSigners(sql: Sql, keys: Keys, epoch: number): Promise<Signers | undefined> {
  const { id, key } = await keys.makeKeyringKey('ledger')
  await insertSigner(sql, epoch, id, publicText(signersOf(originOf(keys), key)))
  return readSigners(sql, keys)
}

export function signCheckpoint(
  { origin, current }: Signers,
  { size, root }: { size: number; root: Uint8Array },
  nowMs: number,
): string {
  return signNote(formatCheckpoint({ origin, size, root }), current, Math.floor(nowMs / 1000))
}

function signersOf(origin: string, secret: SealKey): NoteSigner[] {
  return kinds.map((kind) => {
    const seed = deriveKey(secret, kind)
    try {
      return noteSigner(origin, kind, seed)
    } finally {
      seed.zero()
    }
  })
}

const publicText = (pair: readonly NoteSigner[]): string =>
  pair.map(({ key }) => formatNoteKey(key)).join('\n')
