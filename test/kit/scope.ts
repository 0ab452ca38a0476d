import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A test, or `{ after }` of node:test for a whole file. */
export interface Scope {
  after(done: () => Promise<void> | void): void
}

type Undo = () => unknown

const undoings = new WeakMap<Scope, Undo[]>()

/**
 * Runs `undo` when the test is over, what was made last being undone first: a server ends before the folder that it
 * writes into goes. (`after` itself runs its hooks in the order in which they were registered.)
 */
export function atEnd(t: Scope, undo: Undo): void {
  const known = undoings.get(t)
  if (known) {
    known.push(undo)
    return
  }
  const undos = [undo]
  undoings.set(t, undos)
  t.after(async () => {
    const faults: unknown[] = []
    // What is undone may register more.
    for (let next = undos.pop(); next; next = undos.pop()) {
      try {
        await next()
      } catch (error) {
        faults.push(error)
      }
    }
    undoings.delete(t)
    if (faults.length > 0) throw faults[0]
  })
}

const folders = new Set<string>()
const remove = (folder: string) =>
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })

// Of tests that were broken off.
process.once('exit', () => folders.forEach(remove))

/**
 * A folder of the test's own, below the system's for temporary files; removed when the test is over, or, where its process
 * was killed, by the next run.
 */
export function temporaryFolder(t: Scope, name = 'sigilo-test-'): string {
  const folder = mkdtempSync(join(tmpdir(), `${name}${process.pid}-`))
  folders.add(folder)
  atEnd(t, () => {
    remove(folder)
    folders.delete(folder)
  })
  return folder
}
