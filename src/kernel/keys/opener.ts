import { awsKmsOpener } from './aws-kms/opener.ts'
import type { AwsKmsSecret } from './aws-kms/place.ts'
import type { DeviceRefusal } from './device.ts'
import { keyFileOpener, type KeyFileRefusal } from './key-file.ts'
import { kmipOpener } from './kmip/opener.ts'
import type { KmipSecret } from './kmip/place.ts'
import type { Opener } from './opening.ts'
import { passphraseOpener, type PassphraseRefusal } from './passphrase.ts'
import { pkcs11Opener } from './pkcs11/opener.ts'
import type { Pkcs11Secret } from './pkcs11/place.ts'
import type { OpenerSecrets } from './sealed-opener.ts'
import { shamirOpener, type ShamirRefusal, type ShamirSecret } from './shares/index.ts'

/** What a person or a machine brings to open the house. */
export type Secret = OpenerSecret | KitSecret

/** What gives an opener's key. */
export type OpenerSecret =
  | { kind: 'passphrase'; passphrase: string }
  | { kind: 'key-file'; path: string }
  | ShamirSecret
  | Pkcs11Secret
  | KmipSecret
  | AwsKmsSecret

/** What a recovery kit has on paper: the opener's secrets themselves, with no key over them. */
export type KitSecret = { kind: 'recovery-kit'; house: string; id: string; secrets: OpenerSecrets }

export type OpenerKind = Secret['kind']
export type OpenerRefusal =
  | KeyFileRefusal
  | PassphraseRefusal
  | ShamirRefusal
  | DeviceRefusal
  /** What the database holds of an opener is damaged, or was put there by somebody else. */
  | { status: 'opener-unreadable'; kind: OpenerKind }

type Openers = {
  [Kind in OpenerSecret['kind']]: Opener<Extract<OpenerSecret, { kind: Kind }>, OpenerRefusal>
}

/** Every kind that gives a key. A new kind is a member of `OpenerSecret`, one of `OpenerRefusal`, and a row here. */
const openers: Openers = {
  passphrase: passphraseOpener,
  'key-file': keyFileOpener,
  shamir: shamirOpener,
  pkcs11: pkcs11Opener,
  kmip: kmipOpener,
  'aws-kms': awsKmsOpener,
}

/** The opener for a secret of this kind. */
export function openerFor(secret: OpenerSecret): Opener<OpenerSecret, OpenerRefusal> {
  return openers[secret.kind] as Opener<OpenerSecret, OpenerRefusal>
}
