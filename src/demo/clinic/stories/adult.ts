import type { Day } from '../../types.ts'
import { evolution } from '../consultation.ts'
import { addDays, addMonths } from '../days.ts'
import type { Life } from '../life.ts'
import { consentForm, electrocardiogram, outsideResults } from '../scans/forms.ts'
import { refer, walking } from '../referral.ts'
import type { Template } from '../speech.ts'
import { Visit } from '../visit.ts'
import { emergencyNote } from './acute.ts'

/** A year's check of somebody well: asked, measured, advised. */
export function checkup(life: Life, from: Day): void {
  const day = life.openDay(from)
  if (day >= life.today || life.isPregnant) return
  const visit = new Visit(life, {
    day,
    kind: 'AMB',
    specialty: 'family-medicine',
    reason: 'Revisión general',
    minutes: 30,
  })
  visit.pressure()
  for (const test of ['heart', 'breath', 'temperature', 'oxygen', 'weight', 'height', 'bmi'])
    visit.measure(test)
  const { years, sex } = life.subject(day)
  visit.laboratory([
    'hemoglobin',
    'glucose',
    'creatinine',
    ...(years > 34 ? ['ldl'] : []),
    ...(sex === 'male' && years > 48 ? ['psa'] : []),
  ])
  visit.told.push(
    visit.say(
      '{Asintomátic@|Sin molestias}, {acude por requisito laboral|quiere revisarse|viene por insistencia familiar}, {apetito normal|sin cambios de peso}',
    ),
  )
  visit.found.push(
    visit.say(
      '{Cardiopulmonar normal|Ruidos cardiacos normales}, {abdomen blando|tiroides normal}, {sin adenopatías|extremidades sin edema}',
    ),
  )
  const odd = [...visit.results.values()].filter(
    ({ flag, test }) => flag !== 'N' && !['heart', 'breath', 'temperature'].includes(test),
  )
  visit.thought.push(
    odd.length === 0
      ? visit.say('{Sin hallazgos patológicos|Adult@ san@} a los ' + String(life.years(day)) + ' años')
      : `Hallazgos por vigilar: ${odd
          .slice(0, 3)
          .map(({ test, value }) =>
            test === 'bmi'
              ? `${value >= 30 ? 'obesidad' : value < 18.5 ? 'peso bajo' : 'sobrepeso'} (${visit.value(test)})`
              : visit.value(test),
          )
          .join(', ')}`,
  )
  visit.ordered.push(
    visit.say(
      years > 44
        ? '{Sangre oculta en heces|Fondo de ojo} y {revisión anual|control en doce meses}'
        : '{Actividad física|Ejercicio} {150 minutos por semana|cinco días por semana}, {dormir siete horas|más fruta y verdura}',
    ),
  )
  if (life.random.chance(0.4))
    outsideResults(
      visit,
      life.random.pick([
        'Laboratorio Clínico del Valle',
        'Análisis Clínicos San Rafael',
        'Laboratorios Quetzal',
      ]),
    )
  if (years > 50 && life.random.chance(0.5)) electrocardiogram(visit, '')
  evolution(visit, 'revisión general', addMonths(day, 12))
  visit.close()
}

interface Screening {
  reason: string
  told: Template
  found: Template
  study: readonly [string, string, Template]
  thought: Template
  plan: Template
}

const screenings: Readonly<Record<string, Screening>> = {
  pap: {
    reason: 'Resultado de citología cervical',
    told: 'Acude por resultado de citología tomada en {campaña de detección|enfermería}; {sin flujo anormal|sin sangrado fuera de regla}',
    found: 'Cérvix {sano|con eversión leve}, {vagina sin flujo|anexos no palpables}; mamas sin nódulos',
    study: [
      '10524-7',
      'Citología cervical',
      'negativa para lesión intraepitelial, {cambios inflamatorios leves|muestra adecuada}',
    ],
    thought: 'Tamizaje {negativo|sin lesión}',
    plan: '{Citología en un año|Repetir en tres años tras dos negativas}; autoexploración mensual',
  },
  mammography: {
    reason: 'Mastografía de detección',
    told: '{Sin bolitas|No ha notado cambios} en las mamas, sin {secreción|dolor}; {se explora cada mes|primera mastografía}',
    found: 'Mamas {simétricas|sin nódulos}, axilas {libres|sin ganglios}',
    study: [
      '24606-6',
      'Mastografía de detección',
      'BIRADS {1|2}, {densidad tipo B|calcificaciones benignas}',
    ],
    thought: 'Mastografía {sin sospecha|benigna}',
    plan: 'Mastografía en {dos años|un año}',
  },
}

