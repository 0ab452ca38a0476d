import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { SealBroken } from '#kernel/crypto/index.ts'
import { at } from '#test/kit/tree.ts'
import { bodyOf, testVault, type TestVault, type TestStore } from '#test/kit/vault.ts'
import { resourceKey } from './place.ts'
import type { Version } from './types.ts'

let vault: TestVault
let store: TestStore
const scope: (() => unknown)[] = []

before(async () => {
  vault = await testVault({ after: (done) => scope.push(done) })
  store = vault.store
})
after(async () => {
  for (const done of scope.toReversed()) await done()
})

const patient = (more: object = {}) => ({
  resourceType: 'Patient',
  name: [{ family: 'Núñez Íñiguez', given: ['Zoë'] }],
  ...more,
})
const observation = (patientId: string, more: object = {}) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  subject: { reference: `Patient/${patientId}` },
  ...more,
})

async function created(type: string, body: Uint8Array): Promise<Version> {
  const written = await store.create(type, body, {})
  assert.equal(written.status, 'ok', JSON.stringify(written))
  return (written as { version: Version }).version
}

function parsed(version: Version): unknown {
  return JSON.parse(version.json)
}

describe('one resource', () => {
  test('is created, read, changed, read at each version, deleted, and created again', async () => {
    const { id } = await created('Patient', bodyOf(patient()))
    const first = await store.read('Patient', id)
    assert.equal(first.status, 'ok')
    assert.equal(first.status === 'ok' && at(parsed(first.version), 'meta.versionId'), '1')

    const changed = await store.update('Patient', id, bodyOf(patient({ id, gender: 'female' })), {
      ifMatch: 1,
    })
    assert.equal(changed.status === 'ok' && changed.outcome, 'updated')
    const second = await store.read('Patient', id)
    assert.equal(second.status === 'ok' && at(parsed(second.version), 'gender'), 'female')
    const old = await store.vread('Patient', id, 1)
    assert.equal(old.status === 'ok' && at(parsed(old.version), 'gender'), undefined)
    assert.equal((await store.vread('Patient', id, 7)).status, 'not-found')

    const gone = await store.delete('Patient', id, {})
    assert.equal(gone.status === 'ok' && gone.outcome, 'deleted')
    assert.equal((await store.read('Patient', id)).status, 'gone')
    assert.equal((await store.vread('Patient', id, 3)).status, 'gone')
    const again = await store.delete('Patient', id, {})
    assert.equal(again.status === 'ok' && again.outcome, 'unchanged')

    const back = await store.update('Patient', id, bodyOf(patient({ id })), {})
    assert.equal(back.status === 'ok' && back.outcome, 'created')
    assert.equal(back.status === 'ok' && back.version?.version, 4)

    const history = await store.instanceHistory('Patient', id, { count: 10 })
    assert.equal(history.status, 'ok')
    if (history.status !== 'ok') return
    assert.deepEqual(
      history.entries.map(({ version, method }) => [version, method]),
      [
        [4, 'PUT'],
        [3, 'DELETE'],
        [2, 'PUT'],
        [1, 'POST'],
      ],
    )
    assert.equal(history.total, 4)
    const times = history.entries.map((entry) => entry.lastUpdated.getTime())
    assert.deepEqual(
      times,
      times.toSorted((a, b) => b - a),
    )
    assert.equal(new Set(times).size, 4, 'each version has a time of its own')
  })

  test('a version that was opened is read again without its bytes, and only while it is the current one', async () => {
    const { id } = await created('Patient', bodyOf(patient()))
    const read = async () => {
      const found = await store.read('Patient', id)
      return found.status === 'ok' ? at(parsed(found.version), 'meta.versionId') : found.status
    }
    assert.equal(await read(), '1')
    // Nobody asks for the bytes of what is remembered: those of this one row are gone, and it is read all the same.
    const spoil = (updated: boolean) => vault.sql`
      update resource set sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1), capsule = set_byte(capsule, 40, 1),
        updated_at = updated_at + ${updated ? '1 s' : '0'}::interval
      where resource = ${resourceKey(vault.keys.locator, 'Patient', id)}::uuid`
    await spoil(false)
    assert.equal(await read(), '1')
    // Written at another moment, the row says: that is not the version that was opened.
    await spoil(true)
    await assert.rejects(read(), SealBroken)
  })

  test('keeps decimals, order, escapes and unknown extensions', async () => {
    const text =
      '{"resourceType":"Observation","status":"final","extension":[{"url":"http://example.org/x","valueDecimal":0.10}],"code":{"text":"Peso ñ \\u00e9"},"valueQuantity":{"value":70.00,"unit":"kg"},"component":[{"code":{"text":"a"},"valueQuantity":{"value":1e2}}]}'
    const { id } = await created('Observation', Buffer.from(text))
    const read = await store.read('Observation', id)
    assert.equal(read.status, 'ok')
    if (read.status !== 'ok') return
    const { version } = read
    const meta = `"meta":{"versionId":"1","lastUpdated":"${version.lastUpdated.toISOString()}"},`
    assert.equal(version.json.replace(`"id":"${id}",`, '').replace(meta, ''), text)
  })

  test('client ids, update-as-create, and the preconditions of a write', async () => {
    const id = 'HEGG560427MVZRRL04'
    const put = (options: object, more: object = {}) =>
      store.update('Patient', id, bodyOf(patient({ id, ...more })), options)
    assert.equal((await put({ ifMatch: 1 })).status, 'precondition-failed')
    const first = await put({ ifNoneMatch: '*' })
    assert.equal(first.status === 'ok' && first.outcome, 'created')
    assert.equal((await put({ ifNoneMatch: '*' })).status, 'already-exists')
    assert.equal((await put({ ifMatch: 2 })).status, 'precondition-failed')
    assert.equal((await put({ ifMatch: 1 })).status, 'ok')
    assert.equal((await store.delete('Patient', id, { ifMatch: 1 })).status, 'precondition-failed')
    assert.equal(
      (await store.update('Patient', id, bodyOf(patient({ id: 'other' })), {})).status,
      'id-mismatch',
    )
    assert.equal((await store.update('Patient', id, bodyOf(patient()), {})).status, 'id-mismatch')
    assert.equal((await store.update('Observation', id, bodyOf(patient({ id })), {})).status, 'id-mismatch')
  })

  test('refusals name what was wrong', async () => {
    assert.equal((await store.read('Patient', 'no-such')).status, 'not-found')
    assert.equal((await store.read('Patientt', 'x')).status, 'unknown-type')
    assert.equal((await store.read('Patient', 'a b')).status, 'invalid-id')
    assert.equal(
      (await store.create('Patient', Buffer.from('{"resourceType":"Patient",'), {})).status,
      'malformed',
    )
    const invalid = await store.create(
      'Observation',
      bodyOf({ resourceType: 'Observation', status: 'final' }),
      {},
    )
    assert.equal(invalid.status, 'invalid')
    assert.match(JSON.stringify(invalid), /Observation\.code/)
  })
})

