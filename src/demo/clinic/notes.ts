import type { Staff } from '../types.ts'
import { base64, inHl7, inLoinc, reference } from './coding.ts'
import { clock, sayAge, shortDate } from './days.ts'
import { capital } from './speech.ts'
import type { Visit } from './visit.ts'
import { specialtyNames } from './terms/specialties.ts'

export type NoteKind =
  | 'history'
  | 'evolution'
  | 'emergency'
  | 'admission'
  | 'discharge'
  | 'nursing'
  | 'consult'
  | 'referral'
  | 'operation'

/** A heading and what stands under it: sentences of one paragraph, or lines. */
export interface Section {
  title: string
  text: readonly (string | undefined)[]
  lines?: boolean
}

/** NOM-004-SSA3-2012: the notes of 6.1 to 9.1, each with its LOINC document type. */
const kinds: Readonly<Record<NoteKind, { loinc: string; text: string; title: string }>> = {
  history: { loinc: '34117-2', text: 'Historia clínica', title: 'HISTORIA CLÍNICA' },
  evolution: { loinc: '11506-3', text: 'Nota de evolución', title: 'NOTA DE EVOLUCIÓN' },
  emergency: { loinc: '34111-5', text: 'Nota de urgencias', title: 'NOTA INICIAL DE URGENCIAS' },
  admission: { loinc: '34117-2', text: 'Nota de ingreso', title: 'NOTA DE INGRESO' },
  discharge: { loinc: '18842-5', text: 'Nota de egreso', title: 'NOTA DE EGRESO' },
  nursing: { loinc: '34746-8', text: 'Nota de enfermería', title: 'HOJA DE ENFERMERÍA' },
  consult: { loinc: '11488-4', text: 'Nota de interconsulta', title: 'NOTA DE INTERCONSULTA' },
  referral: { loinc: '57133-1', text: 'Nota de referencia', title: 'NOTA DE REFERENCIA' },
  operation: { loinc: '11504-8', text: 'Nota posoperatoria', title: 'NOTA POSOPERATORIA' },
}

/** The text of a note with its head and its signature (NOM-004-SSA3-2012, 5.9 and 5.10), as a DocumentReference. */
export function writeNote(visit: Visit, kind: NoteKind, sections: readonly Section[], by: Staff): void {
  const { life } = visit
  const { loinc, text, title } = kinds[kind]
  const { person } = life
  const place = by.specialty ? ` · ${capital(specialtyNames[by.specialty])}` : ''
  const body = [
    `${life.scene.house.name.toUpperCase()}`,
    `${title}${place}`,
    `${person.text} · ${person.sex === 'female' ? 'Mujer' : 'Hombre'} · ${sayAge(person.birthDate, visit.day)} · Expediente ${person.record}`,
    `${shortDate(visit.day)}, ${clock(visit.minute)} h`,
    '',
    ...sections.flatMap(({ title, text, lines }) => {
      const parts = text.filter((part): part is string => part !== undefined && part !== '')
      if (parts.length === 0) return []
      return [
        `${title}:`,
        lines ? parts.map((part) => `- ${sentence(part)}`).join('\n') : parts.map(sentence).join(' '),
        '',
      ]
    }),
    `${by.display}${by.licence ? `, cédula profesional ${by.licence}` : ''}`,
  ].join('\n')
  attach(visit, {
    loinc,
    text,
    by,
    content: [
      {
        attachment: {
          contentType: 'text/plain; charset=utf-8',
          language: 'es-MX',
          data: base64(body),
          title: text,
        },
      },
    ],
  })
}

export function attach(
  visit: Visit,
  document: { loinc: string; text: string; by: Staff; content: object[]; category?: string },
): void {
  const { life } = visit
  life.add({
    resourceType: 'DocumentReference',
    id: life.id('documento'),
    status: 'current',
    docStatus: 'final',
    type: inLoinc(document.loinc, document.text),
    category: [{ text: document.category ?? 'Nota clínica' }],
    subject: life.subjectReference,
    date: visit.instant,
    author: [{ reference: document.by.practitioner, display: document.by.display }],
    custodian: reference(life.scene.house.organization),
    securityLabel: [
      inHl7('v3-Confidentiality', life.has('hiv') ? 'R' : 'N', life.has('hiv') ? 'restricted' : 'normal'),
    ],
    content: document.content,
    context: {
      encounter: [reference(visit.reference)],
      period: { start: visit.instant },
    },
  })
}

function sentence(text: string): string {
  const begun = capital(text.trim())
  return /[.!?:]$/.test(begun) ? begun : `${begun}.`
}
