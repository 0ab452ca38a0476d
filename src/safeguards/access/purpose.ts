/** What for: of HL7's PurposeOfUse. */
import type { Principal, Role } from '#people/index.ts'

/** Treatment, payment, operations, patient request, research, legal. `other`: whatever else was said. */
export const purposes = ['TREAT', 'HPAYMT', 'HOPERAT', 'PATRQT', 'HRESCH', 'HLEGAL', 'other'] as const

export type Purpose = (typeof purposes)[number]

/** Where nothing was said. */
export const usualPurposes: Readonly<Record<Role, Purpose>> = {
  physician: 'TREAT',
  nurse: 'TREAT',
  reception: 'HOPERAT',
  archivist: 'HOPERAT',
  laboratory: 'TREAT',
  billing: 'HPAYMT',
  'privacy-officer': 'HOPERAT',
  'security-officer': 'HOPERAT',
  director: 'HOPERAT',
  auditor: 'HOPERAT',
  patient: 'PATRQT',
  representative: 'PATRQT',
}

/** What is recorded: as it was said, for this act or at the sign-in; else what the first of the roles is for. */
export function saidPurpose({ person }: Principal, said: string | undefined): string | undefined {
  const [first] = person?.roles ?? []
  return said ?? person?.purpose ?? (first && usualPurposes[first])
}

export function purposeOf(said: string | undefined): Purpose {
  return purposes.find((each) => each === said) ?? 'other'
}
