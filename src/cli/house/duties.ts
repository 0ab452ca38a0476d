/** What safeguards do by themselves, and what they have to say of how things stand. */
import type { Logger } from 'pino'
import type { Looking, SafeguardFinding } from '#kernel/safeguard.ts'
import { everybody, notify, programsSeen, type People } from '#people/index.ts'
import { safeguards } from '#safeguards/all.ts'
import { itself } from './ledger.ts'

export type DutyParts = Pick<People, 'accounts' | 'programs' | 'rows' | 'seconds'>

/** Each by itself: of one that fails the others go on, and the next hour does it. */
export async function tendDuties(people: DutyParts, logger: Logger): Promise<void> {
  const { actor, client, address } = itself
  const who = { actor, client, address }
  for (const { name, tend } of safeguards) {
    const house = lookingOf(people, name)
    try {
      await tend?.({
        ...house,
        who,
        notify: (whom, notice) => notify(people.accounts, { who, nowMs: house.nowMs }, whom, notice),
      })
    } catch (error) {
      logger.error({ safeguard: name, name: (error as Error).name }, 'tending failed')
    }
  }
}

export interface DutyFinding extends SafeguardFinding {
  check: string
}

/** For `doctor`. */
export async function dutyFindings(people: DutyParts): Promise<DutyFinding[]> {
  const found: DutyFinding[] = []
  for (const { name, checks } of safeguards) {
    const finding = await checks?.(lookingOf(people, name))
    if (finding) found.push({ check: name, ...finding })
  }
  return found
}

const lookingOf = ({ accounts, programs, rows, seconds }: DutyParts, name: string): Looking => ({
  rows: rows(name),
  everybody: () => everybody(accounts),
  programs: () => programsSeen(programs),
  nowMs: seconds() * 1000,
})
