/**
 * What was read is believed for so long: what was taken back ends everywhere within a second. Counted from before it was
 * asked for.
 */
const believedMs = 700
/** Read again beside the requests that use it, so that they need not wait. */
const rereadMs = 250
/** Remembered at most. */
const rememberedMax = 10_000

interface Remembered<Standing> {
  standing: Standing
  askedAtMs: number
  isAsking: boolean
}

interface Reading<Standing> {
  askedAtMs: number
  read: Promise<Standing | undefined>
}

/** What something that is shown with each request is good for, read as often as it must be. */
export class Believed<Standing> {
  readonly #look: (name: string) => Promise<Standing | undefined>
  #remembered = new Map<string, Remembered<Standing>>()
  #reading = new Map<string, Reading<Standing>>()

  /** `look`: reads what it is good for; undefined where that is nothing. */
  constructor(look: (name: string) => Promise<Standing | undefined>) {
    this.#look = look
  }

  /** At once where it was read a moment ago. */
  judge(name: string): Standing | undefined | Promise<Standing | undefined> {
    const known = this.#remembered.get(name)
    if (!known) return this.#read(name)
    const age = performance.now() - known.askedAtMs
    if (age > believedMs) return this.#read(name)
    if (age > rereadMs && !known.isAsking) {
      known.isAsking = true
      // Where it fails it is asked for again when it is believed no longer, and the failure is told.
      this.#read(name).catch(() => {})
    }
    return known.standing
  }

  /** It has changed: what is being read now was asked for before. */
  forget(name: string): void {
    this.#remembered.delete(name)
    this.#reading.delete(name)
  }

  forgetAll(): void {
    this.#remembered = new Map()
    this.#reading = new Map()
  }

  /** Whoever asks at the same moment shares it. */
  #read(name: string): Promise<Standing | undefined> {
    const now = performance.now()
    const under = this.#reading.get(name)
    if (under && now - under.askedAtMs < rereadMs) return under.read
    const reading: Reading<Standing> = { askedAtMs: now, read: this.#look(name) }
    this.#reading.set(name, reading)
    reading.read = this.#keep(name, reading).finally(() => {
      if (this.#reading.get(name) === reading) this.#reading.delete(name)
    })
    return reading.read
  }

  async #keep(name: string, reading: Reading<Standing>): Promise<Standing | undefined> {
    const { askedAtMs, read } = reading
    const standing = await read
    // Forgotten meanwhile, or asked for again: then that counts.
    if (this.#reading.get(name) !== reading) return standing
    if (standing === undefined) {
      this.#remembered.delete(name)
      return undefined
    }
    if (this.#remembered.size >= rememberedMax) this.#remembered.clear()
    this.#remembered.set(name, { standing, askedAtMs, isAsking: false })
    return standing
  }
}
