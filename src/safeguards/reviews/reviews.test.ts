/** A campaign over HTTP, as people meet it: answered, unanswered, revoked; and what else somebody might try. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { connect } from '#kernel/db/index.ts'
import type { Account, People, Principal, Role } from '#people/index.ts'
import { checkApproval, everybody, notify, programsSeen } from '#people/index.ts'
import { verifyRecords, type RecordFinding } from '#records/index.ts'
import { testAccount, testPeople } from '#test/kit/people.ts'
import { atEnd, type Scope } from '#test/kit/scope.ts'
import { bodyOf, testVault, timeZone } from '#test/kit/vault.ts'
import { running } from '../../../test/e2e/http-kit.ts'
import { safeguards } from '../all.ts'
import { dayMs, monthsLater } from './campaign.ts'
import { reviews } from './index.ts'
import type { Looked, ShownItem } from './schemas.ts'

const start = Date.UTC(2026, 10, 23, 12)
const opened = monthsLater(start, 3)
const due = opened + 14 * dayMs
const operator = { actor: 'tester', client: 'test', address: 'local' }
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

interface Answer {
  status: number
  json: Record<string, unknown> & { error?: string; issue?: { details: { coding: { code: string }[] } }[] }
  text: string
}

/** `people`: login, person, roles. */
async function house(
  t: Scope,
  staff: readonly (readonly [login: string, person: number, ...roles: Role[]])[],
) {
  const at = { now: start }
  const used = safeguards.filter(({ name }) => name !== 'training' && name !== 'usage')
  const vault = await testVault(t, { safeguards: used, now: () => at.now })
  assert.deepEqual(await vault.ledger.start(), { status: 'ok' })
  const people: People = {
    ...testPeople(vault, { now: () => at.now }),
    seconds: () => at.now / 1000,
  }
  for (const [n, [login, person, ...roles]] of staff.entries()) {
    const account = testAccount(login, {
      id: uuid(100 + n),
      person: uuid(person),
      name: login,
      roles,
      addedAt: start / 1000,
      ...(roles.includes('physician') ? { practitioner: 'Practitioner/luz' } : {}),
      ...(roles.includes('patient') ? { patient: 'Patient/p1' } : {}),
    })
    assert.equal(await people.accounts.add(account, operator), 'added')
  }
  /** As `sigilo` asks: with both factors shown a moment ago. */
  const principalOf = async (login: string): Promise<Principal | undefined> => {
    const row = await people.accounts.findByLogin(login)
    if (row?.value.status !== 'active') return undefined
    const { id, person, name, roles, practitioner, patient, addedAt } = row.value
    const asking = { account: id, person, login, name, roles, represents: [], session: 's' }
    const bound = Object.entries({ practitioner, patient, since: addedAt }).filter(
      ([, each]) => each !== undefined,
    )
    const steppedUpAt = login.includes('stale') ? 0 : Math.floor(at.now / 1000)
    return {
      actor: `person/${id}`,
      client: 'token',
      person: { ...asking, ...Object.fromEntries(bound), steppedUpAt },
    }
  }
  const put = (resource: { resourceType: string; id: string } & Record<string, unknown>) =>
    vault.store.update(resource.resourceType, resource.id, bodyOf(resource), {})
  await put({ resourceType: 'Patient', id: 'p1' })
  await put({ resourceType: 'Practitioner', id: 'luz' })
  const visit = () =>
    put({
      resourceType: 'Encounter',
      id: 'e1',
      status: 'in-progress',
      class: { code: 'AMB' },
      subject: { reference: 'Patient/p1' },
      participant: [{ individual: { reference: 'Practitioner/luz' } }],
      period: { start: new Date(start).toISOString() },
    })
  await visit()
  const registered = Math.floor(start / 1000)
  const server = await running(
    {
      people: () => ({
        ...people,
        admit: async ({ token }) => {
          const program = token === 'lab' && { id: 'lab', scope: 'system/*.cruds', since: registered }
          const principal = program
            ? { actor: 'lab', client: 'lab', program }
            : // As somebody remembers them who signed in before.
              (sessions.get(token) ?? (await principalOf(token)))
          return principal ? { status: 'valid', principal } : { status: 'invalid' }
        },
      }),
    },
    vault,
  )
  const sessions = new Map<string, Principal>()
  const ask = async (as: string, method: string, path: string, body?: object): Promise<Answer> => {
    const init = {
      method,
      headers: {
        authorization: `Bearer ${as}`,
        'accept-language': 'en',
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    }
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, init)
    const text = await answer.text()
    return { status: answer.status, text, json: JSON.parse(text || '{}') as Answer['json'] }
  }
  const tend = async () =>
    reviews.tend?.({
      rows: people.rows('reviews'),
      everybody: () => everybody(people.accounts),
      programs: () => programsSeen(people.programs),
      who: operator,
      notify: (whom, notice) => notify(people.accounts, { who: operator, nowMs: at.now }, whom, notice),
      nowMs: at.now,
    })
  const look = async (as: string): Promise<Looked> => {
    const looked = await ask(as, 'GET', '/duties/reviews')
    assert.equal(looked.status, 200, looked.text)
    return looked.json as unknown as Looked
  }
  const show = async (as: string, id: string): Promise<ShownItem> => {
    const shown = await ask(as, 'GET', `/duties/reviews/${encodeURIComponent(id)}`)
    assert.equal(shown.status, 200, shown.text)
    return shown.json as unknown as ShownItem
  }
  const answerTo = async (as: string, shown: Pick<ShownItem, 'id' | 'until' | 'hash'>, more: object = {}) => {
    const { id, until, hash } = shown
    return ask(as, 'POST', `/duties/reviews/${encodeURIComponent(id)}/decision`, {
      until,
      hash,
      takes: 'nothing',
      ...more,
    })
  }
  const certify = async (as: string, person: number): Promise<Answer> =>
    answerTo(as, await show(as, uuid(person)))
  /** What a read of the patient comes to: 200, or why not. */
  const reads = async (as: string): Promise<string | number> => {
    const answer = await ask(as, 'GET', '/fhir/R4/Patient/p1')
    return answer.status === 200 ? 200 : (answer.json.issue?.[0]?.details.coding[0]?.code ?? answer.status)
  }
  const accountOf = async (login: string): Promise<Account> =>
    (await people.accounts.findByLogin(login))!.value
  const doctor = () =>
    reviews.checks?.({
      rows: people.rows('reviews'),
      everybody: () => everybody(people.accounts),
      programs: () => programsSeen(people.programs),
      nowMs: at.now,
    })
  await tend()
  return {
    doctor,
    ...vault,
    at,
    people,
    sessions,
    principalOf,
    ask,
    tend,
    look,
    show,
    answerTo,
    certify,
    reads,
    accountOf,
    visit,
  }
}

