/** The ledger asked over HTTP: entries, how far somebody came, a patient's file, tiles, and FHIR's AuditEvent. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parseDocument } from '#records/json/index.ts'
import { validate } from '#records/fhir/index.ts'
import { tilePath, tileWidth } from '../../src/kernel/ledger/tiles.ts'
import { wholeProgram } from '#test/kit/vault.ts'
import { running, token, type Running } from './http-kit.ts'
import { temporaryFolder } from '#test/kit/scope.ts'

interface Entry {
  id: string
  act: string
  action: string
  outcome: string
  owner: string
  patient?: string
  actor?: string
  client?: string
  view?: string
  query?: string
  reason?: string
  resources?: string[]
}

interface Page {
  entries: Entry[]
  next?: string
}

interface Bundle {
  entry?: { fullUrl: string; resource: AuditEvent }[]
  link: { relation: string; url: string }[]
}

interface AuditEvent {
  id: string
  recorded: string
  outcome: string
  outcomeDesc?: string
  subtype: { system: string; code: string }[]
  agent: { altId?: string; name?: string; network?: { address: string } }[]
  entity?: { what?: { reference: string }; query?: string }[]
}

let it: Running
const folder = temporaryFolder({ after })

before(async () => {
  it = await running()
  assert.deepEqual(await it.vault.ledger.start(), { status: 'ok' })
  await put({ resourceType: 'Patient', id: 'p1' })
  await put({ resourceType: 'Patient', id: 'p2' })
  for (let n = 0; n < 5; n++) await put(observation(`o${n}`, 'p1'))
  await put(observation('other', 'p2'))
  for (let n = 0; n < 3; n++) await it.ask('/Observation/o1', { headers: { 'Sigilo-View': 'v1' } })
  await it.ask('/Observation?patient=p2')
  await it.ask('/Observation/none')
  await settled()
})

function observation(id: string, patient: string): { resourceType: string; id: string } {
  const subject = { reference: `Patient/${patient}` }
  return { resourceType: 'Observation', id, status: 'final', code: { text: 'x' }, subject } as never
}

async function put(resource: { resourceType: string; id: string }): Promise<void> {
  const path = `/${resource.resourceType}/${resource.id}`
  const { status, text } = await it.ask(path, { method: 'PUT', body: JSON.stringify(resource) })
  assert.ok(status === 201 || status === 200, text)
}

/** Until all that was recorded is under a checkpoint. */
async function settled(): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const [row] = await it.vault.sql<{ through: boolean }[]>`
      select not exists (select from ledger_staged where not refused)
        and (select size from ledger_head) = (select coalesce(max(size), 0) from ledger_checkpoint) as through`
    if (row?.through) return
    await setTimeout(25)
  }
  assert.fail('the ledger does not settle')
}

async function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  const url = path.startsWith('http') ? path : `http://127.0.0.1:${it.port}${path}`
  return fetch(url, { headers: { authorization: `Bearer ${token}`, ...headers } })
}

async function page(path: string): Promise<Page> {
  const response = await get(path)
  const text = await response.text()
  assert.equal(response.status, 200, text)
  return JSON.parse(text) as Page
}

async function bundle(path: string): Promise<Bundle> {
  const { status, text } = await it.ask(path)
  assert.equal(status, 200, text)
  return JSON.parse(text) as Bundle
}

const shown = ({ action, outcome, patient, resources = [] }: Entry): string =>
  [action, outcome, patient ?? '-', ...resources].join(' ')

