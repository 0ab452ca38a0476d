/** What goes between the server's thread and the workshop's: few and flat things, since each costs on both sides. */
import type { Content } from '../content.ts'
import type { Job, Prepared } from './prepare.ts'

/** Of each job: type, deleted, whether a clinical part follows the whole; then of each content its members. */
export type Request = (string | number | boolean)[]

/** One buffer, and of jobs that threw their places and why. */
export type Reply = [buffer: ArrayBuffer, faults: [place: number, reason: string][]]

export function requestOf(jobs: readonly Job[]): Request {
  const request: Request = []
  for (const { type, whole, clinical, deleted = false } of jobs) {
    request.push(type, deleted, clinical !== undefined)
    putContent(request, whole)
    if (clinical) putContent(request, clinical)
  }
  return request
}

function putContent(request: Request, { text, slot, form, idAt }: Content): void {
  request.push(text, slot, form, idAt)
}

export function* jobsOf(request: Request): Generator<Job> {
  let at = 0
  const content = (): Content => ({
    text: request[at++] as string,
    slot: request[at++] as number,
    form: request[at++] as Content['form'],
    idAt: request[at++] as number,
  })
  while (at < request.length) {
    const type = request[at++] as string
    const deleted = request[at++] as boolean
    const hasClinical = request[at++] as boolean
    yield { type, deleted, whole: content(), clinical: hasClinical ? content() : undefined }
  }
}

const parts = ['version', 'capsule', 'tuple', 'capsuleTuple'] as const
/** Length of a part that is not there. */
const absent = 0xffff_ffff

/** The lengths of each one's parts, 4 bytes each; then the parts. */
export function bufferOf(all: readonly Prepared[]): ArrayBuffer {
  const lengths = all.flatMap((prepared) => parts.map((part) => prepared[part]?.length ?? absent))
  const headBytes = 4 * lengths.length
  const bytes = lengths.reduce((sum, length) => sum + (length === absent ? 0 : length), headBytes)
  const out = new Uint8Array(bytes)
  new Uint32Array(out.buffer, 0, lengths.length).set(lengths)
  let at = headBytes
  for (const prepared of all) {
    for (const part of parts) {
      const piece = prepared[part]
      if (!piece) continue
      out.set(piece, at)
      at += piece.length
    }
  }
  return out.buffer
}

export function preparedOf(buffer: ArrayBuffer, count: number): Prepared[] {
  const lengths = new Uint32Array(buffer, 0, count * parts.length)
  let at = lengths.byteLength
  let next = 0
  const maybe = (): Uint8Array | null => {
    const length = lengths[next++] as number
    if (length === absent) return null
    at += length
    return new Uint8Array(buffer, at - length, length)
  }
  return Array.from({ length: count }, () => ({
    version: maybe() as Uint8Array,
    capsule: maybe(),
    tuple: maybe() as Uint8Array,
    capsuleTuple: maybe(),
  }))
}
