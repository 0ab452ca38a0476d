/** What somebody did in a span, for whoever counts it: told by the entries alone, those that wait to be sequenced with them. */
import type { SealKey } from '#kernel/crypto/index.ts'
import { ownersOf, timeBytes, uuidText, type Asking } from './asking.ts'
import { openDetails } from './details.ts'
import { decodeAct, type Act, type Action, type Outcome } from './entry.ts'
import { streamOf, type Pseudonyms } from './pseudonyms.ts'
import { selectDeeds, selectDeedsSince, type DeedRow } from './queries.ts'
import { readStaged } from './staging.ts'
import { nameOf } from './stream-ends.ts'

export interface DeedsSought extends Counting {
  actor: string
  /** Of one of these: how many, where that is known already; then nothing of it is opened. */
  counted?: (act: string) => number | undefined
  /** As `Deeds.next` was: what comes after. */
  after?: DeedsPlace
}

/** What is counted of deeds. */
interface Counting {
  /** Milliseconds since 1970: from this one on, and before that one. */
  fromMs: number
  toMs: number
  /** Acts of which it is also told how many resources they gave. */
  opened: readonly Action[]
}

/** Of several, each after their own place: where these are near the tree's end, all are one look at it. */
export interface DeedsSince extends Counting {
  of: readonly (Pick<DeedsSought, 'actor' | 'counted'> & { after: DeedsPlace })[]
}

export interface DeedsPlace {
  index: number
  sinceMs: number
}

export interface DeedSeen {
  /** A UUID. */
  act: string
  action: Action
  outcome: Outcome
  /** As `Ledger.streamName` names it; absent: the facility's. */
  stream?: string
  /** Resources that were given of the stream's; 0 where nobody can tell any more. */
  resources: number
}

export interface Deeds {
  /** In the order of the tree, each given once. */
  sequenced: DeedSeen[]
  /** All that waits, in no order: it comes again, and at last among the others. */
  waiting: DeedSeen[]
  next: DeedsPlace
}

/** What is committed later than what is in the tree is not older by more than a statement can take. */
const lateMsMax = 60_000

/** Leaves looked through at most, for all of those who are asked for together: some 8 ms. */
const leavesMax = 20_000

export async function deedsOf(asking: Asking, sought: DeedsSought): Promise<Deeds> {
  const { sql, names } = asking
  const { after = { index: 0, sinceMs: sought.fromMs } } = sought
  const actor = names.tag('actor', sought.actor)
  const rows = await selectDeeds(sql, {
    actor,
    since: timeBytes(after.sinceMs),
    to: timeBytes(sought.toMs),
    index: after.index,
  })
  const one: Doer = { actor, after, counted: sought.counted, sequenced: [], waiting: [] }
  read(asking, [one], rows)
  const [deeds] = await told(asking, sought, sizeIn(rows) ?? after.index, [one])
  return deeds as Deeds
}

/** The same of each of several who were asked for a moment ago, in their order; `far`: too much came since, and how large the tree is. */
export async function deedsSince(
  asking: Asking,
  { of, ...sought }: DeedsSince,
): Promise<{ status: 'ok'; size: number; deeds: Deeds[] } | { status: 'far'; size: number }> {
  const { sql, names } = asking
  const each = of.map(({ actor, after, counted }): Doer => ({
    actor: names.tag('actor', actor),
    after,
    counted,
    sequenced: [],
    waiting: [],
  }))
  const index = Math.min(...of.map(({ after }) => after.index))
  const rows = await selectDeedsSince(sql, { actors: each.map(({ actor }) => actor), index, leavesMax })
  const size = sizeIn(rows)
  if (size === undefined) throw new Error('the ledger has no head')
  if (size - index > leavesMax) return { status: 'far', size }
  read(asking, each, rows, sought)
  return { status: 'ok', size, deeds: await told(asking, sought, size, each) }
}

