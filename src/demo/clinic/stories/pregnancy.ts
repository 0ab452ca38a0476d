import type { Day, Person } from '../../types.ts'
import { evolution, allergyLine } from '../consultation.ts'
import { inHl7, inLoinc, reference } from '../coding.ts'
import { addDays, daysBetween, longDate, shortDate } from '../days.ts'
import type { Life } from '../life.ts'
import { consentForm } from '../scans/forms.ts'
import { vaccinate } from '../vaccination.ts'
import { Visit } from '../visit.ts'
import { nursing } from './stay.ts'

/** Weeks of the prenatal visits that NOM-007-SSA2-2016 asks for, and some more. */
const visitWeeks = [8, 13, 18, 23, 27, 30, 33, 35, 37, 38, 39]

export interface Expectancy {
  kind: 'normal' | 'diabetes' | 'preeclampsia'
  /** Born already: on this day; and who it is, if the child has a chart. */
  birth?: Day
  child?: Person
}

export function expect(life: Life, { kind, birth, child }: Expectancy): void {
  const weeksAtBirth = kind === 'preeclampsia' ? 36.4 : 38.3 + life.random.float() * 2
  const lmp = birth
    ? addDays(birth, -Math.round(weeksAtBirth * 7))
    : addDays(life.today, -life.random.int(27 * 7, 36 * 7))
  const due = addDays(lmp, 280)
  const hasChild = life.person.contact.relationship === 'child'
  const parity = Math.max(
    hasChild ? 1 : 0,
    life.years(lmp) > 30 ? life.random.int(1, 2) : life.random.int(0, 1),
  )
  life.parity = parity
  const weightBefore = life.body.level('weight', lmp)
  life.schedule(addDays(lmp, 10), (day) => {
    life.isPregnant = true
    for (const [test, by] of [
      ['hemoglobin', -1.2],
      ['heart', 8],
      ['systolic', -4],
      ['diastolic', -5],
      ['alkaline', 40],
      ['creatinine', -0.12],
      ['leukocytes', 1.6],
    ] as const)
      life.body.influence(day, 'pregnancy', test, by)
    life.body.influence(day, 'pregnancy', 'weight', 1.5, 14)
  })
  for (const [number, week] of visitWeeks.entries()) {
    const planned = addDays(lmp, week * 7 + life.random.int(-2, 3))
    if (birth && planned >= addDays(birth, -2)) continue
    life.schedule(planned, (from) => prenatal(life, from, { kind, lmp, due, number, parity, weightBefore }))
  }
  if (birth)
    life.schedule(birth, (day) => deliver(life, day, { kind, lmp, parity, ...(child ? { child } : {}) }))
}

const weeksAt = (lmp: Day, day: Day): number => daysBetween(lmp, day) / 7
const sayWeeks = (weeks: number): string => `${Math.floor(weeks)}.${Math.floor((weeks % 1) * 7)}`

interface Gestation {
  kind: Expectancy['kind']
  lmp: Day
  due: Day
  number: number
  parity: number
  weightBefore: number
}

