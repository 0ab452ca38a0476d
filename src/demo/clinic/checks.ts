import type { House, Person } from '../types.ts'
import { ageOn, isWorkday } from './days.ts'

/** What no chart may be: each check names the faults it finds, and finds none in a chart that holds together. */

interface Coded {
  coding?: { system?: string; code: string }[]
  text?: string
}
interface Quantity {
  value: number
  unit: string
}

/** What is read of any resource. */
export interface Read {
  resourceType: string
  id: string
  [element: string]: unknown
  code: Coded
  status?: string
  class: { code: string }
  encounter?: { reference: string }
  period: { start: string; end: string }
  valueQuantity?: Quantity
  component?: { valueQuantity: Quantity }[]
  interpretation?: Coded[]
  referenceRange?: { low?: Quantity; high?: Quantity }[]
  reasonReference?: { reference: string }[]
  medicationCodeableConcept: Coded
  clinicalStatus?: Coded
  content: { attachment: { contentType: string; data: string } }[]
  context: { encounter: { reference: string }[] }
}

export interface Chart {
  person: Person
  house: House
  /** The facility's day: nothing in a chart is of it or of later. */
  today: string
  resources: readonly Read[]
}

export const of = ({ resources }: Pick<Chart, 'resources'>, type: string): Read[] =>
  resources.filter(({ resourceType }) => resourceType === type)

export function textOf(note: Read): string {
  const [content] = note.content
  return content?.attachment.contentType.startsWith('text')
    ? Buffer.from(content.attachment.data, 'base64').toString('utf8')
    : ''
}

const icdOf = ({ code }: Read): string =>
  code.coding?.find(({ system }) => system?.endsWith('icd-10'))?.code ?? ''
const atcOf = ({ medicationCodeableConcept }: Read): string =>
  medicationCodeableConcept.coding?.[0]?.code ?? ''
const notesOf = (chart: Chart): { note: Read; text: string }[] =>
  of(chart, 'DocumentReference')
    .map((note) => ({ note, text: textOf(note) }))
    .filter(({ text }) => text !== '')

/** What stands below a heading of a note. */
function section(text: string, title: string): string {
  return new RegExp(`^${title}:\\n([\\s\\S]*?)\\n\\n`, 'm').exec(text)?.[1] ?? ''
}

function references({ house, person, resources }: Chart): string[] {
  const { locations, staff, organization } = house
  const places = [locations.emergency, locations.delivery, locations.vaccination]
  const known = new Set([
    organization,
    `Patient/${person.id}`,
    ...staff.map(({ practitioner }) => practitioner),
    ...[...places, ...locations.consulting, ...locations.wards].map(({ reference }) => reference),
    ...resources.map(({ resourceType, id }) => `${resourceType}/${id}`),
  ])
  return [...JSON.stringify(resources).matchAll(/"reference":"([^"]+)"/g)]
    .map(([, reference = '']) => reference)
    .filter((reference) => !known.has(reference))
}

function days({ person, today, resources }: Chart): string[] {
  return resources.flatMap((resource) => {
    const facts = JSON.stringify(resource)
      .replaceAll(/"(valueDateTime|expirationDate)":"[^"]+"/g, '""')
      .replaceAll(/"birthDate":"[^"]+"/g, '""')
    return [...facts.matchAll(/"(\d{4}-\d\d-\d\d)[T"]/g)]
      .filter(([, day = '']) => day < person.birthDate || day >= today)
      .map(([, day]) => `${resource.id} ${day}`)
  })
}

function order(chart: Chart): string[] {
  const encounters = new Map(of(chart, 'Encounter').map((each) => [`Encounter/${each.id}`, each]))
  const reversed = [...encounters.values()].filter(({ period }) => period.start >= period.end)
  const outside = of(chart, 'Observation').filter((each) => {
    const during = each.encounter && encounters.get(each.encounter.reference)
    const when = String(each['effectiveDateTime'])
    return during && (when < during.period.start || when > during.period.end)
  })
  return [...reversed, ...outside].map(({ id }) => id)
}

function officeHours(chart: Chart): string[] {
  return of(chart, 'Encounter')
    .filter(({ class: { code }, period: { start } }) => {
      if (start > '2022-10-31' && !start.endsWith('-06:00')) return true
      if (code !== 'AMB') return false
      const hour = start.slice(11, 13)
      return !isWorkday(start.slice(0, 10)) || hour < '08' || hour >= '18'
    })
    .map(({ id }) => id)
}

function sexAndAge(chart: Chart): string[] {
  const { person } = chart
  return of(chart, 'Condition')
    .filter((condition) => {
      const code = icdOf(condition)
      if (code.startsWith('N40')) return person.sex !== 'male'
      if (!/^(O|Z34)/.test(code)) return false
      const age = ageOn(person.birthDate, String(condition['recordedDate']))
      return person.sex !== 'female' || age < 14 || age > 46
    })
    .map(({ id }) => id)
}

function reasons(chart: Chart): string[] {
  const mine = new Set(of(chart, 'Condition').map(({ id }) => `Condition/${id}`))
  return of(chart, 'MedicationRequest')
    .filter(({ reasonReference }) => !mine.has(reasonReference?.[0]?.reference ?? ''))
    .map(({ id }) => id)
}

const allergens: Readonly<Record<string, RegExp>> = {
  'Alergia a antiinflamatorios no esteroideos': /^(M01A|B01AC06|N02BB)/,
  '91936005': /^J01C/,
  '91939003': /^(J01E|A07EC)/,
}

