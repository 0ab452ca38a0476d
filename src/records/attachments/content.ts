/** The bytes of a Binary, as a reader asks for them. */
import { Readable } from 'node:stream'
import type { JsonObject } from '#records/json/index.ts'
import type { Version } from '../types.ts'
import { sumsOf } from './held.ts'
import { markersIn } from '../markers.ts'
import type { Restore } from './restore.ts'
import { headBytes, judge } from './sniff.ts'

export interface BinaryContent {
  bytes: number
  /** In hexadecimal. */
  sha256: string
  /** What the resource says that they are, where nothing says otherwise. */
  contentType: string
  securityContext: string | undefined
  /** From `start` to before `end`. */
  read(start: number, end: number): Readable
}

const unknownType = 'application/octet-stream'

/** `version`: of a Binary that is not deleted. */
export async function contentOfBinary({ json }: Version, restore: Restore): Promise<BinaryContent> {
  const { contentType, securityContext, data } = JSON.parse(json) as JsonObject
  const said = typeof contentType === 'string' ? contentType : unknownType
  const context = securityContext as { reference?: unknown } | undefined
  const reference = typeof context?.reference === 'string' ? context.reference : undefined
  const [marker] = markersIn(typeof data === 'string' ? data : '')
  if (marker) {
    return {
      bytes: marker.bytes,
      // Of a value with white space in it the hash is of what was sent: it names the content as well.
      sha256: marker.sha256,
      contentType: marker.isOtherType ? unknownType : said,
      securityContext: reference,
      read: (start, end) => restore.sent(restore.bytes(marker, start, end), [marker]),
    }
  }
  const bytes = Buffer.from(typeof data === 'string' ? data : '', 'base64')
  const judgement = await judge(said, bytes.subarray(0, headBytes))
  return {
    bytes: bytes.length,
    sha256: sumsOf(bytes).sha256,
    contentType: judgement.status === 'as said' ? said : unknownType,
    securityContext: reference,
    read: (start, end) => Readable.from([bytes.subarray(start, end)], { objectMode: false }),
  }
}
