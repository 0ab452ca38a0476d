import type { Day } from '../types.ts'
import { round } from './body.ts'
import { inHl7 } from './coding.ts'
import type { Measuring } from './measuring.ts'

/** What numbers mean: on which side of their range they lie, and what is computed from them. */

export const interpretations = {
  L: inHl7('v3-ObservationInterpretation', 'L', 'Low'),
  N: inHl7('v3-ObservationInterpretation', 'N', 'Normal'),
  H: inHl7('v3-ObservationInterpretation', 'H', 'High'),
}

export function flagOf(value: number, range: { low?: number; high?: number } | undefined): 'L' | 'N' | 'H' {
  if (range?.low !== undefined && value < range.low) return 'L'
  if (range?.high !== undefined && value > range.high) return 'H'
  return 'N'
}

/** CKD-EPI 2021, without race: https://doi.org/10.1056/NEJMoa2102953. mg/dL in, mL/min/1.73 m² out. */
export function filtration(creatinine: number, sex: 'female' | 'male', years: number): number {
  const [kappa, alpha] = sex === 'female' ? [0.7, -0.241] : [0.9, -0.302]
  const ratio = creatinine / kappa
  const value = 142 * Math.min(ratio, 1) ** alpha * Math.max(ratio, 1) ** -1.2 * 0.9938 ** Math.floor(years)
  return Math.round(value * (sex === 'female' ? 1.012 : 1))
}

/** What is computed from what was measured with it; undefined where nothing is. */
export function derived(
  test: string,
  { life, results }: Pick<Measuring, 'life' | 'results'>,
  day: Day,
): number | undefined {
  const value = (of: string) => results.get(of)?.value
  const [creatinine, weight, height, hemoglobin, ldl, hdl, triglycerides] = [
    'creatinine',
    'weight',
    'height',
    'hemoglobin',
    'ldl',
    'hdl',
    'triglycerides',
  ].map(value)
  if (test === 'egfr' && creatinine) {
    const { sex, years } = life.subject(day)
    return filtration(creatinine, sex, years)
  }
  if (test === 'bmi' && weight && height) return round(weight / (height / 100) ** 2, 1)
  if (test === 'hematocrit' && hemoglobin) return round(hemoglobin * 3 + life.random.normal(0, 0.4), 1)
  if (test === 'cholesterol' && ldl && hdl && triglycerides) return Math.round(ldl + hdl + triglycerides / 5)
  if (test === 'glucose') {
    const hba1c = life.body.level('hba1c', day)
    return hba1c > 5.8 ? Math.round((28.7 * hba1c - 46.7) * 0.86 + life.random.normal(0, 7)) : undefined
  }
  return undefined
}
