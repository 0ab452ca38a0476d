/** What the screen of possible duplicates says. */
import { translator } from './text.ts'

export const d = translator({
  duplicates: ['Posibles duplicados', 'Possible duplicates'],
  duplicatesHint: [
    'Pacientes que quizá están registrados dos veces, los cambiados más recientemente primero. Unir es un enlace: no se copia ni se borra nada, y se puede separar.',
    'Patients who may be registered twice, those changed last first. Merging is a link: nothing is copied or deleted, and it can be undone.',
  ],
  noDuplicates: [
    'No hay pares por revisar. Pacientes revisados: {count}, que son todos.',
    'There are no pairs to look at. Patients looked at: {count}, which is all.',
  ],
  lookedAt: [
    'Pacientes revisados: {count}, los cambiados más recientemente. Quedan más por revisar.',
    'Patients looked at: {count}, those changed last. There are more to look at.',
  ],
  lookedAtAll: ['Pacientes revisados: {count}, que son todos.', 'Patients looked at: {count}, which is all.'],
  lookOn: ['Seguir revisando', 'Look on'],
  certain: ['Casi seguro la misma persona', 'Almost certainly one person'],
  probable: ['Probablemente la misma persona', 'Probably one person'],
  possible: ['Quizá la misma persona', 'Possibly one person'],
  because: ['Por', 'Because of'],
  born: ['Nacimiento', 'Birth date'],
  sex: ['Sexo', 'Sex'],
  female: ['Mujer', 'Female'],
  male: ['Hombre', 'Male'],
  identifiers: ['Identificadores', 'Identifiers'],
  record: ['Expediente', 'Record'],
  stays: ['Expediente que queda', 'The record that goes on'],
  askMerge: ['Pedir que se unan', 'Ask to merge them'],
  askedAlready: [
    'Ya se pidió que se unan: espera en «Peticiones» a que otra persona lo apruebe.',
    'It was asked that they be merged: it waits under “Requests” for another person to approve it.',
  ],
  differs: ['distinto', 'differs'],
  twoPeople: ['Son dos personas', 'They are two people'],
  notedApart: ['Anotado: son dos personas.', 'Noted: they are two people.'],
  unmerging: ['Separar expedientes', 'Unmerge records'],
  unmergingHint: [
    'Si se unieron dos que no son la misma persona. Otra persona lo aprueba, y cada uno queda como estaba.',
    'If two were merged who are not one person. Another person approves it, and each is again as it was.',
  ],
  mergedRecord: ['El que se unió', 'The one that was merged'],
  remainingRecord: ['El que quedó', 'The one that went on'],
  recordHint: ['Su id, como en la petición de unirlos', 'Its id, as in the request to merge them'],
  askUnmerge: ['Pedir que se separen', 'Ask to unmerge them'],
})

export type DuplicatesText = Parameters<typeof d>[0]
