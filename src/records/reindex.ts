/** Builds anew what is derived from the records: the directory, then the index tuples. They are served meanwhile. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { createReindex as createDirectoryReindex, needOf } from './directory/index.ts'
import type { Reader } from './reader.ts'
import type { ExtractOptions } from './search/index.ts'
import { Pace, type Traffic } from './search/run/index.ts'
import { createRebuild, type Blocks, type StageMerge } from './tuples/index.ts'

export interface ReindexOptions {
  /** Now and then. `resources` are those of the stage; `total` is what there was at the start. */
  onProgress?: (progress: { stage: 'directory' | 'tuples'; resources: number; total: number }) => void
  signal?: AbortSignal
  /** After a large import, which leaves the tuples as they have to be. */
  directoryOnly?: boolean
  /** The directory alone, only where it has outgrown its tags or holds rows of the destroyed, and beside other work. */
  whereNeeded?: boolean
}

export type Reindexed =
  /** `rows` and `bits` of the directory; `compartments` whose tuples were made anew. */
  | { status: 'ok'; resources: number; rows: number; bits: number; compartments: number }
  /** Of one that was to be only where it is needed. */
  | { status: 'needless' }
  /** Another process is at it. */
  | { status: 'busy' }
  /** What was finished serves: a directory that is whole, compartments whose tuples are. */
  | { status: 'aborted' }

export interface ReindexParts {
  sql: Sql
  keys: Keys
  reader: Reader
  blocks: Blocks
  local: ExtractOptions
  traffic: Traffic
  stage: StageMerge
}

export function createReindex({ sql, keys, reader, blocks, local, traffic, stage }: ReindexParts) {
  const reindexDirectory = createDirectoryReindex({ sql, keys, reader, local })
  const rebuildTuples = createRebuild({ sql, reader, blocks, local, stage })
  return async function reindex({
    onProgress,
    signal,
    directoryOnly = false,
    whereNeeded = false,
  }: ReindexOptions = {}): Promise<Reindexed> {
    if (whereNeeded && (await needOf(sql)) === 'none') return { status: 'needless' }
    const pace = whereNeeded ? new Pace(traffic) : undefined
    let total = 0
    const listed = await reindexDirectory({
      ...(signal ? { signal } : {}),
      ...(pace ? { pause: () => (pace.isDue ? pace.rest() : undefined) } : {}),
      onProgress: ({ resources, total: all }) => {
        total = all
        onProgress?.({ stage: 'directory', resources, total })
      },
    })
    if (listed.status !== 'ok') return listed
    const { resources, rows, bits } = listed
    if (directoryOnly || whereNeeded) return { status: 'ok', resources, rows, bits, compartments: 0 }
    const rebuilt = await rebuildTuples({
      signal,
      onProgress: ({ resources }) => onProgress?.({ stage: 'tuples', resources, total }),
    })
    if (rebuilt.status !== 'ok') return { status: 'aborted' }
    return { status: 'ok', resources, rows, bits, compartments: rebuilt.compartments }
  }
}
