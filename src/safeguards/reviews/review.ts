/** Whose access is reviewed, by whom, and how it stands: no clock and no database. Times in milliseconds since 1970. */
import type { SafeguardPerson, SafeguardProgram } from '#kernel/safeguard.ts'
import type { Campaign } from './campaign.ts'

/** What is kept of a human, under their UUID, and of a program, under `program:` and its id. */
export interface Kept {
  /** UUID of the human who reviews them; none named: an officer. */
  manager?: string
  /** Oldest first. */
  decisions: readonly Decision[]
  /** The campaign, by when it opened, in which there was nobody who could have answered. */
  heldMs?: number
}

export interface Decision {
  /** When the campaign opened. */
  campaignMs: number
  atMs: number
  /** UUID of the human. */
  by: string
  name: string
  /** The name of whom it was about. */
  of: string
  how: 'signed' | 'attested' | 'invented'
  result: 'certified' | 'narrowed' | 'revoked'
  /** Roles that were taken away, each with its login. */
  lost: readonly string[]
  note: string
}

export const nothingYet: Kept = { decisions: [] }

/** Of those that are kept: the ledger has all. */
const decisionsMax = 12

export const withDecision = (kept: Kept, decision: Decision): Kept => ({
  ...kept,
  decisions: [...kept.decisions, decision].slice(-decisionsMax),
})

/** When somebody else last said that they should have it, or nobody could. */
export const certifiedMs = ({ decisions, heldMs = 0 }: Kept): number =>
  Math.max(decisions.at(-1)?.atMs ?? 0, heldMs)

/** Whose access is reviewed: a human with all their accounts, or a program. */
export interface Subject {
  /** As its row is named. */
  id: string
  name: string
  /** UUID of the human. */
  person?: string
  accounts: readonly SafeguardPerson[]
  program?: SafeguardProgram
}

export const programId = (id: string): string => `program:${id}`

/** Patients, and who answers for them, have what is their own right: nobody reviews that. */
export const isWork = (role: string): boolean => role !== 'patient' && role !== 'representative'

export const isStaff = ({ roles }: Pick<SafeguardPerson, 'roles'>): boolean => roles.some(isWork)

/** Who reviews whoever has no manager, and programs. */
const officers = ['director', 'security-officer']
export const isOfficer = ({ roles }: Pick<SafeguardPerson, 'roles'>): boolean =>
  roles.some((role) => officers.includes(role))

/** Who sees how all stand. */
const overseers = [...officers, 'privacy-officer', 'auditor']
export const isOverseer = ({ roles }: Pick<SafeguardPerson, 'roles'>): boolean =>
  roles.some((role) => overseers.includes(role))

/** Everybody who works here, each human once, in the order of their names; then programs. */
export function subjectsOf(
  people: readonly SafeguardPerson[],
  programs: readonly SafeguardProgram[],
): Subject[] {
  const humans = Map.groupBy(people.filter(isStaff), ({ person }) => person)
  return [
    ...[...humans].map(([person, found]): Subject => {
      const accounts = found.toSorted(
        (a, b) => (a.sinceMs ?? 0) - (b.sinceMs ?? 0) || (a.login < b.login ? -1 : 1),
      )
      return { id: person, name: accounts[0]!.name, person, accounts }
    }),
    ...programs.map((program): Subject => ({
      id: programId(program.id),
      name: program.name,
      accounts: [],
      program,
    })),
  ].toSorted((a, b) => Number(!a.person) - Number(!b.person) || a.name.localeCompare(b.name, 'es'))
}

/**
 * Who may answer, of everybody as they are now: the manager, or where none is named that still works here, and once the time is over, an officer;
 * never the human themselves, by whichever account.
 */
export function reviewersOf(
  subject: Subject,
  { manager }: Kept,
  people: readonly SafeguardPerson[],
  isOver: boolean,
): SafeguardPerson[] {
  const others = people.filter((each) => each.person !== subject.person && isStaff(each))
  const managers = manager === undefined ? [] : others.filter(({ person }) => person === manager)
  const all = managers.length === 0 || isOver ? others.filter(isOfficer) : []
  return [...managers, ...all.filter((each) => !managers.includes(each))]
}

/** Of one reviewed in this campaign. */
export const decisionIn = ({ decisions }: Kept, { openedMs }: Campaign): Decision | undefined =>
  decisions.findLast(({ campaignMs }) => campaignMs === openedMs)

export type State = 'waiting' | 'expired' | 'held' | 'certified' | 'narrowed' | 'revoked' | 'new'

export const states: readonly State[] = [
  'waiting',
  'expired',
  'held',
  'certified',
  'narrowed',
  'revoked',
  'new',
]

/** How it stands in a campaign; `new`: came since it opened. */
export function stateOf(subject: Subject, kept: Kept, campaign: Campaign, nowMs: number): State {
  const decision = decisionIn(kept, campaign)
  if (decision) return decision.result
  const sinceMs = (since: number | undefined) => since ?? 0
  const oldestMs = Math.min(
    ...subject.accounts.map((each) => sinceMs(each.sinceMs)),
    ...(subject.program ? [sinceMs(subject.program.sinceMs)] : []),
  )
  if (oldestMs >= campaign.openedMs) return 'new'
  if (kept.heldMs === campaign.openedMs) return 'held'
  return nowMs < campaign.dueMs ? 'waiting' : 'expired'
}

/** Still to be answered. */
export const isUnanswered = (state: State): boolean =>
  state === 'waiting' || state === 'expired' || state === 'held'

/** Whether the one who answers was reviewed by this very human in this campaign: the two would vouch for one another. */
export const isMutual = ({ person }: Subject, reviewer: Decision | undefined): boolean =>
  person !== undefined && reviewer?.by === person