type House = Awaited<ReturnType<typeof house>>
const stateOf = ({ items }: Looked, id: string) => items.find((each) => each.id === id)?.state

const staff = [
  ['luz', 1, 'physician'],
  ['luz-2', 1, 'director'],
  ['dir', 2, 'director'],
  ['seg', 3, 'security-officer'],
  ['otra', 4, 'security-officer'],
  ['jefa', 5, 'nurse'],
  ['aud', 6, 'auditor'],
  ['pac', 7, 'patient'],
] as const satisfies readonly (readonly [string, number, ...Role[]])[]

const settled = async ({ sql, ledger }: House): Promise<void> => {
  for (;;) {
    const [row] = await sql<{ count: number }[]>`select count(*)::int as count from ledger_staged`
    if (row?.count === 0) return
    ledger.staged()
    await new Promise((resume) => setTimeout(resume, 20))
  }
}

test('a campaign opens by itself: certified stays open, unanswered closes when it is due, with warnings; certified late it opens at once', async (t) => {
  const it = await house(t, staff)
  assert.equal(await it.reads('luz'), 200)
  assert.deepEqual((await it.look('dir')).campaign, undefined)
  const said = async () => {
    const { status, text } = (await it.doctor())!
    return `${status}: ${text.en}`
  }
  assert.equal(await said(), 'ok: access reviews are done; the next opens on 2027-02-23')
  it.at.now = opened - 1
  assert.equal((await it.look('dir')).campaign, undefined)
  it.at.now = opened
  const seen = await it.look('dir')
  assert.deepEqual(seen.campaign, {
    opened: new Date(opened).toISOString(),
    due: new Date(due).toISOString(),
    isOver: false,
  })
  assert.deepEqual(
    seen.items.map(({ name, state }) => [name, state]),
    ['aud', 'dir', 'jefa', 'luz', 'otra', 'seg'].map((name) => [name, 'waiting']),
    'everybody who works here, each human once; no patient',
  )
  assert.equal(await said(), 'ok: access reviews: 6 wait, until 2027-03-09')
  // What was used of it is before the reviewer.
  await it.visit()
  await settled(it)
  const broken = { patient: 'Patient/p1', reason: 'unconscious in the hall' }
  assert.equal((await it.ask('luz', 'POST', '/duties/breakglass', broken)).status, 200)
  it.at.now += 5 * 60_000
  const shown = await it.show('dir', uuid(1))
  assert.match(shown.holds[0]?.en ?? '', /in emergencies/, 'and what another duty tells of them')
  assert.deepEqual(
    shown.accounts.map(({ login, roles, used }) => [login, roles, used.patients, used.reads]),
    [
      ['luz', [{ role: 'physician', isUsed: true }], 1, 1],
      ['luz-2', [{ role: 'director', isUsed: false }], 0, 0],
    ],
  )
  assert.equal((await it.answerTo('dir', shown)).status, 200)
  assert.equal(stateOf(await it.look('dir'), uuid(1)), 'certified')
  await it.tend()
  assert.deepEqual(
    (await it.accountOf('dir')).notices.map(({ kind }) => kind),
    ['reviews-wait'],
  )
  it.at.now = due - 7 * dayMs
  await it.tend()
  await it.tend()
  assert.deepEqual(
    (await it.accountOf('jefa')).notices.map(({ kind }) => kind),
    ['review-due'],
  )
  assert.equal(await said(), 'warning: access reviews: 5 wait, until 2027-03-09')
  const luz = (await it.accountOf('luz')).notices.map(({ kind }) => kind)
  assert.deepEqual([luz.includes('review-decided'), luz.includes('review-due')], [true, false])
  await it.visit()
  it.at.now = due - 1
  assert.equal(await it.reads('luz'), 200)
  assert.equal(await it.reads('aud'), 'forbidden', 'as always')
  it.at.now = due
  assert.equal(await it.reads('luz'), 200)
  for (const as of ['jefa', 'aud', 'lab']) assert.equal(await it.reads(as), 'review-expired', as)
  assert.equal((await it.ask('lab', 'GET', '/fhir/R4/Practitioner/luz')).status, 200)
  assert.equal(
    await said(),
    'warning: access reviews: 5 overdue, with their access closed; 0 that nobody can answer',
  )
  assert.equal(await it.reads('pac'), 200, 'what is one’s own is reviewed by nobody')
  // Whoever is closed out still answers for others, and signs in: the vault is never without its officers.
  assert.equal((await it.look('seg')).own?.state, 'expired')
  assert.equal((await it.certify('seg', 5)).status, 200)
  assert.equal(await it.reads('jefa'), 'not-found', 'as before, of a patient of nobody: at once')
  await it.tend()
  assert.ok((await it.accountOf('aud')).notices.some(({ kind }) => kind === 'review-expired'))
  // The next campaign, and nothing ran.
  it.at.now = monthsLater(opened, 3) + 14 * dayMs
  await it.visit()
  assert.equal(await it.reads('luz'), 'review-expired')
})

