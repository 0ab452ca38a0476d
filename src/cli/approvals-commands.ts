/** What one person asked for and another approves, at a terminal. */
import type { Command } from './command.ts'
import { common } from './people-commands.ts'

export const approvalsCommands: Record<string, Command> = {
  'approvals list': {
    summary: {
      es: 'muestra lo que espera la aprobación de otra persona, y lo ya decidido',
      en: 'show what waits for the approval of another person, and what was decided',
    },
    options: common,
    load: async () => ({ run: (await import('./commands/approvals.ts')).list }),
  },
  'approvals show': {
    summary: {
      es: 'muestra un acto por aprobar: en palabras, y tal como está guardado',
      en: 'show an act to be approved: in words, and as it is kept',
    },
    words: 'ID',
    options: common,
    load: async () => ({ run: (await import('./commands/approvals.ts')).show }),
  },
  'approvals approve': {
    summary: {
      es: 'aprueba lo que pidió otra persona; vuelve cuando se hizo, con lo que resultó',
      en: 'approve what another person asked for; returns once it is done, with what came of it',
    },
    words: 'ID',
    options: common,
    load: async () => ({ run: (await import('./commands/approvals.ts')).approve }),
  },
  'approvals refuse': {
    summary: { es: 'rechaza lo que pidió otra persona', en: 'refuse what another person asked for' },
    words: 'ID',
    options: common,
    load: async () => ({ run: (await import('./commands/approvals.ts')).refuse }),
  },
  'approvals withdraw': {
    summary: { es: 'retira lo que uno mismo pidió', en: 'take back what one asked for' },
    words: 'ID',
    options: common,
    load: async () => ({ run: (await import('./commands/approvals.ts')).withdraw }),
  },
  'approvals link': {
    summary: {
      es: 'imprime otra vez el enlace de lo aprobado, en lugar del anterior',
      en: 'print the link of what was approved once more, in the place of the one before',
    },
    words: 'ID',
    options: common,
    load: async () => ({ run: (await import('./commands/approvals.ts')).link }),
  },
  'approvals ask': {
    summary: {
      es: 'pide que otra persona apruebe hacer una vez lo que pasa del límite del día, como lo dijo el encabezado Sigilo-Act',
      en: 'ask another person to approve doing once what is beyond the limit of the day, as the header Sigilo-Act said it',
    },
    words: 'ACT',
    options: common,
    load: async () => ({ run: (await import('./commands/approvals.ts')).ask }),
  },
  'approvals require': {
    summary: {
      es: 'pide que desde ahora más personas aprueben; nunca se reduce',
      en: 'ask for more people to approve from now on; never fewer again',
    },
    words: 'N',
    options: {
      of: {
        type: 'string',
        value: 'KIND',
        text: {
          es: 'solo actos de esta clase (docs/spec/approvals.md)',
          en: 'only acts of this kind (docs/spec/approvals.md)',
        },
      },
      ...common,
    },
    load: async () => ({ run: (await import('./commands/approvals.ts')).require }),
  },
}