function prenatal(life: Life, from: Day, { kind, lmp, due, number, parity, weightBefore }: Gestation): void {
  const day = life.openDay(from)
  if (day >= life.today || !life.isPregnant) return
  const weeks = weeksAt(lmp, day)
  const isSick = kind === 'preeclampsia' && weeks > 33
  const visit = new Visit(life, {
    day,
    kind: 'AMB',
    specialty: 'obstetrics',
    reason: `Control prenatal, consulta ${number + 1}`,
    minutes: 30,
    isAcute: isSick,
  })
  const isFirst = number === 0
  if (isFirst) {
    visit.diagnose('pregnancy', lmp)
    dueDate(visit, lmp, due)
  } else visit.concern('pregnancy')
  const high: [number, number] = [140 + life.random.int(2, 12), 90 + life.random.int(1, 7)]
  if (isSick) visit.pressure(high)
  else visit.pressure()
  visit.measure('heart')
  const gained = Math.round((visit.measure('weight').value - weightBefore) * 10) / 10
  if (isFirst) visit.measure('height')
  visit.measure('gestation', Number(weeks.toFixed(1)))
  visit.told.push(
    visit.say(
      weeks < 12
        ? '{Náusea matutina|Náusea y sueño}, sin {sangrado|dolor}'
        : weeks < 20
          ? weeks < 16
            ? '{Sin náusea|Come con apetito}, aún no percibe movimientos'
            : '{Sin náusea|Come con apetito}, {aún no percibe movimientos|comienza a sentir movimientos}'
          : 'Movimientos fetales {presentes|activos}, sin {sangrado|salida de líquido} ni {contracciones|ardor al orinar}',
    ),
    visit.say(
      isSick
        ? '{Cefalea leve|Ve lucecitas} e hinchazón de manos'
        : '{Niega cefalea|Sin cefalea}, {fosfenos|acúfenos} ni {edema|dolor en epigastrio}',
    ),
  )
  if (weeks >= 12) visit.found.push(visit.value('fetal-heart'))
  if (weeks >= 20) {
    visit.measure('fundal', Math.round(weeks - 1 + life.random.normal(0, 0.8)))
    visit.found.push(visit.value('fundal'))
  }
  if (weeks > 33)
    visit.found.push(
      visit.say(
        'Presentación {cefálica|cefálica móvil}, dorso {a la izquierda|a la derecha}, cérvix {posterior cerrado|formado}',
      ),
    )
  const tests = isFirst
    ? ['hemoglobin', 'glucose', 'creatinine', 'tsh']
    : weeks > 22.5 && weeks < 29 && !life.known.has('glucose-50')
      ? ['glucose-50', 'hemoglobin']
      : weeks > 34 && weeks < 36.5
        ? ['hemoglobin']
        : []
  if (kind === 'diabetes' && tests.includes('glucose-50'))
    visit.laboratory(['hemoglobin'], {
      'glucose-50': 158 + life.random.int(0, 22),
      glucose: 98 + life.random.int(0, 8),
    })
  else if (kind === 'diabetes' && life.has('gestational-diabetes'))
    visit.laboratory([], {
      glucose: life.takes('biguanide') ? 82 + life.random.int(0, 9) : 97 + life.random.int(0, 7),
    })
  else if (tests.length > 0)
    visit.laboratory(
      tests,
      isFirst
        ? { glucose: 78 + life.random.int(0, 12) }
        : tests.includes('glucose-50')
          ? { 'glucose-50': 96 + life.random.int(0, 34) }
          : {},
    )
  if (isFirst) {
    serology(visit)
    visit.treat('pregnancy', [{ drug: 'folate-prenatal', pieces: 1, hours: 24 }])
    visit.thought.push(
      `Gesta ${parity + 1}, para ${parity}; grupo sanguíneo ${life.person.blood}; ${allergyLine(life).toLowerCase()}`,
    )
  }
  if (visit.plan.day && [1, 3, 7].includes(number)) ultrasound(visit, weeks)
  if ([0, 3, 6].includes(number)) urine(visit)
  const hemoglobin = visit.results.get('hemoglobin')
  if (number === 2 && !life.takes('iron'))
    visit.treat(
      'pregnancy',
      [{ drug: 'iron', pieces: 1, hours: 24, how: 'con jugo de naranja' }],
      'Hierro profiláctico',
    )
  if (hemoglobin && hemoglobin.flag === 'L' && !life.has('anaemia-pregnancy')) {
    visit.diagnose('anaemia-pregnancy')
    life.stop('iron', day, 'Ajuste de dosis')
    visit.thought.push(`Anemia en el embarazo, hemoglobina ${hemoglobin.said}`)
    visit.treat('anaemia-pregnancy', [{ drug: 'iron', pieces: 1, hours: 12, how: 'con jugo de naranja' }])
  }
  const load = visit.results.get('glucose-50')
  if (kind === 'diabetes' && load && load.flag === 'H') {
    visit.diagnose('gestational-diabetes')
    visit.thought.push(`Diabetes gestacional: glucosa 1 h poscarga ${load.said}, ${visit.value('glucose')}`)
    visit.ordered.push(
      visit.say(
        '{Plan de alimentación|Dieta fraccionada} con nutrición y {glucometrías antes y después de comer|automonitoreo cuatro veces al día}',
      ),
    )
  }
  const fasting = visit.results.get('glucose')
  if (fasting && !load && life.has('gestational-diabetes')) {
    visit.concern('gestational-diabetes')
    const isHigh = fasting.value > 94
    visit.thought.push(
      `Diabetes gestacional: glucosa en ayuno ${fasting.said}, ${isHigh ? 'fuera de meta con dieta' : 'en meta'}`,
    )
    if (isHigh)
      visit.treat('gestational-diabetes', [
        { drug: 'metformin', pieces: 1, hours: 12, force: 0.3, how: 'con los alimentos' },
      ])
    else
      visit.ordered.push(
        visit.say(
          '{Mantiene dieta y metformina|Sin cambios en metformina}; {curva de crecimiento fetal|vigilar movimientos fetales}',
        ),
      )
  }
  if (isSick) {
    visit.diagnose('preeclampsia')
    visit.laboratory([], {
      platelets: 168 + life.random.int(0, 30),
      ast: 34 + life.random.int(0, 8),
      alt: 30,
      urate: 6.2,
      albuminuria: 340 + life.random.int(0, 120),
      creatinine: 0.7,
    })
    visit.thought.push(`Preeclampsia sin datos de gravedad: TA ${high.join('/')} mmHg`)
    if (life.takes('methyldopa')) visit.ordered.push('Continúa metildopa 500 mg cada 8 horas')
    else visit.treat('preeclampsia', [{ drug: 'methyldopa', pieces: 2, hours: 8 }])
    visit.ordered.push(
      visit.say(
        '{Vigilancia estrecha|Valoración en 72 horas} y {acudir si cefalea intensa|vigilar movimientos fetales}',
      ),
    )
  }
  if (weeks >= 20 && !life.past.includes('tdpa')) {
    life.past.push('tdpa')
    vaccinate(life, day, 'tdpa', 1, visit.minute + 25)
    visit.ordered.push('Se aplica vacuna Tdpa')
  }
  visit.thought.unshift(
    visit.say(
      `Embarazo de ${sayWeeks(weeks)} semanas por fecha de última menstruación, {crecimiento acorde|con evolución normal}; ${gained > 0.4 ? `ganancia de ${gained.toFixed(1)} kg` : 'sin ganancia de peso aún'}`,
    ),
  )
  visit.ordered.push(
    visit.say(
      weeks > 34
        ? '{Datos de trabajo de parto|Plan de parto} y {lactancia materna|método anticonceptivo posevento} platicados'
        : '{Signos de alarma|Datos de alarma obstétrica} {por escrito|explicados}, {evitar automedicarse|alimentación variada}',
    ),
  )
  evolution(
    visit,
    `control prenatal, fecha probable de parto ${longDate(due)}`,
    addDays(day, isSick ? 3 : 7 * ((visitWeeks[number + 1] ?? 40) - visitWeeks[number]!)),
  )
  visit.close()
}

