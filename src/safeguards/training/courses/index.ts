/** The courses there are, and who has to pass which. */
import type { Role } from '#people/index.ts'
import { breach } from './breach.ts'
import type { Course } from './course.ts'
import { dataProtection } from './data-protection.ts'

export type { Course, Question, Text } from './course.ts'

export const courses = { 'data-protection': dataProtection, breach } as const satisfies Record<string, Course>

export type CourseId = keyof typeof courses

export const courseIds = Object.keys(courses) as CourseId[]

export const courseOf = (name: string): CourseId | undefined => courseIds.find((id) => id === name)

const all: readonly CourseId[] = ['data-protection', 'breach']

/** Whoever works here; of those who are cared for nobody asks for a course. */
const assigned: Readonly<Record<Role, readonly CourseId[]>> = {
  physician: all,
  nurse: all,
  reception: all,
  archivist: all,
  laboratory: all,
  billing: all,
  'privacy-officer': all,
  'security-officer': all,
  director: all,
  auditor: all,
  patient: [],
  representative: [],
}

/** In the order in which they are taken. */
export function assignedTo(roles: readonly string[]): CourseId[] {
  return courseIds.filter((id) => roles.some((role) => (assigned[role as Role] ?? all).includes(id)))
}
