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
export function saidPurpose({ person, program }: Principal, said: string | undefined): string | undefined {
  const [first] = person?.roles ?? []
  return said ?? person?.purpose ?? (first && usualPurposes[first]) ?? program?.purposes?.[0]
}

/** Whether a program does it for what it was registered for; people say it themselves. */
export function isRegisteredFor({ program }: Principal, said: string | undefined): boolean {
  const { purposes: registered } = program ?? {}
  return registered === undefined || (said !== undefined && registered.includes(said))
}

export function purposeOf(said: string | undefined): Purpose {
  return purposes.find((each) => each === said) ?? 'other'
}
