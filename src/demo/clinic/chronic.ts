import type { Day } from '../types.ts'
import { carryOn, fallIll, isControlled, isUrgent, review, testsDue } from './courses/illness.ts'
import type { Illness } from './courses/illness.ts'
import { metabolic } from './courses/metabolic.ts'
import { organs } from './courses/organs.ts'
import { others } from './courses/others.ts'
import { evolution, history } from './consultation.ts'
import { addDays, addMonths, daysBetween, sayTime } from './days.ts'
import type { Life } from './life.ts'
import type { Part } from './parts.ts'
import { eyes, refer } from './referral.ts'
import { listed } from './speech.ts'
import { saidProblem } from './terms/problems.ts'
import { Visit } from './visit.ts'

const illnesses: ReadonlyMap<string, Illness> = new Map(
  [...metabolic, ...organs, ...others].map((illness) => [illness.key, illness]),
)

/** The long illnesses of a part: known before the chart begins, or found within it; and the visits that review them. */
export function liveWith(life: Life, ill: Part['ill']): void {
  const old: { illness: Illness; since: Day; rungs: number }[] = []
  for (const [key, least, most, rungs] of ill) {
    const illness = illnesses.get(key)
    if (!illness) throw new RangeError(`no illness ${key}`)
    const years = least + (most - least) * life.random.float()
    const since = addDays(life.today, -Math.round(years * 365.25))
    if (since < life.person.birthDate) continue
    if (since < addDays(life.start, 60)) {
      old.push({ illness, since: since < life.start ? since : addDays(life.start, -200), rungs })
      fallIll(life, illness, life.start, true)
    } else {
      // It begins some weeks before anyone gives it its name.
      life.schedule(addDays(since, -90), (day) => fallIll(life, illness, day, false))
      life.schedule(since, (day) => find(life, illness, day))
    }
  }
  life.schedule(addDays(life.start, life.random.int(3, 40)), (day) => begin(life, day, old))
}

/** The first visit that the chart knows: the whole history. */
function begin(life: Life, from: Day, old: readonly { illness: Illness; since: Day; rungs: number }[]): void {
  const day = life.openDay(from)
  if (day >= life.today) return
  const lead = old[0]?.illness
  const visit = new Visit(life, {
    day,
    kind: 'AMB',
    specialty: lead?.specialty ?? usual(life, day),
    reason: 'Primera vez: apertura de expediente',
    minutes: 45,
  })
  for (const { illness, since } of old) life.diagnose(illness.key, day, since, visit.reference)
  visit.laboratory([...new Set(old.flatMap(({ illness }) => testsDue(illness, life, day)))])
  visit.pressure()
  for (const test of ['heart', 'breath', 'temperature', 'oxygen', 'weight', 'height', 'bmi'])
    visit.measure(test)
  for (const { illness, rungs } of old) {
    const problem = life.problem(illness.key)
    // What has no number to be steered by is treated from the start.
    const least = illness.watch === undefined ? Math.min(1, illness.ladder.length) : 0
    if (problem) carryOn(visit, illness, problem, Math.max(rungs, least))
  }
  for (const { illness } of old) review(visit, illness)
  history(visit)
  visit.close()
  if (old.length > 0) life.schedule(next(life, day, false), (day) => follow(life, day))
}

function usual(life: Life, day: Day) {
  return life.years(day) < 16 ? 'paediatrics' : 'family-medicine'
}

/** What was not there before is given its name. */
function find(life: Life, illness: Illness, from: Day): void {
  const day = life.openDay(from)
  if (day >= life.today) return
  const visit = new Visit(life, {
    day,
    kind: 'AMB',
    specialty:
      life.years(day) < 16 || illness.specialty !== 'paediatrics' ? illness.specialty : 'family-medicine',
    reason: `Valoración: ${saidProblem(illness.key)} por descartar`,
  })
  vitals(
    visit,
    illness.key === 'hypertension' ? [146 + life.random.int(0, 14), 92 + life.random.int(0, 8)] : undefined,
  )
  visit.laboratory(testsDue(illness, life, day))
  visit.diagnose(illness.key)
  review(visit, illness)
  const problem = life.problem(illness.key)
  // Found under control by chance of a day: the treatment begins all the same.
  if (problem && problem.step < 0 && illness.ladder.length > 0) {
    problem.step = 0
    visit.treat(illness.key, illness.ladder[0]!)
    problem.changed = day
  }
  visit.reconcile()
  if (illness.key === 'cataract') refer(visit, eyes)
  const followUp = next(life, day, false)
  evolution(visit, 'valoración', followUp)
  visit.close()
  // The reviews of all that this person has go on from here.
  const followed = life.past.includes('followed')
  if (!followed) life.schedule(followUp, (day) => follow(life, day))
}

function vitals(visit: Visit, pressure?: readonly [number, number]): void {
  const { life } = visit
  visit.pressure(pressure)
  visit.measure('heart')
  visit.measure('weight')
  const height = life.known.get('height')
  if (!height || daysBetween(height.day, visit.day) > 500) {
    visit.measure('height')
    visit.measure('bmi')
  }
}

/** One visit for all long illnesses, and the date of the next. */
function follow(life: Life, from: Day): void {
  const day = life.openDay(from)
  if (day >= life.today) return
  if (life.isPregnant) {
    life.schedule(addMonths(day, 3), (day) => follow(life, day))
    return
  }
  const mine = life.problems.filter(({ active }) => active).flatMap(({ key }) => illnesses.get(key) ?? [])
  if (mine.length === 0) return
  if (!life.past.includes('followed')) life.past.push('followed')
  // Those that come more seldom are left out of some visits.
  const chosen = mine.filter((illness, i) => i < 3 || life.random.chance(illness.months > 5 ? 0.35 : 0.7))
  const lead = mine.toSorted((a, b) => a.months - b.months)[0]!.specialty
  const specialty = lead === 'paediatrics' && life.years(day) >= 16 ? 'family-medicine' : lead
  const visit = new Visit(life, {
    day,
    kind: 'AMB',
    specialty,
    reason: `Control de ${listed(chosen.slice(0, 3).map(({ key }) => saidProblem(life.problem(key)?.named ?? key)))}`,
  })
  vitals(visit)
  visit.laboratory([...new Set(chosen.flatMap((illness) => testsDue(illness, life, day)))].slice(0, 8))
  visit.reconcile()
  if (life.stayed && daysBetween(life.stayed.until, day) < 120)
    visit.told.push(
      visit.say(
        `{Egresó|Salió} hace ${sayTime(daysBetween(life.stayed.until, day))} de hospitalización por ${life.stayed.said}, {ya recuperad@|sin recaídas}`,
      ),
    )
  life.stayed = undefined
  const controlled = chosen.map((illness) => review(visit, illness))
  const followUp = next(life, day, controlled.every(Boolean))
  evolution(visit, 'control', followUp)
  visit.close()
  life.schedule(followUp, (day) => follow(life, day))
}

function next(life: Life, day: Day, isControlledAll: boolean): Day {
  const mine = life.problems.filter(({ active }) => active).flatMap(({ key }) => illnesses.get(key) ?? [])
  const months = Math.min(
    6,
    ...mine.map((illness) => (isControlled(illness, life) ? illness.months : Math.min(illness.months, 3))),
  )
  if (mine.some((illness) => isUrgent(illness, life)))
    return addDays(addMonths(day, 1), life.random.int(0, 6))
  return addDays(
    addMonths(day, isControlledAll ? Math.max(2, months) : Math.max(2, Math.min(3, months))),
    life.random.int(-6, 9),
  )
}
