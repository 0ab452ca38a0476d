import type { Sex } from '../types.ts'

/** An illness, how many years ago it began, and how many rungs of its treatment were climbed before the chart begins. */
type Ill = readonly [key: string, yearsAgoMin: number, yearsAgoMax: number, rungs: number]

/** What a life is made of. Whoever has several illnesses is seen for them together. */
export interface Part {
  /** How often such people come, beyond the cast. */
  weight: number
  sex?: Sex
  age: readonly [number, number]
  unit?: 'years' | 'months'
  /** Of chart, at most. */
  years: number
  ill: readonly Ill[]
  /** Courses of their own, by name (`stories` of `stories.ts`). */
  stories: readonly string[]
}

const part = (
  weight: number,
  age: readonly [number, number],
  years: number,
  ill: readonly Ill[],
  stories: readonly string[] = [],
  rest: Partial<Part> = {},
): Part => ({
  weight,
  age,
  years,
  ill,
  stories,
  ...rest,
})

const her = { sex: 'female' } as const
const him = { sex: 'male' } as const
const months = { unit: 'months' } as const

const all = {
  diabetes: part(
    9,
    [48, 72],
    5,
    [
      ['diabetes', 6, 12, 2],
      ['hypertension', 4, 10, 1],
      ['dyslipidaemia', 2, 6, 1],
    ],
    ['cough', 'urinary'],
  ),
  'diabetes-kidney': part(
    3,
    [58, 78],
    4,
    [
      ['diabetes', 12, 20, 2],
      ['hypertension', 9, 15, 2],
      ['kidney', 5, 7, 0],
    ],
    ['pneumonia'],
  ),
  'diabetes-new': part(
    5,
    [36, 55],
    4,
    [
      ['obesity', 6, 9, 0],
      ['diabetes', 2, 3.2, 0],
      ['dyslipidaemia', 2, 3, 0],
    ],
    ['cough'],
  ),
  'diabetes-insulin': part(
    3,
    [46, 68],
    5,
    [
      ['diabetes', 11, 17, 4],
      ['dyslipidaemia', 5, 8, 1],
      ['hypertension', 5, 8, 1],
    ],
    ['urinary', 'neuropathy'],
  ),
  hypertension: part(
    10,
    [42, 70],
    4,
    [
      ['hypertension', 2, 3.6, 0],
      ['obesity', 5, 9, 0],
      ['dyslipidaemia', 1, 2, 0],
    ],
    ['cough', 'sprain'],
  ),
  kidney: part(
    2,
    [52, 76],
    4,
    [
      ['hypertension', 12, 18, 2],
      ['kidney', 5, 8, 1],
      ['gout', 2, 4, 0],
    ],
    ['urinary'],
  ),
  'heart-failure': part(
    2,
    [60, 82],
    4,
    [
      ['coronary', 6, 9, 2],
      ['hypertension', 9, 14, 1],
      ['heart-failure', 2, 3.5, 0],
    ],
    ['decompensation', 'cough'],
  ),
  'atrial-fibrillation': part(
    2,
    [62, 84],
    4,
    [
      ['hypertension', 8, 12, 1],
      ['atrial-fibrillation', 2.4, 3.6, 0],
      ['knee-arthrosis', 4, 8, 0],
    ],
    ['cough'],
  ),
  copd: part(
    3,
    [58, 80],
    4,
    [
      ['copd', 4, 8, 2],
      ['hypertension', 4, 7, 1],
    ],
    ['pneumonia', 'cough'],
  ),
  asthma: part(
    4,
    [18, 45],
    3,
    [
      ['asthma', 8, 15, 1],
      ['rhinitis', 6, 10, 0],
    ],
    ['asthma-attack', 'cough'],
  ),
  'asthma-child': part(
    4,
    [5, 13],
    4,
    [
      ['asthma', 2, 3.4, 0],
      ['rhinitis', 2, 3, 0],
    ],
    ['asthma-attack', 'child-cold'],
  ),
  hypothyroidism: part(
    5,
    [30, 60],
    4,
    [
      ['hypothyroidism', 2.4, 3.6, 0],
      ['dyslipidaemia', 1, 2.4, 0],
    ],
    ['pap', 'cold'],
    her,
  ),
  'hypothyroidism-depression': part(
    2,
    [40, 62],
    4,
    [
      ['hypothyroidism', 6, 10, 2],
      ['depression', 2, 3, 0],
      ['knee-arthrosis', 1, 3, 0],
    ],
    ['mammography'],
    her,
  ),
  depression: part(
    5,
    [19, 50],
    3,
    [
      ['depression', 1.6, 2.6, 0],
      ['migraine', 3, 6, 0],
    ],
    ['cold'],
  ),
  anxiety: part(
    5,
    [18, 45],
    3,
    [
      ['anxiety', 1.5, 2.5, 0],
      ['reflux', 1, 2, 0],
    ],
    ['cold', 'gastro'],
  ),
  'breast-cancer': part(1, [40, 60], 3, [['dyslipidaemia', 1, 2.2, 0]], ['breast-chemotherapy'], her),
  'breast-cancer-hormones': part(
    1,
    [48, 70],
    5,
    [
      ['hypertension', 5, 9, 1],
      ['osteoporosis', 1, 2, 0],
    ],
    ['breast-hormones'],
    her,
  ),
  hiv: part(2, [22, 50], 4, [['hiv', 5, 9, 1]], ['cold', 'gastro']),
  epilepsy: part(2, [16, 45], 4, [['epilepsy', 3, 6, 1]], ['seizure', 'cold']),
  arthritis: part(
    2,
    [35, 65],
    4,
    [
      ['arthritis', 2, 3.6, 0],
      ['hypertension', 3, 6, 1],
    ],
    ['cold'],
    her,
  ),
  lupus: part(1, [20, 42], 4, [['lupus', 2, 3.6, 0]], ['urinary'], her),
  elder: part(
    3,
    [76, 92],
    3,
    [
      ['hypertension', 15, 25, 2],
      ['diabetes', 12, 18, 2],
      ['coronary', 6, 10, 2],
      ['knee-arthrosis', 9, 14, 0],
      ['memory', 1, 3, 0],
      ['insomnia', 3, 6, 0],
      ['constipation', 3, 6, 0],
      ['incontinence', 2, 4, 0],
      ['hearing-loss', 4, 8, 0],
      ['cataract', 2, 4, 0],
    ],
    ['falls', 'pneumonia'],
  ),
  pregnancy: part(4, [18, 34], 2, [], ['pregnancy'], her),
  'pregnancy-diabetes': part(2, [28, 42], 2, [['obesity', 4, 8, 0]], ['pregnancy-diabetes'], her),
  motherhood: part(3, [18, 36], 2, [], ['motherhood'], her),
  'motherhood-preeclampsia': part(1, [20, 42], 2, [], ['motherhood-preeclampsia'], her),
  infant: part(4, [1, 20], 2, [], ['newborn', 'well-child'], months),
  child: part(6, [2, 9], 9, [], ['newborn', 'well-child', 'child-cold', 'child-ear']),
  'child-allergic': part(
    3,
    [2, 8],
    8,
    [
      ['dermatitis', 1, 1.5, 0],
      ['rhinitis', 0.8, 1.2, 0],
    ],
    ['newborn', 'well-child', 'child-ear'],
  ),
  adolescent: part(4, [11, 16], 4, [], ['adolescent', 'sprain', 'cold']),
  appendicitis: part(3, [12, 45], 3, [], ['appendicitis', 'cold', 'checkup']),
  gallstones: part(3, [25, 60], 3, [['obesity', 5, 9, 0]], ['gallstones', 'pap'], her),
  fracture: part(4, [18, 60], 3, [], ['fracture', 'checkup', 'cold']),
  osteoporosis: part(2, [62, 84], 4, [['hypertension', 8, 12, 1]], ['fragility', 'mammography'], her),
  dengue: part(4, [16, 50], 3, [], ['dengue', 'cold', 'checkup']),
  pneumonia: part(
    3,
    [45, 75],
    3,
    [
      ['hypertension', 4, 8, 1],
      ['copd', 1, 1.5, 0],
    ],
    ['pneumonia', 'cough'],
  ),
  'urinary-infections': part(
    5,
    [20, 45],
    3,
    [['migraine', 2, 4, 0]],
    ['urinary', 'urinary', 'pyelonephritis', 'pap'],
    her,
  ),
  gastroenteritis: part(5, [2, 9], 7, [], ['newborn', 'well-child', 'child-gastro', 'child-cold']),
  obesity: part(
    6,
    [20, 55],
    3,
    [
      ['obesity', 7, 12, 0],
      ['hypertension', 1, 2, 0],
    ],
    ['back-pain', 'cold'],
  ),
  dyslipidaemia: part(5, [35, 65], 3, [['dyslipidaemia', 1.6, 2.6, 0]], ['checkup', 'cold']),
  reflux: part(5, [25, 60], 3, [['reflux', 1.6, 2.6, 0]], ['cold', 'checkup']),
  migraine: part(4, [16, 45], 3, [['migraine', 2, 5, 0]], ['pap', 'cold'], her),
  'back-pain': part(5, [28, 60], 3, [['dyslipidaemia', 1, 2, 0]], ['back-pain', 'back-pain', 'sprain']),
  prostate: part(
    4,
    [55, 82],
    4,
    [
      ['prostate', 2, 3.5, 0],
      ['hypertension', 7, 12, 1],
    ],
    ['urinary', 'cough'],
    him,
  ),
  cirrhosis: part(1, [42, 65], 3, [['alcoholic-cirrhosis', 2, 2.8, 1]], ['gastro', 'cough'], him),
  alcohol: part(
    2,
    [28, 60],
    3,
    [
      ['alcohol', 1.8, 2.8, 0],
      ['dyslipidaemia', 1, 2, 0],
    ],
    ['gastritis', 'sprain'],
    him,
  ),
  stroke: part(
    2,
    [58, 82],
    3,
    [
      ['hypertension', 10, 15, 2],
      ['diabetes', 6, 10, 2],
      ['stroke-sequelae', 3.4, 5, 2],
    ],
    ['urinary', 'falls'],
  ),
  tuberculosis: part(1, [22, 60], 3, [], ['tuberculosis', 'checkup']),
  healthy: part(14, [20, 64], 4, [], ['checkup', 'checkup', 'checkup', 'cold', 'gastro']),
} satisfies Record<string, Part>

export type PartName = keyof typeof all

export const parts: Readonly<Record<PartName, Part>> = all

export const partNames = Object.keys(all) as PartName[]
