/** What accounts and programs lose by what a safeguard has found out: never more than they have, and nobody is given anything. */
import type { Narrowing } from '#kernel/safeguard.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { withNotice, type Account } from './accounts/index.ts'
import type { Authority, Change } from './authority/index.ts'
import type { Program } from './programs/index.ts'

/** With fewer nobody could approve what another asks. */
const officersMin = 2
/** Known by this, beside the rows of safeguards. */
const guard = { safeguard: 'people', name: 'officers' } as const

/**
 * To be committed with whatever takes away an officer, or has more of them approve, so that of two at once one comes second. Asked for
 * before they are counted:
 *
 *     one:      asks for it, counts three, takes away Ana ………… committed
 *     another:  asks for it, counts three, takes away Eva ………………… lost: counts again
 */
export async function guardOf(authority: Pick<Authority, 'find'>, at: number): Promise<Change> {
  const name = `${guard.safeguard}/${guard.name}`
  const row = await authority.find('safeguard', name)
  return { kind: 'safeguard', name, value: { ...guard, value: { at } }, ...(row ? { after: row } : {}) }
}

/** Changes to commit with what was found out. `at`: seconds since 1970. */
export async function lossesOf(
  authority: Authority,
  { accounts, programs }: Narrowing,
  at: number,
): Promise<Change[] | Refusal> {
  const changes: Change[] = []
  const after = new Map<string, Account>()
  let isOfOfficer = false
  for (const { actor, loses } of accounts) {
    const id = actor.replace(/^person\//, '')
    const row = await authority.find<Account>('account', id)
    const value = row && narrowed(row.value, loses, at)
    if (!row || value === row.value || !value) continue
    changes.push({ kind: 'account', name: id, value, after: row })
    after.set(id, value)
    isOfOfficer ||= isOfficer(row.value) && !isOfficer(value)
  }
  for (const id of programs) {
    const row = await authority.find<Program>('program', id)
    if (!row || row.value.isRevoked) continue
    changes.push({ kind: 'program', name: id, value: { ...row.value, isRevoked: true }, after: row })
  }
  if (!isOfOfficer) return changes
  const guarding = await guardOf(authority, at)
  const left = new Set<string>()
  for await (const { value } of authority.list<Account>('account')) {
    const account = after.get(value.id) ?? value
    if (isOfficer(account)) left.add(account.person)
  }
  if (left.size < officersMin) return refuse('last-officers')
  return [...changes, guarding]
}

const isOfficer = ({ status, roles }: Account): boolean =>
  status === 'active' && roles.includes('security-officer')

/** The same account where nothing is lost. Its sessions end; with no role left it is suspended. */
function narrowed(account: Account, loses: readonly string[], at: number): Account {
  const roles = account.roles.filter((role) => !loses.includes(role))
  if (roles.length === account.roles.length) return account
  const { practitioner, patient, represents, ...rest } = account
  const isStaff = roles.some((role) => role !== 'patient' && role !== 'representative')
  const value: Account = {
    ...rest,
    roles,
    ...(isStaff && practitioner !== undefined ? { practitioner } : {}),
    ...(roles.includes('patient') && patient !== undefined ? { patient } : {}),
    ...(roles.includes('representative') && represents ? { represents } : {}),
    status: roles.length === 0 ? 'suspended' : account.status,
    generation: account.generation + 1,
  }
  return withNotice(value, { kind: 'roles-changed', at })
}
