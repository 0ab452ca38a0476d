/** Who has not passed reads no record; passing opens it at once; a year later it closes by itself. Over HTTP, as people meet it. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { connect } from '#kernel/db/index.ts'
import type { PersonAsking, Principal, Role } from '#people/index.ts'
import { verifyRecords, type RecordFinding } from '#records/index.ts'
import { testPeople } from '#test/kit/people.ts'
import { bodyOf, tester, testVault, timeZone, type TestVault } from '#test/kit/vault.ts'
import { running } from '../../../test/e2e/http-kit.ts'
import { safeguards } from '../all.ts'
import { courses, type Text } from './courses/index.ts'

const start = Date.UTC(2026, 10, 23, 12)
const minute = 60_000
let now = start

const uuid = (n: number) => `00000000-0000-4000-8000-00000000000${n}`

function person(n: number, login: string, roles: Role[], more: Partial<PersonAsking> = {}): Principal {
  const asking = {
    account: uuid(n),
    person: uuid(n),
    login,
    name: login,
    represents: [],
    session: 's',
    roles,
  }
  return { actor: `person/${uuid(n)}`, client: 'token', person: { ...asking, ...more } }
}

const luz = person(1, 'luz', ['nurse'], { practitioner: 'Practitioner/luz' })
const ana = person(2, 'ana', ['physician'], { practitioner: 'Practitioner/luz' })
const who: Record<string, Principal> = {
  luz,
  ana,
  // The same human by another account.
  'luz-2': { ...luz, actor: `person/${uuid(3)}`, person: { ...luz.person!, account: uuid(3) } },
  director: person(4, 'director', ['director']),
  privacy: person(5, 'privacy', ['privacy-officer']),
  patient: person(6, 'patient', ['patient'], { patient: 'Patient/p1' }),
  worker: person(7, 'worker', ['patient', 'nurse'], { patient: 'Patient/p2' }),
  program: { actor: 'p', client: 'p', program: { id: 'p', scope: 'system/*.cruds' } },
}

async function house(t: Parameters<typeof testVault>[0]) {
  now = start
  const vault = await testVault(t, { safeguards, now: () => now })
  assert.deepEqual(await vault.ledger.start(), { status: 'ok' })
  const put = async (resource: { resourceType: string; id: string } & Record<string, unknown>) => {
    const written = await vault.store.update(resource.resourceType, resource.id, bodyOf(resource), {})
    assert.equal(written.status, 'ok', JSON.stringify(written))
  }
  for (const id of ['p1', 'p2']) await put({ resourceType: 'Patient', id })
  await put({ resourceType: 'Practitioner', id: 'luz' })
  await put({
    resourceType: 'Encounter',
    id: 'e1',
    status: 'in-progress',
    class: { code: 'AMB' },
    subject: { reference: 'Patient/p1' },
    participant: [{ individual: { reference: 'Practitioner/luz' } }],
    period: { start: new Date(now - 3_600_000).toISOString() },
  })
  const server = await running(
    {
      people: (given) => ({
        ...testPeople(given, { now: () => now }),
        // The clock of people never runs back; of this test it goes where it is told.
        seconds: () => now / 1000,
        admit: ({ token }) =>
          who[token] ? { status: 'valid', principal: who[token] } : { status: 'invalid' },
      }),
    },
    vault,
  )
  const ask = async (as: string, method: string, path: string, body?: object, language = 'en') => {
    const headers = {
      authorization: `Bearer ${as}`,
      'accept-language': language,
      ...(body
        ? { 'content-type': path.startsWith('/fhir') ? 'application/fhir+json' : 'application/json' }
        : {}),
    }
    const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) }
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, init)
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, text, json: JSON.parse(text || '{}') }
  }
  /** Takes a course and gives so many wrong answers. */
  const take = async (as: string, course: keyof typeof courses, mistakes: number) => {
    const begun = await ask(as, 'POST', `/duties/training/courses/${course}/quiz`)
    assert.equal(begun.status, 200, begun.text)
    const { quiz, questions } = begun.json as { quiz: string; questions: { text: Text; options: Text[] }[] }
    const answers = questions.map(({ text, options }, n) => {
      const { right } = courses[course].questions.find((each) => each.text.en === text.en)!
      const at = options.findIndex(({ es }) => es === right.es)
      return n < mistakes ? (at + 1) % 4 : at
    })
    return ask(as, 'POST', `/duties/training/courses/${course}/answers`, { quiz, answers })
  }
  return { ...vault, ask, take }
}

