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
type Deeds = Awaited<ReturnType<Sources['deedsOf']>>
type Place = Deeds['next']

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
  /** Of those who were given here, within the limit of patients. */
  readonly given: Set<string>
  /** Streams of those who were read. */
  readonly streams: Map<CompartmentId, string>
  /** One look after the other, so that nothing is added twice. */
  looking: Promise<void>
  lookedAtMs: number
  /** Something was counted of theirs since: they are looked at with whoever is next. */
  isAtWork: boolean
  /** Looks at them by themselves, under way or to come: meanwhile they are not among others. */
  alone: number
  /** Rows given here since the last look began. */
  unlooked: number
  /** Rows of acts of here that are about one patient alone, until they are found in the tree: their details need not be opened. */
  readonly own: Map<string, number>
}

interface House {
  day: Day
  people: Map<string, Known>
  /** Of the ledger's tree, as it was seen last. */
  size: number
  /** A look at all who are at work, under way; and the one after it, which all share who come meanwhile. */
  looking: Promise<void> | undefined
  next: Promise<void> | undefined
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
  known.isAtWork = true
  if (isRecorded) remember(known, asking, given)
  const limits = limitsOf(person.roles, byRole)
  if (alone.has(given.action) && given.places.every((place) => isKnown(known, asking, place, limits)))
    return undefined
  if (isRecorded && listing.has(given.action)) known.unlooked += given.resources
  if (isAmple(known, asking, given, limits, isRecorded)) return undefined
  return judge(asking, known, limits, given, isRecorded, rows)
}

function remember(
  known: Known,
  { sources }: Asking,
  { act, action, places, resources, isPart }: Given,
): void {
  const [place, more] = places
  // Parts of one act are in the ledger under its name, each with what it gave.
  if (
    isPart ||
    !listing.has(action) ||
    place === undefined ||
    more !== undefined ||
    place === sources.facility()
  )
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
  if (asking.now - known.lookedAtMs >= lookMsMax) return false
  const unlooked = known.unlooked + (isRecorded ? 0 : resources)
  const left = limits.rows - known.all.rows
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
  // Somebody else's look may have been at them, too.
  const { looking } = houseOf(asking)
  if (isRecorded && looking) {
    await looking.catch(() => {})
    if (isAmple(known, asking, { act, action, places, resources, said }, limits, isRecorded)) return undefined
  }
  // Before it is recorded what is known here is enough to spare most; what others gave is found afterwards.
  if (isRecorded || known.next === undefined) await look(asking, known)
  const measure = beyond(known, { act, action, streams, resources }, limits, isRecorded)
  if (!measure) {
    if (isRecorded && known.all.counts().patients <= limits.patients)
      for (const stream of streams) if (known.all.isAmong(stream, limits.patients)) known.given.add(stream)
    return undefined
  }
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

/** Near the end of the tree, with all others who are at work: by one statement, and not one for each of them. */
async function look(asking: Asking, known: Known): Promise<void> {
  const house = houseOf(asking)
  known.isAtWork = true
  if (known.alone > 0 || !isNear(house, known)) return lookAlone(asking, house, known)
  // Nothing is added twice, and nobody is told what was asked before they were recorded.
  house.next ??= (house.looking ?? Promise.resolve())
    .catch(() => {})
    .then(() => {
      house.looking = house.next
      house.next = undefined
      return lookTogether(asking, house)
    })
  const own = house.next
  try {
    await own
  } finally {
    if (house.looking === own) house.looking = undefined
  }
  if (known.alone > 0) await known.looking
}

/** What came since somebody was looked at: of more, what each did is found by who did it. */
const leavesMax = 16_000
/** As many are looked through in the time that it takes to find what one person did. */
const leavesOfOne = 250
const togetherMax = 200

function isNear(house: House, known: Known): boolean {
  let atWork = 0
  for (const { isAtWork } of house.people.values()) if (isAtWork) atWork++
  return isWithin(house, known, leavesOfOne * atWork)
}

const isWithin = ({ size }: House, { next }: Known, leaves: number): boolean =>
  next !== undefined && size - next.index <= Math.min(leaves, leavesMax)

async function lookTogether(asking: Asking, house: House): Promise<void> {
  const { sources, now } = asking
  const all = [...house.people].filter(
    ([, known]) => known.isAtWork && known.alone === 0 && isWithin(house, known, leavesMax),
  )
  for (let at = 0; at < all.length; at += togetherMax) {
    const some = all.slice(at, at + togetherMax)
    const begun = some.map(([, known]) => begin(known, now))
    const of = some.map(([actor, known]) => ({
      actor,
      after: known.next as Place,
      counted: (act: string) => known.own.get(act),
    }))
    const found = await sources.deedsSince({ ...house.day, opened: bulk, of })
    house.size = Math.max(house.size, found.size)
    for (const [n, [actor, known]] of some.entries()) {
      if (found.status === 'ok') take(known, found.deeds[n] as Deeds, begun[n] as Begun)
      else await lookAt(asking, known, actor)
    }
  }
}

/** Of whoever was not looked at for long, or never. */
function lookAlone(asking: Asking, house: House, known: Known): Promise<void> {
  known.alone++
  known.looking = Promise.allSettled([known.looking, house.looking])
    .then(() => lookAt(asking, known, asking.by.actor))
    .finally(() => known.alone--)
  return known.looking
}

async function lookAt(asking: Asking, known: Known, actor: string): Promise<void> {
  const { sources, now } = asking
  const { day, next } = known
  const begun = begin(known, now)
  const after = next ? { after: next } : {}
  const counted = (act: string) => known.own.get(act)
  take(known, await sources.deedsOf({ actor, ...day, opened: bulk, counted, ...after }), begun)
  const house = houseOf(asking)
  house.size = Math.max(house.size, known.next?.index ?? 0)
}

interface Begun {
  atMs: number
  unlooked: number
}

function begin(known: Known, now: number): Begun {
  known.isAtWork = false
  return { atMs: now, unlooked: known.unlooked }
}

function take(known: Known, deeds: Deeds, { atMs, unlooked }: Begun): void {
  for (const deed of deeds.sequenced) {
    known.sequenced.add(deed)
    known.own.delete(deed.act)
  }
  known.next = deeds.next
  known.all = deeds.waiting.length === 0 ? known.sequenced : known.sequenced.copy()
  for (const deed of deeds.waiting) known.all.add(deed)
  known.lookedAtMs = atMs
  known.unlooked -= unlooked
}

function houseOf({ sources, now }: Asking): House {
  const house = houses.get(sources.store)
  if (house && now >= house.day.fromMs && now < house.day.toMs) return house
  const begun: House = {
    day: sources.dayOf(now),
    people: new Map(),
    size: 0,
    looking: undefined,
    next: undefined,
  }
  houses.set(sources.store, begun)
  return begun
}

function knownOf(asking: Asking): Known {
  const { by } = asking
  const house = houseOf(asking)
  const found = house.people.get(by.actor)
  if (found) return found
  if (house.people.size >= peopleMax) house.people.clear()
  const tally = new Tally()
  const known: Known = {
    day: house.day,
    sequenced: tally,
    all: tally,
    given: new Set(),
    streams: new Map(),
    looking: Promise.resolve(),
    lookedAtMs: -Infinity,
    isAtWork: true,
    alone: 0,
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
