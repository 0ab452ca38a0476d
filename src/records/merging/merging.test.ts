/** Two records of one person, as whoever reads them meets them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRefusal } from '#kernel/outcome.ts'
import type { Acting, By, SearchPage } from '#records/index.ts'
import { personAsking as person } from '#test/kit/asking.ts'
import { bodyOf, tester, testVault, type TestVault } from '#test/kit/vault.ts'
import { patientCompartment } from '../place.ts'
import type { SafeguardRows } from '#kernel/safeguard.ts'
import { begin } from './rows.ts'

const now = Date.UTC(2026, 10, 23, 12)
const dayMs = 86_400_000
const ago = (days: number) => new Date(now - days * dayMs).toISOString()
const ref = (reference: string) => ({ reference })
const who = { actor: 'tester', client: 'test', address: 'local' }
const approved = { approval: 'approved', at: 1 }

const ana = person('ana', { roles: ['physician'], practitioner: 'Practitioner/ana' })
const luis = person('luis', { roles: ['physician'], practitioner: 'Practitioner/luis' })
const herself = person('p2', { roles: ['patient'], patient: 'Patient/p2' })
const archive = person('archive', { roles: ['archivist'] })
const privacy = person('privacy', { roles: ['privacy-officer'] })

type Resource = { resourceType: string; id: string; [member: string]: unknown }

/** p1 and p2 are one woman: Ana cares for p1, Luis for p2, and nobody for p3. Of each some observations, and one that names two. */
async function clinic(t: Parameters<typeof testVault>[0]) {
  const vault = await testVault(t, { now: () => now })
  const { store } = vault
  const put = async (resource: Resource) => {
    const written = await store.update(resource.resourceType, resource.id, bodyOf(resource), {})
    assert.equal(written.status, 'ok', JSON.stringify(written))
  }
  const first: Resource[] = []
  for (const [n, id] of ['p1', 'p2', 'p3'].entries()) {
    const subject = ref(`Patient/${id}`)
    first.push({
      resourceType: 'Patient',
      id,
      ...(id === 'p1' ? { active: true } : {}),
      name: [{ family: 'Núñez', given: [`Elena ${id}`] }],
      birthDate: '1980-01-02',
      identifier: [{ system: 'urn:curp', value: `CURP-${id}` }],
    })
    for (let m = 0; m < 7; m++)
      first.push({
        resourceType: 'Observation',
        id: `${id}-weight-${m}`,
        status: 'final',
        code: { coding: [{ code: m % 2 === 0 ? 'weight' : 'height' }] },
        subject,
        effectiveDateTime: ago(10 * m + n),
        valueQuantity: { value: 60 + m, unit: 'kg' },
      })
  }
  for (const [id, doctor] of [
    ['p1', 'ana'],
    ['p2', 'luis'],
  ])
    first.push({
      resourceType: 'Encounter',
      id: `visit-${id}`,
      status: 'in-progress',
      class: { code: 'AMB' },
      subject: ref(`Patient/${id}`),
      period: { start: ago(1) },
      participant: [{ individual: ref(`Practitioner/${doctor}`) }],
    })
  // It names both of her records, and another patient's.
  first.push({
    resourceType: 'Appointment',
    id: 'both',
    status: 'booked',
    start: ago(1),
    end: ago(1),
    participant: ['p3', 'p1', 'p2'].map((id) => ({ actor: ref(`Patient/${id}`), status: 'accepted' })),
  })
  const bundle = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: first.map((resource) => ({
      resource,
      request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
    })),
  }
  assert.equal((await store.bundle(bodyOf(bundle), {})).status, 'ok')
  const as = (whom: By): Acting => store.as(whom)
  const merge = (source: string, target: string) =>
    store.as(tester).merging.carryOut('merge', { source, target }, approved)
  const unmerge = (source: string, target: string) =>
    store.as(tester).merging.carryOut('unmerge', { source, target }, approved)
  return { vault, put, as, merge, unmerge }
}

interface Asked {
  type?: string
  compartment?: string
  query: string
}

