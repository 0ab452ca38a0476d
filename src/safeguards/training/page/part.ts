/** One's courses: read, and passed with a quiz; what was wrong is told with its reason. */
import { call, type Reply } from '#page/api.ts'
import { h, told } from '#page/dom.ts'
import { busy, show, tell, tellFailure } from '#page/frame.ts'
import type { Part, PartAsked } from '#page/screens.ts'
import { currentLanguage, dayText, t, type Language } from '#page/text.ts'
import { d } from './text.ts'

type Text = Record<Language, string>

interface CourseSeen {
  course: string
  title: Text
  state: 'needed' | 'passed' | 'lapsed'
  until?: string
  quiz?: string
  waitSeconds: number
}

interface CourseRead {
  course: string
  title: Text
  sections: { title: Text; text: Text }[]
  questions: number
  rightMin: number
}

interface Quiz {
  quiz: string
  course: string
  rightMin: number
  questions: { text: Text; options: Text[] }[]
}

interface Judged {
  isPassed: boolean
  right: number
  of: number
  isTrained: boolean
  until?: string
  waitSeconds: number
  questions: { text: Text; chosen: Text; right: Text; isRight: boolean; why: Text }[]
}

type Back = () => Promise<void>

const say = (text: Text): string => text[currentLanguage()]
const path = '/duties/training'

/** Of whoever has courses to take; first of all while one is to be passed. */
export async function part({ failed, back }: PartAsked): Promise<Part | undefined> {
  const seen = await call<{ isTrained: boolean; courses: CourseSeen[] }>(path)
  failed(seen)
  if (!seen.ok || seen.value.courses.length === 0) return undefined
  const { courses, isTrained } = seen.value
  const rows = courses.map((each) => {
    const { course, title } = each
    const open = h(
      'button',
      { type: 'button', 'aria-label': d('openCourse', { title: say(title) }) },
      d('open'),
    )
    open.addEventListener('click', () => void busy(open, () => showCourse(course, back)))
    if (each.state !== 'passed') open.classList.add('primary')
    return h('li', {}, h('div', {}, h('p', {}, say(title)), h('p', { class: 'hint' }, stateOf(each))), open)
  })
  const element = h(
    'section',
    { 'aria-labelledby': 'courses' },
    h('h2', { id: 'courses' }, d('courses')),
    isTrained
      ? h('p', { class: 'hint' }, d('coursesDone'))
      : told('attention', t('attention'), d('coursesNeeded')),
    h('ul', { class: 'rows' }, ...rows),
  )
  return { element, place: isTrained ? 'below' : 'first' }
}

function stateOf({ state, until = '' }: CourseSeen): string {
  if (state === 'needed') return d('needed')
  return d(state === 'passed' ? 'passedUntil' : 'lapsed', { day: dayText(until) })
}

async function showCourse(course: string, back: Back): Promise<void> {
  const read = await call<CourseRead>(`${path}/courses/${course}`)
  await show(() => {
    if (!read.ok) return failedMain(read, back)
    const { title, sections, questions, rightMin } = read.value
    const main = h('main', {}, h('h1', {}, say(title)))
    const start = h('button', { type: 'button', class: 'primary' }, d('startQuiz'))
    start.addEventListener('click', () => void busy(start, () => beginQuiz(main, read.value, back)))
    main.append(
      ...sections.map((each, n) =>
        h(
          'section',
          { 'aria-labelledby': `part-${n}` },
          h('h2', { id: `part-${n}` }, say(each.title)),
          ...paragraphs(say(each.text)),
        ),
      ),
      h(
        'section',
        { 'aria-labelledby': 'quiz' },
        h('h2', { id: 'quiz' }, d('quiz')),
        h('p', {}, d('quizRules', { questions: String(questions), right: String(rightMin) })),
        h('p', { class: 'hint' }, d('quizHour')),
        h('div', { class: 'acts' }, start, backButton(back)),
      ),
    )
    return main
  })
}

const paragraphs = (text: string): HTMLElement[] => text.split(/\n+/).map((each) => h('p', {}, each))

const backButton = (back: Back): HTMLElement =>
  h('button', { type: 'button', onclick: () => void back() }, t('back'))

