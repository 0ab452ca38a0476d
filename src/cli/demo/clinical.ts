/** The invented hospital's conditions: ICD-10 codes, with the text of the Spanish edition (CIE-10). */
export const conditions: Readonly<Record<string, { code: string; display: string; onsetYear: number }>> = {
  diabetes: {
    code: 'E11.9',
    display: 'Diabetes mellitus tipo 2, sin mención de complicación',
    onsetYear: 2014,
  },
  hypertension: { code: 'I10', display: 'Hipertensión esencial (primaria)', onsetYear: 2011 },
  asthma: { code: 'J45.9', display: 'Asma, no especificada', onsetYear: 2022 },
  kidney: { code: 'N18.3', display: 'Enfermedad renal crónica, etapa 3', onsetYear: 2020 },
  pregnancy: { code: 'Z34.9', display: 'Supervisión de embarazo normal no especificado', onsetYear: 2026 },
  fracture: { code: 'S52.5', display: 'Fractura de la epífisis inferior del radio', onsetYear: 2026 },
}

/** Days on which the invented patients came, with the reason. */
export const visits = [
  { date: '2026-03-11', hour: '09', reason: 'Consulta de control' },
  { date: '2026-09-23', hour: '11', reason: 'Consulta de seguimiento' },
] as const

/** A quantity measured at each visit: LOINC code, UCUM unit, decimals kept. */
export interface Measure {
  code: string
  display: string
  unit: string
  ucum: string
  category: 'vital-signs' | 'laboratory'
  decimals: number
  /** From the patient's place in the list and the number of the visit: the same numbers at every start. */
  value: (of: { seat: number; visit: number; weightKg: number; heightCm: number }) => number
}

export const measures: readonly Measure[] = [
  {
    code: '29463-7',
    display: 'Peso corporal',
    unit: 'kg',
    ucum: 'kg',
    category: 'vital-signs',
    decimals: 1,
    value: ({ weightKg, visit }) => weightKg - visit * 0.8,
  },
  {
    code: '8867-4',
    display: 'Frecuencia cardiaca',
    unit: 'latidos/min',
    ucum: '/min',
    category: 'vital-signs',
    decimals: 0,
    value: ({ seat, visit }) => 64 + ((seat * 7 + visit * 3) % 29),
  },
  {
    code: '2345-7',
    display: 'Glucosa en suero o plasma',
    unit: 'mg/dL',
    ucum: 'mg/dL',
    category: 'laboratory',
    decimals: 1,
    value: ({ seat, visit }) => 82 + ((seat * 31 + visit * 17) % 120),
  },
]
