import { Attempts } from '../attempts.ts'
import { judgeShare, zeroShare, type Deal, type Share, type ShareRefused } from './shamir.ts'

/** Shares that are not enough are forgotten so long after the last one came: a telephone call each. */
export const shareForgetMs = 15 * 60_000

/** How far a ceremony is, as each of its terminals shows it. */
export interface SharesCollected {
  deal: string
  /** Numbers of the shares that are here, in the order in which they came. */
  numbers: number[]
  need: number
  of: number
  forgottenInMs: number
}

export type ShareGiven =
  | ({ status: 'collecting' } & SharesCollected)
  /** As many as are needed; they are the caller's now, who zeroes them. */
  | { status: 'complete'; shares: Share[] }
  /** `wrong` counts wrong shares in a row. */
  | (ShareRefused & { wrong: number })
  | { status: 'too-many-attempts'; retryAfterMs: number }

/**
 * Gathers the shares of one deal, which come from several terminals, until there are enough. They are in this
 * process's memory alone: a restart forgets them, and so does time.
 */
export class ShareCollecting {
  readonly #now: () => number
  readonly #attempts = new Attempts()
  #shares: Share[] = []
  #deal: Deal | undefined
  #lastMs = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  /** `now` in monotonic milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Takes a share, which is the collection's from here on: what does not do is zeroed at once. */
  give(share: Share, deal: Deal): ShareGiven {
    const retryAfterMs = this.#attempts.wait(this.#now())
    if (retryAfterMs > 0) {
      zeroShare(share)
      return { status: 'too-many-attempts', retryAfterMs: Math.ceil(retryAfterMs) }
    }
    // Dealt anew while some were here: those are worth nothing now.
    if (this.#deal && this.#deal.deal !== deal.deal) this.forget()
    this.#forgetOld()
    const refused = judgeShare(share, deal) ?? this.#repeated(share)
    if (refused) {
      zeroShare(share)
      // The same share twice is a mistake, and tells nobody anything.
      if (refused.reason !== 'given-already') this.#attempts.failed(this.#now())
      return { ...refused, wrong: this.#attempts.wrong }
    }
    this.#attempts.succeeded()
    this.#deal = deal
    this.#shares.push(share)
    this.#lastMs = this.#now()
    if (this.#shares.length === deal.threshold) {
      const shares = this.#shares
      this.#shares = []
      this.forget()
      return { status: 'complete', shares }
    }
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.forget(), shareForgetMs)
    this.#timer.unref()
    return { status: 'collecting', ...this.#collected(deal) }
  }

  /** What is here; undefined where nothing is. */
  collected(): SharesCollected | undefined {
    this.#forgetOld()
    return this.#deal && this.#collected(this.#deal)
  }

  /** Zeroes what is here. */
  forget(): void {
    clearTimeout(this.#timer)
    for (const share of this.#shares) zeroShare(share)
    this.#shares = []
    this.#deal = undefined
  }

  /** A timer may be late, where the machine slept. */
  #forgetOld(): void {
    if (this.#deal && this.#now() >= this.#lastMs + shareForgetMs) this.forget()
  }

  #repeated({ number }: Share): ShareRefused | undefined {
    const before = this.#shares.some((each) => each.number === number)
    return before ? { status: 'share-refused', number, reason: 'given-already' } : undefined
  }

  #collected({ deal, threshold, commitments }: Deal): SharesCollected {
    return {
      deal,
      numbers: this.#shares.map(({ number }) => number),
      need: threshold,
      of: commitments.length,
      forgottenInMs: Math.ceil(this.#lastMs + shareForgetMs - this.#now()),
    }
  }
}
