/** What the invented hospital is made of, as its people (this room) and their illnesses (`clinic`) share it. */

/**
 * Chance that can be repeated: the same seed gives the same numbers for ever. A fork depends on its label and on where it
 * was forked from, never on how many numbers were drawn before, so a change in one course moves no other.
 */
export interface Random {
  /** A whole number, both ends included. */
  int(min: number, max: number): number
  /** From 0 (included) to 1 (excluded). */
  float(): number
  chance(probability: number): boolean
  pick<Item>(items: readonly Item[]): Item
  /** Weights need not add up to anything. */
  weighted<Item>(items: readonly (readonly [Item, number])[]): Item
  normal(mean: number, deviation: number): number
  /** A new list in another order. */
  shuffle<Item>(items: readonly Item[]): Item[]
  fork(label: string): Random
  /** In the form of a version 4 UUID. */
  uuid(): string
}

export type Sex = 'female' | 'male'

/** A day of the calendar, `YYYY-MM-DD`. */
export type Day = string

/** One invented patient. */
export interface Person {
  /** Of the Patient, such as `paciente-000007`. */
  id: string
  /** Place in the list, from 0. The first are the cast; those beyond are drawn by its weights. */
  seat: number
  sex: Sex
  birthDate: Day
  given: readonly string[]
  /** The father's family name, then the mother's, as Mexico orders them. */
  family: string
  secondFamily: string
  /** The whole name as it is said: given names, both family names. */
  text: string
  curp: string
  /** The institution's own number of the record. */
  record: string
  city: string
  state: string
  blood: BloodGroup
  /** Of adults. */
  marital?: Marital
  contact: Contact
  /** What this person's life is made of: the name of one of the clinic's parts. */
  part: string
}

/** HL7's v3-MaritalStatus: single, married, living together, divorced, widowed. */
export type Marital = 'S' | 'M' | 'T' | 'D' | 'W'

/** Whom the hospital calls, and who comes along. */
export interface Contact {
  relationship: 'mother' | 'father' | 'spouse' | 'partner' | 'child' | 'sibling'
  sex: Sex
  given: readonly string[]
  family: string
  secondFamily: string
  phone: string
}

export type BloodGroup = 'O+' | 'O-' | 'A+' | 'A-' | 'B+' | 'B-' | 'AB+' | 'AB-'

export type Role =
  | 'physician'
  | 'nurse'
  | 'reception'
  | 'archivist'
  | 'laboratory'
  | 'billing'
  | 'privacy-officer'
  | 'security-officer'
  | 'director'
  | 'auditor'

/** What a physician of the hospital is specialised in. */
export type Specialty =
  | 'family-medicine'
  | 'internal-medicine'
  | 'paediatrics'
  | 'obstetrics'
  | 'surgery'
  | 'emergency'
  | 'cardiology'
  | 'endocrinology'
  | 'orthopaedics'
  | 'psychiatry'
  | 'radiology'
  | 'anaesthesiology'
  | 'pathology'

export interface Staff {
  /** Of the Practitioner. */
  id: string
  /** A reference, `Practitioner/…`. */
  practitioner: string
  /** A reference, `PractitionerRole/…`. */
  practitionerRole: string
  role: Role
  specialty?: Specialty
  /** With the title, as it stands below a note: `Dra. Beatriz Elena Quintanar Olvera`. */
  display: string
  /** Number of the professional licence (cédula profesional), where the role has one. */
  licence?: string
}

/** A place of the hospital: `Location/…`, and what its door says. */
export interface Place {
  reference: string
  name: string
}

export interface House {
  /** A reference, `Organization/…`. */
  organization: string
  name: string
  locations: {
    consulting: readonly Place[]
    emergency: Place
    wards: readonly Place[]
    laboratory: Place
    imaging: Place
    theatre: Place
    delivery: Place
    vaccination: Place
  }
  staff: readonly Staff[]
  /** Never empty for a role without specialty; with a specialty that nobody has, family medicine's physicians. */
  byRole(role: Role, specialty?: Specialty): readonly Staff[]
}

/** All that one chart is made from. */
export interface Scene {
  /** Of this person alone. */
  random: Random
  person: Person
  house: House
  /** The facility's day. What is said to have happened happened before it begins. */
  today: Day
  /** A FHIR instant in the facility's time zone: `at('2026-03-11', 9 * 60 + 20)` is `2026-03-11T09:20:00-06:00`. */
  at(day: Day, minute: number): string
  /** How many years of the past the chart tells at most: many for the cast, few for the crowd beyond. */
  years: number
  /** Where the mother is one of the cast too: whose given and family names the child's chart may tell. */
  mother?: Person
  /** Where the person's child is one of the cast: whose birth the mother's chart tells. */
  child?: Person
}

/** FHIR JSON, ready to be written out; decimals stand in it as `JSON.rawJSON`. */
export type Resource = { resourceType: string; id: string; [element: string]: unknown }

declare global {
  // ECMAScript 2026, in Node since 22; TypeScript's library does not have it yet.
  interface JSON {
    rawJSON: (text: string) => object
  }
}