/** All pages, as they come: references in order, the total of each page, and pages in all. */
async function found(acting: Acting, { type, compartment, query }: Asked) {
  const names: string[] = []
  const totals = new Set<number | undefined>()
  let pages = 0
  for (let page: string | undefined; ;) {
    const answer = await acting.search({
      ...(type === undefined ? {} : { type }),
      ...(compartment === undefined ? {} : { compartment: { type: 'Patient', id: compartment } as const }),
      pairs: [...new URLSearchParams(query)],
      view: 'full',
      actor: acting.actor,
      ...(page === undefined ? {} : { page }),
    })
    assert.equal(answer.status, 'ok', JSON.stringify(answer))
    const { entries, total, next } = answer as SearchPage
    names.push(...entries.map(({ version }) => `${version.type}/${version.id}`))
    totals.add(total)
    pages++
    if (next === undefined) return { names, totals: [...totals], pages }
    page = next
  }
}

async function everything(acting: Acting, id: string): Promise<string[]> {
  const names: string[] = []
  for (let after: string | undefined; ;) {
    const page = await acting.everything(id, { count: 4, ...(after === undefined ? {} : { after }) })
    assert.equal(page.status, 'ok', JSON.stringify(page))
    if (page.status !== 'ok') return names
    names.push(...page.entries.map((version) => `${version.type}/${version.id}`))
    if (page.next === undefined) return names
    after = page.next
  }
}

