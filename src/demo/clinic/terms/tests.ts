import type { Sex } from '../../types.ts'

export interface TestTerm {
  /** LOINC. */
  loinc: string
  text: string
  /** As a note abbreviates it. */
  short: string
  unit: string
  ucum: string
  decimals: number
  kind: 'vital-signs' | 'laboratory' | 'survey' | 'exam' | 'procedure'
  /** In health: mean and spread from person to person. */
  base: (of: Subject) => readonly [mean: number, spread: number]
  /** From one day to the next in one person. */
  noise: number
  range: (of: Subject) => Range | undefined
  /** What no living body goes beyond. */
  bounds: readonly [number, number]
}

export interface Subject {
  sex: Sex
  years: number
  isPregnant: boolean
}

export interface Range {
  low?: number
  high?: number
}

/**
 * key: LOINC / text / short / unit / UCUM / decimals / mean / spread / noise / range / bounds, where mean and range are
 * `value` or `his,hers`, and a range is `low-high`, `<high` or `>low`.
 */
const vital = `
systolic: 8480-6 / Presión arterial sistólica / TAS / mmHg / mm[Hg] / 0 / 115,112 / 6 / 5 / 90-129 / 70-230
diastolic: 8462-4 / Presión arterial diastólica / TAD / mmHg / mm[Hg] / 0 / 74,71 / 4 / 4 / 60-84 / 40-130
heart: 8867-4 / Frecuencia cardiaca / FC / lpm / /min / 0 / 70,74 / 5 / 4 / 60-100 / 38-190
breath: 9279-1 / Frecuencia respiratoria / FR / rpm / /min / 0 / 16 / 1 / 1 / 12-20 / 10-70
temperature: 8310-5 / Temperatura corporal / T / °C / Cel / 1 / 36.4 / 0.15 / 0.15 / 36.0-37.4 / 34.5-41
oxygen: 59408-5 / Saturación de oxígeno por oximetría de pulso / SpO2 / % / % / 0 / 95.5 / 1 / 0.6 / >90 / 70-100
weight: 29463-7 / Peso corporal / peso / kg / kg / 1 / 75,64 / 7 / 0.5 / none / 2-200
height: 8302-2 / Talla / talla / cm / cm / 0 / 169,156 / 6 / 0 / none / 40-205
bmi: 39156-5 / Índice de masa corporal / IMC / kg/m² / kg/m2 / 1 / 25 / 3 / 0 / 18.5-24.9 / 11-60
`

