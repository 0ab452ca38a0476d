/** What was brought already, by keyed hashes of content: the table `import_mark`, docs/spec/import.md. */
import { keyedHash, randomUuid, sha256 } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { uuidOf } from '../place.ts'
import { selectMarks } from '../queries.ts'

export interface Journal {
  /** The mark of what stands in these bytes. */
  markOf(bytes: Uint8Array): string
  /** The mark of one entry of what has that mark. */
  markOfEntry(mark: string, entry: number): string
  /** Which of these are there; none where everything is to be brought again. */
  known(marks: readonly string[]): Promise<ReadonlySet<string>>
}

/** `map`: the same content becomes something else under another one. `run`: set where everything is brought again. */
export function createJournal(
  sql: Sql,
  keys: Keys,
  map: ReadonlyMap<string, string>,
  run: string | undefined,
): Journal {
  const setting = JSON.stringify([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const hashed = (...fields: (Uint8Array | string)[]) =>
    uuidOf(keyedHash(keys.directory, 'import', setting, ...fields))
  return {
    markOf: (bytes) => (run === undefined ? hashed(sha256(bytes)) : hashed(sha256(bytes), run)),
    markOfEntry: (mark, entry) => hashed(mark, String(entry)),
    async known(marks) {
      if (marks.length === 0) return new Set()
      return new Set((await selectMarks(sql, marks)).map(({ mark }) => mark))
    },
  }
}

/** Of an import that brings everything again: no mark of it is one of before. */
export function newRun(): string {
  return randomUuid()
}