const textOf = async (vault: TestVault, id: string): Promise<string> => {
  const read = await vault.store.read('Patient', id)
  assert.equal(read.status, 'ok')
  // The server's own members tell the version that it is.
  return read.status === 'ok'
    ? read.version.json.replace(/"meta":\{"versionId":"\d+","lastUpdated":"[^"]+"\},/, '')
    : ''
}

/** What `patient=p1` has to find once p1 and p2 are one: what a search for either finds. */
const questions = [
  ['Observation', 'patient=', ''],
  ['Observation', 'subject=Patient/', '&_sort=date'],
  ['Observation', 'subject:Patient=', '&_sort=-date,code&_count=3'],
  ['Observation', 'patient=', '&_sort=value-quantity&_count=4'],
  ['Observation', 'patient=', '&code=weight&_count=2&_sort=-value-quantity'],
  ['Observation', 'patient=', '&_summary=count'],
  ['Observation', 'patient=Patient/', '&date=ge2026-11-01'],
  ['Encounter', 'patient=', '&_include=Encounter:subject'],
  ['Appointment', 'actor=Patient/', ''],
  ['Observation', 'subject=', '&_id=p1-weight-1,p2-weight-1,p3-weight-1'],
] as const

test('what is asked of one record is asked of the person', async (t) => {
  const { vault, merge, unmerge } = await clinic(t)
  const { store } = vault
  const acting = () => store.as(tester)
  const sorted = (names: readonly string[]) => names.toSorted()
  const ask = async (ids: string) => {
    const answers = []
    for (const [type, before, after] of questions) {
      const given = ids
        .split(',')
        .map((id, n) => (n === 0 ? `${before}${id}` : `${before.replace(/^.*=/, '')}${id}`))
      answers.push(await found(acting(), { type, query: `${given.join(',')}${after}` }))
    }
    return answers
  }
  const alone = { p1: await ask('p1'), p2: await ask('p2'), p3: await ask('p3') }
  const both = await ask('p1,p2')
  const wasEverything = await everything(acting(), 'p1')

  const merged = await merge('p1', 'p2')
  assert.equal(merged.status, 'ok', JSON.stringify(merged))
  for (const id of ['p1', 'p2']) {
    const answers = await ask(id)
    for (const [n, { names, totals }] of answers.entries()) {
      const said = `${questions[n]?.join('')} of ${id}`
      assert.deepEqual(totals, both[n]?.totals, said)
      // In the very order, where one was asked for.
      if (questions[n]?.[2].includes('_sort=')) assert.deepEqual(names, both[n]?.names, said)
      else assert.deepEqual(sorted(names), sorted(both[n]?.names ?? []), said)
    }
    const there = await found(acting(), { compartment: id, query: '_count=5' })
    assert.equal(new Set(there.names).size, there.names.length)
    assert.deepEqual(
      there.names.filter((name) => name.startsWith('Observation/')).length,
      14,
      'both compartments',
    )
    assert.ok(there.totals.every((total) => total === there.names.length))
    const all = await everything(acting(), id)
    assert.equal(all[0], `Patient/${id}`)
    assert.equal(new Set(all).size, all.length, 'each once')
    assert.deepEqual(sorted(all), sorted([...there.names]))
    const observed = await found(acting(), {
      compartment: id,
      type: 'Observation',
      query: '_sort=date&_count=3',
    })
    assert.deepEqual(observed.names, both[1]?.names)
    // By what is said of one record of hers.
    for (const chain of [
      'subject:Patient.identifier=CURP-p1',
      'patient.identifier=CURP-p2',
      'patient.name=Elena',
    ])
      assert.ok(
        (await found(acting(), { type: 'Observation', query: `${chain}&code=weight` })).names.length >= 8,
        chain,
      )
    const revincluded = await found(acting(), {
      type: 'Patient',
      query: `_id=${id}&_revinclude=Observation:subject`,
    })
    assert.equal(revincluded.names.filter((name) => name.startsWith('Observation/')).length, 14)
  }
  // Whoever is somebody else is found as before.
  assert.deepEqual(
    (await ask('p3')).map(({ names }) => names),
    alone.p3.map(({ names }) => names),
  )
  // What a Patient says of itself stays its own.
  assert.deepEqual((await found(acting(), { type: 'Patient', query: 'link=Patient/p2' })).names, [
    'Patient/p1',
  ])
  assert.deepEqual((await found(acting(), { type: 'Patient', query: '_id=p1' })).names, ['Patient/p1'])

  assert.equal((await unmerge('p1', 'p2')).status, 'ok')
  for (const id of ['p1', 'p2', 'p3'] as const)
    assert.deepEqual(
      (await ask(id)).map(({ names }) => names),
      alone[id].map(({ names }) => names),
    )
  assert.deepEqual(await everything(acting(), 'p1'), wasEverything)
})

test('a page link of before goes on, whatever is merged meanwhile', async (t) => {
  const { vault, merge } = await clinic(t)
  const acting = vault.store.as(tester)
  const ask = (page?: string) =>
    acting.search({
      type: 'Observation',
      pairs: [
        ['patient', 'p1'],
        ['_count', '3'],
        ['_sort', 'date'],
      ],
      view: 'full',
      actor: acting.actor,
      ...(page === undefined ? {} : { page }),
    })
  const first = (await ask()) as SearchPage
  await merge('p1', 'p2')
  const names: string[] = first.entries.map(({ version }) => version.id)
  for (let { next } = first; next !== undefined;) {
    const page = (await ask(next)) as SearchPage
    assert.equal(page.status, 'ok')
    names.push(...page.entries.map(({ version }) => version.id))
    next = page.next
  }
  assert.equal(new Set(names).size, names.length)
  assert.deepEqual(names.filter((name) => name.startsWith('p1-')).length, 7)
})

test('parted, each is again what it was, byte for byte; nothing else was written', async (t) => {
  const { vault, merge, unmerge, put } = await clinic(t)
  const { sql } = vault
  await put({
    resourceType: 'Patient',
    id: 'p3',
    active: false,
    link: [{ other: ref('Patient/elsewhere'), type: 'seealso' }],
    multipleBirthInteger: 2,
    extension: [{ url: 'urn:x', valueDecimal: 1.0 }],
  })
  const before = await Promise.all(['p1', 'p2', 'p3'].map((id) => textOf(vault, id)))
  const count = async () => Number((await sql`select count(*) from history`)[0]?.['count'])
  const rows = await count()
  assert.equal((await merge('p1', 'p2')).status, 'ok')
  assert.equal((await merge('p3', 'p2')).status, 'ok')
  const merged = JSON.parse(await textOf(vault, 'p1')) as Record<string, unknown>
  assert.equal(merged['active'], false)
  assert.deepEqual(merged['link'], [{ other: ref('Patient/p2'), type: 'replaced-by' }])
  assert.equal(await count(), rows + 4, 'two versions of Patients for each')
  assert.equal((await unmerge('p1', 'p2')).status, 'ok')
  assert.equal((await unmerge('p3', 'p2')).status, 'ok')
  assert.deepEqual(await Promise.all(['p1', 'p2', 'p3'].map((id) => textOf(vault, id))), before)
})

test('chains, cycles, what is merged already, and what is not there', async (t) => {
  const { vault, merge, unmerge, put } = await clinic(t)
  const acting = vault.store.as(tester)
  const status = async (doing: Promise<{ status: string }>) => (await doing).status
  for (const id of ['p4', 'p5']) await put({ resourceType: 'Patient', id })
  assert.equal(await status(merge('p1', 'p1')), 'merge-same')
  assert.equal(await status(merge('p1', 'nobody')), 'not-found')
  assert.equal(await status(merge('nobody', 'p1')), 'not-found')
  assert.equal(await status(merge('p1', 'p2')), 'ok')
  assert.equal(await status(acting.merging.look('merge', { source: 'p1', target: 'p2' })), 'merged-already')
  assert.equal(await status(merge('p1', 'p2')), 'ok', 'again, as if once')
  assert.equal(await status(merge('p2', 'p1')), 'merge-inactive')
  assert.equal(await status(merge('p1', 'p3')), 'merged-already')
  assert.equal(await status(merge('p3', 'p1')), 'merge-inactive')
  assert.equal(await status(merge('p2', 'p3')), 'ok', 'a chain')
  for (const id of ['p1', 'p2', 'p3'])
    assert.equal((await found(acting, { type: 'Observation', query: `patient=${id}` })).names.length, 21)
  assert.equal(await status(merge('p3', 'p1')), 'merge-inactive', 'no cycle')
  assert.equal(await status(unmerge('p1', 'p3')), 'ok', 'nothing to do: it was merged into another')
  assert.equal(await status(acting.merging.look('unmerge', { source: 'p1', target: 'p3' })), 'not-merged')
  // In the middle: what was merged into it goes with it.
  assert.equal(await status(unmerge('p2', 'p3')), 'ok')
  assert.equal((await found(acting, { type: 'Observation', query: 'patient=p1' })).names.length, 14)
  assert.equal((await found(acting, { type: 'Observation', query: 'patient=p3' })).names.length, 7)

  // By plain writes nobody takes away what says so, and nobody joins anything.
  const plain = { resourceType: 'Patient', id: 'p1', active: true }
  assert.equal(await status(vault.store.update('Patient', 'p1', bodyOf(plain), {})), 'merged-patient')
  assert.equal(await status(vault.store.delete('Patient', 'p2', {})), 'merged-patient')
  const replaced = JSON.parse(await textOf(vault, 'p1')) as Resource
  assert.equal(
    await status(vault.store.update('Patient', 'p1', bodyOf({ ...replaced, gender: 'female' }), {})),
    'ok',
  )
  const bundle = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [{ resource: plain, request: { method: 'PUT', url: 'Patient/p1' } }],
  }
  const sent = await vault.store.bundle(bodyOf(bundle), {})
  assert.equal(
    sent.status === 'transaction-failed' && (sent as { cause?: { status: string } }).cause?.status,
    'merged-patient',
  )
  for (const [id, other, type] of [
    ['p4', 'p5', 'replaced-by'],
    ['p5', 'p4', 'replaces'],
  ])
    await put({ resourceType: 'Patient', id: id!, link: [{ other: ref(`Patient/${other}`), type }] })
  await put({
    resourceType: 'Observation',
    id: 'of-p4',
    status: 'final',
    code: { text: 'x' },
    subject: ref('Patient/p4'),
  })
  assert.deepEqual((await found(acting, { type: 'Observation', query: 'patient=p5' })).names, [])
})

