import {
  contextOf,
  randomKey,
  randomUuid,
  SealBroken,
  unwrapKey,
  uuidBytes,
  wrapKey,
  type SealKey,
} from '#kernel/crypto/index.ts'
import { compartmentKeysOf, type CompartmentKeys } from './cache.ts'
import type { Keyring } from './keyring.ts'
import type { CompartmentRow } from './queries.ts'

/** Patient keys wrapped by one epoch key at most: what a shredding has to rewrap. */
export const epochCompartmentsMax = 4096

/** A new patient key: the row that holds it, which its caller stores, and what derives from it. */
export interface Minted {
  compartment: string
  epoch: string
  generation: number
  wrapped: Uint8Array
  keys: CompartmentKeys
}

/** Where epoch keys are kept: the keyring. */
export type EpochStore = Pick<Keyring, 'add' | 'fetch'>

interface Epoch {
  id: string
  key: SealKey
  room: number
}

/** The epoch keys in use while the house is open. Zeroed as one, and of no use afterwards. */
export class Epochs {
  readonly #store: EpochStore
  readonly #max: number
  /** An error where the row is not the one that was sealed. */
  readonly #keys = new Map<string, SealKey | SealBroken>()
  #current: Epoch | undefined
  #beginning: Promise<void> | undefined
  #closed = false

  constructor(store: EpochStore, max: number) {
    this.#store = store
    this.#max = max
  }

  /**
   * A new patient key under this process's own epoch. An epoch belongs to one process, from its first mint to
   * its last: nobody counts together, so no counter is shared.
   */
  async mint(compartment: string): Promise<Minted> {
    const epoch = await this.take(1)
    const patientKey = randomKey()
    const generation = 1
    const wrapped = wrapKey(epoch.key, patientKeyContext(compartment, epoch.id, generation), patientKey)
    const keys = compartmentKeysOf(patientKey, generation)
    return { compartment, epoch: epoch.id, generation, wrapped, keys }
  }

  /** Room for so many patient keys, or for fewer where the epoch has no more: `count` says how many. */
  async take(wanted: number): Promise<{ id: string; key: SealKey; count: number }> {
    // Others may have used up the room between the end of the wait and our turn, so look again.
    while (!this.#current || this.#current.room === 0) {
      if (this.#closed) throw new KeysSealed()
      this.#beginning ??= this.#begin().finally(() => (this.#beginning = undefined))
      await this.#beginning
    }
    const { id, key, room } = this.#current
    const count = Math.min(room, wanted)
    this.#current.room -= count
    return { id, key, count }
  }

  /** Fetches the epoch keys that these rows need and that are not held yet. */
  async fetch(rows: CompartmentRow[]): Promise<void> {
    const absent = new Set(rows.map((row) => row.epoch).filter((id) => !this.#keys.has(id)))
    if (absent.size === 0) return
    const found = await this.#store.fetch([...absent], 'epoch')
    for (const [id, key] of found) {
      if (!this.#closed && !this.#keys.has(id)) this.#keys.set(id, key)
      else if (!(key instanceof SealBroken)) key.zero()
    }
  }

  /**
   * The keys of a row, once `fetch` has seen it; undefined where its epoch is destroyed.
   * @throws {SealBroken} where the row, or its epoch's, is not what was sealed.
   */
  open(row: CompartmentRow): CompartmentKeys | undefined {
    const epochKey = this.#keys.get(row.epoch)
    if (!epochKey) return undefined
    if (epochKey instanceof SealBroken) throw epochKey
    const context = patientKeyContext(row.compartment, row.epoch, row.generation)
    const patientKey = unwrapKey(epochKey, context, row.wrapped)
    return compartmentKeysOf(patientKey, row.generation)
  }

  /**
   * The row's patient key under another epoch's key, once `fetch` has seen the row; undefined where its epoch is
   * destroyed.
   * @throws {SealBroken} as `open` does.
   */
  rewrap(row: CompartmentRow, to: { id: string; key: SealKey }): CompartmentRow | undefined {
    const epochKey = this.#keys.get(row.epoch)
    if (!epochKey) return undefined
    if (epochKey instanceof SealBroken) throw epochKey
    const { compartment, epoch, generation } = row
    const patientKey = unwrapKey(epochKey, patientKeyContext(compartment, epoch, generation), row.wrapped)
    const wrapped = wrapKey(to.key, patientKeyContext(compartment, to.id, generation), patientKey)
    patientKey.zero()
    return { compartment, epoch: to.id, generation, wrapped }
  }

  /** The epoch under which patient keys are minted at the moment. */
  get current(): string | undefined {
    return this.#current?.id
  }

  /** It has ended: what is minted next begins another. */
  leave(epoch: string): void {
    if (this.#current?.id === epoch) this.#current = undefined
  }

  /** Their rows are gone: the keys go from memory too. */
  drop(epochs: readonly string[]): void {
    for (const epoch of epochs) {
      this.leave(epoch)
      const key = this.#keys.get(epoch)
      this.#keys.delete(epoch)
      if (key && !(key instanceof SealBroken)) key.zero()
    }
  }

  has(epoch: string): boolean {
    return this.#keys.has(epoch)
  }

  /** Those whose keys are held. */
  held(): string[] {
    return [...this.#keys.keys()]
  }

  /** Zeroed, and of no use any more. */
  get closed(): boolean {
    return this.#closed
  }

  zero(): void {
    this.#closed = true
    this.#current = undefined
    for (const key of this.#keys.values()) if (!(key instanceof SealBroken)) key.zero()
    this.#keys.clear()
  }

  async #begin(): Promise<void> {
    const id = randomUuid()
    const key = randomKey()
    // Committed before any compartment refers to it: else a crash between the two would leave a patient key
    // that nothing opens.
    await this.#store.add({ id, purpose: 'epoch' }, key)
    if (this.#closed) {
      key.zero()
      throw new KeysSealed()
    }
    this.#keys.set(id, key)
    this.#current = { id, key, room: this.#max }
  }
}

/** Thrown where keys are asked for while the house is sealed, or was sealed meanwhile. */
export class KeysSealed extends Error {
  constructor() {
    super('the keys are sealed')
    this.name = 'KeysSealed'
  }
}

function patientKeyContext(compartment: string, epoch: string, generation: number): Uint8Array {
  return contextOf('patient key', uuidBytes(compartment), uuidBytes(epoch), generation)
}
