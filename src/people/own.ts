/** What somebody who is signed in makes of their own account, as long as they are. */
import type { Account, Accounts, Changed, Refused } from './accounts/index.ts'
import type { Who } from './authority/index.ts'
import type { PersonAsking } from './principal.ts'
import type { SessionKeeper } from './sessions/index.ts'

/** Others come first as often as they change the same session at the same moment. */
const triesMax = 40

/**
 * Like `Accounts.change`, by whoever has the session, and only while it stands: that is asked again with the change, by what is committed with it, and not
 * only when the request came. Between the two there may be a long time:
 *
 *     thief, at an open session:  asks … the password waits for its turn, and is hashed … is changed
 *     owner, or an officer:                                             ends the session, or takes a role away
 *
 * `session-ended`: nothing was changed.
 */
export type ChangeOwn = <Reason extends string>(
  person: Pick<PersonAsking, 'account' | 'session'>,
  change: (account: Account) => Account | Refused<Reason>,
  who: Who,
  what: string,
) => Promise<Exclude<Changed<Reason | 'session-ended'>, { status: 'lost' }>>

export function createOwn(
  accounts: Pick<Accounts, 'change'>,
  sessions: Pick<SessionKeeper, 'holding'>,
): ChangeOwn {
  return async function changeOwn<Reason extends string>(
    person: Pick<PersonAsking, 'account' | 'session'>,
    change: (account: Account) => Account | Refused<Reason>,
    who: Who,
    what: string,
  ) {
    for (let tries = 0; tries < triesMax; tries++) {
      const held = await sessions.holding(person)
      if (!held) return { status: 'refused', reason: 'session-ended' } as const
      const changed = await accounts.change<Reason | 'session-ended'>(
        person.account,
        (account) =>
          account.status === 'active' && account.generation === held.generation
            ? change(account)
            : { refused: 'session-ended' },
        who,
        what,
        { along: [held.unchanged] },
      )
      if (changed.status !== 'lost') return changed
    }
    throw new Error('a session is changed all the time')
  }
}
