/**
 * What a conditional write claims, so that another that was decided by the same criteria meets it, however either wrote
 * them: names come from the search as it was understood, never from its text.
 */
import type { ChainFilter, Filter, Operand, ReferenceOperand, ValueFilter } from './search/index.ts'

/** A claim, and whether entries of one transaction may have it in common. */
export interface ClaimName {
  kind: string
  value: string
  isShared: boolean
}

/**
 * Two that look for the same must meet on a claim: on the id, identifier or patient that they name, whatever else they
 * say; and on all that they say, where it is no more than a patient.
 *
 * Who leaves out a system or a type asks for more than who gives it, and both may look for the same thing: what they
 * meet on is the criteria without it, which entries of one transaction may share.
 *
 *     A: If-None-Exist performer=1               claims "performer 1"
 *     B: If-None-Exist performer=Practitioner/1  claims "performer 1" too, and "performer Practitioner/1"
 */
export function claimNames(filters: readonly Filter[]): ClaimName[] {
  const named = filters.flatMap((filter) => namedBy(filter) ?? [])
  if (named.some(({ kind }) => kind !== 'patient')) return named
  const [loose, exact] = [textOf(filters, true), textOf(filters, false)]
  if (loose !== exact) named.push({ kind: 'criteria', value: loose, isShared: true })
  return [...named, { kind: 'criteria', value: exact, isShared: false }]
}

/** For each operand; undefined where not all of them name something. */
function namedBy(filter: Filter): ClaimName[] | undefined {
  if (filter.is !== 'value' || filter.modifier !== undefined) return undefined
  const { parameter, operands } = filter
  const named: ClaimName[] = []
  for (const operand of operands) {
    if (operand.kind === 'token' && operand.code !== undefined && tokens.has(parameter)) {
      const { system, code } = operand
      named.push({ kind: parameter, value: code, isShared: system !== undefined })
      if (system !== undefined)
        named.push({ kind: parameter, value: JSON.stringify([system, code]), isShared: false })
    } else if (operand.kind === 'reference' && isPatient(parameter, operand)) {
      named.push({ kind: 'patient', value: operand.id ?? '', isShared: true })
    } else return undefined
  }
  return named
}

const tokens = new Set(['_id', 'identifier'])
/** R4 has either for one and the same element; where both are, `patient` is what of `subject` are Patients. */
const patients = new Set(['patient', 'subject'])

/** Without a type it may be one: `subject=1`. */
function isPatient(parameter: string, { type, id }: ReferenceOperand): boolean {
  return patients.has(parameter) && id !== undefined && (type === 'Patient' || type === undefined)
}

/** All that the filters say, in one way of writing it. `isLoose`: without the types of references. */
function textOf(filters: readonly Filter[], isLoose: boolean): string {
  return sortedOnce(filters.map((filter) => JSON.stringify(sayingOf(filter, isLoose))))
}

type Saying = readonly (string | number | boolean | null | Saying)[]

function sayingOf(filter: Filter, isLoose: boolean): Saying {
  switch (filter.is) {
    case 'value':
      return valueOf(filter, isLoose)
    case 'missing':
      return ['missing', filter.parameter, filter.missing]
    case 'chain':
      return chainOf(filter, isLoose)
    case 'has':
      return ['has', filter.type, filter.parameter, sayingOf(filter.filter, isLoose)]
  }
}

function valueOf({ parameter, modifier, operands }: ValueFilter, isLoose: boolean): Saying {
  const isPlain = modifier === undefined && patients.has(parameter)
  const arePatients = isPlain && operands.every((operand) => isLocal(operand, isLoose, parameter))
  const name = arePatients ? 'patient' : parameter
  const isExact = modifier === 'exact'
  return [
    'value',
    name,
    modifier ?? '',
    sortedOnce(operands.map((each) => JSON.stringify(operandOf(each, isExact, isLoose || arePatients)))),
  ]
}

function isLocal(operand: Operand, isLoose: boolean, parameter: string): boolean {
  if (operand.kind !== 'reference') return false
  return isPatient(parameter, operand) || (isLoose && operand.id !== undefined)
}

function chainOf({ parameter, targets, filter }: ChainFilter, isLoose: boolean): Saying {
  const isOfPatients = patients.has(parameter) && targets.every((target) => target === 'Patient')
  const name = isOfPatients ? 'patient' : parameter
  return ['chain', name, sortedOnce([...targets]), sayingOf(filter, isLoose)]
}

function operandOf(operand: Operand, isExact: boolean, isLoose: boolean): Saying {
  switch (operand.kind) {
    case 'token': {
      const { system, code = '' } = operand
      const own = system === undefined ? '*' : (system ?? '')
      return ['token', own, operand.isExact ? code : code.toLowerCase()]
    }
    case 'text':
      return ['text', operand.text]
    case 'valueset':
      return ['valueset', operand.url]
    case 'reference': {
      const { type = '', id = '', url = '', version = '' } = operand
      return ['reference', isLoose && id !== '' ? '' : type, id, url, version]
    }
    case 'date':
      return ['date', operand.prefix, operand.low, operand.high]
    case 'string':
      if (operand.words) return ['words', sortedOnce(operand.words.map(({ folded }) => folded))]
      return ['string', isExact ? operand.text : operand.folded]
    case 'uri':
      return ['uri', operand.uri, operand.version ?? '']
    case 'number':
    case 'quantity': {
      const { prefix, value, low, high } = operand
      const units = operand.kind === 'quantity' ? [operand.system ?? '*', operand.code ?? '*'] : []
      // With the other prefixes a number stands for itself, however many digits were written.
      const isRange = prefix === 'eq' || prefix === 'ne' || prefix === 'ap'
      return ['number', prefix, ...(isRange ? [low, high] : [value]), ...units]
    }
    case 'composite':
      return ['composite', ...operand.components.map((each) => operandOf(each, isExact, isLoose))]
  }
}

function sortedOnce(texts: readonly string[]): string {
  return JSON.stringify([...new Set(texts)].toSorted())
}

/** Whether what the filters say depends on when it was read: `ap` of a date is the wider the longer ago that is. */
export function isOfNow(filters: readonly Filter[]): boolean {
  const isNear = (operand: Operand): boolean =>
    (operand.kind === 'date' && operand.prefix === 'ap') ||
    (operand.kind === 'composite' && operand.components.some(isNear))
  return filters.some((filter) => operandsOf(filter).some(isNear))
}

/** Of the last link of a chain. */
function operandsOf(filter: Filter): readonly Operand[] {
  if (filter.is === 'chain' || filter.is === 'has') return operandsOf(filter.filter)
  return filter.is === 'value' ? filter.operands : []
}
