/** Of an invented hospital: whoever works there is trained, except one nurse, on whom the gate can be seen. */
import type { Seed } from '#kernel/safeguard.ts'
import { assignedTo, courses } from './courses/index.ts'
import { drawnQuestions, nothingYet, validUntil, type Training } from './training.ts'

export async function seed({ people, rows, who, nowMs }: Seed): Promise<void> {
  const nurses = people.filter(({ roles }) => roles.includes('nurse'))
  const untrained = nurses.length > 1 ? nurses.at(-1)?.person : undefined
  for (const { person, roles } of people) {
    const assigned = assignedTo(roles)
    if (assigned.length === 0 || person === untrained || (await rows.find<Training>(person))) continue
    const passed = assigned.map((course) => {
      const { edition } = courses[course]
      return [course, { at: nowMs, until: validUntil(nowMs), edition, right: drawnQuestions }] as const
    })
    const value: Training = { ...nothingYet, passed: Object.fromEntries(passed) }
    // Another server over the same database may have been faster.
    await rows.change<Training, void>(person, who, (there) => ({
      ...(there ? {} : { write: { value, what: `${person} passed ${assigned.join(', ')}, as invented` } }),
      result: undefined,
    }))
  }
}
