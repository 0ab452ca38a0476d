/** What the commands of training do, by its own routes. */
import type { Terminal, TerminalSaid } from '#kernel/safeguard.ts'
import type { Text } from './courses/index.ts'

interface CourseTold {
  course: string
  title: Text
  state: 'needed' | 'passed' | 'lapsed'
  until?: string
  quiz?: string
  waitSeconds: number
}

interface QuizTold {
  quiz: string
  course: string
  rightMin: number
  questions: { text: Text; options: Text[] }[]
}

export async function show(terminal: Terminal): Promise<TerminalSaid> {
  const { language, ask } = terminal
  const shown = await ask<{ isTrained: boolean; courses: CourseTold[] }>('GET', '')
  if (shown.status !== 'ok') return shown
  const { courses, isTrained } = shown.value
  const [next] = courses.filter(({ state }) => state !== 'passed')
  return said(
    shown.value,
    courses.map(
      ({ course, title, ...rest }) =>
        `${course.padEnd(16)} ${stateText(rest, language).padEnd(28)} ${title[language]}`,
    ),
    next && !isTrained
      ? {
          es: `Falta aprobar: los expedientes no se le abren. Léalo con sigilo training read ${next.course}, y empiece con sigilo training take ${next.course}`,
          en: `There is one to pass: records do not open to you. Read it with sigilo training read ${next.course}, and begin with sigilo training take ${next.course}`,
        }
      : undefined,
  )
}

export async function read(terminal: Terminal): Promise<TerminalSaid> {
  const { language, ask, words } = terminal
  const [course, more] = words
  if (!isCourse(course) || more !== undefined) return usage(courseUsage)
  const told = await ask<{ title: Text; sections: { title: Text; text: Text }[] }>(
    'GET',
    `/courses/${course}`,
  )
  if (told.status !== 'ok') return told
  const { title, sections } = told.value
  return said(told.value, [
    title[language],
    ...sections.flatMap((each) => ['', each.title[language], each.text[language]]),
  ])
}

export async function take(terminal: Terminal): Promise<TerminalSaid> {
  const { language, ask, words } = terminal
  const [course, more] = words
  if (!isCourse(course) || more !== undefined) return usage(courseUsage)
  const told = await ask<QuizTold>('POST', `/courses/${course}/quiz`)
  if (told.status !== 'ok') return told
  const { questions, rightMin } = told.value
  return said(
    told.value,
    questions.flatMap(({ text, options }, n) => [
      `${n + 1}. ${text[language]}`,
      ...options.map((option, at) => `   ${letters[at]}) ${option[language]}`),
      '',
    ]),
    {
      es: `Se aprueba con ${rightMin} de ${questions.length}. Conteste con las letras en su orden, por ejemplo: sigilo training answer ${course} ${'bacdab'.slice(0, questions.length)}`,
      en: `${rightMin} of ${questions.length} pass. Answer with the letters in their order, for example: sigilo training answer ${course} ${'bacdab'.slice(0, questions.length)}`,
    },
  )
}

interface JudgedTold {
  isPassed: boolean
  isTrained: boolean
  right: number
  of: number
  until?: string
  waitSeconds: number
  questions: { text: Text; chosen: Text; right: Text; isRight: boolean; why: Text }[]
}

