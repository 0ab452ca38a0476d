/** A row of a table as a FHIR Patient. */
import { validate } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { addressOf, birthPlaceOf } from './address.ts'
import { bloodGroupOf, bloodObservation, coverageOf } from './beside.ts'
import { cleanCell, saysNothing } from './cells.ts'
import { isDay, nameAgrees, readCurp } from './curp.ts'
import type { Curp } from './curp.ts'
import { daysOf, readDay } from './dates.ts'
import type { Field } from './fields.ts'
import { divide, familiesOf } from './names.ts'
import { isCutByExcel, isNss, isRfc, phonesOf } from './numbers.ts'
import { remark } from './remarks.ts'
import type { RowCode } from './remarks.ts'
import { genderOf } from './sex.ts'
import { stateOf } from './states.ts'
import type { Cells } from './table.ts'
import type { Plan, Remark, Row } from './types.ts'

/** In the registry of OIDs of HL7; NSS has none there, so it has a URI of the IMSS. */
export const systems = {
  curp: 'urn:oid:2.16.840.1.113883.4.629',
  rfc: 'urn:oid:2.16.840.1.113883.4.630',
  nss: 'https://www.imss.gob.mx/nss',
} as const

/** Stops the row: what it would store is wrong or nobody. */
class Stopped extends Error {
  readonly problem: Remark
  constructor(problem: Remark) {
    super(problem.code)
    this.problem = problem
  }
}

/** Turns one row into a patient that the vault accepts, or says why it is none. */
export function patientOf({ line, cells }: Cells, plan: Plan): Row {
  const reader = new RowReader(cells, plan)
  try {
    const { patient, beside } = reader.read()
    const issues = [patient, ...beside].flatMap((resource) => validate(resource))
    const [issue] = issues
    if (!issue) return { line, patient, beside, warnings: reader.warnings }
    const { code, text } = remark('invalid')
    return {
      line,
      problem: { code, text: { es: `${text.es} ${issue.text.es}`, en: `${text.en} ${issue.text.en}` } },
    }
  } catch (error) {
    if (error instanceof Stopped) return { line, problem: error.problem }
    throw error
  }
}

class RowReader {
  readonly warnings: Remark[] = []
  readonly #cells: readonly string[]
  readonly #plan: Plan

  constructor(cells: readonly string[], plan: Plan) {
    this.#cells = cells.map(cleanCell)
    this.#plan = plan
  }