function dueDate(visit: Visit, lmp: Day, due: Day): void {
  for (const [loinc, text, value] of [
    ['8665-2', 'Fecha de última menstruación', lmp],
    ['11779-6', 'Fecha probable de parto por última menstruación', due],
  ] as const) {
    visit.life.add({
      resourceType: 'Observation',
      id: visit.life.id('medida'),
      status: 'final',
      category: [inHl7('observation-category', 'survey', 'Survey')],
      code: inLoinc(loinc, text),
      subject: visit.life.subjectReference,
      encounter: reference(visit.reference),
      effectiveDateTime: visit.instant,
      performer: [reference(visit.doctor.practitioner)],
      valueDateTime: value,
    })
  }
}

/** VDRL, HIV, hepatitis B and TORCH: what is asked once, and answered with words. */
function serology(visit: Visit): void {
  const asked: readonly (readonly [loinc: string, text: string, value: string])[] = [
    ['5292-8', 'VDRL', 'No reactivo'],
    ['56888-1', 'VIH 1 y 2, anticuerpos y antígeno p24', 'No reactivo'],
    ['5196-1', 'Antígeno de superficie de hepatitis B', 'Negativo'],
    ['', 'TORCH: toxoplasma IgM', 'Negativo'],
    ['', 'TORCH: rubéola IgG', 'Positivo (inmune)'],
    ['', 'TORCH: citomegalovirus IgM', 'Negativo'],
  ]
  for (const [loinc, text, value] of asked) {
    visit.life.add({
      resourceType: 'Observation',
      id: visit.life.id('medida'),
      status: 'final',
      category: [inHl7('observation-category', 'laboratory', 'Laboratory')],
      code: inLoinc(loinc, text),
      subject: visit.life.subjectReference,
      encounter: reference(visit.reference),
      effectiveDateTime: visit.instant,
      performer: [
        reference(visit.life.random.pick(visit.life.scene.house.byRole('laboratory')).practitioner),
      ],
      valueCodeableConcept: { text: value },
    })
  }
  visit.found.push('VDRL y VIH no reactivos, hepatitis B negativa, TORCH sin infección activa')
}

