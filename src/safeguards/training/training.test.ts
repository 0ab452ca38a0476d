/** Rules of training, and what is taught. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { courses, type Course } from './courses/index.ts'
import {
  draw,
  drawnQuestions,
  isTrained,
  judge,
  nothingYet,
  openAttempt,
  validUntil,
  waitMs,
  withoutLeft,
  type Training,
} from './training.ts'

const minute = 60_000
const now = Date.UTC(2026, 10, 23, 12)
/** Chance that is always the same. */
const below = (bound: number) => bound - 1

test('what is passed holds for a year by the calendar', () => {
  const cases: [at: string, until: string][] = [
    ['2026-11-23T12:00:00.000Z', '2027-11-23T12:00:00.000Z'],
    ['2028-02-29T08:00:00.000Z', '2029-03-01T08:00:00.000Z'],
    ['2026-12-31T23:59:59.999Z', '2027-12-31T23:59:59.999Z'],
  ]
  for (const [at, until] of cases) assert.equal(new Date(validUntil(Date.parse(at))).toISOString(), until)
})

test('who is trained: all courses of all roles, until the moment at which one ends', () => {
  const until = now + minute
  const one = { at: now, until, edition: 1, right: 6 }
  const half: Training = { ...nothingYet, passed: { breach: one } }
  const both: Training = { ...half, passed: { breach: one, 'data-protection': { ...one, until: until + 1 } } }
  const cases: [training: Training | undefined, roles: string[], at: number, is: boolean][] = [
    [undefined, ['nurse'], now, false],
    [half, ['nurse'], now, false],
    [both, ['nurse'], now, true],
    [both, ['nurse'], until - 1, true],
    [both, ['nurse'], until, false],
    [undefined, ['patient'], now, true],
    [undefined, ['patient', 'representative'], now, true],
    [undefined, ['patient', 'nurse'], now, false],
    // A role that nobody thought of is no way around.
    [undefined, ['astronaut'], now, false],
  ]
  for (const [training, roles, at, is] of cases)
    assert.equal(isTrained(training, roles, at), is, `${roles} ${at - now}`)
})

test('a quiz is judged by what was drawn; wrong answers are counted by question', () => {
  const attempt = draw('breach', 'a', now, below)
  const right = attempt.drawn.map(({ order }) => order.indexOf(0))
  const wrong = (count: number) => right.map((option, n) => (n < count ? (option + 1) % 4 : option))
  const begun: Training = { ...nothingYet, attempt }
  for (const [mistakes, isPassed] of [
    [0, true],
    [1, true],
    [2, false],
    [6, false],
  ] as const) {
    const judged = judge(begun, attempt, wrong(mistakes), now)
    assert.deepEqual([judged.isPassed, judged.right], [isPassed, drawnQuestions - mistakes])
    assert.equal(judged.training.attempt, undefined, 'it is answered once')
    assert.deepEqual(
      judged.training.wrong,
      Object.fromEntries(attempt.drawn.slice(0, mistakes).map(({ question }) => [question, 1])),
    )
    assert.equal(judged.training.passed.breach?.until, isPassed ? validUntil(now) : undefined)
  }
  const [first, again] = [judge(begun, attempt, wrong(3), now), judge(begun, attempt, wrong(3), now)]
  assert.deepEqual(first, again)
  assert.equal(judge(begun, attempt, [], now).right, 0, 'what is not answered is wrong')
})

test('what is failed, or left, waits: longer each time, and never longer than an hour', () => {
  let training = nothingYet
  const waits = [0, 1, 5, 15, 60, 60].map((minutes) => minutes * minute)
  for (const wait of waits) {
    assert.equal(waitMs(training, 'breach', now), wait)
    assert.equal(waitMs(training, 'data-protection', now), 0, 'each course by itself')
    training = judge(training, draw('breach', 'a', now, below), [], now).training
  }
  const attempt = draw('breach', 'a', now, below)
  const left: Training = { ...nothingYet, attempt }
  assert.equal(openAttempt(left, 'breach', now + 59 * minute), attempt)
  assert.equal(openAttempt(left, 'data-protection', now), undefined)
  assert.equal(openAttempt(left, 'breach', now + 60 * minute), undefined)
  const after = withoutLeft(left, now + 70 * minute)
  assert.deepEqual(after.failed.breach, { times: 1, at: now + 60 * minute })
  // Left for the other course, so as to draw again.
  assert.equal(waitMs(withoutLeft(left, now + minute), 'breach', now + minute), minute)
  const failed = judge(nothingYet, attempt, [], now).training
  const right = attempt.drawn.map(({ order }) => order.indexOf(0))
  assert.equal(waitMs(judge(failed, attempt, right, now).training, 'breach', now), 0, 'until it is passed')
})

test('what is drawn differs, and every question and every order may come', () => {
  const seen = new Set<string>()
  const firsts = new Set<number>()
  let seed = 1
  // Park and Miller (1988).
  const random = (bound: number) => (seed = (seed * 48_271) % 2_147_483_647) % bound
  for (let times = 0; times < 300; times++) {
    const { drawn } = draw('data-protection', 'a', now, random)
    assert.equal(new Set(drawn.map(({ question }) => question)).size, drawnQuestions)
    for (const { question, order } of drawn) {
      seen.add(question)
      firsts.add(order.indexOf(0))
      assert.deepEqual(order.toSorted(), [0, 1, 2, 3])
    }
  }
  assert.equal(seen.size, courses['data-protection'].questions.length)
  assert.deepEqual([...firsts].toSorted(), [0, 1, 2, 3])
})

test('courses are whole: both languages, four different options, each question its own', () => {
  const ids = new Set<string>()
  for (const course of Object.values(courses) as Course[]) {
    assert.ok(course.questions.length >= 2 * drawnQuestions)
    const texts = [course.title, ...course.sections.flatMap(({ title, text }) => [title, text])]
    for (const { id, text, right, wrong, why } of course.questions) {
      assert.ok(!ids.has(id), id)
      ids.add(id)
      for (const language of ['es', 'en'] as const)
        assert.equal(new Set([right, ...wrong].map((each) => each[language])).size, 4, id)
      texts.push(text, right, ...wrong, why)
    }
    // Whoever always takes the longest does not pass by it.
    for (const language of ['es', 'en'] as const) {
      const longest = course.questions.filter(({ right, wrong }) =>
        wrong.every((each) => each[language].length < right[language].length),
      )
      assert.ok(longest.length <= 3, longest.map(({ id }) => id).join())
    }
    for (const { es, en } of texts) assert.ok(es.trim() !== '' && en.trim() !== '', es)
  }
})
