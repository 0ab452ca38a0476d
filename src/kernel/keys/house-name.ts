import { deriveKey, keyedHash, type SealKey } from '#kernel/crypto/index.ts'
import { plainBytes, plainText } from './code/index.ts'

/** 40 bits: eight letters. It tells one's own vaults apart; nothing is decided by it. */
export const houseNameBytes = 5

/**
 * What a house is called on paper, such as `KX7Q-2MPD`: it follows from the index key, which never changes, and says
 * nothing about it.
 */
export function houseName(index: SealKey): string {
  const key = deriveKey(index, 'name')
  const name = houseNameText(keyedHash(key, 'house name').subarray(0, houseNameBytes))
  key.zero()
  return name
}

export function houseNameText(bytes: Uint8Array): string {
  const text = plainText(bytes)
  return `${text.slice(0, 4)}-${text.slice(4)}`
}

export function houseNameOf(text: string): Uint8Array {
  return plainBytes(text.replace('-', ''))
}

/** Whether it is written as a house's name is: whoever writes the database can put any text in its place, and people are shown it. */
export function isHouseName(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9A-Z]{4}-[0-9A-Z]{4}$/.test(text)
}

/** Of a deal or a kit: three bytes in hexadecimal. */
export function isShortName(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9a-f]{6}$/.test(text)
}

/** The name that a house's shares or kits say, in the parameters of their openers: for one that is sealed. */
export function houseNameIn(parameters: readonly string[]): string | undefined {
  for (const text of parameters) {
    try {
      const { house } = JSON.parse(text) ?? {}
      if (isHouseName(house)) return house
    } catch {
      // Damaged: another may be whole.
    }
  }
  return undefined
}