export async function answer(terminal: Terminal): Promise<TerminalSaid> {
  const { language, ask, words } = terminal
  const [course, chosen = '', more] = words
  const answers = [...chosen.toLowerCase()].map((letter) => letters.indexOf(letter))
  if (!isCourse(course) || more !== undefined || answers.length === 0 || answers.includes(-1))
    return usage(answerUsage)
  const shown = await ask<{ courses: CourseTold[] }>('GET', '')
  if (shown.status !== 'ok') return shown
  const quiz = shown.value.courses.find((each) => each.course === course)?.quiz
  if (quiz === undefined) return usage(notBegun(course))
  const told = await ask<JudgedTold>('POST', `/courses/${course}/answers`, { quiz, answers })
  if (told.status !== 'ok') return told
  const { questions, isPassed, right, of, isTrained, waitSeconds } = told.value
  return said(
    told.value,
    questions.flatMap(({ text, chosen, right: best, isRight, why }, n) => [
      `${isRight ? '✓' : '✗'} ${n + 1}. ${text[language]}`,
      ...(isRight ? [] : [`   ${chose[language]}: ${chosen[language]}`]),
      `   ${rightOne[language]}: ${best[language]}`,
      `   ${why[language]}`,
    ]),
    isPassed
      ? {
          es: `Aprobado: ${right} de ${of}.${isTrained ? ' Los expedientes ya se le abren.' : ' Falta el otro curso: sigilo training show'}`,
          en: `Passed: ${right} of ${of}.${isTrained ? ' Records open to you now.' : ' The other course is left: sigilo training show'}`,
        }
      : {
          es: `No aprobado: ${right} de ${of}. Puede intentarlo otra vez en ${minutesOf(waitSeconds)} min, con otras preguntas.`,
          en: `Not passed: ${right} of ${of}. You may try again in ${minutesOf(waitSeconds)} min, with other questions.`,
        },
  )
}

interface PeopleTold {
  people: { login: string; name: string; isTrained: boolean; courses: Omit<CourseTold, 'title'>[] }[]
  hardest: { text: Text; wrong: number }[]
}

export async function people(terminal: Terminal): Promise<TerminalSaid> {
  const { language, ask } = terminal
  const told = await ask<PeopleTold>('GET', '/people')
  if (told.status !== 'ok') return told
  const { people, hardest } = told.value
  return said(told.value, [
    ...people.map(({ login, name, isTrained, courses }) => {
      const each = courses.map(({ course, ...rest }) => `${course} ${stateText(rest, language)}`)
      return `${isTrained ? '✓' : '✗'} ${login.padEnd(24)} ${name}  [${each.join('; ')}]`
    }),
    ...(hardest.length > 0 ? ['', hardestText[language]] : []),
    ...hardest.map(({ text, wrong }) => `${String(wrong).padStart(4)}  ${text[language]}`),
  ])
}

const letters = ['a', 'b', 'c', 'd']
const isCourse = (word: string | undefined): word is string =>
  word !== undefined && /^[a-z-]{1,40}$/.test(word)
const minutesOf = (seconds: number): number => Math.ceil(seconds / 60)

function stateText({ state, until }: Pick<CourseTold, 'state' | 'until'>, language: 'es' | 'en'): string {
  const day = until?.slice(0, 10) ?? ''
  return {
    needed: { es: 'falta', en: 'to be passed' },
    passed: { es: `aprobado hasta ${day}`, en: `passed until ${day}` },
    lapsed: { es: `venció el ${day}`, en: `lapsed on ${day}` },
  }[state][language]
}

const said = (json: unknown, lines: string[], note?: Text): TerminalSaid => ({
  status: 'ok',
  value: { json, lines, ...(note ? { note } : {}) },
})
const usage = (text: Text): TerminalSaid => ({ status: 'usage', text })

const chose: Text = { es: 'Usted eligió', en: 'You chose' }
const rightOne: Text = { es: 'Correcta', en: 'Right' }
const hardestText: Text = { es: 'Lo que más se falla:', en: 'Answered wrong most:' }
const courseUsage: Text = {
  es: 'Diga qué curso: uno de los que muestra sigilo training show.',
  en: 'Say which course: one of those that sigilo training show has.',
}
const answerUsage: Text = {
  es: 'Diga el curso y una letra por pregunta, de la a a la d: sigilo training answer CURSO bacdab',
  en: 'Say the course and a letter for each question, from a to d: sigilo training answer COURSE bacdab',
}
const notBegun = (course: string): Text => ({
  es: `No hay un cuestionario empezado. Empiécelo: sigilo training take ${course}`,
  en: `No quiz was begun. Begin it: sigilo training take ${course}`,
})
