/** Who is trained, what a quiz is, and how it is judged: no clock, no chance and no database but what is given. Times in milliseconds since 1970. */
import { assignedTo, courses, type CourseId } from './courses/index.ts'

/** What is kept of a person. */
export interface Training {
  passed: Partial<Record<CourseId, Passed>>
  /** Tries of a course that failed since it was last passed. */
  failed: Partial<Record<CourseId, Failed>>
  /** By question: how often it was answered wrong. */
  wrong: Record<string, number>
  /** A quiz that was begun, until it is answered or too old. */
  attempt?: Attempt
}

export interface Passed {
  at: number
  /** From then on it is as if it had not been passed. */
  until: number
  edition: number
  right: number
}

interface Failed {
  times: number
  at: number
}

export interface Attempt {
  /** UUID. */
  id: string
  course: CourseId
  edition: number
  begunAt: number
  /** As drawn: each question, and in which order its options are shown; 0 is the right one. */
  drawn: readonly { question: string; order: readonly number[] }[]
}

export const drawnQuestions = 6
export const rightMin = 5
export const validMonths = 12
const minute = 60_000
/** A quiz that was begun is answered within; one that was not counts as failed, or one could look for an easy one. */
const attemptMs = 60 * minute
/** After so many failed tries in a row one waits so long; after more, as after the last. */
const waitsMs = [0, 1, 5, 15, 60].map((minutes) => minutes * minute)

export const nothingYet: Training = { passed: {}, failed: {}, wrong: {} }

/** Whether all that the roles ask for is passed, and still holds. */
export function isTrained(training: Training | undefined, roles: readonly string[], now: number): boolean {
  return assignedTo(roles).every((course) => isPassed(training?.passed[course], now))
}

export function isPassed(passed: Passed | undefined, now: number): boolean {
  return passed !== undefined && now < passed.until
}

/** A year by the calendar; of the 29th of February the 1st of March. */
export function validUntil(at: number): number {
  const until = new Date(at)
  until.setUTCMonth(until.getUTCMonth() + validMonths)
  return until.getTime()
}

/** How long to wait for the next try. */
export function waitMs({ failed }: Training, course: CourseId, now: number): number {
  const { times = 0, at = 0 } = failed[course] ?? {}
  return Math.max(0, at + waitsMs[Math.min(times, waitsMs.length - 1)]! - now)
}

/** The open one of the course, where there is one. */
export function openAttempt({ attempt }: Training, course: CourseId, now: number): Attempt | undefined {
  if (attempt?.course !== course || attempt.edition !== courses[course].edition) return undefined
  return isOpen(attempt, now) ? attempt : undefined
}

const isOpen = ({ begunAt }: Attempt, now: number): boolean => now < begunAt + attemptMs

/** What was begun and left is failed, as of when its time was over, or as of now where another is begun in its place. */
export function withoutLeft(training: Training, now: number): Training {
  const { attempt, ...rest } = training
  if (!attempt) return training
  const at = Math.min(now, attempt.begunAt + attemptMs)
  return { ...rest, failed: failedOnce(rest.failed, attempt.course, at) }
}

/** `below`: chance, a whole number from 0 to below what is given. */
export function draw(course: CourseId, id: string, now: number, below: (bound: number) => number): Attempt {
  const { edition, questions } = courses[course]
  const drawn = shuffled(questions, below).slice(0, drawnQuestions)
  return {
    id,
    course,
    edition,
    begunAt: now,
    drawn: drawn.map(({ id: question }) => ({ question, order: shuffled([0, 1, 2, 3], below) })),
  }
}

/** Fisher and Yates, as of Durstenfeld (1964). */
function shuffled<Item>(items: readonly Item[], below: (bound: number) => number): Item[] {
  const all = [...items]
  for (let last = all.length - 1; last > 0; last--) {
    const other = below(last + 1)
    ;[all[last], all[other]] = [all[other]!, all[last]!]
  }
  return all
}

export interface Judged {
  training: Training
  isPassed: boolean
  right: number
  /** Of each question: where the right option stood. */
  rightOptions: number[]
}

/** `answers`: of each question in its order, which option was chosen, from 0. */
export function judge(training: Training, attempt: Attempt, answers: readonly number[], now: number): Judged {
  const rightOptions = attempt.drawn.map(({ order }) => order.indexOf(0))
  const isRight = rightOptions.map((option, n) => answers[n] === option)
  const right = isRight.filter(Boolean).length
  const wrong = { ...training.wrong }
  for (const [n, { question }] of attempt.drawn.entries())
    if (!isRight[n]) wrong[question] = (wrong[question] ?? 0) + 1
  const { course, edition } = attempt
  const { attempt: _, ...rest } = training
  const is = right >= rightMin
  const { [course]: __, ...failedOthers } = training.failed
  const next: Training = is
    ? {
        ...rest,
        wrong,
        failed: failedOthers,
        passed: { ...rest.passed, [course]: { at: now, until: validUntil(now), edition, right } },
      }
    : { ...rest, wrong, failed: failedOnce(training.failed, course, now) }
  return { training: next, isPassed: is, right, rightOptions }
}

function failedOnce(failed: Training['failed'], course: CourseId, at: number): Training['failed'] {
  return { ...failed, [course]: { times: (failed[course]?.times ?? 0) + 1, at } }
}
