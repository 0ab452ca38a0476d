/**
 * Questions about the ward (ward.ts), of all sorts: reads, searches, histories, Bundles of them; and writes. `{n}`: a time at which something
 * was written that whoever asks may see. */
import fc from 'fast-check'
import { patients, wardRecords, type Resource } from './ward.ts'

export interface Question {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Relative to `[base]`, with the leading `/`. */
  path: string
  headers?: Record<string, string>
  body?: string
}

const records = wardRecords(Date.UTC(2026, 0, 1))
const types = [...new Set(records.map(({ resourceType }) => resourceType)), 'Basic']
const idsOf = (type: string) => [
  ...records.filter(({ resourceType }) => resourceType === type).map(({ id }) => id),
  'nothing',
]
const anyType = fc.constantFrom(...types)
const anyPatient = fc.constantFrom(...patients, 'nothing')
const written = Array.from({ length: 10 }, (_, n) => `{${n}}`)
const named = anyType.chain((type) => fc.constantFrom(...idsOf(type)).map((id) => ({ type, id })))

/** Some of them, in any order. */
const some = (all: readonly string[], most: number) =>
  fc.uniqueArray(fc.constantFrom(...all), { maxLength: most }).map((few) => few)

/** By type, its criteria beside those that all have. */
const criteria: Record<string, readonly string[]> = {
  Patient: [
    'name=garcia',
    'family=P%C3%A9rez',
    'given=maria',
    'gender=female',
    'gender:not=female',
    'birthdate=ge1981',
    'identifier=CURP-p2',
    'identifier=MR-p1',
    'identifier=urn:curp|CURP-p1',
    'phone=55-p2',
    'phone:missing=true',
    'organization=Organization/org',
    '_has:Observation:subject:code=weight',
    '_has:Observation:patient:value-quantity=gt20',
    '_has:Invoice:subject:status=issued',
    '_has:Communication:subject:recipient=Patient/p2',
    '_has:Condition:subject:_has:List:item:code=x',
    'organization.name=cl%C3%ADnica',
    'general-practitioner=Practitioner/otto',
    '_has:Encounter:subject:participant=Practitioner/otto',
    'link:missing=true',
  ],
  Observation: [
    'code=weight',
    'code=urn:codes|glucose',
    'code=weight,pulse',
    'code:not=weight',
    'status=final',
    'category=laboratory',
    'category:missing=true',
    'value-quantity=gt15',
    'value-quantity=lt90',
    'date=ge2020',
    'date=lt2020',
    'performer=Practitioner/otto',
    'performer:Practitioner.family=garcia',
    'subject:Patient.name=garcia',
    'patient.identifier=urn:curp|CURP-p2',
    'patient.gender=female',
    'subject:Patient._has:Invoice:subject:status=issued',
    'has-member=Observation/weight-p2',
    'has-member:Observation.value-quantity=gt20',
    '_has:DiagnosticReport:result:code:text=chemistry',
    '_has:Condition:evidence-detail:_id=c-p2',
    'encounter.participant:Practitioner.family=garcia',
    'encounter=Encounter/e-p2',
  ],
  Encounter: [
    'status=in-progress',
    'participant=Practitioner/otto',
    'participant=Practitioner/ana',
    'subject:Patient.family=garcia',
    'date=ge2020',
    'service-provider=Organization/org',
    '_has:Observation:encounter:code=pulse',
  ],
  Appointment: [
    'status=booked',
    'actor=Practitioner/otto',
    'actor=Practitioner/ana',
    'actor:Patient.name=garcia',
    'date=ge2020',
    'date=lt2020',
  ],
  Condition: [
    'evidence-detail=Observation/weight-p2',
    'evidence-detail:Observation.code=weight',
    'recorded-date=ge2020',
  ],
  Communication: [
    'recipient=Patient/p2',
    'recipient:Patient.name=garcia',
    'sender:missing=true',
    'recipient=Practitioner/ana',
    'sent=ge2020',
  ],
  Coverage: ['payor=Organization/insurer-p2', 'payor:Organization.name=insurer', 'status=active'],
  Invoice: ['status=issued', 'issuer=Organization/org', 'issuer:Organization.name=org'],
  Organization: [
    'name=cl%C3%ADnica',
    '_has:Coverage:payor:status=active',
    '_has:Patient:organization:gender=male',
    '_has:Encounter:service-provider:status=in-progress',
  ],
  Practitioner: [
    'family=garcia',
    'name=ruiz',
    '_has:Encounter:participant:status=in-progress',
    '_has:Observation:performer:code=weight',
    '_has:Appointment:actor:status=booked',
  ],
  DiagnosticReport: [
    'result=Observation/glucose-p2',
    'result.code=glucose',
    'category=LAB',
    'specimen.type:missing=true',
  ],
  DocumentReference: ['status=current', 'location=Binary/b-p2'],
  Specimen: ['_has:DiagnosticReport:specimen:status=final'],
  RelatedPerson: ['name=garcia', '_has:Communication:sender:status=completed'],
  Schedule: ['actor=Practitioner/ana'],
  Slot: ['status=free', 'schedule.actor:Practitioner.family=ruiz'],
}
const byPatient: ReadonlySet<string> = new Set(
  'Observation Encounter Condition Invoice Communication DiagnosticReport Specimen DocumentReference'.split(
    ' ',
  ),
)
const includes: Record<string, readonly string[]> = {
  Patient: [
    '_include=Patient:organization',
    '_revinclude=*',
    '_revinclude=Observation:subject',
    '_revinclude=Invoice:subject',
    '_revinclude=Communication:recipient',
    '_revinclude=Coverage:beneficiary',
    '_revinclude=Encounter:subject&_include:iterate=Encounter:participant',
    '_revinclude=Appointment:patient',
  ],
  Observation: [
    '_include=Observation:subject',
    '_include=Observation:patient:Patient',
    '_include=*',
    '_include=Observation:has-member',
    '_include=Observation:performer&_revinclude:iterate=Encounter:participant',
    '_revinclude=Condition:evidence-detail',
    '_revinclude=DiagnosticReport:result',
    '_revinclude=*',
  ],
  Encounter: [
    '_include=Encounter:participant',
    '_include=Encounter:subject&_revinclude:iterate=Invoice:subject',
    '_revinclude=Observation:encounter',
    '_include=*&_include:iterate=*',
  ],
  Condition: [
    '_include=Condition:evidence-detail',
    '_include=Condition:evidence-detail&_include:iterate=Observation:subject',
    '_include=*&_include:iterate=*',
  ],
  Communication: [
    '_include=Communication:recipient',
    '_include=*',
    '_include=Communication:subject&_revinclude:iterate=Observation:subject',
  ],
  DiagnosticReport: [
    '_include=DiagnosticReport:result&_include:iterate=Observation:has-member',
    '_include=*',
  ],
  Organization: ['_revinclude=Coverage:payor', '_revinclude=Patient:organization', '_revinclude=*'],
  Practitioner: [
    '_revinclude=Encounter:participant',
    '_revinclude=Observation:performer',
    '_revinclude=*',
    '_revinclude=Appointment:actor&_include:iterate=Appointment:patient',
  ],
  Coverage: ['_include=Coverage:payor', '_include=*'],
}
const sorts: Record<string, readonly string[]> = {
  Patient: ['family', '-birthdate', 'gender', '_id'],
  Observation: ['date', '-date', 'value-quantity', '-code', 'status,-date', '_id'],
  Encounter: ['-date', 'status'],
  Appointment: ['date', '-date'],
}

