/** How entries of the ledger are called in front of people. */
import type { Action, Outcome } from '#kernel/ledger/index.ts'
import type { Text } from '../text.ts'

export const actionLabels: Record<Action, Text> = {
  read: { es: 'leyó', en: 'read' },
  vread: { es: 'leyó una versión', en: 'read a version' },
  search: { es: 'buscó', en: 'searched' },
  history: { es: 'vio la historia', en: 'saw the history' },
  everything: { es: 'leyó todo', en: 'read everything' },
  create: { es: 'creó', en: 'created' },
  update: { es: 'cambió', en: 'changed' },
  delete: { es: 'borró', en: 'deleted' },
  import: { es: 'importó', en: 'imported' },
  export: { es: 'exportó', en: 'exported' },
  attachment: { es: 'recibió un adjunto', en: 'was sent an attachment' },
  destroy: { es: 'destruyó las llaves', en: 'destroyed the keys' },
  print: { es: 'imprimió', en: 'printed' },
  unseal: { es: 'abrió la bóveda', en: 'unsealed the vault' },
  seal: { es: 'selló la bóveda', en: 'sealed the vault' },
  opener: { es: 'cambió qué la abre', en: 'changed what opens it' },
  key: { es: 'cambió llaves', en: 'changed keys' },
  rewrap: { es: 'pasó llaves a otras', en: 'moved keys to others' },
  token: { es: 'usó una credencial', en: 'used a token' },
  'sign-in': { es: 'entró', en: 'signed in' },
  'sign-out': { es: 'salió', en: 'signed out' },
  'step-up': { es: 'confirmó quién es', en: 'confirmed who they are' },
  approval: { es: 'aprobación', en: 'approval' },
  authority: { es: 'autoridad', en: 'authority' },
  configuration: { es: 'configuración', en: 'configuration' },
  maintenance: { es: 'mantenimiento', en: 'maintenance' },
  backup: { es: 'respaldo', en: 'backup' },
  restore: { es: 'restauración', en: 'restore' },
  checkpoint: { es: 'entregó un punto de control', en: 'handed out a checkpoint' },
  'ledger-query': { es: 'consultó el libro', en: 'asked the ledger' },
  'ledger-file': { es: 'pidió el archivo del paciente', en: "asked for the patient's file" },
  verify: { es: 'verificó', en: 'verified' },
  'turned-away': { es: 'rechazados sin identificarse', en: 'turned away, unknown' },
  other: { es: 'otra cosa', en: 'something else' },
}

/** Of what was done there is nothing to add. */
export const outcomeLabels: Record<Exclude<Outcome, 'done'>, Text> = {
  refused: { es: 'rechazado', en: 'refused' },
  failed: { es: 'falló', en: 'failed' },
  begun: { es: 'comenzó', en: 'began' },
  'broken-off': { es: 'se interrumpió', en: 'broken off' },
}

export const labels = {
  when: { es: 'cuándo', en: 'when' },
  who: { es: 'quién', en: 'who' },
  what: { es: 'qué', en: 'what' },
  whose: { es: 'de quién', en: 'whose' },
  about: { es: 'sobre', en: 'about' },
  facility: { es: 'la institución', en: 'the facility' },
  gone: { es: '(destruido)', en: '(destroyed)' },
  unnamed: { es: '(sin Patient)', en: '(no Patient)' },
  nobody: { es: '(desconocido)', en: '(unknown)' },
  unread: { es: '(no se puede leer)', en: '(cannot be read)' },
  machine: { es: '[máquina]', en: '[machine]' },
  view: { es: 'vista', en: 'view' },
  none: { es: 'No hay asientos.', en: 'There are no entries.' },
} satisfies Record<string, Text>
