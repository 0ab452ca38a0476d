import { keyBytes, keyOf, reveal, type SealKey } from './key.ts'

/**
 * age's post-quantum hybrid recipient (mlkem768x25519, https://c2sp.org/age), by `age-encryption`. An identity is 32
 * random bytes, here always in a `SealKey`. The texts that the library needs of it are left to the collector.
 */

/** Reading the library takes 150 ms, so it is read when it is first needed, or when somebody foresees that. */
export function readAge(): Promise<typeof import('age-encryption')> {
  return (library ??= import('age-encryption'))
}
let library: Promise<typeof import('age-encryption')> | undefined

/** The recipient of an identity, `age1pq1…`, 1,959 characters. */
export async function ageRecipient(identity: SealKey): Promise<string> {
  const { identityToRecipient } = await readAge()
  return identityToRecipient(await ageIdentity(identity))
}

/** An age file that holds the key, for the recipient: 1,691 bytes. Throws where `recipient` is none. */
export async function encryptKeyTo(recipient: string, key: SealKey): Promise<Uint8Array> {
  const { Encrypter } = await readAge()
  const encrypter = new Encrypter()
  encrypter.addRecipient(recipient)
  return await encrypter.encrypt(reveal(key))
}

/** The key in an age file; undefined where the file is not for this identity, or is no file with a key. */
export async function decryptKeyWith(identity: SealKey, file: Uint8Array): Promise<SealKey | undefined> {
  const { Decrypter } = await readAge()
  const decrypter = new Decrypter()
  decrypter.addIdentity(await ageIdentity(identity))
  let bytes: Uint8Array
  try {
    bytes = await decrypter.decrypt(file)
  } catch {
    return undefined
  }
  return bytes.length === keyBytes ? keyOf(bytes) : undefined
}

/** `AGE-SECRET-KEY-PQ-1…`, as the programs of age write an identity. */
export async function ageIdentity(identity: SealKey): Promise<string> {
  const { bech32 } = await import('@scure/base')
  return bech32.encodeFromBytes('AGE-SECRET-KEY-PQ-', reveal(identity)).toUpperCase()
}
