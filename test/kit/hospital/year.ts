/**
 * What goes on in a hospital of 200 beds: who is treated, who has to do with it, and what they look at for it. Also what looks odd and is not:
 * slips, calls, late bills, emergencies, audits.
 */
import type { Kind } from '#records/index.ts'
import type { Chance } from './chance.ts'
import { wards, type Inhabitant, type Town, type Worker } from './town.ts'

export interface Look {
  actor: string
  patient: number
  atMs: number
  resources: number
  /** They wrote in the record as well. */
  wrote?: true
}

/** A resource of the record. */
export interface Written {
  patient: number
  type: string
  status: string
  kind: Kind
  from: number
  to: number
  /** Those whom it names as caring. */
  carers: readonly string[]
}

export interface Going {
  looks: Look[]
  written: Written[]
}

const hour = 3_600_000
const day = 24 * hour
/** Sick people come again and again: one visit in three is of one in ten. */
const regularShare = 0.35

export function goingsOn(town: Town, chance: Chance, startMs: number, days: number): Going {
  const looks: Look[] = []
  const written: Written[] = []
  const by = Map.groupBy(town.workers, ({ roles: [role] }) => role)
  const of = (role: Worker['roles'][0]) => by.get(role) ?? []
  const regulars = town.people.filter(() => chance.isOf(0.1))
  const someone = (): Inhabitant => chance.pick(chance.isOf(regularShare) ? regulars : town.people)
  /** Somewhere in their shift, mostly; now and then they stay longer, or come early. */
  const during = ({ shift, roles: [role] }: Worker, dayAt: number): number => {
    const long = shift >= 20 && role !== 'laboratory' ? 11.5 : 8
    const over = chance.isOf(0.02) ? chance.next() * 3 : 0
    return dayAt + (shift + chance.next() * long + over) * hour
  }
  const onDuty = (role: Worker['roles'][0], dayAt: number): Worker[] => {
    const weekday = Math.round(dayAt / day) % 7
    // Each has two days off in a week; two in five work at the weekend.
    return of(role).filter((_, n) => (n + weekday) % 7 > 1)
  }
  const look = (worker: Worker, patient: number, atMs: number, more: Partial<Look> = {}) => {
    looks.push({ actor: worker.actor, patient, atMs, resources: 1 + chance.upTo(30), ...more })
  }

  /** Who lies in which ward, until when. */
  let inside: { patient: number; ward: number; until: number; team: Worker[] }[] = []
  /** Accounts that are still to be settled, by the day on which somebody does. */
  const bills: { patient: number; at: number }[] = []

  for (let d = 0; d < days; d++) {
    const dayAt = startMs + d * day
    const isWeekend = Math.round(dayAt / day) % 7 > 4
    const duty = {
      physician: onDuty('physician', dayAt),
      nurse: onDuty('nurse', dayAt),
      reception: onDuty('reception', dayAt),
      laboratory: onDuty('laboratory', dayAt),
      billing: isWeekend ? [] : of('billing'),
    }
    const desk = (role: 'reception' | 'laboratory' | 'billing', patient: number, more?: Partial<Look>) => {
      if (duty[role].length === 0) return
      const worker = chance.pick(duty[role])
      look(worker, patient, during(worker, dayAt), more)
    }
    const test = (patient: number, asks: Worker) => {
      written.push({
        patient,
        type: 'ServiceRequest',
        status: 'active',
        kind: 'laboratory',
        from: dayAt + 9 * hour,
        to: dayAt + 9 * hour,
        carers: [asks.actor],
      })
      for (let n = 0; n <= chance.upTo(2); n++) desk('laboratory', patient, { wrote: true })
    }

    // Admissions, and those who lie there.
    inside = inside.filter(({ until }) => until > dayAt)
    const occupied = 155 + chance.upTo(36)
    while (inside.length < occupied) {
      const { id: patient } = someone()
      const ward = chance.upTo(wards)
      const until = dayAt + (1 + chance.times(3.6)) * day
      const inWard = (worker: Worker) => worker.ward === ward
      const team = [
        ...of('physician').filter(inWard).slice(0, 5),
        ...of('nurse').filter(inWard).slice(0, 9),
      ].filter(() => chance.isOf(0.7))
      inside.push({ patient, ward, until, team })
      written.push({
        patient,
        type: 'Encounter',
        status: 'finished',
        kind: 'visit',
        from: dayAt,
        to: until,
        carers: team.map(({ actor }) => actor),
      })
      desk('reception', patient, { wrote: true })
      bills.push({ patient, at: until + chance.upTo(20) * day })
    }
    const working = new Set([...duty.physician, ...duty.nurse])
    for (const { patient, team } of inside) {
      for (const worker of team)
        if (working.has(worker) && chance.isOf(0.8))
          look(worker, patient, during(worker, dayAt), chance.isOf(0.6) ? { wrote: true } : {})
      if (chance.isOf(0.45) && team[0]) test(patient, team[0])
    }

    // Out-patients, and emergencies.
    for (let n = isWeekend ? 30 : 320; n > 0; n--) {
      const { id: patient } = someone()
      const worker = chance.pick(duty.physician)
      const at = during(worker, dayAt)
      const carers = [worker.actor]
      written.push({
        patient,
        type: 'Appointment',
        status: 'fulfilled',
        kind: 'schedule',
        from: at,
        to: at,
        carers,
      })
      look(worker, patient, at, { wrote: true })
      for (let desks = chance.times(1.4); desks > 0; desks--) desk('reception', patient)
      if (chance.isOf(0.3)) test(patient, worker)
      if (chance.isOf(0.5)) bills.push({ patient, at: dayAt + chance.upTo(30) * day })
    }
    for (let n = chance.times(110); n > 0; n--) {
      const { id: patient } = someone()
      const [worker, nurse] = [chance.pick(duty.physician), chance.pick(duty.nurse)]
      const at = during(worker, dayAt)
      const carers = [worker.actor, nurse.actor]
      written.push({
        patient,
        type: 'Encounter',
        status: 'finished',
        kind: 'visit',
        from: at,
        to: at + 5 * hour,
        carers,
      })
      look(worker, patient, at, { wrote: true })
      look(nurse, patient, at + hour / 2, { wrote: true })
      desk('reception', patient, { wrote: true })
      if (chance.isOf(0.4)) test(patient, worker)
    }
    for (const { patient, at } of bills) {
      if (at < dayAt || at >= dayAt + day || duty.billing.length === 0) continue
      written.push({
        patient,
        type: 'Claim',
        status: 'active',
        kind: 'billing',
        from: at,
        to: at,
        carers: [],
      })
      desk('billing', patient)
    }

    // What nothing in the record explains, and is no snooping.
    // Somebody calls and asks whether they have an appointment.
    for (let n = chance.times(25); n > 0; n--) desk('reception', someone().id, { resources: 2 })
    // An old account, a sample that was mislaid.
    for (let n = chance.times(8); n > 0; n--) desk('billing', someone().id)
    for (let n = chance.times(5); n > 0; n--) desk('laboratory', someone().id, { resources: 2 })
    // The row above or below was opened by mistake.
    for (let n = chance.times(12); n > 0; n--) {
      const { patient } = looks[looks.length - 1 - chance.upTo(Math.min(2000, looks.length))]!
      const slip = patient + (chance.isOf(0.5) ? 1 : -1)
      if (slip > 0 && slip <= town.people.length) desk('reception', slip, { resources: 1 })
    }
    // The glass is broken for whom nobody has named yet.
    for (let n = chance.times(6); n > 0; n--) {
      const worker = chance.pick(duty.physician)
      look(worker, someone().id, during(worker, dayAt))
    }
    // Who works here comes by the desk and asks for something of their own; so do a neighbour and an aunt of whoever sits there.
    for (let n = chance.times(0.6); n > 0; n--)
      desk('reception', chance.pick(town.workers).who.id, { resources: 2 })
    for (let n = chance.times(0.3); n > 0; n--) {
      const worker = chance.pick(duty.reception)
      const near = town.households[worker.who.household] ?? []
      if (near.length > 1) look(worker, chance.pick(near).id, during(worker, dayAt), { resources: 2 })
    }
    // Once in a month somebody of the archive's goes through a sample of records.
    if (Math.round(dayAt / day) % 30 === 3) {
      const worker = of('billing')[0]!
      for (let n = 0; n < 25; n++) look(worker, someone().id, during(worker, dayAt))
    }
  }
  return { looks, written }
}
