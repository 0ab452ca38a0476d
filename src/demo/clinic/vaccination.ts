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
      ['asthma', 'copd', 'diabetes', 'heart-failure', 'hiv', 'kidney', 'breast-cancer'].some(
        (key) => life.has(key) || person.part.includes(key),
      )
    if (isAtRisk && age >= 1 && life.random.chance(0.85)) give(season, 'influenza', 1)
    if (age >= 60 && year >= 2024 && life.random.chance(0.5)) give(addDays(season, 20), 'covid', year - 2020)
  }
  const at65 = addMonths(person.birthDate, 65 * 12)
  if (at65 >= life.start) give(at65, 'pneumococcal-adult', 1)
  else if (ageOn(person.birthDate, life.start) >= 65) give(addDays(life.start, 50), 'pneumococcal-adult', 1)
  else if (ageOn(person.birthDate, life.start) >= 20)
    give(addDays(life.start, life.random.int(30, 600)), 'td', life.random.int(3, 4))
}
