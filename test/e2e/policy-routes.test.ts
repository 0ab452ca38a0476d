/**
 * Every route as every role, of what is theirs and of what is others': what each may have follows from test/golden/policy.txt, and the routes
 * are asked of the router. A route that somebody adds is asked without a line here; one that is of no class is a fault.
 */
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { pino } from 'pino'
import { randomUuid } from '#kernel/crypto/index.ts'
import { kindOf, kindsOf } from '../../src/records/gate/kinds.ts'
import { usualPurposes } from '#safeguards/access/purpose.ts'
import { readMatrix } from '#test/kit/matrix.ts'
import { testAccount, testPeople } from '#test/kit/people.ts'
import { methodsByRoute } from '#test/kit/routes.ts'
import { runs } from '#test/kit/runs.ts'
import { bodyOf, testVault, type TestVault } from '#test/kit/vault.ts'
import { mark, markOfCapsule, patients, staff, wardRecords, type Resource } from '#test/kit/ward.ts'
import { hostsFor } from '../../src/http/edge.ts'
import { createApp, type App } from '../../src/http/server.ts'

const matrix = readMatrix()
const records = wardRecords(Date.now())
const secret = 'mark-of-an-account'
/** Who keep accounts, and who see whether people have taken their courses. */
const overPeople: ReadonlySet<string> = new Set(['security-officer', 'privacy-officer', 'director'])

// ── What the matrix says ──

type Action = 'read' | 'identify' | 'create' | 'update' | 'delete'

function nameOf(who: string, action: string, type: string | undefined): string {
  const { program } = staff[who]!
  if (!program) return who
  const letter = { read: 'r', create: 'c', update: 'u', delete: 'd' }[action]
  const covers = program.scope
    .split(' ')
    .some((word) => word.startsWith(`system/${type}.`) && letter && word.split('.')[1]?.includes(letter))
  return `program, ${covers ? 'in its scope' : 'beyond it'}`
}

const purposeOf = (who: string): string => {
  const [role] = staff[who]!.person?.roles ?? []
  return role ? usualPurposes[role] : 'other'
}

/** Of a patient; of none, of the facility. */
function relationOf(who: string, patient: string | undefined): string {
  if (patient === undefined) return 'nobody'
  const { person } = staff[who]!
  if (person?.patient === `Patient/${patient}`) return 'own'
  if (person?.represents.includes(`Patient/${patient}`)) return 'represented'
  const cares = person?.roles.some((role) => role === 'physician' || role === 'nurse')
  return cares && (patient === 'p1' || patient === 'p3') ? 'care' : 'none'
}

function subjectsOf({ id }: Resource): (string | undefined)[] {
  const named = patients.filter((patient) => id.split('-').includes(patient))
  return id.startsWith('insurer') || named.length === 0 ? [undefined] : named
}

const kindOfRecord = ({ resourceType, ...rest }: Resource) =>
  kindOf(resourceType, () => {
    const [concept] = (rest['category'] ?? []) as { coding: { code: string }[] }[]
    return concept ? concept.coding.map(({ code }) => code) : []
  })

function allows(who: string, action: Action, record: Resource): boolean {
  const { resourceType: type } = record
  const common = {
    action,
    who: nameOf(who, action, type),
    purpose: purposeOf(who),
    kind: kindOfRecord(record),
  }
  return subjectsOf(record).every((patient) => matrix({ ...common, relation: relationOf(who, patient) }))
}

const couldBe = (who: string, action: Action, type: string): boolean =>
  kindsOf(type).some((kind) =>
    matrix({ action, who: nameOf(who, action, type), purpose: purposeOf(who), kind }),
  )

const allowsLedger = (who: string, action: string, patient: string | undefined): boolean =>
  matrix({
    action,
    who: nameOf(who, action, undefined),
    purpose: purposeOf(who),
    kind: 'ledger',
    relation: relationOf(who, patient),
  })

// ── Routes ──

/** What a request is about. */
interface Place {
  record: Resource
  patient: string | undefined
}

