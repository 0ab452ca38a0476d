import type { Day } from '../../types.ts'
import { allergyLine, evolution, noun, prognosis } from '../consultation.ts'
import { addDays, sayAge } from '../days.ts'
import type { Dose } from '../dosage.ts'
import type { Life } from '../life.ts'
import { saidProblem } from '../terms/problems.ts'
import { Visit } from '../visit.ts'
import { ailments } from './ailments.ts'

/** When such things come: some months apart, and never the same illness twice at once. */
export function ail(life: Life, name: string, from: Day): void {
  const common = ailments[name]
  const ailment = common && life.person.sex === 'male' ? { ...common, ...common.his } : common
  if (!ailment) throw new RangeError(`no ailment ${name}`)
  const day = ailment.kind === 'AMB' ? life.openDay(from) : from
  const isLasting = ailment.lasts === 0
  if (day >= life.today || !life.isFree(day) || (!isLasting && life.has(ailment.key)) || life.isPregnant)
    return
  if (isLasting && ailment.key !== 'diabetic-neuropathy' && !life.has(ailment.key)) return
  const between = ([low, high]: readonly [number, number], decimals: number) =>
    Number((low + (high - low) * life.random.float()).toFixed(decimals))
  const isChild = life.years(day) < 15
  const specialty = isChild && ailment.kind === 'AMB' ? 'paediatrics' : ailment.specialty
  const visit = new Visit(life, {
    day,
    kind: ailment.kind,
    specialty,
    reason: ailment.reason,
    isAcute: true,
    ...(ailment.kind === 'EMER' ? { minute: life.random.int(6 * 60, 20 * 60), minutes: 150 } : {}),
  })
  if (life.years(day) > 3) visit.pressure()
  for (const test of [
    'heart',
    'breath',
    'temperature',
    ...(isChild || name === 'asthma-attack' ? ['weight'] : []),
  ]) {
    const range = ailment.vitals[test]
    // Of adults; the pulse and breath of a child are its own, a little faster.
    visit.measure(
      test,
      range && !(isChild && (test === 'heart' || test === 'breath') && name !== 'child-gastro')
        ? between(range, test === 'temperature' ? 1 : 0)
        : undefined,
    )
  }
  for (const [test, range] of Object.entries(ailment.vitals))
    if (!visit.results.has(test)) visit.measure(test, between(range, 0))
  if (ailment.tests)
    visit.laboratory(
      [],
      Object.fromEntries(
        Object.entries(ailment.tests).map(([test, range]) => [
          test,
          between(range, test === 'potassium' || test === 'leukocytes' ? 1 : 0),
        ]),
      ),
    )
  const days = life.random.int(...ailment.days)
  visit.told.push(
    days === 0
      ? visit.say('{Inició hoy|Desde hace unas horas}')
      : visit.say(`{Inicia|Comenzó} hace ${days} ${days === 1 ? 'día' : 'días'}`),
  )
  visit.told.push(...ailment.story.map((story) => visit.say(story)))
  visit.found.push(...ailment.exam.map((exam) => visit.say(exam)))
  if (ailment.study) visit.study(...ailment.study)
  if (!life.has(ailment.key)) visit.diagnose(ailment.key, addDays(day, -days))
  else visit.concern(ailment.key)
  visit.thought.push(visit.say(`${saidProblem(ailment.key)}: ${ailment.judged}`))
  if (name === 'seizure') life.past.push(`seizure ${day}`)
  for (const options of ailment.treatment)
    visit.treat(
      ailment.key,
      options.map((dose) => forWeight(dose, visit)),
    )
  visit.ordered.push(...ailment.advice.map((advice) => visit.say(advice)))
  if (ailment.kind === 'EMER') emergencyNote(visit, ailment.reason)
  else evolution(visit, ailment.reason.toLowerCase())
  visit.close(ailment.kind === 'AMB' && (ailment.tests ?? ailment.study) ? 90 : 20)
  if (!isLasting) life.schedule(addDays(day, ailment.lasts), (day) => life.resolve(ailment.key, day))
}

/** Millilitres for each kilogram, of what children are given by weight. */
const perKilogram: Readonly<Record<string, number>> = {
  'amoxicillin-syrup': 0.4,
  'paracetamol-syrup': 0.47,
  'azithromycin-syrup': 0.25,
}

function forWeight(dose: Dose, visit: Visit): Dose {
  const share = perKilogram[dose.drug]
  const weight = visit.results.get('weight')?.value
  // One milligram for each kilogram and forty at most, in tablets of five.
  if (dose.drug === 'prednisone' && weight) return { ...dose, pieces: Math.min(8, Math.round(weight / 5)) }
  if (share === undefined || weight === undefined) return dose
  return { ...dose, pieces: Math.min(15, Math.max(1, Math.round(share * weight * 2) / 2)) }
}

const triageOf = (why: string): string =>
  /Torcedura/.test(why) ? 'verde' : /aire|convulsiva|asma/.test(why) ? '{naranja|amarillo}' : 'amarillo'

/** NOM-004-SSA3-2012, 7.1. */
export function emergencyNote(
  visit: Visit,
  why: string,
  fate = '{Egresa a domicilio|Alta a domicilio}, {estable|consciente y hemodinámicamente estable}',
): void {
  const { life } = visit
  // Written when the results are there.
  visit.move(visit.day, visit.minute + 125)
  visit.note('emergency', [
    { title: 'Motivo de atención', text: [visit.say(`${why}, triage ${triageOf(why)}`)] },
    { title: 'Signos vitales', text: [visit.vitalLine()] },
    {
      title: 'Resumen del interrogatorio',
      text: [
        `${visit.say(noun(life, visit.day))} de ${sayAge(life.person.birthDate, visit.day)}${visit.problemLine() ? ` con ${visit.problemLine()}` : ''}`,
        ...visit.told,
        allergyLine(life),
      ],
    },
    { title: 'Exploración física y estado mental', text: [mind(visit), ...visit.examination()] },
    { title: 'Resultados', text: [visit.labLine()] },
    { title: 'Diagnóstico', text: visit.thought, lines: true },
    { title: 'Tratamiento', text: visit.ordered, lines: true },
    {
      title: 'Destino y pronóstico',
      text: [visit.say(fate), `Pronóstico: ${prognosis(visit).toLowerCase()}`],
    },
  ])
}

/** Where no finding tells of it. */
function mind(visit: Visit): string | undefined {
  if (visit.found.some((text) => /orientad|consciente|somnolient|activ|Recuperad/i.test(text)))
    return undefined
  return visit.life.years(visit.day) < 6
    ? visit.say('{Despiert@, reactiv@|Irritable pero consolable}')
    : visit.say('{Consciente y orientad@|Alerta, orientad@ en las tres esferas}')
}
