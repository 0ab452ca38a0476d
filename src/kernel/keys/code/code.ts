import { equalBytes, sha256 } from '#kernel/crypto/index.ts'

/**
 * Secrets as text that people write down, read aloud and type: groups of five letters and digits, the fifth of
 * each a check, so that a slip of the pen is found in its group and not in the whole. docs/spec/keys.md, "Codes".
 */

/** Crockford's base 32: no I, L, O or U. Reading takes I and L for 1 and O for 0, in either case. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Four of data, 20 bits, and one of check. */
export const groupLength = 5

/** What a code is: its first byte, its groups in all, and how many of its last bytes are the check of the whole. */
const codes = {
  share: { byte: 1, groups: 20, sumBytes: 5 },
  kit: { byte: 2, groups: 32, sumBytes: 7 },
} as const

export type CodeKind = keyof typeof codes

export type CodeFault =
  /** `groups`, from 1, have a slip in them; `found` differs from `of` where some are missing or too many. */
  | { status: 'code-mistyped'; kind: CodeKind; groups: number[]; found: number; of: number }
  /** Each group is right by itself, and all of them together are not. */
  | { status: 'code-broken'; kind: CodeKind }
  /** It is a code, of another kind than the one asked for. */
  | { status: 'code-of-other-kind'; kind: CodeKind; wanted: CodeKind }

/** Groups of a whole code, for who reads them one by one. */
export function groupsOf(kind: CodeKind): number {
  return codes[kind].groups
}

/** Bytes that a code of this kind carries. */
export function payloadBytesOf(kind: CodeKind): number {
  const { groups, sumBytes } = codes[kind]
  return (groups * 20) / 8 - 1 - sumBytes
}

/** The code of these bytes: groups with a space between. */
export function writeCode(kind: CodeKind, payload: Uint8Array): string {
  const { byte, sumBytes } = codes[kind]
  if (payload.length !== payloadBytesOf(kind)) throw new RangeError(`a ${kind} has another length`)
  const bytes = new Uint8Array([byte, ...payload, ...sumOf([byte, ...payload], sumBytes)])
  const values = fiveBits(bytes)
  bytes.fill(0)
  const groups = []
  for (let at = 0; at < values.length; at += 4) {
    const data = values.slice(at, at + 4)
    groups.push([...data, checkOf(data, at / 4)].map((value) => alphabet[value]).join(''))
  }
  return groups.join(' ')
}

/** Reads a code back, in whatever case and with whatever between its groups. */
export function readCode(kind: CodeKind, text: string): { status: 'ok'; payload: Uint8Array } | CodeFault {
  const { byte, groups: of, sumBytes } = codes[kind]
  const groups = splitGroups(text)
  const wrong = groups.flatMap((group, at) => (groupIsRight(group, at) ? [] : [at + 1]))
  if (groups.length !== of && wrong.length === 0) {
    const other = kindOf(groups)
    if (other !== undefined && other !== kind)
      return { status: 'code-of-other-kind', kind: other, wanted: kind }
  }
  if (wrong.length > 0 || groups.length !== of) {
    return { status: 'code-mistyped', kind, groups: wrong, found: groups.length, of }
  }
  const bytes = bytesOf(groups.flatMap((group) => valuesOf(group).slice(0, 4)))
  const end = bytes.length - sumBytes
  const sum = sumOf(bytes.subarray(0, end), sumBytes)
  if (bytes[0] !== byte || !equalBytes(sum, bytes.subarray(end))) return { status: 'code-broken', kind }
  const payload = bytes.slice(1, end)
  bytes.fill(0)
  return { status: 'ok', payload }
}

/** Whether the group that stands at this place (from 0) is without a slip. */
export function groupIsRight(group: string, at: number): boolean {
  const values = valuesOf(group)
  if (values.length !== groupLength || values.includes(-1)) return false
  return checkOf(values.slice(0, 4), at) === values[4]
}

/** Bytes as plain text of the same alphabet, without checks: for names, which are no secret. */
export function plainText(bytes: Uint8Array): string {
  return fiveBits(bytes)
    .map((value) => alphabet[value])
    .join('')
}

/** The bytes of such a name. */
export function plainBytes(text: string): Uint8Array {
  return bytesOf(valuesOf(text))
}

/** The kind that the first byte tells, where the groups are as many as that kind has. */
function kindOf(groups: string[]): CodeKind | undefined {
  const [first = -1, second = 0] = groups.length > 0 ? valuesOf(groups[0] ?? '') : []
  const byte = (first << 3) | (second >> 2)
  const found = (Object.keys(codes) as CodeKind[]).find((kind) => codes[kind].byte === byte)
  return found !== undefined && codes[found].groups === groups.length ? found : undefined
}

/** By what stands between them; where nothing does, by fives. */
function splitGroups(text: string): string[] {
  return text
    .split(/[\s\-.,·]+/)
    .filter((word) => word !== '')
    .flatMap((word) => (word.length % groupLength === 0 ? (word.match(/.{5}/gsu) ?? [word]) : [word]))
}

function valuesOf(group: string): number[] {
  return [...group.toUpperCase().replace(/[IL]/g, '1').replace(/O/g, '0')].map((letter) =>
    alphabet.indexOf(letter),
  )
}

/**
 * The check of four values at a place, in GF(32) with x⁵ + x² + 1: place + Σ dᵢ·2^(i+1). The weights differ, and none is
 * nothing: one wrong letter and two swapped ones are always found; a group in another's place too, since 32 places differ.
 */
function checkOf(data: readonly number[], at: number): number {
  return data.reduce((sum, value, index) => sum ^ times(value, index + 1), at % 32)
}

/** The value multiplied so many times by 2. */
function times(value: number, twos: number): number {
  let result = value
  for (let i = 0; i < twos; i++) result = (result & 16) === 0 ? result << 1 : ((result << 1) & 31) ^ 0b00101
  return result
}

function sumOf(bytes: Uint8Array | number[], length: number): Uint8Array {
  return sha256(Buffer.from([...Buffer.from('sigilo/code@v1+'), ...bytes])).subarray(0, length)
}

/** Most significant bits first; the length is a multiple of five bytes. */
function fiveBits(bytes: Uint8Array): number[] {
  const values = []
  let held = 0
  let bits = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    for (; bits >= 5; bits -= 5) values.push((held >> (bits - 5)) & 31)
    held &= (1 << bits) - 1
  }
  return values
}

function bytesOf(values: readonly number[]): Uint8Array {
  const bytes = []
  let held = 0
  let bits = 0
  for (const value of values) {
    held = (held << 5) | value
    bits += 5
    for (; bits >= 8; bits -= 8) bytes.push((held >> (bits - 8)) & 255)
    held &= (1 << bits) - 1
  }
  return new Uint8Array(bytes)
}
