import { createPacker } from '#kernel/crypto/index.ts'
import { typeCode } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { encodeTuple, extract } from '#records/search/index.ts'
import { encodeContent, floorOf, type Content } from '../content.ts'
import { dictionaries } from '../dictionaries/index.ts'

/** A version to be written. */
export interface Job {
  type: string
  whole: Content
  /** Where identity is kept apart: what clinicians see. */
  clinical?: Content | undefined
  /** The version says that the resource is gone: nothing finds it any more. */
  deleted?: boolean
}

/** What a version is written as, but for the sealing. */
export interface Prepared {
  /** What clinicians see, or the whole where no identity is kept apart; packed. */
  version: Uint8Array
  /** The whole where identity is kept apart; packed. */
  capsule: Uint8Array | null
  /** Index tuple of what `version` holds, as `encodeTuple` gives it; empty where the resource is gone. */
  tuple: Uint8Array
  /** Of what `capsule` holds. */
  capsuleTuple: Uint8Array | null
}

export interface PrepareOptions {
  /** The facility's, as an IANA name: what a date without a time means. */
  timeZone: string
  /** `[base]` of the server, without a trailing slash. */
  base?: string
}

export function createPreparer(options: PrepareOptions): (job: Job) => Prepared {
  const packer = createPacker(dictionaries)

  const packed = (type: string, content: Content): Uint8Array =>
    // The dictionaries are numbered by type: src/records/dictionaries.
    packer.pack(encodeContent(content), { floor: floorOf(type), dictionary: typeCode(type) ?? 0 })

  // The text is parsed here: the tree would take longer to be sent to a thread, and may still have the addresses that
  // the entries of a transaction had before.
  const tupleOf = ({ text }: Content, deleted: boolean): Uint8Array =>
    deleted ? gone : encodeTuple(extract(JSON.parse(text) as JsonObject, { ...options, text }))

  return ({ type, whole, clinical, deleted = false }) => ({
    version: packed(type, clinical ?? whole),
    capsule: clinical ? packed(type, whole) : null,
    tuple: tupleOf(clinical ?? whole, deleted),
    capsuleTuple: clinical ? tupleOf(whole, deleted) : null,
  })
}

const gone = new Uint8Array(0)
