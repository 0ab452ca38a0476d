import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { validate } from '#records/fhir/index.ts'
import { parseDocument } from '#records/json/index.ts'
import { runs } from '#test/kit/runs.ts'
import { createCalendar } from '../calendar.ts'
import { house } from '../house.ts'
import { people } from '../people.ts'
import type { Resident } from '../people.ts'
import { createRandom } from '../random.ts'
import { checks, of, textOf } from './checks.ts'
import type { Chart, Read } from './checks.ts'
import { cast, chartOf, drawSeat } from './index.ts'
import { problems } from './terms/problems.ts'

const today = '2026-11-22'
const { at } = createCalendar('America/Mexico_City')

interface Made extends Chart {
  person: Resident
  json: string
}

async function charts(count: number, on = today): Promise<Made[]> {
  const all: Made[] = []
  for await (const person of people({ seed: 'test', today: on, count, cast, draw: drawSeat })) {
    all.push(chart(person, on))
  }
  return all
}

function chart(person: Resident, today: string): Made {
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
  return { person, house, today, json, resources: JSON.parse(json) as Read[] }
}

const everyone = await charts(runs(200, 1000))
const sixty = everyone.slice(0, 60)
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
  for (const [name, check] of Object.entries(checks)) {
    test(`no chart has a fault of ${name}`, () => {
      for (const each of everyone)
        assert.deepEqual(check(each).slice(0, 3), [], `${each.person.part} ${each.person.seat}`)
    })
  }

  test('no physician of the cast begins two visits at the same minute', () => {
    const seen = new Map<string, string>()
    for (const each of sixty) {
      for (const encounter of of(each, 'Encounter').filter(({ class: { code } }) => code === 'AMB')) {
        const [{ individual }] = encounter['participant'] as [{ individual: { reference: string } }]
        const slot = `${individual.reference} ${encounter.period.start}`
        assert.equal(seen.get(slot), undefined, `${slot}: ${encounter.id}`)
        seen.set(slot, encounter.id)
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

  test('nearly every note tells of what was measured', () => {
    const measured = notes.filter(({ text }) => /(TA|FC|peso|T|Apgar|FCF|Morse) \d/.test(text)).length
    assert.ok(measured > notes.length * 0.97, `${measured} of ${notes.length}`)
  })
})

describe('every check can fail', () => {
  const having = (type: string, is: (resource: Read) => boolean = () => true): Made => {
    const found = everyone.find((each) => of(each, type).some(is))
    assert.ok(found, `nobody has such ${type}`)
    return found
  }
  /** A good chart, and what is done to a copy of its first resource of such a kind. */
  const broken = (
    type: string,
    spoil: (resource: Read) => void,
    is: (resource: Read) => boolean = () => true,
    whose?: Made,
  ): Chart => {
    const good = whose ?? having(type, is)
    const resources = JSON.parse(good.json) as Read[]
    const target = resources.find((resource) => resource.resourceType === type && is(resource))
    assert.ok(target)
    spoil(target)
    return { ...good, resources }
  }
  const rewrite = (note: Read, from: RegExp, to: string): void => {
    const [content] = note.content
    const text = textOf(note)
    assert.match(text, from)
    content!.attachment.data = Buffer.from(text.replace(from, to)).toString('base64')
  }
  const says = (text: RegExp) => (note: Read) => text.test(textOf(note))
  const codes = (atc: string) => ({ coding: [{ system: 'http://www.whocc.no/atc', code: atc }] })
  const icd = (code: string) => ({ coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code }] })
  const isActive = ({ status }: Read) => status === 'active'
  const man = everyone.find(({ person }) => person.sex === 'male' && person.part === 'hypertension')
  const woman = everyone.find(({ person }) => person.sex === 'female' && person.part === 'hypertension')
  const allergic = everyone.find(
    (each) => /91936005/.test(each.json) && of(each, 'MedicationRequest').length > 0,
  )
  const active = (count: number) =>
    everyone.find((each) => of(each, 'MedicationRequest').filter(isActive).length >= count)
  /** The first active medicines of somebody become these. */
  const taking = (...atcs: string[]): Chart => {
    const good = active(atcs.length)
    assert.ok(good)
    const resources = JSON.parse(good.json) as Read[]
    const requests = resources.filter((each) => each.resourceType === 'MedicationRequest' && isActive(each))
    for (const [i, atc] of atcs.entries()) requests[i]!.medicationCodeableConcept = codes(atc)
    return { ...good, resources }
  }

  const faults: readonly (readonly [name: string, check: keyof typeof checks, chart: () => Chart])[] = [
    [
      'a reference to somebody else',
      'references',
      () =>
        broken('Observation', (each) => {
          each['subject'] = { reference: 'Patient/paciente-999999' }
        }),
    ],
    [
      'a diagnosis of tomorrow',
      'days',
      () =>
        broken('Condition', (each) => {
          each['recordedDate'] = '2026-11-23'
        }),
    ],
    [
      'a diagnosis of today, which has only begun',
      'days',
      () =>
        broken('Condition', (each) => {
          each['recordedDate'] = today
        }),
    ],
    [
      'a vaccine before birth',
      'days',
      () =>
        broken('Immunization', (each) => {
          each['occurrenceDateTime'] = '1901-01-01T10:00:00-06:00'
        }),
    ],
    [
      'a visit that ends before it begins',
      'order',
      () =>
        broken('Encounter', ({ period }) => {
          ;[period.start, period.end] = [period.end, period.start]
        }),
    ],
    [
      'a measurement after its visit',
      'order',
      () =>
        broken(
          'Observation',
          (each) => {
            each['effectiveDateTime'] = '2026-11-21T23:59:00-06:00'
          },
          ({ encounter }) => encounter !== undefined,
        ),
    ],
    [
      'a consultation on a Sunday',
      'officeHours',
      () =>
        broken(
          'Encounter',
          ({ period }) => {
            period.start = '2026-11-15T10:00:00-06:00'
          },
          (each) => each.class.code === 'AMB',
        ),
    ],
    [
      'a consultation at night',
      'officeHours',
      () =>
        broken(
          'Encounter',
          ({ period }) => {
            period.start = period.start.replace(/T\d\d/, 'T03')
          },
          (each) => each.class.code === 'AMB',
        ),
    ],
    [
      'a prostate in a woman',
      'sexAndAge',
      () =>
        broken(
          'Condition',
          (each) => {
            each.code = icd('N40')
          },
          undefined,
          woman,
        ),
    ],
    [
      'a pregnancy in a man',
      'sexAndAge',
      () =>
        broken(
          'Condition',
          (each) => {
            each.code = icd('Z34.9')
          },
          undefined,
          man,
        ),
    ],
    [
      'a medicine for nothing',
      'reasons',
      () =>
        broken('MedicationRequest', (each) => {
          each.reasonReference = []
        }),
    ],
    [
      'penicillin for who is allergic to it',
      'allergies',
      () =>
        broken(
          'MedicationRequest',
          (each) => {
            each.medicationCodeableConcept = codes('J01CA04')
          },
          undefined,
          allergic,
        ),
    ],
    ['warfarin and naproxen', 'together', () => taking('B01AA03', 'M01AE02')],
    ['losartan and enalapril', 'together', () => taking('C09CA01', 'C09AA02')],
    ['the same medicine twice', 'together', () => taking('A10BA02', 'A10BA02')],
    ['methotrexate alone', 'together', () => taking('L04AX03')],
    [
      'metformin and failing kidneys',
      'together',
      () => {
        const chart = taking('A10BA02')
        const { resources } = broken(
          'Observation',
          (each) => {
            each.code = { coding: [{ code: '98979-8' }] }
            each.valueQuantity = { value: 18, unit: 'mL/min/1.73 m²' }
          },
          (each) => each.valueQuantity !== undefined,
          active(1),
        )
        const filtered = resources.find(({ code }) => code?.coding?.[0]?.code === '98979-8')
        assert.ok(filtered)
        return { ...chart, resources: [...chart.resources, filtered] }
      },
    ],
    [
      'a high value called normal',
      'interpretations',
      () =>
        broken(
          'Observation',
          (each) => {
            each.interpretation = [{ coding: [{ code: 'N' }] }]
          },
          (each) => each.interpretation?.[0]?.coding?.[0]?.code === 'H' && each.referenceRange !== undefined,
        ),
    ],
    [
      'a weight that nobody measured',
      'values',
      () =>
        broken(
          'DocumentReference',
          (note) => rewrite(note, /peso \d+\.\d kg/, 'peso 199.9 kg'),
          says(/peso \d+\.\d kg/),
        ),
    ],
    [
      'a pressure that nobody measured',
      'values',
      () =>
        broken(
          'DocumentReference',
          (note) => rewrite(note, /TA \d+\/\d+ mmHg/, 'TA 251/151 mmHg'),
          says(/TA \d+\/\d+ mmHg/),
        ),
    ],
    [
      'legs with oedema and without',
      'examinations',
      () =>
        broken(
          'DocumentReference',
          (note) => rewrite(note, /sin edema/, 'sin edema. Edema maleolar leve'),
          says(/^Objetivo:\n.*sin edema/m),
        ),
    ],
    [
      'an illness named twice, once with its stage',
      'problemList',
      () => {
        const good = having('Condition', (each) => /N18/.test(JSON.stringify(each.code)) && isCurrent(each))
        const staged = of(good, 'Condition').find(
          (each) => /N18/.test(JSON.stringify(each.code)) && isCurrent(each),
        )
        assert.ok(staged)
        return { ...good, resources: [...good.resources, { ...staged, id: 'another', code: icd('N18.9') }] }
      },
    ],
    [
      'a pressure above the goal without an answer',
      'inertia',
      () =>
        broken(
          'DocumentReference',
          (note) => rewrite(note, /^Plan:\n(- .*\n)+/m, 'Plan:\n- Se resuelven dudas.\n'),
          (note) =>
            /Hipertensión arterial sistémica: (sin control|por arriba de la meta)/.test(textOf(note)) &&
            /^Plan:/m.test(textOf(note)) &&
            !textOf(note).includes('apego'),
        ),
    ],
  ]

  for (const [name, check, chart] of faults) {
    test(`${check}: ${name}`, () => {
      assert.ok(checks[check](chart()).length > 0)
    })
  }

  test('none is left out', () => {
    assert.deepEqual(
      [...new Set(faults.map(([, check]) => check))].toSorted(),
      Object.keys(checks).toSorted(),
    )
  })
})

const isCurrent = ({ clinicalStatus }: Read): boolean => clinicalStatus?.coding?.[0]?.code === 'active'

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
