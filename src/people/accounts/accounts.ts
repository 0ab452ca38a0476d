import type { Authority, Change, Row, Who } from '../authority/index.ts'
import { normalLogin, type Account } from './account.ts'

/** A change that is not to be made, and why. */
export interface Refused<Reason extends string> {
  refused: Reason
}

export type Changed<Reason extends string> =
  | { status: 'changed'; account: Account }
  | { status: 'refused'; reason: Reason }
  | { status: 'unknown' }
  /** What was to be committed along with it was changed by somebody else. */
  | { status: 'lost' }

export interface ChangeOptions {
  /** What is committed with it, or not at all. */
  along?: readonly Change[]
  /** Where it was approved. */
  proof?: string
}

/** Accounts of people. Each change is a version of a row that confers authority, and an entry of the ledger. */
export interface Accounts {
  find(id: string): Promise<Row<Account> | undefined>
  /** The same work whether there is one or not. */
  findByLogin(login: string): Promise<Row<Account> | undefined>
  list(): AsyncIterable<Row<Account>>
  /** `lost`: what was to be committed along with it was changed by somebody else. */
  add(
    account: Account,
    who: Who,
    options?: ChangeOptions,
  ): Promise<'added' | 'taken' | 'lost' | 'unusable-login'>
  /**
   * What `change` makes of the account as it is now; asked again where somebody else was faster. `what` is what the ledger says, in a
   * few words, without secrets. Login, id and person never change.
   */
  change<Reason extends string = never>(
    id: string,
    change: (account: Account) => Account | Refused<Reason>,
    who: Who,
    what: string,
    options?: ChangeOptions,
  ): Promise<Changed<Reason>>
}

/** How often a change is tried: others come first as often as they sign in at the same moment. */
const triesMax = 100

export function createAccounts({ authority }: { authority: Authority }): Accounts {
  const find = (id: string) => authority.find<Account>('account', id)

  async function findByLogin(login: string): Promise<Row<Account> | undefined> {
    const normal = normalLogin(login)
    const named = await authority.find<{ account: string }>('login', normal ?? '')
    const row = await find(named?.value.account ?? '')
    return row && row.value.login === normal ? row : undefined
  }

  return {
    find,
    findByLogin,
    list: () => authority.list<Account>('account'),

    async add(given, who, { along = [] } = {}) {
      const login = normalLogin(given.login)
      if (login === undefined) return 'unusable-login'
      const account: Account = { ...given, login }
      const act = { ...who, action: 'authority', query: `account ${account.id}: added` } as const
      const changes: Change[] = [
        { kind: 'account', name: account.id, value: account },
        { kind: 'login', name: login, value: { account: account.id } },
        ...along,
      ]
      if (await authority.putEach(changes, act)) return 'added'
      const [, taken] = await authority.findEach([
        { kind: 'account', name: account.id },
        { kind: 'login', name: login },
      ])
      return taken || along.length === 0 ? 'taken' : 'lost'
    },

    async change(id, change, who, what, { along = [], proof } = {}) {
      const approved =
        proof === undefined ? ({ action: 'authority' } as const) : ({ action: 'approval', proof } as const)
      const act = { ...who, ...approved, query: `account ${id}: ${what}` }
      let tried = 0
      for (let tries = 0; tries < triesMax; tries++) {
        const row = await find(id)
        if (!row) return { status: 'unknown' }
        // Nobody has changed the account since, so it was the other.
        if (row.version === tried && along.length > 0) return { status: 'lost' }
        tried = row.version
        const account = change(row.value)
        if ('refused' in account) return { status: 'refused', reason: account.refused }
        const before = row.value
        if (account.id !== before.id || account.login !== before.login || account.person !== before.person)
          throw new Error('an account became another')
        const changes: Change[] = [{ kind: 'account', name: id, value: account, after: row }, ...along]
        if (await authority.putEach(changes, act)) return { status: 'changed', account }
      }
      throw new Error('an account is changed all the time')
    },
  }
}