  read(): { patient: JsonObject; beside: JsonObject[] } {
    const { headings } = this.#plan
    if (this.#cells.slice(headings.length).some((cell) => cell !== '')) this.#stop('too-many-cells')
    if (this.#cells.length < headings.length) this.#warn('few-cells')
    const curp = this.#curp()
    const name = this.#name(curp)
    const birthDate = this.#birthDate(curp)
    const gender = this.#gender(curp)
    const birthState = this.#birthState(curp)
    const identifier = [...this.#record(), ...this.#nationalIdentifiers(curp)]
    const telecom = this.#telecom()
    const address = addressOf(
      (field) => this.#value(field),
      (code, field) => this.#warn(code, field),
    )
    const contact = this.#contact()
    const deceased = this.#deceased()
    const extension = [...birthPlaceOf(birthState), ...this.#extensions()]
    const patient: JsonObject = {
      resourceType: 'Patient',
      ...(extension.length > 0 ? { extension } : {}),
      ...(identifier.length > 0 ? { identifier } : {}),
      active: true,
      name: [name],
      ...(telecom.length > 0 ? { telecom } : {}),
      ...(gender === undefined ? {} : { gender }),
      ...(birthDate === undefined ? {} : { birthDate }),
      ...deceased,
      ...(address ? { address: [address] } : {}),
      ...this.#texts(),
      ...(contact ? { contact: [contact] } : {}),
    }
    return { patient, beside: this.#beside() }
  }

  #curp(): Curp | undefined {
    const text = this.#value('curp')
    if (text === '') return undefined
    const curp = readCurp(text)
    if (!('fault' in curp)) return curp
    this.#warn(`curp-${curp.fault}`, 'curp')
    return undefined
  }

  #name(curp: Curp | undefined): JsonObject {
    const whole = this.#raw('fullName')
    const divided = whole === '' ? undefined : divide(whole, this.#plan.names, curp?.value)
    const families = familiesOf(this.#raw('families'))
    const parts = divided ?? {
      given: [this.#raw('given'), this.#raw('secondGiven')].filter(Boolean).join(' '),
      father: this.#raw('fathersFamily') || families.father,
      mother: this.#raw('mothersFamily') || families.mother,
    }
    if (whole !== '' && !divided) {
      this.#warn('name-undivided', 'fullName')
      return { use: 'official', text: whole }
    }
    const { given, father, mother } = parts
    const family = [father, mother].filter((each) => each !== '' && !/^[-.x*]+$/i.test(each))
    if (given === '' && family.length === 0) this.#stop('no-name')
    if (family.length === 0) this.#warn('no-family')
    if (divided?.isGuess || (!divided && families.isGuess))
      this.#warn('name-guess', divided ? 'fullName' : 'families')
    if (curp && !nameAgrees(curp.value, father, mother, given)) this.#warn('curp-name', 'curp')
    // A family name that may be two is kept whole: what divides it wrongly is worse than what does not.
    const extension = divided || !families.isGuess ? familyExtensions(father, mother) : []
    return {
      use: 'official',
      text:
        whole && !whole.includes(',') && this.#plan.names === 'given-first'
          ? whole
          : [given, ...family].join(' ').trim(),
      ...(family.length > 0
        ? { family: family.join(' '), ...(extension.length > 0 ? { _family: { extension } } : {}) }
        : {}),
      ...(given === '' ? {} : { given: given.split(' ') }),
    }
  }

  #birthDate(curp: Curp | undefined): string | undefined {
    const day = this.#day('birthDate', curp?.birthDate)
    if (day === undefined && curp) this.#warn('date-from-curp', 'curp')
    else if (curp && day !== curp.birthDate) this.#warn('curp-birth-date', 'curp')
    return day ?? curp?.birthDate
  }

  /** A day, or a mere yes. */
  #deceased(): JsonObject {
    const text = this.#value('deceased')
    if (/^(no|false|vivo|viva)$/i.test(text)) return {}
    if (/^(s[ií]|yes|true|fallecid[oa]|finad[oa])$/i.test(text)) return { deceasedBoolean: true }
    const day = this.#day('deceased')
    return day === undefined ? {} : { deceasedDateTime: day }
  }

  #day(field: Field, known?: string): string | undefined {
    const text = this.#value(field)
    if (text === '') return undefined
    // NOM-024's way to write an unknown day, and what forms fill in.
    if (/^(0?9[-/]0?9[-/]9999|9999-09-09|0?1[-/]0?1[-/]1(8|9)00|1(8|9)00-01-01|0+[-/]0+[-/]0+)$/.test(text)) {
      this.#warn('date-stands-for-none', field)
      return undefined
    }
    const { dates: order, epoch, today } = this.#plan
    const written = readDay(text)
    const days = written ? daysOf(written, { order, epoch, today, known }) : []
    const [day, other] = days
    if (day === undefined || !isDay(day)) return this.#stop('date-unknown', field)
    if (other !== undefined) {
      if (day.slice(2) !== other.slice(2)) return this.#stop('date-two-ways', field)
      this.#warn('date-century', field)
    }
    if (day > today) return this.#stop('date-future', field)
    if (Number(day.slice(0, 4)) < Number(today.slice(0, 4)) - ageMaxYears)
      return this.#stop('date-ancient', field)
    return day
  }

  #gender(curp: Curp | undefined): string | undefined {
    const text = this.#value('sex')
    const gender = text === '' ? undefined : genderOf(text, this.#plan.sexM)
    if (text !== '' && gender === undefined) this.#warn('sex-unknown', 'sex')
    if (text === '' && curp) {
      this.#warn('sex-from-curp', 'curp')
      return curp.sex
    }
    if (curp && gender !== undefined && gender !== 'unknown' && gender !== curp.sex)
      this.#warn('curp-sex', 'curp')
    return gender
  }

  #birthState(curp: Curp | undefined): string {
    const text = this.#value('birthState')
    const state = stateOf(text)
    if (curp && state && state.renapo !== curp.state) this.#warn('curp-state', 'curp')
    return text
  }

  #record(): JsonObject[] {
    const value = this.#value('record')
    if (value === '') return []
    // A number that has lost digits is another patient's.
    if (isCutByExcel(value)) this.#stop('cut-by-excel', 'record')
    const { recordSystem } = this.#plan
    return [
      {
        use: 'usual',
        type: typed('MR', 'Número de expediente'),
        ...(recordSystem ? { system: recordSystem } : {}),
        value,
      },
    ]
  }

  #nationalIdentifiers(curp: Curp | undefined): JsonObject[] {
    const list: JsonObject[] = []
    if (curp)
      list.push({ use: 'official', type: typed('NI', 'CURP'), system: systems.curp, value: curp.value })
    const rfc = this.#value('rfc').toUpperCase().replace(/[\s-]/g, '')
    if (rfc !== '') {
      if (isRfc(rfc))
        list.push({ use: 'official', type: typed('TAX', 'RFC'), system: systems.rfc, value: rfc })
      else this.#warn('rfc-form', 'rfc')
    }
    const written = this.#value('nss')
    if (written !== '') {
      const digits = written.replace(/[\s-]/g, '').padStart(11, '0')
      if (isCutByExcel(written)) this.#warn('cut-by-excel', 'nss')
      else if (isNss(digits))
        list.push({ use: 'official', type: typed('SB', 'NSS'), system: systems.nss, value: digits })
      else this.#warn('nss-check-digit', 'nss')
    }
    return list
  }

