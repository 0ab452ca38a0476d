import type { Day } from '../../types.ts'
import { allergyLine, evolution, noun, prognosis } from '../consultation.ts'
import { addDays, clock, count, daysBetween, sayAge, shortDate } from '../days.ts'
import type { Life } from '../life.ts'
import { consult } from '../referral.ts'
import { isOf } from '../safety.ts'
import { consentForm, electrocardiogram } from '../scans/forms.ts'
import { listed } from '../speech.ts'
import type { Template } from '../speech.ts'
import { drugTerm } from '../terms/drugs.ts'
import { saidProblem } from '../terms/problems.ts'
import { specialtyNames } from '../terms/specialties.ts'
import { Visit } from '../visit.ts'
import { emergencyNote } from './acute.ts'
import { stays } from './stays.ts'
import type { Numbers, Stay } from './stays.ts'

export function stay(life: Life, name: string, from: Day): void {
  const of = stays[name]
  if (!of) throw new RangeError(`no stay ${name}`)
  const isPlanned = /program/.test(of.reason)
  const day = isPlanned ? life.openDay(from) : from
  const last = addDays(day, life.random.int(...of.days))
  if (
    addDays(last, 2) >= life.today ||
    !life.isFree(day) ||
    (of.lasts > 0 && life.has(of.key)) ||
    life.isPregnant
  )
    return
  const { house } = life.scene
  const minute = isPlanned ? 7 * 60 + 10 : life.random.int(7 * 60, 15 * 60)
  let partOf: string | undefined
  const side = life.random.chance(0.5)
  /** One side, and one score, in all the papers of a stay. */
  const told = (template: Template): string =>
    template
      .replaceAll('%lado', side ? 'derecho' : 'izquierdo')
      .replaceAll('%side', side ? 'derecha' : 'izquierda')
      .replaceAll('%curb', life.years(day) >= 65 ? '2' : '1')
  const story = of.story.map((text) => life.speech.say(told(text)))
  const exam = of.exam.map((text) => life.speech.say(told(text)))
  const judged = `${saidProblem(of.key)}: ${life.speech.say(told(of.judged))}`
  const measure = (visit: Visit, numbers: Numbers) => {
    for (const test of ['heart', 'breath', 'temperature', 'oxygen', 'pain']) {
      if (numbers[test] === undefined) continue
      const wobble =
        test === 'temperature'
          ? life.random.int(-2, 2) / 10
          : test === 'heart'
            ? life.random.int(-5, 6)
            : test === 'pain'
              ? 0
              : life.random.int(-1, 1)
      visit.measure(test, Number((numbers[test] + wobble).toFixed(1)))
    }
  }
  const laboratory = (visit: Visit, numbers: Numbers) => {
    const vary = (value: number) =>
      Number((value * (0.93 + 0.14 * life.random.float())).toFixed(value < 10 ? 2 : value < 30 ? 1 : 0))
    const tests = Object.entries(numbers).filter(
      ([test]) => !['heart', 'breath', 'temperature', 'oxygen', 'pain'].includes(test),
    )
    if (tests.length > 0)
      visit.laboratory([], Object.fromEntries(tests.map(([test, value]) => [test, round(test, vary(value))])))
  }
  const since = addDays(day, -of.daysBefore)
  if (!isPlanned) {
    const visit = new Visit(life, {
      day,
      minute,
      kind: 'EMER',
      specialty: 'emergency',
      reason: of.reason,
      minutes: 200,
    })
    visit.pressure(of.pressure)
    measure(visit, of.vitals)
    laboratory(visit, of.tests)
    visit.told.push(...story)
    visit.found.push(...exam)
    if (of.study) visit.study(of.study[0], of.study[1], told(of.study[2]))
    if (of.ecg) electrocardiogram(visit, of.key)
    visit.diagnose(of.key, since)
    visit.thought.push(judged)
    visit.ordered.push(
      ...(of.orders ?? []).map((order) => visit.say(order)),
      visit.say(
        `{Canalizar vía periférica|Acceso venoso}, ${of.surgery ? 'ayuno' : 'monitoreo'} e interconsulta {a ${specialtyNames[of.specialty]}|a ${specialtyNames[of.specialty]} para ingreso}`,
      ),
    )
    emergencyNote(visit, of.reason, '{Pasa a hospitalización|Ingresa a piso}')
    visit.close(60)
    partOf = visit.reference
  }
  const ward = house.locations.wards.find(({ name }) => of.ward.test(name)) ?? house.locations.wards[0]
  const visit = new Visit(life, {
    day,
    minute: isPlanned ? minute : minute + 220,
    kind: 'IMP',
    specialty: of.specialty,
    reason: of.reason,
    ...(ward ? { place: ward } : {}),
    ...(partOf ? { partOf } : {}),
  })
  visit.pressure(of.pressure)
  measure(visit, isPlanned ? of.vitals : { ...of.vitals })
  visit.found.push(...exam)
  if (isPlanned) {
    laboratory(visit, of.tests)
    if (of.study) visit.study(of.study[0], of.study[1], told(of.study[2]))
    if (of.ecg) electrocardiogram(visit, of.key)
  }
  visit.diagnose(of.key, since)
  visit.told.push(...story)
  visit.thought.push(judged)
  visit.ordered.push(...(of.orders ?? []).map((order) => visit.say(order)))
  for (const options of of.drugs) visit.treat(of.key, options)
  pause(visit, of)
  if (isPlanned) visit.move(day, minute + 125)
  visit.note('admission', [
    { title: 'Motivo de ingreso', text: [of.reason] },
    { title: 'Antecedentes', text: [visit.problemLine() || 'Sin enfermedades crónicas', allergyLine(life)] },
    { title: 'Padecimiento actual', text: visit.told },
    { title: 'Signos vitales', text: [visit.vitalLine()] },
    { title: 'Exploración física', text: visit.examination() },
    { title: 'Resultados', text: [visit.labLine()] },
    { title: 'Diagnóstico', text: visit.thought, lines: true },
    { title: 'Plan', text: visit.ordered, lines: true },
    { title: 'Pronóstico', text: [prognosis(visit)] },
  ])
  if (of.consult && !(of.consult.of && !life.has(of.consult.of))) consult(visit, of.consult)
  if (of.surgery) operate(visit, of, isPlanned ? minute + 140 : 20 * 60 + life.random.int(0, 90))
  const nights = daysBetween(day, last)
  for (let at = addDays(day, 1), turn = 0; at < last; at = addDays(at, 1), turn++) {
    visit.turn()
    visit.move(at, 7 * 60 + 30 + life.random.int(0, 60))
    visit.pressure([of.pressure[0] + life.random.int(-3, 8), of.pressure[1] + life.random.int(-2, 6)])
    measure(visit, between(of.vitals, of.last, (turn + 1.6) / (nights + 0.6)))
    visit.told.push(...of.better.map((text) => visit.say(text)))
    visit.found.push(...of.betterExam.map((text) => visit.say(text)))
    visit.thought.push(
      visit.say(
        `Día ${turn + 2} de estancia por ${saidProblem(of.key)}, {evolución favorable|con mejoría|hacia la mejoría}, ${visit.value('temperature')}`,
      ),
    )
    visit.ordered.push(
      ...(turn === 0 ? [] : (of.watched ?? []).map((text) => visit.say(text))),
      visit.say(
        '{Continuar tratamiento|Mismo manejo} y {vigilar signos vitales|deambulación asistida|cuantificar diuresis}',
      ),
    )
    evolution(visit, 'estancia hospitalaria')
    if (turn < 2) nursing(visit)
  }
  visit.turn()
  visit.move(last, 11 * 60 + life.random.int(0, 60))
  visit.pressure([118 + life.random.int(0, 10), 70 + life.random.int(0, 8)])
  measure(visit, of.last)
  laboratory(visit, of.last)
  for (const options of of.homeDrugs) visit.treat(of.key, options)
  if (visit.paused.length > 0)
    visit.ordered.push(visit.say('Se {reanuda|reinicia} su tratamiento habitual al egreso'))
  visit.paused.length = 0
  visit.ordered.push(...of.home.map((text) => visit.say(text)))
  visit.move(last, visit.minute + 75)
  visit.note('discharge', [
    {
      title: 'Fechas de ingreso y egreso',
      text: [`${shortDate(day)} a ${shortDate(last)}, ${count(nights, 'día', 'días')} de estancia`],
    },
    { title: 'Diagnóstico de egreso', text: [saidProblem(of.key)] },
    {
      title: 'Resumen de la evolución',
      text: [
        `Ingresó por ${of.reason.toLowerCase()}`,
        ...of.better.map((text) => visit.say(text)),
        visit.vitalLine(),
        visit.labLine(),
      ],
    },
    ...(of.surgery
      ? [{ title: 'Procedimiento realizado', text: [`${of.surgery.text}, ${shortDate(day)}`] }]
      : []),
    { title: 'Motivo de egreso', text: ['Mejoría'] },
    { title: 'Plan de manejo y recomendaciones', text: visit.ordered, lines: true },
    { title: 'Pronóstico', text: [prognosis(visit)] },
  ])
  visit.close(40)
  life.past.push(of.past)
  life.stayed = { said: of.surgery ? of.past : saidProblem(of.key), until: last }
  if (of.lasts > 0) life.schedule(addDays(last, of.lasts), (day) => life.resolve(of.key, day))
}

