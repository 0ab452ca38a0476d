/**
 * Two records of one person: joined by what each Patient says of the other, and by rows that count (merging/rows.ts). Nothing else of either is
 * written; each keeps its compartment and its key. docs/spec/merging.md.
 */
import { httpStatusOf, isRefusal, refuse, type Refusal } from '#kernel/outcome.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { SafeguardRows, SafeguardWho } from '#kernel/safeguard.ts'
import type { JsonObject } from '#records/json/index.ts'
import type { Finder } from './criteria.ts'
import type { Intent, Plan } from './intents.ts'
import {
  begin,
  end,
  faultOfMerging,
  faultOfParting,
  giveUp,
  isLinked,
  sourceMerged,
  sourceParted,
  targetMerged,
  targetParted,
  type Decided,
  type Joining,
  type Merged,
  type Operation,
  type Pair,
} from './merging/index.ts'
import { applyPatch, readPatch } from './patch/index.ts'
import { resourceKey } from './place.ts'
import { selectVersions } from './queries.ts'
import type { Reader } from './reader.ts'
import type { View } from './sealing.ts'
import type { Version } from './types.ts'
import type { Writer } from './writer.ts'
import type { Writing } from './writing.ts'

/** What there is, and what it would become. */
export interface Foreseen {
  status: 'ok'
  source: Version
  target: Version
  /** The target as it would be, with the version that it has. */
  result: string
}

interface Both {
  status: 'ok'
  source: Version
  target: Version
}

export interface Merging {
  /** As whoever asks may see it. */
  look(joining: Joining, pair: Pair, view?: View): Promise<Foreseen | Refusal>
  /** Done twice it is as if it were done once: what was broken off is finished. */
  carryOut(
    joining: Joining,
    pair: Pair,
    by: Decided,
    who: SafeguardWho,
    writing: Writing,
  ): Promise<Both | Refusal>
}

export interface MergingParts {
  sql: Sql
  keys: Pick<Keys, 'locator'>
  rows: SafeguardRows
  reader: Reader
  writer: Writer
  finder: Finder
}

/** So often somebody else may begin with the opposite meanwhile: more are no people. */
const triesMax = 5

/** Versions read at once to find what a Patient was before. */
const versionsAtOnce = 20

