/** From bytes to what is to be brought: read, judged and, where nothing of it waits for the vault, made ready. */
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { hasOnlyUuids, patientsOf, rewriteKnown, rewriteParsed } from '#records/fhir/index.ts'
import {
  bundleEntries,
  parseDocument,
  type BundleEntry,
  type Decimals,
  type JsonObject,
} from '#records/json/index.ts'
import { concernsAttachments } from '../attachments/index.ts'
import { treeOf } from '../content.ts'
import { checkDocument, refuseMalformed, type Document } from '../documents.ts'
import { readBundleAtOnce } from '../bundle-asked.ts'
import { askedOf } from '../entries.ts'
import { partsOf } from '../parts.ts'
import type { Prepared } from '../ready.ts'
import { criteriaIn } from '../sought.ts'
import { addPlace } from '../transactions.ts'
import { createWish, type Wish } from '../wishes.ts'
import { createPreparer, jobOf } from '../workshop/index.ts'
import { formOf, typeAhead, type Shell } from './bundle-forms.ts'
import { createMapping, type ReadResource } from './mapping.ts'
import { countReferences, namesIn } from './names.ts'

export interface ReadingSettings {
  /** The facility's, as an IANA name. */
  timeZone: string
  base?: string | undefined
  /** Of a request: `[base]` by which its entries' addresses may be written. */
  addressBase?: string | undefined
  /** Systems of identifiers, by the foreign ones that they stand for. */
  map: ReadonlyMap<string, string>
  /** Whether anything is made ready to be sealed: nothing of a dry run is. */
  prepares: boolean
}

/** What is read at once: lines, a document, or the Bundle of a request. */
export interface Task {
  form: 'lines' | 'document' | 'request'
  bodies: Uint8Array[]
}

export interface Reading {
  /** `lines`: of lines, or of a document that is a resource. `malformed`: of the document. `no-request`: see `why`. */
  kind: 'lines' | 'batch' | 'together' | 'malformed' | 'bundle-type' | 'no-request'
  items: ItemRead[]
  refused: { place: number; refusal: Refusal }[]
  /** Of what goes in together: how many there are, also where none is told since some are refused. */
  count?: number
  /** Of what is malformed: the line of the document. */
  line?: number
  /** Of a request: its entries that only read. */
  gets?: { place: number; url: string }[]
  /** Of a request that is refused as a whole. */
  why?: Refusal
}

/** A resource that is to be brought, or something else that an entry asks for. */
export interface ItemRead {
  /** Which of the lines, or of the entries: 0, 1, 2 … */
  place: number
  /** The name by which other entries of its Bundle refer to it. */
  fullUrl?: string
  wish: Wish
  /** Its references by criteria, as they are written; none of what is ready. */
  criteria: readonly string[]
  /** What it is to be sealed as. */
  ready?: ReadyItem
}

export interface ReadyItem {
  prepared: Prepared
  /** Ids of the local Patients that it names. */
  patients: readonly string[]
  /** Names that it refers to, less those that an item before it named, and those of its own Bundle. */
  names: readonly string[]
}

