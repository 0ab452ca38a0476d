/** One patient's record, asked for and opened by who answers for the patient or by the patient: over HTTP, as people meet it, and as an attacker does. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { connect } from '#kernel/db/index.ts'
import type { Principal, Role } from '#people/index.ts'
import type { Account } from '#people/accounts/index.ts'
import type { Finding } from '#kernel/ledger/index.ts'
import { verifyRecords, type RecordFinding } from '#records/index.ts'
import { testAccount, testPeople } from '#test/kit/people.ts'
import { bodyOf, testVault, timeZone } from '#test/kit/vault.ts'
import { running } from '../../../test/e2e/http-kit.ts'
import { safeguards } from '../all.ts'

const start = Date.UTC(2026, 10, 23, 12)
const hour = 3_600_000
const reason = 'a second opinion on the lungs'
const tester = { actor: 'tester', client: 'test', address: 'local' }

type Resource = { resourceType: string; [more: string]: unknown }
type Options = NonNullable<Parameters<typeof testVault>[1]>

/** Ana cares for p1, who has an account, and whom a daughter represents; Bea and Luis do not. */
async function hospital(t: Parameters<typeof testVault>[0], options: Options = {}) {
  let aheadMs = 0
  // The clock of people never stands still.
  const beganMs = performance.now()
  const now = () => start + aheadMs + Math.floor(performance.now() - beganMs)
  const vault = await testVault(t, { now, ...options })
  assert.deepEqual(await vault.ledger.start(), { status: 'ok' })
  const put = async (resource: { resourceType: string; id: string; [more: string]: unknown }) => {
    const written = await vault.store.update(resource.resourceType, resource.id, bodyOf(resource), {})
    assert.equal(written.status, 'ok', JSON.stringify(written))
  }
  const about = (id: string) => ({ subject: { reference: `Patient/${id}` }, code: { text: 'cough' } })
  for (const id of ['p1', 'p2']) {
    await put({ resourceType: 'Patient', id, name: [{ family: 'García' }] })
    await put({ resourceType: 'Observation', id: `o-${id}`, status: 'final', ...about(id) })
    await put({ resourceType: 'Condition', id: `c-${id}`, ...about(id) })
    await put({ resourceType: 'Invoice', id: `i-${id}`, status: 'issued', subject: about(id).subject })
  }
  const visit = (status: string, ...who: string[]) =>
    put({
      resourceType: 'Encounter',
      id: 'e1',
      status,
      class: { code: 'AMB' },
      subject: { reference: 'Patient/p1' },
      participant: who.map((each) => ({ individual: { reference: `Practitioner/${each}` } })),
      period: { start: new Date(start - hour).toISOString() },
    })
  await visit('in-progress', 'ana')

  const people = testPeople(vault, { now })
  const principals: Record<string, Principal> = {}
  const add = async (login: string, role: Role, more: Partial<Account> = {}): Promise<Account> => {
    const account = testAccount(login, { name: login, roles: [role], ...more })
    assert.equal(await people.accounts.add(account, tester), 'added')
    const { id, person, roles, practitioner, patient, represents = [] } = account
    const bound = { ...(practitioner ? { practitioner } : {}), ...(patient ? { patient } : {}) }
    principals[login] = {
      actor: `person/${id}`,
      client: 'token',
      person: { account: id, person, login, name: login, roles, represents, session: 's', ...bound },
    }
    return account
  }
  const staff = (login: string, role: Role, more: Partial<Account> = {}) =>
    add(login, role, { practitioner: `Practitioner/${login}`, ...more })
  const accounts = {
    ana: await staff('ana', 'physician'),
    bea: await staff('bea', 'physician'),
    luis: await staff('luis', 'nurse'),
    reception: await staff('reception', 'reception'),
    privacy: await add('privacy', 'privacy-officer'),
    officer: await add('officer', 'security-officer'),
    patient: await add('patient', 'patient', { patient: 'Patient/p1' }),
    other: await add('other', 'patient', { patient: 'Patient/p2' }),
    daughter: await add('daughter', 'representative', { represents: ['Patient/p1'] }),
  }
  const server = await running(
    {
      people: () => ({
        ...people,
        admit: ({ token }) => {
          const principal = principals[token]
          if (!principal?.person) return { status: 'invalid' }
          const person = { ...principal.person, steppedUpAt: people.seconds() }
          return { status: 'valid', principal: { ...principal, person } }
        },
      }),
    },
    vault,
  )
  // oxlint-disable-next-line typescript/no-explicit-any -- what a server answers is whatever it is
  type Told = { status: number; text: string; json: any }
  const ask = async (as: string, method: string, path: string, body?: object): Promise<Told> => {
    const type = path.startsWith('/fhir') ? 'application/fhir+json' : 'application/json'
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      method,
      headers: { authorization: `Bearer ${as}`, 'content-type': type },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await answer.text()
    return { status: answer.status, text, json: JSON.parse(text || '{}') }
  }
  const wants = (as: string, more: object = {}) =>
    ask(as, 'POST', '/duties/grants', { patient: 'Patient/p1', reason, ...more })
  /** Its id. */
  const asked = async (as: string, more: object = {}): Promise<string> => {
    const { status, json, text } = await wants(as, more)
    assert.equal(status, 200, text)
    return json.approval
  }
  /** What was decided, or why it was not. */
  const decides = async (as: string, id: string, how = 'approve'): Promise<string> => {
    const { status, json } = await ask(as, 'POST', `/auth/approvals/${id}/${how}`, {})
    return status === 200 ? (json.approval ?? json).state : json.error
  }
  const reads = async (as: string, path: string) => (await ask(as, 'GET', `/fhir/R4/${path}`)).status
  const notes = async (as: string) => {
    const found = await people.accounts.find(accounts[as as keyof typeof accounts].id)
    return found!.value.notices.map(({ kind, about }) => `${kind}: ${about}`)
  }
  return {
    ...vault,
    people,
    accounts,
    put,
    visit,
    staff,
    ask,
    wants,
    asked,
    decides,
    reads,
    notes,
    later: (ms: number) => void (aheadMs += ms),
  }
}

