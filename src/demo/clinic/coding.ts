/** FHIR's small shapes, as every builder of this folder writes them. */
const snomed = 'http://snomed.info/sct'
const loinc = 'http://loinc.org'
const terminology = 'http://terminology.hl7.org/CodeSystem'

declare global {
  // ECMAScript 2026, in Node since 22; TypeScript's library does not have it yet.
  interface JSON {
    rawJSON: (text: string) => object
  }
}

export interface Concept {
  coding?: { system: string; code: string; display: string }[]
  text?: string
}

const concept = (system: string, code: string, display: string, text?: string): Concept => ({
  coding: [{ system, code, display }],
  ...(text === undefined ? {} : { text }),
})

export const inSnomed = (code: string, text: string): Concept => concept(snomed, code, text, text)
export const inLoinc = (code: string, text: string): Concept =>
  code === '' ? { text } : concept(loinc, code, text, text)
export const inHl7 = (table: string, code: string, display: string): Concept =>
  concept(`${terminology}/${table}`, code, display)
export const inSystem = concept
export const codingOf = (table: string, code: string, display: string) => ({
  system: `${terminology}/${table}`,
  code,
  display,
})

/** With the zeros that were measured: `7.0` is not `7`. */
export const decimal = (value: number, decimals: number): object => JSON.rawJSON(value.toFixed(decimals))

export const quantity = (value: number, decimals: number, unit: string, ucum: string) => ({
  value: decimal(value, decimals),
  unit,
  system: 'http://unitsofmeasure.org',
  code: ucum,
})

export const reference = (to: string) => ({ reference: to })

export function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}
