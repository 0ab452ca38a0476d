import type { CodeSet } from './plan.ts'
import type { Primitive } from './primitives.ts'
import { ruleText } from './rule-texts.ts'

/** A fault of a resource, as an OperationOutcome tells it. */
export interface Issue {
  severity: 'fatal' | 'error' | 'warning'
  /** FHIR issue-type: https://hl7.org/fhir/R4/valueset-issue-type.html. */
  code: string
  /** FHIRPath of the element at fault, or of the one that lacks it. */
  expression: string
  text: { es: string; en: string }
}

/** What a kind of fault says, once it is known where. Only names, rules and allowed codes: no values. */
export interface FaultText {
  severity: 'error' | 'warning'
  code: string
  text(where: string): { es: string; en: string }
}

function fault(code: string, es: string, en: string, severity: 'error' | 'warning' = 'error'): FaultText {
  return { severity, code, text: (where) => ({ es: `${where}: ${es}`, en: `${where}: ${en}` }) }
}

export const noResourceType = fault(
  'required',
  'falta el tipo del recurso; resourceType debe nombrar un tipo de FHIR R4.',
  'the type of the resource is missing; resourceType must name a type of FHIR R4.',
)
export const unknownResourceType = fault(
  'not-supported',
  'el tipo del recurso no existe en FHIR R4; use uno de sus tipos, como Patient u Observation.',
  'FHIR R4 has no such resource type; use one of its types, such as Patient or Observation.',
)
export const missing = fault(
  'required',
  'falta este elemento, que es obligatorio.',
  'this element is missing, and it is required.',
)
export const secondChoice = fault(
  'structure',
  'hay dos valores de tipos distintos; se permite uno solo.',
  'there are two values of different types; only one is allowed.',
)
export const emptyObject = fault(
  'structure',
  'el objeto está vacío; debe tener algún contenido o no estar.',
  'the object is empty; it must have some content or be left out.',
)
export const emptyList = fault(
  'structure',
  'la lista está vacía; debe tener algún valor o no estar.',
  'the list is empty; it must have some value or be left out.',
)
export const notList = fault(
  'structure',
  'se espera una lista, entre [ y ].',
  'a list is expected, between [ and ].',
)
export const notOne = fault(
  'structure',
  'se espera un solo valor, no una lista.',
  'one value is expected, not a list.',
)
export const notObject = fault(
  'structure',
  'se espera un objeto, entre { y }.',
  'an object is expected, between { and }.',
)
export const strayNull = fault(
  'structure',
  'null no es un valor en FHIR; quite el elemento o dele valor.',
  'null is no value in FHIR; leave the element out or give it a value.',
)
export const badNarrative = fault(
  'structure',
  'debe ser un único elemento div de XHTML bien formado.',
  'it must be a single, well-formed XHTML div element.',
)

export function unknownElement(type: string): FaultText {
  return fault(
    'structure',
    `${type} no tiene este elemento en FHIR R4.`,
    `${type} has no such element in FHIR R4.`,
  )
}

export function wrongCount(min: number, max: number): FaultText {
  const range = `${min}..${max === Infinity ? '*' : max}`
  return fault(
    'structure',
    `el número de valores debe ser ${range}.`,
    `the number of values must be ${range}.`,
  )
}

export function badType(primitive: Primitive): FaultText {
  const { es, en } = primitive.right
  return fault(
    'value',
    `el valor no es un ${jsonNames[primitive.json].es} de JSON; se espera ${es} (${primitive.name}).`,
    `the value is not a JSON ${jsonNames[primitive.json].en}; what is right is ${en} (${primitive.name}).`,
  )
}

export function notPrimitive(primitive: Primitive): FaultText {
  const { es, en } = primitive.right
  return fault(
    'structure',
    `hay un objeto donde se espera ${es} (${primitive.name}).`,
    `there is an object where ${en} (${primitive.name}) is expected.`,
  )
}

export function badValue(primitive: Primitive): FaultText {
  const { es, en } = primitive.right
  return fault(
    'value',
    `el valor no es un ${primitive.name} válido; se espera ${es}.`,
    `the value is not a valid ${primitive.name}; what is right is ${en}.`,
  )
}

/** So many codes are named in a text; of longer value sets the text names none. */
const codesNamedMax = 16

export function badCode(set: CodeSet): FaultText {
  const codes = set.codes.size <= codesNamedMax ? [...set.codes].join(', ') : undefined
  return fault(
    'code-invalid',
    `el código no es de los permitidos${codes ? `: ${codes}` : ' por FHIR R4 para este elemento'}.`,
    `the code is not one of those allowed${codes ? `: ${codes}` : ' by FHIR R4 for this element'}.`,
  )
}

export function rule(key: string, severity: 'error' | 'warning', human: string): FaultText {
  const { es, en } = ruleText(key, human)
  return fault(
    'invariant',
    `${es.replace(/\.$/, '')} (${key}).`,
    `${en.replace(/\.$/, '')} (${key}).`,
    severity,
  )
}

const jsonNames = {
  string: { es: 'texto', en: 'string' },
  number: { es: 'número', en: 'number' },
  boolean: { es: 'booleano', en: 'boolean' },
}