const observation = {
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  subject: { reference: 'Patient/p1' },
}

test('asked for, approved by who cares for the patient, open for a while and for that patient alone', async (t) => {
  const { ask, wants, asked, decides, reads, notes, later } = await hospital(t)
  for (const one of ['reception', 'privacy', 'officer', 'patient', 'daughter'])
    assert.equal((await wants(one)).json.error, 'forbidden', one)
  const id = await asked('bea', { hours: 5 })
  assert.equal((await wants('bea')).json.error, 'grant-asked', 'twice')
  assert.deepEqual(await notes('ana'), ['grant-asked: bea: Patient/p1'])
  assert.deepEqual(await notes('patient'), ['grant-asked-of-you: bea'])
  assert.deepEqual(await notes('daughter'), ['grant-asked-of-you: bea'])
  assert.deepEqual(await notes('luis'), [])
  assert.equal(await reads('bea', 'Observation/o-p1'), 404, 'not yet')
  // Whoever it is nothing to is not told that it is there.
  for (const one of ['luis', 'other', 'reception', 'officer']) {
    assert.equal(await decides(one, id), 'not-found', one)
    assert.equal(await decides(one, id, 'refuse'), 'not-found', one)
    assert.equal((await ask(one, 'GET', `/auth/approvals/${id}`)).status, 404, one)
    assert.ok(!(await ask(one, 'GET', '/auth/approvals')).text.includes(id), one)
  }
  assert.match(
    (await ask('ana', 'GET', `/auth/approvals/${id}`)).json.words.es,
    /^Abrir a bea el expediente Patient\/p1 por 5 horas: todo lo clínico, solo leer\. Motivo: a second/,
  )
  assert.equal(await decides('ana', id), 'done')
  assert.deepEqual(await notes('bea'), ['granted: Patient/p1'])
  assert.deepEqual((await notes('patient')).at(-1), 'granted-of-you: bea')
  const cases: [as: string, path: string, status: number][] = [
    ['bea', 'Observation/o-p1', 200],
    ['bea', 'Condition/c-p1', 200],
    ['bea', 'Patient/p1', 200],
    ['bea', 'Encounter/e1', 200],
    ['bea', 'Patient/p1/$everything', 200],
    ['bea', 'Invoice/i-p1', 403],
    ['bea', 'Observation/o-p2', 404],
    ['bea', 'Patient/p2', 404],
    ['luis', 'Observation/o-p1', 404],
  ]
  for (const [as, path, status] of cases) assert.equal(await reads(as, path), status, `${as} ${path}`)
  const found = await ask('bea', 'GET', '/fhir/R4/Observation')
  assert.equal(found.json.total, 0, 'no more than before without a patient')
  assert.equal((await ask('bea', 'POST', '/fhir/R4/Observation', observation)).status, 403, 'read only')
  later(4 * hour)
  assert.equal(await reads('bea', 'Observation/o-p1'), 200)
  later(hour)
  assert.equal(await reads('bea', 'Observation/o-p1'), 404, 'it ends by itself')
})

