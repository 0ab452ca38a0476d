/** How things are called, in Spanish and English. */
import type { Words } from '#kernel/safeguard.ts'
import type { State } from './review.ts'
import type { UsesTold } from './schemas.ts'

export const stateWords: Readonly<Record<State, Words>> = {
  waiting: { es: 'por revisar', en: 'to be reviewed' },
  expired: { es: 'vencida', en: 'overdue' },
  held: { es: 'sin quien revise', en: 'nobody to review' },
  certified: { es: 'certificada', en: 'certified' },
  narrowed: { es: 'reducida', en: 'narrowed' },
  revoked: { es: 'revocada', en: 'revoked' },
  new: { es: 'reciente', en: 'new' },
}

const roles: Readonly<Record<string, Words>> = {
  physician: { es: 'medicina', en: 'physician' },
  nurse: { es: 'enfermería', en: 'nurse' },
  reception: { es: 'recepción', en: 'reception' },
  archivist: { es: 'archivo', en: 'archivist' },
  laboratory: { es: 'laboratorio', en: 'laboratory' },
  billing: { es: 'cobranza', en: 'billing' },
  'privacy-officer': { es: 'responsable de privacidad', en: 'privacy officer' },
  'security-officer': { es: 'responsable de seguridad', en: 'security officer' },
  director: { es: 'dirección', en: 'director' },
  auditor: { es: 'auditoría', en: 'auditor' },
}

export const roleWords = (role: string): Words => roles[role] ?? { es: role, en: role }

const counted: readonly (readonly [Exclude<keyof UsesTold, 'lastSignIn'>, Words])[] = [
  ['patients', { es: 'pacientes distintos', en: 'different patients' }],
  ['reads', { es: 'consultas', en: 'reads' }],
  ['writes', { es: 'cambios', en: 'changes of records' }],
  ['exports', { es: 'exportaciones', en: 'exports' }],
  ['prints', { es: 'impresiones', en: 'prints' }],
  ['ledger', { es: 'preguntas al libro', en: 'questions to the ledger' }],
  ['approvals', { es: 'aprobaciones', en: 'approvals' }],
  ['changes', { es: 'cambios de accesos y cursos', en: 'changes of access and courses' }],
]

/** What was used; one line where nothing was. */
export function usedWords(used: UsesTold, language: 'es' | 'en'): string[] {
  const lines = counted.flatMap(([name, words]) =>
    used[name] === 0 ? [] : [`${words[language]}: ${used[name]}`],
  )
  const signIn = {
    es: `última entrada: ${used.lastSignIn?.slice(0, 10) ?? 'ninguna'}`,
    en: `last sign-in: ${used.lastSignIn?.slice(0, 10) ?? 'none'}`,
  }[language]
  return [...(lines.length > 0 ? lines : [{ es: 'nada', en: 'nothing' }[language]]), signIn]
}