function allergies(chart: Chart): string[] {
  const known = of(chart, 'AllergyIntolerance').flatMap(({ code }) => [
    code.text ?? '',
    ...(code.coding ?? []).map(({ code }) => code),
  ])
  return of(chart, 'MedicationRequest')
    .filter((request) => known.some((allergy) => allergens[allergy]?.test(atcOf(request))))
    .map(({ id }) => id)
}

/** Of these nobody takes two at a time, whatever their names. */
const single = [/^C09/, /^C07/, /^C10AA/, /^R03(BA|AK)/, /^N06AB/, /^B01A[AF]/, /^A02BC/]

function together(chart: Chart): string[] {
  const active = of(chart, 'MedicationRequest')
    .filter(({ status }) => status === 'active')
    .map(atcOf)
  const faults = single
    .filter((family) => active.filter((atc) => family.test(atc)).length > 1)
    .map((family) => `two of ${family.source}`)
  if (new Set(active).size !== active.length) faults.push(`twice the same: ${active.join()}`)
  if (active.some((atc) => /^B01A[AF]/.test(atc)) && active.some((atc) => atc.startsWith('M01A')))
    faults.push('anticoagulant and antiinflammatory')
  const filtered = of(chart, 'Observation')
    .filter(({ code }) => code.coding?.[0]?.code === '98979-8')
    .at(-1)?.valueQuantity?.value
  if ((filtered ?? 90) < 30 && active.includes('A10BA02')) faults.push('metformin and failing kidneys')
  const takesMethotrexate = active.includes('L04AX03')
  if (takesMethotrexate && !active.includes('B03BB01')) faults.push('methotrexate without folic acid')
  return faults
}

function interpretations(chart: Chart): string[] {
  return of(chart, 'Observation')
    .filter(({ valueQuantity, interpretation, referenceRange }) => {
      const [range] = referenceRange ?? []
      if (!range || !valueQuantity) return false
      const { low, high } = range
      const { value } = valueQuantity
      const want = low && value < low.value ? 'L' : high && value > high.value ? 'H' : 'N'
      return interpretation?.[0]?.coding?.[0]?.code !== want
    })
    .map(({ id }) => id)
}

const stated =
  /(?:HbA1c|glucosa|creatinina|hemoglobina|peso|FC|FR|SpO2|INR|TSH|LDL|FCF|fondo uterino|PHQ-9|leucocitos) (\d+(?:\.\d+)?)(?! h )(?=[ ,;)]|\.\s)/g

function values(chart: Chart): string[] {
  const observations = of(chart, 'Observation')
  const pressures = new Set(
    observations.map(({ component }) => component?.map(({ valueQuantity }) => valueQuantity.value).join('/')),
  )
  return notesOf(chart).flatMap(({ note, text }) => {
    const until = String(note['date'])
    const known = new Set(
      observations
        .filter((one) => String(one['effectiveDateTime']) <= until)
        .flatMap(({ valueQuantity }) => valueQuantity?.value ?? []),
    )
    return [
      ...[...text.matchAll(/TA (\d+\/\d+) mmHg/g)].filter(([, pressure]) => !pressures.has(pressure)),
      ...[...text.matchAll(stated)].filter(([, value]) => !known.has(Number(value))),
    ].map(([said]) => `${note.id}: ${said}`)
  })
}

/** Of one part of the body a note does not say that it is well and that it is ill. */
const contradictions: readonly (readonly [well: RegExp, ill: RegExp])[] = [
  [/sin edema/i, /(?<!sin )edema (maleolar|hasta|de tobillos|de piernas|con godete)/i],
  [/campos pulmonares limpios|tórax sin estertores/i, /(?<!sin )estertores (finos|crepitantes|hasta)/i],
  [/(?<!r)rítmicos|ritmo regular/i, /arrítmico|pulso irregular/i],
  [/abdomen blando/i, /ascitis grado/i],
]

function examinations(chart: Chart): string[] {
  return notesOf(chart)
    .filter(({ text }) => {
      const found = section(text, 'Objetivo') || section(text, 'Exploración física')
      return contradictions.some(([well, ill]) => well.test(found) && ill.test(found))
    })
    .map(({ note }) => note.id)
}

/** One illness has one current entry: of the kidneys, their stage. */
function problemList(chart: Chart): string[] {
  const active = of(chart, 'Condition')
    .filter(({ clinicalStatus }) => clinicalStatus?.coding?.[0]?.code === 'active')
    .map((condition) => icdOf(condition).replace(/^N18.*/, 'N18'))
  return active.filter((code, i) => active.indexOf(code) !== i)
}

const isOff =
  /: (por arriba de la meta|sin control|cifras elevadas|fuera de metas|descontrol|respuesta insuficiente)/
const isAnswered =
  /Se (inicia|indica|prescribe|ajusta|modifica|evita|descarta)|No se indica|Ajuste reciente|Tratamiento modificado|Esquema completo|Sin más escalones|útil también/

/** Who is out of goal is treated otherwise from now on, or told why not. */
function inertia(chart: Chart): string[] {
  return notesOf(chart)
    .filter(({ text }) => {
      const judged = section(text, 'Análisis')
      return isOff.test(judged) && !judged.includes('apego') && !isAnswered.test(section(text, 'Plan'))
    })
    .map(({ note }) => note.id)
}

export const checks = {
  references,
  days,
  order,
  officeHours,
  sexAndAge,
  reasons,
  allergies,
  together,
  interpretations,
  values,
  examinations,
  problemList,
  inertia,
} satisfies Record<string, (chart: Chart) => string[]>
