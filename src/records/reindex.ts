/** Builds anew what is derived from the records: the directory, then the index tuples. They are served meanwhile. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { createReindex as createDirectoryReindex } from './directory/index.ts'
import type { Reader } from './reader.ts'
import type { ExtractOptions } from './search/index.ts'
import { createRebuild, type Blocks } from './tuples/index.ts'

export interface ReindexOptions {
  /** Now and then. `resources` are those of the stage; `total` is what there was at the start. */
  onProgress?: (progress: { stage: 'directory' | 'tuples'; resources: number; total: number }) => void
  signal?: AbortSignal
  /** After a large import, which leaves the tuples as they have to be. */
  directoryOnly?: boolean
}

export type Reindexed =
  /** `rows` and `bits` of the directory; `compartments` whose tuples were made anew. */
  | { status: 'ok'; resources: number; rows: number; bits: number; compartments: number }
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
}

export function createReindex({ sql, keys, reader, blocks, local }: ReindexParts) {
  const reindexDirectory = createDirectoryReindex({ sql, keys, reader, local })
  const rebuildTuples = createRebuild({ sql, reader, blocks, local })
  return async function reindex({
    onProgress,
    signal,
    directoryOnly = false,
  }: ReindexOptions = {}): Promise<Reindexed> {
    let total = 0
    const listed = await reindexDirectory({
      ...(signal ? { signal } : {}),
      onProgress: ({ resources, total: all }) => {
        total = all
        onProgress?.({ stage: 'directory', resources, total })
      },
    })
    if (listed.status !== 'ok') return listed
    const { resources, rows, bits } = listed
    if (directoryOnly) return { status: 'ok', resources, rows, bits, compartments: 0 }
    const rebuilt = await rebuildTuples({
      signal,
      onProgress: ({ resources }) => onProgress?.({ stage: 'tuples', resources, total }),
    })
    if (rebuilt.status !== 'ok') return { status: 'aborted' }
    return { status: 'ok', resources, rows, bits, compartments: rebuilt.compartments }
  }
}