test('the patient approves, and who represents them; chosen types, and what may be added', async (t) => {
  const { ask, asked, decides, reads } = await hospital(t)
  assert.equal(
    (await ask('bea', 'POST', '/duties/grants', { patient: 'Patient/p1', reason, types: ['Nothing'] }))
      .status,
    404,
  )
  for (const wrong of [{ hours: 721 }, { hours: 0 }, { reason: 'short' }, { person: 'x' }, { types: ['a'] }])
    assert.equal(
      (await ask('bea', 'POST', '/duties/grants', { patient: 'Patient/p1', reason, ...wrong })).status,
      400,
      JSON.stringify(wrong),
    )
  assert.equal(await decides('patient', await asked('bea', { types: ['Observation'], writes: true })), 'done')
  const cases: [path: string, status: number][] = [
    ['Observation/o-p1', 200],
    ['Patient/p1', 200],
    ['Condition/c-p1', 404],
    ['Encounter/e1', 404],
  ]
  for (const [path, status] of cases) assert.equal(await reads('bea', path), status, path)
  const everything = (await ask('bea', 'GET', '/fhir/R4/Patient/p1/$everything')).json
  assert.deepEqual(
    everything.entry.map(({ resource }: { resource: { id: string } }) => resource.id).toSorted(),
    ['o-p1', 'p1'],
  )
  const writes = async (resource: Resource) =>
    (await ask('bea', 'POST', `/fhir/R4/${resource.resourceType}`, resource)).status
  const { subject, code } = observation
  assert.equal(await writes(observation), 201)
  assert.equal(await writes({ ...observation, subject: { reference: 'Patient/p2' } }), 403)
  assert.equal(await writes({ resourceType: 'Condition', subject, code }), 403, 'beyond it')

  assert.equal(await decides('daughter', await asked('luis', { writes: true })), 'done')
  const order = { resourceType: 'ServiceRequest', status: 'active', intent: 'order', subject, code }
  const requester = { reference: 'Practitioner/luis' }
  const luisWrites = async (resource: Resource) =>
    (await ask('luis', 'POST', `/fhir/R4/${resource.resourceType}`, resource)).status
  assert.equal(await luisWrites({ resourceType: 'Condition', subject, code }), 201)
  assert.equal(
    await luisWrites({ ...order, requester }),
    403,
    'nothing that would put them in care for longer',
  )
})