/** The statuses that are right; whatever else is told is judged by what stands in the answer. */
type Right = (who: string, place: Place, method: string) => readonly number[]

const joined = ['p1', 'p2'] as const
const any: Right = () => []
const ofRecord =
  (action: Action, well: readonly number[]): Right =>
  (who, { record }) => {
    const { resourceType: type } = record
    if (!couldBe(who, action, type)) return [403]
    if (!allows(who, 'read', record)) return [404]
    return allows(who, action, record) ? well : [403]
  }
const search: Right = (who, { record: { resourceType: type } }) =>
  couldBe(who, 'read', type) ? [200, 403, 404] : [403]
const ledger =
  (action: string, isOfPatient: boolean): Right =>
  (who, { patient }) =>
    allowsLedger(who, action, isOfPatient ? patient : undefined) ? [200, 400, 404] : [403]
/** A kick-off, which for some waits for an approval; and jobs, of which there are none of theirs. */
const exporting: Right = () => [202, 400, 403, 404]
/** Of the facility's, and of those whom they see; else it is everybody's. */
const typeHistory: Right = (who, { record: { resourceType: type } }) =>
  couldBe(who, 'read', type) ? [200, 403] : [403]
const patientOf = (patient: string | undefined): Resource =>
  records.find(({ resourceType, id }) => resourceType === 'Patient' && id === (patient ?? 'p2'))!
const everything: Right = (who, { patient }, method) =>
  ofRecord('read', [200])(who, { record: patientOf(patient), patient }, method)
/** To `p2`, which is nobody's who may write anything here. */
const moved: Right = (who, { record }) => {
  if (!couldBe(who, 'update', record.resourceType)) return [403, 405, 422]
  return [403, 404, 405, 409, 422]
}
/** Of two, `joined`: whoever does not see both is told of neither. */
const joining: Right = (who) => {
  if (!couldBe(who, 'read', 'Patient')) return [403]
  return joined.every((id) => allows(who, 'read', patientOf(id))) ? [200, 409] : [404]
}
const identities: Right = (who) => (couldBe(who, 'identify', 'Patient') ? [200, 204, 403, 404] : [403])
const officer: Right = (who) => (who === 'security-officer' ? [200, 204, 404] : [403])
const person: Right = (who) => (staff[who]!.person ? [] : [400, 401, 403, 404])

