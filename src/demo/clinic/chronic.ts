import type { Day } from '../types.ts'
import { carryOn, fallIll, isControlled, review, sayCourse, testsDue } from './courses/illness.ts'
import type { Illness } from './courses/illness.ts'
import { metabolic } from './courses/metabolic.ts'
import { organs } from './courses/organs.ts'
import { others } from './courses/others.ts'
import { addDays, addMonths, daysBetween, sayAge } from './days.ts'
import type { Life } from './life.ts'
import type { Part } from './parts.ts'
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

function history(visit: Visit): void {
  const { life } = visit
  const { bio } = life
  const known = life
    .current()
    .map((problem) => `${saidProblem(problem.key)} ${sayCourse(problem, visit.day)}`)
  visit.note('history', [
    { title: 'Antecedentes heredofamiliares', text: [listed(bio.family)] },
    {
      title: 'Antecedentes personales no patológicos',
      text: [
        visit.say(`${bio.work}, ${bio.marital}, escolaridad: ${bio.schooling}; {vive en|habita} ${bio.home}`),
        `${bio.diet}; ${bio.exercise}`,
        `Tabaco: ${bio.tobacco}`,
        `Alcohol: ${bio.alcohol}`,
        `Grupo sanguíneo ${life.person.blood}`,
        visit.say(`${bio.habit}`),
      ],
    },
    {
      title: 'Antecedentes personales patológicos',
      text: [known.length > 0 ? listed(known) : 'Sin enfermedades crónicas conocidas', allergyLine(life)],
    },
    {
      title: 'Padecimiento actual',
      text: [
        visit.say(
          `{Acude|Se presenta} ${life.bio.companion ? `{acompañad@ de|con} ${life.bio.companion}` : '{sol@|por su propio pie}'} para {abrir expediente|iniciar su control en este hospital}`,
        ),
        ...visit.told,
      ],
    },
    { title: 'Signos vitales', text: [visit.vitalLine()] },
    { title: 'Exploración física', text: visit.found },
    { title: 'Resultados', text: [visit.labLine()] },
    { title: 'Diagnósticos o problemas clínicos', text: visit.thought, lines: true },
    { title: 'Tratamiento e indicaciones', text: visit.ordered, lines: true },
    { title: 'Pronóstico', text: [prognosis(visit)] },
  ])
}

export function allergyLine(life: Life): string {
  return life.allergies.length > 0
    ? `Alergias: ${listed(life.allergies.map(({ said }) => said))}`
    : 'Niega alergias'
}

/** What a note calls somebody of this age; in both forms. */
export function noun(life: Life, day: Day): string {
  const years = life.years(day)
  if (daysBetween(life.person.birthDate, day) < 28) return '<Recién nacido|Recién nacida>'
  if (years < 2) return '<Lactante masculino|Lactante femenina>'
  if (years < 12) return '<Niño|Niña>'
  return years < 18 ? 'Adolescente' : '<Hombre|Mujer>'
}

export function prognosis(visit: Visit): string {
  const { life } = visit
  if (life.taking().length === 0)
    return visit.say('Bueno {para la vida y la función|a corto plazo|a mediano plazo}')
  const grave = [
    'heart-failure',
    'alcoholic-cirrhosis',
    'kidney-4',
    'kidney-5',
    'breast-cancer',
    'copd',
    'memory',
  ].some((key) => life.has(key))
  return visit.say(
    grave
      ? 'Reservado {para la función|a mediano plazo|a evolución}'
      : '{Bueno para la vida y la función|Favorable con apego al tratamiento|Bueno a corto plazo}',
  )
}

/** What was not there before is given its name. */
function find(life: Life, illness: Illness, from: Day): void {
  const day = life.openDay(from)
  if (day >= life.today) return
  const visit = new Visit(life, {
    day,
    kind: 'AMB',
    specialty: illness.specialty,
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
  evolution(visit, 'valoración')
  visit.close()
  // The reviews of all that this person has go on from here.
  const followed = life.past.includes('followed')
  if (!followed) life.schedule(next(life, day, false), (day) => follow(life, day))
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
  const specialty = mine.toSorted((a, b) => a.months - b.months)[0]!.specialty
  const visit = new Visit(life, {
    day,
    kind: 'AMB',
    specialty,
    reason: `Control de ${listed(chosen.slice(0, 3).map(({ key }) => saidProblem(key)))}`,
  })
  vitals(visit)
  visit.laboratory([...new Set(chosen.flatMap((illness) => testsDue(illness, life, day)))].slice(0, 8))
  visit.reconcile()
  const controlled = chosen.map((illness) => review(visit, illness))
  evolution(visit, 'control')
  visit.close()
  life.schedule(next(life, day, controlled.every(Boolean)), (day) => follow(life, day))
}

function next(life: Life, day: Day, isControlledAll: boolean): Day {
  const mine = life.problems.filter(({ active }) => active).flatMap(({ key }) => illnesses.get(key) ?? [])
  const months = Math.min(
    6,
    ...mine.map((illness) => (isControlled(illness, life) ? illness.months : Math.min(illness.months, 3))),
  )
  return addDays(
    addMonths(day, isControlledAll ? Math.max(2, months) : Math.max(2, Math.min(3, months))),
    life.random.int(-6, 9),
  )
}

/** The note of a consultation, in the order that physicians here learn: P, S, O, A, P. */
export function evolution(visit: Visit, why: string): void {
  const { life } = visit
  const { bio, person } = life
  const problems = visit.problemLine()
  const who = visit.say(
    `${noun(life, visit.day)} de ${sayAge(person.birthDate, visit.day)}${problems ? ` {con|portador<|a> de} ${problems}` : ' {previamente san@|sin enfermedades crónicas}'}; ${visit.plan.kind === 'IMP' ? 'cursa' : /^(control|revisión|valoración|quimio)/.test(why) ? '{acude a|consulta de}' : '{acude por|consulta por}'} ${why}${bio.companion && life.random.chance(0.4) ? `, {acompañad@ de|con} ${bio.companion}` : ''}`,
  )
  const chat =
    life.years(visit.day) < 16 || !life.random.chance(0.35)
      ? undefined
      : life.random.chance(0.3)
        ? bio.belief
        : visit.say(
            `{Comenta que|Platica que|Dice que|Cuenta que} ${life.random.pick([bio.habit, bio.diet, bio.exercise])}`,
          )
  visit.note('evolution', [
    { title: 'Presentación', text: [who] },
    { title: 'Subjetivo', text: [...visit.told, chat] },
    { title: 'Objetivo', text: [visit.vitalLine(), ...visit.found, visit.labLine()] },
    { title: 'Análisis', text: visit.thought, lines: true },
    {
      title: 'Plan',
      text: [...visit.ordered, visit.plan.kind === 'IMP' ? undefined : nextLine(visit)],
      lines: true,
    },
    { title: 'Tratamiento vigente', text: visit.medicineLine(), lines: true },
    { title: 'Pronóstico', text: [prognosis(visit)] },
  ])
}

function nextLine(visit: Visit): string {
  return visit.say(
    '{Cita abierta a urgencias|Se explican datos de alarma|Se resuelven dudas} y {cita de control|cita programada|regresa a consulta}',
  )
}
