/** Commands of officers. Each asks as a person does, signed in with both factors. */
import type { Command, Option } from './command.ts'
import { passphraseInput, provenByKit, secretInput } from './secret-options.ts'

const json = {
  type: 'boolean',
  text: { es: 'imprime el resultado en JSON', en: 'print the result as JSON' },
} as const satisfies Option

export const as = {
  type: 'string',
  value: 'LOGIN',
  text: {
    es: 'quién lo hace; en la demostración, si no se dice, el primer oficial de seguridad',
    en: 'who does it; in a demonstration the first security officer, where it is not said',
  },
} as const satisfies Option

export const officer = {
  type: 'string',
  value: 'LOGIN=NAME',
  repeats: true,
  text: {
    es: 'uno de los dos primeros oficiales de seguridad; se dice dos veces',
    en: 'one of the first two security officers; given twice',
  },
} as const satisfies Option

export const common = { as, json }

export const peopleCommands: Record<string, Command> = {
  'people begin': {
    summary: {
      es: 'da nuevos enlaces a los dos primeros oficiales de una bóveda real, hasta que ambos entren',
      en: 'give the first two officers of a real vault new links, until both have enrolled',
    },
    options: { officer, json },
    load: () => import('./commands/people-begin.ts'),
  },
  'people list': {
    summary: { es: 'dice quién tiene cuenta, y de qué', en: 'say who has an account, and as what' },
    options: common,
    load: async () => ({ run: (await import('./commands/people.ts')).list }),
  },
  'people show': {
    summary: { es: 'muestra la cuenta de alguien', en: "show somebody's account" },
    words: 'LOGIN',
    options: common,
    load: async () => ({ run: (await import('./commands/people.ts')).show }),
  },
  'people invite': {
    summary: {
      es: 'pide invitar a alguien; otra persona lo aprueba',
      en: 'ask for somebody to be invited; another person approves it',
    },
    words: 'LOGIN',
    options: {
      name: {
        type: 'string',
        value: 'NAME',
        text: { es: 'su nombre, como se muestra', en: 'the name, as it is shown' },
      },
      role: {
        type: 'string',
        value: 'ROLE',
        repeats: true,
        text: {
          es: 'qué es: physician, nurse … (docs/spec/people.md); puede repetirse',
          en: 'as what: physician, nurse … (docs/spec/people.md); may be given again',
        },
      },
      practitioner: {
        type: 'string',
        value: 'Practitioner/ID',
        text: { es: 'del personal: quién es en los expedientes', en: 'of staff: who that is in the records' },
      },
      patient: {
        type: 'string',
        value: 'Patient/ID',
        text: { es: 'de un paciente: su expediente', en: 'of a patient: the record' },
      },
      represents: {
        type: 'string',
        value: 'Patient/ID',
        repeats: true,
        text: {
          es: 'de un representante: de quién; puede repetirse',
          en: 'of a representative: whose; may be given again',
        },
      },
      language: {
        type: 'string',
        choices: ['es', 'en'],
        text: { es: 'en qué idioma se le habla', en: 'in which language' },
      },
      ...common,
    },
    load: async () => ({ run: (await import('./commands/people.ts')).invite }),
  },
  'people reset': {
    summary: {
      es: 'pide que quien perdió sus factores se dé de alta de nuevo, tras una espera',
      en: 'ask for whoever lost their factors to enrol anew, after a wait',
    },
    words: 'LOGIN',
    options: {
      opener: {
        type: 'boolean',
        text: {
          es: 'con lo que abre la bóveda, donde no hay otros dos oficiales',
          en: 'with what opens the vault, where there are no two other officers',
        },
      },
      kit: provenByKit,
      pin: {
        type: 'boolean',
        text: {
          es: 'con el PIN tecleado, aunque un archivo lo guarde',
          en: 'with a PIN that is typed, although a file holds it',
        },
      },
      'passphrase-stdin': passphraseInput,
      'secret-stdin': secretInput,
      ...common,
    },
    load: async () => ({ run: (await import('./commands/people-reset.ts')).run }),
  },
  'people suspend': {
    summary: { es: 'pide suspender una cuenta', en: 'ask for an account to be suspended' },
    words: 'LOGIN',
    options: common,
    load: async () => ({ run: (await import('./commands/people.ts')).suspend }),
  },
  'people reinstate': {
    summary: {
      es: 'pide rehabilitar una cuenta suspendida',
      en: 'ask for a suspended account to be reinstated',
    },
    words: 'LOGIN',
    options: common,
    load: async () => ({ run: (await import('./commands/people.ts')).reinstate }),
  },
  'people sessions': {
    summary: { es: 'muestra las sesiones abiertas de alguien', en: "show somebody's open sessions" },
    words: 'LOGIN',
    options: common,
    load: async () => ({ run: (await import('./commands/people.ts')).sessions }),
  },
  'people end-sessions': {
    summary: { es: 'cierra todas las sesiones de alguien', en: 'end all sessions of somebody' },
    words: 'LOGIN',
    options: common,
    load: async () => ({ run: (await import('./commands/people.ts')).endSessions }),
  },
  'programs list': {
    summary: { es: 'dice qué programas están registrados', en: 'say which programs are registered' },
    options: common,
    load: async () => ({ run: (await import('./commands/programs.ts')).list }),
  },
  'programs register': {
    summary: {
      es: 'pide registrar un programa con su llave; otra persona lo aprueba',
      en: 'ask for a program to be registered with its key; another person approves it',
    },
    words: 'ID',
    options: {
      name: {
        type: 'string',
        value: 'NAME',
        text: { es: 'cómo se llama', en: 'what it is called' },
      },
      key: {
        type: 'string',
        value: 'FILE',
        text: {
          es: 'archivo con su llave pública: PEM o JWK',
          en: 'file with its public key: PEM or a JWK',
        },
      },
      scope: {
        type: 'string',
        value: 'SCOPE',
        text: { es: 'a qué tiene derecho (system/*.cruds)', en: 'what it may do (system/*.cruds)' },
      },
      purposes: {
        type: 'string',
        value: 'PURPOSES',
        text: {
          es: 'para qué, y para nada más: TREAT,HPAYMT…',
          en: 'what for, and for nothing else: TREAT,HPAYMT…',
        },
      },
      replace: {
        type: 'boolean',
        text: {
          es: 'le cambia las llaves a uno ya registrado',
          en: 'give new keys to one that is registered',
        },
      },
      ...common,
    },
    load: async () => ({ run: (await import('./commands/programs.ts')).register }),
  },
  'programs revoke': {
    summary: {
      es: 'pide retirar un programa: sus credenciales dejan de valer',
      en: 'ask for a program to be taken back: its tokens are good no more',
    },
    words: 'ID',
    options: common,
    load: async () => ({ run: (await import('./commands/programs.ts')).revoke }),
  },
}
