/** Access reviews at a terminal. */
import type { SafeguardCommand } from '#kernel/safeguard.ts'

const load = (name: 'list' | 'show' | 'certify' | 'revoke' | 'manager' | 'schedule') => async () => ({
  run: (await import('./terminal.ts'))[name],
})

const note = {
  type: 'string',
  value: 'TEXT',
  text: { es: 'por qué, para quien lo lea después', en: 'why, for whoever reads it later' },
} as const

export const commands: Readonly<Record<string, SafeguardCommand>> = {
  'reviews list': {
    summary: {
      es: 'dice a quién le toca revisar y hasta cuándo; a responsables y auditoría, cómo van todos',
      en: 'say whom you are to review and until when; to officers and auditors, how all stand',
    },
    tried: { words: ['reviews', 'list'], role: 'director', leaves: ['other', /^reviews look$/] },
    load: load('list'),
  },
  'reviews show': {
    summary: {
      es: 'muestra qué tiene una persona o un programa, y qué de eso usó desde la última revisión',
      en: 'show what a person or program has, and what of it was used since the last review',
    },
    words: 'LOGIN|PROGRAM',
    tried: {
      words: ['reviews', 'show', 'oscar.zaragoza'],
      role: 'director',
      leaves: ['other', /^reviews show$/],
    },
    load: load('show'),
  },
  'reviews certify': {
    summary: {
      es: 'certifica que debe tener lo que tiene, tras verlo con «reviews show»',
      en: 'certify that they should have what they have, once "reviews show" has shown it',
    },
    words: 'LOGIN|PROGRAM',
    options: { note },
    isDangerous: true,
    tried: {
      words: ['reviews', 'certify', 'oscar.zaragoza'],
      role: 'director',
      leaves: ['approval', /^reviews: \S+ certified$/],
    },
    load: load('certify'),
  },
  'reviews revoke': {
    summary: {
      es: 'quita algunas funciones, o todo el acceso, en el acto; ampliar de nuevo lo aprueban dos personas',
      en: 'take away some roles, or all access, at once; to widen it again needs two people',
    },
    words: 'LOGIN|PROGRAM',
    options: {
      role: {
        type: 'string',
        value: 'ROLES',
        text: {
          es: 'solo estas funciones, separadas por comas; si no se dicen, todas',
          en: 'these roles alone, separated by commas; all, where none is said',
        },
      },
      note,
    },
    isDangerous: true,
    tried: {
      words: ['reviews', 'revoke', 'maribel.tellez', '--note', 'left'],
      role: 'director',
      leaves: ['approval', /^reviews: \S+ revoked: maribel\.tellez: reception$/],
    },
    load: load('revoke'),
  },
  'reviews manager': {
    summary: {
      es: 'dice quién revisa a alguien desde ahora; sin --by, un responsable',
      en: 'say who reviews somebody from now on; without --by, an officer',
    },
    words: 'LOGIN',
    options: {
      by: { type: 'string', value: 'LOGIN', text: { es: 'quién lo revisa', en: 'who reviews them' } },
    },
    tried: {
      words: ['reviews', 'manager', 'susana.arredondo', '--by', 'beatriz.quintanar'],
      role: 'director',
      leaves: ['authority', /^reviews: \S+ is reviewed by \S+$/],
    },
    load: load('manager'),
  },
  'reviews schedule': {
    summary: {
      es: 'cada cuántos meses se abre una campaña (1 a 3) y en cuántos días se responde (7 a 21)',
      en: 'how many months apart campaigns open (1 to 3), and in how many days they are answered (7 to 21)',
    },
    options: {
      months: { type: 'string', value: 'N', text: { es: 'de 1 a 3', en: 'from 1 to 3' } },
      'due-days': { type: 'string', value: 'N', text: { es: 'de 7 a 21', en: 'from 7 to 21' } },
    },
    tried: {
      words: ['reviews', 'schedule', '--months', '2', '--due-days', '10'],
      role: 'director',
      leaves: ['authority', /^reviews: a campaign every 2 months, answered in 10 days$/],
    },
    load: load('schedule'),
  },
}
