import { isUtf8 } from 'node:buffer'
import { bomLength, depthMax } from './fault.ts'
import type { Fault, FaultReason } from './fault.ts'

/** A text that is not strict JSON, or not one that we keep. `line` and `column` count from 1, in characters. */
export interface Malformed {
  status: 'malformed'
  reason: FaultReason
  line: number
  column: number
  text: { es: string; en: string }
}

export function malformed(bytes: Uint8Array, fault: Fault): Malformed {
  const before = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(fault.offset, bytes.length))
  let line = 1
  let lineStart = bomLength(bytes)
  for (let at = before.indexOf(10); at >= 0; at = before.indexOf(10, at + 1)) {
    line++
    lineStart = at + 1
  }
  const column = [...before.toString('utf8', lineStart)].length + 1
  const where = { es: `línea ${line}, columna ${column}`, en: `line ${line}, column ${column}` }
  const text = {
    es: `JSON mal formado (${where.es}): ${faultTexts[fault.reason].es}`,
    en: `Malformed JSON (${where.en}): ${faultTexts[fault.reason].en}`,
  }
  return { status: 'malformed', reason: fault.reason, line, column, text }
}

const faultTexts: Record<FaultReason, { es: string; en: string }> = {
  'utf-8': {
    es: 'bytes que no son UTF-8; se espera texto en UTF-8.',
    en: 'bytes that are not UTF-8; text must be UTF-8.',
  },
  empty: {
    es: 'falta el contenido; se espera un objeto JSON.',
    en: 'there is nothing here; a JSON object is expected.',
  },
  syntax: {
    es: 'signo inesperado; se espera JSON estricto.',
    en: 'unexpected character; strict JSON is expected.',
  },
  end: { es: 'el texto termina antes de tiempo.', en: 'the text ends too early.' },
  string: {
    es: 'cadena con un carácter de control o un escape no válido.',
    en: 'string with a control character or an escape that is not valid.',
  },
  number: { es: 'número no válido.', en: 'number that is not valid.' },
  trailing: { es: 'hay más texto después del documento.', en: 'there is more text after the document.' },
  depth: {
    es: `más de ${depthMax} niveles anidados; el límite es ${depthMax}.`,
    en: `nested more than ${depthMax} levels; the limit is ${depthMax}.`,
  },
  duplicate: {
    es: 'nombre repetido en un mismo objeto; cada nombre va una sola vez.',
    en: 'name repeated within one object; each name may appear once.',
  },
  'not-object': { es: 'se espera un objeto JSON.', en: 'a JSON object is expected.' },
}

export function firstBadByte(bytes: Uint8Array): number {
  // Halving: the longest prefix that is UTF-8, up to a character cut at its end.
  let low = 0
  let high = bytes.length
  while (high - low > 8) {
    const middle = (low + high) >> 1
    const end = characterStart(bytes, middle, low)
    if (end > low && isUtf8(bytes.subarray(low, end))) low = end
    else high = middle
  }
  while (low < bytes.length) {
    let size = 1
    while (size <= 4 && !isUtf8(bytes.subarray(low, low + size))) size++
    if (size > 4) return low
    low += size
  }
  return low
}

function characterStart(bytes: Uint8Array, at: number, floor: number): number {
  let start = at
  while (start > floor && (bytes[start]! & 0xc0) === 0x80) start--
  return start
}