export function createReading(settings: ReadingSettings): (task: Task) => Reading {
  const { base, prepares } = settings
  const mapping = createMapping(settings.map)
  const local = { timeZone: settings.timeZone, ...(base === undefined ? {} : { base }) }
  const preparer = createPreparer(local)

  return ({ form, bodies }) => {
    if (form === 'lines') return lines(bodies)
    const [body] = bodies as [Uint8Array]
    return form === 'request' ? request(body) : document(body)
  }

  /** A Bundle as the interface reads it; what of it is ready is so as in an import. */
  function request(body: Uint8Array): Reading {
    const seems = typeAhead(body).type
    const early = createEarly()
    const read = readBundleAtOnce(body, settings.addressBase, (asked) => {
      if (asked.kind === 'wish' && seems === 'transaction') early.take(asked.wish, asked.fullUrl)
    })
    if (read.status !== 'ok') return { kind: 'no-request', items: [], refused: [], why: read }
    const wishes: WishRead[] = []
    const refused: Reading['refused'] = []
    const gets: NonNullable<Reading['gets']> = []
    for (const [place, asked] of read.asked.entries()) {
      if (asked.kind === 'refused') refused.push({ place, refusal: asked.refusal })
      else if (asked.kind === 'get') gets.push({ place, url: asked.url })
      else {
        const { wish, fullUrl } = asked
        wishes.push({ place, wish, ...(fullUrl === undefined ? {} : { fullUrl }) })
      }
    }
    const shell = { refused, gets, count: read.asked.length }
    if (read.type === 'batch')
      return { kind: 'batch', items: wishes.map(({ place, wish }) => itemApart(place, wish)), ...shell }
    return {
      kind: 'together',
      items: refused.length > 0 ? wishes.map(waiting) : itemsTogether(wishes, early),
      ...shell,
    }
  }

  function lines(bodies: readonly Uint8Array[]): Reading {
    const reading: Reading = { kind: 'lines', items: [], refused: [] }
    for (const [place, body] of bodies.entries()) {
      const wish = lineWish(body)
      if ('status' in wish) reading.refused.push({ place, refusal: wish })
      else reading.items.push(itemApart(place, wish))
    }
    return reading
  }

  function lineWish(body: Uint8Array): Wish | Refusal {
    const parsed = parseDocument(body)
    return parsed.status === 'malformed' ? refuseMalformed(parsed) : resourceWish(mapping.resource(parsed))
  }

  function document(body: Uint8Array): Reading {
    const expected = typeAhead(body)
    let read = entries(body, expected)
    // The type stood after the entries, or elsewhere than it seemed: read once more, knowing it.
    if (read.status === 'ok' && formOf(read) !== formOf(expected)) read = entries(body, read)
    if (read.status === 'malformed') {
      const { line } = read
      return { kind: 'malformed', items: [], refused: [{ place: 0, refusal: refuseMalformed(read) }], line }
    }
    const form = formOf(read)
    if (!form) return { kind: 'bundle-type', items: [], refused: [] }
    if (form === 'resource') return lines([body])
    const { type, wishes, refused, early } = read
    if (type === 'batch') {
      // Entries of a batch have nothing to do with each other.
      return { kind: 'batch', items: wishes.map(({ place, wish }) => itemApart(place, wish)), refused }
    }
    const count = wishes.length + refused.length
    return { kind: 'together', items: refused.length > 0 ? [] : itemsTogether(wishes, early), refused, count }
  }

  /** Entry by entry, so that no more is kept of each than what is to be brought. */
  function entries(body: Uint8Array, expected: Shell) {
    const form = formOf(expected)
    const wishes: WishRead[] = []
    const refused: Reading['refused'] = []
    const fullUrls = new Set<string>()
    const early = createEarly()
    const reading = bundleEntries(body)
    for (let step = reading.next(); ; step = reading.next()) {
      if (step.done) {
        const end: Exclude<typeof step.value, BundleEntry> = step.value
        return end.status === 'ok' ? { ...end, wishes, refused, early } : end
      }
      const entry: BundleEntry = step.value
      if (form !== 'as asked' && form !== 'as resources') continue
      const wish = form === 'as asked' ? askedWish(mapping.entry(entry)) : entryWish(entry)
      if (wish === undefined) continue
      const { fullUrl, index: place } = entry
      const isTwice = fullUrl !== undefined && fullUrls.has(fullUrl)
      if (fullUrl !== undefined) fullUrls.add(fullUrl)
      if ('status' in wish) refused.push({ place, refusal: wish })
      else if (isTwice) refused.push({ place, refusal: refuse('duplicate-in-bundle', { entry: place }) })
      else {
        if (expected.type !== 'batch') early.take(wish, fullUrl)
        wishes.push({ place, wish, ...(fullUrl === undefined ? {} : { fullUrl }) })
      }
    }
  }

  /** Of a transaction or batch: what the entry asks for; undefined of one that only reads. */
  function askedWish(entry: BundleEntry): Wish | Refusal | undefined {
    const asked = askedOf(entry, base)
    if (asked.kind === 'get') return undefined
    return asked.kind === 'refused' ? asked.refusal : asked.wish
  }

  /** Of a collection or a page of a search: the resource as it is. */
  function entryWish({ resource, value }: BundleEntry): Wish | Refusal | undefined {
    if (!resource) return undefined
    const { search } = value as { search?: { mode?: unknown } }
    return search?.mode === 'outcome' ? undefined : resourceWish(mapping.resource(resource))
  }

  function itemApart(place: number, wish: Wish): ItemRead {
    const placed = placedBy(wish)
    if (!placed) return { place, wish, criteria: criteriaOf(wish) }
    const { text } = placed.document
    const criteria = criteriaOf(wish)
    if (criteria.length > 0 || !prepares || isUnsettled(placed, text)) return { place, wish, criteria }
    return { place, wish, criteria, ready: readyOf(placed, placed.document, namesIn(text, base)) }
  }

  /** Of what goes in together or not at all: ready where the places of all of it are known by now. */
  function itemsTogether(wishes: readonly WishRead[], early: Early): ItemRead[] {
    if (!prepares || !wishes.every(({ wish }) => placedBy(wish) && criteriaOf(wish).length === 0))
      return wishes.map(waiting)
    const places = new Map<string, string>()
    const told = new Set<string>()
    for (const { wish, fullUrl } of wishes) {
      const { type, id } = placedBy(wish) as Placed
      addPlace(places, fullUrl, `${type}/${id}`)
      told.add(`${type}/${id}`)
    }
    const isEarly = hasOnlyUuids(places)
    const untold = (all: readonly string[]) => {
      const names = all.filter((name) => !told.has(name))
      for (const name of names) told.add(name)
      return names
    }
    return wishes.map((each): ItemRead => {
      const ready = isEarly ? early.of(each.wish) : undefined
      if (ready) return { ...each, criteria: [], ready: { ...ready, names: untold(ready.names) } }
      const placed = placedBy(each.wish) as Placed
      // Member by member, which `Again` has for those alone who ask for them.
      const { text, value, decimals } = placed.document
      const { read: document, references } = rewriteParsed({ text, value, decimals }, placed.type, places)
      if (isUnsettled(placed, document.text)) return { ...each, wish: { ...placed, document }, criteria: [] }
      const names = untold(namesBeside(document.text, references))
      return { ...each, criteria: [], ready: readyOf(placed, document, names) }
    })
  }

  /**
   * Makes entries ready as they are read, where each that they name came before them, as in nearly all that programs write. So their
   * trees are gone by the time that the next are read: kept until the last is, they took the collector two thirds as long again.
   */
  function createEarly(): Early {
    const places = new Map<string, string>()
    const made = new Map<Wish, ReadyItem>()
    let next: Wish[] = []
    let isOver = !prepares
    const make = () => {
      const some = next
      next = []
      for (const wish of some) {
        const placed = placedBy(wish) as Placed
        const { document } = placed
        if (isUnsettled(placed, document.text)) continue
        const known = rewriteKnown(document, places)
        if (!known) continue
        const { read, references } = known
        made.set(wish, readyOf(placed, read, namesBeside(read.text, references)))
        ;(wish as Placed).document = new Again(document.text)
      }
    }
    return {
      take(wish, fullUrl) {
        if (isOver) return
        const placed = placedBy(wish)
        // Then none is made ready before its time.
        isOver = !placed || criteriaOf(wish).length > 0
        if (!placed || isOver) return
        addPlace(places, fullUrl, `${placed.type}/${placed.id}`)
        if (next.push(wish) === madeAtOnce) make()
      },
      of(wish) {
        if (next.length > 0) make()
        return made.get(wish)
      },
    }
  }

  /** What compact text names, `references` of it in place of entries that come along. */
  function namesBeside(text: string, references: number): string[] {
    return countReferences(text) === references ? [] : namesIn(text, base)
  }

  function readyOf({ type, id }: Placed, document: Document, names: string[]): ReadyItem {
    const { text, value, decimals } = document
    const parts = partsOf(type, id, text, value)
    const patients = patientsOf(value, local)
    const tree = { value: treeOf(value, id), decimals }
    return { prepared: preparer.prepare(jobOf(type, parts), tree), patients, names }
  }
}

