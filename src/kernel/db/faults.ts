/**
 * What an error of the driver says about the statement that got it.
 *
 * - `race`: PostgreSQL undid it because of others; the same statement may succeed now.
 * - `not-sent`: it never reached PostgreSQL, which is away or starting.
 * - `lost`: the connection broke on the way; it may or may not have been applied.
 * - `refused`: PostgreSQL refused it, or the program is wrong; trying again gives the same.
 */
export type Fault = 'race' | 'not-sent' | 'lost' | 'refused'

const faults: Record<string, Fault> = {
  '40001': 'race', // serialization_failure
  '40P01': 'race', // deadlock_detected
  '57P03': 'not-sent', // cannot_connect_now: starting, stopping or recovering
  '53300': 'not-sent', // too_many_connections
  '08001': 'not-sent',
  '08004': 'not-sent',
  ECONNREFUSED: 'not-sent',
  ENOENT: 'not-sent', // no Unix socket
  ENOTFOUND: 'not-sent',
  EAI_AGAIN: 'not-sent',
  EHOSTUNREACH: 'not-sent',
  ENETUNREACH: 'not-sent',
  CONNECT_TIMEOUT: 'not-sent',
  // A commit may come before the end of its connection:
  //   backend:  commits … writes CommandComplete … is ended by the restart, and writes FATAL 57P01
  //   driver:   reads both, and gives the error to the statement that was committed
  '57P01': 'lost', // admin_shutdown
  '57P02': 'lost', // crash_shutdown
  '57P05': 'lost', // idle_session_timeout
  '25P03': 'lost', // idle_in_transaction_session_timeout
  '08000': 'lost',
  '08003': 'lost',
  '08006': 'lost',
  '08007': 'lost', // transaction_resolution_unknown
  '40003': 'lost', // statement_completion_unknown
  CONNECTION_CLOSED: 'lost',
  CONNECTION_DESTROYED: 'lost',
  ECONNRESET: 'lost',
  ECONNABORTED: 'lost',
  EPIPE: 'lost',
  ETIMEDOUT: 'lost',
}

/** Classes an error which a statement was rejected with. */
export function faultOf(error: unknown): Fault {
  return faults[(error as { code?: string } | null)?.code ?? ''] ?? 'refused'
}

/** The queue is full: the caller answers 503, and its client comes again. */
export class CombinerBusy extends Error {
  override name = 'CombinerBusy'
}

/** Submitted after `stop`. */
export class CombinerStopped extends Error {
  override name = 'CombinerStopped'
}

/** PostgreSQL stayed away longer than we wait. Nothing was applied. */
export class DatabaseAway extends Error {
  override name = 'DatabaseAway'
}

/** The connection broke, and it could not be found out whether the change was applied. */
export class UnknownOutcome extends Error {
  override name = 'UnknownOutcome'
}
