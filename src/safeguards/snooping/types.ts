/** What unusual access is looked for in, and what is found: times in milliseconds since 1970. */

/** Somebody of the house, as what is known of them tells. Texts as `normal` makes them. */
export interface Colleague {
  /** As the ledger says it. */
  actor: string
  families: readonly string[]
  /** Street with number and postal code; and street without number. */
  homes: readonly string[]
  streets: readonly string[]
  phones: readonly string[]
}

/** A patient, likewise. */
export interface Known {
  families: readonly string[]
  homes: readonly string[]
  streets: readonly string[]
  phones: readonly string[]
  /** Labelled so that few should look. */
  isVip: boolean
  /** Works here: the actor of their account, where that is known. */
  colleague?: string | true
  /** The institution's own number, where it is one. */
  number?: number
}

/**
 * What somebody had to do with a patient when they looked: it is the patient's or represented; care, by the record; the desk's business, by
 * the record; or they wrote in it on the same day. `none`: nothing says why.
 */
export type Reason = 'own' | 'care' | 'grant' | 'desk' | 'wrote' | 'none'

/** One person and one patient on one day. */
export interface Visit {
  actor: string
  patient: string
  /** When the facility's day begins. */
  dayMs: number
  /** The first look of the day. */
  atMs: number
  reason: Reason
  /** Resources that were shown. */
  resources: number
}

export type SignName =
  | 'no-relation'
  | 'family'
  | 'home'
  | 'phone'
  | 'street'
  | 'colleague'
  | 'vip'
  | 'onlookers'
  | 'many'
  | 'neighbours'
  | 'odd-hour'
  | 'again'

/** Why something is unusual. */
export interface Sign {
  sign: SignName
  points: number
  es: string
  en: string
}

/** What somebody did on one day that is unusual. */
export interface Unusual {
  actor: string
  dayMs: number
  score: number
  /** The most unusual first. */
  patients: { patient: string; atMs: number; score: number; signs: Sign[] }[]
  /** Of the day as a whole. */
  signs: Sign[]
}
