/** What each kind of request asks for: whether it can be, whom it is about, and in words. */
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { normalLogin, withNotice, type Account, type Accounts } from '../accounts/index.ts'
import type { Programs } from '../programs/index.ts'
import { standingOf, type Standing, type Wanted } from './values.ts'

export interface Known {
  accounts: Pick<Accounts, 'find' | 'findByLogin'>
  programs: Pick<Programs, 'keysOf'>
}

/** Why it cannot be, as things are. */
export async function faultOf(wanted: Wanted, { accounts, programs }: Known): Promise<Refusal | undefined> {
  switch (wanted.kind) {
    case 'invite':
      if (normalLogin(wanted.login) === undefined) return refuse('unusable-login')
      if (await accounts.findByLogin(wanted.login)) return refuse('login-taken')
      if (wanted.sameAs !== undefined && !(await accounts.find(wanted.sameAs))) return refuse('not-found')
      return faultOfStanding(wanted)
    case 'roles':
      return (await accounts.find(wanted.account)) ? faultOfStanding(wanted) : refuse('not-found')
    case 'reset':
    case 'suspend':
    case 'reinstate':
      return (await accounts.find(wanted.account)) ? undefined : refuse('not-found')
    case 'program': {
      const isKnown = (await programs.keysOf(wanted.id)) !== undefined
      if (isKnown === (wanted.replaces ?? false)) return undefined
      return refuse(isKnown ? 'program-taken' : 'not-found')
    }
    case 'revoke-program':
      return (await programs.keysOf(wanted.id)) === undefined ? refuse('not-found') : undefined
  }
}

/** Whoever reads as a patient, or for one, is bound to whom. */
function faultOfStanding({ roles, practitioner, patient, represents = [] }: Standing): Refusal | undefined {
  const isStaff = roles.some((role) => role !== 'patient' && role !== 'representative')
  const fits =
    roles.length > 0 &&
    roles.includes('patient') === (patient !== undefined) &&
    roles.includes('representative') === represents.length > 0 &&
    (practitioner === undefined || isStaff)
  return fits ? undefined : refuse('standing-unfit')
}

export function accountOf(wanted: Wanted): string | undefined {
  return 'account' in wanted ? wanted.account : undefined
}

/** As the ledger says it. */
export function inWords(wanted: Wanted): string {
  switch (wanted.kind) {
    case 'invite':
      return `invite ${wanted.login} as ${wanted.roles.join(' ')}`
    case 'roles':
      return `roles of ${wanted.account}: ${wanted.roles.join(' ')}`
    case 'reset':
    case 'suspend':
    case 'reinstate':
      return `${wanted.kind} ${wanted.account}`
    case 'program':
    case 'revoke-program':
      return `${wanted.kind} ${wanted.id}`
  }
}

/** The account as what was confirmed makes it. Of whoever becomes somebody else the sessions end. */
export function become(account: Account, wanted: Wanted, at: number): Account {
  const ended = { ...account, generation: account.generation + 1 }
  switch (wanted.kind) {
    case 'roles': {
      const { practitioner: _, patient: __, represents: ___, ...bare } = ended
      return withNotice({ ...bare, ...standingOf(wanted) }, { kind: 'roles-changed', at })
    }
    case 'suspend':
      return { ...ended, status: 'suspended' }
    case 'reinstate':
      return { ...ended, status: 'active' }
    case 'reset':
      return withNotice(account, { kind: 'reset-asked', at })
    case 'invite':
    case 'program':
    case 'revoke-program':
      return account
  }
}
