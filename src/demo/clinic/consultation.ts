import type { Day } from '../types.ts'
import { sayCourse } from './courses/illness.ts'
import { daysBetween, sayAge, sayTime } from './days.ts'
import { isTold } from './findings.ts'
import type { Life } from './life.ts'
import { listed } from './speech.ts'
import { saidProblem } from './terms/problems.ts'
import type { Visit } from './visit.ts'

/** The notes of the consulting room: the whole history once, and then how it goes on. */

/** NOM-004-SSA3-2012, 6.1. */
export function history(visit: Visit): void {
  const { life } = visit
  const { bio } = life
  const known = life
    .current()
    .map((problem) => `${saidProblem(problem.named)} ${sayCourse(problem, visit.day)}`)
  const isAdult = life.years(visit.day) >= 18
  if (/diario|aguardiente|seis cervezas/.test(bio.alcohol)) {
    visit.thought.push('Consumo de riesgo de alcohol')
    visit.ordered.push(
      visit.say(
        '{Consejo breve|Intervención breve} sobre alcohol y pruebas de función hepática en la próxima cita',
      ),
    )
  }
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
      text: [
        known.length > 0 ? listed(known) : 'Sin enfermedades crónicas conocidas',
        visit.say('{Niega cirugías y transfusiones|Sin cirugías, fracturas ni transfusiones previas}'),
        allergyLine(life),
      ],
    },
    { title: 'Antecedentes ginecoobstétricos', text: isAdult ? [womanhood(life, visit.day)] : [] },
    { title: 'Inmunizaciones', text: [booklet(life)] },
    {
      title: 'Padecimiento actual',
      text: [
        visit.say(
          `{Acude|Se presenta} ${life.bio.companion ? `{acompañad@ de|con} ${life.bio.companion}` : '{sol@|por su propio pie}'} para {abrir expediente|iniciar su control en este hospital}`,
        ),
        ...visit.told,
      ],
    },
    {
      title: 'Interrogatorio por aparatos y sistemas',
      text: [
        visit.say(
          'Sin otros síntomas {digestivos ni urinarios|respiratorios ni digestivos}; {apetito conservado|sin fiebre}',
        ),
      ],
    },
    { title: 'Signos vitales', text: [visit.vitalLine()] },
    {
      title: 'Exploración física',
      text: [
        visit.say(
          'Consciente, cooperador<|a>, {edad aparente igual a la cronológica|constitución media|bien conformad@}',
        ),
        visit.say('{Cabeza y cuello sin masas|Cuello sin masas|Cráneo y cuello sin alteraciones}'),
        ...(visit.found.length > 0
          ? visit.examination()
          : [
              visit.say(
                '{Ruidos cardiacos rítmicos|Área cardiaca sin agregados}, campos pulmonares {limpios|bien ventilados}; abdomen blando, {sin visceromegalias|no doloroso}; extremidades {íntegras|simétricas}, sin edema',
              ),
            ]),
      ],
    },
    { title: 'Resultados', text: [visit.labLine()] },
    {
      title: 'Diagnósticos o problemas clínicos',
      text:
        visit.thought.length > 0
          ? visit.thought
          : [
              visit.say(
                `{Adult@ san@|Sin enfermedad aparente} al momento de la consulta${life.known.has('bmi') && (life.known.get('bmi')?.value ?? 0) >= 25 && isAdult ? `; ${(life.known.get('bmi')?.value ?? 0) >= 30 ? 'obesidad' : 'sobrepeso'}, ${visit.value('bmi')}` : ''}`.replace(
                  'Adult@ san@',
                  life.years(visit.day) < 18 ? 'San@' : 'Adult@ san@',
                ),
              ),
            ],
      lines: true,
    },
    {
      title: 'Tratamiento e indicaciones',
      text:
        visit.ordered.length > 0
          ? visit.ordered
          : [
              visit.say(
                'Alimentación {variada|con más verdura}, {caminar a diario|ejercicio regular}; {revisión anual|regresa si hay síntomas}',
              ),
            ],
      lines: true,
    },
    { title: 'Pronóstico', text: [prognosis(visit)] },
  ])
}

/** Menarche, births and, past it, the menopause; nothing of men. */
function womanhood(life: Life, day: Day): string | undefined {
  if (life.person.sex === 'male') return undefined
  const { menarche, menopause } = life.bio
  const births = life.parity ?? 0
  const isPast = life.years(day) >= menopause
  return [
    `Menarca a los ${menarche} años`,
    births === 0 ? 'nuligesta' : `gesta ${births}, para ${births}`,
    isPast ? `menopausia a los ${menopause}, sin sangrado posterior` : 'ciclos regulares',
  ].join('; ')
}