export function screen(life: Life, name: string, from: Day): void {
  const of = screenings[name]
  const day = life.openDay(from)
  if (!of || day >= life.today || life.isPregnant) return
  const visit = new Visit(life, { day, kind: 'AMB', specialty: 'family-medicine', reason: of.reason })
  visit.pressure()
  visit.measure('weight')
  visit.told.push(visit.say(of.told))
  visit.found.push(visit.say(of.found))
  visit.study(...of.study)
  if (name === 'mammography') visit.procedure('71651007', 'Mastografía', { minutes: 20 })
  visit.thought.push(visit.say(of.thought))
  visit.ordered.push(visit.say(of.plan))
  evolution(visit, of.reason.toLowerCase())
  visit.close()
}

/** One visit of a course that has its own order. */
function step(
  life: Life,
  from: Day,
  of: {
    key: string
    specialty: Visit['plan']['specialty']
    reason: string
    tests?: readonly string[]
    given?: Record<string, number>
    told: Template
    found: Template
    thought: Template
    plan: Template
    more?: (visit: Visit) => void
    /** Days until the next. */
    next?: number
  },
): void {
  const day = life.openDay(from)
  if (day >= life.today) return
  const visit = new Visit(life, { day, kind: 'AMB', specialty: of.specialty, reason: of.reason })
  visit.pressure()
  for (const test of ['heart', 'temperature', 'weight']) visit.measure(test)
  if (of.tests || of.given) visit.laboratory(of.tests ?? [], of.given)
  visit.told.push(visit.say(of.told))
  visit.found.push(visit.say(of.found))
  if (life.has(of.key)) visit.concern(of.key)
  else visit.diagnose(of.key)
  visit.thought.push(visit.say(of.thought))
  visit.ordered.push(visit.say(of.plan))
  of.more?.(visit)
  evolution(visit, of.reason.toLowerCase(), of.next ? addDays(day, of.next) : undefined)
  visit.close()
}

const breast = { key: 'breast-cancer', specialty: 'surgery' } as const

/** Its medicines are the internist's. */
const chemotherapy = { ...breast, specialty: 'internal-medicine' } as const

