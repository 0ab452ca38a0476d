import { isRefusal, sentenceOf } from '#kernel/outcome.ts'
import type { Interactions } from '#records/index.ts'
import { patientIdOf } from './people.ts'
import type { DemoUnit } from './hospital.ts'
import type { HospitalPlan } from './plan.ts'

export interface Writing {
  /** Patients that are in the store, and how many there will be. */
  done: number
  total: number
  /** Of those done: how many an earlier run had written. */
  found: number
}

/**
 * A transaction is not given to the import before all but so many of those before it are in the store. So where a patient
 * is there after a kill, whatever is missing is among the ones just before. More than an import holds while it reads.
 */
const windowMax = 300

/**
 * Writes the invented hospital as an import of transactions, each once: what an earlier, killed run wrote is not written
 * again. However many patients there are, a few of them are in memory.
 */
export async function writeHospital(
  store: Interactions,
  plan: HospitalPlan,
  onProgress: (writing: Writing) => void,
  most: number = windowMax,
): Promise<void> {
  // What makes a hospital is read by nobody who serves one.
  const { hospital } = await import('./hospital.ts')
  const units = hospital(plan)
  const house = await units.next()
  if (house.done) return
  const isBegun = await isThere(store, house.value.last)
  const from = isBegun ? Math.max(0, (await lastThere(store, plan.patients)) - most) : 0
  const writing = { done: from, total: plan.patients, found: from }
  const patients = createWindow(most)
  /** The last line of each patient who is on the way. */
  const ends: number[] = []
  const source = (name: string, rank: number, lines: AsyncIterable<Uint8Array>) => ({
    name,
    form: 'transactions' as const,
    rank,
    bytes: 0,
    read: () => lines,
  })
  async function* patientLines(): AsyncGenerator<Uint8Array> {
    let seat = 0
    let line = 0
    for await (const unit of units) {
      if (seat++ < from) continue
      const transactions = unit.transactions()
      ends.push(line + transactions.length)
      for (const { json } of transactions) {
        await patients.room(++line)
        yield lineOf(json)
      }
    }
  }
  const brought = await store.import({
    // The house before anybody in it.
    sources: [source('house', 0, linesOf(house.value)), source('patients', 1, patientLines())],
    onFinding: ({ severity, file, line, code, text }) => {
      if (severity === 'error') throw new Error(`line ${line} of ${file}, ${code}: ${text.en}`)
    },
    onLine({ rank }, line) {
      if (rank === 0) return
      patients.brought(line)
      const before = writing.done
      for (; ends[0] !== undefined && ends[0] <= patients.whole(); ends.shift()) writing.done++
      if (writing.done > before) onProgress(writing)
    },
  })
  if (isRefusal(brought)) throw new Error(sentenceOf(brought, 'en'))
  if (brought.status === 'stopped') throw new Error('the hospital was broken off')
  if (writing.done < writing.total) {
    writing.done = writing.total
    onProgress(writing)
  }
}

async function* linesOf(unit: DemoUnit): AsyncGenerator<Uint8Array> {
  for (const { json } of unit.transactions()) yield lineOf(json)
}

const lineOf = (json: string): Uint8Array => Buffer.from(`${json}\n`)

/** A seat that is taken, before one that is not; -1 where there is none. */
async function lastThere(store: Interactions, patients: number): Promise<number> {
  let [there, absent] = [-1, patients]
  while (absent - there > 1) {
    const seat = Math.floor((there + absent) / 2)
    if (await isThere(store, { type: 'Patient', id: patientIdOf(seat) })) there = seat
    else absent = seat
  }
  return there
}

async function isThere(store: Interactions, { type, id }: DemoUnit['last']): Promise<boolean> {
  return (await store.read(type, id)).status === 'ok'
}

/** Lines under way: the first that is not brought is never more than `most` behind the last that may go. */
function createWindow(most: number) {
  let first = 1
  const later = new Set<number>()
  let waiting: { line: number; go: () => void } | undefined
  return {
    /** Resolves when this line may go; asked one after the other. */
    room(line: number): Promise<void> | void {
      if (line - first < most) return
      return new Promise((go) => (waiting = { line, go }))
    },
    brought(line: number): void {
      later.add(line)
      while (later.delete(first)) first++
      if (!waiting || waiting.line - first >= most) return
      waiting.go()
      waiting = undefined
    },
    /** Up to this line all are brought. */
    whole: () => first - 1,
  }
}