/** What the record has of vaccines until now. */
function booklet(life: Life): string {
  const told = life.past.filter((said) => said.startsWith('vacuna: ')).map((said) => said.slice(8))
  return told.length > 0
    ? `Según cartilla: ${listed([...new Set(told)])}`
    : 'No presenta cartilla de vacunación'
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

/** The note of a consultation, in the order that physicians here learn: P, S, O, A, P. */
export function evolution(visit: Visit, why: string, followUp?: Day): void {
  const { life } = visit
  const { bio, person } = life
  const problems = visit.problemLine()
  const who = visit.say(
    `${noun(life, visit.day)} de ${sayAge(person.birthDate, visit.day)}${problems ? ` {con|portador<|a> de} ${problems}` : life.years(visit.day) < 12 ? ' previamente san@' : ' {previamente san@|sin enfermedades crónicas}'}; ${visit.plan.kind === 'IMP' ? 'cursa' : /^(control|revisión|valoración|quimio)/.test(why) ? '{acude a|consulta de}' : '{acude por|consulta por}'} ${why}${bio.companion && life.random.chance(0.4) ? `, {acompañad@ de|con} ${bio.companion}` : ''}`,
  )
  // Written when what was drawn today has come back.
  if (visit.plan.isAcute && visit.plan.kind === 'AMB' && visit.labLine())
    visit.move(visit.day, visit.minute + 90)
  answerPressure(visit)
  visit.note('evolution', [
    { title: 'Presentación', text: [who] },
    { title: 'Subjetivo', text: [...visit.told, chat(visit)] },
    { title: 'Objetivo', text: [visit.vitalLine(), ...visit.examination(), visit.labLine()] },
    { title: 'Análisis', text: visit.thought, lines: true },
    {
      title: 'Plan',
      text: [...visit.ordered, visit.plan.kind === 'IMP' ? undefined : nextLine(visit, followUp)],
      lines: true,
    },
    { title: 'Tratamiento vigente', text: visit.medicineLine(), lines: true },
    { title: 'Pronóstico', text: [prognosis(visit)] },
  ])
}

/** Of the person's own life: each thing comes up once, with who is well enough to talk. */
function chat(visit: Visit): string | undefined {
  const { life } = visit
  if (visit.plan.kind === 'IMP' || life.years(visit.day) < 16 || !life.random.chance(0.4)) return undefined
  const { belief, habit, diet, exercise } = life.bio
  const [topic] = [habit, diet, belief, exercise].filter(
    (topic) => !life.past.includes(topic) && !isTold(topic, visit.told),
  )
  if (topic === undefined) return undefined
  life.past.push(topic)
  return topic === belief ? topic : visit.say(`{Comenta que|Platica que|Dice que|Cuenta que} ${topic}`)
}

/** A pressure above the goal is answered, whatever the visit was for. */
function answerPressure(visit: Visit): void {
  const { life } = visit
  const [systolic = 0, diastolic = 0] = ['systolic', 'diastolic'].map((test) => {
    const known = life.known.get(test)
    return known?.day === visit.day ? known.value : undefined
  })
  const isReviewed = [...visit.thought, ...visit.ordered].some((text) =>
    /hipertensión|preeclampsia/i.test(text),
  )
  if (visit.plan.kind !== 'AMB' || life.years(visit.day) < 18 || isReviewed) return
  if (systolic < (life.years(visit.day) >= 80 ? 150 : 140) && diastolic < 90) return
  const said = `TA de ${systolic}/${diastolic} mmHg`
  visit.ordered.push(
    visit.say(
      life.has('hypertension')
        ? `${said}: registro en casa por una semana y {se valora ajuste en su cita de control|trae el registro a su control}`
        : `${said} aislada: {repetir en tres días distintos|monitoreo en casa por una semana} antes de {llamarla hipertensión|hacer diagnóstico}`,
    ),
  )
}

function nextLine(visit: Visit, followUp?: Day): string {
  const when = followUp ? `cita en ${sayTime(daysBetween(visit.day, followUp))}` : undefined
  return visit.say(
    when
      ? `{Acude antes a urgencias si hay datos de alarma|Se explican datos de alarma|Se resuelven dudas}; ${when}`
      : '{Se explican datos de alarma|Se resuelven dudas}; {cita abierta|revaloración si hay cambios}',
  )
}