test('of who was destroyed nothing is merged, and what was merged with them is read on', async (t) => {
  const { vault, merge, unmerge } = await clinic(t)
  const acting = vault.store.as(tester)
  assert.equal((await merge('p1', 'p2')).status, 'ok')
  assert.equal((await vault.store.destructions.destroy('p1', 'asked for')).status, 'destroyed')
  const observed = await found(acting, { type: 'Observation', query: 'patient=p2' })
  assert.equal(observed.names.length, 7)
  assert.deepEqual((await found(acting, { type: 'Observation', query: 'patient=p1' })).names, [])
  assert.ok((await everything(acting, 'p2')).every((name) => !name.includes('p1')))
  assert.equal((await unmerge('p1', 'p2')).status, 'gone')
  assert.equal((await merge('p1', 'p3')).status, 'gone')
  assert.equal((await merge('p3', 'p1')).status, 'gone')
  // The one that is left may be written, and may be merged on.
  assert.equal((await merge('p2', 'p3')).status, 'ok')
  assert.equal((await found(acting, { type: 'Observation', query: 'patient=p3' })).names.length, 14)
})

test('of many who merge the same at once each pair is joined once, or refused', async (t) => {
  const { vault, put } = await clinic(t)
  const ids = ['p1', 'p2', 'p3', 'p4', 'p5']
  for (const id of ['p4', 'p5']) await put({ resourceType: 'Patient', id })
  const others = [vault, await vault.another()]
  const pairs = ids.flatMap((source) =>
    ids.filter((target) => target !== source).map((target) => ({ source, target })),
  )
  const done = await Promise.all(
    pairs.map((pair, n) => others[n % 2]!.store.as(tester).merging.carryOut('merge', pair, approved)),
  )
  const merged = pairs.filter((_, n) => done[n]?.status === 'ok')
  for (const each of done)
    assert.ok(
      ['ok', 'merged-already', 'merge-inactive', 'version-conflict'].includes(each.status),
      each.status,
    )
  assert.ok(merged.length >= 1 && merged.length < ids.length, `${merged.length} joined`)
  // A tree: nobody was merged into two, and nobody into themselves by others.
  const into = new Map(merged.map(({ source, target }) => [source, target]))
  assert.equal(into.size, merged.length)
  const rootOf = (id: string, steps = 0): string => {
    assert.ok(steps < ids.length, 'a cycle')
    const next = into.get(id)
    return next === undefined ? id : rootOf(next, steps + 1)
  }
  const acting = vault.store.as(tester)
  for (const id of ids) {
    const own = ids.filter((each) => rootOf(each) === rootOf(id))
    const count = own.filter((each) => ['p1', 'p2', 'p3'].includes(each)).length * 7
    assert.equal(
      (await found(acting, { type: 'Observation', query: `patient=${id}` })).names.length,
      count,
      id,
    )
  }
})