test('what is taken away is gone at once, with its sessions; another look of it is of now; and only once', async (t) => {
  const it = await house(t, [...staff, ['multi', 8, 'nurse', 'auditor', 'patient'], ['lone', 9, 'billing']])
  it.at.now = opened + dayMs
  const shown = await it.show('dir', uuid(8))
  const [account] = shown.accounts
  assert.deepEqual(
    account?.roles.map(({ role }) => role),
    ['nurse', 'auditor'],
  )
  const before = await it.accountOf('multi')
  const taken = { takes: 'roles', roles: [{ account: account!.account, role: 'auditor' }], note: 'no longer' }
  const done = await it.answerTo('dir', shown, taken)
  assert.deepEqual(
    [done.status, done.json['result'], done.json['lost']],
    [200, 'narrowed', ['multi: auditor']],
  )
  const after = await it.accountOf('multi')
  assert.deepEqual(after.roles, ['nurse', 'patient'])
  assert.equal(after.generation, before.generation + 1, 'its sessions have ended')
  assert.equal((await it.answerTo('dir', shown, taken)).json.error, 'request-over')
  assert.equal((await it.answerTo('dir', await it.show('dir', uuid(8)))).json.error, 'request-over')

  // Between looking and answering somebody was given more: what was shown is not what there is.
  const old = await it.show('dir', uuid(9))
  await it.people.accounts.change(
    (await it.accountOf('lone')).id,
    (each) => ({ ...each, roles: ['billing', 'archivist'] }),
    operator,
    'roles',
  )
  assert.equal((await it.answerTo('dir', old)).json.error, 'review-changed')
  const now = await it.show('dir', uuid(9))
  assert.equal((await it.answerTo('dir', { ...now, hash: 'a'.repeat(64) })).json.error, 'review-changed')
  it.at.now += 2 * dayMs
  assert.equal(
    (await it.answerTo('dir', now)).json.error,
    'review-changed',
    'a look of the day before yesterday',
  )
  const whole = await it.show('dir', uuid(9))
  const forged = [{ account: before.id, role: 'nurse' }]
  assert.equal((await it.answerTo('dir', whole, { takes: 'roles', roles: forged })).status, 400)
  assert.equal((await it.answerTo('dir', whole, { takes: 'all' })).json['result'], 'revoked')
  const gone = await it.accountOf('lone')
  assert.deepEqual([gone.status, gone.roles], ['suspended', []])
  assert.equal((await it.ask('lone', 'GET', '/duties/reviews')).status, 401)
  assert.equal(stateOf(await it.look('dir'), uuid(9)), 'revoked', 'it is still told')
  // Of many at once one counts.
  const raced = await it.show('dir', uuid(6))
  const many = await Promise.all(['dir', 'seg', 'otra', 'dir'].map((as) => it.answerTo(as, raced)))
  assert.deepEqual(many.map(({ status }) => status).toSorted(), [200, 409, 409, 409])
})

