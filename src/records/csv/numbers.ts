/** Numbers that a spreadsheet holds about a person: with check digits, or as Excel has maimed them. */

/** Excel shows long numbers so, and saves them so: the digits behind are lost. */
export function isCutByExcel(text: string): boolean {
  return /^\d([.,]\d+)?E\+\d{1,2}$/i.test(text)
}

/** NSS of the IMSS: eleven digits, Luhn. */
export function isNss(digits: string): boolean {
  if (!/^\d{11}$/.test(digits)) return false
  const sum = [...digits].toReversed().reduce((total, digit, at) => {
    const value = Number(digit) * (at % 2 === 0 ? 1 : 2)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}

/** RFC of a person or company, by form; some 1.5 % of real ones fail the check digit, so it is not asked for. */
export function isRfc(text: string): boolean {
  return /^[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}$/.test(text)
}

export interface Phone {
  /** E.164 where that is certain, else as it was written. */
  value: string
  isCertain: boolean
}

/** The telephones of a cell: several stand apart by `/`, `;`, `,`, «y» or «o». */
export function phonesOf(text: string): Phone[] {
  const parts = text
    .split(/[/;,]|\s+[yo]\s+/u)
    .map((part) => part.trim())
    .filter((part) => part !== '')
  const isList = parts.length > 1 && parts.every((part) => digitsOf(part).length >= 7)
  return (isList ? parts : [text.trim()]).map(phoneOf)
}

/** Plan Nacional de Numeración: ten digits everywhere since 3 August 2019, when 01, 044, 045 and the 1 after +52 ended. */
function phoneOf(text: string): Phone {
  const asWritten = { value: text, isCertain: false }
  if (!/^[+\d\s().-]+$/.test(text)) return asWritten
  const digits = digitsOf(text)
  if (/^(\d)\1+$/.test(digits)) return asWritten
  const national = /^(?:0(?:1|44|45)|52|521|0052|00521)?([2-9]\d{9})$/.exec(digits)?.[1]
  if (national !== undefined && (!text.startsWith('+') || digits.startsWith('52')))
    return { value: `+52${national}`, isCertain: true }
  if (text.startsWith('+') && /^[1-9]\d{7,14}$/.test(digits) && !digits.startsWith('52'))
    return { value: `+${digits}`, isCertain: true }
  return asWritten
}

const digitsOf = (text: string): string => text.replace(/\D/g, '')
