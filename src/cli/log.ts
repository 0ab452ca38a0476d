import { existsSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pino, type Logger } from 'pino'

/** The log is set aside when it has grown beyond this; with the one before it, twice that on disk at most. */
const logBytesMax = 8 * 1024 * 1024
const lookEveryMs = 30_000

export interface ServerLog {
  logger: Logger
  close: () => void
}

/** The server's log, JSON lines in `<home>/server.log`, mode 0600. Rooms log no value of a patient. */
export function openLog(home: string): ServerLog {
  const path = join(home, 'server.log')
  setAside(path)
  const destination = pino.destination({ dest: path, mode: 0o600, sync: false })
  const timer = setInterval(() => {
    if (setAside(path)) destination.reopen()
  }, lookEveryMs)
  timer.unref()
  const close = (): void => {
    clearInterval(timer)
    try {
      destination.flushSync()
    } catch {
      // Stopped before the file was open: there is nothing to write.
    }
  }
  return { logger: pino({ base: {} }, destination), close }
}

function setAside(path: string): boolean {
  if (!existsSync(path) || statSync(path).size < logBytesMax) return false
  renameSync(path, `${path}.1`)
  return true
}