test('nobody attests their own, by another account; a manager who is one no more answers nothing; others never', async (t) => {
  const it = await house(t, [...staff, ['enf', 8, 'nurse'], ['stale', 9, 'director']])
  it.at.now = opened + dayMs
  // The same human by another account, with the role that reviews.
  const own = await it.show('dir', uuid(1))
  assert.equal((await it.answerTo('luz-2', own)).json.error, 'own-request')
  assert.equal((await it.look('luz-2')).items.find(({ id }) => id === uuid(1))?.isYours, false)
  // Nor does anybody name who reviews them; and only officers name anybody.
  const manage = (as: string, of: number, body: object) =>
    it.ask(as, 'POST', `/duties/reviews/${uuid(of)}/manager`, body)
  assert.equal((await manage('luz-2', 1, { login: 'jefa' })).json.error, 'own-request')
  assert.equal((await manage('jefa', 8, { login: 'jefa' })).json.error, 'forbidden')
  assert.equal((await manage('dir', 8, { login: 'enf' })).json.error, 'own-request')
  assert.equal((await manage('dir', 8, { login: 'pac' })).status, 400)
  assert.equal((await manage('dir', 8, { login: 'jefa' })).status, 200)
  const shown = await it.show('jefa', uuid(8))
  assert.deepEqual(
    (await it.look('jefa')).items.map(({ id }) => id),
    [uuid(8)],
  )
  assert.equal((await it.answerTo('dir', shown)).json.error, 'forbidden', 'whoever has a manager is theirs')
  assert.equal((await it.ask('enf', 'GET', `/duties/reviews/${uuid(5)}`)).json.error, 'not-found')
  // Somebody else manages them since: a look of before is good for nothing.
  await manage('dir', 8, { login: 'aud' })
  assert.equal((await it.answerTo('jefa', shown)).json.error, 'forbidden')
  assert.equal((await it.ask('jefa', 'GET', `/duties/reviews/${uuid(8)}`)).json.error, 'not-found')
  // An officer who was one when they signed in, and is none now.
  const old = await it.show('seg', uuid(5))
  it.sessions.set('seg', (await it.principalOf('seg'))!)
  const seg = await it.accountOf('seg')
  await it.people.accounts.change(seg.id, (each) => ({ ...each, roles: ['nurse'] }), operator, 'demoted')
  assert.equal((await it.answerTo('seg', old)).json.error, 'forbidden')
  await it.people.accounts.change(seg.id, (each) => ({ ...each, status: 'suspended' }), operator, 'gone')
  assert.equal((await it.answerTo('seg', old)).json.error, 'forbidden')
  // Both factors were not shown again.
  assert.equal((await it.answerTo('stale', old)).json.error, 'step-up-needed')
  assert.equal(
    (await it.ask('enf', 'POST', '/duties/reviews/schedule', { months: 3, dueDays: 14 })).json.error,
    'forbidden',
  )
  for (const body of [
    { months: 4, dueDays: 14 },
    { months: 3, dueDays: 22 },
    { months: 0, dueDays: 14 },
  ])
    assert.equal((await it.ask('dir', 'POST', '/duties/reviews/schedule', body)).json.error, 'invalid-member')
})

