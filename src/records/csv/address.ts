/** Where somebody lives, or was born, as FHIR Addresses. */
import type { JsonObject } from '#records/json/index.ts'
import type { Field } from './fields.ts'
import type { RowCode } from './remarks.ts'
import { stateOf, stateSystem } from './states.ts'

type Value = (field: Field) => string
type Warn = (code: RowCode, field: Field) => void

/** Undefined where no cell says anything. The entity has its official name, and INEGI's code beside it. */
export function addressOf(value: Value, warn: Warn): JsonObject | undefined {
  const [outer, inner, colony, whole] = [
    value('outerNumber'),
    value('innerNumber'),
    value('colony'),
    value('address'),
  ]
  const street = [value('street'), outer, inner === '' ? '' : `Int. ${inner}`].filter(Boolean).join(' ')
  const line = [street, colony].filter(Boolean)
  const [city, district] = [
    value('locality') || value('municipality'),
    value('locality') === '' ? '' : value('municipality'),
  ]
  const state = value('state')
  const found = stateOf(state)
  const country = value('country')
  const isMexico = /^(|mx|mex|m[eé]xico|estados unidos mexicanos)$/i.test(country)
  if (state !== '' && !found && isMexico) warn('state-unknown', 'state')
  const postalCode = postalCodeOf(value('postalCode'), isMexico, warn)
  if (![whole, ...line, city, state, postalCode].some(Boolean)) return undefined
  return {
    use: 'home',
    ...(whole === '' ? {} : { text: whole }),
    ...(line.length > 0 ? { line } : {}),
    ...(city === '' ? {} : { city }),
    ...(district === '' ? {} : { district }),
    ...(state === '' ? {} : { state: found && isMexico ? found.name : state }),
    ...(found && isMexico ? { _state: codedState(found.inegi) } : {}),
    ...(postalCode === '' ? {} : { postalCode }),
    ...(country === '' && !found ? {} : { country: isMexico ? 'MX' : country }),
  }
}

/** FHIR's extension for the place of birth; none where nothing is said. */
export function birthPlaceOf(text: string): JsonObject[] {
  if (text === '') return []
  const state = stateOf(text)
  const valueAddress: JsonObject = state
    ? { state: state.name, _state: codedState(state.inegi), country: 'MX' }
    : { text }
  return [{ url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace', valueAddress }]
}

function codedState(code: string): JsonObject {
  const url = 'http://hl7.org/fhir/StructureDefinition/iso21090-SC-coding'
  return { extension: [{ url, valueCoding: { system: stateSystem, code } }] }
}

/** Mexico's have five digits; Excel eats the zero that those of the capital begin with. */
function postalCodeOf(text: string, isMexico: boolean, warn: Warn): string {
  if (!isMexico || !/^\d{4}$/.test(text)) return text
  warn('postal-zero', 'postalCode')
  return `0${text}`
}
