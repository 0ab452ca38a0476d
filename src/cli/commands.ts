import type { Command } from './command.ts'
import type { HomeOpener } from './home/home.ts'
import { ledgerCommands } from './ledger-commands.ts'
import { approvalsCommands } from './approvals-commands.ts'
import { as, officer, peopleCommands } from './people-commands.ts'
import { patientsCommands } from './patients-commands.ts'
import { policyCommands } from './policy-commands.ts'
import { safeguardCommands } from './safeguard-commands.ts'
import { sendingCommands } from './sending-commands.ts'
import { passphraseInput, provenByKit, secretInput } from './secret-options.ts'

const json = {
  type: 'boolean',
  text: { es: 'imprime el resultado en JSON', en: 'print the result as JSON' },
} as const

const patients = {
  type: 'string',
  text: {
    es: 'cuántos pacientes tiene el hospital inventado, de 1 a 100000 (normalmente 60)',
    en: 'how many patients the invented hospital has, from 1 to 100000 (60 by default)',
  },
} as const

/** Of what the server does where one runs, and the command by itself where none does. */
const passphraseAlone = {
  type: 'boolean',
  text: {
    es: 'lee la frase de la entrada estándar, una línea (si ningún servidor corre)',
    en: 'read the passphrase from standard input, one line (where no server runs)',
  },
} as const

const where = {
  type: 'string',
  value: 'NAME=VALUE',
  repeats: true,
  text: {
    es: 'dónde está el aparato y quiénes somos ante él, para no preguntarlo (docs/operating/hsm.md); puede repetirse',
    en: 'where the device is and who we are to it, instead of asking (docs/operating/hsm.md); may be given again',
  },
} as const

/** Written out: reading the code of the openers takes longer than most commands. */
const openers = [
  'passphrase',
  'shamir',
  'pkcs11',
  'kmip',
  'aws-kms',
  'key-file',
] as const satisfies readonly HomeOpener[]

const dealing = {
  holders: {
    type: 'string',
    value: 'N',
    text: {
      es: 'de shamir: entre cuántas personas se reparte',
      en: 'of shamir: among how many people it is dealt',
    },
  },
  threshold: {
    type: 'string',
    value: 'K',
    text: {
      es: 'de shamir: cuántas de ellas abren juntas la bóveda',
      en: 'of shamir: how many of them together open the vault',
    },
  },
  out: {
    type: 'string',
    value: 'DIR',
    text: {
      es: 'de shamir: carpeta donde escribir las partes, en vez de mostrarlas en la terminal',
      en: 'of shamir: folder to write the shares into, instead of showing them on the terminal',
    },
  },
} as const

