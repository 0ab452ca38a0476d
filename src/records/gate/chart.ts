/** What a patient's own record says that policy goes by: who cares, what the patient closes, and who the patient is. */
import { typeName } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import type { CompartmentId } from '../place.ts'
import type { Entry, Shelf } from '../tuples/index.ts'
import { contentOfTuple, type Code } from './content.ts'
import { linksIn } from './links.ts'
import type { CareLink } from './types.ts'

export interface Chart {
  /** Of whom it is: one, unless others were merged with it. */
  records: readonly CompartmentId[]
  /** What names this practitioner as one who cares for the patient, whenever. `Practitioner/…`. */
  linksOf(practitioner: string): readonly CareLink[]
  /** Every Consent, whatever its status, as it was written. */
  consents: readonly JsonObject[]
  /** Security labels of the Patient. */
  labels: readonly Code[]
  /** `Practitioner/…`: who the patient is, where they work here, as a Person says. */
  isAlso: ReadonlySet<string>
  /** `Encounter/…` that name this practitioner as a participant. */
  visitsOf(practitioner: string): ReadonlySet<string>
}

/** What an entry of a Consent was written as: `entries` are few. */
export type ReadConsents = (entries: readonly Entry[]) => Promise<readonly JsonObject[]>

/** Of the entries of a shelf, which are the same list for as long as nothing changes. */
const known = new WeakMap<readonly Entry[], Chart | Promise<Chart>>()

/** At once where it was made before. */
export function chartOf(
  { compartment, entries }: Pick<Shelf, 'compartment' | 'entries'>,
  read: ReadConsents,
): Chart | Promise<Chart> {
  const made = known.get(entries)
  if (made) return made
  const making = make(compartment, entries, read)
  known.set(entries, making)
  making.then(
    (chart) => known.set(entries, chart),
    () => known.delete(entries),
  )
  return making
}

/** Of charts: what is remembered of one is remembered of it as long as they are the same. */
const unions = new WeakMap<Chart, { of: readonly Chart[]; chart: Chart }>()

/** What the records of one person say, as one: who cares for any of it cares for the person, and what any of it closes is closed. */
export function unionOf(charts: readonly [Chart, ...Chart[]]): Chart {
  const [first] = charts
  const known = unions.get(first)
  if (known && known.of.length === charts.length && known.of.every((each, n) => each === charts[n]))
    return known.chart
  const chart: Chart = {
    records: charts.flatMap(({ records }) => records),
    linksOf: (practitioner) => charts.flatMap((each) => each.linksOf(practitioner)),
    consents: charts.flatMap(({ consents }) => consents),
    labels: charts.flatMap(({ labels }) => labels),
    isAlso: new Set(charts.flatMap(({ isAlso }) => [...isAlso])),
    visitsOf: (practitioner) => new Set(charts.flatMap((each) => [...each.visitsOf(practitioner)])),
  }
  unions.set(first, { of: charts, chart })
  return chart
}

async function make(
  compartment: CompartmentId,
  entries: readonly Entry[],
  read: ReadConsents,
): Promise<Chart> {
  const some = {
    Consent: [] as Entry[],
    Patient: [] as Entry[],
    Person: [] as Entry[],
    Encounter: [] as Entry[],
  }
  for (const entry of entries) some[typeName(entry.type) as keyof typeof some]?.push(entry)
  const consents = some.Consent.length === 0 ? [] : await read(some.Consent)
  let visits: ReadonlyMap<string, ReadonlySet<string>> | undefined
  return {
    records: [compartment],
    consents,
    linksOf: (practitioner) => linksIn(entries, practitioner),
    labels: some.Patient.flatMap(({ tuple }) => contentOfTuple(tuple).labels),
    isAlso: new Set(some.Person.flatMap(({ tuple }) => practitionersIn(tuple, 'practitioner'))),
    visitsOf(practitioner) {
      visits ??= visitsIn(some.Encounter)
      return visits.get(practitioner) ?? noVisits
    },
  }
}

const noVisits: ReadonlySet<string> = new Set()

/** By who takes part in them. */
function visitsIn(encounters: readonly Entry[]): ReadonlyMap<string, ReadonlySet<string>> {
  const visits = new Map<string, Set<string>>()
  for (const { tuple } of encounters) {
    const { id } = contentOfTuple(tuple)
    if (id === undefined) continue
    for (const practitioner of practitionersIn(tuple, 'participant')) {
      const own = visits.get(practitioner) ?? new Set()
      visits.set(practitioner, own.add(`Encounter/${id}`))
    }
  }
  return visits
}

function practitionersIn(tuple: Entry['tuple'], parameter: string): string[] {
  return (tuple.values(parameter) ?? []).flatMap((value) =>
    value.kind === 'reference' && value.type === 'Practitioner' && value.id !== undefined
      ? [`${value.type}/${value.id}`]
      : [],
  )
}
