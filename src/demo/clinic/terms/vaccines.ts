/** Vaccines of the Cartilla Nacional de Vacunación. CVX: https://www2.cdc.gov/vaccines/iis/iisstandards/vaccines.asp */
export interface VaccineTerm {
  cvx: string
  text: string
  dose: string
  route: 'im' | 'sc' | 'oral' | 'id'
  site: string
  against: string
}

/** key: CVX / text / dose / route / site / protects against */
const table = `
bcg: 19 / BCG / 0.1 mL / id / brazo derecho, región deltoidea / Tuberculosis meníngea y miliar
hepatitis-b: 08 / Hepatitis B pediátrica / 0.5 mL / im / muslo izquierdo / Hepatitis B
hexavalent: 146 / Hexavalente acelular (DPaT+VIP+Hib+HepB) / 0.5 mL / im / muslo derecho / Difteria, tosferina, tétanos, poliomielitis, Haemophilus influenzae b y hepatitis B
rotavirus: 119 / Rotavirus monovalente / 1.5 mL / oral / boca / Diarrea por rotavirus
pneumococcal: 133 / Neumocócica conjugada 13-valente / 0.5 mL / im / muslo izquierdo / Infección por neumococo
influenza: 140 / Influenza estacional / 0.5 mL / im / región deltoidea izquierda / Influenza
influenza-infant: 140 / Influenza estacional / 0.25 mL / im / muslo izquierdo / Influenza
mmr: 03 / SRP (sarampión, rubéola y parotiditis) / 0.5 mL / sc / brazo izquierdo / Sarampión, rubéola y parotiditis
dtp: 01 / DPT (refuerzo) / 0.5 mL / im / región deltoidea izquierda / Difteria, tosferina y tétanos
hpv: 62 / VPH tetravalente / 0.5 mL / im / región deltoidea izquierda / Infección por virus del papiloma humano
td: 09 / Td / 0.5 mL / im / región deltoidea izquierda / Tétanos y difteria
tdpa: 115 / Tdpa / 0.5 mL / im / región deltoidea izquierda / Tétanos, difteria y tosferina
pneumococcal-adult: 33 / Neumocócica polisacárida 23-valente / 0.5 mL / im / región deltoidea derecha / Infección por neumococo
hepatitis-b-adult: 43 / Hepatitis B adulto / 1 mL / im / región deltoidea izquierda / Hepatitis B
covid: 213 / SARS-CoV-2 (COVID-19) / 0.3 mL / im / región deltoidea izquierda / COVID-19
`

export const vaccines: ReadonlyMap<string, VaccineTerm> = new Map(
  table
    .trim()
    .split('\n')
    .map((line) => {
      const [key = '', rest = ''] = line.split(/: (.*)/)
      const [cvx = '', text = '', dose = '', route = '', site = '', against = ''] = rest.split(' / ')
      return [key, { cvx, text, dose, route: route as VaccineTerm['route'], site, against }]
    }),
)

/** When the scheme gives what to children: months of age, and which dose of its series it is. */
export const childScheme: readonly (readonly [months: number, vaccine: string, dose: number])[] = [
  [0, 'bcg', 1],
  [0, 'hepatitis-b', 1],
  [2, 'hexavalent', 1],
  [2, 'rotavirus', 1],
  [2, 'pneumococcal', 1],
  [4, 'hexavalent', 2],
  [4, 'rotavirus', 2],
  [4, 'pneumococcal', 2],
  [6, 'hexavalent', 3],
  [6, 'influenza-infant', 1],
  [7, 'influenza-infant', 2],
  [12, 'mmr', 1],
  [12, 'pneumococcal', 3],
  [18, 'hexavalent', 4],
  [18, 'mmr', 2],
  [48, 'dtp', 1],
]
