/** Queries on their way at most; what is asked for meanwhile leaves together when one returns. */
const flightsMax = 2
/** Compartments in one query at most. */
const batchMax = 1000

/**
 * Combines concurrent look-ups by id into few calls of `run`. No timer: a batch leaves when a flight is free.
 * Resolves with what `run` gave for the ids asked; absent ids are absent. A failure of `run` reaches everyone
 * in its batch; an `Error` as one id's result reaches only those who asked for that id.
 */
export function createLoader<Value>(
  run: (ids: string[]) => Promise<Map<string, Value | Error>>,
): (ids: readonly string[]) => Promise<Map<string, Value>> {
  type Outcome = Promise<Value | Error | undefined>
  let waiting = new Map<string, PromiseWithResolvers<Value | Error | undefined>>()
  let flights = 0
  let scheduled = false

  const depart = (): void => {
    scheduled = false
    while (flights < flightsMax && waiting.size > 0) {
      const all = [...waiting]
      const batch = all.slice(0, batchMax)
      waiting = new Map(all.slice(batchMax))
      void fly(batch)
    }
  }

  const fly = async (batch: [string, PromiseWithResolvers<Value | Error | undefined>][]): Promise<void> => {
    flights += 1
    try {
      const found = await run(batch.map(([id]) => id))
      for (const [id, { resolve }] of batch) resolve(found.get(id))
    } catch (error) {
      for (const [, { reject }] of batch) reject(error)
    } finally {
      flights -= 1
      depart()
    }
  }

  return async (ids) => {
    const outcomes = new Map<string, Outcome>()
    for (const id of ids) {
      let entry = waiting.get(id)
      if (!entry) {
        entry = Promise.withResolvers()
        waiting.set(id, entry)
      }
      outcomes.set(id, entry.promise)
    }
    if (!scheduled) {
      scheduled = true
      // After this turn, so that callers of one turn share a query.
      queueMicrotask(depart)
    }
    const values = await Promise.all(outcomes.values())
    const found = new Map<string, Value>()
    for (const [i, id] of [...outcomes.keys()].entries()) {
      const value = values[i]
      if (value instanceof Error) throw value
      if (value !== undefined) found.set(id, value)
    }
    return found
  }
}
