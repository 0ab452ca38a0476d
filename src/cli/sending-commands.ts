import type { Command, Option } from './command.ts'

const json: Option = {
  type: 'boolean',
  text: { es: 'imprime el resultado en JSON', en: 'print the result as JSON' },
}

const tlsCa: Option = {
  type: 'string',
  value: 'FILE',
  text: {
    es: 'archivo PEM de la autoridad de su certificado TLS, si no es una pública',
    en: 'PEM file of the authority of its TLS certificate, if that is not a public one',
  },
}

const noteKeys: Option = {
  type: 'string',
  value: 'KEY',
  repeats: true,
  text: {
    es: 'una clave pública suya, como nombre+0123abcd+B…; puede repetirse',
    en: 'a public key of its own, such as name+0123abcd+B…; may be given again',
  },
}

/** Where checkpoints go, and whose witness the vault is. */
export const sendingCommands: Record<string, Command> = {
  'ledger keys': {
    summary: {
      es: 'imprime las claves públicas del libro, para quien deba verificarlo',
      en: 'print the public keys of the ledger, for whoever shall verify it',
    },
    options: {
      witness: {
        type: 'boolean',
        text: {
          es: 'las claves con que la bóveda firma los libros de otros, como testigo',
          en: 'the keys with which the vault signs the ledgers of others, as a witness',
        },
      },
      json,
    },
    load: () => import('./commands/ledger-keys.ts'),
  },
  'ledger witness': {
    summary: {
      es: 'dice a qué testigos se manda cada punto de control, o añade o quita uno',
      en: 'say which witnesses each checkpoint is sent to, or add or remove one',
    },
    words: 'list | add URL | remove URL',
    options: { key: noteKeys, 'tls-ca': tlsCa, json },
    load: () => import('./commands/ledger-witness.ts'),
  },
  'ledger authority': {
    summary: {
      es: 'lo mismo de las autoridades que sellan la hora (RFC 3161)',
      en: 'the same of the authorities that stamp the time (RFC 3161)',
    },
    words: 'list | add URL | remove URL',
    options: {
      ca: {
        type: 'string',
        value: 'FILE',
        text: {
          es: 'archivo PEM de la autoridad raíz de sus sellos; sin él no se comprueba de quién son',
          en: 'PEM file of the root authority of its stamps; without it whose they are is not checked',
        },
      },
      'tls-ca': tlsCa,
      json,
    },
    load: () => import('./commands/ledger-authority.ts'),
  },
  'ledger folder': {
    summary: {
      es: 'lo mismo de las carpetas donde se escribe el libro',
      en: 'the same of the folders that the ledger is written into',
    },
    words: 'list | add DIR | remove DIR',
    options: { json },
    load: () => import('./commands/ledger-folder.ts'),
  },
  'ledger send': {
    summary: {
      es: 'manda ahora el último punto de control a todos ellos, y dice qué contestaron',
      en: 'send the newest checkpoint to all of these now, and say what they answered',
    },
    options: { json },
    load: () => import('./commands/ledger-send.ts'),
  },
  'ledger publish': {
    summary: {
      es: 'escribe el libro en una carpeta, una vez, o la pone al día',
      en: 'write the ledger into a folder, once, or bring that up to date',
    },
    options: {
      folder: {
        type: 'string',
        value: 'DIR',
        text: { es: 'la carpeta', en: 'the folder' },
      },
      json,
    },
    load: () => import('./commands/ledger-publish.ts'),
  },
  'ledger restored': {
    summary: {
      es: 'sigue con una base de datos restaurada que está detrás de su último punto de control, y lo asienta',
      en: 'go on with a restored database that is behind its newest checkpoint, and put that on record',
    },
    options: {
      yes: {
        type: 'boolean',
        text: { es: 'acepta lo que se pierde', en: 'accept what is lost' },
      },
      'passphrase-stdin': {
        type: 'boolean',
        text: {
          es: 'lee la frase de la entrada estándar, una línea',
          en: 'read the passphrase from standard input, one line',
        },
      },
      json,
    },
    load: () => import('./commands/ledger-restored.ts'),
  },
  'ledger witnessed': {
    summary: {
      es: 'dice de qué libros ajenos es testigo esta bóveda, o añade o quita uno',
      en: 'say which ledgers of others this vault is a witness of, or add or remove one',
    },
    words: 'list | add | remove NAME',
    options: { key: noteKeys, json },
    load: () => import('./commands/ledger-witnessed.ts'),
  },
}