function parametersOf(type: string): fc.Arbitrary<string[]> {
  const ids = idsOf(type)
  const own = [...(criteria[type] ?? []), ...ids.map((id) => `_id=${id}`), `_id=${ids.join()}`]
  if (byPatient.has(type)) {
    for (const id of [...patients, 'nothing']) own.push(`subject=Patient/${id}`, `patient=${id}`)
    own.push('patient=p1,p2', 'patient=p2,p4', `subject=${patients.map((id) => `Patient/${id}`).join()}`)
  }
  const times = written.flatMap((at) => [`_lastUpdated=ge${at}`, `_lastUpdated=lt${at}`])
  return fc
    .tuple(
      some(own, 2),
      fc.option(fc.constantFrom(...times), { freq: 5, nil: undefined }),
      some(includes[type] ?? ['_include=*', '_revinclude=*'], 1),
      fc.option(fc.constantFrom(...(sorts[type] ?? ['_id', '-status']), '_lastUpdated', '-_lastUpdated'), {
        nil: undefined,
      }),
      fc.option(fc.constantFrom('0', '1', '2', '3', '5', '50', '1000'), { nil: undefined }),
      fc.option(fc.constantFrom('accurate', 'estimate', 'none'), { nil: undefined }),
      fc.option(
        fc.constantFrom('_summary=count', '_summary=true', '_summary=text', '_elements=status,subject'),
        { freq: 5, nil: undefined },
      ),
    )
    .map(([few, time, included, sort, count, total, shape]) => [
      ...few,
      ...(time === undefined ? [] : [time]),
      ...included,
      ...(sort === undefined ? [] : [`_sort=${sort}`]),
      ...(count === undefined ? [] : [`_count=${count}`]),
      ...(total === undefined ? [] : [`_total=${total}`]),
      ...(shape === undefined ? [] : [shape]),
    ])
}

