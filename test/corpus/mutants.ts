import { getDataType } from '@medplum/core'
import type { InternalSchemaElement, InternalTypeSchema } from '@medplum/core'
import { isObject } from '#records/json/index.ts'
import type { Json, JsonObject } from '#records/json/index.ts'
import { breakers } from './mutants-invariants.ts'

/**
 * One resource with one fault put into it, and what must be said of it. Where faults may go is found with Medplum's
 * reading of the definitions, so that a mistake in ours cannot hide itself.
 */
export interface Mutant {
  kind: Kind
  /** What was done, such as 'required element removed'. */
  how: string
  value: JsonObject
  expression: string
  code: string
  /** Key of the rule that is broken. */
  rule?: string
}

export type Kind = 'unknown' | 'cardinality' | 'type' | 'binding' | 'invariant'
export const kinds: readonly Kind[] = ['unknown', 'cardinality', 'type', 'binding', 'invariant']

/** A place in a resource: an object, or one value of an element. */
export interface Site {
  /** FHIRPath, with the place in a list. */
  path: string
  /** Of the element, without it. */
  listPath: string
  holder: JsonObject
  key: string
  index: number
  value: Json
  type: string
  element: InternalSchemaElement | undefined
  schema: InternalTypeSchema | undefined
}

export type Random = () => number

