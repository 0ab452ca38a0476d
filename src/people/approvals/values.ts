/** What the rows of approvals and of invitations hold. Times in seconds since 1970. */
import type { Language } from '#kernel/outcome.ts'
import type { SignedAnswer } from '../factors/index.ts'
import type { Role } from '../roles.ts'
import type { ActKind, Json } from './acts.ts'

/** What somebody is at the facility, and to whom they are bound. */
export interface Standing {
  roles: readonly Role[]
  /** `Practitioner/…` of staff. */
  practitioner?: string
  /** `Patient/…` of the role `patient`. */
  patient?: string
  /** `Patient/…` of the role `representative`. */
  represents?: readonly string[]
}

/** Somebody who had a say. */
export interface Say {
  account: string
  person: string
  name: string
  at: number
}

export type ApprovalState =
  | 'pending'
  /** By as many as are needed: it is being done, or waits for its link to be used. */
  | 'approved'
  | 'done'
  /** It was approved, and could not be done. */
  | 'failed'
  | 'refused'
  | 'withdrawn'
  /** The person whose factors were to be reset said no. */
  | 'objected'

/** By their passkey. */
export interface Signed extends SignedAnswer {
  by: 'signed'
}

/** Who approved has no passkey, and showed password and code: that they did, the vault says. */
export interface Attested {
  by: 'attested'
}

export type Approved = Say & (Signed | Attested)

export interface Approval {
  id: string
  /** Canonical JSON: the exact act. */
  act: string
  state: ApprovalState
  asked: Say
  /** How many others approve it. */
  needed: number
  approved: readonly Approved[]
  /** Who refused it, took it back, or said no. */
  decided?: Say
  /** Until then it may be approved. */
  expiresAt: number
  /** Of a reset: from when its link is given. */
  opensAt?: number
  /** Since when it is being done: by one at a time. */
  begunAt?: number
  /** By which process: one, from its start to its end. */
  begunBy?: string
  /** Until then it is kept. */
  endsAt: number
  /** Which invitation counts: the newest. */
  invitation?: string
  /** What came of it. */
  result?: Json
}

/** The first officers of a real home: the approval of nobody, known by `foundationName`. */
export interface Foundation {
  officers: readonly FirstOfficer[]
}

export interface FirstOfficer {
  login: string
  name: string
  language: Language
  /** Which invitation counts: the newest. */
  invitation: string
  /** Once enrolled. */
  account?: string
}

export const foundationName = 'foundation'

/** How many others approve what, where it is more than one: known by `quorumName`. */
export interface Quorum {
  approvers: Readonly<Partial<Record<ActKind | 'all', number>>>
}

export const quorumName = 'quorum'

/** Known by its token, which is nowhere at rest. */
export interface Invitation {
  id: string
  /** The approval that it comes from, or `foundation`. */
  request: string
  /** What is enrolled: somebody new, or new factors of an account. */
  account?: string
  person?: string
  login: string
  name: string
  language: Language
  standing: Standing
  endsAt: number
  isUsed?: true
}

/** These members alone, of whatever has more. */
export function standingOf({ roles, practitioner, patient, represents }: Standing): Standing {
  return {
    roles,
    ...(practitioner === undefined ? {} : { practitioner }),
    ...(patient === undefined ? {} : { patient }),
    ...(represents === undefined ? {} : { represents }),
  }
}
