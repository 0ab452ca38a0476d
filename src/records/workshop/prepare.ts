import { createPacker } from '#kernel/crypto/index.ts'
import type { Refusal } from '#kernel/outcome.ts'
import { patientsOf, typeCode } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { encodeTuple, extract } from '#records/search/index.ts'
import { encodeContent, floorOf, type Content } from '../content.ts'
import { dictionaries } from '../dictionaries/index.ts'
import { readDocument } from '../documents.ts'
import { partsOf, type Parts } from '../parts.ts'
import type { Prepared, Ready } from '../ready.ts'

/** A version to be written. */
export interface Job {
  type: string
  whole: Content
  /** Where identity is kept apart: what clinicians see. */
  clinical?: Content | undefined
  /** The version says that the resource is gone: nothing finds it any more. */
  deleted?: boolean
}

/** A resource as it came, and the type and id that its address names. */
export interface Arrival {
  type: string
  id: string
  body: Uint8Array
}

export interface Preparer {
  /** `tree`: of the text of `whole`, where it is at hand. */
  prepare(job: Job, tree?: JsonObject): Prepared
  /** All that is done with a resource before its place is known. */
  read(arrival: Arrival): Ready | Refusal
}

export interface PrepareOptions {
  /** The facility's, as an IANA name: what a date without a time means. */
  timeZone: string
  /** `[base]` of the server, without a trailing slash. */
  base?: string
}

export function createPreparer(options: PrepareOptions): Preparer {
  const packer = createPacker(dictionaries)

  const packed = (type: string, content: Content): Uint8Array =>
    // The dictionaries are numbered by type: src/records/dictionaries.
    packer.pack(encodeContent(content), { floor: floorOf(type), dictionary: typeCode(type) ?? 0 })

  // The text is parsed here: the tree would take longer to be sent to a thread, and may still have the addresses that
  // the entries of a transaction had before.
  const tupleOf = ({ text }: Content, deleted: boolean, tree?: JsonObject): Uint8Array =>
    deleted ? gone : encodeTuple(extract(tree ?? (JSON.parse(text) as JsonObject), { ...options, text }))

  const prepare = ({ type, whole, clinical, deleted = false }: Job, tree?: JsonObject): Prepared => ({
    version: packed(type, clinical ?? whole),
    capsule: clinical ? packed(type, whole) : null,
    tuple: clinical ? tupleOf(clinical, deleted) : tupleOf(whole, deleted, tree),
    capsuleTuple: clinical ? tupleOf(whole, deleted, tree) : null,
  })

  return {
    prepare,

    read({ type, id, body }) {
      const read = readDocument(type, body)
      if (read.status !== 'ok') return read
      const { text, value } = read.document
      const parts = partsOf(type, id, text)
      const sentId = value['id']
      return {
        status: 'ready',
        id,
        sentId: typeof sentId === 'string' ? sentId : undefined,
        parts,
        patients: patientsOf(value, options),
        prepared: prepare(jobOf(type, parts)),
      }
    },
  }
}

/** The job that a version's parts are. */
export function jobOf(type: string, { whole, clinical }: Parts, deleted = false): Job {
  return { type, whole, clinical: clinical === whole ? undefined : clinical, deleted }
}

const gone = new Uint8Array(0)