/** An actor, and what was found of theirs. */
interface Doer {
  actor: Uint8Array
  after: DeedsPlace
  counted: DeedsSought['counted']
  sequenced: Act[]
  waiting: { act: Act; owner: Uint8Array }[]
}

function sizeIn(rows: readonly DeedRow[]): number | undefined {
  return rows.find(({ size }) => size !== null)?.size ?? undefined
}

/** `span`: of rows that were not found by their time. */
function read(
  { names }: Asking,
  each: readonly Doer[],
  rows: readonly DeedRow[],
  span?: { fromMs: number; toMs: number },
): void {
  const byActor = new Map(each.map((one) => [nameOf(one.actor), one]))
  for (const { index, entry, id, tag } of rows) {
    if (entry === null) continue
    if (index !== null) {
      const act = decodeAct(entry)
      const one = byActor.get(nameOf(act.actor))
      const isOfSpan = !span || (act.recordedAtMs >= span.fromMs && act.recordedAtMs < span.toMs)
      if (one && index >= one.after.index && isOfSpan) one.sequenced.push(act)
      continue
    }
    const staged = id !== null && tag !== null ? (readStaged(names, { id, entries: entry, tag }) ?? []) : []
    for (const { entry: own, owner } of staged) {
      const act = decodeAct(own)
      byActor.get(nameOf(act.actor))?.waiting.push({ act, owner })
    }
  }
}

/** Of all of them together what has to be opened. `size`: of the tree, all of which was looked at. */
async function told(asking: Asking, sought: Counting, size: number, each: readonly Doer[]): Promise<Deeds[]> {
  const { sql, keys, names } = asking
  const { opened } = sought
  const named = (act: Act, countedBy: Doer['counted']): Named => {
    const id = uuidText(act.act)
    const counted = countedBy?.(id)
    const isOpened = counted === undefined && act.outcome === 'done' && opened.includes(act.action)
    return { act, id, counted, isOpened }
  }
  const all = each.map(({ counted, sequenced, waiting }) => ({
    sequenced: sequenced.map((act) => named(act, counted)),
    waiting: waiting.map(({ act, owner }) => {
      const one = named(act, counted)
      return { ...one, compartment: one.isOpened ? names.openOwner(act.stream, owner) : undefined }
    }),
  }))
  const wanted = all.flatMap(({ sequenced }) =>
    sequenced.filter(({ isOpened }) => isOpened).map(({ act }) => act.stream),
  )
  const owners = wanted.length > 0 ? await ownersOf(sql, keys, names, wanted) : undefined
  const compartments = all.flatMap(({ waiting }) => waiting.flatMap(({ compartment }) => compartment ?? []))
  const found = await keys.load([...new Set(compartments)])
  return all.map(({ sequenced, waiting }, n) => {
    const { after } = each[n] as Doer
    const latestMs = sequenced.reduce((most, { act }) => Math.max(most, act.recordedAtMs), after.sinceMs)
    return {
      sequenced: sequenced.map((one) =>
        seenOf(names, one, one.isOpened ? owners?.get(nameOf(one.act.stream))?.key : undefined),
      ),
      waiting: waiting.map((one) => {
        const theirs = found.get(one.compartment ?? '')
        return seenOf(names, one, theirs && streamOf(theirs).key)
      }),
      // What waits may have been recorded before what is in the tree already.
      next: {
        index: Math.max(size, after.index),
        sinceMs: waiting.length > 0 ? after.sinceMs : Math.max(sought.fromMs, latestMs - lateMsMax),
      },
    }
  })
}

interface Named {
  act: Act
  id: string
  counted: number | undefined
  isOpened: boolean
}

function seenOf(names: Pseudonyms, { act, id, counted }: Named, key: SealKey | undefined): DeedSeen {
  const { action, outcome, stream } = act
  const isFacility = Buffer.compare(names.facility.name, stream) === 0
  return {
    act: id,
    action,
    outcome,
    ...(isFacility ? {} : { stream: nameOf(stream) }),
    resources: counted ?? ((key && !isFacility && openDetails(key, act)?.resources?.length) || 0),
  }
}
