/** What policy may know of the records: who is named in them as one who cares for the patient. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Ledger } from '#kernel/ledger/index.ts'
import type { Directory } from './directory/index.ts'
import { chartOf, linksByHome, unionOf, type Chart, type Sources } from './gate/index.ts'
import { typeCode } from './fhir/index.ts'
import type { JsonObject } from './json/index.ts'
import type { Merges } from './merging/index.ts'
import { facilityOf, patientCompartment, type CompartmentId, type ResourceKey } from './place.ts'
import type { Reader } from './reader.ts'
import { zoneOf, type ExtractOptions } from './search/index.ts'
import { createNamed } from './search/run/index.ts'
import type { Entry, TupleIndex } from './tuples/index.ts'

export interface SourceRooms {
  sql: Sql
  keys: Keys
  reader: Reader
  tuples: TupleIndex
  directory: Directory
  merges: Pick<Merges, 'beside'>
  local: ExtractOptions
  ledger: Pick<Ledger, 'deeds' | 'deedsSince' | 'streamName'>
  /** The facility's, as an IANA name. */
  timeZone: string
}

/** Read in one statement. */
const namesAtOnce = 200

export function createSources({
  sql,
  keys,
  reader,
  tuples,
  directory,
  merges,
  local,
  ledger,
  timeZone,
}: SourceRooms): Sources {
  // Apart from what searches remember by name: of whom somebody cares for the same few resources are asked again and again.
  const named = createNamed(sql, keys, reader, local)
  return {
    store: {},

    compartmentOf: (patient) => patientCompartment(keys.locator, patient.replace(/^Patient\//, '')),

    facility: () => facilityOf(keys.locator),

    isOf(compartment, patients) {
      if (patients.length === 0) return false
      const places = patients.map((patient) => this.compartmentOf(patient))
      if (places.includes(compartment)) return true
      if (compartment === this.facility()) return false
      const isAmong = (chart: Chart | undefined) =>
        chart?.records.some((each) => places.includes(each)) ?? false
      const chart = this.chartOf(compartment)
      return chart instanceof Promise ? chart.then(isAmong) : isAmong(chart)
    },

    async chartOf(compartment) {
      const shelf = await tuples.read(compartment, { view: 'clinical' })
      return shelf && this.chartIn(shelf)
    },

    async documentOf(name, records) {
      const [type = '', id = ''] = name.split('/')
      const found = typeCode(type) === undefined ? undefined : await reader.current(type, id, 'clinical')
      if (found?.status !== 'ok') return undefined
      const { home, body } = found.version
      const isOfThese = home === facilityOf(keys.locator) || records.includes(home)
      return isOfThese ? (JSON.parse(body) as JsonObject) : undefined
    },

    async postsOf(practitioner) {
      const shelf = await tuples.read(facilityOf(keys.locator), { view: 'clinical' })
      const posts = (shelf?.entries ?? []).filter(
        ({ type, tuple }) => type === postCode && holdersIn(tuple).includes(practitioner),
      )
      return posts.length === 0 ? [] : documentsIn(posts)
    },

    chartIn(shelf) {
      const own = chartOf(shelf, documentsIn)
      const others = merges.beside(shelf)
      if (!(others instanceof Promise) && others.length === 0) return own
      return withOthers(own, others)
    },

    // Each act remembers for itself.
    reads: () => {},

    async linksBetween(practitioner, span) {
      const id = practitioner.replace(/^Practitioner\//, '')
      const lists = await Promise.all(directory.carers(id, span).map(allOf))
      const names = [...new Set(lists.flat())]
      const entries: Entry[] = []
      for (let at = 0; at < names.length; at += namesAtOnce)
        entries.push(...(await named.entries(names.slice(at, at + namesAtOnce), 'clinical')))
      return linksByHome(entries, practitioner)
    },

    dayOf(now) {
      const day = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).toPlainDate()
      const next = day.add({ days: 1 })
      const { startOfDay } = zoneOf(timeZone)
      return {
        fromMs: startOfDay(day.year, day.month, day.day),
        toMs: startOfDay(next.year, next.month, next.day),
      }
    },

    deedsOf: (sought) => ledger.deeds(sought),
    deedsSince: (sought) => ledger.deedsSince(sought),

    async streamOf(compartment) {
      if (compartment === facilityOf(keys.locator)) return undefined
      const theirs = keys.cached(compartment) ?? (await reader.keysOf(compartment))
      return theirs && ledger.streamName(theirs)
    },
  }

  async function withOthers(
    own: Chart | Promise<Chart>,
    others: readonly CompartmentId[] | Promise<readonly CompartmentId[]>,
  ): Promise<Chart> {
    const beside = await others
    if (beside.length === 0) return own
    const charts = await Promise.all(beside.map(ownChartOf))
    return unionOf([await own, ...charts.filter((each) => each !== undefined)])
  }

  async function ownChartOf(compartment: CompartmentId): Promise<Chart | undefined> {
    const shelf = await tuples.read(compartment, { view: 'clinical' })
    return shelf && chartOf(shelf, documentsIn)
  }

  /** As they are now, which is no earlier than when their entries were read; what was deleted meanwhile says nothing. */
  async function documentsIn(entries: readonly Entry[]): Promise<JsonObject[]> {
    const heads = await reader.heads(entries.map(({ resource }) => resource))
    const there = [...heads.values()].filter(({ alive, deleted }) => alive && !deleted)
    const opened = await reader.openAll(there, 'clinical')
    return opened.map(({ body }) => JSON.parse(body) as JsonObject)
  }
}

const postCode = typeCode('PractitionerRole')

function holdersIn(tuple: Entry['tuple']): string[] {
  return (tuple.values('practitioner') ?? []).flatMap((value) =>
    value.kind === 'reference' && value.id !== undefined ? [`${value.type}/${value.id}`] : [],
  )
}

async function allOf(batches: AsyncGenerator<ResourceKey[]>): Promise<ResourceKey[]> {
  const all: ResourceKey[] = []
  for await (const batch of batches) all.push(...batch)
  return all
}
