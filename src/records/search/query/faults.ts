import { refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'

/** A parameter's name (or a piece of one) as it may be told: names are no data of patients, but values can stand in their place. */
export function shown(name: string): string {
  return /^[A-Za-z_*][A-Za-z0-9_.:*=-]{0,127}$/.test(name) ? name : '?'
}

export interface Expected {
  en: string
  es: string
}

export function badValue(name: string, at: number, expected: Expected): Refusal {
  return refuse('invalid-search-value', { parameter: shown(name), at, expected })
}

/** Of names and values as a whole, where a place would say nothing. */
export function badUse(name: string, expected: Expected): Refusal {
  return refuse('invalid-parameter', { parameter: shown(name), expected })
}

export function unsupported(name: string): Refusal {
  return refuse('unsupported-parameter', { parameter: shown(name) })
}

/** A canonical of a value set is a published address, and may be told where it looks like one. */
export function unknownValueSet(name: string, url: string): Refusal {
  return refuse('unknown-value-set', {
    parameter: shown(name),
    url: /^(?:https?:\/\/|urn:)[A-Za-z0-9._~:/?#&=|%-]{1,200}$/.test(url) ? url : '?',
  })
}

export const expected = {
  value: { en: 'a value', es: 'un valor' },
  escape: {
    en: String.raw`"\" only before "\", ",", "|" or "$"`,
    es: String.raw`"\" solo antes de "\", ",", "|" o "$"`,
  },
  one: { en: 'to be given once', es: 'que se dé una sola vez' },
  token: {
    en: 'code, system|code, |code or system|',
    es: 'código, sistema|código, |código o sistema|',
  },
  letters: { en: 'at least one letter or digit', es: 'al menos una letra o cifra' },
  reference: {
    en: 'an id, Type/id, or an absolute address',
    es: 'un id, Tipo/id o una dirección absoluta',
  },
  typedReference: {
    en: 'an id, or the type that the modifier names',
    es: 'un id, o el tipo que nombra el modificador',
  },
  date: {
    en: 'a date such as 2026, 2026-11, 2026-11-22 or 2026-11-22T10:00:00-06:00, with one of eq, ne, gt, lt, ge, le, sa, eb, ap before it or none',
    es: 'una fecha como 2026, 2026-11, 2026-11-22 o 2026-11-22T10:00:00-06:00, con eq, ne, gt, lt, ge, le, sa, eb o ap delante, o nada',
  },
  number: {
    en: 'a number such as 7, 7.25 or 1e-3, with one of eq, ne, gt, lt, ge, le, sa, eb, ap before it or none',
    es: 'un número como 7, 7.25 o 1e-3, con eq, ne, gt, lt, ge, le, sa, eb o ap delante, o nada',
  },
  units: {
    en: 'number, number|system|code or number||code',
    es: 'número, número|sistema|código o número||código',
  },
  url: { en: 'an address with a scheme other than urn', es: 'una dirección con un esquema que no sea urn' },
  mime: { en: 'a media type', es: 'un tipo de medio' },
  boolean: { en: 'true or false', es: 'true o false' },
  count: { en: 'a whole number', es: 'un número entero' },
  total: { en: 'none, estimate or accurate', es: 'none, estimate o accurate' },
  types: { en: 'types of FHIR R4', es: 'tipos de FHIR R4' },
  sort: {
    en: 'names of parameters, with "-" before those that descend',
    es: 'nombres de parámetros, con "-" delante de los que descienden',
  },
  sortKeys: { en: '8 keys at most', es: '8 claves como máximo' },
  include: {
    en: 'Type:parameter, Type:parameter:Target, Type:* or *',
    es: 'Tipo:parámetro, Tipo:parámetro:Destino, Tipo:* o *',
  },
  has: {
    en: '_has:Type:reference:parameter',
    es: '_has:Tipo:referencia:parámetro',
  },
  oneKind: {
    en: 'a type to be named, since the parameter is of another kind in each',
    es: 'que se nombre un tipo, porque en cada uno el parámetro es de otra clase',
  },
  parameters: { en: '200 parameters at most', es: '200 parámetros como máximo' },
  values: {
    en: '10,000 values at most in all parameters together',
    es: '10.000 valores como máximo entre todos los parámetros',
  },
  links: {
    en: '20 links at most in all chains together',
    es: '20 eslabones como máximo entre todas las cadenas',
  },
  depth: { en: 'five links at most', es: 'cinco eslabones como máximo' },
} as const satisfies Record<string, Expected>

export function parts(count: number): Expected {
  return { en: `${count} parts with "$" between`, es: `${count} partes con "$" en medio` }
}