const laboratory = `
glucose: 1558-6 / Glucosa en ayuno / glucosa / mg/dL / mg/dL / 0 / 88 / 5 / 5 / 70-99 / 45-600
hba1c: 4548-4 / Hemoglobina glucosilada (HbA1c) / HbA1c / % / % / 1 / 5.3 / 0.12 / 0.08 / <5.6 / 4-15
creatinine: 2160-0 / Creatinina en suero / creatinina / mg/dL / mg/dL / 2 / 0.88,0.68 / 0.07 / 0.03 / 0.70-1.20,0.50-0.95 / 0.3-12
egfr: 98979-8 / Tasa de filtración glomerular estimada (CKD-EPI 2021) / TFGe / mL/min/1.73 m² / mL/min/{1.73_m2} / 0 / 100 / 0 / 0 / >60 / 4-145
bun: 3094-0 / Nitrógeno ureico / BUN / mg/dL / mg/dL / 0 / 13 / 2 / 1 / 7-20 / 4-160
urate: 3084-1 / Ácido úrico / ácido úrico / mg/dL / mg/dL / 1 / 5.4,4.4 / 0.6 / 0.3 / 3.5-7.0,2.5-6.0 / 1.5-14
sodium: 2951-2 / Sodio en suero / sodio / mmol/L / mmol/L / 0 / 139 / 1 / 1 / 135-145 / 118-158
potassium: 2823-3 / Potasio en suero / potasio / mmol/L / mmol/L / 1 / 4.2 / 0.2 / 0.2 / 3.5-5.1 / 2.4-6.9
cholesterol: 2093-3 / Colesterol total / colesterol total / mg/dL / mg/dL / 0 / 175 / 0 / 0 / <200 / 80-450
ldl: 13457-7 / Colesterol LDL (calculado) / LDL / mg/dL / mg/dL / 0 / 101 / 12 / 5 / <130 / 25-300
hdl: 2085-9 / Colesterol HDL / HDL / mg/dL / mg/dL / 0 / 43,51 / 5 / 2 / >40,>50 / 18-95
triglycerides: 2571-8 / Triglicéridos / triglicéridos / mg/dL / mg/dL / 0 / 118 / 20 / 12 / <150 / 40-900
hemoglobin: 718-7 / Hemoglobina / hemoglobina / g/dL / g/dL / 1 / 15.4,13.6 / 0.5 / 0.25 / 13.5-17.5,12.0-16.0 / 5-20
hematocrit: 4544-3 / Hematocrito / hematocrito / % / % / 1 / 45 / 0 / 0 / 40.0-52.0,36.0-47.0 / 15-60
mcv: 787-2 / Volumen corpuscular medio / VCM / fL / fL / 1 / 89 / 2 / 0.6 / 80.0-100.0 / 58-118
leukocytes: 6690-2 / Leucocitos / leucocitos / ×10³/µL / 10*3/uL / 1 / 6.8 / 0.9 / 0.6 / 4.5-11.0 / 1-40
neutrophils: 770-8 / Neutrófilos / neutrófilos / % / % / 0 / 58 / 4 / 3 / 45-75 / 5-96
platelets: 777-3 / Plaquetas / plaquetas / ×10³/µL / 10*3/uL / 0 / 255 / 30 / 12 / 150-450 / 12-800
inr: 6301-6 / Índice internacional normalizado (INR) / INR / 1 / 1 / 1 / 1.0 / 0.03 / 0.03 / 0.8-1.2 / 0.8-9
tsh: 3016-3 / Hormona estimulante de la tiroides (TSH) / TSH / mUI/L / m[IU]/L / 2 / 2.1 / 0.6 / 0.25 / 0.40-4.50 / 0.01-90
t4: 3024-7 / Tiroxina libre (T4L) / T4 libre / ng/dL / ng/dL / 2 / 1.2 / 0.1 / 0.05 / 0.80-1.80 / 0.2-5
alt: 1742-6 / Alanino aminotransferasa (ALT) / ALT / U/L / U/L / 0 / 25,20 / 5 / 3 / 7-55,7-45 / 5-1500
ast: 1920-8 / Aspartato aminotransferasa (AST) / AST / U/L / U/L / 0 / 24,21 / 4 / 3 / 8-48,8-43 / 5-1500
bilirubin: 1975-2 / Bilirrubina total / bilirrubina total / mg/dL / mg/dL / 1 / 0.6 / 0.1 / 0.1 / 0.2-1.2 / 0.1-25
albumin: 1751-7 / Albúmina en suero / albúmina / g/dL / g/dL / 1 / 4.3 / 0.15 / 0.1 / 3.5-5.0 / 1.5-5.5
alkaline: 6768-6 / Fosfatasa alcalina / fosfatasa alcalina / U/L / U/L / 0 / 78 / 12 / 6 / 40-129 / 20-900
lipase: 3040-3 / Lipasa / lipasa / U/L / U/L / 0 / 32 / 6 / 4 / 13-60 / 5-3000
crp: 1988-5 / Proteína C reactiva / PCR / mg/L / mg/L / 1 / 1.8 / 0.7 / 0.5 / <5.0 / 0.2-380
esr: 4537-7 / Velocidad de sedimentación globular / VSG / mm/h / mm/h / 0 / 9,13 / 3 / 2 / <15,<20 / 1-140
rheumatoid: 11572-5 / Factor reumatoide / factor reumatoide / UI/mL / [IU]/mL / 0 / 8 / 2 / 1 / <14 / 1-600
dsdna: 5130-0 / Anticuerpos anti-ADN de doble cadena / anti-ADNdc / UI/mL / [IU]/mL / 0 / 9 / 3 / 3 / <30 / 1-900
c3: 4485-9 / Complemento C3 / C3 / mg/dL / mg/dL / 0 / 120 / 8 / 5 / 90-180 / 15-250
viral-load: 20447-9 / Carga viral de VIH-1 / carga viral / copias/mL / {copies}/mL / 0 / 19 / 0 / 0 / <50 / 19-900000
cd4: 24467-3 / Linfocitos T CD4+ / CD4 / células/µL / /uL / 0 / 820 / 80 / 35 / 500-1500 / 10-2000
albuminuria: 9318-7 / Cociente albúmina/creatinina en orina / cociente albúmina/creatinina / mg/g / mg/g / 0 / 8 / 3 / 2 / <30 / 2-4000
nt-probnp: 33762-6 / NT-proBNP / NT-proBNP / pg/mL / pg/mL / 0 / 65 / 15 / 12 / <125 / 20-20000
psa: 2857-1 / Antígeno prostático específico / APE / ng/mL / ng/mL / 1 / 1.1 / 0.3 / 0.1 / <4.0 / 0.1-60
vitamin-b12: 2132-9 / Vitamina B12 / vitamina B12 / pg/mL / pg/mL / 0 / 420 / 60 / 20 / 200-900 / 90-1500
ferritin: 2276-4 / Ferritina / ferritina / ng/mL / ng/mL / 0 / 90,48 / 15 / 5 / 30-300,15-150 / 3-1500
calcium: 17861-6 / Calcio en suero / calcio / mg/dL / mg/dL / 1 / 9.4 / 0.2 / 0.15 / 8.6-10.2 / 6-14
phosphate: 2777-1 / Fósforo en suero / fósforo / mg/dL / mg/dL / 1 / 3.5 / 0.3 / 0.2 / 2.5-4.5 / 1.5-9
afp: 1834-1 / Alfafetoproteína / alfafetoproteína / ng/mL / ng/mL / 1 / 3.2 / 0.8 / 0.4 / <10.0 / 0.5-900
ca153: 6875-9 / Antígeno CA 15-3 / CA 15-3 / U/mL / U/mL / 0 / 15 / 3 / 2 / <30 / 3-500
valproate: 4086-5 / Ácido valproico en suero / ácido valproico / µg/mL / ug/mL / 0 / 0 / 0 / 5 / 50-100 / 0-180
glucose-50: 1504-0 / Glucosa 1 h después de 50 g por vía oral / glucosa 1 h poscarga / mg/dL / mg/dL / 0 / 112 / 9 / 8 / <140 / 60-300
troponin: 10839-9 / Troponina I / troponina I / ng/mL / ng/mL / 2 / 0.01 / 0.00 / 0 / <0.04 / 0-80
`

