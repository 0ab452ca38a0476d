/** From refusals to findings; what only an import can find wrong. */
import { refuse, sentenceOf, type Refusal } from '#kernel/outcome.ts'
import type { Finding, SourceBroken } from './types.ts'

/** A sentence in each language that the product speaks. */
export interface Text {
  es: string
  en: string
}

/** Besides the refusals of the store: docs/spec/import.md, "The report". */
const texts = {
  truncated: {
    es: 'El archivo comprimido está cortado: termina antes de tiempo. Lo que sigue de esta línea no se leyó; copie de nuevo el archivo.',
    en: 'The compressed file is cut off: it ends too early. What comes after this line was not read; copy the file again.',
  },
  damaged: {
    es: 'El archivo comprimido está dañado: lo que sigue de esta línea no se puede leer.',
    en: 'The compressed file is damaged: what comes after this line cannot be read.',
  },
  unreadable: {
    es: 'El archivo no se puede leer después de esta línea.',
    en: 'The file cannot be read after this line.',
  },
  'bundle-type': {
    es: 'Un Bundle de este tipo no se importa: debe ser transaction, batch, collection o searchset, o un documento.',
    en: 'A Bundle of this type is not imported: it must be a transaction, batch, collection or searchset, or a document.',
  },
  'dangling-reference': {
    es: 'Lo que nombra esta referencia no está en la bóveda ni en lo que se importa. El recurso se guarda como viene.',
    en: 'What this reference names is neither in the vault nor in what is imported. The resource is kept as it comes.',
  },
  'dangling-references': {
    es: 'Hay más referencias sin destino de las que se pueden seguir a la vez: desde aquí no se buscan las nuevas.',
    en: 'There are more references to nothing than can be followed at once: from here on new ones are not looked for.',
  },
} satisfies Record<string, Text>

export type FindingCode = keyof typeof texts

export interface At {
  file: string
  line: number
  entry?: number
}

export function findingOf(
  severity: Finding['severity'],
  at: At,
  code: FindingCode,
  expression?: string,
): Finding {
  return { severity, ...at, code, ...(expression === undefined ? {} : { expression }), text: texts[code] }
}

export function brokenFinding(at: At, { reason }: SourceBroken): Finding {
  return findingOf('error', at, reason)
}

/** Issues told of one resource at most. */
const issuesToldMax = 20

/** A finding for each issue of a resource that is not valid; one for any other refusal. */
export function findingsOf(at: At, refusal: Refusal): Finding[] {
  const { status, issues = [], cause } = refusal
  if (cause) return findingsOf(at, cause)
  const faults = issues.filter(({ severity }) => severity === 'error' || severity === 'fatal')
  if (faults.length === 0) {
    const text = { es: sentenceOf(refusal, 'es'), en: sentenceOf(refusal, 'en') }
    return [{ severity: 'error', ...at, code: status, text }]
  }
  return faults
    .slice(0, issuesToldMax)
    .map(({ expression, text }) => ({ severity: 'error', ...at, code: status, expression, text }))
}

/** A line, or a Bundle, of more bytes than a request may have. */
export const unitBytesMax = 50_000_000

export const tooLarge = refuse('too-large', { limit: unitBytesMax })
