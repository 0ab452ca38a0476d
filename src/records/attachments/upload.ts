/** A Binary whose bytes come as they are, however many. */
import { isRefusal, refuse, type Refusal } from '#kernel/outcome.ts'
import type { CompartmentId } from '../place.ts'
import type { WriteOptions, Written } from '../types.ts'
import { hold } from './held.ts'
import { inlineBytesMax } from './limits.ts'
import type { Marker } from '../markers.ts'
import type { Scanner } from './scanner.ts'
import { refusalOf, refusalOfFault } from './settle.ts'
import type { Shelf, Stored } from './shelf.ts'
import { headBytes, judge } from './sniff.ts'

export interface Upload extends WriteOptions {
  /** Undefined: a new Binary, under an id of the server's. */
  id: string | undefined
  /** As it is sent, with its parameters. */
  contentType: string
  /** What `X-Security-Context` says. */
  securityContext: string | undefined
  content: AsyncIterable<Uint8Array>
}

/** `Writing`: in whose name, which is nothing to this room. */
export interface UploadParts<Writing> {
  shelf: Shelf
  scanner: Scanner | undefined
  bytesMax: number
  /** Where a Binary of that security context belongs. */
  homeOf: (securityContext: string | undefined) => Promise<CompartmentId>
  /** Why it may not be written there, as far as that can be told without its bytes. */
  fault: (
    asked: { id: string | undefined; body: Uint8Array; compartment: CompartmentId },
    writing: Writing,
  ) => Promise<Refusal | undefined>
  /** Writes the resource once its bytes have their place. */
  write: (
    id: string | undefined,
    body: Uint8Array,
    options: WriteOptions,
    writing: Writing,
  ) => Promise<Written | Refusal>
}

export function createUpload<Writing>({
  shelf,
  scanner,
  bytesMax,
  homeOf,
  fault: faultOf,
  write,
}: UploadParts<Writing>) {
  return async function upload(given: Upload, writing: Writing): Promise<Written | Refusal> {
    const { id, contentType, securityContext, content, ...options } = given
    const { begun, isWhole, rest } = await beginningOf(content)
    // What is dangerous is refused before it is taken.
    const judgement = await judge(contentType, begun.subarray(0, headBytes))
    if (judgement.status === 'dangerous')
      return refuse('dangerous-content', { claimed: contentType.slice(0, 100), found: judgement.found })
    const bodyOf = (data: string | undefined) =>
      Buffer.from(
        JSON.stringify({
          resourceType: 'Binary',
          ...(id === undefined ? {} : { id }),
          contentType,
          ...(securityContext === undefined ? {} : { securityContext: { reference: securityContext } }),
          ...(data === undefined ? {} : { data }),
        }),
      )
    if (isWhole) {
      // FHIR has no empty base64: of nothing there is no `data`.
      return write(id, bodyOf(begun.length === 0 ? undefined : begun.toString('base64')), options, writing)
    }
    let stored: Stored | undefined
    try {
      const compartment = await homeOf(securityContext)
      // Nothing is taken in, and no key asked for, of whom they may not write of: it would tell who was destroyed.
      const barred = await faultOf({ id, body: bodyOf(undefined), compartment }, writing)
      if (barred) return barred
      const keys = await shelf.keysOf(compartment)
      if (!keys) return refuse('gone')
      stored = await shelf.put({ compartment, keys, purpose: 'record' }, rest)
      const marker = markerOf(stored)
      const fault = scanner && refusalOf(await scanner.scan(shelf.read(marker)))
      if (fault) return fault
      const { standIn, letGo } = hold({ marker, head: begun.subarray(0, headBytes) })
      try {
        const written = await write(id, bodyOf(standIn), options, writing)
        if (!isRefusal(written)) stored.end()
        return written
      } finally {
        letGo()
      }
    } catch (error) {
      const refusal = refusalOfFault(error, bytesMax)
      if (refusal) return refusal
      throw error
    } finally {
      // Of what a version keeps this takes nothing away.
      await stored?.drop().catch(() => {})
    }
  }
}

function markerOf(stored: Stored): Marker {
  const { compartment, attachment, generation, purpose, sha256, sha1 } = stored
  const bytes = stored.stored
  const literal = 4 * Math.ceil(bytes / 3)
  const name = { compartment, attachment, generation, purpose }
  return { ...name, form: 'base64', stored: bytes, sha256, bytes, sha1, literal, isOtherType: false }
}

/** As much as may stay in a row, and all of it again as a stream. */
async function beginningOf(content: AsyncIterable<Uint8Array>) {
  const iterator = content[Symbol.asyncIterator]()
  const parts: Uint8Array[] = []
  let length = 0
  let isWhole = false
  while (length <= inlineBytesMax) {
    const { done, value } = await iterator.next()
    if (done) {
      isWhole = true
      break
    }
    parts.push(value)
    length += value.length
  }
  const begun = Buffer.concat(parts, length)
  async function* rest(): AsyncGenerator<Uint8Array> {
    yield begun
    for (;;) {
      const { done, value } = await iterator.next()
      if (done) return
      yield value
    }
  }
  return { begun, isWhole, rest: rest() }
}
