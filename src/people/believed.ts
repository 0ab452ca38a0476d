/**
 * What was read is believed for so long: what was taken back ends everywhere within a second. Counted from before it was
 * asked for.
 */
const believedMs = 700
/** Read again beside the requests that use it, so that they need not wait: a page that loads asks more often than the rest lasts. */
const rereadMs = 400
/** What is to be read again waits so long for company. */
const companyMs = 50
/** Read by one look, and looks at the same time. */
const namesMax = 200
const looksMax = 2
/** Remembered at most. */
const rememberedMax = 10_000

interface Remembered<Standing> {
  standing: Standing
  askedAtMs: number
  isAsking: boolean
}

interface Reading<Standing> {
  name: string
  /** Undefined until it is asked. */
  askedAtMs: number | undefined
  read: PromiseWithResolvers<Standing | undefined>
}

/** Reads what each of these is good for; undefined where that is nothing. */
export type Look<Standing> = (names: readonly string[]) => Promise<readonly (Standing | undefined)[]>

/**
 * What something that is shown with each request is good for, read as often as it must be. What is to be read at the same moment is
 * read together: sixty people at work cost three statements in a second, and not a hundred and fifty.
 */
export class Believed<Standing> {
  readonly #look: Look<Standing>
  #remembered = new Map<string, Remembered<Standing>>()
  /** The newest of each name. */
  #reading = new Map<string, Reading<Standing>>()
  #waiting: Reading<Standing>[] = []
  #looks = 0
  #isDeparting = false
  /** There were looks enough when it was to depart. */
  #isLate = false
  #company: NodeJS.Timeout | undefined

  constructor(look: Look<Standing>) {
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
      this.#enqueue(name)
      this.#company ??= setTimeout(() => this.#depart(), companyMs).unref()
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
    const under = this.#reading.get(name)
    const isNew = under && (under.askedAtMs === undefined || performance.now() - under.askedAtMs < rereadMs)
    const { read } = isNew ? under : this.#enqueue(name)
    if (!this.#isDeparting) {
      this.#isDeparting = true
      // What comes in this turn of the event loop leaves together.
      setImmediate(() => this.#depart())
    }
    return read.promise
  }

  #enqueue(name: string): Reading<Standing> {
    const reading: Reading<Standing> = { name, askedAtMs: undefined, read: Promise.withResolvers() }
    // Of what is only read again nobody waits for the answer.
    reading.read.promise.catch(() => {})
    this.#reading.set(name, reading)
    this.#waiting.push(reading)
    return reading
  }

  #depart(): void {
    this.#isDeparting = false
    clearTimeout(this.#company)
    this.#company = undefined
    while (this.#waiting.length > 0 && this.#looks < looksMax)
      void this.#lookAt(this.#waiting.splice(0, namesMax))
    this.#isLate = this.#waiting.length > 0
  }

  async #lookAt(readings: readonly Reading<Standing>[]): Promise<void> {
    this.#looks++
    const askedAtMs = performance.now()
    for (const reading of readings) reading.askedAtMs = askedAtMs
    try {
      const standings = await this.#look(readings.map(({ name }) => name))
      for (const [n, reading] of readings.entries()) {
        this.#keep(reading, askedAtMs, standings[n])
        reading.read.resolve(standings[n])
      }
    } catch (error) {
      for (const { read } of readings) read.reject(error)
    }
    for (const reading of readings)
      if (this.#reading.get(reading.name) === reading) this.#reading.delete(reading.name)
    this.#looks--
    if (this.#isLate) this.#depart()
  }

  #keep(reading: Reading<Standing>, askedAtMs: number, standing: Standing | undefined): void {
    const { name } = reading
    // Forgotten meanwhile, or asked for again: then that counts.
    if (this.#reading.get(name) !== reading) return
    if (standing === undefined) {
      this.#remembered.delete(name)
      return
    }
    if (this.#remembered.size >= rememberedMax) this.#remembered.clear()
    this.#remembered.set(name, { standing, askedAtMs, isAsking: false })
  }
}
