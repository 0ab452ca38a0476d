/**
 * Turns at named things within this process. Writers of one resource would each decide on the same current version,
 * and all but one lose and decide again; in turn, each decides once. Losing to another process is still possible.
 */
export interface Turns {
  /** Waits until nobody has any of these names, takes them all, and gives what gives them back. */
  take(names: readonly string[]): Promise<() => void>
}

export function createTurns(): Turns {
  const last = new Map<string, Promise<void>>()
  return {
    async take(names) {
      const { promise, resolve } = Promise.withResolvers<void>()
      // All names are queued for in one go, so that no two takers can wait for each other.
      const before = names.map((name) => last.get(name))
      for (const name of names) last.set(name, promise)
      await Promise.all(before)
      return () => {
        for (const name of names) if (last.get(name) === promise) last.delete(name)
        resolve()
      }
    },
  }
}
