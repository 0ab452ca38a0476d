import type { MigrationSet } from '#kernel/db/index.ts'
import { keysMigrations } from '#kernel/keys/index.ts'
import { recordsMigrations } from '#records/index.ts'

/** Every room that has tables, in the order in which they are made. */
export const migrations: readonly MigrationSet[] = [
  { room: 'keys', folder: keysMigrations },
  { room: 'records', folder: recordsMigrations },
]
