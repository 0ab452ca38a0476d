/** The routes of training. What is right is in no answer before somebody has answered. */
import { Type, type Static, type TSchema } from 'typebox'
import { randomBytes, randomUuid } from '#kernel/crypto/index.ts'
import { refuse, refuseAs, type Refusal } from '#kernel/outcome.ts'
import type { Endpoint, EndpointContext } from '#kernel/safeguard.ts'
import { assignedTo, courseOf, courses, type CourseId, type Question } from './courses/index.ts'
import {
  draw,
  drawnQuestions,
  isPassed,
  isTrained,
  judge,
  nothingYet,
  openAttempt,
  rightMin,
  waitMs,
  withoutLeft,
  type Attempt,
  type Judged,
  type Training,
} from './training.ts'

const record = <Members extends Record<string, TSchema>>(members: Members) =>
  Type.Object(members, { additionalProperties: false })
const text = record({ es: Type.String(), en: Type.String() })
const uuid = Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })
const time = Type.String({ description: 'ISO 8601, UTC.' })
const course = Type.Enum(Object.keys(courses) as CourseId[])
const state = Type.Enum(['needed', 'passed', 'lapsed'] as const)

const shown = record({
  course,
  title: text,
  state,
  until: Type.Optional(time),
  quiz: Type.Optional(uuid),
  waitSeconds: Type.Integer(),
})
const showAnswer = record({ isTrained: Type.Boolean(), courses: Type.Array(shown) })

const readAnswer = record({
  course,
  title: text,
  sections: Type.Array(record({ title: text, text })),
  questions: Type.Integer({ description: 'That are drawn.' }),
  rightMin: Type.Integer(),
})

const quiz = record({
  quiz: uuid,
  course,
  rightMin: Type.Integer(),
  questions: Type.Array(record({ text, options: Type.Array(text) })),
})

const answers = record({
  quiz: uuid,
  answers: Type.Array(Type.Integer({ minimum: 0, maximum: 3 }), {
    minItems: drawnQuestions,
    maxItems: drawnQuestions,
    description: 'Of each question in its order the option, from 0.',
  }),
})
const judged = record({
  isPassed: Type.Boolean(),
  right: Type.Integer(),
  of: Type.Integer(),
  isTrained: Type.Boolean({ description: 'Whether records are open now.' }),
  until: Type.Optional(time),
  waitSeconds: Type.Integer(),
  questions: Type.Array(record({ text, chosen: text, right: text, isRight: Type.Boolean(), why: text })),
})

const people = record({
  people: Type.Array(
    record({
      login: Type.String(),
      name: Type.String(),
      isTrained: Type.Boolean(),
      courses: Type.Array(record({ course, state, until: Type.Optional(time) })),
    }),
  ),
  hardest: Type.Array(
    record({ question: Type.String(), text, wrong: Type.Integer({ description: 'Answers, of everybody.' }) }),
  ),
})

export const endpoints: Readonly<Record<string, Endpoint>> = {
  show: {
    summary: 'The courses of whoever asks, and which of them are passed.',
    answer: showAnswer,
    act: async (context) => {
      const training = (await context.rows.find<Training>(context.person.person)) ?? nothingYet
      return answered<typeof showAnswer>(seen(training, context))
    },
  },

  read: {
    summary: 'What a course teaches.',
    answer: readAnswer,
    act: async ({ params, person }) => {
      const id = assignedOf(params, person.roles)
      if (!id) return refuse('not-found')
      const { title, sections } = courses[id]
      return answered<typeof readAnswer>({
        course: id,
        title,
        sections: [...sections],
        questions: drawnQuestions,
        rightMin,
      })
    },
  },

  take: {
    summary: 'Begins a quiz of questions that are drawn, or gives the one that was begun.',
    answer: quiz,
    act: async ({ params, person, rows, who, nowMs }) => {
      const id = assignedOf(params, person.roles)
      if (!id) return refuse('not-found')
      const begun = await rows.change<Training, Attempt | Refusal>(
        person.person,
        who,
        (there = nothingYet) => {
          const open = openAttempt(there, id, nowMs)
          if (open) return { result: open }
          const training = withoutLeft(there, nowMs)
          const wait = waitMs(training, id, nowMs)
          if (wait > 0) return { result: tooSoon(wait) }
          const attempt = draw(id, randomUuid(), nowMs, below)
          return {
            write: { value: { ...training, attempt }, what: `${person.person} begins ${id}` },
            result: attempt,
          }
        },
      )
      return 'status' in begun ? begun : answered<typeof quiz>(quizOf(begun))
    },
  },

  answer: {
    summary: 'Answers a quiz: says at once whether it is passed, what was right, and why.',
    body: answers,
    answer: judged,
    act: async (context, body: Static<typeof answers>) => {
      const { params, person, rows, who, nowMs } = context
      const id = assignedOf(params, person.roles)
      if (!id) return refuse('not-found')
      const done = await rows.change<Training, { attempt: Attempt; judged: Judged } | Refusal>(
        person.person,
        who,
        (there = nothingYet) => {
          const attempt = openAttempt(there, id, nowMs)
          if (attempt?.id !== body.quiz) return { result: notBegun }
          const judged = judge(there, attempt, body.answers, nowMs)
          const { right } = judged
          const until = judged.training.passed[id]?.until
          const what = `${person.person} ${judged.isPassed ? 'passed' : 'did not pass'} ${id}, ${right} of ${drawnQuestions}`
          const ends = judged.isPassed && until !== undefined ? `, until ${isoOf(until)}` : ''
          return { write: { value: judged.training, what: what + ends }, result: { attempt, judged } }
        },
      )
      return 'status' in done ? done : answered<typeof judged>(judgedSeen(done, body.answers, context))
    },
  },

  people: {
    summary:
      'Who is trained and until when, and which questions are answered wrong; for officers and the director.',
    answer: people,
    act: async ({ person, rows, everybody, nowMs }) => {
      if (!person.roles.some((role) => overseers.has(role))) return refuse('forbidden')
      const kept = new Map<string, Training>()
      for await (const { name, value } of rows.list<Training>()) kept.set(name, value)
      const told: Static<typeof people>['people'] = []
      for await (const { person: human, login, name, roles } of everybody()) {
        const assigned = assignedTo(roles)
        if (assigned.length === 0) continue
        const training = kept.get(human) ?? nothingYet
        told.push({
          login,
          name,
          isTrained: isTrained(training, roles, nowMs),
          courses: assigned.map((course) => ({ course, ...stateOf(training, course, nowMs) })),
        })
      }
      return answered<typeof people>({
        people: told.toSorted((a, b) => a.name.localeCompare(b.name, 'es')),
        hardest: hardestOf([...kept.values()]),
      })
    },
  },
}