/** Breaks off before the rows are changed for the so-manieth time, as a killed process does, and goes on being able to. */
function brokenOffAt(rows: SafeguardRows, change: number): () => void {
  const whole = rows.changeEach
  let changes = 0
  rows.changeEach = (...given) => {
    if (++changes === change) throw new Error('broken off')
    return whole(...given)
  }
  return () => (rows.changeEach = whole)
}

test('broken off anywhere, each is read by itself, and once more it is finished', async (t) => {
  const { vault, merge, unmerge, put } = await clinic(t)
  const acting = vault.store.as(tester)
  const rows = vault.rows('merging')
  // What else a Patient says of others joins nothing either.
  const link = [{ other: ref('Patient/elsewhere'), type: 'seealso' }]
  for (const id of ['p1', 'p2', 'p3'])
    await put({ ...(JSON.parse(await textOf(vault, id)) as Resource), resourceType: 'Patient', id, link })
  const counts = async () => {
    const told: number[] = []
    for (const id of ['p1', 'p2', 'p3']) {
      const { names } = await found(acting, { type: 'Observation', query: `patient=${id}` })
      const all = await everything(acting, id)
      assert.equal(all.filter((name) => name.startsWith('Observation/')).length, names.length, id)
      told.push(names.length)
    }
    return told
  }
  const broken = async (doing: () => Promise<unknown>, change: number) => {
    const mend = brokenOffAt(rows, change)
    try {
      await assert.rejects(doing(), /broken off/)
    } finally {
      mend()
    }
  }
  const apart = [7, 7, 7]
  const both = [14, 14, 7]
  const pair = { source: 'p1', target: 'p2' }
  for (const change of [1, 2]) {
    await broken(() => merge('p1', 'p2'), change)
    assert.deepEqual(await counts(), apart, `merging, ${change}`)
    // Nobody else comes between; and it may be asked for again.
    if (change === 2) {
      assert.equal((await merge('p1', 'p3')).status, 'merged-already')
      assert.equal((await merge('p2', 'p1')).status, 'merge-inactive')
      const plain = { resourceType: 'Patient', id: 'p1', active: true }
      assert.equal((await vault.store.update('Patient', 'p1', bodyOf(plain), {})).status, 'merged-patient')
      const bare = { resourceType: 'Patient', id: 'p2' }
      assert.equal((await vault.store.update('Patient', 'p2', bodyOf(bare), {})).status, 'merged-patient')
    }
    assert.equal((await acting.merging.look('merge', pair)).status, 'ok')
    assert.equal((await merge('p1', 'p2')).status, 'ok')
    assert.deepEqual(await counts(), both)
    await broken(() => unmerge('p1', 'p2'), change)
    assert.deepEqual(await counts(), change === 1 ? both : apart, `unmerging, ${change}`)
    assert.equal((await acting.merging.look('unmerge', pair)).status, 'ok')
    assert.equal((await unmerge('p1', 'p2')).status, 'ok')
    assert.deepEqual(await counts(), apart)
    // The other way out of each.
    await broken(() => merge('p1', 'p2'), change)
    assert.equal((await unmerge('p1', 'p2')).status, 'ok')
    assert.deepEqual(await counts(), apart)
    assert.equal((await merge('p1', 'p2')).status, 'ok')
    await broken(() => unmerge('p1', 'p2'), change)
    assert.equal((await merge('p1', 'p2')).status, 'ok')
    assert.deepEqual(await counts(), both)
    // In a chain nobody is read who is only going to be.
    await broken(() => merge('p2', 'p3'), change)
    assert.deepEqual(await counts(), both)
    assert.equal((await merge('p2', 'p3')).status, 'ok')
    assert.deepEqual(await counts(), [21, 21, 21])
    await broken(() => unmerge('p1', 'p2'), 2)
    assert.deepEqual(await counts(), [7, 14, 14])
    assert.equal((await unmerge('p1', 'p2')).status, 'ok')
    assert.equal((await unmerge('p2', 'p3')).status, 'ok')
    assert.deepEqual(await counts(), apart)
  }
  for (const id of ['p1', 'p2', 'p3']) {
    const { link: links, active } = JSON.parse(await textOf(vault, id)) as Record<string, unknown>
    assert.deepEqual([links, active], [link, id === 'p1' ? true : undefined], id)
  }
})

