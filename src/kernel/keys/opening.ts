import type { SealKey } from '#kernel/crypto/index.ts'

/**
 * One way to open the house: turns a secret into the key that wraps the opener's secrets.
 * `parameters` is text stored with the wrap and bound into its seal.
 */
export interface Opener<Brought extends { kind: string }, Refused> {
  /** Makes a new opener: costs, salts, files. */
  create(secret: Brought): Promise<{ status: 'ok'; key: SealKey; parameters: string } | Refused>
  /** The key that the secret gives with these stored parameters; a wrong secret gives a wrong key. */
  key(secret: Brought, parameters: string): Promise<{ status: 'ok'; key: SealKey } | Refused>
}
