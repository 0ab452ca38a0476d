import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { validate } from '#records/fhir/index.ts'
import { parseDocument } from '#records/json/index.ts'
import { createCalendar } from '../calendar.ts'
import { house } from '../house.ts'
import { people } from '../people.ts'
import type { Resident } from '../people.ts'
import { createRandom } from '../random.ts'
import { ageOn, isWorkday } from './days.ts'
import { cast, chartOf, drawSeat } from './index.ts'
import { problems } from './terms/problems.ts'

const today = '2026-11-22'
const { at } = createCalendar('America/Mexico_City')

interface Coded {
  coding?: { system?: string; code: string }[]
  text?: string
}
interface Quantity {
  value: number
  unit: string
}
/** What these tests read of any resource. */
interface Read {
  resourceType: string
  id: string
  [element: string]: unknown
  code: Coded
  status?: string
  class: { code: string }
  encounter?: { reference: string }
  period: { start: string; end: string }
  valueQuantity?: Quantity
  component?: { valueQuantity: Quantity }[]
  interpretation?: Coded[]
  referenceRange?: { low?: Quantity; high?: Quantity }[]
  reasonReference?: { reference: string }[]
  medicationCodeableConcept: Coded
  content: { attachment: { contentType: string; data: string } }[]
  context: { encounter: { reference: string }[] }
}

interface Chart {
  person: Resident
  resources: Read[]
  json: string
}

async function charts(count: number, on = today): Promise<Chart[]> {
  const all: Chart[] = []
  for await (const person of people({ seed: 'test', today: on, count, cast, draw: drawSeat })) {
    all.push(chart(person, on))
  }
  return all
}

function chart(person: Resident, today: string): Chart {
  const json = JSON.stringify(
    chartOf({
      random: createRandom(`test/${person.seat}`),
      person,
      house,
      today,
      at,
      years: person.seat < 60 ? 15 : 2,
      ...(person.mother ? { mother: person.mother } : {}),
      ...(person.child ? { child: person.child } : {}),
    }),
  )
  return { person, json, resources: JSON.parse(json) as Read[] }
}

const everyone = await charts(360)
const sixty = everyone.slice(0, 60)
const of = (chart: Chart, type: string) => chart.resources.filter(({ resourceType }) => resourceType === type)
const textOf = (note: Read): string => {
  const [content] = note.content
  return content?.attachment.contentType.startsWith('text')
    ? Buffer.from(content.attachment.data, 'base64').toString('utf8')
    : ''
}
const icdOf = ({ code }: Read) => code.coding?.find(({ system }) => system?.endsWith('icd-10'))?.code ?? ''

describe('size', () => {
  test('the cast has years of records, within what a first start can write', () => {
    const total = sixty.reduce((sum, { resources }) => sum + resources.length, 0)
    assert.ok(total >= 6000 && total <= 10_000, String(total))
    const bytes = sixty.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0)
    assert.ok(bytes <= 15_000_000, String(bytes))
    for (const each of sixty) {
      const isChronic =
        of(each, 'Condition').filter(({ category }) => JSON.stringify(category).includes('problem-list'))
          .length > 1
      const [least, most] = isChronic ? [60, 340] : [25, 300]
      assert.ok(
        each.resources.length >= least && each.resources.length <= most,
        `${each.person.part}: ${each.resources.length}`,
      )
    }
  })

  test('the same scene gives the same bytes', () => {
    for (const { person, json } of sixty.slice(0, 5)) assert.equal(chart(person, today).json, json)
  })
})

test('every resource is valid FHIR R4, with an id of its own', () => {
  for (const { json, person, resources } of everyone) {
    assert.equal(
      new Set(resources.map(({ resourceType, id }) => `${resourceType}/${id}`)).size,
      resources.length,
    )
    const parsed = parseDocument(
      Buffer.from(`{"resourceType":"Bundle","type":"collection","entry":[${resourcesOf(json)}]}`),
    )
    assert.equal(parsed.status, 'ok', person.part)
    if (parsed.status === 'ok') assert.deepEqual(validate(parsed.value).slice(0, 2), [], person.part)
  }
})

