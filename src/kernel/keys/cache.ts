import { deriveKey, zeroWhenDropped, type SealKey } from '#kernel/crypto/index.ts'

/** The keys of one compartment, derived from its patient key. Held by callers for as long as they need. */
export interface CompartmentKeys {
  /** Which patient key of the compartment these come from; contexts name it. */
  generation: number
  /** Seals versions and index tuples. */
  record: SealKey
  /** Seals the identity capsule and its tuple. */
  identity: SealKey
  /** For keyed hashes within the compartment. */
  index: SealKey
  /** For the pseudonyms that the ledger uses. */
  pseudonym: SealKey
  /** Seals the details of the ledger's entries. */
  ledger: SealKey
  /** Zeroes them all, at once. */
  zero(): void
}

/** Compartments whose keys are held at most: about 1 kB each. */
export const cachedCompartmentsMax = 20_000

/** Takes over the patient key: it is zeroed with the others. */
export function compartmentKeysOf(patientKey: SealKey, generation: number): CompartmentKeys {
  return new DerivedKeys(patientKey, generation)
}

type Purpose = 'record' | 'identity' | 'index' | 'pseudonym' | 'ledger'

/** Whoever holds one of the keys holds all: `zero` is to reach them for as long as one is in use. */
const owners = new WeakMap<SealKey, DerivedKeys>()

/** Each is derived when it is first asked for, 6 µs: who reads a record needs one of them. */
class DerivedKeys implements CompartmentKeys {
  readonly generation: number
  readonly #patientKey: SealKey
  readonly #derived: Partial<Record<Purpose, SealKey>> = {}

  constructor(patientKey: SealKey, generation: number) {
    this.generation = generation
    this.#patientKey = patientKey
    zeroWhenDropped(patientKey)
  }

  get record(): SealKey {
    return (this.#derived.record ??= this.#derive('record'))
  }

  get identity(): SealKey {
    return (this.#derived.identity ??= this.#derive('identity'))
  }

  get index(): SealKey {
    return (this.#derived.index ??= this.#derive('index'))
  }

  get pseudonym(): SealKey {
    return (this.#derived.pseudonym ??= this.#derive('pseudonym'))
  }

  get ledger(): SealKey {
    return (this.#derived.ledger ??= this.#derive('ledger'))
  }

  zero(): void {
    this.#patientKey.zero()
    for (const key of Object.values(this.#derived)) key.zero()
  }

  #derive(purpose: Purpose): SealKey {
    const key = deriveKey(this.#patientKey, purpose)
    zeroWhenDropped(key)
    owners.set(key, this)
    return key
  }
}

/**
 * Unwrapped keys. Those that were not asked for since they came to the old end leave first.
 *
 * A key that leaves is zeroed when its last holder lets go of it, and not at once:
 *   request A: keys = cache.get(p1) … awaits its rows from PostgreSQL
 *   request B:                        cache.set(p2, …) evicts p1; zeroed here, A's keys would be gone
 *   request A:                                                            … opens a row: fails
 * `zero` and `delete` do zero at once: whoever still works with such a key is meant to be stopped.
 */
export class KeyCache {
  readonly #max: number
  /** `used`: asked for since it was put, or last passed over at the old end. */
  readonly #entries = new Map<string, { keys: CompartmentKeys; used: boolean }>()
  /** Keys that left and may still be in use, for `zero` to reach. */
  #departed: WeakRef<CompartmentKeys>[] = []
  #sweepAt = 1024

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#entries.size
  }

  get(compartment: string): CompartmentKeys | undefined {
    const entry = this.#entries.get(compartment)
    if (!entry) return undefined
    // A mark, and no move to the young end: taking an entry out of a large Map and putting it in again costs 6 µs.
    entry.used = true
    return entry.keys
  }

  set(compartment: string, keys: CompartmentKeys): void {
    const before = this.#entries.get(compartment)?.keys
    if (before === keys) return
    if (before) this.#depart(compartment, before)
    this.#entries.set(compartment, { keys, used: false })
    if (this.#entries.size > this.#max) this.#shrink()
  }

  delete(compartment: string): void {
    const entry = this.#entries.get(compartment)
    if (!entry) return
    this.#entries.delete(compartment)
    entry.keys.zero()
  }

  /** Zeroes every key that is here, or left and is still held by somebody. */
  zero(): void {
    for (const { keys } of this.#entries.values()) keys.zero()
    this.#entries.clear()
    for (const ref of this.#departed) ref.deref()?.zero()
    this.#departed = []
  }

  /** Notes keys that are held outside, so that `zero` reaches them too. */
  lend(keys: CompartmentKeys): void {
    this.#departed.push(new WeakRef(keys))
    if (this.#departed.length < this.#sweepAt) return
    this.#departed = this.#departed.filter((ref) => ref.deref())
    this.#sweepAt = Math.max(1024, 2 * this.#departed.length)
  }

  /** From the old end; what was used since goes once more to the young end. */
  #shrink(): void {
    for (const [compartment, entry] of this.#entries) {
      if (this.#entries.size <= this.#max) return
      if (entry.used) {
        entry.used = false
        this.#entries.delete(compartment)
        this.#entries.set(compartment, entry)
      } else this.#depart(compartment, entry.keys)
    }
  }

  #depart(compartment: string, keys: CompartmentKeys): void {
    this.#entries.delete(compartment)
    this.lend(keys)
  }
}