/** Every command, in the order in which help lists them. */
export const commands: Record<string, Command> = {
  demo: {
    summary: {
      es: 'arranca un hospital inventado; lo crea si no existe',
      en: 'start an invented hospital, made first if it does not exist',
    },
    options: { patients },
    load: () => import('./commands/demo.ts'),
  },
  init: {
    summary: { es: 'crea una bóveda vacía', en: 'make an empty vault' },
    options: {
      opener: {
        type: 'string',
        choices: openers,
        text: {
          es: 'qué abre la bóveda; en una terminal se pregunta',
          en: 'what opens the vault; on a terminal it is asked',
        },
      },
      where,
      ...dealing,
      'secret-stdin': secretInput,
      'passphrase-stdin': {
        type: 'boolean',
        text: {
          es: 'lee la frase de la entrada estándar, una línea',
          en: 'read the passphrase from standard input, one line',
        },
      },
      kit: {
        type: 'string',
        value: 'FILE',
        text: {
          es: 'archivo nuevo donde escribir el kit de recuperación para imprimirlo, .html o texto',
          en: 'new file to write the recovery kit into for printing, .html or text',
        },
      },
      'no-kit': {
        type: 'boolean',
        text: { es: 'no hace kit de recuperación', en: 'make no recovery kit' },
      },
      officer,
      demo: {
        type: 'boolean',
        text: {
          es: 'marca la bóveda como de demostración, con el hospital inventado',
          en: 'mark the vault as a demonstration, with the invented hospital',
        },
      },
      patients,
    },
    load: () => import('./commands/init.ts'),
  },
  serve: {
    summary: { es: 'sirve una bóveda que ya existe', en: 'serve a vault that exists' },
    options: {},
    load: () => import('./commands/serve.ts'),
  },
  token: {
    summary: {
      es: 'deja entrar a un programa con su llave e imprime su credencial; de la demostración, 8 horas para programas locales',
      en: "sign a program in with its key and print its token; a demonstration's is good for 8 hours, for local programs",
    },
    options: {
      client: {
        type: 'string',
        value: 'ID',
        text: { es: 'qué programa registrado es', en: 'which registered program it is' },
      },
      key: {
        type: 'string',
        value: 'FILE',
        text: {
          es: 'archivo con su llave privada: PKCS #8 en PEM, o JWK',
          en: 'file with its private key: PKCS #8 as PEM, or a JWK',
        },
      },
      scope: {
        type: 'string',
        value: 'SCOPE',
        text: {
          es: 'qué pide, de lo que tiene registrado (system/*.cruds)',
          en: 'what it asks for, of what it was registered for (system/*.cruds)',
        },
      },
      as: {
        ...as,
        text: {
          es: 'de la demostración: en vez de un programa, esta persona, con sus dos factores',
          en: 'of a demonstration: in place of a program this person, with both factors',
        },
      },
      json,
    },
    load: () => import('./commands/token.ts'),
  },
  'keys unseal': {
    summary: {
      es: 'abre la bóveda en marcha: con su frase, con la parte de cada quien, o con el kit',
      en: "open the running vault: with its passphrase, with each holder's share, or with the kit",
    },
    options: {
      kit: {
        type: 'boolean',
        text: { es: 'con el kit de recuperación', en: 'with the recovery kit' },
      },
      pin: {
        type: 'boolean',
        text: {
          es: 'con el PIN tecleado, aunque un archivo lo guarde',
          en: 'with a PIN that is typed, although a file holds it',
        },
      },
      'no-wait': {
        type: 'boolean',
        text: {
          es: 'da la parte y no espera a los demás',
          en: 'give the share and do not wait for the others',
        },
      },
      forget: {
        type: 'boolean',
        text: {
          es: 'olvida las partes que ya se dieron',
          en: 'forget the shares that were given',
        },
      },
      'passphrase-stdin': passphraseInput,
      'secret-stdin': secretInput,
    },
    load: () => import('./commands/keys-unseal.ts'),
  },
  'keys opener': {
    summary: {
      es: 'cambia con qué se abre la bóveda en marcha, de lo que sea a lo que sea',
      en: 'change what opens the running vault, from any kind to any',
    },
    options: {
      as,
      json,
      to: {
        type: 'string',
        choices: openers,
        text: { es: 'con qué se abrirá', en: 'what shall open it' },
      },
      where,
      ...dealing,
      kit: provenByKit,
      'passphrase-stdin': passphraseInput,
      'secret-stdin': secretInput,
    },
    load: () => import('./commands/keys-opener.ts'),
  },
  'keys split': {
    summary: {
      es: 'reparte la llave de la bóveda en marcha entre varias personas, o la reparte de nuevo',
      en: "deal the running vault's key to several people, or deal it anew",
    },
    options: {
      as,
      json,
      ...dealing,
      kit: provenByKit,
      'passphrase-stdin': passphraseInput,
      'secret-stdin': secretInput,
    },
    load: () => import('./commands/keys-split.ts'),
  },
  'keys kit': {
    summary: {
      es: 'hace un kit de recuperación, en lugar del anterior',
      en: 'make a recovery kit, in the place of the one before',
    },
    options: {
      as,
      json,
      out: {
        type: 'string',
        value: 'FILE',
        text: {
          es: 'archivo nuevo donde escribirlo para imprimirlo, .html o texto',
          en: 'new file to write it into for printing, .html or text',
        },
      },
      kit: provenByKit,
      'passphrase-stdin': passphraseInput,
      'secret-stdin': secretInput,
    },
    load: () => import('./commands/keys-kit.ts'),
  },
  'keys check-kit': {
    summary: {
      es: 'dice si el kit de la caja fuerte todavía abre esta bóveda',
      en: 'say whether the kit in the safe still opens this vault',
    },
    options: { 'secret-stdin': secretInput },
    load: () => import('./commands/keys-check-kit.ts'),
  },
  'keys destroy': {
    summary: {
      es: 'destruye para siempre todo lo de un paciente',
      en: 'destroy all that is of a patient, for ever',
    },
    words: 'Patient/ID',
    options: {
      as,
      reason: {
        type: 'string',
        value: 'TEXT',
        text: {
          es: 'por qué; queda guardado, sellado. Sin él se pregunta en la terminal; «-»: una línea de la entrada estándar',
          en: 'why; it is kept, sealed. Without it, it is asked for at the terminal; "-": a line of standard input',
        },
      },
      now: {
        type: 'boolean',
        text: {
          es: 'lo hace definitivo en seguida, sin esperar al proceso diario',
          en: 'make it final at once, without waiting for the daily batch',
        },
      },
      yes: {
        type: 'boolean',
        text: { es: 'no pregunta (para programas)', en: 'do not ask (for programs)' },
      },
      json,
    },
    load: () => import('./commands/keys-destroy.ts'),
  },
  'keys destroyed': {
    summary: {
      es: 'dice de quién se destruyeron las llaves y desde cuándo está borrado en todas partes',
      en: 'say whose keys were destroyed, and since when all is deleted everywhere',
    },
    options: { json },
    load: () => import('./commands/keys-destroyed.ts'),
  },
  'keys status': {
    summary: {
      es: 'dice si la bóveda está abierta o sellada, qué la abre, de cuándo son sus llaves y qué está en curso',
      en: 'say whether the vault is open or sealed, what opens it, how old its keys are and what is under way',
    },
    options: { json },
    load: () => import('./commands/keys-status.ts'),
  },
  'keys seal': {
    summary: {
      es: 'sella la bóveda de inmediato en todos los procesos, hasta que alguien la abra',
      en: 'seal the vault at once in every process, until somebody opens it',
    },
    options: { json },
    load: () => import('./commands/keys-seal.ts'),
  },
  'keys rotate': {
    summary: {
      es: 'cambia la llave raíz y las de época, mientras la bóveda sirve; lo que la abre queda igual',
      en: 'change the root key and the epoch keys while the vault serves; what opens it stays the same',
    },
    options: {
      root: {
        type: 'boolean',
        text: { es: 'solo la llave raíz: un momento', en: 'the root key alone: a moment' },
      },
      json,
    },
    load: () => import('./commands/keys-rotate.ts'),
  },
  ...peopleCommands,
  ...safeguardCommands,
  ...approvalsCommands,
  ...patientsCommands,
  ...ledgerCommands,
  ...sendingCommands,
  ...policyCommands,
  import: {
    summary: {
      es: 'mete en la bóveda expedientes enteros: Bundles, NDJSON, carpetas, exportaciones',
      en: 'bring whole records into the vault: Bundles, NDJSON, folders, exports',
    },
    words: 'PATH…',
    options: {
      'dry-run': {
        type: 'boolean',
        text: {
          es: 'revisa todo y no escribe nada: dice qué entraría y qué no',
          en: 'judge everything and write nothing: say what would go in, and what not',
        },
      },
      map: {
        type: 'string',
        value: 'FROM=TO',
        repeats: true,
        text: {
          es: 'cambia un sistema de identificadores ajeno por el propio; puede repetirse',
          en: 'put our system of identifiers in place of a foreign one; may be given again',
        },
      },
      report: {
        type: 'string',
        value: 'FILE',
        text: {
          es: 'dónde escribir lo rechazado (sigilo-import-FECHA.ndjson)',
          en: 'where to write what was refused (sigilo-import-DATE.ndjson)',
        },
      },
      again: {
        type: 'boolean',
        text: {
          es: 'mete también lo que ya se había importado',
          en: 'bring even what was imported before',
        },
      },
      yes: {
        type: 'boolean',
        text: {
          es: 'de una tabla de pacientes: la importa sin preguntar, vista ya su vista previa',
          en: 'of a table of patients: import it without asking, once its preview was seen',
        },
      },
      'record-system': {
        type: 'string',
        value: 'URI',
        text: {
          es: 'de una tabla: de quién son los números de expediente',
          en: 'of a table: whose the record numbers are',
        },
      },
      dates: {
        type: 'string',
        choices: ['day-first', 'month-first'],
        text: { es: 'de una tabla: cómo se leen 03/04', en: 'of a table: how 03/04 is read' },
      },
      m: {
        type: 'string',
        choices: ['mujer', 'masculino'],
        text: { es: 'de una tabla: qué sexo es M', en: 'of a table: which sex M is' },
      },
      names: {
        type: 'string',
        choices: ['given-first', 'family-first'],
        text: {
          es: 'de una tabla: por dónde empiezan los nombres completos',
          en: 'of a table: what whole names begin with',
        },
      },
      column: {
        type: 'string',
        value: 'HEADING=FIELD',
        repeats: true,
        text: {
          es: 'de una tabla: qué es una columna (o ignore); puede repetirse',
          en: 'of a table: what a column is (or ignore); may be given again',
        },
      },
      encoding: {
        type: 'string',
        choices: ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'macintosh'],
        text: { es: 'de una tabla: su codificación', en: 'of a table: its encoding' },
      },
      delimiter: {
        type: 'string',
        choices: [',', ';', 'tab', '|'],
        text: { es: 'de una tabla: qué separa sus columnas', en: 'of a table: what separates its columns' },
      },
      follow: {
        type: 'boolean',
        text: { es: 'sigue lo que el servidor está importando', en: 'follow what the server is importing' },
      },
      stop: {
        type: 'boolean',
        text: { es: 'detiene lo que el servidor está importando', en: 'stop what the server is importing' },
      },
      'passphrase-stdin': passphraseAlone,
      json,
    },
    load: () => import('./commands/import.ts'),
  },
  export: {
    summary: {
      es: 'escribe lo que hay en la bóveda en una carpeta nueva, legible: NDJSON y manifest.json',
      en: 'write what is in the vault into a new folder, readable: NDJSON and manifest.json',
    },
    words: 'DIR',
    options: {
      type: {
        type: 'string',
        value: 'TYPE',
        repeats: true,
        text: {
          es: 'solo recursos de este tipo; puede repetirse, o llevar varios con comas',
          en: 'only resources of this type; may be given again, or hold several with commas',
        },
      },
      since: {
        type: 'string',
        value: 'INSTANT',
        text: {
          es: 'solo lo cambiado después, como 2026-11-22T10:00:00Z; lo borrado va aparte',
          en: 'only what was changed later, such as 2026-11-22T10:00:00Z; what was deleted goes apart',
        },
      },
      patient: {
        type: 'string',
        value: 'ID',
        repeats: true,
        text: {
          es: 'solo lo de este paciente; puede repetirse, o llevar varios con comas',
          en: 'only what is of this patient; may be given again, or hold several with commas',
        },
      },
      'passphrase-stdin': passphraseAlone,
      json,
    },
    load: () => import('./commands/export.ts'),
  },
  reindex: {
    summary: {
      es: 'rehace el directorio y los valores de búsqueda de la bóveda en marcha, mientras sirve',
      en: 'rebuild the directory and the search values of the running vault, while it serves',
    },
    options: { json },
    load: () => import('./commands/reindex.ts'),
  },
  verify: {
    summary: {
      es: 'comprueba que nada de la bóveda se alteró, se quitó, se añadió ni se regresó; o un libro en una carpeta',
      en: 'prove that nothing in the vault was altered, taken away, added or put back; or a ledger in a folder',
    },
    options: {
      new: {
        type: 'boolean',
        text: {
          es: 'solo lo que vino después de la última comprobación limpia',
          en: 'only what came after the last verification that found nothing',
        },
      },
      folder: {
        type: 'string',
        value: 'DIR',
        text: {
          es: 'sin bóveda: el libro que hay en esta carpeta (checkpoint y tile/…)',
          en: 'without a vault: the ledger in this folder (checkpoint and tile/…)',
        },
      },
      key: {
        type: 'string',
        value: 'KEY',
        repeats: true,
        text: {
          es: 'de una carpeta: clave pública del libro, o archivo con una por línea; puede repetirse',
          en: 'of a folder: public key of the ledger, or a file with one a line; may be given again',
        },
      },
      checkpoint: {
        type: 'string',
        value: 'FILE',
        repeats: true,
        text: {
          es: 'de una carpeta: un punto de control que alguien guardó, que ha de seguir siendo cierto; puede repetirse',
          en: 'of a folder: a checkpoint that somebody kept, which must still be true; may be given again',
        },
      },
      witness: {
        type: 'string',
        value: 'KEY',
        repeats: true,
        text: {
          es: 'de una carpeta: clave de un testigo que ha de haber firmado; puede repetirse',
          en: 'of a folder: key of a witness that must have signed; may be given again',
        },
      },
      'passphrase-stdin': passphraseAlone,
      json,
    },
    load: () => import('./commands/verify.ts'),
  },
  doctor: {
    summary: {
      es: 'dice qué está mal en la bóveda, el equipo y la configuración, y cómo se cura',
      en: 'say what is wrong with the vault, the machine and the configuration, and the cure of each',
    },
    options: { json },
    load: () => import('./commands/doctor.ts'),
  },
}
