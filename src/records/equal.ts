/** Whether a document says what is current already. */
import type { Intent } from './intents.ts'
import { partsOf } from './parts.ts'
import type { Reader } from './reader.ts'
import type { HeadRow } from './rows.ts'
import { versionOf } from './sealing.ts'

export async function isCurrent(
  reader: Reader,
  head: HeadRow,
  { type, id, document }: Intent,
): Promise<boolean> {
  if (!document || head.deleted) return false
  const [current] = await reader.openAll([head], 'full')
  return current?.json === versionOf(type, partsOf(type, id, document.text).whole, head).json
}
