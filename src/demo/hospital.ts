import { createCalendar } from './calendar.ts'
import { cast, chartOf, drawSeat } from './clinic/index.ts'
import { base, house, houseResources } from './house.ts'
import { carersOf, careTeamOf, guardiansOf, patientOf } from './patient.ts'
import { people, type Census, type Resident } from './people.ts'
import { seed, type HospitalPlan } from './plan.ts'
import { createRandom } from './random.ts'
import type { Day, Resource } from './types.ts'

/** How many years of the past a chart tells: the crowd beyond the cast is there to be many. */
const years = { cast: 15, crowd: 2 }

/** Entries of a transaction: what is sealed and committed at once stays small beside a request's limit. */
export const entriesMax = 400

/** What is written together; where `last` is in the store, so is all of it. */
export interface DemoUnit {
  last: { type: string; id: string }
  /** Of a patient, or the house itself. */
  patient: boolean
  /** Made when it is asked for. Transactions, in the order in which they must be written. */
  transactions(): DemoTransaction[]
}

export interface DemoTransaction {
  json: string
}

/** The house and its staff first, then patient after patient; no more than one of them in memory. */
export async function* hospital(plan: HospitalPlan): AsyncGenerator<DemoUnit> {
  const { made, timeZone } = plan
  const resources = houseResources()
  yield {
    last: nameOf(resources[0]!),
    patient: false,
    transactions: () => transactionsOf(resources),
  }
  const { at } = createCalendar(timeZone)
  for await (const person of people(censusOf(plan))) {
    yield {
      last: { type: 'Patient', id: person.id },
      patient: true,
      transactions: () => transactionsOf(recordOf(person, made, at)),
    }
  }
}

/** Who its patients are. */
export function censusOf({ made, patients }: HospitalPlan): Census {
  return { seed, today: made, count: patients, cast, draw: drawSeat }
}

/** A patient's whole record; the Patient stands first. */
export function recordOf(person: Resident, today: Day, at: (day: Day, minute: number) => string): Resource[] {
  const chart = chartOf({
    random: createRandom(`${seed}/chart/${person.seat}`),
    person,
    house,
    today,
    at,
    years: person.seat < cast.length ? years.cast : years.crowd,
    ...(person.mother ? { mother: person.mother } : {}),
    ...(person.child ? { child: person.child } : {}),
  })
  const carers = carersOf(person, chart, today)
  // Where a birth is told, the chart has the mother already.
  const hasGuardian = chart.some(({ resourceType }) => resourceType === 'RelatedPerson')
  return [
    patientOf(person, carers.responsible),
    ...(hasGuardian ? [] : guardiansOf(person)),
    careTeamOf(person, carers),
    ...chart,
  ]
}

/**
 * The first of all resources goes with the last transaction, so that it is there when everything is. Nothing that refers
 * to it waits: a patient's compartment is opened by whoever first writes about the patient.
 */
function transactionsOf([first, ...others]: readonly Resource[]): DemoTransaction[] {
  const transactions: DemoTransaction[] = []
  while (others.length > entriesMax - 1) transactions.push(transaction(others.splice(0, entriesMax)))
  return [...transactions, transaction([first!, ...others])]
}

function transaction(resources: readonly Resource[]): DemoTransaction {
  const entry = resources.map((resource) => ({
    fullUrl: `${base}/fhir/${resource.resourceType}/${resource.id}`,
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  }))
  return { json: JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }) }
}

const nameOf = ({ resourceType, id }: Resource) => ({ type: resourceType, id })
