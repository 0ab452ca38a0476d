import { refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'

/** Names and values of a query or a form, in order, decoded. */
export type Pairs = readonly (readonly [name: string, value: string])[]

/** Decodes `application/x-www-form-urlencoded`; a broken percent-encoding is a refusal, never guessed at. */
export function pairsOf(text: string): Pairs | Refusal {
  // An address in a Bundle may have half a surrogate pair, which no link could be made of.
  if (!text.isWellFormed()) return refuse('bad-request')
  const pairs: [string, string][] = []
  for (const part of text.split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    try {
      pairs.push(
        equals === -1 ? [decode(part), ''] : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))],
      )
    } catch {
      return refuse('bad-request')
    }
  }
  return pairs
}

function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '))
}

/**
 * The pairs as a map, once every name is known to be supported. A parameter that is unknown, bears an unknown
 * modifier or is given twice is named in the refusal: nothing is ever ignored.
 */
export function supported(pairs: Pairs, names: ReadonlySet<string>): Map<string, string[]> | Refusal {
  const values = new Map<string, string[]>()
  for (const [name, value] of pairs) {
    if (!names.has(name)) return refuse('unsupported-parameter', { parameter: printable(name) })
    if (values.has(name)) return badValue(name, 'one value', 'un solo valor')
    values.set(name, [value])
  }
  return values
}

/** What a caller wrote, cut and cleaned to be shown back to the same caller. */
function printable(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, '?').slice(0, 64)
}

export function badValue(parameter: string, en: string, es: string): Refusal {
  return refuse('invalid-parameter', { parameter, expected: { en, es } })
}

/** `_count`: absent, or a whole number from 0; more than `max` is `max` (FHIR R4 search.html#count allows fewer). */
export function countOf(value: string | undefined, normal: number, max: number): number | Refusal {
  if (value === undefined) return normal
  if (!/^\d{1,9}$/.test(value)) return badValue('_count', 'a whole number', 'un número entero')
  return Math.min(Number(value), max)
}

/** Pairs back as a query, for links. */
export function queryOf(pairs: Pairs): string {
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')
}
