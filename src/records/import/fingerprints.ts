/** A set of texts as numbers of 52 bits, 16 bytes or less for each: of millions, two are taken for one in some ten thousand sets. */
import { keyedHash, randomKey } from '#kernel/crypto/index.ts'

const placesAtFirst = 1024

export class Fingerprints {
  /** Open addressing; 0 is an empty place. */
  #places = new Float64Array(placesAtFirst)
  #size = 0
  readonly #key = randomKey()

  add(text: string): void {
    if (this.#size * 2 >= this.#places.length) this.#grow()
    this.#put(this.#of(text))
  }

  has(text: string): boolean {
    const number = this.#of(text)
    return this.#places[this.#placeOf(number)] === number
  }

  #of(text: string): number {
    const hash = keyedHash(this.#key, text)
    const view = Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength)
    return view.readUIntBE(0, 6) * 16 + ((view[6] as number) & 15) || 1
  }

  #placeOf(number: number): number {
    const places = this.#places
    let at = number % places.length
    while (places[at] !== 0 && places[at] !== number) at = (at + 1) % places.length
    return at
  }

  #put(number: number): void {
    const at = this.#placeOf(number)
    if (this.#places[at] === 0) this.#size++
    this.#places[at] = number
  }

  #grow(): void {
    const before = this.#places
    this.#places = new Float64Array(before.length * 2)
    this.#size = 0
    for (const number of before) if (number !== 0) this.#put(number)
  }
}