describe('GET /ledger/entries', () => {
  test('by patient: all that is of that patient, oldest first where asked', async () => {
    const { entries } = await page('/ledger/entries?patient=Patient/p1&order=oldest&action=create,read')
    assert.deepEqual(entries.map(shown), [
      'create done Patient/p1 Patient/p1/_history/1',
      ...[0, 1, 2, 3, 4].map((n) => `create done Patient/p1 Observation/o${n}/_history/1`),
      ...[0, 1, 2].map(() => 'read done Patient/p1 Observation/o1/_history/1'),
    ])
    assert.deepEqual(
      entries.filter(({ view }) => view === 'v1').map(({ action }) => action),
      ['read', 'read', 'read'],
    )
  })

  test('by who, program, address, time and action, and all of these together', async () => {
    const [one] = (await page('/ledger/entries?patient=p1&action=read&_count=1')).entries
    const address = (one as { address?: string }).address as string
    const all = `actor=bearer&client=token&address=${encodeURIComponent(address)}&from=2020&to=2100`
    const found = await page(`/ledger/entries?${all}&action=read&patient=p1`)
    assert.equal(found.entries.length, 3)
    for (const other of [
      all.replace('bearer', 'nobody'),
      all.replace('token', 'web'),
      all.replace(/address=[^&]+/, 'address=192.0.2.1'),
      all.replace('from=2020', 'from=2099'),
      all.replace('to=2100', 'to=2020'),
    ])
      assert.deepEqual((await page(`/ledger/entries?${other}&action=read&patient=p1`)).entries, [], other)
  })

  test('is itself in the ledger: in the stream of each whose entries were shown', async () => {
    await settled()
    const before = (await page('/ledger/entries?patient=p2&action=ledger-query')).entries.length
    await settled()
    // The one before is one more.
    const { entries } = await page('/ledger/entries?patient=p2&action=ledger-query')
    assert.equal(entries.length, before + 1)
    assert.equal(entries[0]?.query, 'entries?patient=p2&action=ledger-query')
    await page('/ledger/entries?order=oldest&_count=100')
    await settled()
    const newest = (await page('/ledger/entries?action=ledger-query&_count=10')).entries
    const theirs = newest.filter(({ query }) => query === 'entries?order=oldest&_count=100')
    assert.deepEqual(theirs.map(({ owner, patient }) => patient ?? owner).toSorted(), [
      'Patient/p1',
      'Patient/p2',
      'facility',
    ])
    assert.equal(new Set(theirs.map(({ act }) => act)).size, 1)
  })

  test('what was refused says why, and whose it was asked for', async () => {
    const { entries } = await page('/ledger/entries?action=read&order=oldest')
    const refused = entries.find(({ outcome }) => outcome === 'refused')
    assert.deepEqual(
      [refused?.owner, refused?.reason, refused?.resources],
      ['facility', 'not-found', ['Observation/none']],
    )
  })

  test('pages are of the tree as it was: nothing is skipped and none comes twice, whatever is appended', async () => {
    for (const order of ['oldest', 'newest']) {
      await settled()
      const want = (await page(`/ledger/entries?order=${order}&_count=1000`)).entries.map(({ id }) => id)
      // The entries that this asking made are in the tree by the time of the next.
      await settled()
      const found: string[] = []
      let isAppending = true
      const appending = (async () => {
        for (let n = 0; isAppending; n++) await it.ask(`/Observation/o${n % 5}`)
      })()
      let size = 0
      for (let next: string | undefined = `/ledger/entries?order=${order}&_count=3`; next;) {
        const got: Page = await page(next)
        found.push(...got.entries.map(({ id }) => id))
        next = got.next
        if (++size % 4 === 0) await setTimeout(60)
      }
      isAppending = false
      await appending
      assert.equal(new Set(found).size, found.length)
      const isIn = new Set(found)
      assert.deepEqual(
        want.filter((id) => !isIn.has(id)),
        [],
      )
      const numbers = found.map((id) => Number(id.split('-')[0])).toSorted((one, other) => one - other)
      // The whole tree of the first page, without a hole.
      assert.deepEqual(
        numbers,
        Array.from(numbers, (_, n) => n),
      )
    }
  })

  test("a page's token is for the same question, and for whoever was given it", async () => {
    const { next } = await page('/ledger/entries?_count=1')
    assert.ok(next)
    const url = new URL(next)
    const other = await get(`/ledger/entries${url.search}&action=read`)
    assert.equal(other.status, 410)
    const asked = it.vault.store.as({
      actor: 'somebody',
      client: 'token',
      address: 'x',
      principal: wholeProgram,
    })
    const theirs = await asked.ledger.entries({ _count: '1', _page: url.searchParams.get('_page') as string })
    assert.equal(theirs.status, 'page-of-another')
  })

  const wrong: [string, number][] = [
    ['/ledger/entries?colour=red', 400],
    ['/ledger/entries?action=lesen', 400],
    ['/ledger/entries?from=yesterday', 400],
    ['/ledger/entries?patient=a/b', 400],
    ['/ledger/entries?order=up', 400],
    ['/ledger/entries?_count=0', 400],
    ['/ledger/entries?_page=AAAA', 410],
    ['/ledger/radius', 400],
    ['/ledger/radius?from=2020', 400],
    ['/ledger/file/Patient/nobody', 404],
    ['/ledger/tile/0/999', 404],
    ['/ledger/tile/x', 404],
    ['/ledger/nothing', 404],
  ]
  for (const [path, status] of wrong) {
    test(`${path}: ${status}`, async () => assert.equal((await get(path)).status, status))
  }

  test('nothing of it is given without a token', async () => {
    for (const path of ['entries', 'radius?actor=x', 'file/Patient/p1', 'checkpoint', 'keys', 'tile/0/000']) {
      const response = await fetch(`http://127.0.0.1:${it.port}/ledger/${path}`)
      assert.equal(response.status, 401, path)
    }
  })
})

