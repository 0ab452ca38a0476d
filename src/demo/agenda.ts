import { addDays, dayNumber, isWorkday, type Calendar } from './calendar.ts'
import { house } from './house.ts'
import { patientIdOf } from './people.ts'
import { createRandom } from './random.ts'
import { specialties } from './staff.ts'
import type { Day, Random, Resource, Specialty, Staff } from './types.ts'

/** How far the agenda reaches: what is older goes, what is further has not been asked for yet. In days. */
export const agendaDays = {
  /** On a first start, or after an absence: so many days are told as if somebody had been there. */
  behind: 14,
  ahead: 14,
  /** After so many days an appointment is cleared away: what was done that day is in the chart. */
  kept: 60,
} as const

/** A patient's seat and a time of the day are asked for; the chart says who sees the patient. */
export interface Booking {
  id: string
  seat: number
  patient: string
  day: Day
  /** Asked for on the day itself, not weeks ahead. */
  sameDay: boolean
  random: Random
}

/** How many appointments a day of the agenda has: booked ahead, and in all, when those of the day itself have come. */
export function bookingsOf(patients: number): { ahead: number; full: number } {
  const full = Math.min(16 + Math.floor(patients / 50), 96)
  return { ahead: Math.min(Math.max(Math.round(patients / 12), 1), Math.floor(full / 2)), full }
}

/**
 * Who comes on a day. It depends on the day, the seed and the number of patients alone, and grows at its end when the
 * day comes: so a day that was begun, and left half written, is gone on with. Nobody comes twice on one day.
 */
export function bookings(seed: string, patients: number, day: Day, today: Day): Booking[] {
  const { ahead, full } = bookingsOf(patients)
  const asked = isWorkday(day) ? ahead : 0
  const count = Math.min(day === today ? full : asked, patients)
  const taken = new Set<number>()
  return Array.from({ length: count }, (_, i) => {
    const seat = seatAt(seed, patients, dayNumber(day) * full + i, taken)
    taken.add(seat)
    const id = `cita-${day.replaceAll('-', '')}-${String(i + 1).padStart(2, '0')}`
    const random = createRandom(`${seed}/${id}`)
    return { id, seat, patient: patientIdOf(seat), day, sameDay: i >= asked, random }
  })
}

/** Everybody's turn comes once before anybody's comes again, in another order each time. */
function seatAt(seed: string, patients: number, turn: number, taken: ReadonlySet<number>): number {
  const random = createRandom(`${seed}/turns/${Math.floor(turn / patients)}`)
  const start = random.int(0, patients - 1)
  let step = random.int(1, patients)
  while (greatestDivisor(step, patients) !== 1) step++
  let seat = (start + (turn % patients) * step) % patients
  while (taken.has(seat)) seat = (seat + 1) % patients
  return seat
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b))

/** What is in the vault of a patient who is to come. */
export interface Attended {
  reference: string
  display: string
  /** References to practitioners, the responsible physician first. */
  team: readonly string[]
}

/** Reasons to come that were known weeks before, by who is seen: none that only one illness would have. */
const reasons: Readonly<Partial<Record<Specialty, readonly string[]>>> = {
  'family-medicine': [
    'Consulta de control',
    'Revisión de resultados de laboratorio',
    'Renovación de receta',
    'Consulta de seguimiento',
  ],
  'internal-medicine': ['Consulta de seguimiento', 'Ajuste de tratamiento', 'Revisión de estudios'],
  paediatrics: ['Control de niño sano', 'Revisión de esquema de vacunación', 'Control de peso y talla'],
  obstetrics: ['Consulta de ginecología', 'Revisión de ultrasonido', 'Consulta de control'],
  surgery: ['Valoración quirúrgica', 'Control posoperatorio'],
  cardiology: ['Control de cardiología', 'Revisión de electrocardiograma'],
  endocrinology: ['Control de endocrinología', 'Revisión de resultados de laboratorio'],
  orthopaedics: ['Revisión de radiografía', 'Seguimiento de ortopedia'],
  psychiatry: ['Seguimiento de salud mental', 'Ajuste de tratamiento'],
}
const reasonsElsewhere = ['Consulta de seguimiento']

/** Reasons of those who ask in the morning to be seen the same day. */
const sameDayReasons: Readonly<Partial<Record<Specialty, readonly string[]>>> = {
  paediatrics: ['Tos y fiebre', 'Diarrea desde ayer', 'Dolor de oído', 'Exantema', 'Vómito'],
}
const sameDayReasonsElsewhere = [
  'Malestar general de tres días',
  'Tos y escurrimiento nasal',
  'Dolor de cabeza',
  'Dolor lumbar',
  'Ardor al orinar',
  'Diarrea desde ayer',
  'Se le terminó el medicamento',
  'Mareo',
  'Dolor de garganta',
]

