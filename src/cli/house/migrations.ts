import type { MigrationSet } from '#kernel/db/index.ts'

/**
 * Every room that has tables, in the order in which they are made. The folders are named here, and not asked of the
 * rooms, because a start applies them while it is still reading the rooms' code.
 */
export const migrations: readonly MigrationSet[] = [
  { room: 'keys', folder: new URL('../../kernel/keys/migrations/', import.meta.url) },
  { room: 'ledger', folder: new URL('../../kernel/ledger/migrations/', import.meta.url) },
  { room: 'people', folder: new URL('../../people/migrations/', import.meta.url) },
  { room: 'records', folder: new URL('../../records/migrations/', import.meta.url) },
]