const others = `
phq9: 44261-6 / Cuestionario PHQ-9, puntuación total / PHQ-9 / puntos / {score} / 0 / 2 / 1 / 1 / <5 / 0-27
gad7: 70274-6 / Escala GAD-7, puntuación total / GAD-7 / puntos / {score} / 0 / 2 / 1 / 1 / <5 / 0-21
pain: 72514-3 / Intensidad del dolor (0 a 10) / EVA / puntos / {score} / 0 / 0.5 / 0.3 / 0.5 / <4 / 0-10
fev1: 20150-9 / Volumen espiratorio forzado en 1 segundo (VEF1) / VEF1 / L / L / 2 / 3.3,2.6 / 0.2 / 0.05 / none / 0.5-5.5
fev1-fvc: 19926-5 / Relación VEF1/CVF / VEF1/CVF / % / % / 0 / 82 / 3 / 1 / >70 / 25-98
ejection: 10230-1 / Fracción de expulsión del ventrículo izquierdo / FEVI / % / % / 0 / 62 / 3 / 1 / >50 / 12-78
fundal: 11881-0 / Altura del fondo uterino / fondo uterino / cm / cm / 0 / 0 / 0 / 0 / none / 8-42
fetal-heart: 55283-6 / Frecuencia cardiaca fetal / FCF / lpm / /min / 0 / 142 / 4 / 5 / 110-160 / 90-190
gestation: 18185-9 / Edad gestacional / edad gestacional / semanas / wk / 1 / 0 / 0 / 0 / none / 3-42
head: 9843-4 / Perímetro cefálico / perímetro cefálico / cm / cm / 1 / 0 / 0 / 0 / none / 28-60
length: 8306-3 / Longitud en decúbito / longitud / cm / cm / 1 / 0 / 0 / 0 / none / 40-110
birth-weight: 8339-4 / Peso al nacer / peso al nacer / g / g / 0 / 0 / 0 / 0 / 2500-4000 / 500-5500
apgar1: 9272-6 / Apgar al minuto / Apgar 1 min / puntos / {score} / 0 / 8 / 0 / 0 / >6 / 0-10
apgar5: 9274-2 / Apgar a los 5 minutos / Apgar 5 min / puntos / {score} / 0 / 9 / 0 / 0 / >6 / 0-10
glasgow: 9269-2 / Escala de coma de Glasgow, total / Glasgow / puntos / {score} / 0 / 15 / 0 / 0 / none / 3-15
morse: 59460-6 / Escala de riesgo de caídas de Morse / Morse / puntos / {score} / 0 / 15 / 0 / 0 / <45 / 0-125
barthel:  / Índice de Barthel / Barthel / puntos / {score} / 0 / 100 / 0 / 0 / none / 0-100
mmse: 72106-8 / Mini examen del estado mental (MMSE) / MMSE / puntos / {score} / 0 / 29 / 0.5 / 0.5 / >24 / 0-30
das28:  / Actividad de la artritis (DAS28-VSG) / DAS28 / puntos / {score} / 1 / 1.8 / 0.2 / 0.15 / <2.6 / 0.5-9
act:  / Prueba de control del asma (ACT) / ACT / puntos / {score} / 0 / 24 / 0.5 / 0.8 / >20 / 5-25
ipss:  / Índice internacional de síntomas prostáticos (IPSS) / IPSS / puntos / {score} / 0 / 3 / 1 / 1 / <8 / 0-35
seizures:  / Crisis epilépticas en los últimos tres meses / crisis en tres meses / crisis / {count} / 0 / 0 / 0 / 0.2 / none / 0-40
headaches:  / Días con cefalea en el último mes / días con cefalea / días / d / 0 / 1 / 0.5 / 0.6 / <4 / 0-30
tscore:  / Densidad mineral ósea en columna lumbar, puntuación T / T lumbar / DE / {SD} / 1 / -0.6 / 0.3 / 0.05 / >-1.0 / -5.5-3
audit:  / Cuestionario AUDIT, puntuación total / AUDIT / puntos / {score} / 0 / 3 / 1 / 1 / <8 / 0-40
`