const classes: readonly [methods: RegExp, route: RegExp, right: Right][] = [
  [/^GET$/, /^\/(health|page\/.*)?$/, any],
  [/./, /^\/\*$/, () => [404]],
  [/^POST$/, /^\/oauth\/(token|revoke)$/, any],
  [/^POST$/, /^\/ledger\/witness\/add-checkpoint$/, any],
  [/^GET$/, /^\/fhir\/R4\/metadata$/, () => [200]],
  [/^GET$/, /^\/fhir\/R4\/AuditEvent\/_history$/, () => [403, 404]],
  [/^GET$/, /^\/fhir\/R4\/(Binary|:type)\/_history$/, typeHistory],
  [/./, /\/\$export(\/|$)/, exporting],
  [/^GET$/, /^\/fhir\/R4\/AuditEvent\/:id\/_history$/, () => [404]],
  [/^GET$/, /^\/fhir\/R4\/AuditEvent/, ledger('ledger-query', false)],
  [/^POST$/, /^\/fhir\/R4\/AuditEvent\/_search$/, ledger('ledger-query', false)],
  [/./, /^\/fhir\/R4\/Patient\/:id\/AuditEvent(\/_search)?$/, ledger('ledger-query', true)],
  [/./, /^\/fhir\/R4\/Patient\/:id\/\$everything$/, everything],
  [/^POST$/, /^\/fhir\/R4\/Patient\/\$(merge|unmerge)$/, joining],
  // What was done is looked at, too.
  [/^POST$/, /^\/fhir\/R4\/:type\/:id\/\$move$/, moved],
  [/./, /^\/fhir\/R4\/Patient\/\$(match|duplicates|not-duplicate)$/, identities],
  [/^GET$/, /^\/fhir\/R4\/Patient\/:id\/_history$/, everything],
  [/^GET$/, /^\/fhir\/R4\/(:type|Binary)\/:id(\/_history(\/:version)?)?$/, ofRecord('read', [200])],
  [
    /^(GET|POST)$/,
    /^\/fhir\/R4\/(Patient\/:id\/)?(:type|Binary)(\/_search)?$/,
    (who, place, method) => (method === 'POST' ? [] : search(who, place, method)),
  ],
  [/^(GET|POST)$/, /^\/fhir\/R4\/?(_search|Patient\/:id\/_search)?$/, any],
  [/^PUT$/, /^\/fhir\/R4\/(:type|Binary)\/:id$/, ofRecord('update', [200])],
  [/^PATCH$/, /^\/fhir\/R4\/(:type|Binary)\/:id$/, ofRecord('update', [200])],
  [/^DELETE$/, /^\/fhir\/R4\/(:type|Binary)\/:id$/, ofRecord('delete', [200, 204])],
  // By criteria nothing may be found, and something created: what was done is looked at.
  [/^(PUT|PATCH|DELETE)$/, /^\/fhir\/R4\/(:type|Binary)$/, any],
  [/^GET$/, /^\/ledger\/(entries|radius)$/, ledger('ledger-query', false)],
  [/^GET$/, /^\/ledger\/file\/Patient\/:id$/, ledger('ledger-file', true)],
  [/^GET$/, /^\/ledger\/(checkpoint|keys|tile\/\*)$/, ledger('ledger-proof', false)],
  [/./, /^\/auth\/(accounts|programs)/, officer],
  [/./, /^\/auth\/(session|sessions|requests|factors|approvals)(\/|$)/, person],
  [/./, /^\/auth\/(passkey-options|invitations|enrolment)/, any],
  [/./, /^\/duties\//, person],
]

/** One of each kind of resource, of a patient; those of the facility once. */
const shown = ['Patient', 'Appointment', 'Encounter', 'Condition', 'Invoice', 'Binary']
const theirs = (patient: string): Resource[] =>
  records.filter(
    (each) =>
      subjectsOf(each).includes(patient) &&
      (shown.includes(each.resourceType) ||
        ['glucose', 'weight'].includes(each.id.split('-')[0] ?? '') ||
        each.id === 'p1-p2'),
  )

// ── Asking ──

interface Asked {
  route: string
  method: string
  path: string
  place: Place
  headers: Record<string, string>
  body?: string
}

const withoutMarks = (record: Resource): object =>
  JSON.parse(JSON.stringify(record).replaceAll(/(mark|capsule)-[\w-]+/g, 'changed')) as object
const idOf: Record<string, string> = { version: '1', job: randomUuid(), file: 'a.ndjson' }

function* requestsTo(who: string, route: string, method: string): Generator<Asked> {
  const path = route
    .replaceAll(/:(version|job|file)/g, (_, name: string) => idOf[name]!)
    .replace('*', '0/000')
  const isOfPatient = /\/Patient\/:id/.test(route)
  for (const patient of [who === 'representative' ? 'p3' : 'p1', 'p2']) {
    const about = /:type|:id/.test(path) ? theirs(patient) : theirs(patient).slice(0, 1)
    for (const record of about) {
      const { resourceType: type, id } = record
      // One is enough where the type is no part of it.
      if (!path.includes(':type') && type !== (path.includes('Binary') ? 'Binary' : 'Patient')) continue
      const place = { record, patient }
      const own = isOfPatient ? patient : path.startsWith('/auth') ? account : id
      const at = path.replace(':type', type).replace(':id', own)
      const common = { route, method, place }
      if (method === 'GET' || method === 'HEAD') {
        yield { ...common, path: at, headers: {} }
        if (/^\/fhir\/R4\/:type$/.test(route))
          yield { ...common, path: `${at}?_id=${id}&_include=*&_revinclude=*`, headers: {} }
        continue
      }
      if (route.endsWith('_search')) {
        yield {
          ...common,
          path: at,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: route.includes('AuditEvent') ? '' : `_id=${id}`,
        }
        continue
      }
      yield { ...common, ...written(method, route, at, record) }
    }
    if (!/:type|:id/.test(path)) return
  }
}

function written(
  method: string,
  route: string,
  at: string,
  record: Resource,
): Pick<Asked, 'path' | 'headers' | 'body'> {
  const { resourceType: type, id } = record
  const json = { 'content-type': 'application/fhir+json' }
  const path = /\/:type$|Binary$/.test(route) && method !== 'POST' ? `${at}?_id=${id}` : at
  const body = withoutMarks(record)
  if (/\$export/.test(route))
    return { path, headers: json, body: JSON.stringify({ resourceType: 'Parameters' }) }
  if (!route.startsWith('/fhir')) return { path, headers: { 'content-type': 'application/json' }, body: '{}' }
  if (/\$(merge|unmerge|match|not-duplicate)$/.test(route)) {
    const [one, other] = joined.map((each) => ({ valueReference: { reference: `Patient/${each}` } }))
    const parameter = route.endsWith('$match')
      ? [{ name: 'resource', resource: body }]
      : route.endsWith('$not-duplicate')
        ? [one, other].map((each) => ({ name: 'patient', ...each }))
        : [
            { name: 'source-patient', ...one },
            { name: 'target-patient', ...other },
            { name: 'preview', valueBoolean: true },
          ]
    return { path, headers: json, body: JSON.stringify({ resourceType: 'Parameters', parameter }) }
  }
  if (route.endsWith('$move')) {
    const parameter = [
      { name: 'patient', valueReference: { reference: 'Patient/p2' } },
      { name: 'reason', valueString: 'tried' },
    ]
    return { path, headers: json, body: JSON.stringify({ resourceType: 'Parameters', parameter }) }
  }
  if (route.endsWith('$everything'))
    return { path, headers: json, body: JSON.stringify({ resourceType: 'Parameters' }) }
  switch (method) {
    case 'PATCH':
      return {
        path,
        headers: { 'content-type': 'application/json-patch+json' },
        body: JSON.stringify([{ op: 'add', path: '/language', value: 'en' }]),
      }
    case 'PUT':
      return { path, headers: json, body: JSON.stringify(body) }
    case 'POST': {
      const { id: _, ...rest } = body as Resource
      return {
        path,
        headers: json,
        body: JSON.stringify(/R4\/?$/.test(route) ? batchOf(theirs('p2')) : rest),
      }
    }
    default:
      return { path, headers: {} }
  }

  function batchOf(all: readonly Resource[]): object {
    const entry = all.flatMap((each) => {
      const url = `${each.resourceType}/${each.id}`
      return [
        { request: { method: 'GET', url } },
        { request: { method: 'GET', url: `${url}/_history` } },
        { request: { method: 'GET', url: `${type}?patient=p2&_revinclude=*` } },
        { request: { method: 'PUT', url }, resource: withoutMarks(each) },
        { request: { method: 'DELETE', url } },
      ]
    })
    return { resourceType: 'Bundle', type: 'batch', entry }
  }
}

/** What of it whoever asks may not be told. */
function told(who: string, text: string): string[] {
  const found: string[] = []
  if (!/mark-|capsule-|bWFyay/.test(text)) return found
  for (const record of records) {
    const { resourceType: type, id } = record
    const own = mark(type, id)
    const isIn =
      text.includes(own) || (type === 'Binary' && text.includes(Buffer.from(own).toString('base64')))
    if (isIn && !allows(who, 'read', record)) found.push(own)
    if (text.includes(markOfCapsule(type, id)) && !allows(who, 'identify', record))
      found.push(markOfCapsule(type, id))
  }
  if (text.includes(secret) && !overPeople.has(who)) found.push(secret)
  return found
}

// ── The house ──

const undoings: (() => Promise<void> | void)[] = []
after(async () => {
  for (const undo of undoings.toReversed()) await undo()
})

const unpaced = { atOnce: 1_000_000, everyMs: 1 }

let it: TestVault
let app: App
let port: number
let account: string
let served: { route: string; method: string }[]
let sessionsLeft: () => Promise<number>

before(async () => {
  it = await testVault({ after: (undo) => void undoings.push(undo) })
  assert.deepEqual(await it.ledger.start(), { status: 'ok' })
  for (const record of records) {
    const { resourceType, id } = record
    const put = await it.store.update(resourceType, id, bodyOf(record), {})
    assert.equal(put.status, 'ok', JSON.stringify(put))
  }
  const people = testPeople(it)
  app = createApp({
    store: it.store,
    health: () => ({ status: 'ok', version: '0.0.0' }),
    people: {
      ...people,
      admit: ({ token }) => {
        const principal = staff[token.replaceAll('_', ' ')]
        return principal ? { status: 'valid', principal } : { status: 'invalid' }
      },
    },
    log: pino({ enabled: false }),
    version: '0.0.0',
    randomId: randomUuid,
    // Everybody asks everything in a row, faster than people do.
    limits: { paces: { records: unpaced, duties: unpaced, looks: unpaced } },
  })
  undoings.push(() => app.fastify.close())
  // Who asks nobody: caught by what it tells, and because it is of no class.
  app.fastify.get('/fhir/R4/Patient/:id/$planted', async (request, reply) => {
    const { id } = request.params as { id: string }
    const read = await it.store.everything(id, { count: 100 })
    assert.ok(read.status === 'ok')
    const text = read.entries.map(({ json }) => json).join()
    reply.hijack()
    reply.raw.end(text)
  })
  await app.fastify.listen({ host: '127.0.0.1', port: 0 })
  ;({ port } = app.node.address() as AddressInfo)
  app.edge.hosts = hostsFor(`http://localhost:${port}`, port)
  const who = { actor: 'tester', client: 'test', address: 'local' }
  const victim = testAccount('victim', { name: secret })
  ;({ id: account } = victim)
  assert.equal(await people.accounts.add(victim, who), 'added')
  await people.sessions.start(
    {
      account: victim,
      method: 'passkey',
      purpose: 'TREAT',
      device: secret,
      address: '127.0.0.1',
      isPlain: true,
    },
    who,
  )
  sessionsLeft = async () => (await people.sessions.list(account)).length
  served = await servedBy(app)
})

/** With the methods that are no more than told not to be served left out. */
async function servedBy(app: App): Promise<typeof served> {
  const found: typeof served = []
  for (const { route, methods } of methodsByRoute(app)) {
    const response = await fetch(`http://127.0.0.1:${port}${route.replaceAll(/[:*]/g, '')}`, {
      method: 'OPTIONS',
      headers: { authorization: 'Bearer director' },
    })
    const allowed = response.headers.get('allow')?.split(', ')
    for (const method of methods)
      if (asks.has(method) && (!allowed || allowed.includes(method))) found.push({ route, method })
  }
  return found
}

const asks: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])

