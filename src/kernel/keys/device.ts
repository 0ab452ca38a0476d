import {
  contextOf,
  equalBytes,
  keyBytes,
  keyedHash,
  randomBytes,
  type SealKey,
} from '#kernel/crypto/index.ts'
import type { ClosedFileFault } from './closed-file.ts'

/** Openers whose key stays in a device: it opens the 32 bytes stored beside its key's id, and never shows that key. */
export type DeviceKind = 'pkcs11' | 'kmip' | 'aws-kms'

/** Why a device did not open the vault. Each has its own sentence and cure (`src/cli/house/device-texts.ts`). */
export type DeviceFault =
  /** pkcs11js is not installed: it is optional, and compiles where it is installed. */
  | { fault: 'software-absent' }
  | { fault: 'module-absent'; path: string }
  | { fault: 'module-unloadable'; path: string; reason: string }
  | { fault: 'token-absent'; token: string; found: string[] }
  | { fault: 'token-ambiguous'; token: string; serials: string[] }
  | { fault: 'mechanism-absent'; token: string }
  /** Nobody typed a PIN, and home.json names no file that holds it. */
  | { fault: 'pin-absent' }
  /** `left`: tries before the token locks, as far as the token tells. */
  | { fault: 'pin-wrong'; left: 'unknown' | 'few' | 'one' }
  | { fault: 'pin-locked' }
  /** The token has one try left, and that is not for a program to spend. */
  | { fault: 'pin-last-try' }
  /** This very file held a wrong PIN before: trying it again would spend another try. */
  | { fault: 'pin-refused-before'; path: string }
  | { fault: 'file-refused'; path: string; reason: ClosedFileFault | 'not-understood' }
  | { fault: 'key-absent'; key: string }
  /** It is there, and disabled or to be deleted. */
  | { fault: 'key-unusable'; key: string; reason: string }
  /** The device made the key so that it can be taken out; it was destroyed again. */
  | { fault: 'key-extractable' }
  | { fault: 'unreachable'; where: string; seconds: number; reason: string }
  | { fault: 'certificate-expired'; whose: 'ours' | 'theirs'; where: string }
  | { fault: 'certificate-untrusted'; where: string; reason: string }
  /** The server does not accept ours. */
  | { fault: 'certificate-refused'; where: string }
  | { fault: 'access-denied'; where: string; reason: string }
  | { fault: 'blob-altered' }
  /** What the database holds was made for another house than home.json's. */
  | { fault: 'other-house' }
  /** Something else; `reason` is the device's own word for it. */
  | { fault: 'failed'; where: string; reason: string }

/** `wrong` counts in a row those that mean "not with this secret". */
export type DeviceRefusal = { status: 'device-refused'; kind: DeviceKind; wrong?: number } & DeviceFault

/** Faults that say "not with this secret": counted, and slower each time. */
const wrongSecrets: readonly DeviceFault['fault'][] = [
  'pin-wrong',
  'access-denied',
  'certificate-refused',
  'blob-altered',
]
/** Faults that may pass by themselves, and whose retry costs nothing. */
const passing: readonly DeviceFault['fault'][] = ['unreachable', 'token-absent']

export const isWrongSecret = ({ fault }: DeviceFault): boolean => wrongSecrets.includes(fault)
export const isPassing = ({ fault }: DeviceFault): boolean => passing.includes(fault)

/** What `parameters` of a device's opener hold: nothing that says where the device is. */
export interface DeviceParameters {
  /** The device's own id of its key. */
  key: string
  /** As home.json has it: the device's AES-GCM binds it, so that a row does not open in another house. */
  house: string
  /** The 32 bytes as the device sealed them. */
  blob: Uint8Array
  /** Where the device does not keep it in the blob. */
  nonce?: Uint8Array
}

export function writeParameters({ key, house, blob, nonce }: DeviceParameters): string {
  const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
  return JSON.stringify({ key, house, ...(nonce ? { nonce: base64url(nonce) } : {}), blob: base64url(blob) })
}

/** Of AES-GCM, where we choose the nonce. */
export const deviceNonceBytes = 12
/** A blob is 48 bytes of AES-GCM, or what a KMS makes of 32 bytes: AWS's has some 150. */
const blobBytesMax = 6144
const keyCharactersMax = 2048

/** Undefined where the row holds something else: whoever can write the table may have put anything there. */
export function readParameters(text: string): DeviceParameters | undefined {
  let stored: { [name: string]: unknown }
  try {
    stored = JSON.parse(text)
  } catch {
    return undefined
  }
  const { key, house, nonce, blob } = stored ?? {}
  if (typeof key !== 'string' || key === '' || key.length > keyCharactersMax) return undefined
  if (!key.isWellFormed()) return undefined
  if (typeof house !== 'string' || typeof blob !== 'string') return undefined
  if (nonce !== undefined && typeof nonce !== 'string') return undefined
  const bytes = Buffer.from(blob, 'base64url')
  if (bytes.length <= keyBytes || bytes.length > blobBytesMax) return undefined
  const own = nonce === undefined ? {} : { nonce: Buffer.from(nonce, 'base64url') }
  if (own.nonce && own.nonce.length !== deviceNonceBytes) return undefined
  return { key, house, blob: bytes, ...own }
}

/** What a device that takes additional data binds the blob to: the kind, the house, and its own key. */
export function placeOfBlob(kind: DeviceKind, house: string, key: string): Uint8Array {
  return contextOf('device key', kind, house, key)
}

/** The 32 bytes that only the device can open again; `keyOf` takes them over. */
export function newDeviceKey(): Uint8Array {
  return randomBytes(keyBytes)
}

type Made = { status: 'ok'; key: SealKey; parameters: string }

/**
 * A new opener once it has opened: a device that seals and does not open again (a right that is missing, a nonce that it
 * replaced by its own) is found before anything depends on it.
 */
export async function proven<Refused extends { status: string }>(
  kind: DeviceKind,
  made: Made | Refused,
  open: (parameters: string) => Promise<{ status: 'ok'; key: SealKey } | Refused>,
): Promise<Made | Refused | DeviceRefusal> {
  if (!isMade(made)) return made
  const opened = await open(made.parameters)
  if (!('key' in opened)) {
    made.key.zero()
    return opened
  }
  const isSame = equalBytes(keyedHash(made.key, 'proof'), keyedHash(opened.key, 'proof'))
  opened.key.zero()
  if (isSame) return made
  made.key.zero()
  return { status: 'device-refused', kind, fault: 'blob-altered' }
}

const isMade = <Refused>(made: Made | Refused): made is Made =>
  typeof made === 'object' && made !== null && 'parameters' in made

/** Of a device that is asked over a network or by a library that may hang, unless home.json says otherwise. */
export const timeoutSecondsDefault = 15
export const timeoutSecondsMax = 120
