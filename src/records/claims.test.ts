import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyOf, testVault, timeZone } from '#test/kit/vault.ts'
import { claimNames, isOfNow } from './claims.ts'
import { parseSearch } from './search/index.ts'

const base = 'https://vault.example/fhir/R4'

function filtersOf(query: string, now = 0) {
  const parsed = parseSearch({
    type: 'Observation',
    pairs: [...new URLSearchParams(query)],
    timeZone,
    base,
    now,
  })
  assert(parsed.status === 'ok', query)
  return parsed.search.filters
}

const namesOf = (query: string) => claimNames(filtersOf(query)).map((name) => JSON.stringify(name))

/** Of each row all are the same criteria. */
const alike: string[][] = [
  ['subject=1', 'subject=Patient/1', 'patient=1', `subject=${base}/Patient/1`, 'subject=Patient%2F1'],
  ['code=x&status=final', 'status=final&code=x', 'status=final&code=x&code=X', 'code=%78&status=final'],
  ['code=x,y', 'code=y,x', 'code=y,x,y'],
  ['identifier=urn:x|1', 'identifier=urn%3Ax%7C1', 'identifier=%75rn:x|1'],
  ['date=2026-01-01T00:00:00Z', 'date=2026-01-01T01:00:00%2B01:00'],
  ['value-quantity=gt5', 'value-quantity=gt5.0'],
  ['patient.name=Ana Muñoz', 'subject:Patient.name=munoz ana'],
  ['_has:Provenance:target:agent=1', '_has:Provenance:target:agent=1&_has:Provenance:target:agent=1'],
]

/** Of each row all are different criteria, of which one transaction may have both. */
const unlike: string[][] = [
  ['code=x', 'code:not=x'],
  ['code=x', 'code=y'],
  ['identifier=urn:x|1', 'identifier=urn:y|1'],
  ['performer=Practitioner/1', 'performer=Organization/1'],
  ['value-quantity=5', 'value-quantity=5.0'],
  ['value-quantity=5', 'value-quantity=5||mg'],
  ['subject=Patient/1&code=x', 'subject=Patient/1&code=y'],
]

test('the same criteria, however written, have the same claims', () => {
  for (const [first = '', ...others] of alike)
    for (const other of others) assert.deepEqual(namesOf(other), namesOf(first), `${first} ${other}`)
})

test('what may be the same meets on a claim', () => {
  for (const [one, other] of [
    ['performer=1', 'performer=Practitioner/1'],
    ['subject=1&code=x', 'code=x&subject=Group/1'],
    ['identifier=1', 'identifier=urn:x|1'],
  ] as const) {
    const valuesOf = (query: string) =>
      new Set(claimNames(filtersOf(query)).map(({ kind, value }) => `${kind} ${value}`))
    assert(!valuesOf(one).isDisjointFrom(valuesOf(other)), `${one} ${other}`)
  }
})

test('different criteria share no claim but those that may be shared', () => {
  for (const [one = '', other = ''] of unlike) {
    const own = (query: string) =>
      new Set(namesOf(query).filter((name) => name.endsWith('"isShared":false}')))
    assert(own(one).size > 0 && own(one).isDisjointFrom(own(other)), `${one} ${other}`)
  }
})

test('what is near now is told from what is not', () => {
  assert(isOfNow(filtersOf('date=ap2020')))
  assert(isOfNow(filtersOf('_has:Observation:has-member:date=ap2020')))
  assert(!isOfNow(filtersOf('date=ge2020&code=x')))
})

test('two processes that create what neither found meet, however each wrote its criteria', async (t) => {
  const vault = await testVault(t)
  const other = await vault.another()
  const criteria = [
    (n: number) => [`subject=p${n}&code=x`, `code=x&subject=Patient%2Fp${n}`],
    (n: number) => [`identifier=urn:x|${n}`, `identifier=urn%3Ax%7C${n}`],
    (n: number) => [`performer=d${n}&status=final`, `status=final&performer=Practitioner/d${n}`],
    (n: number) => [`value-quantity=${n}&date=ap2020`, `date=ap2020&value-quantity=${n}`],
  ]
  for (const both of criteria) {
    for (let n = 0; n < 12; n++) {
      const body = bodyOf({
        resourceType: 'Observation',
        status: 'final',
        code: { coding: [{ code: 'x' }] },
        subject: { reference: `Patient/p${n}` },
        performer: [{ reference: `Practitioner/d${n}` }],
        identifier: [{ system: 'urn:x', value: `${n}` }],
        effectiveDateTime: '2020',
        valueQuantity: { value: n },
      })
      const [one = '', two = ''] = both(n)
      const outcomes = await Promise.all(
        [vault.store, other.store].map((store, at) =>
          store.create('Observation', body, { ifNoneExist: at === 0 ? one : two }),
        ),
      )
      const done = outcomes.map((each) => (each.status === 'ok' ? each.outcome : each.status))
      assert.deepEqual(done.toSorted(), ['created', 'unchanged'], `${one} ${two}`)
    }
    // Each way begins with nothing that matches.
    for (const found of await all(vault.store)) await vault.store.delete('Observation', found, {})
  }
})

async function all(store: Awaited<ReturnType<typeof testVault>>['store']): Promise<string[]> {
  const page = await store.list('Observation', { count: 1000 })
  assert(page.status === 'ok')
  return page.entries.map(({ id }) => id)
}
