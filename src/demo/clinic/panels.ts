/** How a laboratory groups what was asked: each group is one report. */
interface Panel {
  loinc: string
  text: string
  tests: readonly string[]
}

const panels: readonly Panel[] = [
  {
    loinc: '58410-2',
    text: 'Biometría hemática',
    tests: ['hemoglobin', 'hematocrit', 'mcv', 'leukocytes', 'neutrophils', 'platelets'],
  },
  {
    loinc: '',
    text: 'Química sanguínea y electrolitos',
    tests: [
      'glucose',
      'glucose-50',
      'hba1c',
      'creatinine',
      'egfr',
      'bun',
      'urate',
      'sodium',
      'potassium',
      'calcium',
      'phosphate',
      'albuminuria',
    ],
  },
  { loinc: '24331-1', text: 'Perfil de lípidos', tests: ['cholesterol', 'ldl', 'hdl', 'triglycerides'] },
  {
    loinc: '24325-3',
    text: 'Pruebas de función hepática',
    tests: ['alt', 'ast', 'bilirubin', 'albumin', 'alkaline', 'lipase'],
  },
  { loinc: '', text: 'Perfil tiroideo', tests: ['tsh', 't4'] },
  { loinc: '', text: 'Tiempos de coagulación', tests: ['inr'] },
  {
    loinc: '',
    text: 'Inmunología y reactantes de fase aguda',
    tests: ['crp', 'esr', 'rheumatoid', 'dsdna', 'c3'],
  },
  { loinc: '', text: 'Seguimiento de infección por VIH', tests: ['viral-load', 'cd4'] },
]

export function panelOf(test: string): Panel {
  return (
    panels.find(({ tests }) => tests.includes(test)) ?? {
      loinc: '',
      text: 'Estudios especiales de laboratorio',
      tests: [],
    }
  )
}

/** What a test brings along: a creatinine its filtration rate, fats their total, watched blood its cells' share. */
export function withCompanions(tests: readonly string[], isWatched: boolean): string[] {
  const all = new Set(tests)
  if (all.has('hemoglobin'))
    for (const test of ['leukocytes', 'platelets', ...(isWatched ? ['hematocrit'] : [])]) all.add(test)
  if (all.has('creatinine')) all.add('egfr')
  if (all.has('ldl')) for (const test of ['cholesterol', 'hdl', 'triglycerides']) all.add(test)
  if (all.has('alt')) all.add('ast')
  // Of what others are computed from, first.
  const late = ['egfr', 'cholesterol', 'hematocrit']
  return [...[...all].filter((test) => !late.includes(test)), ...late.filter((test) => all.has(test))]
}
