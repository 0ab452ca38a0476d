/**
 * Counts of today, kept as far as the ledger was read: nothing is stored, and what another process gave is found when it matters. Whoever
 * was read before on the same day is read on without a question, and is searched so while what was looked up last leaves room for many
 * times as much; anyone else, and all other that gives many, is looked up once it is recorded.
 */
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { SafeguardRows } from '#kernel/safeguard.ts'
import type { Asking, CompartmentId, Given } from '#records/index.ts'
import { limitsOf, measures, type Limits, type LimitsByRole, type Measure } from './limits.ts'
import { isPermitted, usePermit } from './once.ts'
import { beyond, bulk, Tally } from './tally.ts'

type Sources = Asking['sources']
type Place = Awaited<ReturnType<Sources['deedsOf']>>['next']

interface Day {
  fromMs: number
  toMs: number
}

/** Of one person. */
interface Known {
  day: Day
  /** What is in the tree, up to here. */
  sequenced: Tally
  next?: Place
  /** With what waits to be. */
  all: Tally
  /** Streams of those who were read. */
  readonly streams: Map<CompartmentId, string>
  /** One look after the other, so that nothing is added twice. */
  looking: Promise<void>
  lookedAtMs: number
  /** Rows given here since the last look began. */
  unlooked: number
  /** Rows of acts of here that are about one patient alone, until they are found in the tree: their details need not be opened. */
  readonly own: Map<string, number>
}

interface House {
  day: Day
  people: Map<string, Known>
}

/** People remembered at most: each has some 20 kB at the end of a day. */
const peopleMax = 2_000
/** By store: a process may have several. */
const houses = new WeakMap<Sources['store'], House>()

const alone: ReadonlySet<Given['action']> = new Set<Given['action']>(['read', 'vread', 'attachment'])
const listing: ReadonlySet<Given['action']> = new Set<Given['action']>(['search', 'history', 'everything'])

export function restrain(
  byRole: LimitsByRole,
  asking: Asking,
  given: Given,
  isRecorded: boolean,
  rows: SafeguardRows,
): Promise<Refusal | undefined> | undefined {
  const { person } = asking.principal
  // Programs are held to their scope, and the vault itself to nothing.
  if (!person) return undefined
  const known = knownOf(asking)
  if (isRecorded) remember(known, asking, given)
  const limits = limitsOf(person.roles, byRole)
  if (alone.has(given.action) && given.places.every((place) => isKnown(known, asking, place, limits)))
    return undefined
  if (isAmple(known, asking, given, limits, isRecorded)) return undefined
  return judge(asking, known, limits, given, isRecorded, rows)
}

function remember(known: Known, { sources }: Asking, { act, action, places, resources }: Given): void {
  const [place, more] = places
  if (!listing.has(action) || place === undefined || more !== undefined || place === sources.facility())
    return
  if (known.own.size >= ownMax) known.own.clear()
  known.own.set(act, resources)
}

/** Acts between two looks, and until they are sequenced. */
const ownMax = 2_000

/** A look is good for so long, and for a sixteenth of the rows that it left: so much may another process not know of. */
const lookMsMax = 2_000
const shareOfRows = 16

function isAmple(
  known: Known,
  asking: Asking,
  { action, places, resources }: Given,
  limits: Limits,
  isRecorded: boolean,
): boolean {
  if (!listing.has(action)) return false
  if (isRecorded) known.unlooked += resources
  if (asking.now - known.lookedAtMs >= lookMsMax) return false
  const unlooked = known.unlooked + (isRecorded ? 0 : resources)
  const left = limits.rows - known.all.counts().rows
  return unlooked * shareOfRows <= left && places.every((place) => isKnown(known, asking, place, limits))
}

function isKnown(known: Known, { sources }: Asking, place: CompartmentId, limits: Limits): boolean {
  const stream = known.streams.get(place)
  if (stream !== undefined) return known.sequenced.isAmong(stream, limits.patients)
  return place === sources.facility()
}

