/** What somebody did in a span, for whoever counts it: told by the entries alone, those that wait to be sequenced with them. */
import type { SealKey } from '#kernel/crypto/index.ts'
import { ownersOf, timeBytes, uuidText, type Asking } from './asking.ts'
import { openDetails } from './details.ts'
import { decodeAct, type Act, type Action, type Outcome } from './entry.ts'
import { streamOf, type Pseudonyms } from './pseudonyms.ts'
import { selectDeeds } from './queries.ts'
import { readStaged } from './staging.ts'
import { nameOf } from './stream-ends.ts'

export interface DeedsSought {
  actor: string
  /** Milliseconds since 1970: from this one on, and before that one. */
  fromMs: number
  toMs: number
  /** Acts of which it is also told how many resources they gave. */
  opened: readonly Action[]
  /** Of one of these: how many, where that is known already; then nothing of it is opened. */
  counted?: (act: string) => number | undefined
  /** As `Deeds.next` was: what comes after. */
  after?: DeedsPlace
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

export async function deedsOf(asking: Asking, sought: DeedsSought): Promise<Deeds> {
  const { sql, keys, names } = asking
  const { after = { index: 0, sinceMs: sought.fromMs }, opened } = sought
  const actor = names.tag('actor', sought.actor)
  const rows = await selectDeeds(sql, {
    actor,
    since: timeBytes(after.sinceMs),
    to: timeBytes(sought.toMs),
    index: after.index,
  })
  const named = (act: Act): Named => {
    const id = uuidText(act.act)
    const counted = sought.counted?.(id)
    const isOpened = counted === undefined && act.outcome === 'done' && opened.includes(act.action)
    return { act, id, counted, isOpened }
  }
  const sequenced: Named[] = []
  const waiting: (Named & { owner: Uint8Array })[] = []
  let { index, sinceMs } = after
  for (const { index: leaf, entry, id, tag } of rows) {
    if (leaf !== null) {
      const act = decodeAct(entry)
      sequenced.push(named(act))
      index = leaf + 1
      if (act.recordedAtMs >= sought.fromMs) sinceMs = Math.max(sinceMs, act.recordedAtMs)
      continue
    }
    const staged = id !== null && tag !== null ? (readStaged(names, { id, entries: entry, tag }) ?? []) : []
    for (const { entry, owner } of staged) {
      const act = decodeAct(entry)
      if (Buffer.from(actor).equals(act.actor)) waiting.push({ ...named(act), owner })
    }
  }
  const wanted = sequenced.filter(({ isOpened }) => isOpened).map(({ act }) => act.stream)
  const owners = wanted.length > 0 ? await ownersOf(sql, keys, names, wanted) : undefined
  const compartments = waiting.map(({ act, owner, isOpened }) =>
    isOpened ? names.openOwner(act.stream, owner) : undefined,
  )
  const found = await keys.load([...new Set(compartments.flatMap((each) => each ?? []))])
  return {
    sequenced: sequenced.map((each) =>
      seenOf(names, each, each.isOpened ? owners?.get(nameOf(each.act.stream))?.key : undefined),
    ),
    waiting: waiting.map((each, n) => {
      const theirs = found.get(compartments[n] ?? '')
      return seenOf(names, each, theirs && streamOf(theirs).key)
    }),
    // What waits may have been recorded before what is in the tree already.
    next: {
      index,
      sinceMs: waiting.length > 0 ? after.sinceMs : Math.max(sought.fromMs, sinceMs - lateMsMax),
    },
  }
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
