import type { Day, Specialty } from '../../types.ts'
import { addDays, daysBetween, sayTime } from '../days.ts'
import type { Dose } from '../dosage.ts'
import type { Life, Problem } from '../life.ts'
import { isTold } from '../findings.ts'
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
  /** What is found instead while it is out of goal. */
  examBad?: readonly Template[]
  good: readonly Template[]
  bad: readonly Template[]
  advice: readonly Template[]
  /** Gives it its more exact name, before it is judged; returns what is to be said of it. */
  stage?: (visit: Visit, problem: Problem) => string | undefined
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
  const mine = goalOf(watch, goal, life)
  return value === undefined || (illness.higherIsBetter ? value >= mine : value <= mine)
}

/** The old are harmed sooner by too little sugar or pressure; whose arteries are ill needs less cholesterol. */
function goalOf(watch: string, goal: number, life: Life): number {
  if (watch === 'hba1c' && life.years(life.today) >= 75) return goal + 1
  if (watch === 'systolic' && life.years(life.today) >= 80) return goal + 10
  if (watch === 'ldl' && ['coronary', 'stroke-sequelae'].some((key) => life.has(key))) return 70
  if (watch === 'ldl' && ['diabetes', 'kidney'].some((key) => life.has(key))) return 100
  return goal
}

/** One problem of a visit: asked about, examined, judged, treated. Returns whether it was under control. */
export function review(visit: Visit, illness: Illness): boolean {
  const { life } = visit
  const problem = life.problem(illness.key)
  if (!problem) return true
  const before = illness.watch ? visit.life.known.get(illness.watch) : undefined
  for (const scale of illness.scales ?? []) visit.measure(scale, counted(visit, scale))
  const staged = illness.stage?.(visit, problem)
  visit.concern(illness.key)
  const isWell = isControlled(illness, life)
  const isNew = daysBetween(problem.since, visit.day) < 3
  const isTroubled = !isWell || (isNew && illness.watch !== undefined)
  const talk = anew(visit, isTroubled ? illness.unwell : illness.well, visit.told)
  if (talk !== undefined) visit.told.push(talk)
  // A heart that fibrillates does not beat in time, whichever illness it is listened to for.
  const exams = (isWell ? undefined : illness.examBad) ?? illness.exam
  visit.found.push(
    pick(
      visit,
      life.has('atrial-fibrillation')
        ? exams.filter((exam) => !/(?<!r)rítmicos|ritmo regular/.test(exam))
        : exams,
    ),
    ...(illness.scales ?? [])
      .filter((scale) => scale !== illness.watch && testTerm(scale).kind === 'survey')
      .map((scale) => visit.value(scale)),
  )
  visit.thought.push(judgement(visit, illness, problem, isWell, before?.value))
  if (staged !== undefined) visit.thought.push(staged)
  const said = visit.ordered.length
  if (!isWell) steer(visit, illness, problem)
  illness.extra?.(visit, problem)
  if (!isWell && visit.ordered.length === said) excuse(visit, illness, problem)
  if (isWell) problem.waited = false
  const isIdle = visit.ordered.length === said
  if (isIdle && (isNew || visit.ordered.length === 0 || life.random.chance(0.6)))
    visit.ordered.push(pick(visit, illness.advice))
  return isWell
}

/** What this hospital saw itself cannot be counted as none. */
function counted(visit: Visit, scale: string): number | undefined {
  const seen = visit.life.past.findLast((said) => said.startsWith('seizure '))?.slice(8)
  if (scale !== 'seizures' || seen === undefined || daysBetween(seen, visit.day) > 91) return undefined
  return Math.max(1, visit.life.body.read('seizures', visit.day))
}

const pick = (visit: Visit, templates: readonly Template[]): string =>
  visit.say(visit.life.random.pick(templates))

/** Something that was not told of in this visit yet; undefined where there is nothing. */
function anew(visit: Visit, templates: readonly Template[], told: readonly string[]): string | undefined {
  for (const template of visit.life.random.shuffle(templates)) {
    const text = visit.say(template)
    if (!isTold(text, told)) return text
  }
  return undefined
}

/** Out of goal: first whether the treatment is taken, then more of it. */
function steer(visit: Visit, illness: Illness, problem: Problem): void {
  const { life } = visit
  const isSaid = visit.thought.some((text) => text.includes('apego'))
  if (
    problem.step >= 0 &&
    !problem.waited &&
    !isSaid &&
    !isUrgent(illness, life) &&
    life.random.chance(0.45)
  ) {
    const lapse = life.bio.lapses.find(({ said }) => !life.past.includes(said))
    if (lapse) {
      life.past.push(lapse.said)
      visit.told.push(visit.say(`{Reconoce que|Admite que|Al preguntarle,} ${lapse.said}`))
      visit.ordered.push(lapse.answer)
      visit.thought.push(
        visit.say(
          'Fuera de meta por {falta de apego|apego irregular}: {se corrige antes de escalar|no se escala hoy}',
        ),
      )
      problem.waited = true
      return
    }
  }
  // What was measured before the last change says nothing of it.
  const measured = illness.watch ? life.known.get(illness.watch)?.day : undefined
  const isSettled =
    problem.step < 0 || (measured !== undefined && daysBetween(problem.changed, measured) >= 25)
  if (isSettled && problem.step < illness.ladder.length - 1) climb(visit, illness, problem)
  problem.waited = false
}

/** So far from the goal that nobody waits. */
const urgent: Readonly<Record<string, number>> = { systolic: 160, hba1c: 9, phq9: 15, das28: 5.1, inr: 4 }

export function isUrgent({ watch }: Illness, life: Life): boolean {
  if (watch === undefined) return false
  return (life.known.get(watch)?.value ?? 0) >= (urgent[watch] ?? Infinity)
}

/** Nothing was changed though the goal is missed: why. */
function excuse(visit: Visit, illness: Illness, problem: Problem): void {
  const what = illness.watch ? testTerm(illness.watch).short : 'síntomas'
  const isRecent = daysBetween(problem.changed, visit.day) < 60 && problem.step >= 0
  visit.ordered.push(
    visit.say(
      isRecent
        ? `{Ajuste reciente, aún sin efecto pleno|Tratamiento modificado hace ${sayTime(daysBetween(problem.changed, visit.day))}}: {se repite|nueva medición de} ${what} en {seis|ocho} semanas`
        : `{Esquema completo|Sin más escalones por ahora}: {se refuerzan medidas no farmacológicas|se comenta el caso con el especialista}, vigilar ${what}`,
    ),
  )
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
  const { text } = problemTerm(problem.named)
  const isNew = daysBetween(problem.since, visit.day) < 3
  const words = isNew
    ? visit.say('{diagnóstico nuevo|de reciente diagnóstico|se integra el diagnóstico}')
    : visit.say(visit.life.random.pick(isWell ? illness.good : illness.bad))
  if (watch === 'systolic') return `${text}: ${words}, ${visit.pressureSaid}`
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
