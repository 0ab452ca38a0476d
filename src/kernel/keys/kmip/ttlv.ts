/**
 * KMIP's encoding: tag (3 bytes), type (1), length (4, without padding), value padded to 8 bytes; structures nest.
 * KMIP 1.4 §9.1. Of its types those that we send or are sent; others are passed over.
 */
export type Item = { tag: number } & (
  | { type: 'structure'; items: Item[] }
  | { type: 'integer' | 'enumeration'; value: number }
  | { type: 'boolean'; value: boolean }
  | { type: 'text'; value: string }
  | { type: 'bytes'; value: Uint8Array }
  | { type: 'other' }
)

const types = { structure: 1, integer: 2, enumeration: 5, boolean: 6, text: 7, bytes: 8 } as const
const headBytes = 8
/** Ours nest six deep. A server must not make us recurse without end. */
const depthMax = 16

export const structure = (tag: number, ...items: Item[]): Item => ({ tag, type: 'structure', items })
export const integer = (tag: number, value: number): Item => ({ tag, type: 'integer', value })
export const enumeration = (tag: number, value: number): Item => ({ tag, type: 'enumeration', value })
export const boolean = (tag: number, value: boolean): Item => ({ tag, type: 'boolean', value })
export const text = (tag: number, value: string): Item => ({ tag, type: 'text', value })
export const bytes = (tag: number, value: Uint8Array): Item => ({ tag, type: 'bytes', value })

export function encode(item: Item): Buffer {
  if (item.type === 'other') throw new TypeError('an item of another type cannot be encoded')
  const value = valueOf(item)
  const head = Buffer.alloc(headBytes)
  head.writeUIntBE(item.tag, 0, 3)
  head.writeUInt8(types[item.type], 3)
  head.writeUInt32BE(value.length, 4)
  return Buffer.concat([head, value, Buffer.alloc(paddingOf(value.length))])
}

function valueOf(item: Exclude<Item, { type: 'other' }>): Buffer {
  switch (item.type) {
    case 'structure':
      return Buffer.concat(item.items.map(encode))
    case 'integer':
    case 'enumeration': {
      const value = Buffer.alloc(4)
      value.writeUInt32BE(item.value)
      return value
    }
    case 'boolean': {
      const value = Buffer.alloc(8)
      value.writeUInt8(item.value ? 1 : 0, 7)
      return value
    }
    case 'text':
      return Buffer.from(item.value, 'utf8')
    case 'bytes':
      return Buffer.from(item.value)
  }
}

/** Bytes of the message that begins here; undefined while its head is not there. */
export function messageLength(buffer: Buffer): number | undefined {
  return buffer.length < headBytes ? undefined : headBytes + buffer.readUInt32BE(4)
}

/** The one item that the bytes hold. Throws for bytes that hold something else. */
export function decode(buffer: Buffer): Item {
  const [item, ...rest] = decodeAll(buffer, 0)
  if (!item || rest.length > 0) throw new RangeError('not one KMIP item')
  return item
}

function decodeAll(buffer: Buffer, depth: number): Item[] {
  if (depth > depthMax) throw new RangeError('KMIP items nest too deeply')
  const items: Item[] = []
  for (let at = 0; at < buffer.length;) {
    if (at + headBytes > buffer.length) throw new RangeError('a KMIP item ends early')
    const tag = buffer.readUIntBE(at, 3)
    const type = buffer.readUInt8(at + 3)
    const length = buffer.readUInt32BE(at + 4)
    at += headBytes
    if (at + length > buffer.length) throw new RangeError('a KMIP item ends early')
    items.push(itemOf(tag, type, buffer.subarray(at, at + length), depth))
    at += length + paddingOf(length)
  }
  return items
}

function itemOf(tag: number, type: number, value: Buffer, depth: number): Item {
  switch (type) {
    case types.structure:
      return { tag, type: 'structure', items: decodeAll(value, depth + 1) }
    case types.integer:
      return { tag, type: 'integer', value: value.readInt32BE() }
    case types.enumeration:
      return { tag, type: 'enumeration', value: value.readUInt32BE() }
    case types.boolean:
      return { tag, type: 'boolean', value: value.readBigUInt64BE() === 1n }
    case types.text:
      return { tag, type: 'text', value: value.toString('utf8') }
    case types.bytes:
      return { tag, type: 'bytes', value }
    default:
      return { tag, type: 'other' }
  }
}

const paddingOf = (length: number): number => (8 - (length % 8)) % 8

/** The first item with this tag inside a structure. */
export function find(item: Item | undefined, tag: number): Item | undefined {
  return item?.type === 'structure' ? item.items.find((inner) => inner.tag === tag) : undefined
}
