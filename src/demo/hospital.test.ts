import assert from 'node:assert/strict'
import { test } from 'node:test'
import { validate } from '#records/fhir/index.ts'
import { parseDocument } from '#records/json/index.ts'
import { runs } from '#test/kit/runs.ts'
import { createCalendar } from './calendar.ts'
import { entriesMax, hospital, type DemoUnit } from './hospital.ts'
import { house } from './house.ts'
import { patientsDefault, type HospitalPlan } from './plan.ts'
import type { Resource, Role } from './types.ts'

const plan = { made: '2026-11-22', timeZone: 'America/Mexico_City', patients: patientsDefault }

interface Bundle {
  entry: { fullUrl: string; resource: Resource; request: { method: string; url: string } }[]
}

async function unitsOf(of: HospitalPlan): Promise<DemoUnit[]> {
  const units: DemoUnit[] = []
  for await (const unit of hospital(of)) units.push(unit)
  return units
}

const units = await unitsOf(plan)
const transactions = units.flatMap((unit) => unit.transactions())
const resources = transactions.flatMap(({ json }) =>
  (JSON.parse(json) as Bundle).entry.map(({ resource }) => resource),
)
const all = (type: string) => resources.filter(({ resourceType }) => resourceType === type)

test('sixty patients, and a house with staff of every role', () => {
  assert.equal(all('Patient').length, 60)
  assert.equal(all('CareTeam').length, 60)
  assert.equal(all('Organization').length, 1)
  assert.equal(all('Practitioner').length, house.staff.length)
  const roles: Role[] = [
    'physician',
    'nurse',
    'reception',
    'archivist',
    'laboratory',
    'billing',
    'privacy-officer',
    'security-officer',
    'director',
    'auditor',
  ]
  for (const role of roles) {
    assert.ok(
      all('PractitionerRole').some((each) => JSON.stringify(each['code']).includes(`"${role}"`)),
      role,
    )
  }
  assert.ok(house.byRole('security-officer').length >= 2 && house.byRole('physician').length >= 2)
  assert.equal(new Set(house.staff.map(({ id }) => id)).size, house.staff.length)
})

test('the same day gives the same bytes', async () => {
  const again = await unitsOf(plan)
  for (const [i, unit] of again.entries()) assert.deepEqual(unit.transactions(), units[i]!.transactions())
})

test('ids are unique, transactions of moderate size, and a unit is whole when its last is there', () => {
  const names = resources.map(({ resourceType, id }) => `${resourceType}/${id}`)
  assert.equal(new Set(names).size, names.length)
  for (const { id } of resources) assert.match(id, /^[A-Za-z0-9.-]{1,64}$/)
  for (const unit of units) {
    const parts = unit.transactions().map(({ json }) => JSON.parse(json) as Bundle)
    for (const part of parts) assert.ok(part.entry.length <= entriesMax, String(part.entry.length))
    const last = parts.at(-1)!.entry.map(({ request }) => request.url)
    assert.ok(last.includes(`${unit.last.type}/${unit.last.id}`))
  }
})

test('every reference is to a resource of the hospital', () => {
  const known = new Set(resources.map(({ resourceType, id }) => `${resourceType}/${id}`))
  for (const { json } of transactions) {
    for (const [, reference = ''] of json.matchAll(/"reference":"([^"#]+)"/g)) {
      assert.ok(known.has(reference), reference)
    }
  }
})

test('every resource is valid FHIR R4, of the sixty and of as many others', async () => {
  let count = 0
  for (const unit of await unitsOf({ ...plan, patients: runs(120, 600) })) {
    for (const { json } of unit.transactions()) {
      for (const { resource } of (JSON.parse(json, rawNumbers) as Bundle).entry) {
        const read = parseDocument(Buffer.from(JSON.stringify(resource)))
        assert.equal(read.status, 'ok')
        const issues = read.status === 'ok' ? validate(read.value) : []
        assert.deepEqual(issues, [], `${resource.resourceType}/${resource.id}: ${JSON.stringify(issues)}`)
        count++
      }
    }
  }
  assert.ok(count > 120)
})

/** Keeps the digits of a decimal. */
function rawNumbers(_: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' && context?.source !== undefined ? JSON.rawJSON(context.source) : value
}

test('nothing is said to have happened before it could: no day after today, none before birth', () => {
  const { at } = createCalendar(plan.timeZone)
  const dawn = Date.parse(at(plan.made, 0))
  const moments =
    /"(?:effectiveDateTime|issued|recordedDate|authoredOn|performedDateTime|date|occurrenceDateTime)":"(\d{4}-[^"]+)"/g
  for (const { json } of transactions) {
    for (const [whole, moment = ''] of json.matchAll(moments)) assert.ok(Date.parse(moment) < dawn, whole)
  }
  const births = new Map(all('Patient').map(({ id, birthDate }) => [`Patient/${id}`, String(birthDate)]))
  for (const each of resources) {
    const { reference } = (each['subject'] ?? {}) as { reference?: string }
    const born = births.get(reference ?? '')
    const { start } = (each['period'] ?? {}) as { start?: string }
    if (born && start) assert.ok(start.slice(0, 10) >= born, `${each.resourceType}/${each.id}`)
  }
})

test('who saw the patient at an encounter of late is of the care team', () => {
  const teams = new Map(
    all('CareTeam').map(({ subject, participant }) => [
      (subject as { reference: string }).reference,
      JSON.stringify(participant),
    ]),
  )
  for (const team of teams.values()) assert.match(team, /Practitioner\//)
  for (const encounter of all('Encounter')) {
    const {
      subject,
      participant = [],
      period,
      // A resource's elements are unknown; these are what the charts write, and a wrong one fails below.
    } = encounter as unknown as {
      subject: { reference: string }
      participant?: { individual?: { reference?: string } }[]
      period?: { start?: string }
    }
    if ((period?.start ?? '') < '2025-01') continue
    for (const { individual } of participant) {
      const who = house.staff.find(({ practitioner }) => practitioner === individual?.reference)
      if (who?.role === 'physician') assert.ok(teams.get(subject.reference)?.includes(who.practitioner))
    }
  }
})

test('names keep their accents and both family names', () => {
  const text = JSON.stringify(all('Patient'))
  assert.match(text, /"family":"[^"]*Hernández[^"]*"/)
  assert.match(text, /humanname-fathers-family","valueString":"Hernández"/)
  assert.match(text, /humanname-mothers-family"/)
})
