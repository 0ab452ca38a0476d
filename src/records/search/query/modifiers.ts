import { typeCode } from '#records/fhir/index.ts'
import type { Parameter } from '../extract/catalogue.ts'
import type { ParameterKind } from '../extract/values.ts'
import type { ValueModifier } from './types.ts'

/**
 * What a parameter's suffix says; undefined where it says nothing that is supported. Not supported: `:of-type` (a tuple has
 * not the codes of an identifier's type), `:above` and `:below` of codes and of hierarchies, `:text` of strings.
 */
export function modifierOf(
  kind: ParameterKind,
  suffix: string | undefined,
  parameters: readonly Parameter[],
): { modifier: ValueModifier | undefined; type: string | undefined } | undefined {
  if (suffix === undefined) return { modifier: undefined, type: undefined }
  const modifier = modifiers[kind].find((each) => each === suffix)
  if (modifier !== undefined)
    return parameters.every((each) => takes(each, modifier)) ? { modifier, type: undefined } : undefined
  const isTarget =
    kind === 'reference' &&
    typeCode(suffix) !== undefined &&
    parameters.some(({ targets }) => targets.length === 0 || targets.includes(suffix))
  return isTarget ? { modifier: undefined, type: suffix } : undefined
}

const modifiers: Record<ParameterKind, readonly ValueModifier[]> = {
  token: ['not', 'text', 'in', 'not-in', 'below'],
  reference: ['identifier', 'below'],
  date: [],
  string: ['exact', 'contains'],
  uri: ['above', 'below'],
  number: [],
  quantity: [],
  composite: [],
  special: [],
}

function takes({ kind, name, sources }: Parameter, modifier: ValueModifier): boolean {
  const isCanonical = sources.length > 0 && sources.every(({ type }) => type === 'canonical')
  // R4 search.html#references-and-versions: with a canonical, it says how much of the version counts.
  if (kind === 'reference') return modifier === 'below' ? isCanonical : !isCanonical
  // R4 search.html#mimetype.
  if (kind === 'token' && modifier === 'below') return mimeParameters.has(name)
  return true
}

/** Of DocumentReference and of Library. */
const mimeParameters = new Set(['contenttype', 'content-type'])