/** What must not be taken through an infection, an operation or dripping diuretics, and what stands in for it. */
function pause(visit: Visit, of: Stay): void {
  const { life } = visit
  const families = of.paused.filter((family) => life.takes(family))
  if (families.length === 0) return
  visit.paused.push(...families)
  const names = life
    .taking()
    .filter(({ key }) => families.some((family) => isOf(key, family)))
    .map(({ key }) => drugTerm(key).name)
  const isSweet = families.some((family) => ['biguanide', 'sglt2'].includes(family))
  visit.ordered.push(
    `Se suspende durante la hospitalización: ${listed(names)}${isSweet ? '; glucometría cada 6 horas e insulina rápida por esquema' : ''}`,
  )
}

/** On the way from one state to another. */
function between(from: Numbers, to: Numbers, share: number): Numbers {
  return Object.fromEntries(
    Object.entries(from).flatMap(([test, value]) => {
      const end = to[test]
      if (end === undefined) return []
      const now = value + (end - value) * Math.min(1, share)
      return [[test, test === 'temperature' ? Math.round(now * 10) / 10 : Math.round(now)]]
    }),
  )
}

const decimals: Readonly<Record<string, number>> = {
  leukocytes: 1,
  hemoglobin: 1,
  creatinine: 2,
  crp: 1,
  bilirubin: 1,
  potassium: 1,
  inr: 1,
  troponin: 2,
}
const round = (test: string, value: number): number => Number(value.toFixed(decimals[test] ?? 0))