test('an approval that was broken off undoes nothing that others approved since', async (t) => {
  const { vault } = await clinic(t)
  const rows = vault.rows('merging')
  const pair = { source: 'p1', target: 'p2' }
  const carryOut = async (joining: 'merge' | 'unmerge', approval: string, at: number) =>
    (await vault.store.as(tester).merging.carryOut(joining, pair, { approval, at })).status
  const begun = await begin(rows, 'merge', pair, { approval: 'first', at: 1 }, who)
  assert.equal(begun.status, 'begun')
  assert.equal(await carryOut('merge', 'second', 2), 'ok')
  assert.equal(await carryOut('merge', 'first', 1), 'ok', 'as it is')
  assert.equal(await carryOut('unmerge', 'third', 3), 'ok')
  assert.equal(await carryOut('merge', 'first', 1), 'request-over')
  assert.equal(await carryOut('merge', 'second', 2), 'request-over')
  assert.equal(await carryOut('merge', 'fourth', 4), 'ok')
  assert.equal(await carryOut('unmerge', 'third', 3), 'request-over')
})

test('merged and parted at once, again and again, it ends as one or the other', async (t) => {
  const { vault, unmerge } = await clinic(t)
  const acting = vault.store.as(tester)
  const others = [vault, await vault.another()]
  const pair = { source: 'p1', target: 'p2' }
  for (let n = 0; n < 6; n++) {
    const done = await Promise.all(
      (['merge', 'unmerge', 'merge', 'unmerge'] as const).map((joining, each) =>
        others[(each + n) % 2]!.store.as(tester).merging.carryOut(joining, pair, approved),
      ),
    )
    for (const { status } of done) assert.ok(['ok', 'version-conflict'].includes(status), status)
    const counts = new Set<number>()
    for (const id of ['p1', 'p2'])
      counts.add((await found(acting, { type: 'Observation', query: `patient=${id}` })).names.length)
    const [count] = counts
    assert.equal(counts.size, 1, 'no half')
    const [source, target] = [await textOf(vault, 'p1'), await textOf(vault, 'p2')]
    const isJoined = count === 14
    assert.equal(source.includes('replaced-by'), isJoined)
    assert.equal(target.includes('replaces'), isJoined)
  }
  assert.equal((await unmerge('p1', 'p2')).status, 'ok')
})