const resourcesOf = (json: string) =>
  json === '[]'
    ? ''
    : (JSON.parse(json) as object[])
        .map((resource, i) =>
          JSON.stringify({
            fullUrl: `urn:uuid:00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
            resource,
          }),
        )
        .join(',')

describe('coherence', () => {
  test('references lead to the chart, the house or the patient', () => {
    const places = [
      house.locations.emergency,
      house.locations.delivery,
      house.locations.vaccination,
      ...house.locations.consulting,
      ...house.locations.wards,
    ].map(({ reference }) => reference)
    const known = new Set([
      house.organization,
      ...house.staff.map(({ practitioner }) => practitioner),
      ...places,
    ])
    for (const { json, person, resources } of everyone) {
      const own = new Set(resources.map(({ resourceType, id }) => `${resourceType}/${id}`)).add(
        `Patient/${person.id}`,
      )
      for (const [, reference = ''] of json.matchAll(/"reference":"([^"]+)"/g)) {
        assert.ok(own.has(reference) || known.has(reference), `${person.part}: ${reference}`)
      }
    }
  })

  test('nothing happens before birth, after today or in the wrong order', () => {
    for (const { json, person, resources } of everyone) {
      const facts = json
        .replaceAll(/"(valueDateTime|expirationDate)":"[^"]+"/g, '""')
        .replaceAll(/"birthDate":"[^"]+"/g, '""')
      for (const [, day = ''] of facts.matchAll(/"(\d{4}-\d\d-\d\d)[T"]/g)) {
        assert.ok(day >= person.birthDate && day < today, `${person.part} ${person.birthDate}: ${day}`)
      }
      const encounters = new Map(
        resources
          .filter(({ resourceType }) => resourceType === 'Encounter')
          .map((each) => [`Encounter/${each.id}`, each]),
      )
      for (const { id, period } of encounters.values()) assert.ok(period.start < period.end, id)
      for (const each of resources) {
        const during =
          each.resourceType === 'Observation' && each.encounter
            ? encounters.get(each.encounter.reference)
            : undefined
        const when = String(each['effectiveDateTime'])
        if (during) assert.ok(when >= during.period.start && when <= during.period.end, `${each.id} ${when}`)
      }
    }
  })

  test('a demonstration may begin on any day', async () => {
    for (const day of ['2027-01-01', '2028-02-29']) {
      for (const { json } of await charts(60, day)) {
        for (const [, when = ''] of json.matchAll(
          /"(?:start|end|effectiveDateTime|issued|authoredOn|date)":"(\d{4}-\d\d-\d\d)T/g,
        )) {
          assert.ok(when < day, when)
        }
      }
    }
  })

  test('consulting rooms are open from Monday to Friday, by day, and clocks stand at UTC−06:00', () => {
    for (const each of everyone) {
      for (const {
        id,
        class: { code },
        period,
      } of of(each, 'Encounter')) {
        if (period.start > '2022-10-31') assert.match(period.start, /-06:00$/)
        if (code !== 'AMB') continue
        assert.ok(isWorkday(period.start.slice(0, 10)), `${id} ${period.start}`)
        assert.ok(period.start.slice(11, 13) >= '08' && period.start.slice(11, 13) < '18', period.start)
      }
    }
  })

  test('nobody has what the sex or the age does not allow', () => {
    for (const each of everyone) {
      const { person } = each
      for (const condition of of(each, 'Condition')) {
        const code = icdOf(condition)
        if (code.startsWith('N40')) assert.equal(person.sex, 'male', person.part)
        if (!/^(O|Z34)/.test(code)) continue
        assert.equal(person.sex, 'female')
        const age = ageOn(person.birthDate, String(condition['recordedDate']))
        assert.ok(age >= 14 && age <= 46, `${person.part}: ${age}`)
      }
    }
  })

  test('every medicine has a problem of the patient as its reason, and is none to which there is an allergy', () => {
    const forbidden: Readonly<Record<string, RegExp>> = {
      'Alergia a antiinflamatorios no esteroideos': /^(M01A|B01AC06|N02BB)/,
      '91936005': /^J01C/,
      '91939003': /^(J01E|A07EC)/,
    }
    for (const each of everyone) {
      const mine = new Set(of(each, 'Condition').map(({ id }) => `Condition/${id}`))
      const allergies = of(each, 'AllergyIntolerance').flatMap(({ code }) => [
        code.text ?? '',
        ...(code.coding ?? []).map(({ code }) => code),
      ])
      for (const request of of(each, 'MedicationRequest')) {
        assert.ok(mine.has(request.reasonReference?.[0]?.reference ?? ''), request.id)
        const atc = request.medicationCodeableConcept.coding?.[0]?.code ?? ''
        for (const allergy of allergies) assert.doesNotMatch(atc, forbidden[allergy] ?? /^$/, request.id)
      }
    }
  })

  test('what must not meet does not: anticoagulant and antiinflammatory, metformin and failing kidneys', () => {
    for (const each of everyone) {
      const active = of(each, 'MedicationRequest')
        .filter(({ status }) => status === 'active')
        .map(({ medicationCodeableConcept }) => medicationCodeableConcept.coding?.[0]?.code ?? '')
      if (active.some((atc) => /^B01A[AF]/.test(atc)))
        assert.ok(!active.some((atc) => atc.startsWith('M01A')))
      const filtered = of(each, 'Observation')
        .filter(({ code }) => code.coding?.[0]?.code === '98979-8')
        .at(-1)?.valueQuantity?.value
      if ((filtered ?? 90) < 30) assert.ok(!active.includes('A10BA02'), `${each.person.part} ${filtered}`)
      assert.equal(new Set(active).size, active.length, `${each.person.part}: ${active.join()}`)
    }
  })

  test('an interpretation says what the value and its range say', () => {
    for (const each of everyone) {
      for (const { id, valueQuantity, interpretation, referenceRange } of of(each, 'Observation')) {
        const [range] = referenceRange ?? []
        if (!range || !valueQuantity) continue
        const { low, high } = range
        const want =
          low && valueQuantity.value < low.value ? 'L' : high && valueQuantity.value > high.value ? 'H' : 'N'
        assert.equal(interpretation?.[0]?.coding?.[0]?.code, want, id)
      }
    }
  })

  test('a treatment answers: the HbA1c of who begins metformin falls', () => {
    const falls = everyone
      .filter(({ person }) => person.part === 'diabetes-new')
      .map((each) => {
        const values = of(each, 'Observation')
          .filter(({ code }) => code.coding?.[0]?.code === '4548-4')
          .flatMap(({ valueQuantity }) => valueQuantity?.value ?? [])
        return values.length > 1 ? Math.max(...values) - values.at(-1)! : 1
      })
    assert.ok(
      falls.length > 1 && falls.every((fall) => fall > 0.4) && falls.some((fall) => fall > 2),
      falls.join(),
    )
  })
})

describe('notes', () => {
  const notes = sixty
    .flatMap((each) => of(each, 'DocumentReference').map((note) => ({ each, note, text: textOf(note) })))
    .filter(({ text }) => text !== '')

  test('braces, signs of gender and blanks are all gone', () => {
    for (const { text, note } of notes)
      assert.doesNotMatch(text, /[{}|@]|<\w|undefined|NaN| {2}|\.\./, note.id)
  })

  test('a long sentence is one person’s: hardly any is in the notes of several', () => {
    const owners = new Map<string, Set<string>>()
    for (const { each, text } of notes) {
      for (const sentence of text.split(/(?<=[.])\s+|\n/)) {
        // A prescription reads alike for all who take it.
        if (sentence.length >= 80 && !/cada \d+ horas/.test(sentence))
          owners.set(sentence, (owners.get(sentence) ?? new Set()).add(each.person.id))
      }
    }
    const shared = [...owners].filter(([, people]) => people.size > 4)
    assert.deepEqual(
      shared.map(([sentence, people]) => `${people.size}: ${sentence}`),
      [],
    )
    assert.ok([...owners.values()].filter(({ size }) => size > 1).length < owners.size * 0.12)
  })

  test('what a note says was measured is an Observation of that value', () => {
    for (const { each, text, note } of notes) {
      const observations = of(each, 'Observation')
      const day = String(note['date'])
      const values = new Set(
        observations
          .filter((one) => String(one['effectiveDateTime']) <= day)
          .flatMap(({ valueQuantity }) => valueQuantity?.value ?? []),
      )
      const pressures = new Set(
        observations.map(({ component }) =>
          component?.map(({ valueQuantity }) => valueQuantity.value).join('/'),
        ),
      )
      for (const [, pressure] of text.matchAll(/TA (\d+\/\d+) mmHg/g))
        assert.ok(pressures.has(pressure), `${note.id} ${pressure}`)
      for (const [said, value] of text.matchAll(
        /(?:HbA1c|glucosa|creatinina|hemoglobina|peso|FC|FR|SpO2|INR|TSH|LDL|FCF|fondo uterino|PHQ-9|leucocitos) (\d+(?:\.\d+)?)(?! h )(?=[ ,;)]|\.\s)/g,
      )) {
        assert.ok(values.has(Number(value)), `${note.id}: ${said}`)
      }
    }
    const measured = notes.filter(({ text }) => /(TA|FC|peso|T|Apgar|FCF|Morse) \d/.test(text)).length
    assert.ok(measured > notes.length * 0.97, `${measured} of ${notes.length}`)
  })
})

test('scanned papers are PDF files, with their cross-reference where they say', () => {
  const papers = sixty
    .flatMap((each) => of(each, 'DocumentReference'))
    .filter(({ content }) => content[0]?.attachment.contentType === 'application/pdf')
  assert.ok(papers.length >= 15, String(papers.length))
  for (const { content, id } of papers) {
    const bytes = Buffer.from(content[0]!.attachment.data, 'base64').toString('latin1')
    assert.match(bytes, /^%PDF-1\.4\n/, id)
    const start = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(bytes)?.[1])
    assert.equal(bytes.slice(start, start + 4), 'xref', id)
    const [, ...offsets] = [...bytes.slice(start).matchAll(/^(\d{10}) \d{5} [fn] $/gm)].map(([, offset]) =>
      Number(offset),
    )
    for (const [i, offset] of offsets.entries())
      assert.equal(bytes.slice(offset, offset + 7), `${i + 1} 0 obj`, id)
  }
})

test('codes have the form of their systems', () => {
  for (const [key, { snomed, icd, text }] of problems) {
    assert.match(snomed, /^\d{6,18}$/, key)
    assert.ok(verhoeff(snomed), `${key} ${snomed}`)
    assert.match(icd, /^[A-Z]\d\d(\.\d)?$/, key)
    assert.ok(text.length > 2)
  }
  const seen = new Set<string>()
  for (const { json } of everyone) {
    for (const [, code = ''] of json.matchAll(/"system":"http:\/\/loinc\.org","code":"([^"]+)"/g))
      seen.add(code)
    for (const [, code = ''] of json.matchAll(/"system":"http:\/\/snomed\.info\/sct","code":"([^"]+)"/g))
      assert.ok(verhoeff(code), code)
  }
  for (const code of seen) assert.ok(luhn(code), code)
})

/** The check digit of LOINC: modulus 10. */
function luhn(code: string): boolean {
  const [digits = '', check] = code.split('-')
  const sum = [...digits].toReversed().reduce((total, digit, i) => {
    const value = Number(digit) * (i % 2 === 0 ? 2 : 1)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return (10 - (sum % 10)) % 10 === Number(check)
}

/** The check digit of SNOMED CT: Verhoeff's. */
function verhoeff(code: string): boolean {
  const permutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
  const multiply = (a: number, b: number) =>
    a < 5
      ? b < 5
        ? (a + b) % 5
        : ((a + (b - 5)) % 5) + 5
      : b < 5
        ? ((a - 5 - b + 5) % 5) + 5
        : (a - b + 5) % 5
  let check = 0
  for (const [i, digit] of [...code].toReversed().entries()) {
    let value = Number(digit)
    for (let turn = 0; turn < i % 8; turn++) value = permutation[value]!
    check = multiply(check, value)
  }
  return check === 0
}
