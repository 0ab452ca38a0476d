/** Everything is measured in slices, in turns, so that a machine that drifts drifts for all; then medians. */
import { median, rounded } from './results.ts'
import type { Result } from './results.ts'

/** What an area measures. */
export interface Measure {
  name: string
  unit: string
  better: 'higher' | 'lower'
  goal?: number
  /** Name of the floor that the ratio is to. */
  floor?: string
  /** One slice. */
  run(): Promise<number>
}

/** A floor's name and one slice of it. */
export type Floors = Record<string, () => Promise<number>>

/** Of short slices: what disturbs then disturbs a neighbour's slice as well. No more, since all areas together have a quarter of an hour. */
const usualRounds = 5

/** Medians over the rounds. A ratio is of neighbours: each round's own, then the median. */
export async function measureInTurns(
  floors: Floors,
  measures: readonly Measure[],
  note: (text: string) => void,
  rounds = usualRounds,
): Promise<{ floors: Record<string, number>; results: Result[] }> {
  const values = new Map<string, number[]>()
  const turn = async (name: string, run: () => Promise<number>) => {
    const value = await run()
    values.set(name, [...(values.get(name) ?? []), value])
    return `${name} ${Math.round(value)}`
  }
  for (let round = 0; round < rounds; round++) {
    const seen: string[] = []
    for (const [name, run] of Object.entries(floors)) {
      seen.push(await turn(name, run))
      for (const measure of measures) {
        if (measure.floor === name) seen.push(await turn(measure.name, measure.run))
      }
    }
    for (const measure of measures) {
      if (measure.floor === undefined) seen.push(await turn(measure.name, measure.run))
    }
    note(`round ${round + 1} of ${rounds}: ${seen.join(', ')}`)
  }
  const of = (name: string) => values.get(name) ?? []
  const results = measures.map(({ name, unit, better, goal, floor }): Result => {
    const result: Result = { name, value: rounded(median(of(name))), unit, better }
    if (floor !== undefined) {
      const ratios = of(name).map((value, round) => value / (of(floor)[round] as number))
      Object.assign(result, { ratio: rounded(median(ratios)), floor })
    }
    return goal === undefined ? result : { ...result, goal }
  })
  const floorValues = Object.keys(floors).map((name) => [name, rounded(median(of(name)))] as const)
  return { floors: Object.fromEntries(floorValues), results }
}
