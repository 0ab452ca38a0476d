/** How much somebody may be given in one day of the facility's, by role. They are the institution's to say. */
import type { Role } from '#people/index.ts'

/**
 * `patients`: different patients of whose record something was given, or into whose record was looked. `rows`: resources of patients'
 * that searches, histories, `$everything` and prints gave. `exports`: exports and patients' ledger files. `prints`: what was said to be printed.
 */
export const measures = ['patients', 'rows', 'exports', 'prints'] as const

export type Measure = (typeof measures)[number]
export type Limits = Readonly<Record<Measure, number>>

/** Of one with several roles, the greatest of each. What is 0 waits for an approval each time. */
export const usualLimits: LimitsByRole = {
  // A long day of an out-patient clinic and a ward round, twice.
  physician: { patients: 120, rows: 20_000, exports: 0, prints: 60 },
  // A ward of forty, three times.
  nurse: { patients: 120, rows: 20_000, exports: 0, prints: 60 },
  // Whom a desk greets, calls and looks for by name.
  reception: { patients: 400, rows: 6_000, exports: 0, prints: 200 },
  // Whoever keeps the records apart and together: pairs of duplicates are looked at all day.
  archivist: { patients: 400, rows: 6_000, exports: 0, prints: 0 },
  laboratory: { patients: 500, rows: 20_000, exports: 0, prints: 300 },
  billing: { patients: 400, rows: 20_000, exports: 0, prints: 200 },
  'privacy-officer': { patients: 100, rows: 1_000, exports: 20, prints: 40 },
  'security-officer': { patients: 0, rows: 0, exports: 0, prints: 0 },
  director: { patients: 0, rows: 0, exports: 0, prints: 0 },
  auditor: { patients: 0, rows: 0, exports: 20, prints: 0 },
  // Their own, whole, as often as they like to look at it.
  patient: { patients: 2, rows: 50_000, exports: 20, prints: 100 },
  representative: { patients: 10, rows: 50_000, exports: 20, prints: 100 },
}

export type LimitsByRole = Readonly<Record<Role, Limits>>

export function limitsOf(roles: readonly Role[], byRole: LimitsByRole): Limits {
  const [only, second] = roles
  if (only !== undefined && second === undefined) return byRole[only]
  const limits = { patients: 0, rows: 0, exports: 0, prints: 0 }
  for (const role of roles)
    for (const measure of measures) limits[measure] = Math.max(limits[measure], byRole[role][measure])
  return limits
}
