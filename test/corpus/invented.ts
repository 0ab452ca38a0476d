import type { JsonObject, Json } from '#records/json/index.ts'
import type { TypeShape } from '../../tools/fhir/definitions.ts'

/**
 * A resource with every element that its type has, down to `depth` groups. Each variant takes another type of every choice, another
 * code and another target, so that over all variants every search parameter finds something.
 */
export function invent(shapes: Map<string, TypeShape>, type: string, variant: number, depth = 6): JsonObject {
  const fields: JsonObject = { resourceType: type, id: `${type.toLowerCase()}-${variant}` }
  fillGroup(shapes, type, variant, depth, fields)
  return fields
}

/** As many as the longest choice of a parameter has types, and the longest list of codes below has codes. */
export const variants = 12

function fillGroup(
  shapes: Map<string, TypeShape>,
  type: string,
  variant: number,
  depth: number,
  fields: JsonObject,
): void {
  for (const element of shapes.get(type)!.elements) {
    if (skipped.has(element.name) || Object.hasOwn(fields, element.name)) continue
    const own = element.types[variant % element.types.length]!
    const item = value(shapes, own, element.name, variant, depth - 1)
    if (item === undefined) continue
    const name = element.choice ? element.name + own[0]!.toUpperCase() + own.slice(1) : element.name
    fields[name] = element.max === 1 ? item : [item]
  }
}

const skipped = new Set(['extension', 'modifierExtension', 'contained', 'implicitRules'])

function value(
  shapes: Map<string, TypeShape>,
  type: string,
  name: string,
  variant: number,
  depth: number,
): Json | undefined {
  const pick = (list: readonly string[]) => list[variant % list.length]!
  if (type === 'Reference') return { reference: `${pick(targets)}/${name}-${variant}` }
  if (type === 'Resource') return { resourceType: pick(['Composition', 'MessageHeader']), id: name }
  if (type === 'code') return pick(codes[name] ?? ['one', 'two'])
  if (Object.hasOwn(primitives, type)) return primitives[type]!
  if (shapes.get(type)?.kind === 'primitive') return `${name} ${variant}`
  if (depth === 0) return undefined
  const fields: JsonObject = {}
  fillGroup(shapes, type, variant, depth, fields)
  return fields
}

const targets = [
  'Patient',
  'Practitioner',
  'Group',
  'Device',
  'Location',
  'Organization',
  'PractitionerRole',
  'RelatedPerson',
  'Medication',
  'Encounter',
  'Goal',
  'EpisodeOfCare',
]

/** Codes that an expression names. */
const codes: Record<string, string[]> = {
  system: ['phone', 'email'],
  type: ['composed-of', 'depends-on', 'derived-from', 'predecessor', 'successor'],
}

const primitives: Record<string, Json> = {
  boolean: true,
  integer: 3,
  positiveInt: 3,
  unsignedInt: 3,
  decimal: 2.5,
  date: '2020-02',
  dateTime: '2020-02-29T10:00:00Z',
  instant: '2020-02-29T10:00:00.123Z',
  time: '10:00:00',
  uri: 'http://example.org/thing',
  url: 'http://example.org/thing',
  canonical: 'http://example.org/thing|1.0',
  base64Binary: 'AAAA',
}
