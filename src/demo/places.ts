import type { Random } from './types.ts'

/** Where patients live: mostly around the hospital. No postal code that ends in 990 … 999 is anybody's here. */
const areas = [
  { city: 'Ciudad de México', district: 'Iztapalapa', state: 'Ciudad de México', post: '09', dial: '55' },
  { city: 'Ciudad de México', district: 'Coyoacán', state: 'Ciudad de México', post: '04', dial: '55' },
  { city: 'Ciudad de México', district: 'Tlalpan', state: 'Ciudad de México', post: '14', dial: '55' },
  { city: 'Ciudad de México', district: 'Xochimilco', state: 'Ciudad de México', post: '16', dial: '55' },
  { city: 'Ciudad de México', district: 'Tláhuac', state: 'Ciudad de México', post: '13', dial: '55' },
  { city: 'Ciudad de México', district: 'Iztacalco', state: 'Ciudad de México', post: '08', dial: '55' },
  { city: 'Nezahualcóyotl', state: 'México', post: '57', dial: '55' },
  { city: 'Chimalhuacán', state: 'México', post: '56', dial: '55' },
  { city: 'Valle de Chalco Solidaridad', state: 'México', post: '56', dial: '55' },
  { city: 'Ixtapaluca', state: 'México', post: '56', dial: '55' },
  { city: 'Ecatepec de Morelos', state: 'México', post: '55', dial: '55' },
  { city: 'Toluca', state: 'México', post: '50', dial: '722' },
  { city: 'Cuautla', state: 'Morelos', post: '62', dial: '735' },
  { city: 'Pachuca de Soto', state: 'Hidalgo', post: '42', dial: '771' },
  { city: 'Puebla', state: 'Puebla', post: '72', dial: '222' },
] as const

const areaWeights = [24, 9, 8, 7, 7, 6, 10, 7, 5, 5, 6, 2, 2, 1, 2]

const colonies = [
  'Centro',
  'Ampliación Aurora',
  'Barrio San Lucas del Pozo',
  'Bosque de las Nubes',
  'Campestre El Tepozán',
  'Ejidos de San Gabriel',
  'El Mirador de Arriba',
  'Jardines de la Bugambilia',
  'La Cantera Rosa',
  'Las Golondrinas',
  'Lomas del Colibrí',
  'Los Ahuehuetes',
  'Los Capulines',
  'Pueblo de Santa Inés Tetla',
  'Rinconada del Maguey',
  'San Isidro Labrador',
  'Santa Bárbara del Monte',
  'Tres Magueyes',
  'Unidad Habitacional Las Torres de Agua',
  'Valle del Halcón',
  'Zapotitla Norte',
  'Xaltepec Segunda Sección',
]

const roads = [
  ['Calle', 12],
  ['Avenida', 4],
  ['Privada', 4],
  ['Cerrada', 4],
  ['Callejón', 2],
  ['Andador', 2],
  ['Calzada', 1],
  ['Prolongación', 1],
  ['Retorno', 1],
] as const

/** States of birth, as their CURP codes and their names, with how many of the patients come from each. */
const births = [
  ['DF', 'Ciudad de México', 45],
  ['MC', 'México', 22],
  ['PL', 'Puebla', 6],
  ['OC', 'Oaxaca', 5],
  ['VZ', 'Veracruz de Ignacio de la Llave', 5],
  ['HG', 'Hidalgo', 4],
  ['GR', 'Guerrero', 4],
  ['MN', 'Michoacán de Ocampo', 3],
  ['MS', 'Morelos', 2],
  ['TL', 'Tlaxcala', 2],
  ['GT', 'Guanajuato', 2],
  ['CS', 'Chiapas', 2],
  ['JC', 'Jalisco', 1],
  ['QT', 'Querétaro', 1],
  ['YN', 'Yucatán', 1],
  ['TC', 'Tabasco', 0.5],
  ['SP', 'San Luis Potosí', 0.5],
  ['ZS', 'Zacatecas', 0.5],
  ['AS', 'Aguascalientes', 0.2],
  ['BC', 'Baja California', 0.2],
  ['BS', 'Baja California Sur', 0.1],
  ['CC', 'Campeche', 0.2],
  ['CH', 'Chihuahua', 0.2],
  ['CL', 'Coahuila de Zaragoza', 0.2],
  ['CM', 'Colima', 0.2],
  ['DG', 'Durango', 0.3],
  ['NL', 'Nuevo León', 0.3],
  ['NT', 'Nayarit', 0.2],
  ['QR', 'Quintana Roo', 0.1],
  ['SL', 'Sinaloa', 0.3],
  ['SR', 'Sonora', 0.2],
  ['TS', 'Tamaulipas', 0.3],
  ['NE', '', 0.6],
] as const

export interface Address {
  line: string[]
  district?: string
  city: string
  state: string
  postalCode: string
}

export interface Dwelling {
  address: Address
  /** For the telephone: the area's code. */
  dial: string
}

/** `streets`: names that streets bear. */
export function dwelling(random: Random, streets: readonly string[]): Dwelling {
  const { post, dial, ...where } = random.weighted(areas.map((area, i) => [area, areaWeights[i]!] as const))
  const number = random.weighted([
    [`${random.int(2, 480)}`, 6],
    [`${random.int(2, 480)}, interior ${random.int(1, 14)}`, 2],
    [`manzana ${random.int(1, 48)}, lote ${random.int(1, 32)}`, 2],
  ] as const)
  const line = [`${random.weighted(roads)} ${random.pick(streets)} ${number}`, random.pick(colonies)]
  return { address: { line, ...where, postalCode: `${post}99${random.int(0, 9)}` }, dial }
}

export interface Birthplace {
  /** The CURP's, `NE` abroad. */
  code: string
  state: string
}

/** The young were mostly born where they live. */
export function birthplace(random: Random, age: number): Birthplace {
  const nearby = births.slice(0, age < 18 && random.chance(0.8) ? 2 : births.length)
  const [code, state] = random.weighted(nearby.map((each) => [each, each[2]] as const))
  return { code, state }
}
