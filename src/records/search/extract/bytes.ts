/** Texts up to this length are copied faster by ourselves: a call of Node's own takes as long as fifty characters. */
const shortMax = 50

/** Bytes that grow at their end. */
export class Writer {
  length = 0
  #bytes: Buffer

  constructor(size = 1024) {
    this.#bytes = Buffer.allocUnsafeSlow(size)
  }

  reset(): void {
    this.length = 0
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.length++] = value
  }

  /** LEB128 of a whole number from 0 to 2^53 - 1. */
  varint(value: number): void {
    this.#reserve(8)
    const bytes = this.#bytes
    while (value > 127) {
      bytes[this.length++] = (value % 128) | 128
      value = Math.floor(value / 128)
    }
    bytes[this.length++] = value
  }

  /** Zigzag: 0, -1, 1, -2 … as 0, 1, 2, 3 …; whole numbers up to 2^52. */
  signed(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value)
  }

  double(value: number): void {
    this.#reserve(8)
    this.#bytes.writeDoubleBE(value, this.length)
    this.length += 8
  }

  utf8(text: string): void {
    this.#reserve(text.length * 3)
    if (text.length <= shortMax && this.#ascii(text)) return
    this.length += this.#bytes.write(text, this.length, 'utf8')
  }

  /** False where the text is not all ASCII. */
  #ascii(text: string): boolean {
    const bytes = this.#bytes
    const at = this.length
    for (let n = 0; n < text.length; n++) {
      const code = text.charCodeAt(n)
      if (code > 127) return false
      bytes[at + n] = code
    }
    this.length += text.length
    return true
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  append(other: Writer): void {
    this.#reserve(other.length)
    other.#bytes.copy(this.#bytes, this.length, 0, other.length)
    this.length += other.length
  }

  copy(): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(0, this.length))
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.length + more))
    this.#bytes.copy(grown, 0, 0, this.length)
    this.#bytes = grown
  }
}

/** Reads at a place that moves on. */
export class Cursor {
  at: number
  readonly bytes: Buffer

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  byte(): number {
    return this.bytes[this.at++]!
  }

  /** Passes over so many varints. */
  skip(count: number): void {
    const { bytes } = this
    for (; count > 0; count--) while (bytes[this.at++]! > 127);
  }

  varint(): number {
    const { bytes } = this
    let byte = bytes[this.at++]!
    if (byte < 128) return byte
    let value = byte & 127
    let scale = 128
    do {
      byte = bytes[this.at++]!
      value += (byte & 127) * scale
      scale *= 128
    } while (byte > 127)
    return value
  }

  signed(): number {
    const value = this.varint()
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2
  }

  double(): number {
    const value = this.bytes.readDoubleBE(this.at)
    this.at += 8
    return value
  }
}