export function breastChemotherapy(life: Life): void {
  const start = addDays(life.today, -life.random.int(250, 300))
  const side = life.random.pick(['izquierda', 'derecha'])
  life.schedule(start, (day) =>
    step(life, day, {
      ...breast,
      reason: 'Resultado de biopsia de mama',
      told: `Nódulo en mama ${side} {que notó al bañarse|desde hace dos meses}, {sin secreción|sin dolor}; acude por resultado de biopsia`,
      found: `Mama ${side}: nódulo de {22|26|31} mm en cuadrante superior externo, {móvil|duro, poco móvil}; ganglio axilar {de 1 cm|palpable}`,
      thought:
        'Carcinoma ductal infiltrante, receptores hormonales positivos, HER2 negativo, etapa IIB (T2 N1 M0)',
      plan: '{Sesión conjunta de oncología|Quimioterapia neoadyuvante} y {apoyo psicológico|trabajo social}',
      tests: ['hemoglobin', 'ca153', 'alt'],
      more: (visit) => {
        visit.study(
          '24605-8',
          'Mastografía diagnóstica',
          'BIRADS 5, imagen espiculada {con microcalcificaciones|que retrae la piel}',
        )
        visit.study(
          '11526-1',
          'Estudio histopatológico',
          'carcinoma ductal infiltrante grado {2|3}, RE {90|80} %, RP {60|40} %, HER2 negativo, Ki-67 {25|30} %',
          'PAT',
        )
        const { said } = visit.measure('ejection')
        visit.study(
          '42148-7',
          'Ecocardiograma antes de antraciclina',
          `FEVI ${said}, sin alteraciones de la movilidad`,
          'CUS',
        )
        consentForm(visit, 'Quimioterapia sistémica', 'cáncer de mama')
      },
    }),
  )
  for (let cycle = 1; cycle <= 8; cycle++) {
    const isFirstHalf = cycle <= 4
    life.schedule(addDays(start, 14 + cycle * 21), (day) =>
      step(life, day, {
        ...chemotherapy,
        reason: `Quimioterapia, ciclo ${cycle} de 8`,
        next: cycle < 8 ? 21 : 28,
        told:
          cycle === 1
            ? 'Acude a su primer ciclo, {con consentimiento firmado|acompañada de su familia}; {ayuno no necesario, desayunó|desayunó ligero}, sin {fiebre|datos de infección}'
            : isFirstHalf
              ? '{Náusea dos días|Náusea leve}, {caída del cabello|cansancio de tres días}, sin {fiebre|diarrea}'
              : '{Hormigueo en dedos|Entumecimiento leve de manos}, {mialgias tres días|come mejor}, sin {fiebre|infecciones}',
        found: `Nódulo de ${Math.max(6, 30 - cycle * 3)} mm, {catéter sin datos de infección|axila ${cycle < 3 ? 'con ganglio de 1 cm' : 'con ganglio menor'}}, mucosas íntegras${cycle > 1 ? ', {alopecia|buen estado general}' : ''}`,
        thought:
          cycle === 1
            ? 'Apta para iniciar doxorrubicina y ciclofosfamida: FEVI normal, biometría sin citopenias'
            : `Respuesta parcial en el ciclo ${cycle}, {toxicidad grado 1|apta para ciclo}`,
        plan: '{Antiemético por horario|Vigilar fiebre}; {higiene bucal|acudir si 38 °C}',
        given: {
          hemoglobin: Number((12.6 - cycle * 0.2 + life.random.float() * 0.4).toFixed(1)),
          leukocytes: Number(((cycle === 1 ? 5.6 : 3.4) + life.random.float() * 1.6).toFixed(1)),
          neutrophils: 52 + life.random.int(-5, 8),
          platelets: 170 + life.random.int(0, 60),
        },
        more: (visit) => {
          const weight = visit.results.get('weight')?.value ?? 65
          const height = life.body.level('height', visit.day)
          visit.thought.push(
            `Dosis calculada para superficie corporal de ${Math.sqrt((height * weight) / 3600).toFixed(2)} m²`,
          )
          if (isFirstHalf) {
            visit.treat('breast-cancer', [{ drug: 'doxorubicin', pieces: 1, hours: 24, days: 1 }])
            visit.treat('breast-cancer', [{ drug: 'cyclophosphamide', pieces: 1, hours: 24, days: 1 }])
          } else visit.treat('breast-cancer', [{ drug: 'paclitaxel', pieces: 1, hours: 24, days: 1 }])
          if (cycle % 2 === 1)
            visit.treat('breast-cancer', [{ drug: 'ondansetron', pieces: 1, hours: 12, days: 3 }])
          visit.procedure('367336001', 'Quimioterapia', { minutes: 180, reason: 'breast-cancer' })
        },
      }),
    )
  }
  life.schedule(addDays(start, 14 + 8 * 21 + 28), (day) => afterChemotherapy(life, day, side))
}

/** What becomes of the tumour decides about the knife. */
function afterChemotherapy(life: Life, from: Day, side: string): void {
  step(life, from, {
    ...breast,
    reason: 'Valoración al terminar quimioterapia',
    told: '{Recupera apetito|Menos cansancio}, {hormigueo leve en dedos|el cabello comienza a salir}, sin {fiebre|dolor}',
    found: `Mama ${side}: {engrosamiento de 6 mm|nódulo residual de 6 mm}, axila {sin ganglios palpables|libre}`,
    thought: 'Cáncer de mama con buena respuesta clínica a quimioterapia neoadyuvante',
    plan: 'Se programa {cirugía conservadora con ganglio centinela|mastectomía con ganglio centinela}; tamoxifeno después de la cirugía; {valoración preoperatoria|radioterapia según pieza}',
    tests: ['hemoglobin', 'alt', 'ca153'],
  })
}

