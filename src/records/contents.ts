/** Large contents, as the edges see them: taken in by the stream, and put back where a text goes out. */
import type { Readable } from 'node:stream'
import type { Keys } from '#kernel/keys/index.ts'
import type { Refusal } from '#kernel/outcome.ts'
import type { ReferenceOptions } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import {
  contentOfBinary,
  createUpload,
  lengthOf,
  type Attachments,
  type BinaryContent,
  type Upload,
} from './attachments/index.ts'
import { contextOfBinary, homeOfContext } from './homes.ts'
import type { Intent } from './intents.ts'
import { hasMarkers, markersIn } from './markers.ts'
import type { CompartmentId } from './place.ts'
import type { Reader } from './reader.ts'
import type { Writing } from './writing.ts'
import type { Version, WriteOptions, Written } from './types.ts'

export interface Contents {
  /** Creates or updates a Binary from its bytes. Throws what its source throws; then nothing is left of it. */
  upload(upload: Upload, writing: Writing): Promise<Written | Refusal>
  /** The bytes of a Binary. */
  content(version: Version): Promise<BinaryContent>
  /** Whether a text has values that stand apart, and is to be sent by `stream`. */
  isApart(text: string): boolean
  /** Bytes that `stream` will give. */
  lengthOf(text: string): number
  /** A text of this store with all its values, in UTF-8. Throws rather than end early. */
  stream(text: string): Readable
  /** The same in memory, for texts that are known to be small enough. */
  whole(text: string): Promise<string>
}

export interface ContentsParts {
  keys: Keys
  reader: Reader
  attachments: Attachments
  local: ReferenceOptions
  write: (
    id: string | undefined,
    body: Uint8Array,
    options: WriteOptions,
    writing: Writing,
  ) => Promise<Written | Refusal>
}

export function createContents({ keys, reader, attachments, local, write }: ContentsParts): Contents {
  const { shelf, scanner, limits, restore } = attachments
  const upload = createUpload({
    shelf,
    scanner,
    bytesMax: limits.bytesMax,
    homeOf: (securityContext) => {
      const value = securityContext === undefined ? {} : { securityContext: { reference: securityContext } }
      return homeOfContext({ keys, reader }, contextOfBinary(value, local))
    },
    fault,
    write,
  })

  async function fault(
    { id, body, compartment }: { id: string | undefined; body: Uint8Array; compartment: CompartmentId },
    { bounds }: Writing,
  ): Promise<Refusal | undefined> {
    if (!bounds) return undefined
    const text = Buffer.from(body).toString('utf8')
    const document = { text, value: JSON.parse(text) as JsonObject }
    const action = id === undefined ? 'create' : 'put'
    const intents: Intent[] = [{ type: 'Binary', id: id ?? '', action, document, posted: id === undefined }]
    const there = async () => {
      const found = id === undefined ? undefined : await reader.current('Binary', id)
      return found?.status === 'ok' ? found.version : undefined
    }
    const barred =
      (await bounds.before(intents, there)) ?? (await bounds.after(intents, [[compartment]], there))
    return barred?.refusal
  }

  return {
    upload,
    content: (version) => contentOfBinary(version, restore),
    isApart: hasMarkers,
    lengthOf,
    stream: (text) => restore.sent(restore.stream(text), markersIn(text)),
    whole: restore.whole,
  }
}
