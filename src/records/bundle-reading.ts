/** Where the Bundle of a request is read: in the server's thread, or, where it is large, in one beside it. */
import type { Refusal } from '#kernel/outcome.ts'
import { readBundle, type BundleAsked } from './bundle-asked.ts'
import type { Asked } from './entries.ts'
import type { Readers, Reading } from './import/index.ts'

/** `isHere`: it is not to leave the caller's thread. */
export type ReadBundle = (
  body: Uint8Array,
  options: { base: string | undefined; isHere: boolean },
) => Promise<BundleAsked | Refusal>

/** Of a Bundle that is read elsewhere: some 50 ms of the server's thread. */
const elsewhereBytesMin = 100_000
/** So much is read here before a thread is started, which takes as long. */
const hereBytesMax = 1_000_000
/** After so long without a Bundle it is as at first; the threads rest by then. */
const forgetMs = 60_000

export function createBundleReading(
  readers: Readers,
  local: { timeZone: string; base?: string },
): ReadBundle {
  let readHereBytes = 0
  let lastMs = -Infinity

  return async function read(body, { base, isHere }) {
    const now = performance.now()
    if (now - lastMs > forgetMs) readHereBytes = 0
    lastMs = now
    if (isHere || body.length < elsewhereBytesMin) return readBundle(body, base)
    if (readHereBytes < hereBytesMax) {
      readHereBytes += body.length
      return readBundle(body, base)
    }
    // A copy: the thread takes its memory, and the body is still the caller's.
    const task = { form: 'request' as const, bodies: [new Uint8Array(body)] }
    const settings = { ...local, addressBase: base, map: nothing, prepares: true }
    const reading = readers.elsewhere(settings, task)
    return reading ? askedIn(await reading) : readBundle(body, base)
  }
}

const nothing: ReadonlyMap<string, string> = new Map()

function askedIn({ kind, items, refused, gets = [], count = 0, why }: Reading): BundleAsked | Refusal {
  if (why) return why
  const asked = Array.from<Asked>({ length: count })
  for (const { place, refusal } of refused) asked[place] = { kind: 'refused', refusal }
  for (const { place, url } of gets) asked[place] = { kind: 'get', url }
  for (const { place, wish, fullUrl } of items) {
    asked[place] = { kind: 'wish', wish, ...(fullUrl === undefined ? {} : { fullUrl }) }
  }
  return { status: 'ok', type: kind === 'batch' ? 'batch' : 'transaction', asked }
}