describe('compartments', () => {
  test('a resource joins its patient, also when the patient comes later', async () => {
    const id = 'comes-later'
    const early = await created('Observation', bodyOf(observation(id)))
    assert.equal((await store.everything(id, { count: 100 })).status, 'not-found')
    await store.update('Patient', id, bodyOf(patient({ id })), {})
    const all = await store.everything(id, { count: 100 })
    assert.equal(all.status, 'ok')
    if (all.status !== 'ok') return
    assert.deepEqual(
      all.entries.map((entry) => entry.id),
      [id, early.id],
    )
  })

  test('$everything holds what points to the patient and what the facility lends, page by page', async () => {
    const { id } = await created('Patient', bodyOf(patient()))
    const { id: relative } = await created('Patient', bodyOf(patient()))
    const { id: organization } = await created(
      'Organization',
      bodyOf({ resourceType: 'Organization', name: 'Hospital' }),
    )
    const { id: practitioner } = await created('Practitioner', bodyOf({ resourceType: 'Practitioner' }))
    const { id: role } = await created(
      'PractitionerRole',
      bodyOf({
        resourceType: 'PractitionerRole',
        practitioner: { reference: `Practitioner/${practitioner}` },
        organization: { reference: `Organization/${organization}` },
      }),
    )
    const { id: observed } = await created(
      'Observation',
      bodyOf(observation(id, { performer: [{ reference: `PractitionerRole/${role}` }] })),
    )
    // Touches two: lives with the first, points from the second.
    const { id: shared } = await created(
      'Observation',
      bodyOf(observation(relative, { performer: [{ reference: `Patient/${id}` }] })),
    )
    const whole = new Set([id, observed, shared, role, practitioner, organization])
    for (const count of [1, 2, 3, 100]) {
      const seen: string[] = []
      let after: string | undefined
      do {
        const page = await store.everything(id, { count, ...(after ? { after } : {}) })
        assert.equal(page.status, 'ok')
        if (page.status !== 'ok') return
        assert.ok(page.entries.length <= count)
        seen.push(...page.entries.map((entry) => entry.id))
        after = page.next
      } while (after)
      assert.deepEqual(new Set(seen), whole)
      assert.equal(seen.length, whole.size, 'nothing twice')
      assert.equal(seen[0], id)
    }
    // The pointer goes when the resource no longer touches the second patient.
    await store.update('Observation', shared, bodyOf(observation(relative, { id: shared })), {})
    const now = await store.everything(id, { count: 100 })
    assert.ok(now.status === 'ok' && !now.entries.some((entry) => entry.id === shared))
  })

  test('a resource moves to another patient with all its versions readable', async () => {
    const { id: a } = await created('Patient', bodyOf(patient()))
    const { id: b } = await created('Patient', bodyOf(patient()))
    const { id } = await created('Observation', bodyOf(observation(a)))
    for (const to of [b, a, b]) await store.update('Observation', id, bodyOf(observation(to, { id })), {})
    const history = await store.instanceHistory('Observation', id, { count: 10 })
    assert.equal(history.status, 'ok')
    if (history.status !== 'ok') return
    assert.deepEqual(
      history.entries.map((entry) => at(parsed(entry), 'subject.reference')),
      [b, a, b, a].map((each) => `Patient/${each}`),
    )
    const ofA = await store.everything(a, { count: 10 })
    const ofB = await store.everything(b, { count: 10 })
    assert.ok(ofA.status === 'ok' && ofA.entries.length === 1)
    assert.ok(ofB.status === 'ok' && ofB.entries.length === 2)
  })

  test('a type is listed newest or oldest first, by time, and counted', async () => {
    const ids: string[] = []
    for (let n = 0; n < 7; n++) {
      ids.push(
        (
          await created(
            'Flag',
            bodyOf({
              resourceType: 'Flag',
              status: 'active',
              code: { text: 'c' },
              subject: { reference: 'Patient/f' },
            }),
          )
        ).id,
      )
    }
    await store.delete('Flag', ids[3] as string, {})
    const live = ids.filter((_, n) => n !== 3)
    for (const ascending of [true, false]) {
      const seen: string[] = []
      let after: string | undefined
      do {
        const page = await store.list('Flag', {
          count: 2,
          ascending,
          total: true,
          ...(after ? { after } : {}),
        })
        if (page.status !== 'ok') return assert.fail(page.status)
        assert.equal(page.total, 6)
        seen.push(...page.entries.map((entry) => entry.id))
        after = page.next
      } while (after)
      assert.deepEqual(seen, ascending ? live : live.toReversed())
    }
    const fifth = await store.read('Flag', ids[5] as string)
    const from = fifth.status === 'ok' ? fifth.version.lastUpdated.getTime() : 0
    assert.deepEqual(await store.count('Flag', { from }), { status: 'ok', total: 2 })
    const history = await store.typeHistory('Flag', { count: 100 })
    assert.equal(history.status === 'ok' && history.entries.length, 8)
    assert.equal((await store.list('Flag', { count: 2, after: 'AAAA' })).status, 'page-expired')
  })
})