/** Entries made ready together: what is done with each is done sooner where it was just done with others. */
const madeAtOnce = 32

/** What was made ready of the entries of a Bundle before all of it was read. */
interface Early {
  take(wish: Wish, fullUrl: string | undefined): void
  /** Of no use where the Bundle has addresses that are no `urn:uuid:`: they may name anything. */
  of(wish: Wish): ReadyItem | undefined
}

/** A document whose tree was let go: it is read anew where it is needed after all. */
class Again implements Document {
  readonly text: string
  #read: ReadResource | undefined

  constructor(text: string) {
    this.text = text
  }

  get value(): JsonObject {
    return this.#again().value
  }

  get decimals(): Decimals | undefined {
    return this.#again().decimals
  }

  #again(): ReadResource {
    if (this.#read) return this.#read
    const read = parseDocument(Buffer.from(this.text))
    if (read.status !== 'ok') throw new Error('a resource is no JSON any more when it is read again')
    return (this.#read = read)
  }
}

function waiting(read: WishRead): ItemRead {
  return { ...read, criteria: criteriaOf(read.wish) }
}

interface WishRead {
  place: number
  fullUrl?: string
  wish: Wish
}

/** A wish whose resource has its place whatever the vault holds. */
type Placed = (Wish & { kind: 'create' | 'put' }) & { id: string }

function placedBy(wish: Wish): Placed | undefined {
  if (wish.kind === 'put') return wish
  return wish.kind === 'create' && wish.ifNoneExist === undefined ? { ...wish, id: wish.newId } : undefined
}

/** Whether something in it is looked into, or taken out, once its place is known. */
function isUnsettled({ type }: Placed, text: string): boolean {
  return type === 'Binary' || concernsAttachments(text)
}

function criteriaOf(wish: Wish): string[] {
  return 'document' in wish ? [...criteriaIn(wish.document.text)] : []
}

/** A PUT under its own id, or a POST where it has none. */
function resourceWish({ text, value, decimals }: ReadResource): Wish | Refusal {
  const { resourceType, id } = value
  const type = typeof resourceType === 'string' ? resourceType : ''
  const checked = checkDocument(type, text, value, decimals)
  if (checked.status !== 'ok') return checked
  const { document } = checked
  return typeof id === 'string' ? { kind: 'put', type, id, document } : createWish(type, document, undefined)
}
