/** A unit on its way into the vault: wholly or not at all, and no part of it twice. */
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { Finder } from '../criteria.ts'
import type { Change, Intent, Plan } from '../intents.ts'
import { duplicate, planOf } from '../transactions.ts'
import { resolve, type Resolved } from '../wishes.ts'
import type { Writer } from '../writer.ts'
import type { Writing } from '../writing.ts'
import { ownIdentifiers, plainCriteria, type Conditionals } from './conditional.ts'
import type { Brought } from './dangling.ts'
import type { Journal } from './journal.ts'
import type { Item, Unit } from './unit.ts'

/** What became of a unit. An item of none of these was refused or put off. */
export interface Fate {
  changes: { item: Item; outcome: Change['outcome'] }[]
  brought: Brought[]
  /** Marks that were there by the time of writing. */
  before: number
  /** With what it says of its own. The whole of a Bundle goes with one of its items. */
  refused: { item: Item; refusal: Refusal }[]
}

/** `writing`: in whose name. */
export type Carry = (unit: Unit, writing: Writing) => Promise<Fate>

export interface BringParts {
  writer: Writer
  finder: Finder
  conditionals: Conditionals
  journal: Journal
}

/** Why a plan is not carried out; the item, as its place in the list. */
interface Stopped {
  /** Undefined: it is all of them, or cannot be known. */
  at: number | undefined
  refusal: Refusal
}

export function createBring({ writer, finder, conditionals, journal }: BringParts): Carry {
  return async function bring(unit, writing) {
    const fate: Fate = { changes: [], brought: [], before: 0, refused: [] }
    const { items, sought } = await withoutMissing(unit, conditionals, fate)
    const gone = new Set<Item>()
    const waiting = [items]
    while (waiting.length > 0) {
      const left = (waiting.pop() as Item[]).filter((each) => !gone.has(each))
      if (left.length === 0) continue
      const stopped = await attempt(writing, unit, left, { sought, gone }, fate)
      if (!stopped) continue
      const { at, refusal } = stopped
      if (at === undefined && unit.mark === undefined && left.length > 1) {
        // Somebody changes one of them all the time: each by itself loses for itself alone.
        waiting.push(...left.map((each) => [each]).toReversed())
        continue
      }
      const item = left[at ?? 0] as Item
      fate.refused.push({ item, refusal })
      // Lines are brought each for itself: without that one, and without those that somebody else has brought by now.
      if (unit.mark === undefined) waiting.push(left.filter((each) => each !== item))
    }
    return fate
  }

  async function attempt(
    writing: Writing,
    unit: Unit,
    given: readonly Item[],
    { sought, gone }: { sought: ReadonlyMap<string, string>; gone: Set<Item> },
    fate: Fate,
  ): Promise<Stopped | undefined> {
    let items = given
    let settled: Resolved[] = []
    let plan: Plan = { intents: [], claims: [] }
    let isFirst = true
    const outcome = await writer.write<Stopped | 'before'>(writing, async () => {
      if (!isFirst) {
        // It lost to somebody; perhaps to another import of the same.
        const known = await journal.known(marksOf(unit, items))
        if (unit.mark !== undefined) {
          fate.before = known.size
          if (known.size > 0) return { status: 'settled', value: 'before' }
        } else {
          for (const item of items) if (known.has(item.mark ?? '')) gone.add(item)
          fate.before = gone.size
          items = items.filter((item) => !gone.has(item))
          if (items.length === 0) return { status: 'settled', value: 'before' }
        }
      }
      isFirst = false
      const made = await planned(unit, items, sought)
      if ('stopped' in made) return { status: 'settled', value: made.stopped }
      ;({ settled, plan } = made)
      return plan
    })
    if (outcome.status === 'settled') return outcome.value === 'before' ? undefined : inList(outcome.value)
    const acting = settled.flatMap(({ status }, n) => (status === 'ok' ? [n] : []))
    if (outcome.status === 'refused') {
      const { intent, refusal } = outcome
      return inList({ at: intent === undefined ? undefined : acting[intent], refusal })
    }
    let change = 0
    for (const [n, { status }] of settled.entries()) {
      const { outcome: became } = status === 'ok' ? (outcome.changes[change++] as Change) : unchanged
      fate.changes.push({ item: items[n] as Item, outcome: became })
    }
    for (const [n, intent] of plan.intents.entries()) {
      const at = acting[n] as number
      if (intent.document) fate.brought.push(broughtOf(items[at] as Item, intent))
    }
    return undefined

    /** The items may have become fewer meanwhile. */
    function inList({ at, refusal }: Stopped): Stopped {
      return { at: at === undefined ? undefined : given.indexOf(items[at] as Item), refusal }
    }
  }

  async function planned(
    unit: Unit,
    items: readonly Item[],
    found: ReadonlyMap<string, string>,
  ): Promise<{ settled: Resolved[]; plan: Plan } | { stopped: Stopped }> {
    const settled: Resolved[] = []
    for (const [at, { wish }] of items.entries()) {
      const resolved = await resolve(finder, wish)
      if (resolved.status !== 'ok' && resolved.status !== 'unchanged')
        return { stopped: { at, refusal: resolved } }
      settled.push(resolved)
    }
    const twice = duplicate(settled)
    if (twice !== undefined) {
      const refusal = refuse('duplicate-in-bundle', { entry: items[twice]?.at.entry ?? twice })
      return { stopped: { at: twice, refusal } }
    }
    const sought = new Map(found)
    for (const [reference, n] of ownReferences(unit, items)) {
      const each = settled[n] as Resolved
      const place = each.status === 'ok' ? each.intent : each.version
      if (place) sought.set(reference, `${place.type}/${place.id}`)
    }
    const { intents, claims } = await planOf(settled, (n) => items[n]?.fullUrl, sought)
    for (const intent of intents) if (intent.action === 'put') intent.unlessEqual = true
    return { settled, plan: { intents, claims, marks: marksOf(unit, items) } }
  }
}

const unchanged: Change = { outcome: 'unchanged' }

function marksOf({ mark }: Unit, items: readonly Item[]): string[] {
  return mark === undefined ? items.flatMap((item) => item.mark ?? []) : [mark]
}

/** References by identifier to what a Bundle brings itself, with the item's place in the list. */
function ownReferences(unit: Unit, items: readonly Item[]): [string, number][] {
  if (unit.mark === undefined) return []
  const references = new Set(items.flatMap(({ criteria }) => criteria))
  if (references.size === 0) return []
  const own = ownIdentifiers(items)
  return [...references].flatMap((reference): [string, number][] => {
    const n = own.get(plainCriteria(reference))
    return typeof n === 'number' ? [[reference, n]] : []
  })
}

/** The items whose references by criteria name something, and what; of a Bundle all of them, or none. */
export async function withoutMissing(unit: Unit, { placeOf }: Conditionals, fate: Fate) {
  const sought = new Map<string, string>()
  const items: Item[] = []
  const own = new Map(ownReferences(unit, unit.items))
  for (const item of unit.items) {
    let refusal: Refusal | undefined
    for (const reference of item.criteria) {
      if (sought.has(reference) || own.has(reference)) continue
      const place = await placeOf(reference)
      if (typeof place === 'string') sought.set(reference, place)
      else refusal ??= place
    }
    if (!refusal) {
      items.push(item)
      continue
    }
    fate.refused.push({ item, refusal })
    if (unit.mark !== undefined) return { items: [], sought }
  }
  return { items, sought }
}

export function broughtOf({ at, ready }: Item, { type, id, document }: Intent): Brought {
  return { at, name: `${type}/${id}`, names: ready?.names, document }
}
