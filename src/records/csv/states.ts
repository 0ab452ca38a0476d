/** The 32 federal entities of Mexico: INEGI's code and name, RENAPO's two letters (in the CURP), and how people write them. */
import { fold } from '../search/index.ts'

export interface State {
  /** INEGI, Marco Geoestadístico: `01` to `32`. */
  inegi: string
  /** Of the CURP. */
  renapo: string
  name: string
}

/** INEGI has no OID or URI of its own for the codes that we know of: this is the page of its catalogue. */
export const stateSystem = 'https://www.inegi.org.mx/app/ageeml/'

const rows: readonly (readonly [string, string, string, ...string[]])[] = [
  ['01', 'AS', 'Aguascalientes', 'ags', 'agu'],
  ['02', 'BC', 'Baja California', 'bcn', 'baja california norte'],
  ['03', 'BS', 'Baja California Sur', 'bcs'],
  ['04', 'CC', 'Campeche', 'camp', 'cam'],
  ['05', 'CL', 'Coahuila de Zaragoza', 'coahuila', 'coah', 'coa'],
  ['06', 'CM', 'Colima', 'col'],
  ['07', 'CS', 'Chiapas', 'chis', 'chp'],
  ['08', 'CH', 'Chihuahua', 'chih', 'chh'],
  [
    '09',
    'DF',
    'Ciudad de México',
    'cdmx',
    'cd de mexico',
    'cd mexico',
    'cmx',
    'distrito federal',
    'mexico df',
    'mexico d f',
    'd f',
    'mexico city',
  ],
  ['10', 'DG', 'Durango', 'dgo', 'dur'],
  ['11', 'GT', 'Guanajuato', 'gto', 'gua'],
  ['12', 'GR', 'Guerrero', 'gro'],
  ['13', 'HG', 'Hidalgo', 'hgo', 'hid'],
  ['14', 'JC', 'Jalisco', 'jal'],
  [
    '15',
    'MC',
    'México',
    'estado de mexico',
    'edo de mexico',
    'edo de mex',
    'edo mex',
    'edomex',
    'mex',
    'edo mexico',
    'state of mexico',
  ],
  ['16', 'MN', 'Michoacán de Ocampo', 'michoacan', 'mich', 'mic'],
  ['17', 'MS', 'Morelos', 'mor'],
  ['18', 'NT', 'Nayarit', 'nay'],
  ['19', 'NL', 'Nuevo León', 'nuevo leon', 'n l', 'nle'],
  ['20', 'OC', 'Oaxaca', 'oax'],
  ['21', 'PL', 'Puebla', 'pue'],
  ['22', 'QT', 'Querétaro', 'qro', 'que', 'queretaro de arteaga'],
  ['23', 'QR', 'Quintana Roo', 'q roo', 'qroo', 'roo'],
  ['24', 'SP', 'San Luis Potosí', 'slp', 's l p'],
  ['25', 'SL', 'Sinaloa', 'sin'],
  ['26', 'SR', 'Sonora', 'son'],
  ['27', 'TC', 'Tabasco', 'tab'],
  ['28', 'TS', 'Tamaulipas', 'tamps', 'tam', 'tamp'],
  ['29', 'TL', 'Tlaxcala', 'tlax', 'tla'],
  ['30', 'VZ', 'Veracruz de Ignacio de la Llave', 'veracruz', 'ver', 'veracruz llave'],
  ['31', 'YN', 'Yucatán', 'yuc'],
  ['32', 'ZS', 'Zacatecas', 'zac'],
]

const states = new Map<string, State>()
for (const [inegi, renapo, name, ...others] of rows) {
  const state = { inegi, renapo, name }
  for (const written of [inegi, String(Number(inegi)), renapo, name, ...others])
    states.set(foldState(written), state)
}

/** The entity that a cell names, or undefined where it names none for certain. */
export function stateOf(text: string): State | undefined {
  return states.get(foldState(text)) ?? states.get(foldState(text.replace(/^\s*\d{1,2}\s*[-.–]\s*/, '')))
}

function foldState(text: string): string {
  return fold(text)
    .replace(/^mx-/, '')
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()
}
