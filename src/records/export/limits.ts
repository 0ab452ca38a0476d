import { fileLimits } from './files.ts'

export const exportLimits = {
  ...fileLimits,
  /** Resources looked at in one statement: their names take a millisecond of whoever asks for something meanwhile. */
  lookMax: 400,
  /** A killed server repeats so much work. Each time all files are closed, so more often means more files. */
  checkpointMs: 120_000,
  /** Who has not said for so long that it works on a job has lost it. */
  leaseSeconds: 30,
  /** How long files are kept, and the news of a failure. */
  keepSeconds: 24 * 3600,
  /** How long a job may wait and run, as of a vault that stays sealed. */
  waitSeconds: 7 * 24 * 3600,
  /** Jobs of one owner, and of all, ended or not. */
  ownerJobsMax: 10,
  houseJobsMax: 100,
  /** How often it looks for work that it was not told of: another server's, or what became possible. */
  lookMs: 5_000,
  /** How often it clears away what has expired. */
  sweepMs: 60_000,
}
export type ExportLimits = typeof exportLimits