export function breastHormones(life: Life): void {
  const start = addDays(life.today, -life.random.int(1250, 1500))
  const review = (month: number) => {
    life.schedule(addMonths(start, month), (day) =>
      step(life, day, {
        ...breast,
        reason: 'Vigilancia de cáncer de mama',
        next: month < 4 ? 120 : 182,
        told: '{Bochornos leves|Artralgias leves por la mañana}, {sin dolor óseo|sin tos}, {toma la pastilla a diario|buen ánimo}',
        found:
          '{Cicatriz de cuadrantectomía sin nódulos|Lecho quirúrgico limpio}, axila {libre|sin ganglios}, {sin linfedema|linfedema leve}',
        thought: `Sin evidencia de actividad tumoral a ${month} meses de la cirugía`,
        plan: '{Continuar hormonoterapia hasta cinco años|Mastografía anual}; {ejercicio de brazo|calcio y vitamina D}',
        tests: ['ca153', 'hemoglobin', 'alt'],
        more: (visit) => {
          if (month === 2) visit.treat('breast-cancer', [{ drug: 'anastrozole', pieces: 1, hours: 24 }])
          if (month % 12 === 2)
            visit.study('24605-8', 'Mastografía', 'BIRADS 2, {cambios posquirúrgicos|sin lesión sospechosa}')
        },
      }),
    )
  }
  life.schedule(start, (day) =>
    step(life, day, {
      ...breast,
      reason: 'Resultado de biopsia de mama',
      told: 'Nódulo {detectado en mastografía|palpado en revisión}, sin {secreción|dolor}',
      found: 'Mama derecha: nódulo de {12|14|16} mm, axila {clínicamente negativa|sin ganglios}',
      thought: 'Carcinoma lobulillar, receptores hormonales positivos, etapa I',
      plan: 'Cuadrantectomía con ganglio centinela y {radioterapia|radioterapia posterior}',
      tests: ['ca153'],
      more: (visit) => {
        visit.study(
          '11526-1',
          'Estudio histopatológico',
          'carcinoma lobulillar infiltrante grado {1|2}, RE {95|90} %, HER2 negativo',
          'PAT',
        )
      },
    }),
  )
  life.schedule(addDays(start, 28), (from) => {
    const day = life.openDay(from)
    step(life, day, {
      ...breast,
      reason: 'Cuadrantectomía',
      told: 'Acude en ayuno para {cirugía|cuadrantectomía con ganglio centinela}',
      found: 'Mama marcada, {sin cambios|piel íntegra}',
      thought: 'Lista para cirugía conservadora',
      plan: 'Cirugía ambulatoria; {drenaje|curación} en {una semana|siete días}',
      more: (visit) => {
        consentForm(visit, 'Cuadrantectomía con ganglio centinela', 'cáncer de mama')
        visit.procedure('392021009', 'Cuadrantectomía de mama', {
          minutes: 90,
          reason: 'breast-cancer',
          note: 'Bordes negativos; ganglio centinela negativo.',
        })
      },
    })
  })
  for (const month of [2, 6, 12, 18, 24, 30, 36, 42, 48]) review(month)
}

