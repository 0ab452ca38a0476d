/** The room's parts, put together for a store. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { attachmentLimits, type AttachmentLimits } from './limits.ts'
import { createRestore, type Restore } from './restore.ts'
import { createScanner, type Scanner, type ScannerPlace } from './scanner.ts'
import { createSettle, type Settle } from './settle.ts'
import { createShelf, type Shelf, type StageOpening } from './shelf.ts'

export interface AttachmentOptions {
  limits?: Partial<AttachmentLimits>
  /** Where ClamAV's daemon listens; without it nothing is scanned. */
  scanner?: ScannerPlace | undefined
  /** A folder on the disk that PostgreSQL writes to, where that is this machine's. */
  folder?: string | undefined
}

export interface Attachments {
  shelf: Shelf
  settle: Settle
  restore: Restore
  scanner: Scanner | undefined
  limits: AttachmentLimits
  /** Deletes what abandoned writers left, now and then from now on. */
  tend(): Promise<void>
  close(): void
}

export function createAttachments(
  sql: Sql,
  keys: Keys,
  options: AttachmentOptions,
  stage?: StageOpening,
): Attachments {
  const limits = { ...attachmentLimits, ...options.limits }
  const scanner = options.scanner && createScanner(options.scanner)
  const shelf = createShelf(sql, keys, limits, options.folder, stage)
  let sweeping: NodeJS.Timeout | undefined
  return {
    shelf,
    settle: createSettle(shelf, scanner),
    restore: createRestore(shelf),
    scanner,
    limits,
    async tend() {
      // Whoever is away now is there at one of the next times.
      sweeping ??= setInterval(() => void shelf.sweep().catch(() => {}), limits.sweepMs).unref()
      await shelf.sweep()
    },
    close: () => clearInterval(sweeping),
  }
}
