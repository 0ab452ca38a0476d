/**
 * Codes that a search asks for, compared with a tuple's bytes as they lie: nearly all of what is looked through has other ones,
 * and is passed over before a text is made of any. What is told to have one is then judged by its values.
 */
export class SoughtCodes {
  /** In lower case. */
  readonly #codes: readonly string[]
  readonly couldBeUuid: boolean

  private constructor(codes: readonly string[]) {
    this.#codes = codes
    this.couldBeUuid = codes.some(({ length }) => length === uuidLength)
  }

  /** Undefined where they are not told by bytes: there are many, or one is not plain. */
  static of(codes: readonly string[]): SoughtCodes | undefined {
    if (codes.length > codesMax || codes.some((code) => notPlain.test(code))) return undefined
    return new SoughtCodes(codes.map((code) => code.toLowerCase()))
  }

  /** Whatever its case. */
  has(text: string): boolean {
    for (const code of this.#codes)
      if (text.length === code.length && text.toLowerCase() === code) return true
    return false
  }

  /** The same of a text in UTF-8. */
  hasBytes(bytes: Uint8Array, from: number, length: number): boolean {
    for (const code of this.#codes) if (length === code.length && isAt(bytes, from, code)) return true
    return false
  }
}

/** More of them are found by their keys (`anyOfKeyed`), whatever a tuple has. */
const codesMax = 4
const uuidLength = 36
/** Of all that is not ASCII the Kelvin sign alone has a lower case that is: k. */
const notPlain = /[^\x20-\x7e]|k/i

function isAt(bytes: Uint8Array, from: number, code: string): boolean {
  for (let n = 0; n < code.length; n++) {
    const byte = bytes[from + n]!
    // This bit is all in which upper and lower case differ.
    if ((byte >= 65 && byte <= 90 ? byte | 32 : byte) !== code.charCodeAt(n)) return false
  }
  return true
}
