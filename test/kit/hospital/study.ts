/** A hospital's year, looked through week by week as its privacy officer would: what is listed, who of the snoops is, and what is listed for nothing. */
import { isActive } from '../../../src/safeguards/access/relation.ts'
import { isBusiness } from '../../../src/safeguards/snooping/reason.ts'
import { unusual } from '../../../src/safeguards/snooping/scoring.ts'

export { thresholdUsual } from '../../../src/safeguards/snooping/scoring.ts'

import type { Colleague, Known, Visit } from '../../../src/safeguards/snooping/types.ts'
import { chanceOf } from './chance.ts'
import { snoopsIn, type Snoop, type Story } from './snoops.ts'
import { townOf, type Inhabitant, type Town } from './town.ts'
import { goingsOn, type Going, type Look, type Written } from './year.ts'

const hour = 3_600_000
const day = 24 * hour
const week = 7 * day
/** Habits and repetitions are known by so much before. */
const habitMs = 4 * week

/** A listed day of somebody's. */
interface Listed {
  actor: string
  dayMs: number
  score: number
}

export interface Study {
  startMs: number
  weeks: number
  visits: number
  /** All that a threshold of 0 lists. */
  listed: Listed[]
  snoops: Snoop[]
}

export interface Outcome {
  threshold: number
  /** Share of the snoops of whom any day is listed, and by story. */
  recall: number
  byStory: Map<Story, { found: number; of: number }>
  falseAlarmsAWeek: number
  listedAWeek: number
}

/** What went on, and who snooped: from the fifth week on, or a later day. The first weeks only teach habits. */
export interface Life extends Going {
  startMs: number
  days: number
  habitDays: number
  town: Town
  snoops: Snoop[]
}

export function lifeOf(
  seed: number,
  days: number,
  { startMs = Date.UTC(2027, 0, 4), habitDays = habitMs / day } = {},
): Life {
  const town = townOf(chanceOf(seed))
  const going = goingsOn(town, chanceOf(seed + 1), startMs, days)
  const snoops = snoopsIn(town, chanceOf(seed + 2), startMs + habitDays * day, days - habitDays)
  return { startMs, days, habitDays, town, ...going, snoops }
}

export function studyOf(seed: number, days: number, floor?: number): Study {
  return lookThrough(lifeOf(seed, days), floor)
}

/** `floor`: what scores less is not kept. */
export function lookThrough(life: Life, floor = 2.5): Study {
  const { startMs, days, habitDays, town, snoops } = life
  const visits = visitsOf(life)
  const [staff, patients] = peopleOf(town)
  const listed: Listed[] = []
  const weeks = Math.floor((days - habitDays) / 7)
  for (let n = 0; n < weeks; n++) {
    const fromMs = startMs + habitDays * day + n * week
    const [first, last] = [at(visits, fromMs - habitMs), at(visits, fromMs + week)]
    const seen = visits.slice(first, last)
    listed.push(
      ...unusual({
        visits: seen,
        fromMs,
        staff,
        patients,
        hourOf: (ms) => Math.floor(((ms - startMs) % day) / hour),
        threshold: floor,
      }),
    )
  }
  return { startMs, weeks, visits: visits.length, listed, snoops }
}

export function outcomeOf({ startMs, weeks, listed, snoops }: Study, threshold: number): Outcome {
  const nameOf = (actor: string, dayMs: number) => `${actor} ${dayMs}`
  const daysListed = new Set(
    listed.filter(({ score }) => score >= threshold).map(({ actor, dayMs }) => nameOf(actor, dayMs)),
  )
  const guilty = new Set<string>()
  const byStory: Outcome['byStory'] = new Map()
  let found = 0
  for (const { story, actor, looks } of snoops) {
    const days = looks.map(({ atMs }) => nameOf(actor, dayOf(startMs, atMs)))
    for (const each of days) guilty.add(each)
    const isFound = days.some((each) => daysListed.has(each))
    const told = byStory.get(story) ?? { found: 0, of: 0 }
    byStory.set(story, { found: told.found + Number(isFound), of: told.of + 1 })
    found += Number(isFound)
  }
  const innocent = [...daysListed].filter((each) => !guilty.has(each)).length
  return {
    threshold,
    recall: found / snoops.length,
    byStory,
    falseAlarmsAWeek: innocent / weeks,
    listedAWeek: daysListed.size / weeks,
  }
}

const dayOf = (startMs: number, atMs: number): number => startMs + Math.floor((atMs - startMs) / day) * day

/** The first that is not before. Visits are in the order of their days. */
function at(visits: readonly Visit[], dayMs: number): number {
  let [low, high] = [0, visits.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (visits[middle]!.dayMs < dayMs) low = middle + 1
    else high = middle
  }
  return low
}

/** One for each person, patient and day, with the reason that the record gives. */
function visitsOf({ startMs, town, looks, written, snoops }: Life): Visit[] {
  const roles = new Map(town.workers.map(({ actor, roles: each }) => [actor, each]))
  const ofPatient = Map.groupBy(written, ({ patient }) => patient)
  const merged = new Map<string, Look & { dayMs: number }>()
  for (const look of [...looks, ...snoops.flatMap((each) => each.looks)]) {
    const dayMs = dayOf(startMs, look.atMs)
    const name = `${look.actor} ${look.patient} ${dayMs}`
    const known = merged.get(name)
    if (!known) merged.set(name, { ...look, dayMs })
    else {
      known.atMs = Math.min(known.atMs, look.atMs)
      known.resources += look.resources
      if (look.wrote) known.wrote = true
    }
  }
  const visits = [...merged.values()].map(({ actor, patient, atMs, dayMs, resources, wrote }): Visit => {
    const theirs = ofPatient.get(patient) ?? []
    const reason = isCare(theirs, actor, atMs)
      ? 'care'
      : isBusiness(roles.get(actor) ?? [], theirs, atMs)
        ? 'desk'
        : wrote
          ? 'wrote'
          : 'none'
    return { actor, patient: String(patient), dayMs, atMs, reason, resources }
  })
  return visits.toSorted((one, other) => one.dayMs - other.dayMs)
}

function isCare(written: readonly Written[], actor: string, atMs: number): boolean {
  return written.some(({ carers, ...link }) => carers.includes(actor) && isActive(link, atMs))
}

function peopleOf({ people, workers, famous }: Town): [Map<string, Colleague>, Map<string, Known>] {
  const told = ({ families, home, street, phone }: Inhabitant) => ({
    families,
    homes: [home],
    streets: [street],
    phones: [phone],
  })
  const actors = new Map(workers.map(({ who, actor }) => [who.id, actor]))
  const staff = new Map(workers.map(({ who, actor }) => [actor, { actor, ...told(who) }]))
  const patients = new Map(
    people.map((each): [string, Known] => {
      const colleague = actors.get(each.id)
      const more = colleague === undefined ? {} : { colleague }
      return [String(each.id), { ...told(each), isVip: famous.has(each.id), number: each.id, ...more }]
    }),
  )
  return [staff, patients]
}
