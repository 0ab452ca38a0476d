/** What somebody did in a span, in numbers: for whoever judges what they should have. No entry is opened. */
import type { Sql } from '#kernel/db/index.ts'
import { actions, outcomes, type Action } from './entry.ts'
import type { Pseudonyms } from './pseudonyms.ts'
import { selectUses } from './queries.ts'

export interface UsesSought {
  actor: string
  /** Milliseconds since 1970: from this one on, and before that one. */
  fromMs: number
  toMs: number
}

/** Acts, each counted once however many entries it has. */
export interface Uses {
  /** Different patients whose records were read or changed. */
  patients: number
  reads: number
  writes: number
  exports: number
  prints: number
  /** Questions to the ledger, and files of it. */
  ledger: number
  approvals: number
  /** Other changes of what somebody may do, and of what safeguards keep; one's own courses too. */
  changes: number
  signIns: number
  /** Milliseconds since 1970. */
  lastSignInMs?: number
}

type Counted = Exclude<keyof Uses, 'lastSignInMs'>

const reading = ['read', 'vread', 'search', 'history', 'everything', 'attachment'] as const
const writing = ['create', 'update', 'delete'] as const

const counted: Readonly<Record<Counted, readonly Action[]>> = {
  patients: [...reading, ...writing, 'print'],
  reads: reading,
  writes: writing,
  exports: ['export'],
  prints: ['print'],
  ledger: ['ledger-query', 'ledger-file'],
  approvals: ['approval'],
  changes: ['authority'],
  signIns: ['sign-in'],
}

const groups = Object.entries(counted).flatMap(([name, of]) =>
  of.map((action) => ({ name, action: actions[action] })),
)

/**
 * Counted once for all who ask within a minute, since a program has a million entries in a quarter, each costs some 20 µs, and whoever
 * reviews it looks, asks what to sign, and signs.
 */
const countedMs = 60_000
const countsMax = 1_000

export class UsesCounted {
  readonly #known = new Map<string, { uses: Promise<Uses>; untilMs: number }>()

  of(rooms: { sql: Sql; names: Pseudonyms }, sought: UsesSought): Promise<Uses> {
    const { actor, fromMs, toMs } = sought
    const name = `${fromMs} ${toMs} ${actor}`
    const known = this.#known.get(name)
    if (known && performance.now() < known.untilMs) return known.uses
    const uses = usesOf(rooms, sought)
    if (this.#known.size >= countsMax) this.#known.clear()
    this.#known.set(name, { uses, untilMs: performance.now() + countedMs })
    uses.catch(() => this.#known.delete(name))
    return uses
  }
}

async function usesOf(
  { sql, names }: { sql: Sql; names: Pseudonyms },
  { actor, fromMs, toMs }: UsesSought,
): Promise<Uses> {
  const rows = await selectUses(sql, {
    actor: names.tag('actor', actor),
    facility: names.facility.name,
    from: timeBytes(fromMs),
    to: timeBytes(toMs),
    // What was begun, such as an export, was had.
    outcomes: [outcomes.done, outcomes.begun],
    groups,
  })
  const found = new Map(rows.map((row) => [row.name, row]))
  const last = found.get('signIns')?.last
  const acts = (name: Counted): number => found.get(name)?.acts ?? 0
  return {
    patients: found.get('patients')?.streams ?? 0,
    reads: acts('reads'),
    writes: acts('writes'),
    exports: acts('exports'),
    prints: acts('prints'),
    ledger: acts('ledger'),
    approvals: acts('approvals'),
    changes: acts('changes'),
    signIns: acts('signIns'),
    ...(last ? { lastSignInMs: Number(Buffer.from(last).readBigUInt64BE()) } : {}),
  }
}

function timeBytes(ms: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(Math.max(0, Math.floor(ms))))
  return bytes
}
