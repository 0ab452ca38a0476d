/** Several units under way at once; never two that act on the same resource, so that the order of the files is kept. */
export interface Lanes {
  /** Waits for a lane, and for whoever holds one of the names; then begins. */
  start(names: readonly string[], act: () => Promise<void>): Promise<void>
  /** When all that began has ended. Throws what one of them threw, as `start` does. */
  drain(): Promise<void>
}

export function createLanes(count: () => number): Lanes {
  const running = new Set<Promise<void>>()
  const holders = new Map<string, Promise<void>>()
  let failure: { error: unknown } | undefined

  const check = () => {
    if (failure) throw failure.error
  }

  return {
    async start(names, act) {
      check()
      await Promise.all(names.map((name) => holders.get(name)))
      while (running.size >= count()) await Promise.race(running)
      check()
      const ended: Promise<void> = act()
        .catch((error: unknown) => {
          failure ??= { error }
        })
        .then(() => {
          running.delete(ended)
          for (const name of names) if (holders.get(name) === ended) holders.delete(name)
        })
      running.add(ended)
      for (const name of names) holders.set(name, ended)
    },

    async drain() {
      await Promise.all(running)
      check()
    },
  }
}
