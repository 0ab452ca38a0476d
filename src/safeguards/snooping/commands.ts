import type { SafeguardCommand } from '#kernel/safeguard.ts'

const date = (es: string, en: string) => ({ type: 'string', value: 'DATE', text: { es, en } }) as const

export const commands: Readonly<Record<string, SafeguardCommand>> = {
  'audit snooping': {
    summary: {
      es: 'lista los accesos insólitos de unos días, con su puntaje y sus porqués; para la oficialía de privacidad',
      en: 'list the unusual access of some days, scored and explained; for the privacy officer',
    },
    options: {
      from: date(
        'desde este día, como 2026-11-22; si no se dice, siete antes',
        'from this day on, such as 2026-11-22; seven before, where it is not said',
      ),
      to: date(
        'hasta este día, incluido; si no se dice, hasta ahora',
        'to this day, included; until now, where it is not said',
      ),
    },
    tried: { words: ['audit', 'snooping'], role: 'privacy-officer', leaves: ['ledger-query', /^snooping /] },
    load: () => import('./listing.ts'),
  },
}