test('the gate: closed, opened by passing, closed by the lapse', async (t) => {
  const { ask, take, store } = await house(t)
  const reads = [
    '/fhir/R4/Patient/p1',
    '/fhir/R4/Patient/p1/_history',
    '/fhir/R4/Patient?_id=p1',
    '/fhir/R4/Encounter/e1',
    '/fhir/R4/Patient/p1/$everything',
    '/fhir/R4/Patient/p1/Encounter',
    '/fhir/R4?_type=Patient',
    '/ledger/entries?patient=p1',
  ]
  for (const path of reads) {
    const answer = await ask('luz', 'GET', path)
    assert.equal(answer.status, 403, `${path}: ${answer.text}`)
    const [issue] = answer.json.issue
    assert.equal(issue.details.coding[0].code, 'training-needed', path)
    assert.match(issue.details.text, /\/duties\/training/)
  }
  const spanish = await ask('luz', 'GET', '/fhir/R4/Patient/p1', undefined, 'es')
  assert.match(spanish.json.issue[0].details.text, /^Para ver o cambiar expedientes falta aprobar/)
  const written = await ask('luz', 'PUT', '/fhir/R4/Encounter/e1', { resourceType: 'Encounter', id: 'e1' })
  assert.equal(written.json.issue[0].details.coding[0].code, 'training-needed')
  assert.equal((await ask('luz', 'GET', '/fhir/R4/Practitioner/luz')).status, 200, 'who works here')
  // It concerns people, and their work: not programs, nor what is one's own.
  assert.equal((await ask('program', 'GET', '/fhir/R4/Patient/p1')).status, 200)
  assert.equal((await ask('patient', 'GET', '/fhir/R4/Patient/p1')).status, 200)
  assert.equal((await ask('worker', 'GET', '/fhir/R4/Patient/p2')).status, 200)
  assert.equal((await ask('worker', 'GET', '/fhir/R4/Patient/p1')).status, 404)
  assert.equal(
    (await ask('privacy', 'GET', '/ledger/entries')).json.issue[0].details.coding[0].code,
    'training-needed',
  )
  const entries = await store.as(tester).ledger.entries({ actor: luz.actor })
  assert.ok(entries.status === 'ok', JSON.stringify(entries))
  assert.ok(entries.entries.some(({ reason }) => reason === 'safeguard: training-needed'))

  assert.equal((await take('luz', 'data-protection', 0)).json.isTrained, false)
  assert.equal((await ask('luz', 'GET', '/fhir/R4/Patient/p1')).status, 403, 'one of two')
  const last = await take('luz', 'breach', 1)
  assert.deepEqual([last.json.isPassed, last.json.right, last.json.isTrained], [true, 5, true])
  for (const as of ['luz', 'luz-2'])
    for (const path of reads.slice(0, 7))
      assert.equal((await ask(as, 'GET', path)).status, 200, `${as} ${path}`)
  assert.equal((await ask('ana', 'GET', '/fhir/R4/Patient/p1')).status, 403, 'somebody else')

  now = Date.UTC(2027, 10, 23, 12) - 1
  assert.equal((await ask('luz', 'GET', '/fhir/R4/Practitioner/luz')).status, 200)
  const seen = (await ask('luz', 'GET', '/duties/training')).json
  assert.deepEqual(
    [seen.isTrained, seen.courses[0].state, seen.courses[0].until],
    [true, 'passed', '2027-11-23T12:00:00.000Z'],
  )
  now += 1
  const lapsed = await ask('luz', 'GET', '/fhir/R4/Patient/p1')
  assert.equal(lapsed.json.issue?.[0].details.coding[0].code, 'training-needed', 'nothing ran')
  const after = (await ask('luz', 'GET', '/duties/training')).json
  assert.deepEqual([after.isTrained, after.courses[0].state], [false, 'lapsed'])
})

