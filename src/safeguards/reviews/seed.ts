/** Of an invented hospital: a campaign is open, all but two are certified, and the director manages who cares for patients. */
import type { Seed } from '#kernel/safeguard.ts'
import { begunNow, campaignAt, dayMs, type Campaign, type Schedule } from './campaign.ts'
import { decisionIn, isStaff, nothingYet, subjectsOf, withDecision, type Kept } from './review.ts'
import { scheduleName } from './standing.ts'

/** A demonstration that is started so shortly before the end of a campaign is certified whole: nobody is here to do it. */
const soonDays = 2

export async function seed({ people, programs, rows, who, nowMs }: Seed): Promise<void> {
  const schedule = await rows.change<Schedule, Schedule>(scheduleName, who, (there) => {
    if (there) return { result: there }
    const value = begunNow(nowMs)
    return { write: { value, what: 'campaigns begin, as invented' }, result: value }
  })
  const campaign = campaignAt(schedule, nowMs)
  const staff = people.filter(isStaff)
  const [director] = staff.filter(({ roles }) => roles.includes('director'))
  if (!campaign || !director) return
  const open = new Set(campaign.dueMs - nowMs <= soonDays * dayMs ? [] : leftOpen(staff))
  for (const { id, name, person, accounts } of subjectsOf(staff, programs)) {
    const roles = accounts.flatMap((each) => each.roles)
    const isManaged = ['physician', 'nurse'].some((role) => roles.includes(role))
    const manager = isManaged && person !== director.person ? director.person : undefined
    await rows.change<Kept, void>(id, who, (there) => {
      const known = there ?? { ...nothingYet, ...(manager === undefined ? {} : { manager }) }
      const isDone = decisionIn(known, campaign) !== undefined || open.has(id)
      if (there && isDone) return { result: undefined }
      const value = isDone ? known : withDecision(known, invented(campaign, name, nowMs))
      return {
        write: { value, what: `${id} ${isDone ? 'is managed' : 'certified'}, as invented` },
        result: undefined,
      }
    })
  }
}

/** The second physician, and the last who works at the desk. */
function leftOpen(staff: Seed['people']): string[] {
  const of = (role: string) => staff.filter(({ roles }) => roles.includes(role))
  return [of('physician')[1], of('reception').at(-1)].flatMap((each) => each?.person ?? [])
}

const invented = ({ openedMs }: Campaign, of: string, atMs: number) =>
  ({
    campaignMs: openedMs,
    atMs,
    by: '',
    name: '–',
    of,
    how: 'invented',
    result: 'certified',
    lost: [],
    note: '',
  }) as const
