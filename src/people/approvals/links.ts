/** The one-time link of an invitation or a reset that was approved. */
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { Account, Accounts } from '../accounts/index.ts'
import type { Authority, Row } from '../authority/index.ts'
import { accountOf, type Act } from './acts.ts'
import type { Asking } from './contract.ts'
import type { Given, Invitations } from './invitations.ts'
import { standingOf, type Approval } from './values.ts'

export type GiveLink = (asking: Asking, id: string) => Promise<{ status: 'ok'; link: Given } | Refusal>

export interface LinksOptions {
  authority: Authority
  accounts: Pick<Accounts, 'find'>
  invitations: Pick<Invitations, 'give'>
  now: () => number
}

/** Approved, and the link was not used. */
export function isWaiting({ state, act }: Approval): boolean {
  const { kind } = JSON.parse(act) as Act
  return state === 'approved' && (kind === 'reset' || kind === 'invite')
}

export function createLinks({ authority, accounts, invitations, now }: LinksOptions): GiveLink {
  const accountAt = async (id: string | undefined): Promise<Account | undefined> =>
    id === undefined ? undefined : (await accounts.find(id))?.value

  const linkOf = async ({ principal, who }: Asking, row: Row<Approval>) => {
    const { id, opensAt } = row.value
    const act = JSON.parse(row.value.act) as Act
    const about = await accountAt(accountOf(act))
    if (about && about.person === principal.person?.person) return refuse('own-request')
    if (!isWaiting(row.value)) return refuse('request-over')
    if (opensAt !== undefined && opensAt > now()) return refuse('not-yet')
    const invited = await invitedBy(act, about)
    if (!invited) return refuse('request-over')
    const given = invitations.give({ request: id, ...invited })
    const value: Approval = { ...row.value, invitation: given.value.id }
    const endsAt = new Date(value.endsAt * 1000)
    const entry = { ...who, action: 'authority', query: `approval ${id}: link given` } as const
    const changed = { kind: 'request', name: id, value, after: row, endsAt } as const
    const isFirst = await authority.putEach([changed, given.change], entry)
    return isFirst ? ({ status: 'ok', link: given.link } as const) : refuse('request-over')
  }

  async function invitedBy(act: Act, about: Account | undefined) {
    if (act.kind === 'invite') {
      const { login, name, language, sameAs } = act
      const same = await accountAt(sameAs)
      const person = same ? { person: same.person } : {}
      return { login, name, language, standing: standingOf(act), ...person }
    }
    if (!about) return undefined
    const { id: account, person, login, name, language } = about
    return { login, name, language, standing: standingOf(about), account, person }
  }

  return async (asking, id) => {
    const row = await authority.find<Approval>('request', id)
    return row?.value.act === undefined ? refuse('not-found') : linkOf(asking, row)
  }
}
