/** From text to rows and back: packed, sealed under the compartment's keys, bound to its place. */
import {
  contextOf,
  keyedHash,
  open,
  placeContext,
  seal,
  uuidBytes,
  type Packer,
  type Place,
} from '#kernel/crypto/index.ts'
import type { CompartmentKeys } from '#kernel/keys/index.ts'
import { typeName } from '#records/fhir/index.ts'
import { decodeContent, idOf, render, type Content } from './content.ts'
import { uuidOf, type CompartmentId, type ResourceKey } from './place.ts'
import type { VersionRow } from './rows.ts'
import type { HistoryEntry } from './types.ts'

/** Whose eyes it is for: `full` opens the identity capsule, `clinical` never does. */
export type View = 'full' | 'clinical'

export interface Sealing {
  /** `prepared`: packed, src/records/workshop. */
  seal(
    keys: CompartmentKeys,
    place: Place,
    prepared: { version: Uint8Array; capsule: Uint8Array | null },
  ): { sealed: Uint8Array; capsule: Uint8Array | null }
  /** Throws `SealBroken` for a row that is not what was written at its place. */
  open(keys: CompartmentKeys, row: VersionRow, view: View): HistoryEntry
}

export function createSealing(packer: Packer): Sealing {
  return {
    seal(keys, place, { version, capsule }) {
      return {
        sealed: seal(keys.record, placeContext('version', place), version),
        capsule: capsule && seal(keys.identity, placeContext('capsule', place), capsule),
      }
    },

    open(keys, row, view) {
      const type = typeName(row.type)
      const place: Place = {
        compartment: row.compartment,
        type,
        resource: row.resource,
        version: row.version,
        generation: row.generation,
        previous: row.previous ?? empty,
      }
      const capsule = capsuleFor(row, view)
      const plaintext = capsule
        ? open(keys.identity, placeContext('capsule', place), capsule)
        : open(keys.record, placeContext('version', place), row.sealed)
      return versionOf(type, decodeContent(packer.unpack(plaintext)), row)
    },
  }
}

const empty = new Uint8Array(0)

/** The capsule where there is one and the view opens it. */
export function capsuleFor(row: VersionRow, view: View): Uint8Array | null {
  return view === 'full' ? row.capsule : null
}

type VersionPlace = Pick<VersionRow, 'compartment' | 'version' | 'updated_at' | 'deleted' | 'posted'>

/** A version as the store hands it out. */
export function versionOf(type: string, content: Content, row: VersionPlace): HistoryEntry {
  return lazyVersionOf(type, idOf(content), () => content, row)
}

/** The same of one whose content is made where somebody asks for it: what was just written is seldom asked for more than its place. */
export function lazyVersionOf(
  type: string,
  id: string,
  contentOf: () => Content,
  row: VersionPlace,
): HistoryEntry {
  return {
    type,
    id,
    version: row.version,
    lastUpdated: row.updated_at,
    deleted: row.deleted,
    method: row.deleted ? 'DELETE' : row.posted ? 'POST' : 'PUT',
    home: row.compartment,
    get body() {
      return contentOf().text
    },
    // Rendered only when asked for: a transaction's answer does not.
    get json() {
      const content = contentOf()
      return row.deleted ? content.text : render(content, row.version, row.updated_at)
    },
  }
}

/** A pointer stands in a further patient's compartment and tells where a resource lives. */
export interface Pointer {
  compartment: CompartmentId
  pointer: string
  generation: number
  sealed: Uint8Array
}

/** Its name is a hash under the compartment's own key: nothing on disk ties it to the resource. */
export function pointerName(keys: CompartmentKeys, target: ResourceKey): string {
  return uuidOf(keyedHash(keys.index, 'pointer', uuidBytes(target)))
}

export function sealPointer(keys: CompartmentKeys, compartment: CompartmentId, target: ResourceKey): Pointer {
  const pointer = pointerName(keys, target)
  const { generation } = keys
  const sealed = seal(keys.index, pointerContext(compartment, pointer, generation), uuidBytes(target))
  return { compartment, pointer, generation, sealed }
}

export function openPointer(keys: CompartmentKeys, at: Pointer): ResourceKey {
  const context = pointerContext(at.compartment, at.pointer, at.generation)
  return uuidOf(open(keys.index, context, at.sealed)) as ResourceKey
}

function pointerContext(compartment: CompartmentId, pointer: string, generation: number): Uint8Array {
  return contextOf('pointer', uuidBytes(compartment), uuidBytes(pointer), generation)
}
