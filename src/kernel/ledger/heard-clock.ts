/** The database's clock between its answers. */

/** An answer is not gone by for longer than twice this: clocks drift apart, and are set. */
const windowMs = 5000

/**
 * As near as its answers tell: each says what the time was at some moment before it came, so it is at least that and what has gone by
 * since. The answer that took least of all is the nearest.
 */
export class HeardClock {
  /** The database's clock less ours, the greatest heard. */
  #ahead = -Infinity
  #aheadBefore = -Infinity
  #since = -Infinity

  /** `time`: what the database said. `now`: by a clock of this process that is never set. */
  heard(time: Date, now: number): void {
    if (now - this.#since > windowMs) {
      this.#aheadBefore = now - this.#since > 2 * windowMs ? -Infinity : this.#ahead
      this.#ahead = -Infinity
      this.#since = now
    }
    this.#ahead = Math.max(this.#ahead, time.getTime() - now)
  }

  /** Milliseconds since 1970. */
  at(now: number): number {
    return Math.floor(now + Math.max(this.#ahead, this.#aheadBefore))
  }
}