export function tuberculosis(life: Life): void {
  const start = addDays(life.today, -life.random.int(400, 560))
  const tb = { key: 'tuberculosis', specialty: 'internal-medicine' } as const
  const smear = (visit: Visit, result: string) => visit.study('11545-1', 'Baciloscopia de esputo', result)
  life.schedule(start, (day) =>
    step(life, day, {
      ...tb,
      reason: 'Tos de más de dos semanas',
      told: 'Tos con {flema|hemoptoicos} de {seis|ocho} semanas, {sudor nocturno|fiebre vespertina} y pérdida de {6|8} kg',
      found: '{Estertores apicales derechos|Soplo anfórico derecho}, {caquexia leve|palidez}',
      thought: 'Tuberculosis pulmonar {confirmada|con baciloscopia positiva}',
      plan: 'TAES: {toma supervisada|tratamiento supervisado} y {estudio de contactos|notificación inmediata}',
      tests: ['hemoglobin', 'alt', 'glucose', 'bilirubin'],
      more: (visit) => {
        smear(visit, 'BAAR {++|+++} en {dos|tres} muestras')
        visit.study(
          '36643-5',
          'Radiografía de tórax',
          'infiltrado apical derecho {con cavitación de 2 cm|cavitado}',
        )
        visit.treat('tuberculosis', [
          { drug: 'rhze', pieces: 4, hours: 24, days: 60, how: 'en ayuno, supervisado' },
        ])
        visit.found.push('Prueba rápida de VIH no reactiva')
        outsideResults(visit, 'Laboratorio Estatal de Salud Pública')
      },
    }),
  )
  for (const month of [1, 2, 3, 4, 5, 6]) {
    life.schedule(addMonths(start, month), (day) =>
      step(life, day, {
        ...tb,
        reason: `Tuberculosis: control del mes ${month}`,
        next: month < 6 ? 30 : 180,
        told:
          month < 3
            ? '{Menos tos|Tos escasa}, {ya no suda de noche|recuperó apetito}, {orina anaranjada|sin vómito}'
            : '{Sin tos|Asintomátic@}, {trabaja de nuevo|subió de peso}, {ninguna dosis perdida|acude a sus tomas}',
        found:
          '{Murmullo presente|Estertores escasos}, {sin ictericia|escleras blancas}, {agudeza visual conservada|sin neuropatía}',
        thought: `Mes ${month} de tratamiento, {buena tolerancia|sin hepatotoxicidad}`,
        plan:
          month === 6
            ? 'Alta por curación; {radiografía final|vigilancia por un año}'
            : '{Continuar TAES|Fase supervisada}; {baciloscopia mensual|pesar cada mes}',
        tests: month % 2 === 0 ? ['alt', 'bilirubin'] : [],
        more: (visit) => {
          smear(visit, month < 2 ? 'BAAR {escasos|+}' : '{negativa|sin BAAR en dos muestras}')
          if (month === 2)
            visit.treat('tuberculosis', [
              { drug: 'rh', pieces: 4, hours: 56, days: 120, how: 'lunes, miércoles y viernes' },
            ])
          if (month === 6) life.schedule(addDays(visit.day, 1), (end) => life.resolve('tuberculosis', end))
        },
      }),
    )
  }
}