test('of two who review one another the second waits for somebody else; where there is nobody it is done, and says so', async (t) => {
  const it = await house(t, [
    ['dir', 1, 'director'],
    ['seg', 2, 'security-officer'],
    ['otra', 3, 'security-officer'],
  ])
  it.at.now = opened + dayMs
  assert.equal((await it.certify('dir', 2)).status, 200)
  assert.equal((await it.certify('seg', 1)).json.error, 'mutual-review')
  assert.equal((await it.certify('otra', 1)).status, 200)
  assert.equal((await it.certify('seg', 3)).status, 200)
  // One of the two that are left would leave nobody to approve anything.
  it.at.now = monthsLater(opened, 3) + dayMs
  const last = await it.show('dir', uuid(3))
  assert.equal((await it.answerTo('dir', last, { takes: 'all' })).json.error, 'last-officers')
  const state = async () => [(await it.accountOf('otra')).status, stateOf(await it.look('dir'), uuid(3))]
  assert.deepEqual(await state(), ['active', 'waiting'], 'nothing of it was done')
})

test('of two officers who lose their role at the same moment one keeps it, where only two would be left', async (t) => {
  const it = await house(t, [
    ['dir', 1, 'director'],
    ['dira', 2, 'director'],
    ['seg', 3, 'security-officer'],
    ['otra', 4, 'security-officer', 'nurse'],
    ['mas', 5, 'security-officer'],
  ])
  it.at.now = opened + dayMs
  const [one, other] = [await it.show('dir', uuid(3)), await it.show('dira', uuid(4))]
  const [account] = other.accounts
  const roles = [{ account: account!.account, role: 'security-officer' }]
  const both = await Promise.all([
    it.answerTo('dir', one, { takes: 'all' }),
    it.answerTo('dira', other, { takes: 'roles', roles }),
  ])
  assert.deepEqual(both.map(({ status, json }) => json.error ?? status).toSorted(), [200, 'last-officers'])
  const left = await Promise.all(['seg', 'otra', 'mas'].map(it.accountOf))
  const isOne = ({ status, roles: held }: Account) => status === 'active' && held.includes('security-officer')
  assert.equal(left.filter(isOne).length, 2)
})

