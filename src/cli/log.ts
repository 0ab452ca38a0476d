import { appendFileSync, renameSync, statSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino, type Logger } from 'pino'

/** The log is set aside when it has grown beyond this; with the one before it, twice that on disk at most. */
const logBytesMax = 8 * 1024 * 1024
const lookEveryMs = 30_000
/** Characters that wait for the disk: a slow one holds no memory. */
const waitingMax = 1024 * 1024
const fileMode = 0o600

export interface ServerLog {
  logger: Logger
  close: () => void
}

/** The server's log, JSON lines in `<home>/server.log`, mode 0600. Rooms log no value of a patient. */
export function openLog(home: string): ServerLog {
  const path = join(home, 'server.log')
  setAside(path)
  const lines = createLines(path)
  const timer = setInterval(() => setAside(path), lookEveryMs)
  timer.unref()
  process.once('exit', lines.flush)
  const close = (): void => {
    clearInterval(timer)
    lines.flush()
    process.off('exit', lines.flush)
  }
  return { logger: pino({ base: {} }, lines), close }
}

/** Lines at the end of a file, written beside other work. What a full disk does not take is lost: a vault does not end for want of a log. */
function createLines(path: string): { write: (line: string) => void; flush: () => void } {
  let waiting = ''
  let isWriting = false

  async function append(): Promise<void> {
    while (waiting !== '') {
      const text = waiting
      waiting = ''
      await appendFile(path, text, { mode: fileMode }).catch(() => {})
    }
    isWriting = false
  }

  return {
    write(line) {
      if (waiting.length + line.length > waitingMax) return
      waiting += line
      if (isWriting) return
      isWriting = true
      // Not at once: what is logged right before the end is written by `flush`, whatever becomes of the process.
      setImmediate(() => void append())
    },
    flush() {
      const text = waiting
      waiting = ''
      try {
        if (text !== '') appendFileSync(path, text, { mode: fileMode })
      } catch {
        // As above.
      }
    },
  }
}

function setAside(path: string): void {
  try {
    if (statSync(path).size >= logBytesMax) renameSync(path, `${path}.1`)
  } catch {
    // There is none yet; or the disk takes nothing, and the next look does it.
  }
}
