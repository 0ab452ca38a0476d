/** A grant as an act that one person asks for and another approves. */
import type { SafeguardAct, SafeguardDeed } from '#kernel/safeguard.ts'
import { refuse } from '#kernel/outcome.ts'
import { endOf, terms, withGrant, type Extent, type Grants } from './grants.ts'

/** To whom of whose record how much is opened for how long, and why: this is what is signed. */
export interface GrantAct extends SafeguardDeed, Extent {
  kind: 'grant'
  /** `Patient/…`. */
  patient: string
  /** UUID of the human who asks, and no other. */
  person: string
  name: string
  reason: string
  hours: number
}

export const grantAct: SafeguardAct = {
  patientOf: (act) => actOf(act).patient,

  words(act) {
    const { name, patient, reason, hours } = actOf(act)
    const { es, en } = extentWords(actOf(act))
    return {
      es: `Abrir a ${name} el expediente ${patient} por ${hours} horas: ${es}. Motivo: ${reason}`,
      en: `Open the record ${patient} to ${name} for ${hours} hours: ${en}. Reason: ${reason}`,
    }
  },

  inWords(act) {
    const { patient, person, hours } = actOf(act)
    return `grant ${patient} to ${person} for ${hours} hours: ${extentWords(actOf(act)).en}`
  },

  fault(act) {
    const { hours } = actOf(act)
    return Number.isInteger(hours) && hours > 0 && hours <= terms.hoursMax
      ? undefined
      : refuse('unusable-act')
  },

  async run(act, { id, asked, approved }, { who, rows, notify, nowMs }) {
    const { patient, person, name, reason, types, writes, hours } = actOf(act)
    // It is for who asked.
    if (asked.person !== person) return refuse('unusable-act')
    const approvedBy = approved.map((each) => ({ person: each.person, name: each.name }))
    const at = { atMs: nowMs, endsAtMs: endOf(nowMs, hours) }
    const grant = { id, patient, reason, types, writes, ...at, approvedBy }
    const isNew = await rows.change<Grants, boolean>(person, who, (known) => {
      const before = known?.grants ?? []
      const grants = withGrant(before, grant)
      if (grants === before) return { result: false }
      const what = `${person} is granted ${patient} for ${hours} hours: ${extentWords(grant).en}`
      return { write: { value: { name, grants }, what }, result: true }
    })
    if (isNew) {
      await notify((each) => each.person === person, { kind: 'granted', about: patient })
      await notify((each) => isOf(each, patient), { kind: 'granted-of-you', about: name })
    }
    return { status: 'ok', result: null }
  },
}

/** Whether somebody is that patient, or answers for them. */
export const isOf = (
  { patient, represents }: { patient?: string; represents?: readonly string[] },
  of: string,
): boolean => patient === of || (represents?.includes(of) ?? false)

export const actOf = (act: SafeguardDeed): GrantAct => act as GrantAct

export function extentWords({ types, writes }: Extent): { es: string; en: string } {
  const [all, some] = [types.length === 0, types.join(', ')]
  return {
    es: `${all ? 'todo lo clínico' : some}, ${writes ? 'leer y anotar' : 'solo leer'}`,
    en: `${all ? 'all that is clinical' : some}, ${writes ? 'to read and to add' : 'to read only'}`,
  }
}
