/** Break-glass at a terminal. */
import type { SafeguardCommand } from '#kernel/safeguard.ts'

const run = () => import('./terminal.ts')

export const commands: Readonly<Record<string, SafeguardCommand>> = {
  'breakglass open': {
    summary: {
      es: 'en una urgencia, abre por cuatro horas el expediente de un paciente; se avisa y se revisa',
      en: 'in an emergency, open the record of one patient for four hours; it is told, and reviewed',
    },
    words: 'Patient/ID',
    options: {
      reason: {
        type: 'string',
        value: 'TEXT',
        text: { es: 'por qué, desde 10 letras', en: 'why, from 10 letters' },
      },
    },
    tried: {
      words: [
        'breakglass',
        'open',
        'Patient/paciente-000001',
        '--reason',
        'unconscious in the emergency room',
      ],
      role: 'physician',
      leaves: ['authority', /^breakglass: glass broken: Patient\/paciente-000001: unconscious/],
    },
    load: async () => ({ run: (await run()).open }),
  },
  'breakglass list': {
    summary: {
      es: 'muestra lo abierto así, y lo que falta revisar; lo vencido primero',
      en: 'show what was opened so, and what is to be reviewed; what is overdue first',
    },
    tried: { words: ['breakglass', 'list'], role: 'privacy-officer', leaves: ['other', /^breakglass look$/] },
    load: async () => ({ run: (await run()).list }),
  },
  'breakglass review': {
    summary: {
      es: 'dice si lo que otra persona abrió estuvo justificado; sin ID, si solo una espera',
      en: 'say whether what somebody else opened was justified; without ID where one alone waits',
    },
    words: 'ID',
    options: {
      verdict: {
        type: 'string',
        value: 'justified|unjustified',
        text: { es: 'si lo estuvo', en: 'whether it was' },
      },
      note: { type: 'string', value: 'TEXT', text: { es: 'qué se vio', en: 'what was found' } },
    },
    tried: {
      words: ['breakglass', 'review', '--verdict', 'justified'],
      role: 'privacy-officer',
      leaves: ['authority', /^breakglass: glass reviewed: Patient\/paciente-000001: justified$/],
    },
    load: async () => ({ run: (await run()).review }),
  },
}
