import { isRefusal, sentenceOf } from '#kernel/outcome.ts'
import type { Interactions } from '#records/index.ts'
import type { DemoUnit } from './hospital.ts'
import type { HospitalPlan } from './plan.ts'

export interface Writing {
  /** Patients that are in the store, and how many there will be. */
  done: number
  total: number
  /** Of those done: how many an earlier run had written. */
  found: number
}

/** Units on their way at once: enough that one is made while another is sealed and a third is committed. */
const flights = 6

/**
 * Writes the invented hospital, each transaction once: what an earlier, killed run wrote is not written again. However
 * many patients there are, a few of them are in memory.
 */
export async function writeHospital(
  store: Interactions,
  plan: HospitalPlan,
  onProgress: (writing: Writing) => void,
): Promise<void> {
  // What makes a hospital is read by nobody who serves one.
  const { hospital } = await import('./hospital.ts')
  const writing = { done: 0, total: plan.patients, found: 0 }
  const units = hospital(plan)
  // The house before anybody in it.
  const house = await units.next()
  if (!house.done) await writeUnit(store, house.value)
  const fly = async () => {
    for (let unit = await units.next(); !unit.done; unit = await units.next()) {
      const found = await writeUnit(store, unit.value)
      writing.done++
      if (found) writing.found++
      onProgress(writing)
    }
  }
  try {
    await Promise.all(Array.from({ length: flights }, fly))
  } finally {
    // Where one failed, the others find no more to write.
    await units.return(undefined)
  }
}

/** Whether it was there. */
async function writeUnit(store: Interactions, unit: DemoUnit): Promise<boolean> {
  if (await isThere(store, unit.last)) return true
  for (const { first, json } of unit.transactions()) {
    if (await isThere(store, first)) continue
    const written = await store.bundle(Buffer.from(json), { prefer: 'minimal' })
    if (isRefusal(written)) throw new Error(`${first.type}/${first.id}: ${sentenceOf(written, 'en')}`)
  }
  return false
}

async function isThere(store: Interactions, { type, id }: DemoUnit['last']): Promise<boolean> {
  return (await store.read(type, id)).status === 'ok'
}
