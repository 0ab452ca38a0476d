export { copyBinary, dumpTables, testDatabase } from './database.ts'
export type { DatabaseOptions, Scope, TestDatabase } from './database.ts'
export { rooms } from './rooms.ts'
