/** How well an attack does, beside whoever guesses without looking. */

export interface Score {
  /** What is picked, and by what. */
  attack: string
  /** Cases that it gets right; of equally likely answers one is drawn, so it need not be whole. */
  right: number
  of: number
  /** Share that the best guess without the database gets right. */
  guess: number
}

/** Standard deviations that chance is granted: it goes beyond once in a thousand attacks. */
const deviations = 3.1

/** Right answers that are still chance, where one is right with probability `guess`. */
export function chanceMax({ of, guess }: Pick<Score, 'of' | 'guess'>): number {
  const mean = of * guess
  // With few cases expected the tail is Poisson's: heavier than the normal one.
  return mean + deviations * Math.sqrt(of * guess * (1 - guess)) + deviations
}

export function isGuessing(score: Score): boolean {
  return score.right <= chanceMax(score)
}

export function lineOf(score: Score): string {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`
  const share = percent(score.right / score.of).padStart(7)
  return `${score.attack}: ${share} of ${score.of} (guessing ${percent(score.guess)}, chance to ${percent(chanceMax(score) / score.of)})`
}

export class Tally<Key> {
  readonly counts = new Map<Key, number>()
  total = 0

  add(key: Key, count = 1): this {
    this.counts.set(key, (this.counts.get(key) ?? 0) + count)
    this.total += count
    return this
  }

  of(key: Key): number {
    return this.counts.get(key) ?? 0
  }

  /** The commonest first. */
  ranked(): [Key, number][] {
    return [...this.counts].sort((a, b) => b[1] - a[1])
  }

  get commonest(): Key | undefined {
    return this.ranked()[0]?.[0]
  }
}