/** NOM-007-SSA2-2016: in every trimester. */
function urine(visit: Visit): void {
  visit.study(
    '24356-8',
    'Examen general de orina',
    'sin {bacterias|nitritos}, proteínas negativas, {de 1 a 2 leucocitos por campo|sin glucosa}',
    'LAB',
  )
}

function ultrasound(visit: Visit, weeks: number): void {
  const grams = weeks > 20 ? Math.round(Math.exp(0.578 + 0.332 * weeks - 0.00354 * weeks * weeks)) : 0
  // Of one pregnancy always the same: it is known by the day on which it began.
  const place = visit.life.random
    .fork(`placenta ${addDays(visit.day, -Math.round(weeks * 7))}`)
    .pick(['corporal anterior', 'corporal posterior', 'fúndica'])
  const size = weeks > 20 ? `, peso estimado de ${Math.min(3300, Math.max(320, grams))} g` : ''
  visit.study(
    '11525-3',
    'Ultrasonido obstétrico',
    `producto único vivo, biometría de ${sayWeeks(weeks)} semanas${size}, placenta ${place}, líquido {normal|con índice de 13 cm}`,
  )
}

function deliver(
  life: Life,
  day: Day,
  { kind, lmp, parity, child }: { kind: Expectancy['kind']; lmp: Day; parity: number; child?: Person },
): void {
  const { house } = life.scene
  const weeks = weeksAt(lmp, day)
  const isCaesarean = kind === 'preeclampsia'
  const minute = isCaesarean ? 9 * 60 : life.random.int(4 * 60, 12 * 60)
  const visit = new Visit(life, {
    day,
    minute,
    kind: 'IMP',
    specialty: 'obstetrics',
    reason: isCaesarean ? 'Preeclampsia, interrupción del embarazo' : 'Trabajo de parto',
    place: house.locations.delivery,
  })
  visit.pressure(isCaesarean ? [158, 102] : [118 + life.random.int(0, 8), 72])
  for (const test of ['heart', 'temperature', 'fetal-heart']) visit.measure(test)
  visit.laboratory(
    ['hemoglobin'],
    isCaesarean
      ? {
          platelets: 142 + life.random.int(0, 20),
          ast: 42 + life.random.int(0, 12),
          alt: 40 + life.random.int(0, 10),
          creatinine: 0.8,
          urate: 6.8,
        }
      : {},
  )
  visit.told.push(
    visit.say(
      isCaesarean
        ? 'Cefalea {intensa|persistente} y fosfenos {desde la madrugada|de seis horas}'
        : 'Contracciones cada {tres|cuatro} minutos, {expulsó tapón mucoso|membranas íntegras}',
    ),
  )
  visit.found.push(
    visit.value('fetal-heart'),
    visit.say(
      isCaesarean
        ? 'Reflejos aumentados, edema {+++|de manos y cara}'
        : 'Cérvix con {5|6} cm, {80|90} % de borramiento, cefálico',
    ),
  )
  visit.concern(isCaesarean ? 'preeclampsia' : 'pregnancy')
  visit.thought.push(
    `Embarazo de ${sayWeeks(weeks)} semanas${isCaesarean ? ', preeclampsia con datos de gravedad' : ' en trabajo de parto, fase activa'}`,
  )
  if (isCaesarean) {
    visit.treat('preeclampsia', [{ drug: 'magnesium', pieces: 1, hours: 24, days: 1 }], 'Impregnación')
    visit.ordered.push(
      'Mantenimiento de sulfato de magnesio 1 g por hora durante 24 horas; vigilar reflejos, respiración y diuresis',
    )
    consentForm(visit, 'Cesárea', 'preeclampsia')
  }
  visit.move(day, minute + 80)
  visit.note('admission', [
    { title: 'Padecimiento actual', text: visit.told },
    { title: 'Signos vitales', text: [visit.vitalLine()] },
    { title: 'Exploración', text: visit.found },
    { title: 'Resultados', text: [visit.labLine()] },
    { title: 'Diagnóstico', text: visit.thought, lines: true },
    {
      title: 'Plan',
      text: [
        ...visit.ordered,
        isCaesarean ? 'Cesárea' : visit.say('Conducción {expectante|con vigilancia del partograma}'),
      ],
      lines: true,
    },
  ])
  const born = isCaesarean ? 11 * 60 + 12 : Math.min(19 * 60, minute + 6 * 60)
  visit.move(day, born)
  visit.procedure(
    isCaesarean ? '11466000' : '177184002',
    isCaesarean ? 'Cesárea' : 'Parto vaginal eutócico',
    { minutes: 45, reason: 'pregnancy' },
  )
  visit.treat('pregnancy', [{ drug: 'oxytocin', pieces: 1, hours: 24, days: 1 }])
  const baby = child
    ? `${child.sex === 'female' ? 'niña' : 'niño'}, ${child.given.join(' ')}, expediente ${child.record}`
    : visit.say('{niña|niño} de término')
  visit.note('operation', [
    ...(isCaesarean
      ? [
          {
            title: 'Diagnóstico preoperatorio y posoperatorio',
            text: ['Embarazo pretérmino tardío con preeclampsia con datos de gravedad'],
          },
          {
            title: 'Operación planeada y realizada',
            text: [visit.say('Cesárea tipo Kerr, {incisión de Pfannenstiel|incisión media infraumbilical}')],
          },
          {
            title: 'Equipo',
            text: [
              `Cirugía: ${visit.doctor.display}; anestesia: ${life.doctor('anaesthesiology').display}; bloqueo peridural sin incidentes`,
            ],
          },
          {
            title: 'Cuenta de gasas y compresas',
            text: ['Completa, sin incidentes ni piezas para patología'],
          },
        ]
      : []),
    {
      title: isCaesarean ? 'Hallazgos' : 'Atención del parto',
      text: [
        `Nace ${baby}, a las ${String(Math.floor(born / 60)).padStart(2, '0')}:${String(born % 60).padStart(2, '0')} h`,
      ],
    },
    {
      title: 'Alumbramiento',
      text: [
        visit.say(
          `Placenta {completa|íntegra}, sangrado de ${isCaesarean ? '{450|500|550}' : '{300|350|400}'} mL, ${isCaesarean ? 'útero contraído' : '{útero contraído|sin desgarros}'}`,
        ),
      ],
    },
    { title: 'Signos al ingreso', text: [visit.vitalLine()] },
    {
      title: 'Plan',
      text: [
        visit.say(
          '{Alojamiento conjunto|Contacto piel con piel} y {lactancia en la primera hora|apego inmediato}',
        ),
      ],
    },
  ])
  if (child) {
    life.add({
      resourceType: 'RelatedPerson',
      id: life.id('hijo'),
      active: true,
      patient: life.subjectReference,
      relationship: [
        {
          coding: [
            {
              system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode',
              code: child.sex === 'female' ? 'DAU' : 'SON',
              display: child.sex === 'female' ? 'natural daughter' : 'natural son',
            },
          ],
          text: child.sex === 'female' ? 'Hija' : 'Hijo',
        },
      ],
      name: [{ text: child.text }],
      birthDate: child.birthDate,
    })
  }
  const home = addDays(day, isCaesarean ? 3 : 1)
  if (home >= life.today) return
  visit.turn()
  visit.move(addDays(day, 1), 8 * 60)
  visit.pressure(isCaesarean ? [138 + life.random.int(0, 8), 88] : [110 + life.random.int(0, 12), 72])
  visit.measure('heart')
  nursing(visit)
  visit.turn()
  visit.move(home, 12 * 60)
  visit.pressure(isCaesarean ? [130 + life.random.int(0, 6), 82] : [108 + life.random.int(0, 10), 70])
  visit.measure('heart')
  visit.treat('pregnancy', [{ drug: 'paracetamol', pieces: 1, hours: 8, days: 3 }])
  if (isCaesarean) visit.treat('preeclampsia', [{ drug: 'nifedipine', pieces: 1, hours: 24, days: 28 }])
  visit.note('discharge', [
    { title: 'Fechas de ingreso y egreso', text: [`${shortDate(day)} a ${shortDate(home)}`] },
    {
      title: 'Diagnóstico de egreso',
      text: [`Puerperio ${isCaesarean ? 'quirúrgico, preeclampsia' : 'fisiológico'}, gesta ${parity + 1}`],
    },
    {
      title: 'Evolución',
      text: [
        visit.vitalLine(),
        visit.say(
          '{Loquios normales|Sangrado escaso}, {útero a nivel de la cicatriz umbilical|involución adecuada}, {lactancia establecida|da pecho sin dolor}',
        ),
      ],
    },
    {
      title: 'Plan',
      text: [
        ...visit.ordered,
        visit.say(
          '{Cita de puerperio en siete días|Revisión en una semana}; {DIU colocado|método: implante|decide método en consulta}',
        ),
      ],
      lines: true,
    },
    { title: 'Motivo de egreso', text: ['Mejoría'] },
    { title: 'Pronóstico', text: [visit.say('Bueno {para la vida y la función|para madre e hijo}')] },
  ])
  visit.close(30)
  life.past.push(isCaesarean ? 'cesárea por preeclampsia' : 'parto vaginal')
  life.isPregnant = false
  for (const key of ['pregnancy', 'anaemia-pregnancy']) life.resolve(key, home)
  life.stop('methyldopa', home, 'Fin del embarazo')
  life.schedule(addDays(home, 40), (end) => life.resolve('preeclampsia', end))
  life.schedule(addDays(home, 8), (from) => puerperium(life, from))
}

