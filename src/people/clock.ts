/** Set back by more than that, a clock was wrong before. */
const heardSecondsMax = 24 * 3_600

/**
 * Seconds since 1970. Where the clock is set back this goes on from where it was, so that nothing that has ended begins again, and what is
 * to end does.
 */
export class SteadyClock {
  readonly #nowMs: () => number
  readonly #passedMs: () => number
  #latestMs = 0
  #latestPassedMs = 0

  /** `nowMs`: since 1970. `passedMs`: monotonic. */
  constructor(nowMs: () => number, passedMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
    this.#passedMs = passedMs
    this.#latestPassedMs = passedMs()
  }

  seconds(): number {
    const passedMs = this.#passedMs()
    this.#latestMs = Math.max(this.#nowMs(), this.#latestMs + passedMs - this.#latestPassedMs)
    this.#latestPassedMs = passedMs
    return Math.floor(this.#latestMs / 1000)
  }

  /** It was this late before this process began, as only this house can have written. */
  hear(seconds: number): void {
    const now = this.seconds()
    if (seconds > now && seconds - now <= heardSecondsMax) this.#latestMs = seconds * 1000
  }
}
