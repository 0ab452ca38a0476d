import { keyOf } from '#kernel/crypto/index.ts'
import {
  readKit,
  readShare,
  zeroKit,
  zeroShare,
  type CodeFault,
  type Kit,
  type KitSecret,
  type OpenerSecret,
  type Secret,
  type Share,
} from '#kernel/keys/index.ts'
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

/** Reads what was sent. The caller zeroes it (`zeroSecret`) when it was used. */
export function secretOf(sent: SecretSent, home: string): { status: 'ok'; secret: Secret } | CodeFault {
  switch (sent.kind) {
    case 'passphrase':
      return { status: 'ok', secret: { kind: 'passphrase', passphrase: sent.passphrase } }
    case 'key-file':
      return { status: 'ok', secret: keyFileOf(home) }
    case 'shamir': {
      const shares: Share[] = []
      for (const text of sent.shares) {
        const read = readShare(text)
        if (read.status !== 'ok') return read
        shares.push(read.share)
      }
      return { status: 'ok', secret: { kind: 'shamir', shares } }
    }
    case 'recovery-kit': {
      const read = readKit(sent.code)
      return read.status === 'ok' ? { status: 'ok', secret: kitSecretOf(read.kit) } : read
    }
  }
}

/** What a kit opens with; the kit is zeroed. */
export function kitSecretOf(kit: Kit): KitSecret {
  const { house, id } = kit
  const secrets = { seed: keyOf(kit.seed), bond: keyOf(kit.bond) }
  zeroKit(kit)
  return { kind: 'recovery-kit', house, id, secrets }
}

export function zeroSecret(secret: Secret | OpenerSecret): void {
  if (secret.kind === 'shamir') for (const share of secret.shares) zeroShare(share)
  if (secret.kind === 'recovery-kit') for (const key of Object.values(secret.secrets)) key.zero()
}

/** What came over the socket, looked at. Throws where it is no secret; what it holds is not repeated. */
export function sentOf(value: unknown): SecretSent {
  const { kind, passphrase, shares, code } = (value ?? {}) as Partial<Record<string, unknown>>
  if (kind === 'passphrase' && typeof passphrase === 'string') return { kind, passphrase }
  if (kind === 'key-file') return { kind }
  if (kind === 'recovery-kit' && typeof code === 'string') return { kind, code }
  if (kind === 'shamir' && Array.isArray(shares) && shares.every((each) => typeof each === 'string')) {
    return { kind, shares }
  }
  throw new Error('that is no secret of a kind that is known')
}
