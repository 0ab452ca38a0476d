/** The names under which the ledger knows people, programs and places, and the keys that make them. */
import {
  contextOf,
  deriveKey,
  keyedHash,
  open,
  seal,
  SealBroken,
  uuidBytes,
  type SealKey,
} from '#kernel/crypto/index.ts'
import type { CompartmentKeys } from '#kernel/keys/index.ts'

/** What an entry says in the clear of who, by which program, from where: keyed hashes, equal where these are. */
export type TagKind = 'actor' | 'client' | 'address'

export interface Stream {
  /** 16 bytes. A patient's follows from the patient's own key: who has it no longer does not know which it was. */
  name: Uint8Array
  /** Seals the details. */
  key: SealKey
}

/** Tags of a kind remembered at most: a hash costs 5 µs, and an act has three. */
const tagsMax = 20_000
const nameBytes = 16
/** Of an act without an actor, a client or an address. */
const noTag = new Uint8Array(nameBytes)

/** Everything that derives from the house's ledger key. Zeroed as one when the vault is sealed. */
export class Pseudonyms {
  /** The stream of what is nobody's. */
  readonly facility: Stream
  /** For the tag of what is staged. */
  readonly staging: SealKey
  readonly #tagging: SealKey
  readonly #pointing: SealKey
  readonly #tags = { actor: new Map(), client: new Map(), address: new Map() } as Record<
    TagKind,
    Map<string, Uint8Array>
  >

  constructor(ledger: SealKey) {
    this.staging = deriveKey(ledger, 'staging')
    this.#tagging = deriveKey(ledger, 'tag')
    this.#pointing = deriveKey(ledger, 'pointer')
    this.facility = { name: streamName(this.#tagging), key: deriveKey(ledger, 'facility') }
  }

  tag(kind: TagKind, text: string | undefined): Uint8Array {
    if (text === undefined) return noTag
    const tags = this.#tags[kind]
    const known = tags.get(text)
    if (known) return known
    const made = keyedHash(this.#tagging, kind, text).subarray(0, nameBytes)
    if (tags.size === tagsMax) tags.clear()
    tags.set(text, made)
    return made
  }

  /** The stream of a row that confers authority, by the row's id (a UUID): its details are sealed as the facility's are. */
  authority(row: string): Stream {
    const name = keyedHash(this.#tagging, 'authority', uuidBytes(row)).slice(0, nameBytes)
    return { name, key: this.facility.key }
  }

  /** Whose stream it is, for this house alone: 90 bytes. */
  sealOwner(stream: Uint8Array, compartment: string): Uint8Array {
    return seal(this.#pointing, contextOf('ledger stream', stream), uuidBytes(compartment))
  }

  /** The compartment; undefined where the row is not that of this stream. */
  openOwner(stream: Uint8Array, sealed: Uint8Array): string | undefined {
    try {
      const hex = Buffer.from(open(this.#pointing, contextOf('ledger stream', stream), sealed)).toString(
        'hex',
      )
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    } catch (error) {
      if (error instanceof SealBroken) return undefined
      throw error
    }
  }

  zero(): void {
    for (const key of [this.staging, this.#tagging, this.#pointing, this.facility.key]) key.zero()
    for (const tags of Object.values(this.#tags)) tags.clear()
  }
}

const streams = new WeakMap<CompartmentKeys, Stream>()

export function streamOf(keys: CompartmentKeys): Stream {
  let stream = streams.get(keys)
  if (!stream) streams.set(keys, (stream = { name: streamName(keys.pseudonym), key: keys.ledger }))
  return stream
}

const streamName = (key: SealKey): Uint8Array => keyedHash(key, 'ledger stream').slice(0, nameBytes)