describe('GET /ledger/radius', () => {
  test('is exact, and names patients and resources', async () => {
    const asked = it.vault.store.as({
      actor: 'Practitioner/ana',
      client: 'web',
      address: '192.0.2.7',
      principal: wholeProgram,
    })
    for (let n = 0; n < 4; n++) await asked.read('Observation', 'o2')
    await asked.read('Observation', 'other')
    await asked.read('Observation', 'missing')
    await asked.update('Observation', 'other', Buffer.from(JSON.stringify(observation('other', 'p2'))), {})
    await settled()
    for (const by of ['actor=Practitioner/ana', 'client=web', 'address=192.0.2.7']) {
      const response = await get(`/ledger/radius?${by}&from=2020`)
      const radius = (await response.json()) as Record<string, never>
      assert.equal(response.status, 200)
      const { entries, acts, refused, patients, facility } = radius as unknown as {
        entries: number
        acts: number
        refused: number
        patients: { patient: string; reads: number; changes: number; acts: number; resources: object[] }[]
        facility: { acts: number }
      }
      assert.deepEqual(
        { entries, acts, refused, facility: facility.acts },
        { entries: 7, acts: 7, refused: 1, facility: 1 },
      )
      assert.deepEqual(
        patients.map((one) => [one.patient, one.acts, one.reads, one.changes, one.resources]),
        [
          ['Patient/p1', 4, 4, 0, [{ resource: 'Observation/o2', reads: 4, changes: 0 }]],
          ['Patient/p2', 2, 1, 1, [{ resource: 'Observation/other', reads: 1, changes: 1 }]],
        ],
      )
    }
    await settled()
    const told = await page('/ledger/entries?action=ledger-query&patient=p2&_count=1')
    assert.equal(told.entries[0]?.query, 'radius?address=192.0.2.7&from=2020')
  })
})