async function ask(
  who: string,
  { method, path, headers, body }: Asked,
): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { authorization: `Bearer ${who.replaceAll(' ', '_')}`, ...headers },
    ...(body === undefined ? {} : { body }),
  })
  const said = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n')
  return { status: response.status, text: `${said}\n${await response.text()}` }
}

const rightOf = ({ route, method }: { route: string; method: string }): Right | undefined =>
  classes.find(([methods, routes]) => methods.test(method) && routes.test(route))?.[2]

/** What is wrong with the answers to one of the staff, by route. */
async function faultsOf(who: string, asked: readonly Asked[]): Promise<string[]> {
  const faults: string[] = []
  for (let at = 0; at < asked.length; at += 8)
    await Promise.all(
      asked.slice(at, at + 8).map(async (each) => {
        const { route, method, path, place } = each
        const { status, text } = await ask(who, each)
        const said = `${method} ${route}: ${who}, ${path}: ${status}`
        const right = rightOf(each)?.(who, place, method) ?? []
        if (status >= 500 || (right.length > 0 && !right.includes(status)))
          faults.push(`${said}, not ${right.join(' or ')}`)
        for (const mark of told(who, text)) faults.push(`${said} tells ${mark}`)
      }),
    )
  return faults
}

const isReading = ({ method, route }: { method: string; route: string }) =>
  method === 'GET' || /_search$|everything$/.test(route)
