import { addDays, ageOn } from './calendar.ts'
import { curpCheckDigit, curpStem, inventedCurp } from './curp.ts'
import { familyName, givenNames, rareNamesOf, type RareNames } from './names.ts'
import { birthplace, dwelling, type Address, type Birthplace } from './places.ts'
import { createRandom } from './random.ts'
import type { BloodGroup, Contact, Day, Marital, Person, Random, Sex } from './types.ts'

/** Whom a seat is for: that is the clinic's to say; what they are called and where they live is ours. */
export interface Part {
  sex: Sex
  /** Youngest and oldest, both included. */
  age: readonly [number, number]
  unit: 'years' | 'months'
  part: string
  /** Seat of this person's child. */
  motherOf?: number
}

/** A patient, with what only the Patient resource tells. */
export interface Resident extends Person {
  age: number
  address: Address
  birthplace: Birthplace
  phone: string
  email?: string
  /** Beside Spanish: an ISO 639 code. */
  tongue?: string
  /** Where she is one of the cast, and likewise the child of one. */
  mother?: Resident
  child?: Resident
}

export interface Census {
  seed: string
  /** The day on which the hospital is made: ages count from it. */
  today: Day
  count: number
  cast: readonly Part[]
  /** Somebody beyond the cast. */
  draw: (random: Random) => Part
}

/**
 * The patients, in order of their seats. They come one by one, and only the CURPs of those before are remembered, in
 * some 60 bytes each. The same census gives the same people, and a larger one the same and more.
 */
export async function* people(census: Census): AsyncGenerator<Resident> {
  // A megabyte of code and lists that only the making of a hospital needs.
  const { faker } = await import('@faker-js/faker/locale/es_MX')
  const lists = {
    rare: rareNamesOf(faker),
    // One does not live in a "Calle Eje 5".
    streets: (faker.rawDefinitions.location?.street_name_part ?? []).filter(
      (name: string) => !/^(Eje|Barrio) /.test(name),
    ),
  }
  const namesakes = new Map<string, number>()
  for (let seat = 0; seat < census.count; seat++) {
    const person = residentOf(census, seat, lists, namesakes)
    const childSeat = census.cast[seat]?.motherOf
    yield childSeat === undefined
      ? person
      : { ...person, child: residentOf(census, childSeat, lists, new Map()) }
  }
}

interface Lists {
  rare: RareNames
  streets: readonly string[]
}

function residentOf(
  census: Census,
  seat: number,
  { rare, streets }: Lists,
  namesakes: Map<string, number>,
): Resident {
  const { seed, today, cast } = census
  const random = createRandom(`${seed}/person/${seat}`)
  const part = cast[seat] ?? census.draw(random.fork('part'))
  const { sex } = part
  const daysOld = daysOldOf(random.fork('birth'), part)
  const birthDate = addDays(today, -daysOld)
  const age = ageOn(birthDate, today)
  const family = familyOf(seed, seat, rare)
  const motherSeat = cast.findIndex(({ motherOf }) => motherOf === seat)
  const mother = motherSeat < 0 ? undefined : residentOf(census, motherSeat, { rare, streets }, new Map())
  const secondFamily = mother?.family ?? familyName(random.fork('second'), rare)
  const given = givenNames(random.fork('given'), sex, Math.floor(daysOld / daysOfYear), rare)
  const text = [...given, family, secondFamily].join(' ')
  // A child lives with its mother.
  const home = dwelling(createRandom(`${seed}/home/${motherSeat < 0 ? seat : motherSeat}`), streets)
  const born = birthplace(random.fork('birthplace'), age)
  const subject = { given: given.join(' '), family, secondFamily, birthDate, sex, state: born.code }
  const stem = curpStem(subject)
  const homonym = namesakes.get(stem) ?? 0
  namesakes.set(stem, homonym + 1)
  const life = random.fork('life')
  const status = age >= 18 ? marital(life, age) : undefined
  return {
    id: patientIdOf(seat),
    seat,
    sex,
    birthDate,
    given,
    family,
    secondFamily,
    text,
    curp: inventedCurp(subject, homonym),
    record: recordOf(seat),
    city: home.address.city,
    state: home.address.state,
    blood: random.fork('blood').weighted(bloodGroups),
    part: part.part,
    age,
    address: home.address,
    birthplace: born,
    phone: phone(life, home.dial),
    ...(age >= 16 && age < 70 && life.chance(0.6) ? { email: emailOf(given, family, seat) } : {}),
    ...(status === undefined ? {} : { marital: status }),
    ...(['OC', 'CS', 'YN', 'GR', 'PL', 'HG'].includes(born.code) && life.chance(0.25)
      ? { tongue: tongues[born.code]! }
      : {}),
    ...(mother ? { mother } : {}),
    contact: mother
      ? { relationship: 'mother', ...mother }
      : contactOf(
          random.fork('contact'),
          { age, sex, family, secondFamily, marital: status, dial: home.dial },
          rare,
        ),
  }
}