describe('AuditEvent', () => {
  test('is computed from each entry, and valid', async () => {
    const found = await bundle('/AuditEvent?_count=1000')
    const events = (found.entry ?? []).map(({ resource }) => resource)
    assert.ok(events.length > 20)
    for (const event of events) {
      const read = parseDocument(Buffer.from(JSON.stringify(event)))
      assert.ok(read.status === 'ok')
      const issues = validate(read.value, { decimals: read.decimals } as never)
      assert.deepEqual(issues, [], JSON.stringify(event))
    }
    assert.equal((await it.vault.sql`select from resource where type = 12`).length >= 0, true)
  })

  test('is read by its id; of another tree there is none', async () => {
    const [first] = (await bundle('/AuditEvent?patient=p1&_count=1')).entry ?? []
    assert.ok(first)
    const { id } = first.resource
    const { status, text, headers } = await it.ask(`/AuditEvent/${id}`)
    assert.equal(status, 200)
    assert.equal(headers.get('etag'), 'W/"1"')
    assert.deepEqual(JSON.parse(text), first.resource)
    assert.equal((await it.ask(`/AuditEvent/${id}/_history/1`)).status, 200)
    for (const other of [
      `${id.split('-')[0]}`,
      `9${id}`,
      id.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
    ])
      assert.equal((await it.ask(`/AuditEvent/${other}`)).status, 404, other)
    assert.equal((await it.ask(`/AuditEvent/${id}/_history/2`)).status, 404)
  })

  test('an entry of a Bundle is answered as the same request by itself', async () => {
    const [first] = (await bundle('/AuditEvent?patient=p1&_count=1')).entry ?? []
    const id = first?.resource.id ?? ''
    const urls = ['_history', 'x/_history', `${id}/_history`, `${id}/_history/1`, `${id}/_history/2`, id, 'x']
    const entry = urls.map((url) => ({ request: { method: 'GET', url: `AuditEvent/${url}` } }))
    const sent = await it.ask('/', {
      method: 'POST',
      body: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry }),
    })
    interface Told {
      resource?: AuditEvent
      response: { status: string; outcome?: { issue: { details: { coding: { code: string }[] } }[] } }
    }
    const told = (JSON.parse(sent.text) as { entry: Told[] }).entry
    for (const [n, url] of urls.entries()) {
      const { status, codes, text } = await it.ask(`/AuditEvent/${url}`)
      const { resource, response } = told[n]!
      const own = response.outcome?.issue.map(({ details }) => details.coding[0]?.code) ?? []
      assert.deepEqual([Number(response.status), own], [status, codes ?? []], url)
      assert.deepEqual(resource, status === 200 ? JSON.parse(text) : undefined, url)
    }
  })

  const reads = (event: AuditEvent) => event.subtype.some(({ code }) => code === 'read')
  const names = ({ entity = [] }: AuditEvent) => entity.flatMap(({ what }) => what?.reference ?? [])

  test('by patient, agent, date, action, type, outcome and entity', async () => {
    const searches: [string, (event: AuditEvent) => boolean][] = [
      ['patient=p1', (event) => names(event).includes('Patient/p1')],
      ['patient=Patient/p2&action=R', (event) => names(event).includes('Patient/p2')],
      ['agent=Practitioner/ana', (event) => event.agent[0]?.altId === 'Practitioner/ana'],
      ['agent:identifier=urn:x-sigilo:actor|bearer', (event) => event.agent[0]?.altId === 'bearer'],
      ['agent-name:exact=web', (event) => event.agent[1]?.name === 'web'],
      ['address:exact=192.0.2.7', (event) => event.agent[0]?.network?.address === '192.0.2.7'],
      ['subtype=read', reads],
      ['subtype=http://hl7.org/fhir/restful-interaction|read,nothing', reads],
      ['action=C&subtype=create', (event) => event.subtype.some(({ code }) => code === 'create')],
      ['type=rest&outcome=4', (event) => event.outcome === '4'],
      ['date=ge2020&date=lt2100&subtype=read', reads],
      ['entity=Observation/o1', (event) => names(event).some((name) => name.startsWith('Observation/o1'))],
      ['entity=Observation/none', (event) => event.outcomeDesc === 'not-found'],
      ['entity=Patient/p2', (event) => names(event).includes('Patient/p2')],
    ]
    for (const [search, holds] of searches) {
      const events = ((await bundle(`/AuditEvent?${search}&_count=100`)).entry ?? []).map(
        ({ resource }) => resource,
      )
      assert.ok(events.length > 0, search)
      for (const event of events) assert.ok(holds(event), `${search} ${JSON.stringify(event)}`)
    }
    for (const none of [
      'patient=p1&entity=Observation/other',
      'action=X',
      'date=2020',
      'patient=p9',
      'agent=x',
    ])
      assert.equal((await bundle(`/AuditEvent?${none}`)).entry, undefined, none)
    for (const wrong of [
      'colour=red',
      // What every object has is no parameter: whatever stood after it was passed over.
      'constructor=x&patient=p1',
      'toString=x',
      '__proto__=x',
      'date=x',
      'entity=Observation',
      'address=1',
      '_summary=count',
      'patient=a,b',
    ])
      assert.equal((await it.ask(`/AuditEvent?${wrong}`)).status, 400, wrong)
  })

  test('of an entity by all who were touched by any version of it', async () => {
    await put(observation('moved', 'p1'))
    await put(observation('moved', 'p2'))
    await it.ask('/Observation/moved')
    await settled()
    const found = await bundle('/AuditEvent?entity=Observation/moved&_sort=date')
    const told = (found.entry ?? []).map(({ resource }) => names(resource)[0])
    assert.ok(told.includes('Patient/p1') && told.includes('Patient/p2'), told.join())
  })

  test('pages, and is searched in a compartment, by POST and in a batch', async () => {
    const ids: string[] = []
    for (let next: string | undefined = '/AuditEvent?patient=p1&action=C,U&_count=2'; next;) {
      const found: Bundle = await bundle(next)
      ids.push(...(found.entry ?? []).map(({ resource }) => resource.id))
      next = found.link.find(({ relation }) => relation === 'next')?.url.replace(/^.*\/fhir\/R4/, '')
    }
    const whole = await bundle('/Patient/p1/AuditEvent?action=C,U')
    assert.deepEqual(
      ids,
      (whole.entry ?? []).map(({ resource }) => resource.id),
    )
    const posted = await it.ask('/AuditEvent/_search', {
      method: 'POST',
      body: 'patient=p1&action=C,U',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    assert.equal((JSON.parse(posted.text) as Bundle).entry?.length, ids.length)
    const entry = [{ request: { method: 'GET', url: `AuditEvent/${ids[0]}` } }]
    const batch = await it.ask('/', {
      method: 'POST',
      body: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry }),
    })
    const [answer] = (JSON.parse(batch.text) as { entry: { resource: AuditEvent }[] }).entry
    assert.equal(answer?.resource.id, ids[0])
  })

  test('nobody writes one', async () => {
    const body = JSON.stringify({ resourceType: 'AuditEvent', id: 'x' })
    for (const [method, path] of [
      ['POST', '/AuditEvent'],
      ['PUT', '/AuditEvent/x'],
      ['PATCH', '/AuditEvent/x'],
      ['DELETE', '/AuditEvent/x'],
      ['DELETE', '/AuditEvent?patient=p1'],
    ] as const) {
      const refused = await it.ask(path, { method, ...(method === 'DELETE' ? {} : { body }) })
      assert.deepEqual([refused.status, refused.codes], [405, ['audit-computed']], `${method} ${path}`)
      assert.equal(refused.headers.get('allow'), 'OPTIONS, GET, HEAD')
    }
    const event = (await bundle('/AuditEvent?_count=1')).entry?.[0]?.resource
    const entry = [{ request: { method: 'PUT', url: `AuditEvent/${event?.id}` }, resource: event }]
    const sent = await it.ask('/', {
      method: 'POST',
      body: JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }),
    })
    assert.deepEqual([sent.status, sent.codes], [405, ['transaction-failed', 'audit-computed']])
  })

  test('the CapabilityStatement says so', async () => {
    const { rest } = JSON.parse((await it.ask('/metadata')).text) as {
      rest: { resource: { type: string; interaction: { code: string }[]; searchRevInclude?: string[] }[] }[]
    }
    const resources = rest[0]?.resource ?? []
    const audit = resources.find(({ type }) => type === 'AuditEvent')
    assert.deepEqual(
      audit?.interaction.map(({ code }) => code),
      ['read', 'vread', 'search-type'],
    )
    assert.ok(
      !resources.some(({ searchRevInclude = [] }) =>
        searchRevInclude.some((each) => each.startsWith('Audit')),
      ),
    )
  })
})

