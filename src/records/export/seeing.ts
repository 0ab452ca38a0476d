/** What of an export somebody gets who may not see all: of the rest nothing is given, counted or told. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { resourceTypes, typeName } from '#records/fhir/index.ts'
import type { By } from '../by.ts'
import { hasIdentity } from '../capsule.ts'
import type { Sight } from '../gate/index.ts'
import { createPastOfMany } from '../past.ts'
import { facilityCompartment, type CompartmentId } from '../place.ts'
import type { Reader } from '../reader.ts'
import type { VersionRow } from '../rows.ts'
import type { View } from '../sealing.ts'
import type { HistoryEntry, Version } from '../types.ts'

/** What somebody may see at this moment; undefined of whoever may see everything. */
export type SightOf = (by: By) => Promise<Sight | undefined>

/** For a portion of an export: what is known of people and patients is asked anew for the next. */
export interface Eyes {
  /** Whether any of that type could be theirs. */
  mayHave(type: string): Promise<boolean>
  /** Of rows of one statement, those that they see, opened as they may be; `at` is passed to `onOpened` between them. */
  opened(rows: readonly VersionRow[]): Promise<HistoryEntry[]>
}

interface Rooms {
  sql: Sql
  keys: Keys
  reader: Reader
}

export function createEyes({ sql, keys, reader }: Rooms, sight: Sight): Eyes {
  const types = new Map<string, Promise<boolean>>()
  const past = createPastOfMany({ sql, keys, reader }, sight)

  async function seenOf(row: VersionRow, latest: Version | undefined): Promise<HistoryEntry[]> {
    const type = typeName(row.type)
    const isApart = hasIdentity(type)
    const view: View = isApart && !sight.couldBe('identify', type) ? 'clinical' : 'full'
    const [version] = await reader.openAll([row], view)
    if (!version || !(await past.seesStill(version, latest))) return []
    const isWhole = !isApart || view === 'clinical' || (await sight.allows('identify', version))
    return isWhole ? [version] : reader.openAll([row], 'clinical')
  }

  return {
    mayHave(type) {
      const known = types.get(type) ?? canBeGiven(sight, type)
      types.set(type, known)
      return known
    },

    async opened(rows) {
      const latest = await past.latestOf(rows.map(({ resource, version }) => ({ resource, seen: version })))
      const seen: HistoryEntry[] = []
      for (const row of rows) seen.push(...(await seenOf(row, latest.get(row.resource))))
      return seen
    },
  }
}

async function canBeGiven(sight: Sight, type: string): Promise<boolean> {
  return sight.couldBe('read', type) && (await sight.placesOf([type])) !== 'too-wide'
}

/** Why they may not have any of what is asked for. */
export async function faultFor(
  sight: Sight,
  { types }: { types?: readonly string[] },
): Promise<Refusal | undefined> {
  for (const type of types ?? []) {
    if (!sight.couldBe('read', type)) return sight.refusal('read', type)
    if ((await sight.placesOf([type])) === 'too-wide') return refuse('too-wide')
  }
  if (types) return undefined
  for (const type of resourceTypes) if (await canBeGiven(sight, type)) return undefined
  return sight.refusal('read', 'Patient')
}

/** Of these compartments (none said: of all) those where anything of theirs can be, in order; undefined: in all. */
export async function narrowedTo(
  sight: Sight,
  compartments: readonly CompartmentId[] | undefined,
  keys: Keys,
): Promise<CompartmentId[] | undefined> {
  const places = await sight.places()
  if (!places) return compartments && [...compartments]
  const facility = facilityCompartment(keys.locator)
  const own = new Set(compartments ?? places)
  return places.filter((each) => each !== facility && own.has(each)).toSorted()
}