/** mulberry32: the same mutants in every run. */
export function createRandom(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export const pick = <Item>(random: Random, list: readonly Item[]): Item =>
  list[Math.floor(random() * list.length)]!

/** Puts one fault of the kind into a copy of the resource; undefined where it has no place for one. */
export function mutate(kind: Kind, original: JsonObject, random: Random): Mutant | undefined {
  const value = structuredClone(original)
  const sites = sitesOf(value)
  const ways = kind === 'invariant' ? breakers : changes[kind]
  // A few ways are tried: not every resource has a place for each.
  for (let attempt = 0; attempt < 12; attempt++) {
    const way = pick(random, ways)
    const places = sites.filter((site) => way.fits(site, value))
    if (places.length === 0) continue
    const site = pick(random, places)
    const expected = way.apply(site, value)
    return { kind, how: way.how, value, ...expected }
  }
  return undefined
}

export interface Way {
  how: string
  fits(site: Site, root: JsonObject): boolean
  apply(site: Site, root: JsonObject): { expression: string; code: string; rule?: string }
}

const objects = (site: Site): boolean => isObject(site.value) && site.schema !== undefined
const primitive =
  (...types: string[]) =>
  (site: Site) =>
    types.includes(site.type) && site.element !== undefined && site.key !== 'resourceType'

function put(site: Site, value: Json): void {
  if (site.index >= 0) (site.holder[site.key] as Json[])[site.index] = value
  else site.holder[site.key] = value
}

const bad = (how: string, types: string[], value: Json, code = 'value'): Way => ({
  how,
  fits: primitive(...types),
  apply: (site) => {
    put(site, value)
    return { expression: site.path, code }
  },
})

const textual = [
  'string',
  'code',
  'uri',
  'url',
  'canonical',
  'markdown',
  'id',
  'date',
  'dateTime',
  'instant',
  'time',
  'base64Binary',
]
const numeric = ['decimal', 'integer', 'positiveInt', 'unsignedInt']

const changes: Record<Exclude<Kind, 'invariant'>, Way[]> = {
  unknown: [
    {
      how: 'unknown element added',
      fits: objects,
      apply: (site) => {
        ;(site.value as JsonObject)['noSuchElement'] = 'x'
        return { expression: `${site.path}.noSuchElement`, code: 'structure' }
      },
    },
    {
      how: 'unknown primitive extension added',
      fits: objects,
      apply: (site) => {
        ;(site.value as JsonObject)['_noSuchElement'] = { id: 'x' }
        return { expression: `${site.path}._noSuchElement`, code: 'structure' }
      },
    },
    {
      how: 'resourceType in an element',
      fits: (site) =>
        objects(site) &&
        site.element !== undefined &&
        !isObject(site.value) === false &&
        (site.value as JsonObject)['resourceType'] === undefined,
      apply: (site) => {
        ;(site.value as JsonObject)['resourceType'] = 'Patient'
        return { expression: `${site.path}.resourceType`, code: 'structure' }
      },
    },
    {
      how: 'choice of a type that the element does not allow',
      fits: (site) =>
        Object.keys(site.schema?.elements ?? {}).some((name) => name.endsWith('[x]')) &&
        objects(site) &&
        site.type !== 'Extension',
      apply: (site) => {
        const name = Object.keys(site.schema!.elements).find((each) => each.endsWith('[x]'))!
        const key = `${name.slice(0, -3)}Narrative`
        ;(site.value as JsonObject)[key] = { status: 'empty' }
        return { expression: `${site.path}.${key}`, code: 'structure' }
      },
    },
  ],
  cardinality: [
    {
      how: 'required element removed',
      fits: (site) => site.element !== undefined && site.element.min > 0,
      apply: (site) => {
        delete site.holder[site.key]
        delete site.holder[`_${site.key}`]
        return { expression: site.listPath, code: 'required' }
      },
    },
    {
      how: 'list turned into one value',
      fits: (site) => site.index >= 0,
      apply: (site) => {
        site.holder[site.key] = site.value
        return { expression: site.listPath, code: 'structure' }
      },
    },
    {
      how: 'one value turned into a list',
      fits: (site) => site.element !== undefined && site.index < 0 && site.element.max === 1,
      apply: (site) => {
        site.holder[site.key] = [site.value]
        return { expression: site.path, code: 'structure' }
      },
    },
    {
      how: 'list emptied',
      fits: (site) => site.index >= 0,
      apply: (site) => {
        site.holder[site.key] = []
        return { expression: site.listPath, code: 'structure' }
      },
    },
    {
      how: 'object emptied',
      fits: (site) =>
        objects(site) &&
        site.element !== undefined &&
        (site.value as JsonObject)['resourceType'] === undefined,
      apply: (site) => {
        put(site, {})
        return { expression: site.path, code: 'structure' }
      },
    },
    {
      how: 'null for a value',
      fits: (site) =>
        site.element !== undefined &&
        !isObject(site.holder[`_${site.key}`]) &&
        !Array.isArray(site.holder[`_${site.key}`]),
      apply: (site) => {
        put(site, null)
        return { expression: site.path, code: 'structure' }
      },
    },
    {
      how: 'second value of a choice',
      fits: (site) => choiceOf(site) !== undefined,
      apply: (site) => {
        const [stem, other] = choiceOf(site)!
        site.holder[other] = other.endsWith('String') ? 'x' : true
        return {
          expression: `${site.listPath.slice(0, site.listPath.lastIndexOf('.'))}.${stem}`,
          code: 'structure',
        }
      },
    },
  ],
  type: [
    bad('number for text', textual, 7),
    bad('text for a number', numeric, '7'),
    bad('text for a boolean', ['boolean'], 'true'),
    bad('number for a boolean', ['boolean'], 1),
    bad('object for a primitive', [...textual, ...numeric, 'boolean'], { a: 1 }, 'structure'),
    bad('day that does not exist', ['date', 'dateTime'], '2023-02-29'),
    bad('month that does not exist', ['date', 'dateTime'], '2023-13'),
    bad('date written otherwise', ['date', 'dateTime', 'instant'], '24/12/2023'),
    bad('time without a zone', ['dateTime', 'instant'], '2023-01-02T10:11:12'),
    bad('instant with minutes only', ['instant', 'dateTime'], '2023-01-02T10:11Z'),
    bad('hour that does not exist', ['time'], '25:00:00'),
    bad('address with a space', ['uri', 'url', 'canonical'], 'http://example.org/a b'),
    bad('id too long', ['id'], 'x'.repeat(65)),
    bad('id with a forbidden character', ['id'], 'a_b'),
    bad('text of spaces', ['string', 'markdown'], '   '),
    bad('empty text', textual, ''),
    bad('control character', ['string', 'markdown'], 'a\u0007b'),
    bad('base64 cut short', ['base64Binary'], 'QUJ'),
    bad('base64 with a foreign character', ['base64Binary'], 'QU-D'),
    bad('positiveInt of zero', ['positiveInt'], 0),
    bad('unsignedInt below zero', ['unsignedInt'], -1),
    bad('integer with a fraction', ['integer', 'positiveInt', 'unsignedInt'], 1.5),
    bad('integer beyond 32 bits', ['integer', 'positiveInt', 'unsignedInt'], 2147483648),
    {
      how: 'text for an object',
      fits: (site) => objects(site) && site.element !== undefined,
      apply: (site) => {
        put(site, 'x')
        return { expression: site.path, code: 'structure' }
      },
    },
  ],
  binding: [
    {
      how: 'code outside a required value set',
      fits: (site) => site.type === 'code' && isBound(site),
      apply: (site) => {
        put(site, 'no-such-code')
        return { expression: site.path, code: 'code-invalid' }
      },
    },
    {
      how: 'code of a required value set in capitals',
      fits: (site) =>
        site.type === 'code' &&
        isBound(site) &&
        typeof site.value === 'string' &&
        /[a-z]/.test(site.value) &&
        !/type|Type/.test(site.key),
      apply: (site) => {
        put(site, `${String(site.value).toUpperCase()}-`)
        return { expression: site.path, code: 'code-invalid' }
      },
    },
    {
      how: 'concept outside a required value set',
      fits: (site) => site.type === 'CodeableConcept' && isBound(site),
      apply: (site) => {
        put(site, { coding: [{ system: 'http://example.org', code: 'no-such-code' }] })
        return { expression: site.path, code: 'code-invalid' }
      },
    },
    {
      how: 'concept of a required value set without codes',
      fits: (site) => site.type === 'CodeableConcept' && isBound(site),
      apply: (site) => {
        put(site, { text: 'x' })
        return { expression: site.path, code: 'code-invalid' }
      },
    },
  ],
}

// R4 does not list the codes of these (see docs/spec/validation.md).
const notListed = /ValueSet\/(mimetypes|currencies|ucum-units|characteristic-combination)|LL379-9/

function isBound(site: Site): boolean {
  const binding = site.element?.binding
  return (
    binding?.strength === 'required' && binding.valueSet !== undefined && !notListed.test(binding.valueSet)
  )
}

function choiceOf(site: Site): [string, string] | undefined {
  const path = site.element?.path
  if (!path?.endsWith('[x]') || site.index >= 0) return undefined
  const stem = path.slice(path.lastIndexOf('.') + 1, -3)
  const other = site.element!.type.find(
    ({ code }) => (code === 'string' || code === 'boolean') && stem + upper(code) !== site.key,
  )
  return other ? [stem, stem + upper(other.code)] : undefined
}

const upper = (text: string): string => text[0]!.toUpperCase() + text.slice(1)

/** Every place of a resource, in the document's order. */
export function sitesOf(root: JsonObject): Site[] {
  const found: Site[] = []
  const type = root['resourceType'] as string
  const first = { path: type, listPath: type, holder: {}, key: '', index: -1, value: root, type }
  walk({ ...first, element: undefined, schema: getDataType(type) }, found)
  return found
}

function walk(site: Site, found: Site[]): void {
  found.push(site)
  const { value, schema } = site
  if (!isObject(value) || !schema) return
  for (const key of Object.keys(value)) {
    const known = elementOf(schema, key)
    if (!known) continue
    const { name, element, code } = known
    const listPath = `${site.path}.${name}`
    const list = value[key]!
    const items = Array.isArray(list) ? list : [list]
    items.forEach((item, at) => {
      if (item === null) return
      const index = Array.isArray(list) ? at : -1
      const path = index < 0 ? listPath : `${listPath}[${index}]`
      const type = code === 'Resource' ? String((item as JsonObject)['resourceType']) : code
      walk(
        { path, listPath, holder: value, key, index, value: item, type, element, schema: schemaOf(type) },
        found,
      )
    })
  }
}

function elementOf(schema: InternalTypeSchema, key: string) {
  const plain = schema.elements[key]
  if (plain) return { name: key, element: plain, code: codeOf(plain.type[0]!.code, schema, key) }
  for (const [path, element] of Object.entries(schema.elements)) {
    if (!path.endsWith('[x]')) continue
    const stem = path.slice(0, -3)
    const type = element.type.find(({ code }) => stem + upper(code) === key)
    if (type) return { name: stem, element, code: type.code }
  }
  return undefined
}

// Ids and the like are FHIRPath strings in the definitions; a resource's own id is an id.
function codeOf(code: string, schema: InternalTypeSchema, key: string): string {
  if (!code.startsWith('http')) return code
  return key === 'id' && schema.kind === 'resource' ? 'id' : key === 'url' ? 'uri' : 'string'
}

function schemaOf(type: string): InternalTypeSchema | undefined {
  if (/^[a-z]/.test(type)) return undefined
  try {
    return getDataType(type)
  } catch {
    return undefined
  }
}
