import { sha256, signerOf, verifierOf, type SealKey } from '#kernel/crypto/index.ts'
import { fromBase64, toBase64 } from './base64.ts'
import { parseCheckpoint } from './checkpoint.ts'

/*
 * The kinds of signature that a note of ours can carry. A log signs its checkpoints by `ed25519` and by `ml-dsa-44` (C2SP
 * tlog-checkpoint: a log signs as a cosigner does); a witness by either cosignature.
 */

const kinds = {
  /** C2SP signed-note: the text itself. */
  ed25519: { type: 0x01, algorithm: 'ed25519', stamped: false, message: ({ text }) => Buffer.from(text) },
  /** C2SP tlog-cosignature, "Ed25519 signed message". */
  'ed25519-cosignature': {
    type: 0x04,
    algorithm: 'ed25519',
    stamped: true,
    message: ({ text, timeSeconds }) => Buffer.from(`cosignature/v1\ntime ${timeSeconds}\n${text}`),
  },
  /** C2SP tlog-cosignature, "ML-DSA-44 signed message": what the checkpoint says, not its text. */
  'ml-dsa-44': { type: 0x06, algorithm: 'ml-dsa-44', stamped: true, message: subtreeMessage },
} as const satisfies Record<string, Kind>

interface Kind {
  /** The byte that C2SP signed-note gives it. */
  type: number
  algorithm: 'ed25519' | 'ml-dsa-44'
  /** Whether the time stands before the signature, in 8 bytes. */
  stamped: boolean
  /** Undefined where such a text cannot be signed so. */
  message(o: { name: string; text: string; timeSeconds: number }): Uint8Array | undefined
}

export type SignatureKind = keyof typeof kinds

/** A public key whose signatures on notes one believes. */
export interface NoteKey {
  name: string
  /** The first four bytes of SHA-256(name ‖ newline ‖ type ‖ public key). */
  id: number
  kind: SignatureKind
  publicKey: Uint8Array
  verify(text: string, signature: Uint8Array): { holds: false } | { holds: true; timeSeconds?: number }
}

export interface NoteSigner {
  key: NoteKey
  /** What follows the key id. Throws for a text that cannot be signed so. */
  sign(text: string, nowSeconds: number): Uint8Array
}

const timeBytes = 8

/** Undefined where the name or the public key can be none. */
export function noteKey(name: string, kind: SignatureKind, publicKey: Uint8Array): NoteKey | undefined {
  const { type, algorithm, stamped, message } = kinds[kind]
  const verify = verifierOf(algorithm, publicKey)
  if (!verify || !isKeyName(name)) return undefined
  const hashed = sha256(Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([type]), publicKey]))
  return {
    name,
    id: Buffer.from(hashed).readUInt32BE(),
    kind,
    publicKey,
    verify(text, signature) {
      const timeSeconds = stamped ? readTime(signature) : 0
      if (timeSeconds === undefined) return { holds: false }
      const signed = message({ name, text, timeSeconds })
      if (!signed || !verify(signed, stamped ? signature.subarray(timeBytes) : signature)) {
        return { holds: false }
      }
      return stamped ? { holds: true, timeSeconds } : { holds: true }
    },
  }
}

/** The signer whose private key is the seed. Throws where the name can be none. */
export function noteSigner(name: string, kind: SignatureKind, seed: SealKey): NoteSigner {
  const { algorithm, stamped, message } = kinds[kind]
  const signer = signerOf(algorithm, seed)
  const key = noteKey(name, kind, signer.publicKey)
  if (!key) throw new RangeError(`no key can be named '${name}'`)
  return {
    key,
    sign(text, nowSeconds) {
      const signed = message({ name, text, timeSeconds: nowSeconds })
      if (!signed) throw new RangeError('this key signs checkpoints only')
      const signature = signer.sign(signed)
      if (!stamped) return signature
      const time = Buffer.alloc(timeBytes)
      time.writeBigUInt64BE(BigInt(nowSeconds))
      return Buffer.concat([time, signature])
    },
  }
}

/** C2SP signed-note, "Verifier keys": `name+id+base64(type ‖ public key)`. */
export function formatNoteKey({ name, id, kind, publicKey }: NoteKey): string {
  const encoded = toBase64(Buffer.concat([Buffer.from([kinds[kind].type]), publicKey]))
  return `${name}+${id.toString(16).padStart(8, '0')}+${encoded}`
}

/** Undefined for any text that `formatNoteKey` does not give. */
export function parseNoteKey(text: string): NoteKey | undefined {
  const [, name, encoded] = /^([^+]+)\+[0-9a-f]{8}\+(.+)$/.exec(text) ?? []
  const bytes = encoded === undefined ? undefined : fromBase64(encoded)
  const kind = (Object.keys(kinds) as SignatureKind[]).find((one) => kinds[one].type === bytes?.[0])
  if (name === undefined || !bytes || !kind) return undefined
  const key = noteKey(name, kind, bytes.subarray(1))
  return key && formatNoteKey(key) === text ? key : undefined
}

/** C2SP signed-note, "Format": not empty, and no spaces or plus signs. */
export function isKeyName(name: string): boolean {
  return name.length > 0 && !/[\p{White_Space}\p{Cc}+]/u.test(name)
}

/** `cosigned_message` for the tree from its first leaf on. */
function subtreeMessage(o: { name: string; text: string; timeSeconds: number }): Uint8Array | undefined {
  const checkpoint = parseCheckpoint(o.text)
  const name = Buffer.from(o.name)
  const origin = Buffer.from(checkpoint?.origin ?? '')
  if (!checkpoint || name.length > 255 || origin.length > 255) return undefined
  return Buffer.concat([
    Buffer.from('subtree/v1\n\0'),
    Buffer.from([name.length]),
    name,
    uint64(o.timeSeconds),
    Buffer.from([origin.length]),
    origin,
    uint64(0),
    uint64(checkpoint.size),
    checkpoint.root,
  ])
}

function uint64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

/** Undefined where the signature is too short, or of a time that no clock shows. */
function readTime(signature: Uint8Array): number | undefined {
  if (signature.length < timeBytes) return undefined
  const time = Number(Buffer.from(signature.subarray(0, timeBytes)).readBigUInt64BE())
  return Number.isSafeInteger(time) ? time : undefined
}
