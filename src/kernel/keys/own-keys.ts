import { randomKey, randomUuid, SealBroken, zeroWhenDropped, type SealKey } from '#kernel/crypto/index.ts'
import { KeysSealed } from './epochs.ts'
import type { Keyring } from './keyring.ts'

/** What a key of another room is for: the directory's, or the one that signs the ledger's checkpoints. */
export type OwnPurpose = 'directory' | 'ledger'

/** Keys of the keyring that other rooms know by their row, while the house is open. Zeroed as one. */
export class OwnKeys {
  readonly #keyring: Keyring
  readonly #held = new Map<string, SealKey>()
  #closed = false

  constructor(keyring: Keyring) {
    this.#keyring = keyring
  }

  /** Undefined where it was destroyed. @throws {SealBroken} where its row is not what was sealed. */
  async get(id: string, purpose: OwnPurpose): Promise<SealKey | undefined> {
    const held = this.#held.get(id)
    if (held) return held
    const found = (await this.#keyring.fetch([id], purpose)).get(id)
    if (found instanceof SealBroken) throw found
    return found && this.#keep(id, found)
  }

  /** A new one, committed. */
  async make(purpose: OwnPurpose): Promise<{ id: string; key: SealKey }> {
    const [id, key] = [randomUuid(), randomKey()]
    await this.#keyring.add({ id, purpose }, key)
    return { id, key: this.#keep(id, key) }
  }

  held(): string[] {
    return [...this.#held.keys()]
  }

  /** Their rows are gone. Whoever is in the middle of using one may end. */
  drop(ids: readonly string[]): void {
    for (const id of ids) this.#held.delete(id)
  }

  zero(): void {
    this.#closed = true
    for (const key of this.#held.values()) key.zero()
    this.#held.clear()
  }

  #keep(id: string, key: SealKey): SealKey {
    if (this.#closed) {
      key.zero()
      throw new KeysSealed()
    }
    // Another may have been faster.
    const held = this.#held.get(id)
    if (held) return held
    zeroWhenDropped(key)
    this.#held.set(id, key)
    return key
  }
}
