import type { Day, Random } from '../types.ts'
import { daysBetween } from './days.ts'
import type { Growth } from './growth.ts'
import { testTerm } from './terms/tests.ts'
import type { Subject } from './terms/tests.ts'

interface Influence {
  by: number
  perYear: number
  since: Day
}

interface Trait {
  mean: number
  /** What is true of the body, without the chance of one measurement. */
  level: number
  day: Day
  influences: Map<string, Influence>
}

/** Days in which a change comes to two thirds of its effect. */
const slowness: Readonly<Record<string, number>> = {
  hba1c: 45,
  glucose: 20,
  weight: 110,
  ldl: 22,
  triglycerides: 22,
  hdl: 60,
  tsh: 26,
  t4: 20,
  phq9: 28,
  gad7: 28,
  das28: 45,
  esr: 40,
  crp: 25,
  hemoglobin: 30,
  mcv: 45,
  ferritin: 45,
  tscore: 420,
  albuminuria: 60,
  'nt-probnp': 30,
  ejection: 90,
  act: 18,
  fev1: 25,
  ipss: 25,
  dsdna: 60,
  c3: 60,
  psa: 120,
  audit: 40,
  headaches: 30,
  seizures: 20,
  mmse: 200,
}

/** How far treatment alone takes a value down, however many medicines push. */
const floors: Readonly<Record<string, number>> = {
  hba1c: 5.9,
  systolic: 108,
  diastolic: 64,
  ldl: 48,
  triglycerides: 85,
  tsh: 0.9,
  phq9: 1,
  gad7: 1,
  das28: 1.7,
  esr: 7,
  crp: 0.8,
  albuminuria: 5,
  'nt-probnp': 60,
  ipss: 3,
  headaches: 1,
  seizures: 0,
  audit: 3,
  urate: 4.2,
  heart: 56,
  pain: 0,
  dsdna: 8,
  leukocytes: 2.6,
  psa: 0.4,
}

/** And up. */
const ceilings: Readonly<Record<string, number>> = {
  act: 25,
  hemoglobin: 16.8,
  c3: 150,
  'fev1-fvc': 88,
  ferritin: 180,
}

/** A body whose measurements follow what it has and what it takes: each test nears its target as days pass. */
export class Body {
  readonly #traits = new Map<string, Trait>()
  readonly #random: Random
  readonly #birthDate: Day
  readonly #subject: (day: Day) => Subject
  readonly #growth: Growth | undefined

  constructor(random: Random, birthDate: Day, subject: (day: Day) => Subject, growth: Growth | undefined) {
    this.#random = random
    this.#birthDate = birthDate
    this.#subject = subject
    this.#growth = growth
  }

  /** From `day` on, `source` moves `test` by so much, and by `perYear` more each year. */
  influence(day: Day, source: string, test: string, by: number, perYear = 0): void {
    const trait = this.#settled(test, day)
    trait.influences.set(source, { by, perYear, since: day })
  }

  /** Has been so for so long that the body is where it leads. */
  imprint(day: Day, source: string, test: string, by: number, perYear = 0): void {
    this.influence(day, source, test, by, perYear)
    const trait = this.#settled(test, day)
    trait.level = this.#target(test, trait, day)
  }

  release(day: Day, source: string): void {
    for (const [test, trait] of this.#traits) {
      if (!trait.influences.has(source)) continue
      this.#settled(test, day)
      trait.influences.delete(source)
    }
  }

  /** As an instrument would show it on that day. */
  read(test: string, day: Day): number {
    const { noise, bounds, decimals } = testTerm(test)
    const grown = this.#growth?.read(test, day)
    const level = grown ?? this.level(test, day)
    // An INR that a medicine has raised wavers with every meal.
    const wobble =
      test === 'inr'
        ? noise + Math.max(0, level - 1.2) * 0.28
        : // What half a kilogram is to a grown man, some grams are to a child.
          grown !== undefined && test === 'weight'
          ? level * 0.006
          : noise
    const value = level + this.#random.normal(0, wobble)
    return round(Math.min(bounds[1], Math.max(bounds[0], value)), decimals)
  }

  level(test: string, day: Day): number {
    return this.#settled(test, day).level
  }

  #settled(test: string, day: Day): Trait {
    const known = this.#traits.get(test)
    if (!known) {
      const [mean, spread] = testTerm(test).base(this.#subject(day))
      const chance = this.#random.fork(`trait ${test}`)
      // Who is taller weighs more: by body mass index.
      const own =
        test === 'weight'
          ? chance.normal(26.6, 2) * (this.level('height', day) / 100) ** 2
          : chance.normal(mean, spread)
      const trait = {
        mean: own,
        level: own + this.#ageing(test, day),
        day,
        influences: new Map<string, Influence>(),
      }
      this.#traits.set(test, trait)
      return trait
    }
    const days = daysBetween(known.day, day)
    if (days > 0) {
      const target = this.#target(test, known, day)
      known.level = target + (known.level - target) * Math.exp(-days / (slowness[test] ?? 12))
      known.day = day
    }
    return known
  }

  #target(test: string, trait: Trait, day: Day): number {
    let up = trait.mean + this.#ageing(test, day)
    let down = 0
    for (const { by, perYear, since } of trait.influences.values()) {
      const amount = by + (perYear * daysBetween(since, day)) / 365.25
      if (amount < 0) down += amount
      else up += amount
    }
    const floor = floors[test]
    const kept = floor === undefined ? up + down : Math.max(Math.min(floor, up), up + down)
    return Math.min(kept, ceilings[test] ?? kept)
  }

  /** What years alone do. */
  #ageing(test: string, day: Day): number {
    const past = Math.max(0, daysBetween(this.#birthDate, day) / 365.25 - 40)
    if (test === 'systolic') return past * 0.35
    if (test === 'creatinine') return past * 0.003
    if (test === 'fev1') return -past * 0.026
    if (test === 'hemoglobin') return -past * 0.015
    if (test === 'oxygen') return -past * 0.05
    if (test === 'psa') return past * 0.02
    if (test === 'tscore') return -past * 0.03
    return 0
  }
}

export function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals))
}