function failedMain(reply: Extract<Reply<unknown>, { ok: false }>, back: Back): HTMLElement {
  const main = h('main', {}, h('h1', {}, d('courses')), h('div', { class: 'acts' }, backButton(back)))
  tellFailure(main, reply)
  return main
}

async function beginQuiz(place: HTMLElement, course: CourseRead, back: Back): Promise<void> {
  const begun = await call<Quiz>(`${path}/courses/${course.course}/quiz`, { method: 'POST', body: {} })
  if (!begun.ok) return tellFailure(place, begun)
  // Kept while the language is changed.
  const chosen = new Map<number, number>()
  await show(() => quizMain(course, begun.value, chosen, back))
}

function quizMain(course: CourseRead, quiz: Quiz, chosen: Map<number, number>, back: Back): HTMLElement {
  const { questions } = quiz
  const button = h('button', { type: 'submit', class: 'primary' }, d('send'))
  const fields = questions.map(({ text, options }, n) => {
    const choices = options.map((option, at) => {
      const input = h('input', {
        type: 'radio',
        name: `question-${n}`,
        value: String(at),
        checked: chosen.get(n) === at,
      })
      input.addEventListener('change', () => chosen.set(n, at))
      return h('label', { class: 'choice' }, input, h('span', {}, say(option)))
    })
    return h(
      'fieldset',
      { class: 'card question' },
      h(
        'legend',
        {},
        h('span', { class: 'hint' }, d('questionOf', { n: String(n + 1), of: String(questions.length) })),
        h('span', {}, say(text)),
      ),
      ...choices,
    )
  })
  const form = h('form', { novalidate: true }, ...fields, h('div', { class: 'acts' }, button))
  const main = h(
    'main',
    {},
    h('h1', {}, d('quizOf', { title: say(course.title) })),
    h('p', { class: 'hint' }, d('quizHour')),
    form,
  )
  const send = async (): Promise<void> => {
    const open = questions.findIndex((_, n) => !chosen.has(n))
    if (open >= 0) {
      tell(fields[open]!, 'danger', t('problem'), d('unanswered', { n: String(open + 1) }))
      fields[open]!.querySelector('input')?.focus()
      return
    }
    const answers = questions.map((_, n) => chosen.get(n) ?? 0)
    const judged = await call<Judged>(`${path}/courses/${quiz.course}/answers`, {
      method: 'POST',
      body: { quiz: quiz.quiz, answers },
    })
    if (!judged.ok) return tellFailure(main, judged)
    await show(() => resultMain(course, judged.value, back))
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    for (const each of fields) each.querySelector('.told')?.remove()
    void busy(button, send)
  })
  return main
}

function resultMain(course: CourseRead, judged: Judged, back: Back): HTMLElement {
  const { isPassed, isTrained, right, of, waitSeconds, questions } = judged
  const counts = { right: String(right), of: String(of) }
  const minutes = Math.ceil(waitSeconds / 60)
  const when = minutes === 0 ? d('now') : d('inMinutes', { minutes: String(minutes) })
  const box = isPassed
    ? told('ok', d('passed'), `${d('passedText', counts)} ${d(isTrained ? 'recordsOpen' : 'otherLeft')}`)
    : told('attention', d('failed'), d('failedText', { ...counts, when }))
  const again = h('button', { type: 'button' }, d('readAgain'))
  again.addEventListener('click', () => void busy(again, () => showCourse(course.course, back)))
  return h(
    'main',
    {},
    h('h1', {}, d(isPassed ? 'passed' : 'failed')),
    box,
    ...questions.map(({ text, chosen, right: best, isRight, why }, n) =>
      h(
        'section',
        { 'aria-labelledby': `answer-${n}` },
        h('h2', { id: `answer-${n}` }, `${isRight ? '✓' : '✗'} ${n + 1}. ${say(text)}`),
        h(
          'dl',
          {},
          h('dt', {}, d('yourAnswer')),
          h('dd', {}, `${say(chosen)} (${d(isRight ? 'correct' : 'wrong').toLowerCase()})`),
          ...(isRight ? [] : [h('dt', {}, d('rightAnswer')), h('dd', {}, say(best))]),
        ),
        h('p', { class: 'why' }, say(why)),
      ),
    ),
    h('div', { class: 'acts' }, backButton(back), !isPassed && again),
  )
}
