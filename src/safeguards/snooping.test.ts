/** Unusual access in a vault: from what was recorded, and from what the records say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { isRefusal } from '#kernel/outcome.ts'
import type { SafeguardPerson } from '#kernel/safeguard.ts'
import type { By } from '#records/index.ts'
import type { Role } from '#people/index.ts'
import { bodyOf, testVault } from '#test/kit/vault.ts'
import { snooping } from './snooping/index.ts'

const people: SafeguardPerson[] = [
  worker('rosa', 'reception', 'Practitioner/rosa'),
  worker('ines', 'reception', 'Practitioner/ines'),
  worker('oficial', 'privacy-officer'),
  worker('tubos', 'laboratory'),
  worker('quien', 'auditor'),
  // Inés, as a patient.
  { ...worker('ines-paciente', 'patient'), person: 'ines', patient: 'Patient/colega' },
]

function worker(login: string, role: Role, practitioner?: string): SafeguardPerson {
  const own = practitioner === undefined ? {} : { practitioner }
  return { person: login, login, name: login, roles: [role], actor: `person/${login}`, ...own }
}

function as(login: string): By {
  const {
    person = '',
    name = '',
    roles = [],
    practitioner,
  } = people.find((each) => each.login === login) ?? {}
  const actor = `person/${login}`
  const asking = { account: login, person, login, name, roles: roles as Role[], represents: [], session: 's' }
  const own = practitioner === undefined ? {} : { practitioner }
  return {
    actor,
    client: 'web',
    address: 'x',
    principal: { actor, client: 'web', person: { ...asking, ...own } },
  }
}

const patient = (id: string, family: string, more: object = {}) => ({
  resourceType: 'Patient',
  id,
  name: [{ family, given: ['Luz'] }],
  ...more,
})

const home = (line: string) => ({ address: [{ line: [line], postalCode: '06700' }] })

const today = new Date()
const resources = [
  {
    resourceType: 'Practitioner',
    id: 'rosa',
    name: [{ family: 'Xochitiotzin Vera' }],
    ...home('Calle Sur 12'),
  },
  { resourceType: 'Practitioner', id: 'ines', name: [{ family: 'García' }] },
  patient('tia', 'Xochitiotzin Mora', home('Calle Sur 12 int. 3')),
  patient('colega', 'García'),
  patient('famosa', 'López', { meta: { security: [{ code: 'VIP' }] } }),
  patient('citada', 'Xochitiotzin', home('Calle Sur 12')),
  patient('equivocada', 'Pérez'),
  ...Array.from({ length: 50 }, (_, n) => patient(`p${n}`, `Apellido${'abcdefghij'[n % 10]}`)),
  {
    resourceType: 'Appointment',
    id: 'cita',
    status: 'booked',
    start: today.toISOString(),
    end: today.toISOString(),
    participant: [{ actor: { reference: 'Patient/citada' }, status: 'accepted' }],
  },
]

test('is listed with its reasons; what the record explains is not; the question is in the ledger of each; one list is made at a time', async (t) => {
  const { store, ledger } = await testVault(t)
  const entry = resources.map((resource) => ({
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
    resource,
  }))
  const body = bodyOf({ resourceType: 'Bundle', type: 'transaction', entry })
  const written = await store.bundle(body, {})
  assert.equal(written.status, 'ok', JSON.stringify(written).slice(0, 400))
  const read = async (login: string, ...ids: string[]) => {
    for (const id of ids) assert.equal((await store.as(as(login)).read('Patient', id)).status, 'ok')
  }
  // Practitioners are nobody's patient, and neither are they in the list.
  await read('rosa', 'tia', 'citada', 'equivocada')
  await read('ines', 'citada', 'p1')
  // Reception could not.
  await read('tubos', 'famosa')
  await read('rosa', 'colega')
  // It went by in a list of names.
  const search = { type: 'Patient', pairs: [['family', 'López']], view: 'full', actor: 'person/rosa' }
  assert.equal((await store.as(as('rosa')).search(search as never)).status, 'ok')
  await ledger.start()
  for (let size = -1; size !== (await ledger.standing()).size;) {
    ;({ size } = await ledger.standing())
    await delay(600)
  }

  const list = async (login: string, asked = {}) => {
    const { list: endpoint } = (await snooping.endpoints?.()) ?? {}
    return endpoint!.act(
      {
        person: people[2]!,
        who: { actor: '', client: '', address: '' },
        params: {},
        watched: () => store.as(as(login)).watched(),
        rows: undefined as never,
        approvals: undefined as never,
        barred: async () => undefined,
        notify: async () => {},
        everybody: async function* () {
          yield* people
        },
        nowMs: Date.now() + 60_000,
        ...notAsked,
      },
      asked as never,
    )
  }
  const told = await list('oficial')
  assert.ok(!isRefusal(told), JSON.stringify(told))
  const { listed, visits } = told.value as {
    visits: number
    listed: {
      login: string
      patients: { patient: string; signs: { sign: string; es: string; en: string }[] }[]
    }[]
  }
  assert.equal(visits, 7)
  const signsOf = (login: string, id: string) =>
    listed
      .find((each) => each.login === login)
      ?.patients.find((each) => each.patient === `Patient/${id}`)
      ?.signs.map(({ sign }) => sign)
  assert.deepEqual(signsOf('rosa', 'tia'), ['no-relation', 'family', 'street'])
  assert.deepEqual(signsOf('rosa', 'colega'), ['no-relation', 'colleague'])
  assert.deepEqual(
    signsOf('rosa', 'equivocada'),
    ['no-relation'],
    'a day of hers that is listed has all of it',
  )
  assert.equal(signsOf('rosa', 'citada'), undefined, 'she had an appointment')
  assert.deepEqual(signsOf('tubos', 'famosa'), ['no-relation', 'vip'])
  const told1 = listed[0]?.patients[0]?.signs[0]
  assert.match(`${told1?.es} ${told1?.en}`, /expediente.*record/)

  for (const login of ['quien', 'rosa']) {
    const refused = await list(login)
    assert.equal(refused.status, 'forbidden', login)
  }
  assert.equal((await list('oficial', { from: '2020-01-01' })).status, 'invalid-parameter')
  assert.equal((await list('oficial', { to: 'ayer' })).status, 'invalid-parameter')
  for (let size = -1; size !== (await ledger.standing()).size;) {
    ;({ size } = await ledger.standing())
    await delay(600)
  }
  const { entries } = await ledger.query({ actor: 'person/oficial', actions: ['ledger-query'], limit: 100 })
  const asked = entries.filter(({ details }) => details?.query?.startsWith('snooping '))
  // In the stream of each who is named in the list, and in the facility's.
  assert.equal(asked.length, 5)

  const together = await Promise.all(['oficial', 'oficial', 'oficial'].map((login) => list(login)))
  assert.deepEqual(together.map(({ status }) => status).toSorted(), ['answer', 'busy', 'busy'])
  assert.equal((await list('oficial')).status, 'answer', 'and the next')
})

/** What this duty asks of nobody. */
const notAsked = {
  programs: undefined as never,
  uses: undefined as never,
  holds: undefined as never,
  signingOptions: undefined as never,
  signed: undefined as never,
}
