/**
 * What has passed through is let go at once. Each piece of a stream leaves buffers behind (of sockets, of the driver), which lie outside
 * of V8's heap: their few bytes within it are no reason for V8 to collect anything before 64 MB of them are waiting.
 */
import { setImmediate } from 'node:timers/promises'

/** So many pieces leave some 10 MB behind, and a collection takes as long as half a piece. */
export const piecesAtOnce = 4

/** In a turn of its own: what has just come is still held by who brought it. A process that began without `--expose-gc` leaves it to V8. */
export async function collect(): Promise<void> {
  await setImmediate()
  globalThis.gc?.({ type: 'minor', execution: 'sync' })
}