test('who cares for one record cares for the person, and what either closes is closed', async (t) => {
  const { vault, as, merge, unmerge, put } = await clinic(t)
  const sees = async (whom: By, query = 'patient=p1') =>
    (await found(as(whom), { type: 'Observation', query })).names.length
  assert.deepEqual([await sees(ana), await sees(luis)], [7, 0])
  const read = async (whom: By, name: string) => (await as(whom).read('Observation', name)).status
  assert.equal(await read(luis, 'p1-weight-0'), 'not-found')
  assert.equal((await merge('p1', 'p2')).status, 'ok')
  for (const whom of [ana, luis, herself]) {
    for (const query of ['patient=p1', 'subject=Patient/p2', ''])
      assert.equal(await sees(whom, query), 14, query)
    for (const id of ['p1', 'p2'])
      assert.equal((await everything(as(whom), id)).filter((name) => name.startsWith('Obs')).length, 14)
    assert.equal(await read(whom, 'p1-weight-0'), 'ok')
    assert.equal(await read(whom, 'p3-weight-0'), 'not-found')
  }
  assert.deepEqual(await vault.ledger.start(), { status: 'ok' })
  assert.equal((await as(herself).ledger.file('p1')).status, 'ok')
  const consent: Resource = {
    resourceType: 'Consent',
    id: 'closed',
    status: 'active',
    scope: { coding: [{ code: 'patient-privacy' }] },
    category: [{ text: 'opposition' }],
    patient: ref('Patient/p2'),
    policyRule: { coding: [{ code: 'OPTIN' }] },
    provision: { type: 'deny', actor: [{ role: { text: 'x' }, reference: ref('Practitioner/ana') }] },
  }
  await put(consent)
  assert.deepEqual([await sees(ana), await sees(luis), await sees(herself)], [0, 14, 14])
  await put({ ...consent, status: 'inactive' })
  assert.equal(await sees(ana), 14)
  assert.equal((await unmerge('p1', 'p2')).status, 'ok')
  assert.deepEqual([await sees(ana), await sees(luis), await sees(herself)], [7, 0, 0])
})

test('who may not see both is told of neither, and carries nothing out', async (t) => {
  const { as, vault } = await clinic(t)
  const pair = { source: 'p1', target: 'p2' }
  for (const whom of [archive, privacy])
    assert.equal((await as(whom).merging.look('merge', pair)).status, 'ok')
  for (const whom of [ana, luis, herself])
    assert.equal((await as(whom).merging.look('merge', pair)).status, 'not-found')
  for (const whom of [ana, archive, privacy])
    assert.equal((await as(whom).merging.carryOut('merge', pair, approved)).status, 'forbidden')
  assert.equal((await vault.store.read('Patient', 'p1')).status, 'ok')
  const looked = await as(archive).merging.look('merge', pair)
  if (isRefusal(looked)) assert.fail(looked.status)
  assert.deepEqual((JSON.parse(looked.result) as Resource)['link'], [
    { other: ref('Patient/p1'), type: 'replaces' },
  ])
  assert.ok(!(await textOf(vault, 'p2')).includes('link'), 'a preview writes nothing')
})

test('the ledger has it in the entries of both, and who looks into one looks into both', async (t) => {
  const { vault, merge } = await clinic(t)
  assert.equal((await merge('p1', 'p2')).status, 'ok')
  const acting = vault.store.as(tester)
  await found(acting, { compartment: 'p1', type: 'Condition', query: '' })
  assert.deepEqual(await vault.ledger.start(), { status: 'ok' })
  const streams = ['p1', 'p2'].map((id) => patientCompartment(vault.keys.locator, id))
  const isTold = async (action: string, query: RegExp) => {
    const { entries } = await vault.ledger.query({ limit: 1000 })
    const told = entries.filter((each) => each.action === action && query.test(each.details?.query ?? ''))
    return streams.every((stream) => told.some(({ of }) => of === stream))
  }
  for (const [action, query] of [
    ['update', /^merge Patient\/p1 into Patient\/p2, approval approved$/],
    ['search', /^Patient\/p1\/Condition\?/],
  ] as const) {
    for (let tries = 0; !(await isTold(action, query)); tries++) {
      assert.ok(tries < 200, `${action} is not in both`)
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
})
