/** What the rows of requests and of invitations hold. Times in seconds since 1970. */
import type { JWK } from 'jose'
import type { Language } from '#kernel/outcome.ts'
import type { Role } from '../roles.ts'

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

/** What one officer asks for and another confirms. */
export type Wanted =
  | ({
      kind: 'invite'
      login: string
      name: string
      language: Language
      /** An account of the same human, where they have one already. */
      sameAs?: string
    } & Standing)
  | ({ kind: 'roles'; account: string } & Standing)
  /** Lost factors: after a wait, of which the person is told, a link with which they enrol anew. */
  | { kind: 'reset'; account: string }
  | { kind: 'suspend' | 'reinstate'; account: string }
  | { kind: 'program'; id: string; name: string; scope: string; keys: readonly JWK[]; replaces?: true }
  | { kind: 'revoke-program'; id: string }

/** Somebody who had a say. */
export interface Say {
  account: string
  person: string
  name: string
  at: number
}

export type RequestState =
  | 'pending'
  /** Confirmed: what it asks for is being done, or waits for its link to be used. */
  | 'confirmed'
  | 'done'
  | 'refused'
  | 'withdrawn'
  /** The person whose factors were to be reset said no. */
  | 'objected'

export interface Request {
  id: string
  wanted: Wanted
  state: RequestState
  asked: Say
  decided?: Say
  /** Until then it may be confirmed. */
  expiresAt: number
  /** Of a reset: from when its link is given. */
  opensAt?: number
  /** Until then it is kept. */
  endsAt: number
  /** Which invitation counts: the newest. */
  invitation?: string
}

/** The first officers of a real home: the request of nobody, known by `foundationName`. */
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

/** Known by its token, which is nowhere at rest. */
export interface Invitation {
  id: string
  /** The request that it comes from, or `foundation`. */
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
