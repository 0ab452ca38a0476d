import { inSnomed, quantity } from './coding.ts'
import { count } from './days.ts'
import { doseUcum, drugTerm, routes, strengthOf } from './terms/drugs.ts'
import type { Route } from './terms/drugs.ts'

/** How much of a medicine, how often, how long. */
export interface Dose {
  drug: string
  /** Tablets, inhalations, units … of one taking. */
  pieces: number
  hours: number
  /** Of a treatment that ends by itself. */
  days?: number
  /** `con los alimentos`, `por la noche` … */
  how?: string
  /** Only where needed, for what: `dolor`. */
  prn?: string
  /** How much of the medicine's full effect this dose has. */
  force?: number
}

/** Of a syrup more as a child grows, and a tablet in its place from twelve years on. */
export function fitted(dose: Dose, years: number): Dose {
  if (dose.drug !== 'loratadine-syrup') return dose
  if (years >= 12) return { ...dose, drug: 'loratadine', pieces: 1 }
  return { ...dose, pieces: years >= 6 ? 10 : years >= 2 ? 5 : 2.5 }
}

const verbs: Readonly<Record<Route, string>> = {
  oral: 'Tomar',
  sc: 'Aplicar',
  im: 'Aplicar',
  iv: 'Administrar',
  inhaled: 'Realizar',
  nasal: 'Aplicar',
  topical: 'Realizar',
  ophthalmic: 'Aplicar',
}

const halves: Readonly<Record<string, string>> = { '0.5': 'media', '1.5': 'una y media' }

/** The medicine as a prescription names it, the sentence for the patient, the abbreviation of notes, and FHIR's form. */
export function dosage(dose: Dose) {
  const term = drugTerm(dose.drug)
  const { pieces, hours, days, how, prn } = dose
  const route = routes[term.route]
  const strength = strengthOf(term)
  const bare = ['mL', 'dosis', 'gota', 'cucharada'].includes(term.piece)
  const named = ['unidad', 'mL', 'aplicación'].includes(term.piece)
  const medicine = named ? term.name : `${term.name} ${strength}`
  const many = halves[String(pieces)] ?? String(pieces)
  const what = `${many} ${pieces <= 1 ? term.piece : term.pieces}`
  const of = bare || named ? (term.piece === 'dosis' ? ` de ${strength}` : '') : ` de ${strength}`
  const every = frequency(hours)
  const text = [
    `${verbs[term.route]} ${what}${of} por ${route.text} ${every}`,
    how ? `, ${how}` : '',
    prn ? `, solo en caso de ${prn}` : '',
    days ? (hours >= 24 * days ? ', dosis única' : `, por ${count(days, 'día', 'días')}`) : '',
  ].join('')
  const amount = Number.isNaN(term.amount) || named ? undefined : term.amount * pieces
  const ucum = doseUcum[term.unit]
  const doseQuantity =
    named && term.piece !== 'aplicación'
      ? quantity(pieces, pieces % 1 === 0 ? 0 : 1, term.pieces, term.piece === 'mL' ? 'mL' : '[IU]')
      : amount !== undefined && ucum
        ? quantity(amount, decimalsOf(amount), term.unit, ucum)
        : { value: JSON.rawJSON(String(pieces)), unit: pieces <= 1 ? term.piece : term.pieces }
  const [period, periodUnit] =
    hours === 56
      ? [1, 'wk']
      : hours % 168 === 0
        ? [hours / 168, 'wk']
        : hours % 24 === 0
          ? [hours / 24, 'd']
          : [hours, 'h']
  const structured = {
    text,
    timing: {
      repeat: {
        ...(days ? { boundsDuration: quantity(days, 0, 'días', 'd') } : {}),
        frequency: hours === 56 ? 3 : 1,
        period,
        periodUnit,
      },
    },
    ...(prn ? { asNeededCodeableConcept: { text: prn } } : {}),
    route: inSnomed(route.snomed, route.text),
    doseAndRate: [{ doseQuantity }],
  }
  const said = `${medicine}, ${what} ${every}${how ? ` ${how}` : ''}${prn ? ` en caso de ${prn}` : ''}`
  return {
    medicine,
    text,
    said: days && days < 60 ? `${said}, ${count(days, 'día', 'días')}` : said,
    structured,
  }
}

function frequency(hours: number): string {
  if (hours === 56) return 'tres veces por semana'
  if (hours === 168) return 'una vez por semana'
  if (hours === 336) return 'cada dos semanas'
  if (hours === 504) return 'cada tres semanas'
  return `cada ${hours} horas`
}

const decimalsOf = (amount: number): number => (String(amount).split('.')[1] ?? '').length
