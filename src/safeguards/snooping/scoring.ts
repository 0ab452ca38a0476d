/**
 * What is unusual, scored and explained. Pure: no clock, no database. Only looks for which the record gives no reason count; each sign adds
 * its points, and whoever has the threshold is listed. Weights and threshold were set on one simulated year and tried on others:
 * docs/spec/snooping.md.
 */
import type { Colleague, Known, Sign, SignName, Unusual, Visit } from './types.ts'

/** The institution's to say. Listed from so many points on. */
export const thresholdUsual = 4

const points = {
  'no-relation': 2,
  /** At most, of a rare name; less the more have it. */
  family: 2.5,
  home: 3,
  phone: 3,
  street: 1.5,
  colleague: 2,
  vip: 2.5,
  /** Each beyond the second. */
  onlookers: 0.75,
  /** Each beyond the third of a day. */
  many: 0.35,
  neighbours: 2,
  'odd-hour': 1,
  again: 2,
} as const satisfies Record<SignName, number>

const dayMs = 86_400_000
/** Others who looked without reason so long before or after are onlookers. */
const onlookersMs = 7 * dayMs
const onlookersMax = 6
const manyMax = 12
/** Record numbers so near one another are of people who stand one below the other. */
const nearMax = 3
const nearMin = 3
/** A hour is odd where somebody does less than this of what they do, and does enough to tell. */
const oddShare = 0.01
const habitMin = 60
/** A name that every so many patients has says nothing. */
const commonOneIn = 40
/** Where few patients are known, a name is thought as rare as one of so many. */
const unknownNames = 500

export interface Looked {
  /** With those of some weeks before, by which habits and repetitions are known. */
  visits: readonly Visit[]
  /** What is judged: from this day on. */
  fromMs: number
  staff: ReadonlyMap<string, Colleague>
  patients: ReadonlyMap<string, Known>
  /** Hour of the facility's day, 0 to 23. */
  hourOf: (atMs: number) => number
  threshold?: number
}

/** The most unusual first. */
export function unusual({ visits, fromMs, staff, patients, hourOf, threshold }: Looked): Unusual[] {
  const habits = habitsOf(visits, hourOf)
  const without = visits.filter(({ reason }) => reason === 'none')
  const ofPatient = Map.groupBy(without, ({ patient }) => patient)
  const families = familiesIn(patients)
  const byDay = Map.groupBy(
    without.filter((visit) => visit.dayMs >= fromMs),
    ({ actor, dayMs }) => `${actor} ${dayMs}`,
  )
  const found: Unusual[] = []
  for (const day of byDay.values()) {
    const [{ actor, dayMs }] = day as [Visit, ...Visit[]]
    const scored = day.map((visit) => {
      const signs = signsOf(visit)
      return { patient: visit.patient, atMs: visit.atMs, signs, score: sum(signs) }
    })
    const signs = daySigns(day)
    const patientsThen = scored.toSorted((one, other) => other.score - one.score)
    const score = (patientsThen[0]?.score ?? 0) + sum(signs)
    if (score >= (threshold ?? thresholdUsual))
      found.push({ actor, dayMs, score: rounded(score), patients: patientsThen, signs })
  }
  return found.toSorted((one, other) => other.score - one.score || one.dayMs - other.dayMs)

  function signsOf(visit: Visit): Sign[] {
    const { actor, patient, atMs } = visit
    const signs = [sign('no-relation', points['no-relation'])]
    const who = staff.get(actor)
    const whom = patients.get(patient)
    if (who && whom) {
      const shared = sharedNames(who.families, whom.families)
      if (shared) signs.push(shared)
      // Who lives together shares street and telephone: said once.
      if (meet(who.homes, whom.homes)) signs.push(sign('home', points.home))
      else if (meet(who.phones, whom.phones)) signs.push(sign('phone', points.phone))
      else if (meet(who.streets, whom.streets)) signs.push(sign('street', points.street))
    }
    if (whom?.colleague !== undefined && whom.colleague !== actor)
      signs.push(sign('colleague', points.colleague))
    if (whom?.isVip) signs.push(sign('vip', points.vip))
    const others = new Set<string>()
    let isAgain = false
    for (const other of ofPatient.get(patient) ?? []) {
      if (other.actor !== actor) {
        if (Math.abs(other.atMs - atMs) < onlookersMs) others.add(other.actor)
      } else if (other.dayMs < visit.dayMs) isAgain = true
    }
    if (others.size > 1)
      signs.push(sign('onlookers', points.onlookers * Math.min(others.size - 1, onlookersMax), others.size))
    if (isAgain) signs.push(sign('again', points.again))
    const habit = habits.get(actor)
    if (habit && isOdd(habit, hourOf(atMs))) signs.push(sign('odd-hour', points['odd-hour'], hourOf(atMs)))
    return signs
  }

  /** Of the names that both have: the fewer have all of them, the more. */
  function sharedNames(one: readonly string[], other: readonly string[]): Sign | undefined {
    const shared = [...new Set(one)].filter((family) => other.includes(family))
    const shares = shared.map((family) => rarity(families.get(family) ?? 0))
    const oneIn = Math.round(1 / shares.reduce((product, share) => product * share, 1))
    const more = Math.min(points.family, Math.log2(oneIn / commonOneIn))
    return shared.length > 0 && more > 0 ? sign('family', more, oneIn) : undefined
  }

  /** The share of those who have it, as far as those who are known tell. */
  function rarity(having: number): number {
    return (having + 1) / (patients.size + unknownNames)
  }

  function daySigns(day: readonly Visit[]): Sign[] {
    const signs: Sign[] = []
    if (day.length > 3) signs.push(sign('many', points.many * Math.min(day.length - 3, manyMax), day.length))
    const numbers = day
      .toSorted((one, other) => one.atMs - other.atMs)
      .flatMap(({ patient }) => patients.get(patient)?.number ?? [])
    let near = 0
    for (const [n, number] of numbers.entries()) {
      const before = numbers[n - 1]
      if (before !== undefined && number !== before && Math.abs(number - before) <= nearMax) near++
    }
    if (near >= nearMin) signs.push(sign('neighbours', points.neighbours, near + 1))
    return signs
  }
}