export function fracture(life: Life, from: Day, isFragile: boolean): void {
  const day = from
  if (day >= addDays(life.today, -50) || !life.isFree(day)) return
  const side = life.random.pick(['derecha', 'izquierda'])
  const visit = new Visit(life, {
    day,
    kind: 'EMER',
    specialty: 'emergency',
    reason: 'Dolor de muñeca tras caída',
    minute: life.random.int(9 * 60, 20 * 60),
  })
  visit.pressure()
  visit.measure('heart', 84 + life.random.int(0, 14))
  visit.measure('pain', 7 + life.random.int(0, 1))
  visit.told.push(
    visit.say(
      isFragile
        ? `{Tropezó con un tapete|Resbaló en el baño} y apoyó la mano ${side}`
        : `{Cayó de una escalera de dos metros|Cayó de la motocicleta|Cayó jugando futbol} sobre la mano ${side}`,
    ),
  )
  visit.found.push(
    visit.say(
      `Muñeca ${side} con deformidad {en dorso de tenedor|dorsal}, {pulso radial presente|sensibilidad conservada}, {llenado capilar normal|piel íntegra}`,
    ),
  )
  visit.study(
    '',
    'Radiografía de muñeca en dos proyecciones',
    `fractura de radio distal ${side}, {extraarticular con angulación dorsal|desplazada}, {sin lesión de cúbito|estiloides cubital íntegra}`,
  )
  visit.diagnose('wrist-fracture')
  visit.thought.push(`Fractura de radio distal ${side}${isFragile ? ', por fragilidad' : ''}`)
  consentForm(visit, 'Reducción cerrada e inmovilización con yeso', 'fractura de radio distal')
  visit.procedure('274474001', 'Inmovilización ósea', { minutes: 40, reason: 'wrist-fracture' })
  visit.treat('wrist-fracture', [
    { drug: 'naproxen', pieces: 1, hours: 12, days: 7, how: 'con los alimentos' },
    { drug: 'paracetamol', pieces: 1, hours: 8, days: 7 },
  ])
  visit.ordered.push(
    visit.say('{Mano en alto|Cabestrillo}; {mover los dedos|volver si hay adormecimiento o dedos morados}'),
  )
  emergencyNote(visit, 'Dolor de muñeca tras caída')
  visit.close(50)
  const reviews: readonly (readonly [number, Template, Template])[] = [
    [
      8,
      'Reducción mantenida, {sin neurovascular comprometido|yeso bien ajustado}',
      'Radiografía en {dos|tres} semanas',
    ],
    [
      42,
      'Callo {visible|en formación}; se retira yeso',
      '{Rehabilitación diez sesiones|Ejercicios de muñeca en casa}',
    ],
  ]
  for (const [days, thought, plan] of reviews) {
    life.schedule(addDays(day, days), (day) =>
      step(life, day, {
        key: 'wrist-fracture',
        specialty: 'orthopaedics',
        reason: 'Revisión de fractura',
        told:
          days < 20
            ? 'Dolor {leve|solo al mover}, {duerme bien|mueve los dedos}'
            : '{Rigidez|Sin dolor} al {girar la mano|cargar}',
        found:
          days < 20
            ? 'Yeso {íntegro|limpio}, dedos {móviles|con buen llenado}'
            : 'Flexión de {40|50} grados, {fuerza de prensión disminuida|sin deformidad}',
        thought,
        plan,
      }),
    )
  }
  life.schedule(addDays(day, 75), (day) => life.resolve('wrist-fracture', day))
}

/** Falls of the old: what is counted, weighed and taken away. */
export function falls(life: Life, from: Day): void {
  const day = life.openDay(from)
  if (day >= life.today) return
  const visit = new Visit(life, {
    day,
    kind: 'AMB',
    specialty: 'internal-medicine',
    reason: 'Valoración geriátrica por caída',
    minutes: 45,
  })
  visit.pressure()
  visit.measure('heart')
  visit.measure('weight')
  const morse = visit.measure('morse', 55 + 5 * life.random.int(0, 4))
  const barthel = visit.measure('barthel', 60 + 5 * life.random.int(0, 4))
  visit.told.push(
    visit.say(
      'Cayó {de noche camino al baño|en la cocina} hace {cuatro|nueve} días, {sin perder el conocimiento|sin golpe en la cabeza}, {segunda caída del año|tenía sueño por la mañana}',
    ),
  )
  visit.found.push(
    visit.say(
      'Levántate y anda de {18|21|24} segundos, {equimosis en cadera|sin dolor óseo}, {presión de pie 14 mmHg menor|sin hipotensión ortostática}',
    ),
    visit.value('morse'),
    visit.value('barthel'),
  )
  visit.thought.push(
    `Síndrome de caídas, riesgo alto (Morse ${morse.text}); Barthel ${barthel.text}, dependencia leve a moderada`,
  )
  const many = life.taking().length
  if (many >= 5)
    visit.thought.push(`Polifarmacia: ${many} medicamentos, se revisan interacciones y duplicidades`)
  if (life.takes('sulfonylurea')) visit.withdraw('glibenclamide', 'riesgo de hipoglucemia')
  visit.reconcile()
  if (life.takes('thiazide') && life.takes('calcium-blocker') && visit.systolic() < 135)
    visit.withdraw('chlorthalidone', 'caídas, con presión en meta')
  else if (visit.ordered.length === 0) visit.ordered.push('Sin medicamentos que retirar tras la revisión')
  visit.ordered.push(
    visit.say(
      '{Barras en el baño|Andadera y zapato cerrado}, {luz nocturna|retirar tapetes} y {fisioterapia de equilibrio|terapia ocupacional}',
    ),
    'No usar benzodiacepinas ni antihistamínicos para dormir',
  )
  refer(visit, walking)
  evolution(visit, 'valoración geriátrica por caída')
  visit.close()
}
