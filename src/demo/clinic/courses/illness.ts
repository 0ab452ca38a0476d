import type { Day, Specialty } from '../../types.ts'
import { addDays, daysBetween, sayTime } from '../days.ts'
import type { Dose } from '../dosage.ts'
import type { Life, Problem } from '../life.ts'
import type { Template } from '../speech.ts'
import { problemTerm } from '../terms/problems.ts'
import { testTerm } from '../terms/tests.ts'
import type { Visit } from '../visit.ts'

/** From least to most that it may be, for this person or that. */
type Between = readonly [number, number]

/** A rung of treatment: what to give, the first choice first. */
type Step = readonly Dose[]

/**
 * An illness that stays, as its physician thinks of it: what it does to the body, what shows whether it is under
 * control, and the ladder of treatment that is climbed while it is not.
 */
export interface Illness {
  key: string
  specialty: Specialty
  /** Between reviews, when all is well. */
  months: number
  shifts: Readonly<Record<string, Between>>
  perYear?: Readonly<Record<string, Between>>
  watch?: string
  goal?: number
  higherIsBetter?: boolean
  /** From the laboratory, and how many months a result is good for. */
  tests?: readonly (readonly [test: string, months: number])[]
  /** Asked, counted or measured in the consulting room. */
  scales?: readonly string[]
  ladder: readonly Step[]
  well: readonly Template[]
  unwell: readonly Template[]
  exam: readonly Template[]
  good: readonly Template[]
  bad: readonly Template[]
  advice: readonly Template[]
  /** What this illness alone brings along. */
  extra?: (visit: Visit, problem: Problem) => void
}

/** The body begins to show it; or, of old, has long shown it. */
export function fallIll(life: Life, illness: Illness, day: Day, isOld: boolean): void {
  const chance = life.random.fork(`illness ${illness.key}`)
  const tests = new Set([...Object.keys(illness.shifts), ...Object.keys(illness.perYear ?? {})])
  for (const test of tests) {
    const [low, high] = illness.shifts[test] ?? [0, 0]
    const [slow, fast] = illness.perYear?.[test] ?? [0, 0]
    const by = low + (high - low) * chance.float()
    const perYear = slow + (fast - slow) * chance.float()
    if (isOld) life.body.imprint(day, illness.key, test, by, perYear)
    else life.body.influence(day, illness.key, test, by, perYear)
  }
}

/** What was already being taken when the chart begins. */
export function carryOn(visit: Visit, illness: Illness, problem: Problem, rungs: number): void {
  for (let step = 0; step < rungs; step++) {
    const rung = illness.ladder[step] ?? []
    problem.step = step
    // Of a medicine that a later rung gives in another dose, only that one.
    const later = illness.ladder.slice(step + 1, rungs).flat()
    if (later.some(({ drug }) => drug === rung[0]?.drug)) continue
    visit.treat(illness.key, rung, '{Continúa|Sigue con|Mantiene}')
  }
  // As if it had been taken for long.
  problem.changed = addDays(visit.day, -200)
}

export function testsDue(illness: Illness, life: Life, day: Day): string[] {
  return (illness.tests ?? [])
    .filter(([test, months]) => {
      const known = life.known.get(test)
      if (!known) return true
      const isWatched = test === illness.watch && !isControlled(illness, life)
      return daysBetween(known.day, day) > (isWatched ? 60 : months * 30 - 20)
    })
    .map(([test]) => test)
}

export function isControlled(illness: Illness, life: Life): boolean {
  const { watch, goal } = illness
  if (watch === undefined || goal === undefined) return true
  const value = life.known.get(watch)?.value
  if (watch === 'systolic' && (life.known.get('diastolic')?.value ?? 0) > 89) return false
  // The old are harmed sooner by too little sugar than by a little too much.
  const mine = watch === 'hba1c' && life.years(life.today) >= 75 ? goal + 0.8 : goal
  return value === undefined || (illness.higherIsBetter ? value >= mine : value <= mine)
}

/** One problem of a visit: asked about, examined, judged, treated. Returns whether it was under control. */
export function review(visit: Visit, illness: Illness): boolean {
  const { life } = visit
  const problem = life.problem(illness.key)
  if (!problem) return true
  visit.concern(illness.key)
  const before = illness.watch ? visit.life.known.get(illness.watch) : undefined
  for (const scale of illness.scales ?? []) visit.measure(scale)
  const isWell = isControlled(illness, life)
  const isNew = daysBetween(problem.since, visit.day) < 3
  const pick = (templates: readonly Template[]) => visit.say(life.random.pick(templates))
  visit.told.push(pick(isWell && !(isNew && illness.watch) ? illness.well : illness.unwell))
  if (!isWell && problem.step >= 0 && life.random.chance(0.45)) {
    visit.told.push(visit.say(`{Reconoce que|Admite que|Al preguntarle,} ${life.bio.lapse}`))
  }
  // A heart that fibrillates does not beat in time, whichever illness it is listened to for.
  visit.found.push(
    pick(
      life.has('atrial-fibrillation')
        ? illness.exam.filter((exam) => !/(?<!r)rítmicos|ritmo regular/.test(exam))
        : illness.exam,
    ),
  )
  visit.thought.push(judgement(visit, illness, problem, isWell, before?.value))
  // What was measured before the last change says nothing of it.
  const measured = illness.watch ? life.known.get(illness.watch)?.day : undefined
  const settled = problem.step < 0 || (measured !== undefined && daysBetween(problem.changed, measured) >= 25)
  if (!isWell && settled && problem.step < illness.ladder.length - 1) {
    climb(visit, illness, problem)
  } else if (life.random.chance(0.6)) {
    visit.ordered.push(pick(illness.advice))
  }
  illness.extra?.(visit, problem)
  return isWell
}

function climb(visit: Visit, illness: Illness, problem: Problem): void {
  while (problem.step < illness.ladder.length - 1) {
    problem.step++
    if (visit.treat(illness.key, illness.ladder[problem.step]!)) {
      problem.changed = visit.day
      return
    }
  }
}

function judgement(
  visit: Visit,
  illness: Illness,
  problem: Problem,
  isWell: boolean,
  before: number | undefined,
): string {
  const { watch } = illness
  const { text } = problemTerm(illness.key)
  const isNew = daysBetween(problem.since, visit.day) < 3
  const words = isNew
    ? visit.say('{diagnóstico nuevo|de reciente diagnóstico|se integra el diagnóstico}')
    : visit.say(visit.life.random.pick(isWell ? illness.good : illness.bad))
  const now = watch ? visit.results.get(watch) : undefined
  if (!watch || !now) return `${text}: ${words}`
  const { decimals } = testTerm(watch)
  const change =
    before !== undefined && before.toFixed(decimals) !== now.text
      ? ` (${visit.say('{previo|antes|en la consulta anterior}')} ${before.toFixed(decimals)})`
      : ''
  return `${text}: ${words}, ${testTerm(watch).short} ${now.said}${change}`
}

/** `de 9 años de evolución` */
export function sayCourse(problem: Problem, day: Day): string {
  const days = daysBetween(problem.since, day)
  return days < 20 ? 'de reciente diagnóstico' : `de ${sayTime(days)} de evolución`
}
