/** Wrong secrets in a row before one has to wait. */
export const attemptsFree = 5
/** The first wait; each further wrong secret doubles it. */
export const attemptWaitMsMin = 1000
export const attemptWaitMsMax = 60_000

/** Counts wrong secrets in a row, and says how long to wait before the next. Times are monotonic milliseconds. */
export class Attempts {
  #wrong = 0
  #waitUntil = 0

  get wrong(): number {
    return this.#wrong
  }

  /** Milliseconds to wait yet; 0 when an attempt may be made. */
  wait(now: number): number {
    return Math.max(0, this.#waitUntil - now)
  }

  failed(now: number): void {
    this.#wrong += 1
    const over = this.#wrong - attemptsFree
    if (over >= 0) this.#waitUntil = now + Math.min(attemptWaitMsMax, attemptWaitMsMin * 2 ** over)
  }

  succeeded(): void {
    this.#wrong = 0
    this.#waitUntil = 0
  }
}