function read(table: string, kind: TestTerm['kind']): [string, TestTerm][] {
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const at = line.indexOf(':')
      const fields = line
        .slice(at + 1)
        .split(' / ')
        .map((field) => field.trim())
      // A unit such as `/min` leaves its own slash after the separator.
      const [loinc, text, short, unit, ucum, decimals, mean, spread, noise, range, bounds] = fields
      const means = bySex(mean)
      const ranges = (range ?? 'none').split(',').map(rangeOf)
      return [
        line.slice(0, at),
        {
          loinc: loinc ?? '',
          text: text ?? '',
          short: short ?? '',
          unit: unit ?? '',
          ucum: ucum ?? '',
          decimals: Number(decimals),
          kind,
          base: ({ sex }) => [means[sex === 'male' ? 0 : 1], Number(spread)],
          noise: Number(noise),
          range: ({ sex }) => (sex === 'male' ? ranges[0] : (ranges[1] ?? ranges[0])),
          bounds: boundsOf(bounds ?? ''),
        },
      ]
    })
}

function bySex(text = '0'): [number, number] {
  const [his, hers] = text.split(',').map(Number)
  return [his ?? 0, hers ?? his ?? 0]
}

function rangeOf(text: string): Range | undefined {
  if (text === 'none') return undefined
  if (text.startsWith('<')) return { high: Number(text.slice(1)) }
  if (text.startsWith('>')) return { low: Number(text.slice(1)) }
  const [low, high] = boundsOf(text)
  return { low, high }
}

