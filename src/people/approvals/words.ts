/** Acts in plain words, as whoever is to approve one is shown it. */
import type { Role } from '../roles.ts'
import type { ActKind, PeopleAct } from './acts.ts'

export interface Text {
  es: string
  en: string
}

export const roleNames: Readonly<Record<Role, Text>> = {
  physician: { es: 'médico', en: 'physician' },
  nurse: { es: 'enfermería', en: 'nurse' },
  reception: { es: 'recepción', en: 'reception' },
  archivist: { es: 'archivo', en: 'archivist' },
  laboratory: { es: 'laboratorio', en: 'laboratory' },
  billing: { es: 'facturación', en: 'billing' },
  'privacy-officer': { es: 'oficial de privacidad', en: 'privacy officer' },
  'security-officer': { es: 'oficial de seguridad', en: 'security officer' },
  director: { es: 'dirección', en: 'director' },
  auditor: { es: 'auditoría', en: 'auditor' },
  patient: { es: 'paciente', en: 'patient' },
  representative: { es: 'representante', en: 'representative' },
}

export const kindNames: Readonly<Record<ActKind, Text>> = {
  invite: { es: 'invitar a alguien', en: 'inviting somebody' },
  roles: { es: 'cambiar funciones', en: 'changing roles' },
  reset: { es: 'restablecer el acceso', en: 'resetting factors' },
  suspend: { es: 'suspender', en: 'suspending' },
  reinstate: { es: 'rehabilitar', en: 'reinstating' },
  program: { es: 'registrar un programa', en: 'registering a program' },
  'revoke-program': { es: 'retirar un programa', en: 'taking a program back' },
  quorum: { es: 'pedir más aprobaciones', en: 'asking for more approvals' },
  'destroy-keys': { es: 'destruir las llaves de un paciente', en: "destroying a patient's keys" },
  opener: { es: 'cambiar con qué se abre la bóveda', en: 'changing what opens the vault' },
  export: { es: 'exportar más del límite', en: 'exporting more than the limit' },
  policy: { es: 'cambiar las políticas', en: 'changing policies' },
  restore: { es: 'restaurar sobre una bóveda en servicio', en: 'restoring over a vault in service' },
  'backup-destination': { es: 'cambiar dónde se guardan los respaldos', en: 'changing where backups go' },
  'safeguard-off': { es: 'apagar una salvaguarda', en: 'switching off a safeguard' },
  research: {
    es: 'buscar en todos los expedientes para investigación',
    en: 'scanning all records for research',
  },
  unblock: { es: 'desbloquear un expediente', en: 'unblocking a record' },
  merge: { es: 'unir expedientes', en: 'merging records' },
  unmerge: { es: 'separar expedientes', en: 'unmerging records' },
  grant: { es: 'abrir un expediente a un colega', en: 'opening a record to a colleague' },
}

/** `name`: of whom it is about, or whose other account it makes, where they have one. */
export function wordsOf(act: PeopleAct, name = '?'): Text {
  switch (act.kind) {
    case 'invite': {
      const { login, roles, sameAs } = act
      const same =
        sameAs === undefined
          ? { es: '', en: '' }
          : { es: `; es otra cuenta de ${name}`, en: `; it is another account of ${name}` }
      return {
        es: `Invitar a ${act.name} (${login}) como ${listed(roles, 'es')}${boundTo(act, 'es')}${same.es}`,
        en: `Invite ${act.name} (${login}) as ${listed(roles, 'en')}${boundTo(act, 'en')}${same.en}`,
      }
    }
    case 'roles':
      return {
        es: `Cambiar las funciones de ${name} a ${listed(act.roles, 'es')}${boundTo(act, 'es')}, y cerrar sus sesiones`,
        en: `Change the roles of ${name} to ${listed(act.roles, 'en')}${boundTo(act, 'en')}, and end their sessions`,
      }
    case 'reset':
      return {
        es: `Restablecer el acceso de ${name}: tras una espera se da de alta de nuevo con un enlace`,
        en: `Reset the factors of ${name}: after a wait they enrol anew with a link`,
      }
    case 'suspend':
      return {
        es: `Suspender la cuenta de ${name} y cerrar sus sesiones`,
        en: `Suspend the account of ${name} and end its sessions`,
      }
    case 'reinstate':
      return { es: `Rehabilitar la cuenta de ${name}`, en: `Reinstate the account of ${name}` }
    case 'program': {
      const { id, keys, replaces, purposes } = act
      const scope = purposes === undefined ? act.scope : `${act.scope} (${purposes.join(', ')})`
      return replaces
        ? {
            es: `Cambiar las llaves del programa ${id} (${act.name}), con alcance ${scope}: ${keys.length}`,
            en: `Give the program ${id} (${act.name}) new keys, with the scope ${scope}: ${keys.length}`,
          }
        : {
            es: `Registrar el programa ${id} (${act.name}), con alcance ${scope} y ${keys.length} llaves`,
            en: `Register the program ${id} (${act.name}), with the scope ${scope} and ${keys.length} keys`,
          }
    }
    case 'revoke-program':
      return { es: `Retirar el programa ${act.id}`, en: `Take back the program ${act.id}` }
    case 'quorum': {
      const { of, approvers } = act
      const what = of === 'all' ? { es: 'todo lo que lo requiere', en: 'whatever needs it' } : kindNames[of]
      return {
        es: `Que desde ahora ${approvers} personas más aprueben: ${what.es}. No se puede reducir`,
        en: `From now on ${approvers} others approve: ${what.en}. That cannot be lowered`,
      }
    }
  }
}

const listed = (roles: readonly Role[], language: keyof Text): string =>
  roles.map((role) => roleNames[role][language]).join(', ')

function boundTo(
  {
    practitioner,
    patient,
    represents = [],
  }: { practitioner?: string; patient?: string; represents?: readonly string[] },
  language: keyof Text,
): string {
  const whom = [practitioner, patient, ...represents].filter((each) => each !== undefined).join(', ')
  if (whom === '') return ''
  return language === 'es' ? ` (es, o por: ${whom})` : ` (who is, or for: ${whom})`
}