  #telecom(): JsonObject[] {
    const list: JsonObject[] = []
    for (const [at, field] of this.#plan.columns.entries()) {
      const use = field === undefined ? undefined : uses[field]
      const text = this.#valueAt(at)
      if (use === undefined || text === '') continue
      if (use === 'email') {
        if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)) this.#warn('email-form', field)
        list.push({ system: 'email', value: text })
        continue
      }
      list.push(...this.#phones(text, field!).map((value) => ({ system: 'phone', value, use })))
    }
    return list
  }

  #phones(text: string, field: Field): string[] {
    if (isCutByExcel(text)) {
      this.#warn('cut-by-excel', field)
      return []
    }
    const phones = phonesOf(text)
    if (phones.some(({ isCertain }) => !isCertain)) this.#warn('phone-as-written', field)
    return phones.map(({ value }) => value)
  }

  #contact(): JsonObject | undefined {
    const [name, phone, relation] = [
      this.#value('contactName'),
      this.#value('contactPhone'),
      this.#value('contactRelation'),
    ]
    if (name === '' && phone === '') return undefined
    const telecom =
      phone === '' ? [] : this.#phones(phone, 'contactPhone').map((value) => ({ system: 'phone', value }))
    return {
      ...(relation === '' ? {} : { relationship: [{ text: relation }] }),
      ...(name === '' ? {} : { name: { text: name } }),
      ...(telecom.length > 0 ? { telecom } : {}),
    }
  }

  /** Words that are kept as they are: no code is surer than the text. */
  #texts(): JsonObject {
    const [marital, language] = [this.#value('maritalStatus'), this.#value('language')]
    return {
      ...(marital === '' ? {} : { maritalStatus: { text: marital } }),
      ...(language === '' ? {} : { communication: [{ language: { text: language } }] }),
    }
  }

  #extensions(): JsonObject[] {
    const base = 'http://hl7.org/fhir/StructureDefinition/patient-'
    const [nationality, religion] = [this.#value('nationality'), this.#value('religion')]
    return [
      ...(nationality === ''
        ? []
        : [
            {
              url: `${base}nationality`,
              extension: [{ url: 'code', valueCodeableConcept: { text: nationality } }],
            },
          ]),
      ...(religion === '' ? [] : [{ url: `${base}religion`, valueCodeableConcept: { text: religion } }]),
    ]
  }

  #beside(): JsonObject[] {
    const blood = this.#value('bloodGroup')
    const group = bloodGroupOf(blood)
    if (blood !== '' && group === undefined) this.#warn('blood-unknown', 'bloodGroup')
    const coverage = coverageOf(this.#value('insurer'), this.#value('policy'))
    return [...(group === undefined ? [] : [bloodObservation(group)]), ...(coverage ? [coverage] : [])]
  }

  /** The cell of a field, or nothing. */
  #raw(field: Field): string {
    return this.#cells[this.#plan.columns.indexOf(field)] ?? ''
  }

  #value(field: Field): string {
    return this.#valueAt(this.#plan.columns.indexOf(field))
  }

  #valueAt(at: number): string {
    const text = this.#cells[at] ?? ''
    return saysNothing(text) ? '' : text
  }

  #warn(code: RowCode, field?: Field): void {
    this.warnings.push(remark(code, this.#heading(field)))
  }

  #stop(code: RowCode, field?: Field): never {
    throw new Stopped(remark(code, this.#heading(field)))
  }

  #heading(field: Field | undefined): string | undefined {
    return field === undefined ? undefined : this.#plan.headings[this.#plan.columns.indexOf(field)]
  }
}

/** The oldest person of whom there is proof reached 122. */
const ageMaxYears = 125

const uses: Partial<Record<Field, 'home' | 'mobile' | 'work' | 'email'>> = {
  phone: 'home',
  mobile: 'mobile',
  workPhone: 'work',
  email: 'email',
}

function familyExtensions(father: string, mother: string): JsonObject[] {
  const base = 'http://hl7.org/fhir/StructureDefinition/humanname-'
  return [
    ...(father === '' ? [] : [{ url: `${base}fathers-family`, valueString: father }]),
    ...(mother === '' || /^[-.x*]+$/i.test(mother)
      ? []
      : [{ url: `${base}mothers-family`, valueString: mother }]),
  ]
}

function typed(code: string, text: string): JsonObject {
  return { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code }], text }
}