test('who has it, who approved it, the patient and officers see it and end it; others do not', async (t) => {
  const { ask, asked, decides, reads, notes } = await hospital(t)
  const id = await asked('bea')
  const seen = async (as: string) => {
    const { requests, grants } = (await ask(as, 'GET', '/duties/grants')).json
    return [requests.length, grants.length]
  }
  const all = ['bea', 'ana', 'patient', 'daughter', 'privacy', 'officer']
  for (const one of all) assert.deepEqual(await seen(one), [1, 0], one)
  const { requests } = (await ask('ana', 'GET', '/duties/grants')).json
  assert.deepEqual([requests[0].mayApprove, requests[0].isYours, requests[0].hours], [true, false, 72])
  assert.equal((await ask('privacy', 'GET', '/duties/grants')).json.requests[0].mayApprove, false)
  assert.equal(await decides('ana', id, 'refuse'), 'refused')
  assert.equal(await decides('ana', id), 'request-over')
  assert.equal((await ask('bea', 'DELETE', `/auth/approvals/${await asked('bea')}`)).json.state, 'withdrawn')
  for (const one of ['bea', 'ana', 'daughter', 'officer']) {
    const granted = await asked('bea')
    assert.equal(await decides('ana', granted), 'done')
    assert.equal(await reads('bea', 'Observation/o-p1'), 200, one)
    const end = (as: string) => ask(as, 'POST', `/duties/grants/${granted}/end`, {})
    for (const stranger of ['luis', 'reception', 'other']) {
      assert.deepEqual(await seen(stranger), [0, 0], stranger)
      assert.equal((await end(stranger)).status, 404, stranger)
    }
    assert.equal((await end(one)).json.ended.by, one)
    assert.equal(await reads('bea', 'Observation/o-p1'), 404, one)
    assert.equal((await end(one)).json.error, 'request-over', one)
  }
  assert.equal((await ask('ana', 'POST', '/duties/grants/none/end', {})).status, 404)
  assert.ok((await notes('bea')).includes('grant-ended: Patient/p1'))
  const listed = (await ask('privacy', 'GET', '/duties/grants')).json.grants
  assert.deepEqual([listed.length, listed[0].approvedBy], [4, ['ana']])
})

test('nobody approves their own, by a second account or as the same practitioner', async (t) => {
  const { visit, staff, asked, decides, accounts, wants } = await hospital(t)
  const { person } = accounts.bea
  await staff('bea-2', 'physician', { person, practitioner: 'Practitioner/bea-2' })
  await staff('bea-3', 'physician', { practitioner: 'Practitioner/bea' })
  const id = await asked('bea')
  assert.equal(await decides('bea', id), 'own-request')
  await visit('in-progress', 'ana', 'bea', 'bea-2')
  for (const one of ['bea', 'bea-2', 'bea-3']) assert.equal(await decides(one, id), 'own-request', one)
  assert.equal(await decides('ana', id), 'done')
  // A record of one's own is read as a patient reads it, and by no grant.
  await staff('carla', 'physician', { patient: 'Patient/p1', roles: ['physician', 'patient'] })
  assert.equal((await wants('carla')).json.error, 'forbidden')
})

test('an approver who cares no longer; who asked and is no clinician any more; what has expired', async (t) => {
  const { visit, asked, decides, reads, accounts, people, later } = await hospital(t)
  const id = await asked('bea')
  await visit('cancelled', 'ana')
  assert.equal(await decides('ana', id), 'not-found')
  assert.equal(await reads('bea', 'Observation/o-p1'), 404)
  await visit('in-progress', 'ana')
  const become = (roles: readonly Role[]) =>
    people.accounts.change(accounts.bea.id, (account) => ({ ...account, roles }), tester, 'roles')
  await become(['reception'])
  assert.equal(await decides('ana', id), 'request-over')
  await become(['physician'])
  later(7 * 24 * hour)
  assert.equal(await decides('ana', id), 'request-over', 'a week later')
})

test('policy that has closed meanwhile lets neither be: their training has lapsed', async (t) => {
  const { rows, asked, decides, accounts, reads, later } = await hospital(t, { safeguards })
  const train = (who: Account, at: number) => {
    const passed = { at, until: at + 365 * 24 * hour, edition: 1, right: 6 }
    const value = { passed: { breach: passed, 'data-protection': passed }, failed: {}, wrong: {} }
    return rows('training').change<object, void>(who.person, tester, () => ({
      write: { value, what: 'trained' },
      result: undefined,
    }))
  }
  const { ana, bea } = accounts
  const day = 24 * hour
  // Theirs lapse tomorrow, and in three days.
  await train(bea, start - 364 * day)
  await train(ana, start - 362 * day)
  const id = await asked('bea')
  later(2 * day)
  assert.equal(await decides('ana', id), 'request-over', 'who asked has to take the course again')
  await train(bea, start)
  later(2 * day)
  assert.equal(await decides('ana', id), 'training-needed', 'who approves has to')
  await train(ana, start)
  assert.equal(await decides('ana', id), 'done')
  assert.equal(await reads('bea', 'Observation/o-p1'), 200)
})

