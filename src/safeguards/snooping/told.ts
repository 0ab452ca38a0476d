import type { Sign } from './types.ts'

/** Days or times as they are typed: a day is the facility's, and `to` includes its day. */
export interface Asked {
  from?: string
  to?: string
}

export interface Told {
  from: string
  to: string
  /** Persons with patients by days, that were judged. */
  visits: number
  listed: Listed[]
}

/** A day of somebody's. */
export interface Listed {
  actor: string
  login: string
  name: string
  day: string
  score: number
  signs: Sign[]
  /** The most unusual first. */
  patients: { patient?: string; at: string; score: number; signs: Sign[] }[]
}
