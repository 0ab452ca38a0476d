/** Buckets of the table. */
const buckets = 512
/** From so many on that are added, a map: whoever sends texts that meet in one bucket makes others wait no longer than that. */
const tableMax = 64

/**
 * Distinct texts in their order, and the place of each. A table of our own: the engine's maps keep each text that is looked up in one
 * among the engine's names, which takes a third of a microsecond, and most that are looked up here come once.
 */
export class Texts {
  list: string[] = []
  /** Of each bucket the place of its last text, from 1; of each text, that of the one before it. */
  readonly #heads = new Int32Array(buckets)
  #before: number[] = []
  #many: Map<string, number> | undefined

  constructor(texts: Iterable<string> = []) {
    for (const text of texts) this.#put(text, bucketOf(text))
  }

  reset(): void {
    this.list = []
    this.#before = []
    this.#many = undefined
    this.#heads.fill(0)
  }

  /** Undefined of a text that is not among them. */
  placeOf(text: string): number | undefined {
    return this.#many ? this.#many.get(text) : this.#find(text, bucketOf(text))
  }

  /** The place of a text, which is added if it is not there. */
  add(text: string): number {
    if (this.#many) return this.#many.get(text) ?? this.#addTo(this.#many, text)
    const bucket = bucketOf(text)
    const found = this.#find(text, bucket)
    if (found !== undefined) return found
    if (this.list.length < tableMax) return this.#put(text, bucket)
    this.#many = new Map(this.list.map((each, place) => [each, place]))
    return this.#addTo(this.#many, text)
  }

  #find(text: string, bucket: number): number | undefined {
    for (let next = this.#heads[bucket] as number; next > 0; next = this.#before[next - 1] as number) {
      if (this.list[next - 1] === text) return next - 1
    }
    return undefined
  }

  #put(text: string, bucket: number): number {
    this.#before.push(this.#heads[bucket] as number)
    return (this.#heads[bucket] = this.list.push(text)) - 1
  }

  #addTo(many: Map<string, number>, text: string): number {
    const place = this.list.push(text) - 1
    many.set(text, place)
    return place
  }
}

/** By its length and a few of its letters, which tell codes, words and addresses apart. */
function bucketOf(text: string): number {
  const { length } = text
  if (length === 0) return 0
  const last = text.charCodeAt(length - 1)
  const middle = text.charCodeAt(length >> 1)
  const late = text.charCodeAt(length - 1 - (length >> 2))
  return (length * 5 + last * 37 + middle * 11 + late * 3) & (buckets - 1)
}
