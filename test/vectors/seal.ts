import { readFileSync } from 'node:fs'

export type FieldVector = { text: string } | { bytes: string } | { number: number }
export type Edit = { flip: number; bit: number } | { pieces: [number, number][] } | { append: string }

/** The file's shape: docs/spec/seal.md, "Vectors". */
export interface SealVectors {
  seal: {
    name: string
    key: string
    context: string
    salt: string
    message: { repeat: string; length: number }
    sealed: string
  }[]
  broken: { name: string; of: string; reason: string; key?: string; context?: string; edits?: Edit[] }[]
  contexts: { fields: FieldVector[]; context: string }[]
  deriveKey: { parent: string; label: string; key: string }[]
  keyedHash: { key: string; fields: FieldVector[]; hash: string }[]
  wraps: { name: string; wrapping: string; fields: FieldVector[]; key: string; wrapped: string }[]
  padme: [number, number][]
  frames: {
    name: string
    message: string
    floor: number
    dictionary: number
    dictionaryBytes: string
    plaintext: string
  }[]
  brokenFrames: { name: string; plaintext: string }[]
}

export function readSealVectors(): SealVectors {
  return JSON.parse(readFileSync(new URL('./seal-v1.json', import.meta.url), 'utf8'))
}

export const bytesOf = {
  hex: (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'hex')),
  base64: (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'base64')),
}

export function messageOf({ repeat, length }: { repeat: string; length: number }): Uint8Array<ArrayBuffer> {
  const seed = bytesOf.hex(repeat)
  return Uint8Array.from({ length }, (_, i) => seed[i % seed.length] as number)
}

export function fieldOf(field: FieldVector): Uint8Array | string | number {
  if ('text' in field) return field.text
  return 'bytes' in field ? bytesOf.hex(field.bytes) : field.number
}

/** What a broken vector says, as bytes: its key, context and sealed thing. */
export function brokenOf(vectors: SealVectors, broken: SealVectors['broken'][number]) {
  const base = vectors.seal.find(({ name }) => name === broken.of)
  if (!base) throw new Error(`no vector ${broken.of}`)
  return {
    key: bytesOf.hex(broken.key ?? base.key),
    context: bytesOf.hex(broken.context ?? base.context),
    sealed: (broken.edits ?? []).reduce(edited, bytesOf.base64(base.sealed)),
  }
}

function edited(sealed: Uint8Array<ArrayBuffer>, edit: Edit): Uint8Array<ArrayBuffer> {
  if ('append' in edit) return new Uint8Array(Buffer.concat([sealed, bytesOf.hex(edit.append)]))
  if ('pieces' in edit) {
    return new Uint8Array(Buffer.concat(edit.pieces.map(([from, to]) => sealed.subarray(from, to))))
  }
  const copy = sealed.slice()
  copy[edit.flip] = (copy[edit.flip] as number) ^ (1 << edit.bit)
  return copy
}
