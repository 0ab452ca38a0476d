import {
  contextOf,
  open,
  pack,
  seal,
  SealBroken,
  unpack,
  uuidBytes,
  type SealKey,
} from '#kernel/crypto/index.ts'

/** Who and why; for whoever has to answer for it. */
export interface Note {
  /** `Patient/` and the id. */
  reference: string
  reason: string
}

const padding = { floor: 512, dictionary: 0 }

export function sealNote(key: SealKey, compartment: string, { reference, reason }: Note): Uint8Array {
  const text = Buffer.from(JSON.stringify({ reference, reason }))
  return seal(key, contextOfNote(compartment), pack(text, padding))
}

/** Undefined where this house did not note it: somebody put the row there, or altered it. */
export function openNote(key: SealKey, compartment: string, sealed: Uint8Array): Note | undefined {
  try {
    const text = unpack(open(key, contextOfNote(compartment), sealed))
    return JSON.parse(Buffer.from(text).toString()) as Note
  } catch (error) {
    if (error instanceof SealBroken) return undefined
    throw error
  }
}

const contextOfNote = (compartment: string) => contextOf('destruction', uuidBytes(compartment))