const get = (path: string): Question => ({ method: 'GET', path })
const withQuery = (path: string, parameters: readonly string[]) =>
  parameters.length === 0 ? path : `${path}?${parameters.join('&')}`

const typeSearch = anyType.chain((type) => parametersOf(type).map((all) => get(withQuery(`/${type}`, all))))
const compartmentSearch = fc
  .tuple(anyPatient, fc.constantFrom('*', ...types))
  .chain(([id, type]) =>
    (type === '*'
      ? some(['_count=2', '_total=accurate', '_sort=_lastUpdated', '_summary=count', '_include=*'], 2)
      : parametersOf(type)
    ).map((all) => get(withQuery(`/Patient/${id}/${type}`, all))),
  )
const systemSearch = fc
  .tuple(
    some(types, 3),
    some(
      [
        '_count=3',
        '_total=accurate',
        '_sort=_lastUpdated',
        '_summary=count',
        '_id=p1,p2,weight-p2',
        '_lastUpdated=ge2020',
      ],
      3,
    ),
  )
  .map(([named, all]) =>
    get(withQuery('/', [...(named.length === 0 ? [] : [`_type=${named.join()}`]), ...all])),
  )
const read = fc
  .tuple(
    named,
    fc.constantFrom('', '', '?_summary=true', '?_elements=id'),
    fc.constantFrom<Record<string, string>>(
      {},
      {},
      { 'if-none-match': 'W/"1"' },
      { 'if-none-match': '*' },
      { 'if-modified-since': 'Mon, 01 Jan 2035 00:00:00 GMT' },
    ),
    fc.constantFrom('GET', 'HEAD'),
  )
  .map(([{ type, id }, shape, headers, method]): Question => ({
    method: method as 'GET',
    path: `/${type}/${id}${shape}`,
    headers,
  }))
const history = fc
  .tuple(
    named,
    fc.constantFrom('', '/1', '/2', '/3'),
    some(['_count=1', `_since=${written[3]}`, '_since=2090'], 1),
  )
  .map(([{ type, id }, version, all]) =>
    get(withQuery(`/${type}/${id}/_history${version}`, version === '' ? all : [])),
  )
const typeHistory = fc
  .tuple(anyType, some(['_count=1', '_count=2', '_count=5', `_since=${written[3]}`, '_since=2090'], 2))
  .map(([type, all]) =>
    get(
      withQuery(
        `/${type}/_history`,
        all.filter((one, n) => all.findIndex((each) => each.slice(0, 4) === one.slice(0, 4)) === n),
      ),
    ),
  )
