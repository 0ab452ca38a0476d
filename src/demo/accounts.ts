/** Who of the invented hospital signs in: of its staff and patients, somebody in every role there is. */
import type { Role } from '#people/index.ts'
import { censusOf } from './hospital.ts'
import { people, type Resident } from './people.ts'
import type { HospitalPlan } from './plan.ts'
import { staff } from './staff.ts'
import type { Role as StaffRole } from './types.ts'

export interface DemoPerson {
  login: string
  role: Role
  name: string
  /** `Practitioner/…`, of staff. */
  practitioner?: string
  /** `Patient/…`, of a patient. */
  patient?: string
  /** `Patient/…`, of somebody who answers for a patient. */
  represents?: readonly string[]
}

/**
 * How many of each, in the order of the roll. One officer asks what another confirms; one physician sees what another
 * wrote; one nurse may not see yet what another does.
 */
const counts: readonly (readonly [StaffRole, number])[] = [
  ['physician', 2],
  ['nurse', 2],
  ['reception', 1],
  ['archivist', 1],
  ['laboratory', 1],
  ['billing', 1],
  ['privacy-officer', 1],
  ['security-officer', 2],
  ['director', 1],
  ['auditor', 1],
]
const patients = 2
/** The first child of the cast; where there are fewer patients, the first patient's kin answers for the first patient. */
const childSeat = 14

export async function demoPeople(plan: HospitalPlan): Promise<DemoPerson[]> {
  const seated: Resident[] = []
  for await (const person of people({ ...censusOf(plan), count: Math.min(plan.patients, childSeat + 1) }))
    seated.push(person)
  const represented = seated[childSeat] ?? seated[0]!
  const { given, family, secondFamily } = represented.contact
  return [
    ...counts.flatMap(([role, count]) =>
      staff
        .filter((member) => member.role === role)
        .slice(0, count)
        .map(({ id, display, practitioner }) => ({
          login: id.replaceAll('-', '.'),
          role,
          name: display,
          practitioner,
        })),
    ),
    ...seated.slice(0, patients).map((person): DemoPerson => ({
      login: loginOf(person),
      role: 'patient',
      name: person.text,
      patient: `Patient/${person.id}`,
    })),
    {
      login: loginOf(represented.contact),
      role: 'representative',
      name: [...given, family, secondFamily].join(' '),
      represents: [`Patient/${represented.id}`],
    },
  ]
}

function loginOf({ given, family }: { given: readonly string[]; family: string }): string {
  const plain = (name: string) =>
    name
      .normalize('NFD')
      .replace(/\p{M}/gu, '')
      .replace(/[^A-Za-z]/g, '')
      .toLowerCase()
  return `${plain(given[0] ?? '')}.${plain(family)}`
}
