/** Versions of the past, as somebody sees them who does not see all. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Sight } from './gate/index.ts'
import { wentTo } from './moving/index.ts'
import { resourceKey, type ResourceKey } from './place.ts'
import { selectVersions } from './queries.ts'
import type { Reader } from './reader.ts'
import type { HeadName, HeadRow } from './rows.ts'
import type { Version } from './types.ts'

export interface PastRooms {
  sight: Sight
  /** What is current; undefined where there is nothing, or it was deleted. */
  current(type: string, id: string): Promise<Version | undefined>
  /** A version that is no deletion. */
  version(type: string, id: string, version: number): Promise<Version | undefined>
}

export interface Past {
  /** How it is now; of what was deleted, how it was last. Undefined where nobody can tell. */
  latest(type: string, id: string, deleted?: Version): Promise<Version | undefined>
  /**
   * How a resource is labelled today holds for what it was. Of a deletion nothing is told to whom what was deleted is hidden: else it would say
   * that it was there.
   */
  sees(version: Version, latest: Version | undefined): Promise<boolean>
}

export function createPast({ sight, current, version: versionOf }: PastRooms): Past {
  const before = ({ type, id, version }: Version) => versionOf(type, id, version - 1)
  return {
    async latest(type, id, deleted) {
      return (await current(type, id)) ?? (deleted && before(deleted))
    },

    async sees(version, latest) {
      if (!(await sight.allows('read', version, latest))) return false
      if (!version.deleted) return true
      const was = await before(version)
      return was !== undefined && sight.allows('read', was, latest)
    },
  }
}

/** Of many at once, which most are still as they were. */
export interface PastOfMany extends Past {
  /** How they are now, or were last, of those whose current version is not the one that was `seen`. */
  latestOf(names: readonly HeadName[]): Promise<Map<ResourceKey, Version>>
  /** The same as `sees`; what was moved to another patient since is read as what it is there. */
  seesStill(version: Version, latest: Version | undefined): Promise<boolean>
}

export function createPastOfMany(
  { sql, keys, reader }: { sql: Sql; keys: Keys; reader: Reader },
  sight: Sight,
): PastOfMany {
  const current = async (type: string, id: string): Promise<Version | undefined> => {
    const found = await reader.current(type, id, 'clinical')
    return found.status === 'ok' ? found.version : undefined
  }
  const past = createPast({
    sight,
    current,
    async version(type, id, version) {
      const [row] = await selectVersions(sql, resourceKey(keys.locator, type, id), version + 1, 1)
      const isThere = row?.version === version && row.alive && !row.deleted
      return isThere ? reader.open(row, 'clinical') : undefined
    },
  })
  return {
    ...past,

    async latestOf(names) {
      const heads = await reader.headsBeside(names)
      const changed = heads.filter((head): head is HeadRow => head.sealed !== null && head.alive)
      const latest = new Map<ResourceKey, Version>()
      for (const head of changed) {
        const now = await reader.open(head, 'clinical')
        const version = now?.deleted ? await past.latest(now.type, now.id, now) : now
        if (version) latest.set(head.resource, version)
      }
      return latest
    },

    async seesStill(version, latest) {
      if (!(await past.sees(version, latest))) return false
      const place = latest && version.version < latest.version ? wentTo(latest.body) : undefined
      if (!place) return true
      const there = await current(place.type, place.id)
      return there !== undefined && sight.allows('read', there)
    },
  }
}
