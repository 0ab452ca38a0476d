import { refuse, type Refusal } from '#kernel/outcome.ts'
import { parseDocument, parseJson } from '#records/json/index.ts'
import { checkDocument, readDocument, refuseMalformed, type Document } from '../documents.ts'
import { operationsMax, resultBytesMax } from './faults.ts'
import { applyFhirPathPatch } from './fhirpath-patch.ts'
import { applyJsonPatch, readJsonOperations, type JsonOperation } from './json-patch.ts'
import { readPathOperations, type PathOperation } from './operations.ts'
import { Tree } from './tree.ts'

/** `json`: RFC 6902. `fhirpath`: a Parameters resource, https://hl7.org/fhir/R4/fhirpatch.html. */
export type PatchForm = 'json' | 'fhirpath'

/** Understood, and to be applied as often as need be. */
export type Patch =
  | { form: 'json'; operations: readonly JsonOperation[] }
  | { form: 'fhirpath'; operations: readonly PathOperation[] }

export function readPatch(form: PatchForm, body: Uint8Array): { status: 'ok'; patch: Patch } | Refusal {
  return form === 'json' ? readJsonPatch(body) : readFhirPathPatch(body)
}

function readJsonPatch(body: Uint8Array): { status: 'ok'; patch: Patch } | Refusal {
  const parsed = parseJson(body)
  if (parsed.status === 'malformed') return refuseMalformed(parsed)
  if (!Array.isArray(parsed.value)) {
    return refuse('invalid-parameter', {
      parameter: 'body',
      expected: { en: 'a list of operations', es: 'una lista de operaciones' },
    })
  }
  if (parsed.value.length > operationsMax) return tooMany
  const read = readJsonOperations(new Tree(parsed.text))
  return read.status === 'ok' ? { status: 'ok', patch: { form: 'json', operations: read.operations } } : read
}

function readFhirPathPatch(body: Uint8Array): { status: 'ok'; patch: Patch } | Refusal {
  const parsed = parseDocument(body)
  if (parsed.status === 'malformed') return refuseMalformed(parsed)
  const { text, value, decimals } = parsed
  if (value['resourceType'] !== 'Parameters') {
    return refuse('invalid-parameter', { parameter: 'resourceType', expected: 'Parameters' })
  }
  const { parameter } = value
  if (Array.isArray(parameter) && parameter.length > operationsMax) return tooMany
  const checked = checkDocument('Parameters', text, value, decimals)
  if (checked.status !== 'ok') return checked
  const read = readPathOperations(new Tree(text))
  return read.status === 'ok'
    ? { status: 'ok', patch: { form: 'fhirpath', operations: read.operations } }
    : read
}

const tooMany = refuse('patch-too-costly', {
  reason: {
    en: `it has more than ${operationsMax} operations`,
    es: `tiene más de ${operationsMax} operaciones`,
  },
})
export const tooLong = refuse('patch-too-costly', {
  reason: {
    en: `the resource would be larger than ${resultBytesMax} bytes`,
    es: `el recurso pasaría de ${resultBytesMax} bytes`,
  },
})

/**
 * What a patch makes of a version, judged as if it had been sent by PUT. `text`: the version's compact JSON; all of it
 * that no operation touches keeps its literals and its order.
 */
export function applyPatch(
  patch: Patch,
  { type, id, text }: { type: string; id: string; text: string },
): { status: 'ok'; document: Document } | Refusal {
  const applied =
    patch.form === 'json'
      ? applyJsonPatch(text, patch.operations)
      : applyFhirPathPatch(text, patch.operations)
  if (applied.status !== 'ok') return applied
  const result = new Tree(applied.text)
  if (result.get('id')?.string !== id || result.get('resourceType')?.string !== type) {
    return refuse('patch-identity')
  }
  const bytes = Buffer.from(applied.text)
  return bytes.length > resultBytesMax ? tooLong : readDocument(type, bytes)
}
