import { isRefusal, sentenceOf, type Refusal } from '#kernel/outcome.ts'
import type { Interactions } from '#records/index.ts'
import { agendaDays, appointmentsOf, bookings, closedStatus } from './agenda.ts'
import type { Attended, Booking } from './agenda.ts'
import { addDays, createCalendar } from './calendar.ts'
import { careTeamIdOf } from './people.ts'
import { seed, type HospitalPlan } from './plan.ts'
import type { Day } from './types.ts'

export interface Renewal {
  plan: HospitalPlan
  today: Day
  /** The day of the last renewal that ended; none yet. */
  renewed?: Day | undefined
  /** Given up between two appointments, as when the server stops: the next renewal goes on. */
  signal?: AbortSignal
}

export type Renewed =
  | { status: 'ok'; made: number; closed: number; cleared: number }
  | { status: 'stopped' }
  | { status: 'sealed' }

/**
 * Brings the agenda to today: what is over is closed, today is full, two weeks ahead are booked, and what is older than
 * two months is cleared away. What people changed stays as they left it: an appointment that they cancelled, moved or
 * deleted is neither closed nor made again.
 *
 * Every appointment is named after its day and number, so nothing is searched for, and doing it twice changes nothing.
 * After an absence of any length the work is that of some ten weeks at most.
 */
export async function renewAgenda(store: Interactions, renewal: Renewal): Promise<Renewed> {
  const { plan, today, signal } = renewal
  const done = { made: 0, closed: 0, cleared: 0 }
  const work = [
    // Today comes first: somebody may be waiting for it.
    ...daysToMake(renewal).map((day) => () => make(store, plan, day, today)),
    ...daysToClose(renewal).map((day) => () => close(store, plan, day)),
    ...daysToClear(renewal).map((day) => () => clear(store, plan, day)),
  ]
  for (const step of work) {
    if (signal?.aborted) return { status: 'stopped' }
    const stepped = await step()
    if (isRefusal(stepped)) {
      if (stepped.status === 'sealed') return { status: 'sealed' }
      throw new Error(sentenceOf(stepped, 'en'))
    }
    done[stepped.what] += stepped.count
  }
  return { status: 'ok', ...done }
}

type Step = { status: 'ok'; what: 'made' | 'closed' | 'cleared'; count: number } | Refusal

function daysBetween(from: Day, to: Day): Day[] {
  const days: Day[] = []
  for (let day = from; day <= to; day = addDays(day, 1)) days.push(day)
  return days
}

/**
 * Today, what is ahead, then days on which nobody looked, for two weeks back; but today alone of the days that the last
 * renewal has booked.
 */
function daysToMake({ today, renewed }: Renewal): Day[] {
  const behind = addDays(today, -agendaDays.behind)
  // After a clock was put back, nothing is known of what is ahead.
  const booked = renewed === undefined || renewed > today ? behind : addDays(renewed, agendaDays.ahead + 1)
  return [
    today,
    ...daysBetween(later(booked, addDays(today, 1)), addDays(today, agendaDays.ahead)),
    ...daysBetween(later(booked, behind), addDays(today, -1)),
  ]
}

/** What was open at the last renewal lies from that day on, and ended two weeks after it. */
function daysToClose({ today, renewed }: Renewal): Day[] {
  if (renewed === undefined) return []
  const from = earlier(renewed, today)
  return daysBetween(from, earlier(addDays(today, -1), addDays(renewed, agendaDays.ahead)))
}

/** What the last renewal had kept, and has grown too old since. */
function daysToClear({ today, renewed }: Renewal): Day[] {
  if (renewed === undefined) return []
  const newest = earlier(addDays(today, -agendaDays.kept - 1), addDays(renewed, agendaDays.ahead))
  return daysBetween(addDays(renewed, -agendaDays.kept), newest)
}

const earlier = (a: Day, b: Day): Day => (a < b ? a : b)
const later = (a: Day, b: Day): Day => (a < b ? b : a)

