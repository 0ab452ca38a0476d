import type { Part } from './people.ts'
import type { Random, Resource, Scene } from './types.ts'

/** People without illness, until the clinic has written theirs. */
export const cast: readonly Part[] = Array.from({ length: 60 }, (_, seat) => drawn(seat))

export const drawSeat = (random: Random): Part => drawn(random.int(0, 59))

export const chartOf = (_: Scene): Resource[] => []

function drawn(seat: number): Part {
  const age = (seat * 37) % 84
  return { part: 'healthy', sex: seat % 2 === 0 ? 'female' : 'male', age: [age, age + 4], unit: 'years' }
}
