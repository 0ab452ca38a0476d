import type { Day, Random, Sex } from '../types.ts'
import { daysBetween } from './days.ts'

/** Median at an age in months; what lies between is interpolated. */
type Curve = readonly (readonly [months: number, median: number])[]

interface Standard {
  weight: Curve
  height: Curve
  head: Curve
}

/**
 * WHO Child Growth Standards (2006, to 60 months) and Growth Reference (2007, to 18 years): medians of weight (kg),
 * length or height (cm) and head circumference (cm). From ten years weight is the median BMI at the median height.
 */
const standards: Readonly<Record<Sex, Standard>> = {
  male: {
    weight: pairs(
      '0 3.3 1 4.5 2 5.6 3 6.4 4 7.0 5 7.5 6 7.9 7 8.3 9 8.9 12 9.6 15 10.3 18 10.9 24 12.2 30 13.3 36 14.3 48 16.3 60 18.3 72 20.5 84 22.9 96 25.4 108 28.1 120 31.2 132 34.6 144 38.9 156 44.3 168 50.6 180 56.6 192 61.3 204 64.8 216 67.3',
    ),
    height: pairs(
      '0 49.9 1 54.7 2 58.4 3 61.4 4 63.9 5 65.9 6 67.6 7 69.2 9 72.0 12 75.7 15 79.1 18 82.3 24 87.5 30 91.9 36 96.1 48 103.3 60 110.0 72 116.0 84 121.7 96 127.3 108 132.6 120 137.8 132 143.1 144 149.1 156 156.0 168 163.2 180 169.0 192 172.9 204 175.2 216 176.1',
    ),
    head: pairs(
      '0 34.5 1 37.3 2 39.1 3 40.5 4 41.6 5 42.6 6 43.3 7 44.0 9 45.0 12 46.1 15 46.8 18 47.4 24 48.3 36 49.5 48 50.2 60 50.7',
    ),
  },
  female: {
    weight: pairs(
      '0 3.2 1 4.2 2 5.1 3 5.8 4 6.4 5 6.9 6 7.3 7 7.6 9 8.2 12 8.9 15 9.6 18 10.2 24 11.5 30 12.7 36 13.9 48 16.1 60 18.2 72 20.2 84 22.4 96 25.0 108 28.2 120 31.9 132 36.2 144 41.1 156 46.0 168 50.0 180 52.8 192 54.7 204 55.7 216 56.6',
    ),
    height: pairs(
      '0 49.1 1 53.7 2 57.1 3 59.8 4 62.1 5 64.0 6 65.7 7 67.3 9 70.1 12 74.0 15 77.5 18 80.7 24 86.0 30 90.7 36 95.1 48 102.7 60 109.4 72 115.1 84 120.8 96 126.6 108 132.5 120 138.6 132 145.0 144 151.2 156 156.4 168 159.8 180 161.7 192 162.5 204 162.9 216 163.1',
    ),
    head: pairs(
      '0 33.9 1 36.5 2 38.3 3 39.5 4 40.6 5 41.5 6 42.2 7 42.8 9 43.8 12 44.9 15 45.7 18 46.2 24 47.2 36 48.5 48 49.3 60 49.9',
    ),
  },
}

/** One standard deviation as a part of the median. */
const deviations = { weight: 0.115, height: 0.036, head: 0.027 }

function pairs(text: string): Curve {
  const numbers = text.split(' ').map(Number)
  return Array.from({ length: numbers.length / 2 }, (_, i) => [numbers[2 * i]!, numbers[2 * i + 1]!])
}

/** A child that keeps to its curve. */
export class Growth {
  readonly #sex: Sex
  readonly #birthDate: Day
  readonly #z: Readonly<Record<keyof Standard, number>>

  constructor(random: Random, sex: Sex, birthDate: Day) {
    this.#sex = sex
    this.#birthDate = birthDate
    const size = random.normal(-0.2, 0.6)
    this.#z = {
      weight: clamp(size + random.normal(0.1, 0.4)),
      height: clamp(size + random.normal(0, 0.4)),
      head: clamp(size * 0.5 + random.normal(0, 0.4)),
    }
  }

  /** Undefined for what is no measure of growth. */
  read(test: string, day: Day): number | undefined {
    const months = daysBetween(this.#birthDate, day) / 30.4375
    const of = test === 'length' ? 'height' : test
    if (of === 'weight' || of === 'height' || of === 'head') {
      return this.#median(of, months) * (1 + deviations[of] * this.#z[of])
    }
    const adult = vitals[test]
    return adult && at(adult, months)
  }

  #median(of: keyof Standard, months: number): number {
    return at(standards[this.#sex][of], months)
  }

  /** From 1 to 99: where a value stands among children of this sex and age. */
  percentile(of: keyof Standard, value: number, day: Day): number {
    const median = this.#median(of, daysBetween(this.#birthDate, day) / 30.4375)
    const z = (value / median - 1) / deviations[of]
    return Math.round(Math.min(99, Math.max(1, 100 / (1 + Math.exp(-1.702 * z)))))
  }
}

/** Means of healthy children by age in months. */
const vitals: Readonly<Record<string, Curve>> = {
  systolic: pairs('0 70 12 88 36 94 72 100 120 106 180 112 216 114'),
  diastolic: pairs('0 42 12 48 36 54 72 60 120 66 180 69 216 70'),
  heart: pairs('0 142 3 138 12 122 36 106 72 92 120 82 180 76 216 72'),
  breath: pairs('0 44 3 38 12 30 36 26 72 22 120 19 180 17 216 16'),
  hemoglobin: pairs('0 17 2 11.2 6 11.8 24 12.2 72 12.8 144 13.6 216 14.2'),
  leukocytes: pairs('0 14 12 10 48 8.6 120 7.6 216 7'),
  neutrophils: pairs('0 45 12 34 48 44 96 54 216 58'),
  mcv: pairs('0 104 6 77 24 79 72 82 144 85 216 88'),
}

function at(curve: Curve, months: number): number {
  const next = curve.findIndex(([age]) => age >= months)
  if (next === -1) return curve.at(-1)![1]
  if (next === 0) return curve[0]![1]
  const [before, low] = curve[next - 1]!
  const [after, high] = curve[next]!
  return low + ((high - low) * (months - before)) / (after - before)
}

const clamp = (z: number): number => Math.max(-1.7, Math.min(1.7, z))
