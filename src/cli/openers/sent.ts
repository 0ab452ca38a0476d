import { join } from 'node:path'
import { keyOf } from '#kernel/crypto/index.ts'
import {
  readKit,
  readShare,
  zeroKit,
  zeroShare,
  type CodeFault,
  type DeviceKind,
  type Kit,
  type KitSecret,
  type Secret,
  type Share,
} from '#kernel/keys/index.ts'
import { homeFiles, type Home } from '../home/home.ts'
import { isDeviceKind, type Places } from '../home/places.ts'
import { keyFileOf } from '../house/opener.ts'

/**
 * A secret as a command hands it to the server: over the control socket, and nowhere else. What a server finds by
 * itself, such as its key file, is named by its kind alone.
 */
export type SecretSent =
  | { kind: 'passphrase'; passphrase: string }
  | { kind: 'key-file' }
  /** As many shares as open the vault; of a new deal, all of them. */
  | { kind: 'shamir'; shares: string[] }
  | { kind: 'recovery-kit'; code: string }
  /** `pin` as it was typed, where the device wants one. */
  | { kind: DeviceKind; pin?: string }

export type SecretRead =
  | { status: 'ok'; secret: Secret }
  | CodeFault
  /** home.json does not say where the device is. */
  | { status: 'place-unknown'; kind: DeviceKind }

/** Reads what was sent. The caller zeroes it (`zeroSecret`) when it was used. */
export function secretOf(sent: SecretSent, { path, record }: Home): SecretRead {
  switch (sent.kind) {
    case 'passphrase':
      return ok({ kind: 'passphrase', passphrase: sent.passphrase })
    case 'key-file':
      return ok(keyFileOf(path))
    case 'shamir':
      return sharesOf(sent.shares)
    case 'recovery-kit': {
      const read = readKit(sent.code)
      return read.status === 'ok' ? ok(kitSecretOf(read.kit)) : read
    }
    default: {
      const typed = { attended: true, ...(sent.pin === undefined ? {} : { pin: sent.pin }) }
      const secret = deviceSecret(sent.kind, path, record.places ?? {}, typed)
      return secret ? ok(secret) : { status: 'place-unknown', kind: sent.kind }
    }
  }
}

/** What a start tries by itself, with nobody there; undefined where somebody has to bring something. */
export function unattendedSecret({ path, record }: Home): Secret | undefined {
  const { opener, places = {} } = record
  if (opener === 'key-file') return keyFileOf(path)
  return isDeviceKind(opener) ? deviceSecret(opener, path, places, {}) : undefined
}

function deviceSecret(
  kind: DeviceKind,
  home: string,
  places: Places,
  typed: { pin?: string; attended?: boolean },
): Secret | undefined {
  switch (kind) {
    case 'pkcs11': {
      const refusedFile = join(home, homeFiles.pinRefused)
      return places.pkcs11 && { kind, place: places.pkcs11, refusedFile, ...typed }
    }
    case 'kmip':
      return places.kmip && { kind, place: places.kmip, now: Date.now }
    case 'aws-kms':
      return places['aws-kms'] && { kind, place: places['aws-kms'] }
  }
}

function sharesOf(texts: readonly string[]): SecretRead {
  const shares: Share[] = []
  for (const text of texts) {
    const read = readShare(text)
    if (read.status !== 'ok') return read
    shares.push(read.share)
  }
  return ok({ kind: 'shamir', shares })
}

/** What a kit opens with; the kit is zeroed. */
export function kitSecretOf(kit: Kit): KitSecret {
  const { house, id } = kit
  const secrets = { seed: keyOf(kit.seed), bond: keyOf(kit.bond) }
  zeroKit(kit)
  return { kind: 'recovery-kit', house, id, secrets }
}

export function zeroSecret(secret: Secret): void {
  if (secret.kind === 'shamir') for (const share of secret.shares) zeroShare(share)
  if (secret.kind === 'recovery-kit') for (const key of Object.values(secret.secrets)) key.zero()
}

/** What came over the socket, looked at. Throws where it is no secret; what it holds is not repeated. */
export function sentOf(value: unknown): SecretSent {
  const { kind, passphrase, shares, code, pin } = (value ?? {}) as Partial<Record<string, unknown>>
  if (kind === 'passphrase' && typeof passphrase === 'string') return { kind, passphrase }
  if (kind === 'key-file') return { kind }
  if (kind === 'recovery-kit' && typeof code === 'string') return { kind, code }
  if (kind === 'shamir' && Array.isArray(shares) && shares.every((each) => typeof each === 'string')) {
    return { kind, shares }
  }
  if (typeof kind === 'string' && isDeviceKind(kind)) {
    return { kind, ...(typeof pin === 'string' ? { pin } : {}) }
  }
  throw new Error('that is no secret of a kind that is known')
}

const ok = (secret: Secret): SecretRead => ({ status: 'ok', secret })
