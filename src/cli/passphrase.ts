import type { Text } from './text.ts'

/**
 * Shortest passphrase: NIST SP 800-63B-4 §3.1.1.2 asks for 15 characters of a password that stands alone, as this one
 * does against the thief of a disk. The different characters keep out a key held down.
 */
const charactersMin = 15
const differentMin = 8
const charactersMax = 1024

/** What is wrong with a new passphrase, or undefined. The rule is stated whole, so that one try is enough. */
export function weaknessOf(passphrase: string): Text | undefined {
  const characters = [...passphrase]
  const strong =
    characters.length >= charactersMin &&
    characters.length <= charactersMax &&
    new Set(characters).size >= differentMin &&
    passphrase.trim() === passphrase
  if (strong) return undefined
  return {
    es: `La frase debe tener de ${charactersMin} a ${charactersMax} caracteres, al menos ${differentMin} distintos, sin espacios al principio ni al final. Seis palabras al azar son buena elección.`,
    en: `The passphrase must have ${charactersMin} to ${charactersMax} characters, at least ${differentMin} of them different, with no space at either end. Six random words are a good choice.`,
  }
}