export function createMerging({ sql, keys, rows, reader, writer, finder }: MergingParts): Merging {
  return {
    async look(joining, pair, view = 'full') {
      const both = await bothOf(pair, view)
      if (isRefusal(both)) return both
      const fault = (await faultByRows(joining, pair, both)) ?? faultOf(joining, both)
      if (fault) return fault
      const { source, target } = both
      const whole = await finder.whole(target.json)
      if (whole.status !== 'ok') return whole
      const made = applied(
        { ...target, json: whole.text },
        operationsOn(joining, 'target', valueOf(target), pair.source),
      )
      return isRefusal(made) ? made : { status: 'ok', source, target, result: made.text }
    },

    async carryOut(joining, pair, by, who, writing) {
      for (let tries = 0; tries < triesMax; tries++) {
        const both = await bothOf(pair)
        if (isRefusal(both)) return both
        const fault = faultOf(joining, both)
        if (fault) return fault
        // Of two who merge one of these with others, one is first here: then what the Patients say follows.
        const begun = await begin(rows, joining, pair, by, who)
        if (isRefusal(begun)) return begun
        const { going } = begun
        const linked = await writeBoth(joining, pair, writing)
        if (isRefusal(linked)) {
          // Where it is not known what was written, it goes on when it is asked for again.
          const isKnown = httpStatusOf(linked) < 500
          if (joining === 'merge' && going && isKnown) await giveUp(rows, pair, going, who)
          return linked
        }
        const ended = going ? await end(rows, pair, going, who) : 'done'
        if (ended === 'done') return linked
        if (ended === 'again') continue
        await writeBoth('unmerge', pair, writing)
        if (going) await giveUp(rows, pair, going, who)
        return ended
      }
      return refuse('version-conflict')
    },
  }

  async function bothOf({ source, target }: Pair, view: View = 'full'): Promise<Both | Refusal> {
    if (source === target) return refuse('merge-same')
    const [from, to] = await Promise.all([source, target].map((id) => reader.current('Patient', id, view)))
    if (!from || isRefusal(from)) return from ?? refuse('not-found')
    if (!to || isRefusal(to)) return to ?? refuse('not-found')
    return { status: 'ok', source: from.version, target: to.version }
  }

  async function faultByRows(joining: Joining, pair: Pair, both: Both): Promise<Refusal | undefined> {
    const { source, target } = pair
    const own = await Promise.all([source, target].map((id) => rows.find<Merged>(id)))
    const known = new Map([source, target].map((id, n) => [id, own[n]]))
    if (joining === 'unmerge') return faultOfParting(known, pair)
    const fault = faultOfMerging(known, pair)
    if (fault !== 'done') return fault
    // What a fault broke off may be asked for again.
    const isWhole =
      isLinked(valueOf(both.source), 'replaced-by', target) &&
      isLinked(valueOf(both.target), 'replaces', source)
    return isWhole ? refuse('merged-already') : undefined
  }

  async function writeBoth(joining: Joining, pair: Pair, writing: Writing): Promise<Both | Refusal> {
    const outcome = await writer.write<Refusal>(writing, async (): Promise<Plan | Settled> => {
      const both = await bothOf(pair)
      if (isRefusal(both)) return { status: 'settled', value: both }
      const intents: Intent[] = []
      for (const [side, version, other] of [
        ['source', both.source, pair.target],
        ['target', both.target, pair.source],
      ] as const) {
        const operations =
          side === 'source' && joining === 'unmerge'
            ? sourceParted(valueOf(version), other, await activeBefore(pair))
            : operationsOn(joining, side, valueOf(version), other)
        if (operations.length === 0) continue
        const whole = await finder.whole(version.json)
        if (whole.status !== 'ok') return { status: 'settled', value: whole }
        const made = applied({ ...version, json: whole.text }, operations)
        if (isRefusal(made)) return { status: 'settled', value: made }
        const { type, id, version: basis } = version
        intents.push({ type, id, action: 'put', document: made.document, posted: false, basis })
      }
      return { intents, claims: [], relinks: true }
    })
    if (outcome.status === 'settled') return outcome.value
    if (outcome.status === 'refused') return outcome.refusal
    return bothOf(pair)
  }

  /** What the source said before it was merged: its newest version that does not name the target. */
  async function activeBefore({ source, target }: Pair): Promise<unknown> {
    const name = resourceKey(keys.locator, 'Patient', source)
    for (let before = Number.MAX_SAFE_INTEGER; ;) {
      const found = await selectVersions(sql, name, Math.min(before, versionMax), versionsAtOnce)
      for (const row of found) {
        before = row.version
        if (row.deleted || !row.alive) continue
        const opened = await reader.open(row, 'clinical')
        const value = opened && valueOf(opened)
        if (value && !isLinked(value, 'replaced-by', target)) return value['active']
      }
      if (found.length < versionsAtOnce) return undefined
    }
  }
}

type Settled = { status: 'settled'; value: Refusal }

/** Of an integer of PostgreSQL. */
const versionMax = 2_147_483_647

function faultOf(joining: Joining, { source, target }: Both): Refusal | undefined {
  if (joining === 'unmerge') return undefined
  // What goes on is a record in use; what was closed before may be merged into one.
  const isInUse = valueOf(target)['active'] !== false
  return isInUse && !source.deleted ? undefined : refuse('merge-inactive')
}

function operationsOn(
  joining: Joining,
  side: 'source' | 'target',
  value: JsonObject,
  other: string,
): Operation[] {
  if (side === 'target') return joining === 'merge' ? targetMerged(value, other) : targetParted(value, other)
  return joining === 'merge' ? sourceMerged(value, other) : []
}

function applied({ id, json: text }: Version, operations: readonly Operation[]) {
  const read = readPatch('json', Buffer.from(JSON.stringify(operations)))
  if (read.status !== 'ok') return read
  const patched = applyPatch(read.patch, { type: 'Patient', id, text })
  return patched.status === 'ok'
    ? { status: 'ok' as const, document: patched.document, text: patched.document.text }
    : patched
}

const valueOf = ({ json }: Version): JsonObject => JSON.parse(json) as JsonObject
