/** What can be wrong with a row, in words. No text repeats a value: reports outlive the file. */
import type { Remark, Text } from './types.ts'

const texts = {
  'no-name': say('falta el nombre.', 'the name is missing.'),
  'no-family': say('falta el apellido.', 'the family name is missing.'),
  'name-undivided': say(
    'el nombre no se pudo separar en nombre y apellidos: quedó entero.',
    'the name could not be divided into given and family names: it stays whole.',
  ),
  'name-guess': say(
    'el nombre se puede separar de más de un modo: revíselo.',
    'the name can be divided in more than one way: look at it.',
  ),
  'too-many-cells': say(
    'la fila tiene más celdas que encabezados: quizá un valor lleva el separador sin comillas.',
    'the row has more cells than there are headings: a value may hold the delimiter without quotes.',
  ),
  'few-cells': say(
    'la fila tiene menos celdas que encabezados.',
    'the row has fewer cells than there are headings.',
  ),
  'date-unknown': say(
    'no es una fecha que se entienda; use AAAA-MM-DD.',
    'this is no date that is understood; use YYYY-MM-DD.',
  ),
  'date-two-ways': say('la fecha se puede leer de dos modos.', 'the date can be read in two ways.'),
  'date-future': say('la fecha todavía no llega.', 'the date has not come yet.'),
  'date-ancient': say('nadie vive que haya nacido en esa fecha.', 'nobody born on that date is alive.'),
  'date-stands-for-none': say(
    'la fecha se usa para decir que no se conoce: quedó vacía.',
    'the date is one that stands for an unknown day: it was left empty.',
  ),
  'date-century': say(
    'el año tiene dos cifras: se tomó el siglo más reciente.',
    'the year has two digits: the latest century was taken.',
  ),
  'date-from-curp': say(
    'falta la fecha de nacimiento: se tomó de la CURP.',
    'the birth date is missing: it was taken from the CURP.',
  ),
  'sex-unknown': say('no se entiende el sexo: quedó vacío.', 'the sex is not understood: it was left empty.'),
  'sex-from-curp': say(
    'falta el sexo: se tomó de la CURP.',
    'the sex is missing: it was taken from the CURP.',
  ),
  'curp-length': say(
    'una CURP tiene 18 caracteres: no se guardó.',
    'a CURP has 18 characters: it was not stored.',
  ),
  'curp-form': say(
    'no tiene la forma de una CURP: no se guardó.',
    'this has not the form of a CURP: it was not stored.',
  ),
  'curp-date': say(
    'la CURP lleva una fecha que no existe: no se guardó.',
    'the CURP has a date that does not exist: it was not stored.',
  ),
  'curp-check-digit': say(
    'el último dígito de la CURP no corresponde: hay un error al escribirla y no se guardó.',
    'the last digit of the CURP does not fit: it is mistyped, and was not stored.',
  ),
  'curp-birth-date': say('la CURP dice otra fecha de nacimiento.', 'the CURP says another birth date.'),
  'curp-sex': say('la CURP dice otro sexo.', 'the CURP says another sex.'),
  'curp-name': say('la CURP no corresponde al nombre.', 'the CURP does not fit the name.'),
  'curp-state': say('la CURP dice otra entidad de nacimiento.', 'the CURP says another state of birth.'),
  'rfc-form': say(
    'no tiene la forma de un RFC: no se guardó.',
    'this has not the form of an RFC: it was not stored.',
  ),
  'nss-check-digit': say(
    'no es un NSS válido (once dígitos con su dígito verificador): no se guardó.',
    'this is no valid NSS (eleven digits with their check digit): it was not stored.',
  ),
  'cut-by-excel': say(
    'Excel recortó el número (como 5.5E+09): los dígitos ya no están. Dé a la columna formato de texto en su origen.',
    'Excel has cut the number (as 5.5E+09): its digits are gone. Make the column text where it comes from.',
  ),
  'phone-as-written': say(
    'el teléfono no se reconoce: quedó como está escrito.',
    'the telephone is not recognised: it stays as it is written.',
  ),
  'email-form': say(
    'no tiene la forma de un correo: quedó como está escrito.',
    'this has not the form of an email address: it stays as it is written.',
  ),
  'state-unknown': say(
    'no es una entidad federativa de México: quedó como está escrita.',
    'this is no federal entity of Mexico: it stays as it is written.',
  ),
  'postal-zero': say(
    'al código postal le faltaba el cero inicial: se repuso.',
    'the postal code lacked its leading zero: it was put back.',
  ),
  'blood-unknown': say(
    'no se entiende el tipo de sangre: no se guardó.',
    'the blood group is not understood: it was not stored.',
  ),
  invalid: say(
    'el paciente que resulta no es válido en FHIR.',
    'the patient that comes of it is not valid FHIR.',
  ),
} as const

export type RowCode = keyof typeof texts

export function remark(code: RowCode, column?: string): Remark {
  const { es, en } = texts[code]
  if (column === undefined) return { code, text: { es: upper(es), en: upper(en) } }
  return { code, column, text: { es: `«${column}»: ${es}`, en: `"${column}": ${en}` } }
}

function say(es: string, en: string): Text {
  return { es, en }
}

const upper = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)