function boundsOf(text: string): [number, number] {
  const [, low = '', high = ''] = /^(-?[\d.]+)-(-?[\d.]+)$/.exec(text) ?? []
  if (low === '') throw new RangeError(`no bounds in ${text}`)
  return [Number(low), Number(high)]
}

const terms: ReadonlyMap<string, TestTerm> = new Map([
  ...read(vital, 'vital-signs'),
  ...read(laboratory, 'laboratory'),
  ...read(others, 'survey'),
])

export function testTerm(key: string): TestTerm {
  const term = terms.get(key)
  if (!term) throw new RangeError(`no test ${key}`)
  return term
}

/** What is normal depends on age and pregnancy as well. */
export function rangeFor(key: string, subject: Subject): Range | undefined {
  const { years, isPregnant } = subject
  if (isPregnant) {
    if (key === 'hemoglobin') return { low: 11, high: 16 }
    if (key === 'hematocrit') return { low: 33, high: 46 }
    if (key === 'glucose') return { low: 60, high: 92 }
    if (key === 'tsh') return { low: 0.1, high: 4 }
    if (key === 'creatinine') return { low: 0.4, high: 0.8 }
    if (key === 'alkaline') return { low: 40, high: 230 }
    if (key === 'leukocytes') return { low: 5, high: 15 }
    if (key === 'heart') return { low: 60, high: 110 }
    if (key === 'bmi' || key === 'egfr') return undefined
    if (key === 'urate') return { low: 2, high: 5.5 }
  }
  if (years < 18)
    return childRange(key, years) ?? (childless.has(key) ? undefined : testTerm(key).range(subject))
  return testTerm(key).range(subject)
}

/** Of children, these are judged by curves and not by a range. */
const childless = new Set(['bmi', 'systolic', 'diastolic', 'creatinine', 'alkaline'])

const childVitals: Readonly<
  Record<string, readonly (readonly [untilYears: number, low: number, high: number])[]>
> = {
  heart: [
    [0.1, 100, 180],
    [1, 100, 160],
    [3, 90, 150],
    [6, 75, 135],
    [12, 65, 120],
    [18, 60, 110],
  ],
  breath: [
    [0.1, 30, 60],
    [1, 24, 50],
    [3, 20, 40],
    [6, 18, 30],
    [12, 16, 26],
    [18, 12, 22],
  ],
  hemoglobin: [
    [0.1, 14, 22],
    [0.5, 9.5, 14.5],
    [5, 11, 14],
    [12, 11.5, 15.5],
    [18, 12, 17],
  ],
  hematocrit: [
    [0.1, 42, 65],
    [0.5, 28, 44],
    [5, 33, 42],
    [12, 34, 46],
    [18, 36, 51],
  ],
  leukocytes: [
    [1, 6, 17.5],
    [5, 5.5, 15.5],
    [18, 4.5, 13],
  ],
  neutrophils: [
    [5, 20, 60],
    [18, 35, 70],
  ],
  mcv: [
    [2, 70, 88],
    [12, 75, 92],
    [18, 78, 98],
  ],
}

function childRange(key: string, years: number): Range | undefined {
  const found = childVitals[key]?.find(([until]) => years <= until)
  return found && { low: found[1], high: found[2] }
}