test('a quiz says nothing of what is right before it is answered, waits after a failed one, and is answered once', async (t) => {
  const { ask, take } = await house(t)
  const quizPath = '/duties/training/courses/breach/quiz'
  const begun = await ask('luz', 'POST', quizPath)
  const again = await ask('luz', 'POST', quizPath)
  assert.deepEqual(again.json, begun.json, 'nobody draws again until it suits')
  for (const answer of [begun, await ask('luz', 'GET', '/duties/training/courses/breach')])
    for (const { why } of courses.breach.questions)
      assert.ok(!answer.text.includes(JSON.stringify(why.es).slice(1, -1)))
  for (const { text, options } of begun.json.questions)
    assert.deepEqual(
      [Object.keys(text), ...options.map(Object.keys)],
      Array.from({ length: 5 }, () => ['es', 'en']),
    )
  assert.deepEqual(Object.keys(begun.json), ['quiz', 'course', 'rightMin', 'questions'])

  const failed = await take('luz', 'breach', 2)
  assert.deepEqual([failed.json.isPassed, failed.json.right, failed.json.waitSeconds], [false, 4, 60])
  assert.equal(failed.json.questions.filter(({ isRight }: { isRight: boolean }) => !isRight).length, 2)
  const path = '/duties/training/courses/breach/answers'
  const { quiz } = begun.json
  const replayed = await ask('luz', 'POST', path, { quiz, answers: [0, 0, 0, 0, 0, 0] })
  assert.deepEqual([replayed.status, replayed.json.error], [403, 'quiz-not-begun'])
  const soon = await ask('luz', 'POST', quizPath)
  assert.deepEqual(
    [soon.status, soon.headers.get('retry-after'), soon.json.error],
    [429, '60', 'too-many-tries'],
  )
  now += minute
  const other = await ask('luz', 'POST', quizPath)
  assert.equal(other.status, 200)
  // Of somebody else, and in no other way than the routes take it.
  const { quiz: theirs } = other.json
  for (const [as, body, error] of [
    ['ana', { quiz: theirs, answers: [0, 0, 0, 0, 0, 0] }, 'quiz-not-begun'],
    ['luz', { quiz: theirs, answers: [0, 0, 0, 0, 0] }, 'invalid-member'],
    ['luz', { quiz: theirs, answers: [0, 0, 0, 0, 0, 4] }, 'invalid-member'],
    ['luz', { quiz: theirs, answers: [0, 0, 0, 0, 0, 0], isPassed: true }, 'invalid-member'],
    ['patient', { quiz: theirs, answers: [0, 0, 0, 0, 0, 0] }, 'not-found'],
    ['program', { quiz: theirs, answers: [0, 0, 0, 0, 0, 0] }, 'forbidden'],
  ] as const)
    assert.equal((await ask(as, 'POST', path, body)).json.error, error, as)
  // Of many at once one counts.
  const many = await Promise.all(
    Array.from({ length: 5 }, () => ask('luz', 'POST', path, { quiz: theirs, answers: [0, 0, 0, 0, 0, 0] })),
  )
  assert.equal(many.filter(({ status }) => status === 200).length, 1)
  const seen = await ask('director', 'GET', '/duties/training/people')
  assert.ok(
    seen.json.hardest.reduce((sum: number, { wrong }: { wrong: number }) => sum + wrong, 0) >= 2,
    seen.text,
  )
  assert.equal((await ask('luz', 'GET', '/duties/training/people')).json.error, 'forbidden')
})

async function wrongIn({ sql, ledger, keys }: TestVault): Promise<unknown[]> {
  const found: unknown[] = []
  const onFinding = (finding: object) => {
    const { what, of, type, name } = finding as RecordFinding
    found.push([what, of, type, name?.replace(/ [0-9a-f-]{36} /, ' … ')])
  }
  const parts = { sql, ledger, keys, local: { timeZone }, folder: tmpdir(), onFinding }
  await verifyRecords({ ...parts, tables: ['authority'] })
  return found
}

test('what SQL planted, moved or put back opens nothing, and verify names it', async (t) => {
  const made = await house(t)
  const { ask, take, sql, ledger } = made
  const superuser = connect(made.superuserUrl, { max: 1 })
  t.after(() => superuser.end())
  /** What was read is believed for 700 ms. */
  const isOpenLater = async () => {
    await new Promise((resume) => setTimeout(resume, 750))
    return isOpen('luz')
  }
  const isOpen = async (as: string) => {
    return (await ask(as, 'GET', '/fhir/R4/Patient/p1')).status === 200
  }
  await take('ana', 'breach', 0)
  await take('ana', 'data-protection', 0)
  assert.equal(await isOpen('ana'), true)
  await take('luz', 'breach', 0)
  const [half] = await superuser`select * from authority where kind = 9 and version = 2 order by id`
  for (;;) {
    const [row] = await sql<{ count: number }[]>`select count(*)::int as count from ledger_staged`
    if (row?.count === 0) break
    ledger.staged()
    await new Promise((resume) => setTimeout(resume, 20))
  }
  assert.deepEqual(await wrongIn(made), [])
  // Ana's row, which has passed both, in the place of Luz's, which has passed one.
  await superuser`create table kept as table authority`
  const [luzs] = await superuser`select * from authority where kind = 9 and version = 2`
  const [anas] = await superuser`select * from authority where kind = 9 and version = 4`
  assert.ok(half && luzs && anas)
  await superuser`
    update authority set sealed = ${anas['sealed']}, previous = ${anas['previous']}, version = 4, staged = ${anas['staged']}
    where id = ${luzs['id']}`
  assert.equal(await isOpenLater(), false, 'lent')
  assert.deepEqual(
    (await wrongIn(made)).map((each) => (each as unknown[]).slice(0, 3)),
    [['altered', 'authority', 'safeguard']],
  )
  await superuser`truncate authority`
  await superuser`insert into authority select * from kept`
  await superuser`
    insert into authority select gen_random_uuid(), kind, version, previous, sealed, staged, ends_at
    from authority where id = ${anas['id']}`
  assert.deepEqual(
    (await wrongIn(made)).map((each) => (each as unknown[]).slice(0, 3)),
    [['added', 'authority', 'safeguard']],
  )
  await superuser`truncate authority`
  await superuser`insert into authority select * from kept`
  await take('luz', 'data-protection', 0)
  assert.equal(await isOpen('luz'), true)
  // As it was before somebody's lapse was noticed: an earlier version is none.
  await superuser`delete from authority where id = ${luzs['id']}`
  await superuser`insert into authority ${superuser(luzs)}`
  assert.equal(await isOpenLater(), false, 'put back')
})