test('where there are two they review one another, and it is marked; what nobody could answer is held, and closes nobody out', async (t) => {
  const two = await house(t, [
    ['dir', 1, 'director'],
    ['seg', 2, 'security-officer'],
  ])
  two.at.now = opened + dayMs
  assert.equal((await two.certify('dir', 2)).status, 200)
  assert.equal((await two.certify('seg', 1)).status, 200)
  const both = (await two.look('dir')).items.map(({ decision }) => decision?.isMutual)
  assert.deepEqual(both, [true, true])
})

test('one officer alone: nobody could answer, so it is held', async (t) => {
  const it = await house(t, [
    ['dir', 1, 'physician', 'director'],
    ['enf', 2, 'nurse'],
  ])
  it.at.now = due - dayMs
  await it.tend()
  assert.equal(stateOf(await it.look('dir'), uuid(1)), 'held')
  await it.visit()
  it.at.now = due + dayMs
  assert.equal(await it.reads('dir'), 200)
  assert.equal(await it.reads('enf'), 'review-expired')
})

async function wrongIn({ sql, ledger, keys }: House): Promise<unknown[]> {
  const found: unknown[] = []
  const onFinding = (finding: object) => {
    const { what, of, type } = finding as RecordFinding
    found.push([what, of, type])
  }
  const parts = { sql, ledger, keys, local: { timeZone }, folder: tmpdir(), onFinding }
  await verifyRecords({ ...parts, tables: ['authority'] })
  return found
}

test('the record verifies from the entry alone; what SQL planted, moved or put back certifies nobody, and verify names it', async (t) => {
  const it = await house(t, staff)
  const superuser = connect(it.superuserUrl, { max: 1 })
  atEnd(t, () => superuser.end())
  it.at.now = opened + dayMs
  assert.equal((await it.certify('dir', 1)).status, 200)
  await settled(it)
  const { entries } = await it.ledger.query({ limit: 1_000, newestFirst: true })
  const entry = entries.find(({ action }) => action === 'approval')
  assert.match(entry?.details?.query ?? '', /^reviews: \S+ certified$/)
  const proof = entry?.details?.proof ?? ''
  const checked = await checkApproval(proof)
  assert.ok(checked.status === 'ok' && checked.newest === 'attested', JSON.stringify(checked))
  const act = JSON.parse(checked.act) as { shown: { accounts: { used: object }[] } }
  assert.ok(act.shown.accounts[0]?.used, 'what was before them is in the record')
  // Somebody who certified themselves: no entry of ours says so, and one that did would be named.
  const forged = proof.replaceAll(uuid(2), uuid(1))
  assert.deepEqual(await checkApproval(forged), {
    status: 'wrong',
    id: checked.id,
    why: 'same-person',
  })
  assert.deepEqual(await wrongIn(it), [])

  await superuser`create table kept as table authority`
  const id = entry?.details?.resources?.[0]?.id ?? ''
  const [certified] = await superuser`select * from authority where id = ${id}`
  const back = async () => {
    await superuser`truncate authority`
    await superuser`insert into authority select * from kept`
  }
  // The certification of one in the place of another's, of whom there is none.
  await superuser`
    insert into authority select gen_random_uuid(), kind, version, previous, sealed, staged, ends_at
    from authority where id = ${id}`
  assert.deepEqual(await wrongIn(it), [['added', 'authority', 'safeguard']])
  await back()
  // Taken away, nobody is certified any more; and so it is with one that was altered.
  await it.visit()
  it.at.now = due
  assert.equal(await it.reads('luz'), 200)
  await superuser`delete from authority where id = ${id}`
  assert.equal((await wrongIn(it)).length, 1)
  await back()
  // A later decision, and the row of before put back in its place.
  it.at.now = monthsLater(opened, 3) + dayMs
  assert.equal((await it.certify('dir', 1)).status, 200)
  await settled(it)
  await superuser`delete from authority where id = ${id}`
  await superuser`insert into authority ${superuser(certified as never)}`
  assert.deepEqual(await wrongIn(it), [['rolled-back', 'authority', 'safeguard']])
  await it.visit()
  // What was read is believed for 700 ms.
  await new Promise((resume) => setTimeout(resume, 750))
  it.at.now = monthsLater(opened, 3) + 14 * dayMs
  assert.equal(await it.reads('luz'), 'review-expired')
})
