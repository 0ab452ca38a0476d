/** What somebody is at the facility. Whoever runs the machine is none of these by that. */
export const roles = [
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
  'patient',
  'representative',
] as const

export type Role = (typeof roles)[number]

export function roleOf(name: string): Role | undefined {
  return roles.find((role) => role === name)
}
