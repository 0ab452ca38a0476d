import type { SealKey } from '#kernel/crypto/index.ts'
import { keyFileOpener, type KeyFileRefusal } from './key-file.ts'
import { passphraseOpener, type PassphraseRefusal } from './passphrase.ts'
import { shamirOpener, type ShamirRefusal, type ShamirSecret } from './shamir.ts'

/** What a person or a machine brings to open the house. */
export type Secret =
  | { kind: 'passphrase'; passphrase: string }
  | { kind: 'key-file'; path: string }
  | ShamirSecret

export type OpenerKind = Secret['kind']
export type OpenerRefusal = KeyFileRefusal | PassphraseRefusal | ShamirRefusal

/**
 * One way to open the house: turns a secret into the key that wraps the root key.
 * `parameters` is text stored with the wrap and bound into its seal.
 */
export interface Opener<Brought extends Secret, Refused> {
  /** Makes a new opener: costs, salts, files. */
  create(secret: Brought): Promise<{ status: 'ok'; key: SealKey; parameters: string } | Refused>
  /** The key that the secret gives with these stored parameters; a wrong secret gives a wrong key. */
  key(secret: Brought, parameters: string): Promise<{ status: 'ok'; key: SealKey } | Refused>
}

type Openers = { [Kind in OpenerKind]: Opener<Extract<Secret, { kind: Kind }>, OpenerRefusal> }

const openers: Openers = {
  passphrase: passphraseOpener,
  'key-file': keyFileOpener,
  shamir: shamirOpener,
}

/** The opener for a secret of this kind. */
export function openerFor(secret: Secret): Opener<Secret, OpenerRefusal> {
  return openers[secret.kind] as Opener<Secret, OpenerRefusal>
}
