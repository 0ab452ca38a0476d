import { createPacker } from '#kernel/crypto/index.ts'
import type { Refusal } from '#kernel/outcome.ts'
import { patientsOf, typeCode } from '#records/fhir/index.ts'
import type { Decimals, JsonObject } from '#records/json/index.ts'
import { encodeTuple, extract } from '#records/search/index.ts'
import { encodeContent, floorOf, treeOf, type Content } from '../content.ts'
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
  prepare(job: Job, tree?: Tree): Prepared
  /** All that is done with a resource before its place is known. */
  read(arrival: Arrival): Ready | Refusal
}

/** Of a text, as it was parsed. `decimals`: where the tree does not tell how each number is written. */
export interface Tree {
  value: JsonObject
  decimals?: Decimals | undefined
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

  const tupleOf = ({ text }: Content, deleted: boolean, tree?: Tree): Uint8Array => {
    if (deleted) return gone
    // Without a tree the text is parsed: it would take longer to send a tree to a thread.
    if (!tree) return encodeTuple(extract(JSON.parse(text) as JsonObject, { ...options, text }))
    return encodeTuple(extract(tree.value, tree.decimals ? { ...options, text } : options))
  }

  const prepare = ({ type, whole, clinical, deleted = false }: Job, tree?: Tree): Prepared => ({
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
      const { text, value, decimals } = read.document
      const parts = partsOf(type, id, text, value)
      const sentId = value['id']
      const patients = patientsOf(value, options)
      const tree = { value: treeOf(value, id), decimals }
      return {
        status: 'ready',
        id,
        sentId: typeof sentId === 'string' ? sentId : undefined,
        parts,
        patients,
        prepared: prepare(jobOf(type, parts), tree),
      }
    },
  }
}

/** The job that a version's parts are. */
export function jobOf(type: string, { whole, clinical }: Parts, deleted = false): Job {
  return { type, whole, clinical: clinical === whole ? undefined : clinical, deleted }
}

const gone = new Uint8Array(0)
