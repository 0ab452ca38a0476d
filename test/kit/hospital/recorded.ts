/**
 * The simulated hospital as a vault has it: its people and records written, and each look an entry of the ledger, staged as the product
 * stages it, at the time at which it was.
 */
import type { SafeguardPerson } from '#kernel/safeguard.ts'
import type { Role } from '#people/index.ts'
import { patientCompartment } from '../../../src/records/place.ts'
import { bodyOf, type TestVault } from '../vault.ts'
import type { Life } from './study.ts'
import type { Inhabitant } from './town.ts'
import type { Look, Written } from './year.ts'

/** Midnight of the house of tests (`timeZone`), on a Monday that has gone by. */
export const startOfPast = Date.UTC(2026, 8, 7, 6)

/** The same of these actors alone, and of those whom they looked at. */
export function lifeOfSome(life: Life, isMeant: (actor: string) => boolean): Life {
  const looks = life.looks.filter(({ actor }) => isMeant(actor))
  const snoops = life.snoops.filter(({ actor }) => isMeant(actor))
  const seen = new Set([...looks, ...snoops.flatMap((each) => each.looks)].map(({ patient }) => patient))
  return { ...life, looks, snoops, written: life.written.filter(({ patient }) => seen.has(patient)) }
}

const resourcesAtOnce = 400
const entriesAtOnce = 1_000

type House = Pick<TestVault, 'store' | 'ledger' | 'keys' | 'sql'>

const looksOf = ({ looks, snoops }: Life): Look[] => [...looks, ...snoops.flatMap((each) => each.looks)]

/** `people`: their accounts. */
export async function recordLife(
  house: House,
  life: Life,
): Promise<{ people: SafeguardPerson[]; entries: number; resources: number }> {
  const { store } = house
  const { town, written } = life
  const seen = new Set(looksOf(life).map(({ patient }) => patient))
  const resources = [
    ...town.workers.map(({ actor, who }) => ({
      resourceType: 'Practitioner',
      id: idOf(actor),
      ...toldOf(who),
    })),
    ...town.people
      .filter(({ id }) => seen.has(id))
      .map((each) => ({
        resourceType: 'Patient',
        id: `p${each.id}`,
        ...(town.famous.has(each.id) ? { meta: { security: [{ code: 'VIP' }] } } : {}),
        identifier: [{ type: { coding: [{ code: 'MR' }] }, value: String(each.id) }],
        ...toldOf(each),
      })),
    ...written.map(resourceOf),
  ]
  for (let at = 0; at < resources.length; at += resourcesAtOnce) {
    const entry = resources.slice(at, at + resourcesAtOnce).map((resource) => ({
      request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
      resource,
    }))
    const done = await store.bundle(bodyOf({ resourceType: 'Bundle', type: 'transaction', entry }), {})
    if (done.status !== 'ok') throw new Error(JSON.stringify(done).slice(0, 500))
  }
  const entries = await recordLooks(house, life)
  const people = town.workers.flatMap(({ actor, roles, who }): SafeguardPerson[] => {
    const own = { person: `h${who.id}`, name: actor }
    return [
      { ...own, login: idOf(actor), roles, actor, practitioner: `Practitioner/${idOf(actor)}` },
      // As a patient.
      {
        ...own,
        login: `p${who.id}`,
        roles: ['patient'] satisfies Role[],
        actor: `person/p${who.id}`,
        patient: `Patient/p${who.id}`,
      },
    ]
  })
  return { people, entries, resources: resources.length }
}

/** How many. `earlierMs`: as if all of it had been so long before. */
export async function recordLooks({ ledger, keys, sql }: House, life: Life, earlierMs = 0): Promise<number> {
  const all = looksOf(life).toSorted((a, b) => a.atMs - b.atMs)
  for (let at = 0; at < all.length; at += entriesAtOnce) {
    const some = all.slice(at, at + entriesAtOnce)
    const places = new Map(
      some.map(({ patient }) => [patient, patientCompartment(keys.locator, `p${patient}`)]),
    )
    const theirs = await keys.load([...places.values()])
    const rows = some.map(({ actor, patient, atMs, wrote }) => {
      const compartment = places.get(patient)!
      const subject = {
        compartment,
        keys: theirs.get(compartment)!,
        resources: [{ type: 'Patient', id: `p${patient}`, version: 1 }],
      }
      const action = wrote ? ('update' as const) : ('read' as const)
      const staged = ledger.stage([
        { action, outcome: 'done', actor, client: 'web', address: '192.0.2.7', subjects: [subject] },
      ])
      return { ...staged, staged_at: new Date(atMs - earlierMs) }
    })
    await sql`insert into ledger_staged ${sql(rows, 'id', 'entries', 'tag', 'staged_at')}`
  }
  return all.length
}

const idOf = (actor: string): string => actor.replace('person/', '')

function toldOf({ families, home, phone }: Inhabitant) {
  const [, street = '', code = '', number = ''] = /^calle (\d+) cp (\d+) num (\d+)$/.exec(home) ?? []
  return {
    name: [{ family: families.join(' '), given: ['Luz'] }],
    // Numbers at the end of a line are of houses.
    address: [{ line: [`Calle ${lettersOf(Number(street))} ${number}`], postalCode: code.padStart(5, '0') }],
    telecom: [{ system: 'phone', value: phone }],
  }
}

function lettersOf(number: number): string {
  const last = String.fromCharCode(97 + (number % 26))
  return number < 26 ? `${last}x` : lettersOf(Math.floor(number / 26)) + last
}

function resourceOf({ patient, type, status, from, to, carers }: Written, n: number) {
  const reference = (to: string) => ({ reference: to })
  const practitioners = carers.map((actor) => reference(`Practitioner/${idOf(actor)}`))
  const [subject, start, end] = [reference(`Patient/p${patient}`), instant(from), instant(to)]
  const common = { resourceType: type, id: `w${n}`, status }
  switch (type) {
    case 'Encounter':
      return {
        ...common,
        class: { code: 'IMP' },
        subject,
        period: { start, end },
        participant: practitioners.map((individual) => ({ individual })),
      }
    case 'Appointment':
      return {
        ...common,
        start,
        end,
        participant: [subject, ...practitioners].map((actor) => ({ actor, status: 'accepted' })),
      }
    case 'ServiceRequest':
      return {
        ...common,
        intent: 'order',
        subject,
        category: [{ coding: [{ code: 'laboratory' }] }],
        authoredOn: start,
        requester: practitioners[0],
      }
    case 'Claim':
      return {
        ...common,
        type: { text: 'x' },
        use: 'claim',
        patient: subject,
        created: start,
        provider: reference('Organization/o'),
        priority: { text: 'normal' },
        insurance: [{ sequence: 1, focal: true, coverage: { display: 'x' } }],
      }
    default:
      throw new Error(`${type} is written in no record`)
  }
}

const instant = (ms: number): string => new Date(ms).toISOString()
