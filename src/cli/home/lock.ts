import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { homeFiles } from './home.ts'

export interface HomeLock {
  release: () => void
}

/** SQLITE_BUSY, https://www.sqlite.org/rescode.html */
const sqliteBusy = 5

/** Held here, because a database that nobody refers to is closed by the garbage collector, lock and all. */
const held = new Set<DatabaseSync>()

/**
 * Takes a home for this process, or returns undefined because another has it.
 *
 * Node has no file locks, SQLite does: an exclusive transaction on an empty database, never written to, is a
 * POSIX lock that the kernel drops when the process ends, however it ends. So no lock is ever stale, and no
 * process id is compared with one that the system may have given to somebody else. Nothing else may open the
 * file in the process that holds it: closing any descriptor of a file drops the process's locks on it
 * (fcntl(2)). Homes on network file systems without locks are not supported (nor would PostgreSQL be).
 */
export function lockHome(path: string): HomeLock | undefined {
  const file = join(path, homeFiles.lock)
  const database = new DatabaseSync(file)
  chmodSync(file, 0o600)
  try {
    // A journal in memory: no second file beside the lock.
    database.exec('pragma journal_mode = memory; begin exclusive')
  } catch (error) {
    database.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return undefined
    throw error
  }
  held.add(database)
  return {
    release() {
      held.delete(database)
      database.close()
    },
  }
}