export const careTeamIdOf = (patient: string): string => `${patient}-equipo`
export const patientIdOf = (seat: number): string => `paciente-${String(seat + 1).padStart(6, '0')}`

const familyOf = (seed: string, seat: number, rare: RareNames) =>
  familyName(createRandom(`${seed}/person/${seat}/family`), rare)

const daysOfYear = 365.25

/** Without the day of today: nobody is called otherwise because a year has passed. */
function daysOldOf(random: Random, { age: [youngest, oldest], unit }: Part): number {
  const days = daysOfYear / (unit === 'years' ? 1 : 12)
  // A completed year, or month, lasts until the next one.
  return random.int(Math.ceil(youngest * days) + 1, Math.floor((oldest + 1) * days) - 2)
}

/** The institution's numbers are not given in order of arrival here, and end in a check digit as a CURP does. */
function recordOf(seat: number): string {
  const number = String(100_000 + ((seat * 611_953 + 4_217) % 900_000))
  return `HGD-${number}-${curpCheckDigit(number.padStart(17, '0'))}`
}

/** No subscriber of Mexico City has 5550 0…; elsewhere the same digits after the area's code. */
function phone(random: Random, dial: string): string {
  const last = String(random.int(0, 999)).padStart(3, '0')
  return dial.length === 2 ? `+52 ${dial} 5550 0${last}` : `+52 ${dial} 550 0${last}`
}

function emailOf(given: readonly string[], family: string, seat: number): string {
  const plain = (name: string) =>
    name.normalize('NFD').replace(/\p{M}/gu, '').replace(/\s/g, '').toLowerCase()
  return `${plain(given[0]!)}.${plain(family)}${seat + 1}@correo.example`
}

function marital(random: Random, age: number): Marital {
  if (age < 25)
    return random.weighted([
      ['S', 8],
      ['T', 2],
      ['M', 1],
    ] as const)
  if (age < 65)
    return random.weighted([
      ['M', 5],
      ['T', 3],
      ['S', 2],
      ['D', 1],
    ] as const)
  return random.weighted([
    ['M', 5],
    ['W', 4],
    ['S', 1],
    ['D', 1],
  ] as const)
}

/** Languages spoken beside Spanish in the states where most of their speakers were born. */
const tongues: Readonly<Record<string, string>> = {
  OC: 'zap',
  CS: 'tzo',
  YN: 'yua',
  GR: 'nah',
  PL: 'nah',
  HG: 'nah',
}

const bloodGroups: readonly (readonly [BloodGroup, number])[] = [
  ['O+', 59],
  ['A+', 25],
  ['B+', 8],
  ['O-', 3.5],
  ['AB+', 2],
  ['A-', 1.6],
  ['B-', 0.6],
  ['AB-', 0.2],
]

/** Whom the hospital calls: a child's mother or father, an elder's child, a spouse or sibling between. */
function contactOf(
  random: Random,
  of: Pick<Resident, 'age' | 'sex' | 'family' | 'secondFamily'> & {
    marital: string | undefined
    dial: string
  },
  rare: RareNames,
): Contact {
  const other: Sex = of.sex === 'female' ? 'male' : 'female'
  const anySex: Sex = random.chance(0.5) ? 'female' : 'male'
  const another = familyName(random, rare)
  const ages = {
    mother: of.age + 26,
    father: of.age + 28,
    spouse: of.age,
    child: of.age - 27,
    sibling: of.age,
  }
  const spouses = ['M', 'T'].includes(of.marital ?? '') ? 6 : 0
  const kind = random.weighted<keyof typeof ages>(
    of.age < 18
      ? [
          ['mother', 8],
          ['father', 2],
        ]
      : of.age < 55
        ? [
            ['spouse', spouses],
            ['sibling', 3],
            ['mother', of.age < 45 ? 3 : 1],
          ]
        : [
            ['child', 7],
            ['spouse', spouses / 2],
            ['sibling', 0.5],
          ],
  )
  const kin = {
    mother: { sex: 'female', family: of.secondFamily, secondFamily: another },
    father: { sex: 'male', family: of.family, secondFamily: another },
    spouse: { sex: other, family: another, secondFamily: familyName(random, rare) },
    child:
      of.sex === 'male'
        ? { sex: anySex, family: of.family, secondFamily: another }
        : { sex: anySex, family: another, secondFamily: of.family },
    sibling: { sex: anySex, family: of.family, secondFamily: of.secondFamily },
  } as const
  const { sex, family, secondFamily } = kin[kind]
  const given = givenNames(random, sex, Math.max(ages[kind], 18), rare)
  const relationship = kind === 'spouse' && of.marital === 'T' ? 'partner' : kind
  return { relationship, sex, given, family, secondFamily, phone: phone(random, of.dial) }
}
