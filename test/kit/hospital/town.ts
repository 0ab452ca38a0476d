/** A town of invented households, and the hospital of 200 beds where some of its people work and most of them are patients. */
import type { Role } from '#people/index.ts'
import type { Chance } from './chance.ts'

export interface Inhabitant {
  /** Of the patient, which is also the record number. */
  id: number
  /** Paternal and maternal. */
  families: [string, string]
  home: string
  street: string
  phone: string
  /** Of the household: 0 and 1 head it. */
  place: number
  household: number
}

export interface Worker {
  actor: string
  roles: [Role]
  who: Inhabitant
  /** Hour at which the shift begins; 8 hours, of nights 12. */
  shift: number
  ward: number
}

export interface Town {
  people: readonly Inhabitant[]
  households: readonly (readonly Inhabitant[])[]
  workers: readonly Worker[]
  famous: ReadonlySet<number>
}

const peopleInAll = 36_000
export const wards = 8

/** Family names as Mexico has them: some that one in thirty has, and a long tail. */
function namesOf(chance: Chance): () => string {
  const names = Array.from({ length: 900 }, (_, n) => `apellido${n}`)
  const weights = names.map((_, n) => 1 / (n + 6) ** 0.95)
  const all = weights.reduce((sum, each) => sum + each, 0)
  return () => {
    let left = chance.next() * all
    for (const [n, weight] of weights.entries()) if ((left -= weight) <= 0) return names[n]!
    return names[0]!
  }
}

export function townOf(chance: Chance): Town {
  const name = namesOf(chance)
  const people: Inhabitant[] = []
  const households: Inhabitant[][] = []
  while (people.length < peopleInAll) {
    const street = `calle ${chance.upTo(900)} cp ${chance.upTo(40)}`
    const home = `${street} num ${chance.upTo(300)}`
    const phone = `55${String(chance.upTo(100_000_000)).padStart(8, '0')}`
    const [father, mother] = [name(), name()]
    const size = 1 + chance.upTo(5)
    const members = Array.from({ length: size }, (_, place): Inhabitant => {
      const families: [string, string] =
        place === 0 ? [father, name()] : place === 1 ? [mother, name()] : [father, mother]
      const own = chance.isOf(0.5) ? phone : `55${String(chance.upTo(100_000_000)).padStart(8, '0')}`
      return { id: 0, families, home, street, phone: own, place, household: households.length }
    })
    households.push(members)
    people.push(...members)
  }
  // Record numbers are given in the order in which people first came.
  for (const [n, at] of shuffled(people, chance).entries()) at.id = n + 1
  const adults = shuffled(
    people.filter(({ place }) => place < 2),
    chance,
  )
  const workers: Worker[] = []
  const hire = (role: Role, many: number, shifts: readonly number[]) => {
    for (let n = 0; n < many; n++)
      workers.push({
        actor: `person/${role}-${n}`,
        roles: [role],
        who: adults.pop()!,
        shift: shifts[n % shifts.length]!,
        ward: n % wards,
      })
  }
  hire('physician', 110, [7, 7, 8, 14, 20])
  hire('nurse', 210, [7, 14, 20])
  hire('reception', 30, [7, 8, 14, 20])
  hire('laboratory', 22, [6, 7, 14, 21])
  hire('billing', 18, [8, 9])
  const famous = new Set(adults.slice(0, 25).map(({ id }) => id))
  return { people, households, workers, famous }
}

function shuffled<Value>(values: readonly Value[], chance: Chance): Value[] {
  const all = [...values]
  for (let n = all.length - 1; n > 0; n--) {
    const other = chance.upTo(n + 1)
    ;[all[n], all[other]] = [all[other]!, all[n]!]
  }
  return all
}