const everything = fc
  .tuple(
    anyPatient,
    fc.option(fc.integer({ min: 1, max: 25 }), { freq: 5 }),
    fc.option(fc.constantFrom(...written, '2090'), { freq: 3 }),
  )
  .map(([id, count, since]) =>
    get(
      withQuery(`/Patient/${id}/$everything`, [
        ...(count === null ? [] : [`_count=${count}`]),
        ...(since === null ? [] : [`_since=${since}`]),
      ]),
    ),
  )
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const posted = typeSearch.map(({ path }): Question => {
  const [type = '', body = ''] = path.split('?')
  return { method: 'POST', path: `${type}/_search`, headers: form, body }
})
const elsewhere = fc.constantFrom<Question>(
  get('/metadata?_elements=fhirVersion'),
  get('/$export'),
  get('/Patient/$export?_type=Nothing'),
  get('/$export/00000000-0000-4000-8000-000000000000'),
  get('/Nothing/x'),
  get('/Patient/p_2'),
  get('/Observation?nothing=1'),
  get('/Observation?_sort=nothing'),
  get('/Observation?subject:Patient.nothing=1'),
)
/** Searches of one type, and of a patient's compartment. */
export const searches: fc.Arbitrary<Question> = fc.oneof(
  { weight: 3, arbitrary: typeSearch },
  { weight: 1, arbitrary: compartmentSearch },
)

const single = fc.oneof(
  { weight: 8, arbitrary: typeSearch },
  { weight: 3, arbitrary: compartmentSearch },
  { weight: 2, arbitrary: systemSearch },
  { weight: 3, arbitrary: read },
  { weight: 2, arbitrary: history },
  { weight: 2, arbitrary: typeHistory },
  { weight: 3, arbitrary: everything },
  { weight: 1, arbitrary: elsewhere },
)
const batch = fc.array(single, { minLength: 1, maxLength: 4 }).map((all): Question => ({
  method: 'POST',
  path: '/',
  body: JSON.stringify({
    resourceType: 'Bundle',
    type: 'batch',
    entry: all.map(({ path }) => ({ request: { method: 'GET', url: path.slice(1) } })),
  }),
}))

/** What changes nothing. */
export const questions: fc.Arbitrary<Question> = fc.oneof(
  { weight: 12, arbitrary: single },
  { weight: 1, arbitrary: posted },
  { weight: 1, arbitrary: batch },
)

const preconditions = fc.constantFrom<Record<string, string>>(
  {},
  {},
  {},
  { 'if-match': 'W/"1"' },
  { 'if-match': 'W/"7"' },
  { 'if-none-match': '*' },
)
const resource = fc.constantFrom(...records.filter(({ resourceType }) => resourceType !== 'Binary'))
const change = fc.tuple(resource, anyPatient, fc.boolean()).map(([record, id, isMoved]): Resource => {
  if (!isMoved) return { ...record, language: 'en' }
  // Into another's record, or nobody's.
  const text = JSON.stringify(record).replaceAll(/"Patient\/\w+"/g, `"Patient/${id}"`)
  return { ...(JSON.parse(text) as Resource), id: record.id }
})
const sent = (
  method: 'PUT' | 'POST',
  path: string,
  body: object,
  headers: Record<string, string>,
): Question => ({
  method,
  path,
  headers,
  body: JSON.stringify(body),
})
const someCriteria = (type: string) =>
  fc.constantFrom(
    ...idsOf(type).map((id) => `_id=${id}`),
    ...(criteria[type] ?? []),
    ...(byPatient.has(type) ? ['patient=p2', 'patient=p1&status=final'] : []),
  )
const jsonPatch = fc.constantFrom(
  [{ op: 'test', path: '/status', value: 'final' }],
  [{ op: 'replace', path: '/language', value: 'en' }],
  [{ op: 'add', path: '/language', value: 'en' }],
)
const patchHeaders = { 'content-type': 'application/json-patch+json' }
const without = ({ id: _, ...rest }: Resource): object => rest

