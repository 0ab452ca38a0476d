import type { Random, Sex } from '../types.ts'
import { partNames, parts } from './parts.ts'
import type { PartName } from './parts.ts'

/** Who is to be invented for a seat: the person is made to fit. */
export interface Seat {
  part: PartName
  sex: Sex
  /** Youngest and oldest on the day of the start, both included. */
  age: readonly [number, number]
  unit: 'years' | 'months'
  /** The seat of the child whose birth this person's chart tells. */
  motherOf?: number
}

const seat = (part: PartName, sex: Sex, from: number, to: number): Seat => ({
  part,
  sex,
  age: [from, to],
  unit: 'years',
})

const months = (part: PartName, sex: Sex, from: number, to: number): Seat => ({
  ...seat(part, sex, from, to),
  unit: 'months',
})

/** The sixty of the demonstration, by seat. */
export const cast: readonly Seat[] = [
  seat('diabetes', 'female', 58, 66),
  seat('diabetes-kidney', 'male', 66, 74),
  seat('diabetes-new', 'male', 40, 48),
  seat('diabetes-insulin', 'female', 52, 60),
  seat('hypertension', 'male', 48, 56),
  seat('hypertension', 'female', 44, 52),
  seat('kidney', 'female', 60, 70),
  seat('heart-failure', 'male', 68, 76),
  seat('heart-failure', 'female', 72, 80),
  seat('atrial-fibrillation', 'male', 68, 76),
  seat('atrial-fibrillation', 'female', 72, 80),
  seat('copd', 'male', 62, 72),
  seat('copd', 'female', 64, 76),
  seat('asthma', 'female', 24, 34),
  seat('asthma-child', 'male', 7, 10),
  seat('hypothyroidism', 'female', 38, 48),
  seat('hypothyroidism-depression', 'female', 48, 56),
  seat('depression', 'female', 28, 36),
  seat('anxiety', 'male', 25, 34),
  seat('breast-cancer', 'female', 46, 54),
  seat('breast-cancer-hormones', 'female', 55, 64),
  seat('hiv', 'male', 29, 38),
  seat('hiv', 'female', 36, 44),
  seat('epilepsy', 'male', 19, 26),
  seat('epilepsy', 'female', 27, 34),
  seat('arthritis', 'female', 45, 55),
  seat('lupus', 'female', 27, 34),
  seat('elder', 'female', 82, 88),
  seat('elder', 'male', 78, 84),
  seat('pregnancy', 'female', 26, 31),
  seat('pregnancy-diabetes', 'female', 33, 38),
  { ...seat('motherhood', 'female', 22, 29), motherOf: 33 },
  { ...seat('motherhood-preeclampsia', 'female', 30, 37), motherOf: 34 },
  months('infant', 'male', 3, 5),
  months('infant', 'female', 8, 11),
  months('child', 'female', 26, 40),
  seat('child', 'male', 5, 6),
  seat('child-allergic', 'male', 3, 4),
  seat('adolescent', 'female', 13, 15),
  seat('appendicitis', 'male', 17, 24),
  seat('gallstones', 'female', 36, 44),
  seat('fracture', 'male', 30, 40),
  seat('osteoporosis', 'female', 66, 74),
  seat('dengue', 'male', 22, 35),
  seat('pneumonia', 'male', 56, 66),
  seat('urinary-infections', 'female', 28, 38),
  seat('gastroenteritis', 'female', 4, 6),
  seat('obesity', 'male', 33, 41),
  seat('dyslipidaemia', 'male', 45, 53),
  seat('reflux', 'male', 38, 46),
  seat('migraine', 'female', 24, 32),
  seat('back-pain', 'male', 36, 46),
  seat('prostate', 'male', 64, 72),
  seat('cirrhosis', 'male', 48, 56),
  seat('alcohol', 'male', 38, 46),
  seat('stroke', 'male', 66, 74),
  seat('tuberculosis', 'male', 35, 45),
  seat('healthy', 'female', 25, 33),
  seat('healthy', 'male', 40, 50),
  seat('healthy', 'female', 52, 60),
]

/** Somebody beyond the cast, drawn as often as such people come to a general hospital. */
export function drawSeat(random: Random): Seat {
  const part = random.weighted(partNames.map((name) => [name, parts[name].weight] as const))
  const { sex, age, unit = 'years' } = parts[part]
  return { part, sex: sex ?? (random.chance(0.55) ? 'female' : 'male'), age, unit }
}