interface Habit {
  hours: number[]
  all: number
}

function habitsOf(visits: readonly Visit[], hourOf: (atMs: number) => number): Map<string, Habit> {
  const habits = new Map<string, Habit>()
  for (const { actor, atMs } of visits) {
    let habit = habits.get(actor)
    if (!habit) habits.set(actor, (habit = { hours: Array<number>(24).fill(0), all: 0 }))
    habit.hours[hourOf(atMs)]!++
    habit.all++
  }
  return habits
}

/** With the hours beside it: nobody begins on the minute. */
function isOdd({ hours, all }: Habit, hour: number): boolean {
  if (all < habitMin) return false
  const around = hours[(hour + 23) % 24]! + hours[hour]! + hours[(hour + 1) % 24]!
  return around / all < oddShare * 3
}

function familiesIn(patients: ReadonlyMap<string, Known>): Map<string, number> {
  const count = new Map<string, number>()
  for (const { families } of patients.values())
    for (const family of new Set(families)) count.set(family, (count.get(family) ?? 0) + 1)
  return count
}

function meet(one: readonly string[], other: readonly string[]): boolean {
  return one.some((each) => other.includes(each))
}

function sum(signs: readonly Sign[]): number {
  return signs.reduce((all, { points: each }) => all + each, 0)
}

const rounded = (score: number): number => Math.round(score * 10) / 10

function sign(name: SignName, worth: number, n = 0): Sign {
  const [es, en] = said[name]
  return {
    sign: name,
    points: rounded(worth),
    es: es.replace('{n}', String(n)),
    en: en.replace('{n}', String(n)),
  }
}

const said: Readonly<Record<SignName, readonly [es: string, en: string]>> = {
  'no-relation': [
    'Nada en el expediente dice por qué lo vio: ni atención ni trámite por esas fechas.',
    'Nothing in the record says why they looked: no care and no business about that time.',
  ],
  family: [
    'Comparten un apellido que lleva uno de cada {n} pacientes.',
    'They share a family name that one patient in {n} has.',
  ],
  home: ['Tienen el mismo domicilio.', 'They have the same address.'],
  phone: ['Tienen el mismo teléfono.', 'They have the same telephone.'],
  street: ['Viven en la misma calle.', 'They live in the same street.'],
  colleague: ['El paciente trabaja aquí.', 'The patient works here.'],
  vip: [
    'El expediente está marcado como de alguien conocido.',
    'The record is labelled as of somebody well known.',
  ],
  onlookers: [
    'Otras {n} personas lo vieron sin motivo aparente en la misma semana.',
    '{n} other people looked without apparent reason within a week.',
  ],
  many: [
    'Ese día vio a {n} pacientes sin motivo aparente.',
    'On that day they looked at {n} patients without apparent reason.',
  ],
  neighbours: [
    'Abrió {n} expedientes de números seguidos, uno tras otro.',
    'They opened {n} records with neighbouring numbers, one after the other.',
  ],
  'odd-hour': [
    'A las {n} h casi nunca trabaja en expedientes.',
    'At {n} h they hardly ever work with records.',
  ],
  again: ['Ya lo había visto antes sin motivo aparente.', 'They had looked before without apparent reason.'],
}