const overseers: ReadonlySet<string> = new Set(['privacy-officer', 'security-officer', 'director'])

const answered = <Schema extends TSchema>(value: Static<Schema>) => ({
  status: 'answer' as const,
  value: value as object,
})

const notBegun = refuseAs('quiz-not-begun', {
  es: 'No hay un cuestionario empezado con ese número, o ya pasó su hora: hay que empezarlo de nuevo.',
  en: 'No quiz of that number was begun, or its hour is over: begin it again.',
})

const tooSoon = (ms: number) => refuse('too-many-tries', {}, { retryAfterSeconds: Math.ceil(ms / 1000) })

/** What nobody has to take, nobody is given. */
function assignedOf(
  { id: name = '' }: EndpointContext['params'],
  roles: readonly string[],
): CourseId | undefined {
  const id = courseOf(name)
  return id && assignedTo(roles).includes(id) ? id : undefined
}

function seen(training: Training, { person: { roles }, nowMs }: EndpointContext): Static<typeof showAnswer> {
  return {
    isTrained: isTrained(training, roles, nowMs),
    courses: assignedTo(roles).map((course) => {
      const open = openAttempt(training, course, nowMs)
      return {
        course,
        title: courses[course].title,
        ...stateOf(training, course, nowMs),
        ...(open ? { quiz: open.id } : {}),
        waitSeconds: Math.ceil(waitMs(training, course, nowMs) / 1000),
      }
    }),
  }
}

function stateOf(
  { passed }: Training,
  course: CourseId,
  nowMs: number,
): { state: Static<typeof state>; until?: string } {
  const own = passed[course]
  if (!own) return { state: 'needed' }
  return { state: isPassed(own, nowMs) ? 'passed' : 'lapsed', until: isoOf(own.until) }
}

function quizOf({ id, course, drawn }: Attempt): Static<typeof quiz> {
  const questions = drawn.map(({ question, order }) => {
    const { text, right, wrong } = questionOf(course, question)
    const options = [right, ...wrong]
    return { text, options: order.map((n) => options[n]!) }
  })
  return { quiz: id, course, rightMin, questions }
}

function judgedSeen(
  { attempt, judged: made }: { attempt: Attempt; judged: Judged },
  chosen: readonly number[],
  { person: { roles }, nowMs }: EndpointContext,
): Static<typeof judged> {
  const { training, isPassed: is, right, rightOptions } = made
  const { course } = attempt
  const until = is ? training.passed[course]?.until : undefined
  return {
    isPassed: is,
    right,
    of: drawnQuestions,
    isTrained: isTrained(training, roles, nowMs),
    ...(until === undefined ? {} : { until: isoOf(until) }),
    waitSeconds: Math.ceil(waitMs(training, course, nowMs) / 1000),
    questions: quizOf(attempt).questions.map(({ text, options }, n) => ({
      text,
      chosen: options[chosen[n]!]!,
      right: options[rightOptions[n]!]!,
      isRight: chosen[n] === rightOptions[n],
      why: questionOf(course, attempt.drawn[n]!.question).why,
    })),
  }
}

function questionOf(course: CourseId, id: string): Question {
  const found = courses[course].questions.find((each) => each.id === id)
  if (!found) throw new Error(`the course ${course} has no question ${id}`)
  return found
}

/** Shown at most. */
const hardestMax = 10

function hardestOf(trainings: readonly Training[]): Static<typeof people>['hardest'] {
  const questions = Object.values(courses).flatMap((each): readonly Question[] => each.questions)
  return questions
    .map(({ id, text }) => ({
      question: id,
      text,
      wrong: trainings.reduce((sum, { wrong }) => sum + (wrong[id] ?? 0), 0),
    }))
    .filter(({ wrong }) => wrong > 0)
    .toSorted((a, b) => b.wrong - a.wrong)
    .slice(0, hardestMax)
}

const isoOf = (ms: number): string => new Date(ms).toISOString()

/** Of bounds so small, 32 bits are as good as even. */
const below = (bound: number): number => Buffer.from(randomBytes(4)).readUInt32BE() % bound
