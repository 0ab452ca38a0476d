import type { Day } from './types.ts'

/** All that decides what a demonstration is: the same plan gives the same bytes. */
export interface HospitalPlan {
  /** The facility's day on which it is made: all dates of its charts count from it. */
  made: Day
  /** The facility's IANA time zone. */
  timeZone: string
  patients: number
}

/** Of all chance in the hospital. */
export const seed = 'Hospital General Demo'

/** As many as the cast has. */
export const patientsDefault = 60
/** The homonym's place in a CURP, and the numbers of records, are enough for these. */
export const patientsMax = 100_000
