/** Page links: sealed tokens that say where the next page begins, and to nobody but us. */
import { contextOf, deriveKey, open, seal, SealBroken, type SealKey } from '#kernel/crypto/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'

export type Position = Record<string, string | number>

/** Characters: how long a link is tells nothing of where it goes on. */
const paddedTo = 192

/** `scope`: what is being paged, e.g. `history/Patient`; a token of one scope does not open in another. */
export function pageToken(key: SealKey, scope: string, position: Position): string {
  const text = JSON.stringify(position)
  const padded = text.padEnd(Math.ceil(text.length / paddedTo) * paddedTo)
  const sealed = seal(key, contextOf('page', scope), Buffer.from(padded))
  return Buffer.from(sealed).toString('base64url')
}

export function openPageToken(
  key: SealKey,
  scope: string,
  token: string,
): { status: 'ok'; position: Position } | Refusal<'page-expired'> {
  try {
    const plaintext = open(key, contextOf('page', scope), Buffer.from(token, 'base64url'))
    return { status: 'ok', position: JSON.parse(Buffer.from(plaintext).toString()) as Position }
  } catch (error) {
    if (error instanceof SealBroken) return refuse('page-expired')
    throw error
  }
}

export function pageKey(token: SealKey): SealKey {
  return deriveKey(token, 'page')
}
