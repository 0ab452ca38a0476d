/** Where the next value and the next text of a tuple begin, whatever they are. */
import type { Cursor } from './bytes.ts'
import { kinds, openHigh, openLow } from './tuple.ts'

/** How long a text is, of its own bytes. */
export function textBytes(head: number): number {
  return head % 2 === 0 ? head / 2 : head === ofUuid ? uuidBytes : 0
}

export const isWord = (head: number): boolean => head % 2 === 1 && head !== ofUuid
/** The head of a text that is a UUID. */
export const ofUuid = 1
export const uuidBytes = 16

/** By the first byte of a value what follows: so many varints, then so many bytes. Of references and composites that byte does not tell it. */
const follow = Array.from({ length: 256 }, (_, head) => {
  const texts = bitsOf(head >> 4)
  switch (head & 15) {
    case kinds.reference:
    case kinds.composite:
      return { varints: 0, bytes: 0 }
    case kinds.date:
      return { varints: 2 - bitsOf(head & (openLow | openHigh)), bytes: 0 }
    case kinds.string:
    case kinds.uri:
      return { varints: 1, bytes: 0 }
    case kinds.position:
      return { varints: 0, bytes: 16 }
    case kinds.number:
    case kinds.quantity:
      return { varints: texts + 2, bytes: 0 }
    case kinds.numberRange:
    case kinds.quantityRange:
      return { varints: texts, bytes: 16 }
    case kinds.numberDouble:
    case kinds.quantityDouble:
      return { varints: texts, bytes: 8 }
    default:
      return { varints: texts, bytes: 0 }
  }
})
const varintsAfter = Uint8Array.from(follow, ({ varints }) => varints)
const bytesAfter = Uint8Array.from(follow, ({ bytes }) => bytes)

export function skipValue(cursor: Cursor): void {
  const head = cursor.byte()
  const kind = head & 15
  if (kind === kinds.reference) cursor.skip(bitsOf(cursor.byte()))
  else if (kind === kinds.composite) {
    for (let lists = cursor.varint(); lists > 0; lists--) {
      const places = cursor.varint()
      if (places % 2 === 1) cursor.skip((places - 1) / 2)
    }
  } else {
    cursor.skip(varintsAfter[head]!)
    cursor.at += bytesAfter[head]!
  }
}

function bitsOf(flags: number): number {
  let count = 0
  for (; flags > 0; flags &= flags - 1) count++
  return count
}