describe('conditional writes', () => {
  const device = (value: string, more: object = {}) => ({
    resourceType: 'Device',
    identifier: [{ system: 'urn:example:serial', value }],
    ...more,
  })

  test('create, update and delete where an identifier matches', async () => {
    const criteria = 'identifier=urn:example:serial|A-1'
    const first = await store.create('Device', bodyOf(device('A-1')), { ifNoneExist: criteria })
    assert.equal(first.status === 'ok' && first.outcome, 'created')
    const again = await store.create('Device', bodyOf(device('A-1')), { ifNoneExist: criteria })
    assert.equal(again.status === 'ok' && again.outcome, 'unchanged')
    assert.equal(again.status === 'ok' && again.version?.id, first.status === 'ok' && first.version?.id)
    // Another system is another identifier.
    const other = await store.create('Device', bodyOf(device('A-1')), {
      ifNoneExist: 'identifier=urn:example:other|A-1',
    })
    assert.equal(other.status === 'ok' && other.outcome, 'created')
    assert.equal(
      (await store.updateWhere('Device', criteria, bodyOf(device('A-1')), {})).status,
      'multiple-matches',
    )
    assert.equal((await store.deleteWhere('Device', criteria)).status, 'multiple-matches')

    const changed = await store.updateWhere('Device', 'identifier=B-2', bodyOf(device('B-2')), {})
    assert.equal(changed.status === 'ok' && changed.outcome, 'created')
    const changedAgain = await store.updateWhere('Device', 'identifier=B-2', bodyOf(device('C-3')), {})
    assert.equal(changedAgain.status === 'ok' && changedAgain.outcome, 'updated')
    // The directory follows the change.
    const none = await store.deleteWhere('Device', 'identifier=B-2')
    assert.equal(none.status === 'ok' && none.outcome, 'unchanged')
    const gone = await store.deleteWhere('Device', 'identifier=urn:example:serial|C-3')
    assert.equal(gone.status === 'ok' && gone.outcome, 'deleted')
    const goneAgain = await store.deleteWhere('Device', 'identifier=urn:example:serial|C-3')
    assert.equal(goneAgain.status === 'ok' && goneAgain.outcome, 'unchanged')
  })

  test('the patient as a criterion', async () => {
    const { id } = await created('Patient', bodyOf(patient()))
    const body = bodyOf(observation(id, { identifier: [{ value: 'o-1' }] }))
    const criteria = `patient=Patient/${id}&identifier=o-1`
    const first = await store.create('Observation', body, { ifNoneExist: criteria })
    const again = await store.create('Observation', body, { ifNoneExist: criteria })
    assert.equal(first.status === 'ok' && first.outcome, 'created')
    assert.equal(again.status === 'ok' && again.outcome, 'unchanged')
    const byPatient = await store.create('Observation', body, { ifNoneExist: `subject=Patient/${id}` })
    assert.equal(byPatient.status === 'ok' && byPatient.outcome, 'unchanged')
    const elsewhere = await store.create('Observation', body, {
      ifNoneExist: 'patient=Patient/nobody&identifier=o-1',
    })
    assert.equal(elsewhere.status === 'ok' && elsewhere.outcome, 'created')
  })

  test('what is not supported is refused by name, never ignored', async () => {
    const refusals: [string, string][] = [
      ['nombre=1', 'unsupported-parameter'],
      ['identifier:of-type=a', 'unsupported-parameter'],
      ['identifier=a&_sort=_id', 'unsupported-parameter'],
      ['identifier=', 'invalid-search-value'],
      ['', 'invalid-parameter'],
    ]
    for (const [ifNoneExist, want] of refusals) {
      assert.equal(
        (await store.create('Device', bodyOf(device('z')), { ifNoneExist })).status,
        want,
        ifNoneExist,
      )
    }
  })

  test('any criteria of a search', async () => {
    const { id } = await created('Patient', bodyOf(patient()))
    const body = (value: string) =>
      bodyOf(
        observation(id, { method: { text: value }, code: { coding: [{ system: 'urn:c', code: value }] } }),
      )
    const criteria = (value: string) => `patient=Patient/${id}&code=urn:c|${value},urn:c|other&status=final`
    const first = await store.create('Observation', body('a'), { ifNoneExist: criteria('a') })
    assert.equal(first.status === 'ok' && first.outcome, 'created')
    const again = await store.create('Observation', body('a'), { ifNoneExist: criteria('a') })
    assert.equal(again.status === 'ok' && again.outcome, 'unchanged')
    const changed = await store.updateWhere('Observation', `${criteria('a')}&date=x`, body('b'), {})
    assert.equal(changed.status, 'invalid-search-value')
    const chained = await store.updateWhere('Observation', `patient._id=${id}&code=urn:c|a`, body('b'), {})
    assert.equal(chained.status === 'ok' && chained.outcome, 'updated')
    const gone = await store.deleteWhere('Observation', criteria('b'))
    assert.equal(gone.status === 'ok' && gone.outcome, 'deleted')
  })

  test('of racing conditional creates one makes it, in one process and in two', async () => {
    const other = await vault.another()
    for (let round = 0; round < 7; round++) {
      const criteria = [
        `identifier=urn:example:serial|race-${round}`,
        `identifier:missing=false&identifier=urn:example:serial|race-${round}`,
        `manufacturer=race-${round}`,
      ][round % 3]!
      const all = await Promise.all(
        Array.from({ length: 16 }, (_, n) =>
          (n % 2 ? store : other.store).create(
            'Device',
            bodyOf(device(`race-${round}`, { manufacturer: `race-${round}` })),
            {
              ifNoneExist: criteria,
            },
          ),
        ),
      )
      assert.equal(all.filter((each) => each.status === 'ok' && each.outcome === 'created').length, 1)
      const ids = all.map((each) => (each.status === 'ok' ? each.version?.id : each.status))
      assert.equal(new Set(ids).size, 1)
    }
  })

  test('of racing updates each makes a version; of those with If-Match one wins', async () => {
    const other = await vault.another()
    const stores = [store, other.store]
    const { id } = await created('Patient', bodyOf(patient()))
    const each = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        (stores[n % 2] as TestStore).update('Patient', id, bodyOf(patient({ id })), {}),
      ),
    )
    assert.deepEqual(
      each
        .map((one) => (one.status === 'ok' ? one.version?.version : 0))
        .toSorted((a, b) => (a ?? 0) - (b ?? 0)),
      Array.from({ length: 12 }, (_, n) => n + 2),
    )
    const matched = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        (stores[n % 2] as TestStore).update('Patient', id, bodyOf(patient({ id })), { ifMatch: 13 }),
      ),
    )
    assert.equal(matched.filter((one) => one.status === 'ok').length, 1)
    assert.equal(matched.filter((one) => one.status === 'precondition-failed').length, 11)
  })

  test('concurrent updates by criteria are all carried out, one after another, and deletes too', async () => {
    const other = await vault.another()
    const stores = [store, other.store]
    const body = (n: number) =>
      bodyOf({ resourceType: 'Organization', name: `${n}`, identifier: [{ value: 'contested' }] })
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        (stores[n % 2] as TestStore).updateWhere('Organization', 'identifier=contested', body(n), {}),
      ),
    )
    assert.deepEqual(
      all.map((one) => (one.status === 'ok' ? one.version?.version : one.status)).toSorted(),
      [1, 2, 3, 4, 5, 6, 7, 8],
    )
    const gone = await Promise.all(
      stores.map((each) => each.deleteWhere('Organization', 'identifier=contested')),
    )
    assert.deepEqual(gone.map((one) => one.status === 'ok' && one.outcome).toSorted(), [
      'deleted',
      'unchanged',
    ])
  })

  test('a hundred writers of one resource in one process all get their turn', async () => {
    const { id } = await created('Basic', bodyOf({ resourceType: 'Basic', code: { text: 'contested' } }))
    const all = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        store.update('Basic', id, bodyOf({ resourceType: 'Basic', id, code: { text: `${n}` } }), {}),
      ),
    )
    assert.ok(all.every((one) => one.status === 'ok'))
    const read = await store.read('Basic', id)
    assert.equal(read.status === 'ok' && read.version.version, 101)
  })

  test('many who open one compartment at once write under one key', async () => {
    const other = await vault.another()
    const stores = [store, other.store]
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        (stores[n % 2] as TestStore).create('Observation', bodyOf(observation('opened-by-many')), {}),
      ),
    )
    assert.ok(all.every((one) => one.status === 'ok'))
    for (const one of all) {
      const id = one.status === 'ok' ? (one.version?.id as string) : ''
      assert.equal((await other.store.read('Observation', id)).status, 'ok')
    }
  })
})
