import type { Specialty } from '../types.ts'
import { inSnomed, reference } from './coding.ts'
import { allergyLine, evolution } from './consultation.ts'
import { addDays } from './days.ts'
import { capital } from './speech.ts'
import type { Template } from './speech.ts'
import { specialtyNames } from './terms/specialties.ts'
import { Visit } from './visit.ts'

/** Somebody else is asked: another hospital, which answers by letter, or another service of this one, at the bedside. */

export interface Referral {
  to: string
  reason: Template
  /** What the other hospital is to find out or do. */
  asks: Template
  days: readonly [number, number]
  answer: Template
  /** What the physician here makes of the answer. */
  thought: Template
  plan: Template
}

export const eyes: Referral = {
  to: 'Hospital Regional de Oftalmología',
  reason: 'Catarata bilateral que {limita la lectura|dificulta reconocer escalones} y favorece caídas',
  asks: '{Valorar cirugía de catarata|Agudeza visual, biometría y programación quirúrgica}',
  days: [45, 80],
  answer:
    'agudeza visual 20/{80|100} derecha y 20/{60|70} izquierda, {catarata nuclear|catarata corticonuclear}, retina sin lesiones; candidat@ a facoemulsificación, en lista de espera para {el ojo derecho|el primer ojo}',
  thought:
    '{Catarata con indicación quirúrgica|Respuesta recibida}: sin contraindicación para anestesia local',
  plan: '{Exámenes preoperatorios cuando den fecha|Avisar fecha de cirugía}; {no suspender antihipertensivos|control de glucosa y presión antes de la cirugía}',
}

export const walking: Referral = {
  to: 'Centro Estatal de Rehabilitación',
  reason: 'Síndrome de caídas con riesgo alto',
  asks: '{Programa de equilibrio y marcha|Reeducación de la marcha y auxiliar adecuado}',
  days: [40, 70],
  answer:
    '{ocho|diez} sesiones de equilibrio y fuerza, levántate y anda de {14|15|16} segundos al alta, {andadera ajustada|bastón de cuatro apoyos}; sin nuevas caídas durante el programa',
  thought: 'Síndrome de caídas con {mejor equilibrio|menor riesgo} tras rehabilitación',
  plan: '{Ejercicios en casa tres veces por semana|Caminar acompañad@ a diario}; {revisar lentes y calzado|mantener barras y luz nocturna}',
}

/** NOM-004-SSA3-2012, 6.4: why, what was found and done so far; the answer comes back weeks later. */
export function refer(visit: Visit, of: Referral): void {
  const { life } = visit
  const reason = visit.say(of.reason)
  const asks = visit.say(of.asks)
  const request = life.add({
    resourceType: 'ServiceRequest',
    id: life.id('referencia'),
    status: 'active',
    intent: 'order',
    category: [inSnomed('3457005', 'Referencia del paciente')],
    code: { text: `Referencia a ${of.to}` },
    subject: life.subjectReference,
    encounter: reference(visit.reference),
    authoredOn: visit.instant,
    requester: reference(visit.doctor.practitioner),
    reasonCode: [{ text: capital(reason) }],
  })
  visit.ordered.push(
    `Se envía a ${of.to} con nota de referencia: ${asks.slice(0, 1).toLowerCase()}${asks.slice(1)}`,
  )
  visit.note('referral', [
    { title: 'Establecimiento que envía', text: [life.scene.house.name] },
    { title: 'Establecimiento receptor', text: [of.to] },
    { title: 'Motivo de envío', text: [reason] },
    {
      title: 'Resumen clínico',
      text: [...visit.told, visit.vitalLine(), ...visit.examination(), allergyLine(life)],
    },
    { title: 'Impresión diagnóstica', text: [visit.thought.join('. '), visit.problemLine()] },
    { title: 'Terapéutica empleada', text: visit.medicineLine(), lines: true },
    { title: 'Se solicita', text: [asks] },
  ])
  life.schedule(addDays(visit.day, life.random.int(...of.days)), (from) => {
    const day = life.openDay(from)
    if (day >= life.today) return
    request['status'] = 'completed'
    const back = new Visit(life, {
      day,
      kind: 'AMB',
      specialty: visit.plan.specialty,
      reason: `Respuesta de ${of.to}`,
    })
    back.pressure()
    back.measure('heart')
    back.told.push(back.say(`{Trae|Entrega} contrarreferencia de ${of.to}: ${of.answer}`))
    back.found.push(
      back.say('{Marcha|Deambulación} {estable|con apoyo}, sin {lesiones nuevas|golpes recientes}'),
    )
    back.thought.push(back.say(of.thought))
    back.ordered.push(back.say(of.plan))
    evolution(back, 'respuesta a referencia')
    back.close()
  })
}

export interface Interconsultation {
  specialty: Specialty
  ask: Template
  /** NOM-004-SSA3-2012, 6.3: criteria of the diagnosis, studies, suggestions. */
  criteria: Template
  studies: Template
  suggestions: readonly Template[]
}

/** Another service sees the patient, and writes below its own name what it thinks. */
export function consult(visit: Visit, of: Interconsultation): void {
  const { life } = visit
  const asked = life.doctor(of.specialty)
  const ask = visit.say(of.ask)
  visit.note(
    'consult',
    [
      {
        title: 'Servicio que solicita y motivo',
        text: [`${capital(specialtyNames[visit.plan.specialty])}, ${visit.doctor.display}: ${ask}`],
      },
      {
        title: 'Antecedentes',
        text: [visit.problemLine() || 'Sin enfermedades crónicas', allergyLine(life)],
      },
      { title: 'Signos vitales', text: [visit.vitalLine()] },
      { title: 'Criterio diagnóstico', text: [visit.say(of.criteria)] },
      { title: 'Plan de estudios', text: [visit.say(of.studies)] },
      {
        title: 'Sugerencias diagnósticas y de tratamiento',
        text: of.suggestions.map((text) => visit.say(text)),
        lines: true,
      },
    ],
    asked,
  )
  visit.ordered.push(`Se atienden sugerencias de ${specialtyNames[of.specialty]}`)
}
