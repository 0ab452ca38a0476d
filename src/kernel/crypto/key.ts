import { inspect } from 'node:util'
import { randomBytes } from './random.ts'

/** Bytes in every key of the house: AES-256, HMAC and HKDF inputs alike. */
export const keyBytes = 32

/** The bytes of a key, for this room alone: the front door (`index.ts`) does not export it. */
export let reveal: (key: SealKey) => Uint8Array

/**
 * A 32-byte secret that can be zeroed, and that no log, inspection or JSON text can show.
 * Made by `randomKey`, `keyOf`, `deriveKey` and `unwrapKey`; using it after `zero()` throws.
 */
export class SealKey {
  // Memory of its own, outside of the heap: the collector moves small arrays that are in it, and leaves copies.
  readonly #bytes = new Uint8Array(new ArrayBuffer(keyBytes))
  #zeroed = false

  constructor(bytes: Uint8Array) {
    if (bytes.length !== keyBytes) throw new RangeError(`a key is ${keyBytes} bytes, not ${bytes.length}`)
    this.#bytes.set(bytes)
  }

  static {
    reveal = (key) => {
      if (key.#zeroed) throw new KeyZeroed()
      return key.#bytes
    }
  }

  get zeroed(): boolean {
    return this.#zeroed
  }

  /** Overwrites the bytes. Every later use throws; zeroing twice is harmless. */
  zero(): void {
    this.#bytes.fill(0)
    this.#zeroed = true
  }

  toJSON(): string {
    return '[SealKey]'
  }

  toString(): string {
    return '[SealKey]'
  }

  [inspect.custom](): string {
    return '[SealKey]'
  }
}

/** Thrown where a key is used that was zeroed: the house was sealed, or the thing shredded, meanwhile. */
export class KeyZeroed extends Error {
  constructor() {
    super('this key has been zeroed')
    this.name = 'KeyZeroed'
  }
}

/** A new random key. */
export function randomKey(): SealKey {
  return keyOf(randomBytes(keyBytes))
}

/** The key with these 32 bytes. The array given is zeroed: the key is then their only holder. */
export function keyOf(bytes: Uint8Array): SealKey {
  const key = new SealKey(bytes)
  bytes.fill(0)
  return key
}

/** A copy of the bytes, to be handed to somebody who may have them: a patient whose own key it is, say. The caller wipes it. */
export function copyOfKey(key: SealKey): Uint8Array {
  return reveal(key).slice()
}

const dropped = new FinalizationRegistry<Uint8Array>((bytes) => void bytes.fill(0))

/** Zeroes the key once nobody holds it any more: for keys that others may still be using. */
export function zeroWhenDropped(key: SealKey): void {
  if (!key.zeroed) dropped.register(key, reveal(key))
}
