import type { Argon2Cost } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Ledger } from '#kernel/ledger/index.ts'
import { createAccounts, type Accounts } from './accounts/index.ts'
import { createAuthority } from './authority/index.ts'
import { SteadyClock } from './clock.ts'
import type { Admission, Credentials } from './credentials.ts'
import { createFactors, type SigningIn } from './factors/index.ts'
import { admitPersons } from './persons.ts'
import { createPrograms, type Programs } from './programs/index.ts'
import { Proofs } from './proofs.ts'
import {
  createEnrolment,
  createFounding,
  createInvitations,
  createApprovals,
  createSigning,
  createResettingByOpener,
  type ResettingByOpener,
  type Enrolment,
  type Founding,
  type Approvals,
  type Signing,
} from './approvals/index.ts'
import { createOwn, type ChangeOwn } from './own.ts'
import { createRows, type RowsOf } from './rows.ts'
import { SessionKeeper, sessionPrefix } from './sessions/index.ts'
import { createEntrance, type Entrance } from './signing-in.ts'
import { createThrottling } from './throttling/index.ts'

/** Whoever may ask for something, and how they show who they are. */
export interface People extends Entrance {
  /** Who sends a request: at once, where that is known. The one way in for programs and people. */
  admit(credentials: Credentials): Admission | Promise<Admission>
  programs: Programs
  accounts: Accounts
  sessions: SessionKeeper
  /** What somebody makes of their own account, as long as their session stands. */
  changeOwn: ChangeOwn
  factors: SigningIn
  /** What one asks and another approves. */
  approvals: Approvals
  /** That somebody said so. */
  signing: Signing
  /** For whoever has shown what opens the vault. */
  resetByOpener: ResettingByOpener
  enrolment: Enrolment
  founding: Founding
  /** What safeguards keep. */
  rows: RowsOf
  /** Whether the first officers have enrolled: before that nobody is served. Of a demonstration always. */
  isFounded(): boolean | Promise<boolean>
  /** Since 1970, never back. */
  seconds(): number
  /** To be called whenever the vault has been opened and that is recorded, before anybody is served. */
  opened(): Promise<void>
  /** Clears away what has ended. Now and then. */
  tend(): Promise<void>
}

export interface PeopleOptions {
  sql: Sql
  keys: Keys
  ledger: Ledger
  /** Milliseconds since 1970. */
  now: () => number
  /** Of an invented hospital: only there are plain tokens given, and good. */
  isDemo: boolean
  /** Of passwords; what the house uses where it is absent. */
  passwordCost?: Argon2Cost
  /** A fault of ours that whoever asked is only told the number of. */
  onFault: (error: Error) => void
  /** Between the confirmation of a reset and its link: a day, or longer. */
  resetWaitSeconds?: number
  /** No other process is at this database, nor can be. */
  isAlone?: boolean
  /** Those of this process, where they are known already. */
  rows?: RowsOf
}

/** The newest entries, of which the last before a clock was set back is one. */
const heardEntries = 20

export function createPeople(options: PeopleOptions): People {
  const { sql, keys, ledger, now, isDemo, isAlone = false, passwordCost, resetWaitSeconds } = options
  const authority = createAuthority(options)
  const clock = new SteadyClock(now)
  const proofs = new Proofs()
  const programs = createPrograms({ ...options, authority, proofs, clock })
  const accounts = createAccounts({ authority })
  const sessions = new SessionKeeper({ authority, accounts, sql, keys, clock })
  const throttling = createThrottling({ sql, keys })
  const seconds = () => clock.seconds()
  const factors = createFactors({
    authority,
    accounts,
    keys,
    now: seconds,
    ...(passwordCost ? { passwordCost } : {}),
  })
  const entrance = createEntrance({ accounts, factors, sessions, throttling, ledger, clock, isDemo })
  const invitations = createInvitations({ authority, now: seconds })
  const founding = createFounding({ authority, invitations, isDemo })
  const resetting = {
    authority,
    accounts,
    invitations,
    now: seconds,
    ...(resetWaitSeconds === undefined ? {} : { resetWaitSeconds }),
  }
  const signing = createSigning({ factors, now: seconds })
  const approvals = createApprovals({ ...resetting, factors, programs, isAlone })
  const enrolment = createEnrolment({ accounts, factors, invitations, now: seconds })
  const admitPerson = admitPersons({ sessions, proofs, isDemo })
  keys.onForget((compartment) => {
    if (compartment === undefined) sessions.forget()
  })

  return {
    admit(credentials) {
      if (keys.state() === 'sealed') return { status: 'sealed' }
      const { scheme, token } = credentials
      return scheme === 'cookie' || token.startsWith(sessionPrefix)
        ? admitPerson(credentials)
        : programs.admit(credentials)
    },
    programs,
    accounts,
    sessions,
    changeOwn: createOwn(accounts, sessions),
    factors,
    ...entrance,
    approvals,
    signing,
    resetByOpener: createResettingByOpener(resetting),
    enrolment,
    founding,
    rows: options.rows ?? createRows(options),
    // Sealed nothing is served either, and it cannot be looked up.
    isFounded: () => keys.state() === 'sealed' || founding.isFounded(),
    seconds,
    async opened() {
      const { entries } = await ledger.query({ limit: heardEntries, newestFirst: true })
      for (const { recordedAtMs } of entries) clock.hear(Math.floor(recordedAtMs / 1000))
    },
    async tend() {
      await authority.tend()
      await sessions.tend()
      await throttling.tend()
    },
  }
}
