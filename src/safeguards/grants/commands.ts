/** Grants at a terminal. Approved, refused and withdrawn they are by `sigilo approvals`. */
import type { SafeguardCommand } from '#kernel/safeguard.ts'

const run = () => import('./terminal.ts')

export const commands: Readonly<Record<string, SafeguardCommand>> = {
  'grants ask': {
    summary: {
      es: 'pide el expediente de un paciente que no atiende; lo aprueba quien lo atiende, o el paciente; sale con 3',
      en: 'ask for the record of a patient whom you do not care for; who does, or the patient, approves it; exits 3',
    },
    words: 'Patient/ID',
    isDangerous: true,
    options: {
      reason: {
        type: 'string',
        value: 'TEXT',
        text: { es: 'para qué, desde 10 letras', en: 'what for, from 10 letters' },
      },
      hours: {
        type: 'string',
        value: 'N',
        text: {
          es: 'por cuántas horas; si no se dice, 72, y 720 cuando más',
          en: 'for how many hours; 72 where it is not said, and 720 at most',
        },
      },
      types: {
        type: 'string',
        value: 'TYPE,TYPE',
        text: {
          es: 'qué tipos de recursos; si no se dice, todo lo clínico',
          en: 'which types of resources; all that is clinical where it is not said',
        },
      },
      write: {
        type: 'boolean',
        text: { es: 'también para anotar en él', en: 'to add to it, too' },
      },
    },
    tried: {
      words: ['grants', 'ask', 'Patient/paciente-000001', '--reason', 'second opinion on the lungs'],
      role: 'physician',
      code: 3,
      leaves: ['authority', /^approval \S+: grant Patient\/paciente-000001 to /],
    },
    load: async () => ({ run: (await run()).ask }),
  },
  'grants list': {
    summary: {
      es: 'muestra los accesos pedidos y otorgados: los propios, los que puede aprobar y los de su expediente',
      en: 'show what was asked for and granted: your own, what you may approve, and of your record',
    },
    tried: { words: ['grants', 'list'], role: 'privacy-officer', leaves: ['other', /^grants look$/] },
    load: async () => ({ run: (await run()).list }),
  },
  'grants end': {
    summary: {
      es: 'termina un acceso otorgado, en el acto; sin ID, si solo hay uno',
      en: 'end a grant, at once; without ID where there is one alone',
    },
    words: 'ID',
    tried: {
      words: ['grants', 'end', '00000000-0000-0000-0000-000000000000'],
      role: 'privacy-officer',
      code: 1,
      leaves: ['other', /\/duties\/grants/],
    },
    load: async () => ({ run: (await run()).end }),
  },
}