/** Before, a signature; after, what was seen and done (NOM-004-SSA3-2012, 8.8). */
function operate(visit: Visit, of: Stay, minute: number): void {
  const { life } = visit
  const { surgery } = of
  if (!surgery) return
  consentForm(visit, surgery.text, saidProblem(of.key))
  visit.move(visit.day, minute)
  visit.procedure(surgery.snomed, surgery.text, { minutes: surgery.minutes, reason: of.key })
  visit.move(visit.day, minute + surgery.minutes + 20)
  const [anaesthetist] = life.scene.house.byRole('physician', 'anaesthesiology')
  visit.note('operation', [
    { title: 'Diagnóstico preoperatorio y posoperatorio', text: [saidProblem(of.key)] },
    {
      title: 'Operación',
      text: [`${surgery.text}, inicio ${clock(minute)}, duración de ${surgery.minutes} minutos`],
    },
    { title: 'Técnica', text: [visit.say(surgery.technique)] },
    { title: 'Hallazgos', text: [visit.say(surgery.findings)] },
    {
      title: 'Equipo',
      text: [`Cirugía: ${visit.doctor.display}${anaesthetist ? `; anestesia: ${anaesthetist.display}` : ''}`],
    },
    {
      title: 'Estado posquirúrgico',
      text: [
        visit.say('{Estable, pasa a recuperación|Despiert@, a recuperación}'),
        `Signos al ingreso: ${visit.vitalLine()}`,
      ],
    },
    {
      title: 'Plan',
      text: [
        visit.say('{Ayuno ocho horas|Líquidos al canalizar gases}, {analgesia horaria|vigilar sangrado}'),
      ],
    },
  ])
}

export function nursing(visit: Visit): void {
  visit.note(
    'nursing',
    [
      {
        title: 'Identificación',
        text: [
          `${visit.say(noun(visit.life, visit.day))} de ${sayAge(visit.life.person.birthDate, visit.day)}`,
        ],
      },
      { title: 'Signos vitales', text: [visit.vitalLine()] },
      {
        title: 'Cuidados',
        text: [
          visit.say(
            '{Baño asistido|Baño de esponja|Aseo en regadera}, {cambio de posición|deambulación en pasillo}, {vía periférica permeable|sitio de punción sin flebitis}',
          ),
          visit.say(
            `{Barandales arriba|Timbre al alcance}, riesgo de caída ${visit.life.years(visit.day) >= 65 ? 'alto' : '{bajo|medio}'}; {dieta consumida al 75 %|aceptó la mitad de la dieta|ingesta completa}`,
          ),
        ],
      },
      { title: 'Medicamentos', text: visit.medicineLine().slice(0, 5), lines: true },
      {
        title: 'Observaciones',
        text: [
          visit.say(
            '{Descansa tranquil@|Durmió por periodos|Familiar presente}, {sin dolor al cierre del turno|refiere dolor leve|uresis clara}',
          ),
        ],
      },
    ],
    visit.life.nurse(),
  )
}
