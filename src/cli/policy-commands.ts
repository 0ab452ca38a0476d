import type { Command } from './command.ts'

/** Written out: reading the code of the records takes longer than the command. A test compares them. */
export const policyActions = [
  'read',
  'identify',
  'create',
  'update',
  'delete',
  'scan',
  'import',
  'export',
  'reindex',
  'destroy',
  'ledger-query',
  'ledger-file',
  'ledger-proof',
  'request',
  'approve',
] as const

export const policyCommands: Record<string, Command> = {
  'policy explain': {
    summary: {
      es: 'dice si alguien puede hacer algo, qué política lo decide y por qué hechos; la pregunta queda en el libro',
      en: 'say whether somebody may do something, which policy decides it and by which facts; the question is in the ledger',
    },
    options: {
      as: {
        type: 'string',
        value: 'WHO',
        text: {
          es: 'quién: un rol, la clave de usuario de una persona o el alcance de un programa',
          en: 'who: a role, the login of a person, or the scope of a program',
        },
      },
      action: {
        type: 'string',
        choices: policyActions,
        text: { es: 'qué haría', en: 'what they would do' },
      },
      on: {
        type: 'string',
        value: 'TYPE[/ID]',
        text: {
          es: 'a qué recurso, o a cualquiera de su tipo; nada, si es a la bóveda o al libro',
          en: 'to which resource, or to any of its type; nothing where it is to the vault or the ledger',
        },
      },
      for: {
        type: 'string',
        value: 'PURPOSE',
        text: {
          es: 'para qué (TREAT, HPAYMT, HOPERAT, PATRQT …); si no se dice, para lo habitual',
          en: 'what for (TREAT, HPAYMT, HOPERAT, PATRQT …); if not said, for what is usual',
        },
      },
      json: { type: 'boolean', text: { es: 'imprime el resultado en JSON', en: 'print the result as JSON' } },
    },
    load: () => import('./commands/policy-explain.ts'),
  },
}