function puerperium(life: Life, from: Day): void {
  const day = life.openDay(from)
  if (day >= life.today) return
  const visit = new Visit(life, {
    day,
    kind: 'AMB',
    specialty: 'obstetrics',
    reason: 'Revisión de puerperio',
  })
  visit.pressure()
  for (const test of ['heart', 'temperature', 'weight']) visit.measure(test)
  visit.laboratory(['hemoglobin'])
  visit.told.push(
    visit.say(
      'Lactancia {exclusiva|a libre demanda}, {sin fiebre|sin dolor mamario}, loquios {serosos|escasos}',
    ),
  )
  visit.found.push(
    visit.say(
      'Mamas {sin datos de mastitis|blandas}, útero {no palpable|involucionado}, {sin edema|ánimo estable}',
    ),
  )
  const isPale = visit.results.get('hemoglobin')?.flag === 'L'
  visit.thought.push(
    `Puerperio ${isPale ? 'con anemia' : 'sin complicaciones'}, ${visit.value('hemoglobin')}`,
  )
  if (life.has('preeclampsia')) {
    visit.concern('preeclampsia')
    visit.thought.push('Preeclampsia en remisión, cifras de presión en vigilancia')
  }
  if (isPale) {
    visit.diagnose('iron-deficiency')
    visit.treat('iron-deficiency', [{ drug: 'iron', pieces: 1, hours: 12, days: 90 }])
    life.schedule(addDays(day, 100), (end) => life.resolve('iron-deficiency', end))
  }
  visit.ordered.push(
    visit.say('{Continuar lactancia|Lactancia exclusiva} y {ejercicio gradual|planificación familiar}'),
  )
  evolution(visit, 'revisión de puerperio')
  visit.close()
}
