/** What a primitive may look like: https://hl7.org/fhir/R4/datatypes.html#primitive. */
export interface Primitive {
  name: string
  json: 'string' | 'number' | 'boolean'
  /** Integers have no fraction, not even `1.0`. */
  integer: boolean
  test(value: never): boolean
  right: { es: string; en: string }
}

/** Characters in one string. R4 says 1 MB; base64Binary is bounded by the size of the request alone. */
export const stringLengthMax = 1024 * 1024

const day = String.raw`(?:\d(?:\d(?:\d[1-9]|[1-9]0)|[1-9]00)|[1-9]000)`
const month = String.raw`(?:0[1-9]|1[0-2])`
const date = String.raw`(?:0[1-9]|[12]\d|3[01])`
const clock = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?`
const zone = String.raw`(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))`
const datePattern = new RegExp(`^${day}(?:-${month}(?:-${date})?)?$`)
const dateTimePattern = new RegExp(`^${day}(?:-${month}(?:-${date}(?:T${clock}${zone})?)?)?$`)
const instantPattern = new RegExp(`^${day}-${month}-${date}T${clock}${zone}$`)
const timePattern = new RegExp(`^${clock}$`)
// eslint-disable-next-line no-control-regex -- FHIR forbids exactly these (§2.24.0.1 string)
const controlPattern = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/
const oidPattern = /^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/
const uuidPattern = /^urn:uuid:[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/
const idPattern = /^[A-Za-z0-9\-.]{1,64}$/
const codePattern = /^\S+(?: \S+)*$/
const uriPattern = /^\S+$/

const isText = (value: string): boolean =>
  value.length <= stringLengthMax && !controlPattern.test(value) && value.trim() !== ''
const isUri = (value: string): boolean => uriPattern.test(value)
const uriRight = { es: 'un URI sin espacios', en: 'a URI without white space' }
const textRight = {
  es: 'un texto que no esté en blanco, sin caracteres de control, de hasta 1 MB',
  en: 'text that is not blank, without control characters, of up to 1 MB',
}

const int32Max = 2_147_483_647

function string(name: string, test: (value: string) => boolean, right: Primitive['right']): Primitive {
  return { name, json: 'string', integer: false, test, right }
}

function integer(name: string, min: number, right: Primitive['right']): Primitive {
  const test = (value: number) => Number.isInteger(value) && value >= min && value <= int32Max
  return { name, json: 'number', integer: true, test, right }
}

const list: Primitive[] = [
  {
    name: 'boolean',
    json: 'boolean',
    integer: false,
    test: () => true,
    right: { es: 'true o false', en: 'true or false' },
  },
  {
    name: 'decimal',
    json: 'number',
    integer: false,
    test: Number.isFinite,
    right: { es: 'un número', en: 'a number' },
  },
  integer('integer', -int32Max - 1, { es: 'un entero de 32 bits', en: 'a 32-bit integer' }),
  integer('unsignedInt', 0, { es: 'un entero de 0 a 2147483647', en: 'an integer from 0 to 2147483647' }),
  integer('positiveInt', 1, { es: 'un entero de 1 a 2147483647', en: 'an integer from 1 to 2147483647' }),
  string('string', isText, textRight),
  string('markdown', isText, textRight),
  string('uri', isUri, uriRight),
  string('url', isUri, uriRight),
  string('canonical', isUri, uriRight),
  string('oid', (value) => oidPattern.test(value), {
    es: 'un OID como urn:oid:1.2.3',
    en: 'an OID such as urn:oid:1.2.3',
  }),
  string('uuid', (value) => uuidPattern.test(value), {
    es: 'urn:uuid: y un UUID en minúsculas',
    en: 'urn:uuid: and a UUID in lower case',
  }),
  string('id', (value) => idPattern.test(value), {
    es: 'de 1 a 64 letras, cifras, guiones o puntos',
    en: '1 to 64 letters, digits, hyphens or dots',
  }),
  string('code', (value) => codePattern.test(value), {
    es: 'un código sin espacios al principio, al final ni seguidos',
    en: 'a code with no white space at its ends and no two spaces together',
  }),
  string('date', (value) => datePattern.test(value) && dayExists(value), {
    es: 'una fecha que exista, como 2026, 2026-11 o 2026-11-22',
    en: 'a date that exists, such as 2026, 2026-11 or 2026-11-22',
  }),
  string('dateTime', (value) => dateTimePattern.test(value) && dayExists(value), {
    es: 'una fecha que exista, como 2026-11, o con hora y zona, como 2026-11-22T08:30:00-06:00',
    en: 'a date that exists, such as 2026-11, or one with time and zone, such as 2026-11-22T08:30:00-06:00',
  }),
  string('instant', (value) => instantPattern.test(value) && dayExists(value), {
    es: 'un instante como 2026-11-22T08:30:00-06:00',
    en: 'an instant such as 2026-11-22T08:30:00-06:00',
  }),
  string('time', (value) => timePattern.test(value), {
    es: 'una hora como 08:30:00',
    en: 'a time such as 08:30:00',
  }),
  string('base64Binary', isBase64, { es: 'texto en base64', en: 'base64 text' }),
  // The narrative has its own reader (narrative.ts).
  string('xhtml', () => true, { es: 'un elemento div de XHTML', en: 'an XHTML div element' }),
]

export const primitives: ReadonlyMap<string, Primitive> = new Map(list.map((each) => [each.name, each]))

function dayExists(value: string): boolean {
  if (value.length < 10) return true
  const dayOfMonth = Number(value.slice(8, 10))
  if (dayOfMonth <= 28) return true
  const monthOfYear = Number(value.slice(5, 7))
  if (monthOfYear !== 2) return dayOfMonth <= (monthDays[monthOfYear - 1] ?? 0)
  const year = Number(value.slice(0, 4))
  return dayOfMonth === 29 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

const monthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function isBase64(value: string): boolean {
  const packed = /\s/.test(value) ? value.replace(/\s+/g, '') : value
  return packed.length > 0 && packed.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(packed)
}
