import type { Command, Option } from './command.ts'

const json: Option = {
  type: 'boolean',
  text: { es: 'imprime el resultado en JSON', en: 'print the result as JSON' },
}

const sought: Record<string, Option> = {
  actor: {
    type: 'string',
    value: 'WHO',
    text: {
      es: 'solo lo que hizo esta persona o programa, como Practitioner/ana u operator',
      en: 'only what this person or program did, such as Practitioner/ana or operator',
    },
  },
  client: {
    type: 'string',
    value: 'PROGRAM',
    text: { es: 'solo lo hecho con este programa', en: 'only what was done by this program' },
  },
  address: {
    type: 'string',
    value: 'ADDRESS',
    text: { es: 'solo lo hecho desde esta dirección', en: 'only what was done from this address' },
  },
  device: {
    type: 'string',
    value: 'DEVICE',
    text: {
      es: 'solo lo hecho en este equipo, como lo llaman los asientos y people sessions',
      en: 'only what was done on this device, as entries and people sessions name it',
    },
  },
  from: {
    type: 'string',
    value: 'DATE',
    text: {
      es: 'desde este día o esta hora, como 2026-11-22 o 2026-11-22T08:00',
      en: 'from this day or time on, such as 2026-11-22 or 2026-11-22T08:00',
    },
  },
  to: {
    type: 'string',
    value: 'DATE',
    text: { es: 'hasta este día, incluido, o esta hora', en: 'to this day, included, or time' },
  },
}

/** What the ledger is asked by. */
export const ledgerCommands: Record<string, Command> = {
  'ledger query': {
    summary: {
      es: 'dice quién hizo qué y cuándo, según el libro; la consulta queda también en él',
      en: 'say who did what and when, by the ledger; the question is in it, too',
    },
    options: {
      patient: {
        type: 'string',
        value: 'Patient/ID',
        text: { es: 'solo lo de este paciente', en: 'only what is of this patient' },
      },
      ...sought,
      action: {
        type: 'string',
        value: 'ACTION',
        repeats: true,
        text: {
          es: 'solo esta acción, como read o export; puede repetirse, o llevar varias con comas',
          en: 'only this action, such as read or export; may be given again, or hold several with commas',
        },
      },
      oldest: { type: 'boolean', text: { es: 'lo más antiguo primero', en: 'the oldest first' } },
      count: {
        type: 'string',
        value: 'N',
        text: { es: 'cuántos asientos, 1000 a lo más (50)', en: 'how many entries, 1000 at most (50)' },
      },
      page: {
        type: 'string',
        value: 'TOKEN',
        text: {
          es: 'la página que sigue, como se dijo al final',
          en: 'the next page, as the end of this one says',
        },
      },
      json,
    },
    load: () => import('./commands/ledger-query.ts'),
  },
  'ledger radius': {
    summary: {
      es: 'dice hasta dónde llegó alguien: qué pacientes, qué recursos y cuántas veces',
      en: 'say how far somebody came: which patients, which resources, and how often',
    },
    options: { ...sought, json },
    load: () => import('./commands/ledger-radius.ts'),
  },
  'ledger file': {
    summary: {
      es: 'escribe en un archivo todo lo que el libro dice de un paciente, con pruebas que cualquiera revisa',
      en: 'write all that the ledger says of a patient into a file, with proofs that anybody can check',
    },
    words: 'Patient/ID',
    options: {
      out: {
        type: 'string',
        value: 'FILE',
        text: { es: 'archivo nuevo donde escribirlo', en: 'new file to write it into' },
      },
      json,
    },
    load: () => import('./commands/ledger-file.ts'),
  },
}
