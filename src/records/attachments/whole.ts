import { openStream, SealBroken } from '#kernel/crypto/index.ts'
import type { CompartmentKeys } from '#kernel/keys/index.ts'
import type { AttachmentName } from './queries.ts'
import { attachmentKey, contextFor } from './shelf.ts'

/**
 * Whether the pieces of an attachment are those that were sealed, all of them and in their order. What it belongs to, the record or
 * the identity, stands in the version that names it: here both are tried, and the first piece tells.
 */
export async function opensWhole(
  keys: CompartmentKeys,
  name: AttachmentName,
  pieces: () => AsyncIterable<Uint8Array>,
): Promise<boolean> {
  for (const purpose of ['record', 'identity'] as const) {
    const key = attachmentKey(keys, purpose)
    try {
      for await (const _ of openStream(key, contextFor(name, keys.generation), pieces()));
      return true
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error
    } finally {
      key.zero()
    }
  }
  return false
}