const isPlanted = (fault: string) => fault.includes('$planted')

/** Everybody in the long run; else who is in care of some, who keeps a desk, who watches, who is cared for, and another in turn. */
const all = Object.keys(staff)
const inTurn = [
  'physician',
  'reception',
  'security-officer',
  'patient',
  all[Math.floor(Math.random() * all.length)]!,
]
const now = runs(0, 1) === 1 ? all : [...new Set(inTurn)]

test('every route is of a class', () => {
  assert.ok(served.length > 60, String(served.length))
  const unknown = served.filter((each) => !rightOf(each)).map(({ method, route }) => `${method} ${route}`)
  assert.deepEqual(unknown, ['GET /fhir/R4/Patient/:id/$planted'])
})

describe('by every role, of their own and of others’', () => {
  for (const who of now)
    test(`${who} reads what the matrix says`, async () => {
      const asked = served
        .filter(isReading)
        .flatMap(({ route, method }) => [...requestsTo(who, route, method)])
      const faults = await faultsOf(who, asked)
      assert.deepEqual(faults.filter((fault) => !isPlanted(fault)).slice(0, 10), [])
      const sees = ['p1', 'p2'].every((patient) =>
        theirs(patient).every((record) => allows(who, 'read', record)),
      )
      assert.equal(faults.some(isPlanted), !sees, 'what asks nobody is caught')
    })

  // Who may end others’ sessions does so last.
  for (const who of [...now.filter((each) => each !== 'security-officer'), 'security-officer'])
    test(`${who} changes what the matrix says`, async () => {
      const asked = served
        .filter((each) => !isReading(each) && rightOf(each))
        .flatMap(({ route, method }) => [...requestsTo(who, route, method)])
      const before = await versions()
      const faults = await faultsOf(who, asked)
      for (const [name, version] of await versions()) {
        const was = before.get(name)
        const record =
          records.find(({ resourceType, id }) => `${resourceType}/${id}` === name) ?? made.get(name)
        if (was === version || !record) continue
        const did = was === undefined ? 'create' : version === 'gone' ? 'delete' : 'update'
        if (!allows(who, did, record)) faults.push(`${who} may not ${did} ${name}`)
      }
      if (who !== 'security-officer') assert.equal(await sessionsLeft(), 1)
      assert.deepEqual(faults.slice(0, 10), [])
    })
})

/** What is new, as if it were of the ward. */
const made = new Map<string, Resource>()

/** Of all there is, the version; what is gone is told of once. */
async function versions(): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const { resourceType, id } of records) found.set(`${resourceType}/${id}`, 'gone')
  for (let page: string | undefined, n = 0; n === 0 || page !== undefined; n++) {
    const options = { pairs: [['_count', '1000']] as const, view: 'full', actor: 'tester' } as const
    const all = await it.store.search({ ...options, ...(page === undefined ? {} : { page }) })
    assert.ok(all.status === 'ok')
    for (const { version } of all.entries) {
      const name = `${version.type}/${version.id}`
      found.set(name, String(version.version))
      if (!made.has(name))
        made.set(name, { ...(JSON.parse(version.json) as Resource), id: idByContent(version.json) })
    }
    page = all.next
  }
  return found
}

/** A name that says whose it is, as those of the ward do. */
const idByContent = (json: string): string =>
  `made-${[...new Set(json.match(/(?<=Patient\/)p\d/g))].join('-')}`