/** What stands in the rows that confer authority, and in no entry, once all is in the ledger. */
async function wrongIn({ sql, ledger, keys }: Awaited<ReturnType<typeof hospital>>): Promise<string[]> {
  for (;;) {
    const [row] = await sql<{ count: number }[]>`select count(*)::int as count from ledger_staged`
    if (row?.count === 0) break
    ledger.staged()
    await new Promise((resume) => setTimeout(resume, 20))
  }
  const found: string[] = []
  const onFinding = (each: RecordFinding | Finding) =>
    void found.push('of' in each ? `${each.what} ${each.of} ${each.type}` : each.what)
  const parts = { sql, ledger, keys, local: { timeZone }, folder: tmpdir(), onFinding }
  await verifyRecords({ ...parts, tables: ['authority'] })
  return found
}

test('planted, exchanged, altered or put back by SQL it opens nothing, and verify names it', async (t) => {
  const made = await hospital(t)
  const { asked, decides, reads, later } = made
  const superuser = connect(made.superuserUrl, { max: 1 })
  t.after(() => superuser.end())
  const isOpenLater = async (as: string) => {
    // What was read is believed for 700 ms.
    await new Promise((resume) => setTimeout(resume, 750))
    return (await reads(as, 'Observation/o-p1')) === 200
  }
  type Row = Record<string, unknown> & { id: string; kind: number }
  const written = async (kind: number, act: () => Promise<unknown>): Promise<Row> => {
    const before = (await superuser<Row[]>`select * from authority`).map(({ id }) => id)
    await act()
    const rows = await superuser<
      Row[]
    >`select * from authority where kind = ${kind} and not id = any(${before})`
    assert.equal(rows.length, 1)
    return rows[0]!
  }
  const beas = await written(9, async () => decides('ana', await asked('bea', { hours: 1 })))
  const luises = await written(9, async () => decides('ana', await asked('luis', { hours: 24 })))
  assert.deepEqual(await wrongIn(made), [])

  // A request in place of another: the act that was signed is not the one that stands there.
  let pending = ''
  const request = await written(6, async () => (pending = await asked('bea', { patient: 'Patient/p2' })))
  await superuser`create table kept as table authority`
  const restore = async () => {
    await superuser`truncate authority`
    await superuser`insert into authority select * from kept`
  }
  await superuser`update authority set sealed = ${luises['sealed'] as Uint8Array} where id = ${request.id}`
  assert.equal(await decides('other', pending), 'not-found')
  assert.deepEqual(await wrongIn(made), ['altered authority request'])
  await restore()

  later(2 * hour)
  assert.equal(await isOpenLater('bea'), false, 'it has ended')
  await superuser`
    update authority set (sealed, previous, staged) = (select sealed, previous, staged from authority where id = ${luises.id})
    where id = ${beas.id}`
  assert.equal(await isOpenLater('bea'), false, 'that of another')
  assert.deepEqual(await wrongIn(made), ['altered authority safeguard'])
  await restore()
  await superuser`
    insert into authority select gen_random_uuid(), kind, version, previous, sealed, staged, ends_at
    from authority where id = ${luises.id}`
  assert.deepEqual(await wrongIn(made), ['added authority safeguard'])
  await restore()

  // Luis's is ended, and put back as it was.
  const { json } = await made.ask('privacy', 'GET', '/duties/grants')
  const open = json.grants.find(({ to }: { to: string }) => to === 'luis')
  assert.equal((await made.ask('privacy', 'POST', `/duties/grants/${open.id}/end`, {})).status, 200)
  await superuser`delete from authority where id = ${luises.id}`
  await superuser`insert into authority ${superuser(luises)}`
  assert.equal(await isOpenLater('luis'), false, 'put back')
  const wrong = await wrongIn(made)
  assert.equal(wrong.length, 1)
  assert.match(wrong[0]!, /authority safeguard$/)
})