/** Those whom one sees by appointment: the others are met in theatre, laboratory and emergency room. */
const consultants = house.byRole('physician').filter(({ specialty = '' }) => specialty in reasons)

const firstMinute = 8 * 60
const slotMinutes = 30
const appointmentReason = 'http://terminology.hl7.org/CodeSystem/v2-0276'

/**
 * The appointments of one day, in order of their numbers; those whose patient is gone are left out. Each physician has a
 * room and sees one after the other from eight o'clock.
 */
export function appointmentsOf(
  booked: readonly Booking[],
  attendedOf: ReadonlyMap<string, Attended>,
  today: Day,
  calendar: Calendar,
): Resource[] {
  const next = new Map<Staff, number>()
  return booked.flatMap((booking) => {
    const attended = attendedOf.get(booking.patient)
    if (!attended) return []
    const physician = physicianFor(attended, booking)
    const slot = next.get(physician) ?? 0
    next.set(physician, slot + 1)
    return appointment(booking, attended, physician, slot, today, calendar)
  })
}

/** In the weeks ahead one is booked with any of the team; on the day itself, with who is responsible. */
function physicianFor({ team }: Attended, { sameDay, random: of }: Booking): Staff {
  const random = of.fork('physician')
  const physicians = consultants.filter(({ practitioner }) => team.includes(practitioner))
  const responsible = physicians.find((each) => each.practitioner === team[0])
  if (responsible && (sameDay || random.chance(0.5))) return responsible
  return random.pick(physicians.length > 0 ? physicians : house.byRole('physician', 'family-medicine'))
}

function appointment(
  { id, day, sameDay, random }: Booking,
  attended: Attended,
  physician: Staff,
  slot: number,
  today: Day,
  calendar: Calendar,
): Resource {
  const specialty = physician.specialty ?? 'family-medicine'
  const { code, name } = specialties[specialty]
  const minute = firstMinute + slot * slotMinutes
  const status = statusOf(random, day, today)
  const { consulting } = house.locations
  const room = consulting[consultants.indexOf(physician) % consulting.length]!
  const asked = sameDay ? day : addDays(day, -random.fork('asked').int(agendaDays.ahead + 1, 40))
  const known = sameDay
    ? (sameDayReasons[specialty] ?? sameDayReasonsElsewhere)
    : (reasons[specialty] ?? reasonsElsewhere)
  const confirmed = status === 'pending' ? 'needs-action' : 'accepted'
  return {
    resourceType: 'Appointment',
    id,
    status,
    ...(status === 'cancelled' ? { cancelationReason: cancelled(random.fork('cancelled')) } : {}),
    serviceType: [{ text: `Consulta externa de ${name.toLowerCase()}` }],
    specialty: [{ coding: [{ system: 'http://snomed.info/sct', code }], text: name }],
    appointmentType: {
      coding: [{ system: appointmentReason, code: sameDay ? 'WALKIN' : 'FOLLOWUP' }],
      text: sameDay ? 'Consulta del mismo día' : 'Consulta subsecuente',
    },
    reasonCode: [{ text: random.fork('reason').pick(known) }],
    start: calendar.at(day, minute),
    end: calendar.at(day, minute + slotMinutes),
    minutesDuration: slotMinutes,
    created: asked,
    participant: [
      {
        actor: { reference: attended.reference, display: attended.display },
        required: 'required',
        status: confirmed,
      },
      {
        actor: { reference: physician.practitioner, display: physician.display },
        required: 'required',
        status: 'accepted',
      },
      { actor: { reference: room.reference, display: room.name }, required: 'required', status: 'accepted' },
    ],
  }
}

/** How an appointment that was kept open is closed when its day is over. */
export function closedStatus(random: Random): 'fulfilled' | 'noshow' {
  return random.fork('close').chance(0.88) ? 'fulfilled' : 'noshow'
}

function statusOf(random: Random, day: Day, today: Day): string {
  if (random.fork('cancelled').chance(0.05)) return 'cancelled'
  if (day < today) return closedStatus(random)
  return day > addDays(today, 3) && random.fork('pending').chance(0.12) ? 'pending' : 'booked'
}

/** HL7's appointment-cancellation-reason. */
function cancelled(random: Random) {
  const [code, text] = random.pick([
    ['pat-fb', 'El paciente llamó para cancelar'],
    ['prov-pers', 'El médico no pudo atender'],
  ] as const)
  return {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason', code }],
    text,
  }
}
