/** Patients who are in twice: proposed, told apart, merged and unmerged; each as a person, signed in with both factors. */
import type { Command, Option } from './command.ts'
import { common } from './people-commands.ts'

const reason = {
  type: 'string',
  value: 'TEXT',
  text: { es: 'por qué; lo ve quien aprueba', en: 'why; shown to whoever approves' },
} as const satisfies Option

export const patientsCommands: Record<string, Command> = {
  'patients duplicates': {
    summary: {
      es: 'muestra pares de pacientes que quizá son la misma persona, y por qué',
      en: 'show pairs of patients who may be one person, and why',
    },
    options: {
      page: {
        type: 'string',
        value: 'TOKEN',
        text: { es: 'sigue donde terminó una página', en: 'goes on where a page ended' },
      },
      ...common,
    },
    load: async () => ({ run: (await import('./commands/patients.ts')).duplicates }),
  },
  'patients apart': {
    summary: {
      es: 'dice que dos pacientes son dos personas: ya no se proponen',
      en: 'say that two patients are two people: they are proposed no more',
    },
    words: 'ID ID',
    options: common,
    load: async () => ({ run: (await import('./commands/patients.ts')).apart }),
  },
  'patients merge': {
    summary: {
      es: 'pide unir un expediente a otro de la misma persona; otra persona lo aprueba',
      en: 'ask to merge a record into another of the same person; another person approves it',
    },
    words: 'SOURCE TARGET',
    options: { reason, ...common },
    load: async () => ({ run: (await import('./commands/patients.ts')).merge }),
  },
  'patients move': {
    summary: {
      es: 'pasa a otro paciente lo que se escribió en el expediente equivocado',
      en: 'move to another patient what was written into the wrong record',
    },
    words: 'TYPE/ID PATIENT',
    options: {
      reason: { ...reason, text: { es: 'por qué', en: 'why' } },
      without: {
        type: 'string',
        value: 'MEMBER',
        repeats: true,
        text: {
          es: 'un miembro que se omite, como encounter; se puede repetir',
          en: 'a member that is left out, such as encounter; may be repeated',
        },
      },
      ...common,
    },
    load: async () => ({ run: (await import('./commands/patients.ts')).move }),
  },
  'patients unmerge': {
    summary: {
      es: 'pide separar dos expedientes que se unieron; otra persona lo aprueba',
      en: 'ask to part two records that were merged; another person approves it',
    },
    words: 'SOURCE TARGET',
    options: { reason, ...common },
    load: async () => ({ run: (await import('./commands/patients.ts')).unmerge }),
  },
}
