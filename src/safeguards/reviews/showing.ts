/** What a reviewer has before them: what somebody has, and what of it was used, as it is hashed and signed. */
import type { Uses } from '#kernel/ledger/index.ts'
import type { EndpointContext } from '#kernel/safeguard.ts'
import { canonical, hashOf } from '#people/index.ts'
import { monthsLater, monthsMax, type Campaign } from './campaign.ts'
import {
  certifiedMs,
  decisionIn,
  isMutual,
  isWork,
  type Decision,
  type Kept,
  type Subject,
} from './review.ts'
import type { ShownItem, UsesTold } from './schemas.ts'
import type { Item } from './standing.ts'

export type Shown = Pick<ShownItem, 'from' | 'until' | 'accounts' | 'program' | 'holds'>

type Asked = Pick<EndpointContext, 'uses' | 'holds'>

/** What was used since it was certified last, to a moment. */
export async function shownOf(
  { uses, holds }: Asked,
  { subject, kept }: Pick<Item, 'subject' | 'kept'>,
  { openedMs }: Campaign,
  untilMs: number,
): Promise<Shown> {
  const fromMs = certifiedMs(kept) || monthsLater(openedMs, -monthsMax)
  const used = async (actor: string) => usesTold(await uses(actor, { fromMs, toMs: untilMs }))
  const { person, program } = subject
  const accounts: ShownItem['accounts'] = []
  for (const { actor = '', login, roles, sinceMs } of subject.accounts) {
    const theirs = await used(actor)
    const own = roles.filter(isWork).map((role) => ({ role, isUsed: isUsed(role, theirs) }))
    accounts.push({ account: actor, login, ...sinceOf(sinceMs), roles: own, used: theirs })
  }
  return {
    from: isoOf(fromMs),
    until: isoOf(untilMs),
    accounts: accounts.toSorted((a, b) => (a.login < b.login ? -1 : 1)),
    ...(program
      ? {
          program: {
            id: program.id,
            scope: program.scope,
            ...(program.purposes ? { purposes: [...program.purposes] } : {}),
            ...sinceOf(program.sinceMs),
            used: await used(program.id),
          },
        }
      : {}),
    holds: person === undefined ? [] : (await holds(person)).map(({ es, en }) => ({ es, en })),
  }
}

/** By which two looks are known to be of the same. */
export const hashOfShown = (subject: Subject, { openedMs }: Campaign, shown: Shown): string =>
  hashOf(canonical({ of: ofSubject(subject), campaign: isoOf(openedMs), shown }))

/** Whom an act is about, as it is signed. */
export const ofSubject = ({ person, program }: Subject): { person: string } | { program: string } =>
  person === undefined ? { program: program?.id ?? '' } : { person }

/** Of whose role nothing is known to be done, it was used where they were here at all. */
function isUsed(role: string, { patients, ledger, approvals, changes, signIns }: UsesTold): boolean {
  switch (role) {
    case 'auditor':
    case 'privacy-officer':
      return ledger + approvals > 0
    case 'security-officer':
      return approvals + changes > 0
    case 'director':
      return signIns > 0
    default:
      return patients > 0
  }
}

function usesTold({ lastSignInMs, ...counts }: Uses): UsesTold {
  return { ...counts, ...(lastSignInMs === undefined ? {} : { lastSignIn: isoOf(lastSignInMs) }) }
}

const sinceOf = (sinceMs: number | undefined) => (sinceMs === undefined ? {} : { since: isoOf(sinceMs) })

export const isoOf = (ms: number): string => new Date(ms).toISOString()

/** An item in few words. `keptOf`: of a human who decided something, how they were reviewed themselves. */
export function briefOf(
  { subject, kept, state, reviewers }: Item,
  campaign: Campaign,
  { person, managerName, keptOf }: BriefParts,
) {
  const { id, name, accounts, program } = subject
  const decision = decisionIn(kept, campaign)
  const names = [...new Set(reviewers.map((each) => each.name))]
  return {
    id,
    name,
    logins: accounts.map(({ login }) => login),
    roles: [...new Set(accounts.flatMap(({ roles }) => roles.filter(isWork)))],
    ...(program ? { scope: program.scope } : {}),
    state,
    ...(managerName === undefined ? {} : { manager: managerName }),
    reviewers: names,
    isYours: reviewers.some((each) => each.person === person),
    ...(decision ? { decision: decisionSeen(decision, subject, campaign, keptOf) } : {}),
  }
}

export interface BriefParts {
  person: string
  managerName: string | undefined
  keptOf: (person: string) => Kept | undefined
}

export function decisionSeen(
  { atMs, by, name, how, result, lost, note }: Decision,
  subject: Subject,
  campaign: Campaign,
  keptOf: BriefParts['keptOf'],
) {
  const theirs = keptOf(by)
  return {
    at: isoOf(atMs),
    by: name,
    how,
    result,
    lost: [...lost],
    note,
    isMutual: isMutual(subject, theirs && decisionIn(theirs, campaign)),
  }
}
