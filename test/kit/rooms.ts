import type { MigrationSet } from '#kernel/db/index.ts'

const room = (name: string, path: string): MigrationSet => ({
  room: name,
  folder: new URL(`../../src/${path}/migrations/`, import.meta.url),
})

/** Every room that has tables, in the order in which their migrations run. */
export const rooms: readonly MigrationSet[] = [room('keys', 'kernel/keys'), room('records', 'records')]