const write: fc.Arbitrary<Question> = fc.oneof(
  fc
    .tuple(change, preconditions)
    .map(([each, headers]) => sent('PUT', `/${each.resourceType}/${each.id}`, each, headers)),
  change.map((each) =>
    sent('PUT', `/${each.resourceType}/new-${each.id}`, { ...each, id: `new-${each.id}` }, {}),
  ),
  change.chain((each) =>
    someCriteria(each.resourceType).map((query) =>
      sent('PUT', `/${each.resourceType}?${query}`, without(each), {}),
    ),
  ),
  change.chain((each) =>
    fc
      .option(someCriteria(each.resourceType))
      .map((query) =>
        sent(
          'POST',
          `/${each.resourceType}`,
          without(each),
          query === null ? {} : { 'if-none-exist': query },
        ),
      ),
  ),
  fc.tuple(named, jsonPatch).map(([{ type, id }, ops]): Question => ({
    method: 'PATCH',
    path: `/${type}/${id}`,
    headers: patchHeaders,
    body: JSON.stringify(ops),
  })),
  anyType.chain((type) =>
    fc.tuple(someCriteria(type), jsonPatch).map(([query, ops]): Question => ({
      method: 'PATCH',
      path: `/${type}?${query}`,
      headers: patchHeaders,
      body: JSON.stringify(ops),
    })),
  ),
  named.map(({ type, id }): Question => ({ method: 'DELETE', path: `/${type}/${id}` })),
  anyType.chain((type) =>
    someCriteria(type).map((query): Question => ({ method: 'DELETE', path: `/${type}?${query}` })),
  ),
)
const bundled = fc
  .tuple(fc.constantFrom('batch', 'transaction'), fc.array(write, { minLength: 1, maxLength: 3 }))
  .map(([type, all]): Question => ({
    method: 'POST',
    path: '/',
    body: JSON.stringify({
      resourceType: 'Bundle',
      type,
      entry: all.map(({ method, path, headers = {}, body }) => ({
        ...(body === undefined || method === 'PATCH' ? {} : { resource: JSON.parse(body) as object }),
        request: {
          method: method === 'PATCH' ? 'DELETE' : method,
          url: path.slice(1),
          ...(headers['if-match'] === undefined ? {} : { ifMatch: headers['if-match'] }),
          ...(headers['if-none-exist'] === undefined ? {} : { ifNoneExist: headers['if-none-exist'] }),
        },
      })),
    }),
  }))

export const writes: fc.Arbitrary<Question> = fc.oneof(
  { weight: 4, arbitrary: write },
  { weight: 1, arbitrary: bundled },
)

/** A line of an import. */
export const lines: fc.Arbitrary<object> = change.chain((each) =>
  fc.constantFrom<object>(each, without(each), { ...each, id: `new-${each.id}` }),
)

/** Bulk exports: of what, and with which parameters. `{n}` as above. */
export const kickoffs: fc.Arbitrary<{ level: 'system' | 'patient'; pairs: [string, string][] }> = fc
  .tuple(
    fc.constantFrom('system' as const, 'system' as const, 'patient' as const),
    fc.option(fc.uniqueArray(anyType, { minLength: 1, maxLength: 4 }), { nil: undefined }),
    fc.constantFrom<[string, string][]>(
      [],
      [],
      [],
      [['_since', written[4]!]],
      [['_elements', 'id,subject']],
      [['_typeFilter', 'Observation?status=final']],
    ),
  )
  .map(([level, named, more]) => ({
    level,
    pairs: [...(named === undefined ? [] : [['_type', named.join()] as [string, string]]), ...more],
  }))

/** By which something hidden once showed. */
export const remembered: readonly Question[] = [
  get('/Observation/weight-p2/_history?_since=2090'),
  get('/Patient/p1/$everything'),
  get('/Patient/p3/$everything?_count=9'),
  get('/?_type=Invoice'),
  get('/Patient?_has:Invoice:subject:status=issued&identifier=MR-p1'),
  get('/Observation?patient=p1,p2&_count=2'),
  get('/?_count=3'),
]
