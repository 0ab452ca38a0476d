/** Security labels (`meta.security`), and how closely each keeps what has it. The institution's to say. */

/**
 * `delicate`: for the physicians in care, and whoever had part in it. `guarded`: the same, and not for who represents the patient,
 * who may be whom it is about. `closest`: for whoever had part in it alone.
 */
export const levels = ['none', 'delicate', 'guarded', 'closest'] as const

export type Level = (typeof levels)[number]

/** HL7 v3-ActCode, ActInformationSensitivityPolicy, and v3-Confidentiality. */
const labels: Readonly<Record<Exclude<Level, 'none'>, string>> = {
  // Psychiatry and behaviour, HIV and what is passed on by sex, reproduction, substance use, genes, what is taboo; restricted.
  delicate: 'PSY BH MH HIV STD SEX ETH ETHUD OPIOIDUD SUD GDIS SICKLE TBOO R',
  // Sexual assault, abuse, violence at home.
  guarded: 'SDV SCA VIO',
  // Notes of psychotherapy; very restricted.
  closest: 'PSYTHPN V',
}

const byCode = new Map<string, Level>()
for (const [level, codes] of Object.entries(labels))
  for (const code of codes.split(' ')) byCode.set(code, level as Level)

/** The closest of them. */
export function levelOf(codes: readonly { code: string }[]): Level {
  return codes.reduce<Level>((most, { code }) => {
    const level = byCode.get(code) ?? 'none'
    return levels.indexOf(level) > levels.indexOf(most) ? level : most
  }, 'none')
}

/** `vip`: whose record draws the curious. `colleague`: who works here. */
export const patients = ['usual', 'vip', 'colleague'] as const

const vips: ReadonlySet<string> = new Set(['VIP', 'CEL', 'R', 'V'])
const colleagues: ReadonlySet<string> = new Set(['EMP', 'STAFF'])

/** By the labels of the Patient. */
export function patientBy(codes: readonly { code: string }[], isStaff: boolean): (typeof patients)[number] {
  if (codes.some(({ code }) => vips.has(code))) return 'vip'
  return isStaff || codes.some(({ code }) => colleagues.has(code)) ? 'colleague' : 'usual'
}
