import type { Day } from '../types.ts'
import { inSystem, quantity, reference } from './coding.ts'
import { addDays, addMonths, ageOn, isWorkday, workdayFrom } from './days.ts'
import type { Life } from './life.ts'
import { childScheme, vaccines } from './terms/vaccines.ts'

const routes = {
  im: ['IM', 'Intramuscular'],
  sc: ['SC', 'Subcutánea'],
  oral: ['PO', 'Oral'],
  id: ['IDINJ', 'Intradérmica'],
}

export function vaccinate(life: Life, day: Day, key: string, dose: number, minute = 600): void {
  const vaccine = vaccines.get(key)
  if (!vaccine) throw new RangeError(`no vaccine ${key}`)
  const [code = '', display = ''] = routes[vaccine.route]
  const [amount = '', unit = ''] = vaccine.dose.split(' ')
  const nurse = life.nurse()
  life.add({
    resourceType: 'Immunization',
    id: life.id('vacuna'),
    status: 'completed',
    vaccineCode: inSystem('http://hl7.org/fhir/sid/cvx', vaccine.cvx, vaccine.text, vaccine.text),
    patient: life.subjectReference,
    occurrenceDateTime: life.at(day, minute),
    primarySource: true,
    location: {
      reference: life.scene.house.locations.vaccination.reference,
      display: life.scene.house.locations.vaccination.name,
    },
    lotNumber: `${life.random.pick(['A', 'B', 'H', 'K', 'V'])}${life.random.int(1000, 9999)}${life.random.pick(['A', 'C', 'X'])}`,
    expirationDate: addMonths(day, life.random.int(5, 20)),
    site: { text: vaccine.site },
    route: inSystem('http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration', code, display),
    doseQuantity: quantity(Number(amount), (amount.split('.')[1] ?? '').length, unit, unit),
    performer: [{ actor: reference(nurse.practitioner) }],
    protocolApplied: [
      {
        series: 'Cartilla Nacional de Vacunación',
        targetDisease: [{ text: vaccine.against }],
        doseNumberPositiveInt: dose,
      },
    ],
  })
}

/** The booklet: what is due by birth date and by season, as far as the chart reaches. */
export function followBooklet(life: Life): void {
  const { person } = life
  const give = (due: Day, key: string, dose: number) => {
    // The day of birth is no day off for the newborn's vaccines.
    const isBirth = due === person.birthDate
    const wanted = isBirth ? due : workdayFrom(addDays(due, life.random.int(0, 9)))
    if (wanted < life.start) return
    life.schedule(wanted, (day) => {
      if (!isBirth && !isWorkday(day)) return
      vaccinate(life, day, key, dose, isBirth ? 20 * 60 : 9 * 60 + life.random.int(0, 200))
    })
  }
  for (const [months, key, dose] of childScheme) give(addMonths(person.birthDate, months), key, dose)
  if (person.sex === 'female') give(addMonths(person.birthDate, 11 * 12 + 2), 'hpv', 1)
  give(addMonths(person.birthDate, 15 * 12), 'td', 1)
  for (let year = Number(life.start.slice(0, 4)); year <= Number(life.today.slice(0, 4)); year++) {
    const season = addDays(`${year}-10-15`, life.random.int(0, 45))
    const age = ageOn(person.birthDate, season)
    const isAtRisk =
      age >= 60 ||
      (age >= 1 && age < 5) ||
      [
        'asthma',
        'copd',
        'diabetes',
        'heart-failure',
        'hiv',
        'kidney',
        'breast-cancer',
        'cirrhosis',
        'lupus',
        'arthritis',
        'obesity',
        'pregnancy',
      ].some((key) => life.has(key) || person.part.includes(key))
    if (isAtRisk && age >= 1 && life.random.chance(0.85)) give(season, 'influenza', 1)
    if (age >= 60 && year >= 2024 && life.random.chance(0.5)) give(addDays(season, 20), 'covid', year - 2020)
  }
  const at60 = addMonths(person.birthDate, 60 * 12 + 2)
  if (at60 >= life.start) give(at60, 'pneumococcal-adult', 1)
  else if (
    ageOn(person.birthDate, life.start) >= 60 &&
    !life.past.includes(`vacuna: ${saidOf('pneumococcal-adult')}`)
  )
    give(addDays(life.start, 50), 'pneumococcal-adult', 1)
  // Every ten years, and where the last is longer ago than that.
  if (ageOn(person.birthDate, life.start) >= 20 && !life.past.includes(`vacuna: ${saidOf('td')}`))
    give(addDays(life.start, life.random.int(30, 600)), 'td', life.random.int(3, 4))
  if (['hiv', 'cirrhosis', 'kidney'].includes(person.part)) {
    if (ageOn(person.birthDate, life.start) < 60) give(addMonths(life.start, 4), 'pneumococcal-adult', 1)
    for (const [nth, months] of [1, 2, 7].entries())
      give(addMonths(life.start, months), 'hepatitis-b-adult', nth + 1)
  }
}

const saidOf = (key: string): string => (vaccines.get(key)?.text ?? key).replace(/ \(COVID-19\)/, '')

/** By age, the months in which the country's first vaccines against COVID-19 were given. */
const covidMonths: readonly (readonly [age: number, month: string])[] = [
  [60, '2021-04'],
  [50, '2021-06'],
  [40, '2021-07'],
  [30, '2021-08'],
  [18, '2021-09'],
]

/** What a booklet from before the chart tells, to the month. */
export function rememberVaccines(life: Life): void {
  const { person, start } = life
  const chance = life.random.fork('booklet')
  const age = ageOn(person.birthDate, start)
  if (age < 18) {
    if (age >= 2) life.past.push('vacuna: esquema infantil completo')
    return
  }
  const before = (month: string, key: string, dose: number) => {
    if (month >= start.slice(0, 7) || ageOn(person.birthDate, `${month}-01`) < 18) return
    life.past.push(`vacuna: ${saidOf(key)}`)
    remembered(life, month, key, dose)
  }
  const monthsAgo = (months: number) => addMonths(start, -months).slice(0, 7)
  if (chance.chance(0.7)) before(monthsAgo(chance.int(14, 96)), 'td', chance.int(2, 3))
  const [, first = ''] = covidMonths.find(([from]) => ageOn(person.birthDate, '2021-04-01') >= from) ?? []
  if (first !== '' && chance.chance(0.9)) {
    before(first, 'covid', 1)
    before(addMonths(`${first}-01`, 2).slice(0, 7), 'covid', 2)
    if (chance.chance(0.6)) before('2022-02', 'covid', 3)
  }
  if (age >= 60 || chance.chance(0.3)) before(`${Number(start.slice(0, 4)) - 1}-11`, 'influenza', 1)
  if (age >= 65 && chance.chance(0.5)) before(monthsAgo(chance.int(6, 40)), 'pneumococcal-adult', 1)
}

function remembered(life: Life, month: string, key: string, dose: number): void {
  const vaccine = vaccines.get(key)
  if (!vaccine) throw new RangeError(`no vaccine ${key}`)
  life.add({
    resourceType: 'Immunization',
    id: life.id('vacuna'),
    status: 'completed',
    vaccineCode: inSystem('http://hl7.org/fhir/sid/cvx', vaccine.cvx, vaccine.text, vaccine.text),
    patient: life.subjectReference,
    occurrenceDateTime: month,
    primarySource: false,
    reportOrigin: { text: 'Cartilla que presenta el paciente' },
    protocolApplied: [{ targetDisease: [{ text: vaccine.against }], doseNumberPositiveInt: dose }],
  })
}