async function make(store: Interactions, plan: HospitalPlan, day: Day, today: Day): Promise<Step> {
  const booked = bookings(seed, plan.patients, day, today)
  const missing = new Set<string>()
  const looked = await Promise.all(
    booked.map(async ({ id }) => {
      const found = await store.read('Appointment', id)
      // One that was deleted is `gone`, and stays so.
      if (found.status === 'not-found') missing.add(id)
      return found
    }),
  )
  if (missing.size === 0) return stepOf('made', looked)
  // Everybody of the day, also who is booked already: whose turn it is depends on who else comes.
  const attended = new Map<string, Attended>()
  const refused = await Promise.all(booked.map(({ patient }) => attend(store, patient, attended)))
  const fault = refused.find((each) => each !== undefined)
  if (fault) return fault
  const made = appointmentsOf(booked, attended, today, createCalendar(plan.timeZone))
  const written = await Promise.all(
    made
      .filter(({ id }) => missing.has(id))
      .map((each) =>
        store.update('Appointment', each.id, Buffer.from(JSON.stringify(each)), { ifNoneMatch: '*' }),
      ),
  )
  return stepOf('made', written)
}

/** Whom the chart names as caring for the patient; a patient who was deleted or has died is not expected. */
async function attend(
  store: Interactions,
  id: string,
  known: Map<string, Attended>,
): Promise<Refusal | undefined> {
  const [patient, team] = await Promise.all([
    store.read('Patient', id),
    store.read('CareTeam', careTeamIdOf(id)),
  ])
  for (const found of [patient, team]) if (found.status === 'sealed') return found
  if (patient.status !== 'ok') return undefined
  const person = JSON.parse(patient.version.json) as {
    active?: boolean
    deceasedBoolean?: boolean
    deceasedDateTime?: string
    name?: { text?: string }[]
    generalPractitioner?: { reference?: string }[]
  }
  if (person.active === false || person.deceasedBoolean || person.deceasedDateTime) return undefined
  const members =
    team.status === 'ok'
      ? ((JSON.parse(team.version.json) as { participant?: { member?: { reference?: string } }[] })
          .participant ?? [])
      : []
  const references = [
    ...(person.generalPractitioner ?? []).map(({ reference }) => reference),
    ...members.map(({ member }) => member?.reference),
  ]
  known.set(id, {
    reference: `Patient/${id}`,
    display: person.name?.[0]?.text ?? '',
    team: references.filter((reference) => reference !== undefined),
  })
  return undefined
}

const openStatuses = new Set(['proposed', 'pending', 'booked', 'arrived', 'checked-in', 'waitlist'])

/** Of a day that is over: who was still expected came, or did not. */
async function close(store: Interactions, plan: HospitalPlan, day: Day): Promise<Step> {
  const written = await Promise.all(
    bookedOn(plan, day).map(async ({ id, random }) => {
      const found = await store.read('Appointment', id)
      if (found.status !== 'ok') return found
      const { status, start = '' } = JSON.parse(found.version.json) as { status: string; start?: string }
      // Somebody may have moved it to another day.
      if (!openStatuses.has(status) || !start.startsWith(day)) return found
      const patch = [{ op: 'replace', path: '/status', value: closedStatus(random) }]
      // Only as it was looked at: whoever changes it in this moment decides.
      const ifMatch = found.version.version
      return store.patch('Appointment', id, 'json', Buffer.from(JSON.stringify(patch)), { ifMatch })
    }),
  )
  return stepOf('closed', written)
}

async function clear(store: Interactions, plan: HospitalPlan, day: Day): Promise<Step> {
  const cleared = await Promise.all(
    bookedOn(plan, day).map(async ({ id }) => {
      const found = await store.read('Appointment', id)
      if (found.status !== 'ok') return found
      const { start = '' } = JSON.parse(found.version.json) as { start?: string }
      return start.startsWith(day)
        ? store.delete('Appointment', id, { ifMatch: found.version.version })
        : found
    }),
  )
  return stepOf('cleared', cleared)
}

/** All that the day may have: as many as when it was today. */
const bookedOn = ({ patients }: HospitalPlan, day: Day): Booking[] => bookings(seed, patients, day, day)

/** What was looked for and is not there, or was changed by somebody in the same moment, is no fault. */
const harmless = new Set(['not-found', 'gone', 'version-conflict', 'precondition-failed'])

function stepOf(
  what: 'made' | 'closed' | 'cleared',
  results: readonly ({ status: 'ok'; outcome?: string } | Refusal)[],
): Step {
  const fault = results.find((each) => isRefusal(each) && !harmless.has(each.status))
  if (fault && isRefusal(fault)) return fault
  return { status: 'ok', what, count: results.filter((each) => 'outcome' in each).length }
}
