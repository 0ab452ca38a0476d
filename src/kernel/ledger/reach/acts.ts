/** Which acts were seen: ids of 16 random bytes, each by itself or with a place, in one piece of memory that no collector goes through. */
export class Acts {
  #words = new Uint32Array(slotsFirst * slotWords)
  #mask = slotsFirst - 1
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Of the id at `at`; false where it was there already. */
  add(bytes: Buffer, at: number, place = 0): boolean {
    if (this.#size * 2 > this.#mask) this.#grow()
    const isNew = this.#put(
      bytes.readUInt32LE(at),
      bytes.readUInt32LE(at + 4),
      bytes.readUInt32LE(at + 8),
      bytes.readUInt32LE(at + 12),
      place + 1,
    )
    if (isNew) this.#size++
    return isNew
  }

  #put(a: number, b: number, c: number, d: number, place: number): boolean {
    const words = this.#words
    // The ids are random: any of their bits are as good as a hash.
    for (let slot = (a ^ Math.imul(place, 0x9e3779b1)) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const w = slot * slotWords
      if (words[w + 4] === 0) {
        words[w] = a
        words[w + 1] = b
        words[w + 2] = c
        words[w + 3] = d
        words[w + 4] = place
        return true
      }
      const isSame =
        words[w] === a &&
        words[w + 1] === b &&
        words[w + 2] === c &&
        words[w + 3] === d &&
        words[w + 4] === place
      if (isSame) return false
    }
  }

  #grow(): void {
    const before = this.#words
    this.#words = new Uint32Array(2 * before.length)
    this.#mask = 2 * this.#mask + 1
    for (let w = 0; w < before.length; w += slotWords)
      if (before[w + 4] !== 0)
        this.#put(before[w]!, before[w + 1]!, before[w + 2]!, before[w + 3]!, before[w + 4]!)
  }
}

/** The id, and the place from 1; 0 where the slot is free. */
const slotWords = 5
const slotsFirst = 1024
