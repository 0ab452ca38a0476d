/** Who asks: a person or a program, as the edge, the records and policy know them. */
import type { Role } from './roles.ts'

export interface Principal {
  /** As the ledger says it: the id of a program, or `person/` and the id of an account. */
  actor: string
  /** What they ask by: the program; `web` or `token` of people. */
  client: string
  /** One of both. */
  person?: PersonAsking
  /** `purposes`: for which it was registered; none said, any. `since`: when, in seconds since 1970. */
  program?: { id: string; scope: string; purposes?: readonly string[]; since?: number }
}

export interface PersonAsking {
  /** UUID. */
  account: string
  /** UUID: the same of all accounts of one human, so that nobody confirms their own. */
  person: string
  login: string
  name: string
  roles: readonly Role[]
  /** `Practitioner/…` of staff. */
  practitioner?: string
  /** `Patient/…` of the role `patient`. */
  patient?: string
  /** `Patient/…` of the role `representative`. */
  represents: readonly string[]
  /** Its id, which opens nothing. */
  session: string
  /** RFC 7638 thumbprint of the key that the session is bound to; none of a demonstration's bearer token. */
  key?: string
  /** On which they signed in, as the ledger names it; none of what keeps no cookie. */
  device?: string
  /** What for, as they said when they signed in: a code of HL7's PurposeOfUse, say. */
  purpose?: string
  /** When the account was made. Seconds since 1970; absent where that is not known. */
  since?: number
  /** Both factors were shown again for something dangerous. Seconds since 1970. */
  steppedUpAt?: number
  /** From where. */
  steppedUpFrom?: string
}