const verify = fileURLToPath(new URL('../../tools/verify-ledger.mjs', import.meta.url))

/** Exit code, and what was said. */
async function run(args: string[]): Promise<[number, string]> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [verify, ...args], { maxBuffer: 1 << 26 })
    return [0, stdout]
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return [code, stdout + stderr]
  }
}

async function keysFile(): Promise<string> {
  const path = join(folder, 'keys')
  writeFileSync(path, await (await get('/ledger/keys')).text())
  return path
}

describe("a patient's file", () => {
  test('verifies offline, shows what was recorded, and ends with its being asked for', async () => {
    const response = await get('/ledger/file/Patient/p1')
    const text = await response.text()
    assert.equal(response.status, 200, text)
    assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8')
    const path = join(folder, 'p1.json')
    writeFileSync(path, text)
    const [code, said] = await run(['--file', path, '--key', await keysFile(), '--show'])
    assert.equal(code, 0, said)
    assert.match(said, /Observation\/o1|"Observation","o1"/)
    assert.match(said, /ledger-file/)
    const file = JSON.parse(text) as { entries: unknown[] }
    const cases: [string, (entries: unknown[]) => unknown[]][] = [
      ['one missing in the middle', (entries) => entries.filter((_, n) => n !== 2)],
      ['the first missing', (entries) => entries.slice(1)],
      ['the last missing', (entries) => entries.slice(0, -1)],
    ]
    for (const [name, change] of cases) {
      writeFileSync(path, JSON.stringify({ ...file, entries: change(file.entries) }))
      const [bad, why] = await run(['--file', path, '--key', await keysFile()])
      assert.equal(bad, 1, `${name}: ${why}`)
    }
    await settled()
    const told = await page('/ledger/entries?patient=p1&action=ledger-file&order=oldest')
    assert.deepEqual(told.entries.map(shown), ['ledger-file begun Patient/p1', 'ledger-file done Patient/p1'])
  })

  test('of somebody who was shredded there is none, and what is in the ledger verifies and says nothing', async () => {
    await put({ resourceType: 'Patient', id: 'gone' })
    await put(observation('of-gone', 'gone'))
    await it.ask('/Observation/of-gone')
    await settled()
    const before = await page('/ledger/entries?patient=gone')
    assert.equal(before.entries.length, 3)
    const destroyed = await it.vault.store.destructions.destroy('gone', 'asked for')
    assert.equal(destroyed.status, 'destroyed')
    await settled()
    assert.equal((await get('/ledger/file/Patient/gone')).status, 410)
    assert.equal((await get('/ledger/entries?patient=gone')).status, 410)
    const shredded = (await page('/ledger/entries?_count=1000')).entries.filter(
      ({ owner }) => owner === 'gone',
    )
    assert.ok(shredded.length >= 3)
    for (const entry of shredded) {
      assert.deepEqual(
        Object.keys(entry)
          .toSorted()
          .filter((name) => name !== 'commitments'),
        ['act', 'action', 'id', 'index', 'outcome', 'owner', 'recorded'],
      )
      const event = await it.ask(`/AuditEvent/${entry.id}`)
      assert.equal(event.status, 200)
      const { agent, entity } = JSON.parse(event.text) as AuditEvent
      assert.deepEqual([agent, entity], [[{ requestor: true }], undefined])
    }
    const radius = (await (await get('/ledger/radius?actor=bearer')).json()) as {
      gone: { patients: number; entries: number }
    }
    assert.equal(radius.gone.patients, 1)

    await settled()
    const copy = join(folder, 'copy')
    await fetchLedger(copy)
    const [code, said] = await run([copy, '--key', await keysFile()])
    assert.equal(code, 0, said)
  })
})

/** All that an auditor fetches: C2SP tlog-tiles. */
async function fetchLedger(target: string): Promise<void> {
  const save = (path: string, bytes: Uint8Array | string) => {
    const file = join(target, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, bytes)
  }
  const fetched = await get('/ledger/checkpoint')
  assert.equal(fetched.headers.get('content-type'), 'text/plain; charset=utf-8')
  assert.equal(fetched.headers.get('cache-control'), 'no-store')
  const note = await fetched.text()
  save('checkpoint', note)
  const size = Number(note.split('\n')[1])
  for (const kind of ['entries', 0, 1] as const) {
    const width = kind === 1 ? Math.floor(size / tileWidth) : size
    for (let at = 0; at < width; at += tileWidth) {
      const path = tilePath({ level: kind, index: at / tileWidth, width: Math.min(tileWidth, width - at) })
      const response = await get(`/ledger/${path}`)
      assert.equal(response.status, 200, path)
      assert.equal(response.headers.get('content-type'), 'application/octet-stream')
      assert.match(response.headers.get('cache-control') ?? '', /immutable/)
      save(path, new Uint8Array(await response.arrayBuffer()))
    }
  }
}
