/**
 * What the server answers, compared with every resource judged one by one: searches made from the data, with and without
 * a patient, sorted and paged; chains, `_has`, `_include` and `_revinclude`.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { JsonObject } from '#records/json/index.ts'
import {
  compileFilters,
  createSorter,
  decodeTuple,
  encodeTuple,
  extract,
  parametersOf,
  parseSearch,
  type Candidate,
  type Value,
} from '#records/search/index.ts'
import { corpusFiles, without } from '#test/kit/corpus.ts'
import { searched } from '#test/kit/searched.ts'
import { timeZone } from '#test/kit/vault.ts'

interface Known extends Candidate {
  name: string
  type: string
}

const skip = without('synthea-smart')
/** Of the patients' Bundles the smallest: two thousand resources. */
const bytesMax = 900_000
const bundlesMax = 9

describe('the server finds what one finds by looking at each resource', { skip }, () => {
  let it: Awaited<ReturnType<typeof searched>>
  let known: Known[]
  // Registered for the suite: called within `before`, it would run when that ends.
  const ends: (() => Promise<void> | void)[] = []
  after(async () => {
    for (const end of ends.toReversed()) await end()
  })

  before(async () => {
    it = await searched({ after: (end) => void ends.push(end) })
    let sent = 0
    for (const { text } of corpusFiles('synthea-smart', '.json.gz')) {
      if (text.length > bytesMax || sent >= bundlesMax) continue
      const answer = await it.store.bundle(Buffer.from(text), {})
      assert.equal(answer.status, 'ok', JSON.stringify(answer).slice(0, 500))
      sent++
    }
    known = []
    const all = await it.all('?_count=1000')
    for (const name of all.names) known.push(await knownOf(name))
    assert(known.length > 1000, `${known.length} resources`)
  })

  async function knownOf(name: string): Promise<Known> {
    const [type = '', id = ''] = name.split('/')
    const read = await it.store.read(type, id)
    assert(read.status === 'ok')
    const { json: text, lastUpdated } = read.version
    const tuple = decodeTuple(encodeTuple(extract(JSON.parse(text) as JsonObject, { timeZone, text })))
    return { name, type, tuple, updatedAt: lastUpdated.getTime() }
  }

  /** By looking at each; in the order of the search, or none. */
  function judged(type: string, pairs: [string, string][]): string[] {
    const parsed = parseSearch({ type, pairs, timeZone, now: Date.now() })
    assert(parsed.status === 'ok', `${type}?${pairs.join('&')}`)
    const { filters, sort } = parsed.search
    const matcher = compileFilters(filters)
    const sorter = createSorter(sort)
    return known
      .filter((each) => each.type === type && (filters.length === 0 || matcher(each, () => new Set())))
      .map((each) => ({ name: each.name, values: sorter.valuesOf(each) }))
      .toSorted((one, other) => sorter.compare({ ...one, name: '' }, { ...other, name: '' }))
      .map(({ name }) => name)
  }

  test('parameter by parameter, of everybody and of one patient, sorted and paged', async () => {
    let asked = 0
    for (const type of new Set(known.map((each) => each.type))) {
      const own = known.filter((each) => each.type === type)
      const patients = own.flatMap((each) => {
        const value = each.tuple.values('patient')?.[0]
        return value?.kind === 'reference' && value.id !== undefined ? [`Patient/${value.id}`] : []
      })
      for (const { name, kind } of parametersOf(type)) {
        const values = own.flatMap((each) => each.tuple.values(name)?.slice(0, 1) ?? [])
        const texts = new Set([values[0], values.at(-1)].flatMap((value) => (value ? textsOf(value) : [])))
        for (const text of texts) {
          const pairs: [string, string][] = [[name, text]]
          if (asked++ % 3 === 0 && patients.length > 0)
            pairs.push(['patient', patients[asked % patients.length]!])
          const isSortable = kind !== 'composite' && kind !== 'special'
          if (asked % 2 === 0 && isSortable) pairs.push(['_sort', asked % 4 === 0 ? name : `-${name}`])
          const want = judged(type, pairs)
          const query = [...pairs, ['_count', String(asked % 5 === 0 ? 7 : 200)], ['_total', 'accurate']]
          const address = `${type}?${query.map((pair) => pair.map((each) => encodeURIComponent(each as string)).join('=')).join('&')}`
          const found = await it.all(address)
          assert.deepEqual(found.names.toSorted(), want.toSorted(), address)
          assert.equal(found.total, want.length, address)
          if (pairs.some(([each]) => each === '_sort')) assertOrder(type, pairs, found.names, address)
        }
      }
    }
    assert(asked > 200, `${asked} searches`)
  })

  function assertOrder(
    type: string,
    pairs: [string, string][],
    names: readonly string[],
    address: string,
  ): void {
    const parsed = parseSearch({ type, pairs, timeZone, now: 0 })
    assert(parsed.status === 'ok')
    const sorter = createSorter(parsed.search.sort)
    const byName = new Map(known.map((each) => [each.name, each]))
    const values = names.map((name) => ({ name: '', values: sorter.valuesOf(byName.get(name) as Known) }))
    for (let n = 1; n < values.length; n++) assert(sorter.compare(values[n - 1]!, values[n]!) <= 0, address)
  }

  const refsOf = (each: Known, parameter: string): string[] =>
    (each.tuple.values(parameter) ?? []).flatMap((value) =>
      value.kind === 'reference' && value.id !== undefined ? [`${value.type}/${value.id}`] : [],
    )
  const ofType = (type: string) => known.filter((each) => each.type === type)
  const refersInto = (parameter: string, names: Set<string>) => (each: Known) =>
    refsOf(each, parameter).some((name) => names.has(name))
  const namesOf = (list: readonly Known[]) => new Set(list.map(({ name }) => name))
  const judgedSet = (type: string, ...pairs: [string, string][]) => new Set(judged(type, pairs))

  test('chains and _has', async () => {
    const [house] = refsOf(ofType('Encounter')[0]!, 'service-provider')
    const [called] = known.find(({ name }) => name === house)!.tuple.values('name')!
    assert(called?.kind === 'string')
    const begins = called.text.slice(0, 4)
    const women = judgedSet('Patient', ['gender', 'female'])
    const womensEncounters = namesOf(ofType('Encounter').filter(refersInto('patient', women)))
    const finals = ofType('Observation').filter((each) =>
      judgedSet('Observation', ['category', 'vital-signs']).has(each.name),
    )
    const cases: [string, Set<string>][] = [
      ['Condition?patient.gender=female', namesOf(ofType('Condition').filter(refersInto('patient', women)))],
      [
        'Condition?subject:Patient.gender=female&_count=9',
        namesOf(ofType('Condition').filter(refersInto('subject', women))),
      ],
      [
        'Observation?encounter.patient.gender=female&_count=500',
        namesOf(ofType('Observation').filter(refersInto('encounter', womensEncounters))),
      ],
      [
        `Encounter?service-provider:Organization.name=${encodeURIComponent(begins)}`,
        namesOf(
          ofType('Encounter').filter(
            refersInto('service-provider', judgedSet('Organization', ['name', begins])),
          ),
        ),
      ],
      [
        'Patient?_has:Observation:patient:category=vital-signs',
        new Set(finals.flatMap((each) => refsOf(each, 'patient'))),
      ],
      [
        'Practitioner?_has:Encounter:practitioner:patient.gender=female',
        new Set(
          ofType('Encounter')
            .filter((each) => womensEncounters.has(each.name))
            .flatMap((each) => refsOf(each, 'practitioner')),
        ),
      ],
      [
        'Organization?_has:Encounter:service-provider:_has:Observation:encounter:category=vital-signs',
        new Set(
          ofType('Encounter')
            .filter((each) => new Set(finals.flatMap((one) => refsOf(one, 'encounter'))).has(each.name))
            .flatMap((each) => refsOf(each, 'service-provider')),
        ),
      ],
    ]
    const there = namesOf(known)
    for (const [address, set] of cases) {
      const want = [...set].filter((name) => there.has(name) && name.startsWith(`${address.split('?')[0]}/`))
      assert(want.length > 0, `${address} finds nothing`)
      assert.deepEqual((await it.all(address)).names.toSorted(), want.toSorted(), address)
    }
  })

  test('_include and _revinclude', async () => {
    const there = namesOf(known)
    const byName = new Map(known.map((each) => [each.name, each]))
    const patient = ofType('Patient')[0]!
    const ofPatient = (type: string) => ofType(type).filter(refersInto('patient', new Set([patient.name])))
    const refs = (list: readonly Known[], ...parameters: string[]) =>
      new Set(
        list
          .flatMap((each) => parameters.flatMap((name) => refsOf(each, name)))
          .filter((name) => there.has(name)),
      )
    const encounters = ofPatient('Encounter')
    const providers = refs(encounters, 'service-provider', 'participant')
    const references = (type: string) =>
      parametersOf(type)
        .filter(({ kind }) => kind === 'reference')
        .map(({ name }) => name)
    const cases: [string, Set<string>][] = [
      [
        `Encounter?patient=${patient.name}&_include=Encounter:service-provider&_include=Encounter:participant`,
        providers,
      ],
      [
        `Encounter?patient=${patient.name}&_include=Encounter:*`,
        refs(encounters, ...references('Encounter')),
      ],
      [`Encounter?patient=${patient.name}&_include=*`, refs(encounters, ...references('Encounter'))],
      [`Patient?_id=${patient.name.slice(8)}&_revinclude=Encounter:patient`, namesOf(encounters)],
      [
        `Patient?_id=${patient.name.slice(8)}&_revinclude=Encounter:patient&_include:iterate=Encounter:service-provider`,
        new Set([...namesOf(encounters), ...refs(encounters, 'service-provider')]),
      ],
      [
        `Encounter?patient=${patient.name}&_revinclude=Observation:encounter`,
        namesOf(ofType('Observation').filter(refersInto('encounter', namesOf(encounters)))),
      ],
      [
        `Encounter?patient=${patient.name}&_revinclude=Observation:encounter&_revinclude:iterate=DiagnosticReport:result`,
        (() => {
          const observations = ofType('Observation').filter(refersInto('encounter', namesOf(encounters)))
          return new Set([
            ...namesOf(observations),
            ...namesOf(ofType('DiagnosticReport').filter(refersInto('result', namesOf(observations)))),
          ])
        })(),
      ],
      [
        `Practitioner?_id=${[...refs(encounters, 'practitioner')][0]!.split('/')[1]}&_revinclude=Encounter:practitioner`,
        namesOf(
          ofType('Encounter').filter(
            refersInto('practitioner', new Set([[...refs(encounters, 'practitioner')][0]!])),
          ),
        ),
      ],
    ]
    for (const [address, want] of cases) {
      const found = await it.all(`${address}&_count=1000`)
      const matches = new Set(found.names)
      assert(want.size > 0, `${address} includes nothing`)
      assert.deepEqual(
        found.included.toSorted(),
        [...want].filter((name) => !matches.has(name)).toSorted(),
        address,
      )
      assert(found.included.every((name) => byName.has(name)))
    }
  })
})

/** Queries that a value of the data answers. */
function textsOf(value: Value): string[] {
  const escaped = (text: string) => text.replace(/[\\,$|]/g, '\\$&')
  switch (value.kind) {
    case 'token': {
      if (value.code === undefined || value.code === '') return []
      const code = escaped(value.code)
      return value.system === undefined ? [code] : [code, `${escaped(value.system)}|${code}`]
    }
    case 'string': {
      const word = value.text.split(/[\s,|$\\]/)[0] ?? ''
      return /\p{L}/u.test(word) ? [word.slice(0, 4)] : []
    }
    case 'reference':
      return value.id === undefined ? [] : [`${value.type}/${value.id}`]
    case 'date': {
      if (!Number.isFinite(value.low)) return []
      const day = new Date(value.low).toISOString().slice(0, 10)
      return [day, `ge${day}`, `lt${day.slice(0, 7)}`]
    }
    case 'number':
    case 'quantity':
      return value.value === undefined ? [] : [`${value.value}`, `gt${value.value}`, `le${value.value}`]
    case 'uri':
      return [escaped(value.uri)]
    case 'composite':
    case 'position':
      return []
  }
}
