/** Versions of the past, as somebody sees them who does not see all. */
import type { Sight } from './gate/index.ts'
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
