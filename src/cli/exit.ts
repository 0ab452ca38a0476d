/** What each exit code means, for scripts. `docs/operating/commands.md` has the same table, and a test compares them. */
export const exit = {
  ok: 0,
  /** The command ran and did not succeed, or `doctor` or `verify` has findings. */
  failed: 1,
  /** Wrong arguments or a wrong environment variable: nothing was done. */
  usage: 2,
  /** The act waits for another person's approval. */
  approvalPending: 3,
  /** Another process is using this home. */
  homeInUse: 4,
  /** The vault is sealed, and the command needs it open. */
  sealed: 5,
  /** The command speaks to a running server, and none runs on this home. */
  notRunning: 6,
  /** The port is taken by another program. */
  portInUse: 7,
  /** There is no home, or one that cannot serve this command: half made, of another kind, or already there. */
  wrongHome: 8,
} as const

export type ExitCode = (typeof exit)[keyof typeof exit]
