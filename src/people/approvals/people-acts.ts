/** Acts about people and programs: whether one can be, what becomes of the account that it is about, and in the ledger's words. */
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { isUnmistakable, normalLogin, withNotice, type Account, type Accounts } from '../accounts/index.ts'
import type { Who } from '../authority/index.ts'
import type { Programs } from '../programs/index.ts'
import { countedKinds, type ActKind, type PeopleAct } from './acts.ts'
import { standingOf, type Standing } from './values.ts'

export interface Known {
  accounts: Pick<Accounts, 'find' | 'findByLogin' | 'list'>
  programs: Pick<Programs, 'keysOf' | 'isUsable'>
  /** How many others approve such an act, as things are. */
  quorum: (kind: ActKind) => Promise<number>
}

/** Why it cannot be, as things are. */
export async function faultOf(
  act: PeopleAct,
  { accounts, programs, quorum }: Known,
): Promise<Refusal | undefined> {
  switch (act.kind) {
    case 'invite': {
      const login = normalLogin(act.login)
      if (login === undefined || !isUnmistakable(login)) return refuse('unusable-login')
      if (await accounts.findByLogin(act.login)) return refuse('login-taken')
      if (act.sameAs !== undefined && !(await accounts.find(act.sameAs))) return refuse('not-found')
      return faultOfStanding(act)
    }
    case 'roles':
      return faultOfStanding(act) ?? faultOfLeaving(act, { accounts, quorum })
    case 'suspend':
      return faultOfLeaving(act, { accounts, quorum })
    case 'reset':
    case 'reinstate':
      return (await accounts.find(act.account)) ? undefined : refuse('not-found')
    case 'program': {
      if (!(await programs.isUsable(act))) return refuse('unusable-program')
      const isKnown = (await programs.keysOf(act.id)) !== undefined
      if (isKnown === (act.replaces ?? false)) return undefined
      return refuse(isKnown ? 'program-taken' : 'not-found')
    }
    case 'revoke-program':
      return (await programs.keysOf(act.id)) === undefined ? refuse('not-found') : undefined
    case 'quorum':
      return faultOfQuorum(act, { accounts, quorum })
  }
}

/** Upwards only; and who asks needs as many others as that, who are officers and no two of them one human. */
async function faultOfQuorum(
  { of, approvers }: Extract<PeopleAct, { kind: 'quorum' }>,
  { accounts, quorum }: Pick<Known, 'accounts' | 'quorum'>,
): Promise<Refusal | undefined> {
  if (of !== 'all' && !countedKinds.includes(of)) return refuse('unusable-act')
  const kinds = of === 'all' ? countedKinds : [of]
  const now = await Promise.all(kinds.map(quorum))
  if (Math.min(...now) >= approvers) return refuse('quorum-lower')
  return (await officersOf(accounts)).size > approvers ? undefined : refuse('quorum-unmet')
}

/** Humans, by one account that each has. */
async function officersOf(accounts: Pick<Accounts, 'list'>, besides?: string): Promise<ReadonlySet<string>> {
  const officers = new Set<string>()
  for await (const { value } of accounts.list())
    if (value.id !== besides && isOfficer(value)) officers.add(value.person)
  return officers
}

const isOfficer = ({ status, roles }: Account): boolean =>
  status === 'active' && roles.includes('security-officer')

/** An officer leaves only where as many stay as it takes to ask and to approve: else nothing could ever be approved again. */
async function faultOfLeaving(
  act: Extract<PeopleAct, { account: string }>,
  { accounts, quorum }: Pick<Known, 'accounts' | 'quorum'>,
): Promise<Refusal | undefined> {
  const account = (await accounts.find(act.account))?.value
  if (!account) return refuse('not-found')
  const isLeaving = isOfficer(account) && !isOfficer(become(account, act, 0))
  if (!isLeaving) return undefined
  const needed = Math.max(...(await Promise.all(countedKinds.map(quorum))))
  return (await officersOf(accounts, account.id)).size > needed ? undefined : refuse('quorum-unmet')
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

/** As it is stored, shown and signed: with the login that the account will have. */
export function asItIs(act: PeopleAct): PeopleAct {
  return act.kind === 'invite' ? { ...act, login: normalLogin(act.login) ?? act.login } : act
}

/** As the ledger says it. */
export function inWords(act: PeopleAct): string {
  switch (act.kind) {
    case 'invite':
      return `invite ${act.login} as ${act.roles.join(' ')}`
    case 'roles':
      return `roles of ${act.account}: ${act.roles.join(' ')}`
    case 'reset':
    case 'suspend':
    case 'reinstate':
      return `${act.kind} ${act.account}`
    case 'program':
    case 'revoke-program':
      return `${act.kind} ${act.id}`
    case 'quorum':
      return `${act.approvers} others approve ${act.of}`
  }
}

/** The account as what was confirmed makes it. Of whoever becomes somebody else the sessions end. */
export function become(account: Account, act: PeopleAct, at: number): Account {
  const ended = { ...account, generation: account.generation + 1 }
  switch (act.kind) {
    case 'roles': {
      const { practitioner: _, patient: __, represents: ___, ...bare } = ended
      return withNotice({ ...bare, ...standingOf(act) }, { kind: 'roles-changed', at })
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
    case 'quorum':
      return account
  }
}

/** Undefined where it is as it should be now: it may have been so before, when a fault broke off what follows. */
export async function finishProgram(
  act: Extract<PeopleAct, { kind: 'program' | 'revoke-program' }>,
  programs: Pick<Programs, 'register' | 'revoke' | 'keysOf'>,
  who: Who,
): Promise<Refusal | undefined> {
  if (act.kind === 'revoke-program') {
    await programs.revoke(act.id, who)
    return undefined
  }
  const { id, name, scope, purposes, keys, replaces = false } = act
  const wanted = { id, name, scope, keys, ...(purposes === undefined ? {} : { purposes }) }
  const registered = await programs.register(wanted, who, { replace: replaces })
  if (registered === 'registered') return undefined
  const known = (registered === 'taken' && (await programs.keysOf(id))) || []
  const isThere = keys.every((key) => known.some(({ x, n }) => x === key.x && n === key.n))
  return isThere ? undefined : refuse(registered === 'taken' ? 'program-taken' : 'unusable-program')
}
