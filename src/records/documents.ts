/** From the bytes of a request to a resource that may be stored, or the refusal that says why not. */
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { typeCode, validate } from '#records/fhir/index.ts'
import {
  depthMax,
  parseDocument,
  type Decimals,
  type JsonObject,
  type Malformed,
} from '#records/json/index.ts'
import type { Ready } from './ready.ts'

export interface Document {
  /** Compact JSON, number literals as they were sent. */
  text: string
  value: JsonObject
  /** As `parseDocument` gives it. */
  decimals?: Decimals | undefined
  /** Where it is ready to be sealed: as what. */
  ready?: Ready
}

export function readDocument(type: string, body: Uint8Array): { status: 'ok'; document: Document } | Refusal {
  const parsed = parseDocument(body)
  if (parsed.status === 'malformed') return refuseMalformed(parsed)
  return checkDocument(type, parsed.text, parsed.value, parsed.decimals)
}

export function refuseMalformed({ reason, line, column, text }: Malformed): Refusal {
  if (reason === 'depth') return refuse('too-deep', { limit: depthMax })
  return refuse('malformed', { reason: text, line, column })
}

/** `type`: what the address names. */
export function checkDocument(
  type: string,
  text: string,
  value: JsonObject,
  decimals: Decimals | undefined,
): { status: 'ok'; document: Document } | Refusal {
  const named = value['resourceType']
  if (typeof named === 'string' && typeCode(named) !== undefined && named !== type)
    return refuse('id-mismatch')
  const issues = validate(value, decimals ? { decimals } : {})
  if (issues.some(({ severity }) => severity === 'error' || severity === 'fatal')) {
    return refuse('invalid', {}, { issues })
  }
  return { status: 'ok', document: decimals ? { text, value, decimals } : { text, value } }
}

/** The same of one that was read and prepared: its tree is made where somebody asks for it. */
export function readyDocument(ready: Ready): Document {
  const { text } = ready.parts.whole
  return {
    text,
    get value() {
      return JSON.parse(text) as JsonObject
    },
    ready,
  }
}

/** The id in a document, as it was sent. */
export function sentIdOf(document: Document): string | undefined {
  const id = document.ready ? document.ready.sentId : document.value['id']
  return typeof id === 'string' ? id : undefined
}

const idShape = /^[A-Za-z0-9.-]{1,64}$/

export function isId(id: string): boolean {
  return idShape.test(id)
}
