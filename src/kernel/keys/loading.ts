import { SealBroken } from '#kernel/crypto/index.ts'
import { createCombiner, type Sql } from '#kernel/db/index.ts'
import type { CompartmentKeys, KeyCache } from './cache.ts'
import type { Keys } from './contract.ts'
import { KeysSealed, type Epochs } from './epochs.ts'
import * as queries from './queries.ts'

/** Compartments in one query at most. */
const loadBatchMax = 1000

/** Epochs that end one after the other while a compartment is read. */
const rereadsMax = 3

type Loading = Pick<Keys, 'load' | 'isDestroyed' | 'verify' | 'inspect' | 'forget'> & {
  /** Zeroes what is held, and forgets what is known. */
  zero(): void
}

/** Fetches the keys of compartments into the cache, and knows which were destroyed. */
export function createLoading(house: {
  sql: Sql
  cache: KeyCache
  /** Throws where the house is sealed. */
  epochs: () => Epochs
  listeners: readonly ((compartment?: string) => void)[]
}): Loading {
  const { sql, cache, listeners } = house

  // For each query on its way, the compartments forgotten since:
  //   load:      query sent … row of p1 read …                       … puts p1's keys into the cache
  //   shredding:                               destroys p1, forget(p1)
  // Without this note the cache would keep the keys of a shredded compartment.
  const flights = new Set<Set<string>>()

  /** Names alone, which are keyed hashes: those that somebody here asked for since. */
  const destroyed = new Set<string>()

  const forget = (compartment: string): void => {
    cache.delete(compartment)
    for (const forgotten of flights) forgotten.add(compartment)
    for (const listener of listeners) listener(compartment)
  }

  /** Those that are there; of the others nothing is to stay. */
  const livingOf = (stored: readonly queries.StoredCompartment[]): queries.CompartmentRow[] =>
    stored.flatMap((row) => {
      const { compartment, wrapped } = row
      if (wrapped) {
        destroyed.delete(compartment)
        return [{ ...row, wrapped }]
      }
      // Keys that left the cache have left behind what they opened: it goes too, the first time.
      if (!destroyed.has(compartment) || cache.get(compartment)) forget(compartment)
      destroyed.add(compartment)
      return []
    })

  const fetchKeys = async (compartments: string[], forgotten: Set<string>) => {
    const epochs = house.epochs()
    let rows = livingOf(await queries.compartmentKeys(sql, compartments))
    await epochs.fetch(rows)
    // An epoch may have ended between the two: its survivors stand under another by now.
    for (let tries = 0; tries < rereadsMax && !rows.every((row) => epochs.has(row.epoch)); tries++) {
      rows = livingOf(await queries.compartmentKeys(sql, compartments))
      await epochs.fetch(rows)
    }
    // The house may have been sealed, and opened again, while the rows were on their way.
    if (house.epochs() !== epochs) throw new KeysSealed()
    const found = new Map<string, CompartmentKeys | Error>()
    for (const row of rows) {
      if (forgotten.has(row.compartment)) continue
      try {
        // Another flight, or `keep`, may have been faster: one set of keys for one compartment.
        const keys = cache.get(row.compartment) ?? epochs.open(row)
        if (!keys) continue
        cache.set(row.compartment, keys)
        found.set(row.compartment, keys)
      } catch (error) {
        // A row that was tampered with concerns those who asked for it, not the others in the batch.
        found.set(row.compartment, error as Error)
      }
    }
    return found
  }

  /** Each item a list of compartments; its result is what the batch found, other items' compartments too. */
  const loadRows = createCombiner<readonly string[], Map<string, CompartmentKeys | Error>>({
    batchMax: loadBatchMax,
    key: () => [],
    weight: (compartments) => compartments.length,
    repeatable: true,
    async run(items) {
      const forgotten = new Set<string>()
      flights.add(forgotten)
      try {
        const found = await fetchKeys([...new Set(items.flat())], forgotten)
        return items.map(() => found)
      } finally {
        flights.delete(forgotten)
      }
    },
  })

  return {
    async load(compartments) {
      house.epochs()
      const found = new Map<string, CompartmentKeys>()
      const absent: string[] = []
      for (const compartment of compartments) {
        const keys = cache.get(compartment)
        if (keys) found.set(compartment, keys)
        else absent.push(compartment)
      }
      if (absent.length === 0) return found
      const fetched = await loadRows(absent)
      for (const compartment of absent) {
        const keys = fetched.get(compartment)
        if (keys instanceof Error) throw keys
        if (keys) found.set(compartment, keys)
      }
      return found
    },

    isDestroyed: (compartment) => destroyed.has(compartment),

    async verify(compartments) {
      for (const { compartment } of await queries.destroyedAmong(sql, [...compartments])) {
        if (destroyed.has(compartment) && !cache.get(compartment)) continue
        destroyed.add(compartment)
        forget(compartment)
      }
    },

    async inspect(compartments) {
      const epochs = house.epochs()
      const read = async () => {
        const stored = await queries.compartmentKeys(sql, [...compartments])
        await epochs.fetch(stored.flatMap((row) => (row.wrapped ? [{ ...row, wrapped: row.wrapped }] : [])))
        return stored
      }
      let stored = await read()
      for (let tries = 0; tries < rereadsMax && !stored.every((row) => epochs.has(row.epoch)); tries++)
        stored = await read()
      return new Map(stored.map((row) => [row.compartment, seen(epochs, row)]))
    },

    forget,

    zero() {
      cache.zero()
      destroyed.clear()
    },
  }
}

function seen(epochs: Epochs, { wrapped, ...row }: queries.StoredCompartment) {
  if (!wrapped) return 'destroyed'
  try {
    return epochs.open({ ...row, wrapped }) ?? 'broken'
  } catch (error) {
    if (error instanceof SealBroken) return 'broken'
    throw error
  }
}