async function judge(
  asking: Asking,
  known: Known,
  limits: Limits,
  { act, action, places, resources, said }: Given,
  isRecorded: boolean,
  rows: SafeguardRows,
): Promise<Refusal | undefined> {
  const streams: string[] = []
  const absent: string[] = []
  for (const place of places) {
    const stream = known.streams.get(place) ?? (await asking.sources.streamOf(place))
    if (stream !== undefined) known.streams.set(place, stream)
    else if (place !== asking.sources.facility()) absent.push(place)
    if (stream !== undefined) streams.push(stream)
  }
  // Whoever looks for somebody who is not there is counted alike: otherwise the limit would tell who is.
  if (isRecorded)
    for (const tally of new Set([known.sequenced, known.all]))
      for (const stream of absent) tally.add({ act, action, outcome: 'done', stream, resources: 0 })
  streams.push(...absent)
  const isGiving = streams.length > 0 || action === 'export' || action === 'ledger-file' || action === 'print'
  if (!isGiving) return undefined
  // Before it is recorded what is known here is enough to spare most; what others gave is found afterwards.
  if (isRecorded || known.next === undefined) await look(asking, known)
  const measure = beyond(known.all, { act, action, streams, resources }, limits, isRecorded)
  if (!measure) return undefined
  const once = { account: asking.principal.person?.account ?? '', what: said(), now: asking.now }
  const isOnce = isRecorded ? usePermit(rows, once, asking.by, act) : isPermitted(rows, once)
  if (await isOnce) return undefined
  return refuse('usage-limit', { limit: limits[measure], what: measureNames[measure] }, { act: once.what })
}

/** What was given today, and how much may be. */
export async function explained(byRole: LimitsByRole, asking: Asking): Promise<{ es: string; en: string }[]> {
  const { person } = asking.principal
  if (!person) return []
  const known = knownOf(asking)
  await look(asking, known)
  const limits = limitsOf(person.roles, byRole)
  const counts = known.all.counts()
  return measures.map((measure) => ({
    es: `hoy: ${counts[measure]} de ${limits[measure]} ${measureNames[measure].es}`,
    en: `today: ${counts[measure]} of ${limits[measure]} ${measureNames[measure].en}`,
  }))
}

function look({ by, sources, now }: Asking, known: Known): Promise<void> {
  known.looking = known.looking
    .catch(() => {})
    .then(async () => {
      const { day, next } = known
      const [lookedAtMs, unlooked] = [now, known.unlooked]
      const after = next ? { after: next } : {}
      const counted = (act: string) => known.own.get(act)
      const deeds = await sources.deedsOf({ actor: by.actor, ...day, opened: bulk, counted, ...after })
      for (const deed of deeds.sequenced) {
        known.sequenced.add(deed)
        known.own.delete(deed.act)
      }
      known.next = deeds.next
      known.all = deeds.waiting.length === 0 ? known.sequenced : known.sequenced.copy()
      for (const deed of deeds.waiting) known.all.add(deed)
      known.lookedAtMs = lookedAtMs
      known.unlooked -= unlooked
    })
  return known.looking
}

function knownOf({ by, sources, now }: Asking): Known {
  let house = houses.get(sources.store)
  if (!house || now < house.day.fromMs || now >= house.day.toMs)
    houses.set(sources.store, (house = { day: sources.dayOf(now), people: new Map() }))
  const found = house.people.get(by.actor)
  if (found) return found
  if (house.people.size >= peopleMax) house.people.clear()
  const tally = new Tally()
  const known: Known = {
    day: house.day,
    sequenced: tally,
    all: tally,
    streams: new Map(),
    looking: Promise.resolve(),
    lookedAtMs: -Infinity,
    unlooked: 0,
    own: new Map(),
  }
  house.people.set(by.actor, known)
  return known
}

/** Numbers and names only, in both languages of a refusal. */
const measureNames: Readonly<Record<Measure, { es: string; en: string }>> = {
  patients: { es: 'pacientes', en: 'patients' },
  rows: { es: 'registros en listas', en: 'records in lists' },
  exports: { es: 'exportaciones', en: 'exports' },
  prints: { es: 'impresiones', en: 'prints' },
}
