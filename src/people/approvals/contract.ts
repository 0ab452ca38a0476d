/** What the room of approvals gives to others, and takes from those who carry acts out. */
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server'
import type { Refusal } from '#kernel/outcome.ts'
import type { Who } from '../authority/index.ts'
import type { Principal } from '../principal.ts'
import type { Act, CarriedAct, CarriedKind, Json } from './acts.ts'
import type { Given } from './invitations.ts'
import type { Deed, MayDo } from './policy.ts'
import type { ApprovalState, Approved, Say } from './values.ts'
import type { Text } from './words.ts'

export type Shown = Pick<Say, 'account' | 'name' | 'at'>

/** An approval as people are shown it. */
export interface ApprovalSeen {
  id: string
  act: Act
  /** The act in plain words. */
  words: Text
  /** SHA-256 of its canonical bytes, in hex. */
  hash: string
  /** Whom it is about, where they have an account. */
  about?: { account: string; name: string }
  state: ApprovalState | 'expired'
  askedBy: Shown
  /** How many others approve it, and who did. */
  needed: number
  approvedBy: (Shown & { by: Approved['by'] })[]
  decidedBy?: Shown
  expiresAt: number
  opensAt?: number
  result?: Json
  /** Whether the one who looks asked for it, by any of their accounts. */
  isYours: boolean
}

export interface Asking {
  principal: Principal
  who: Who
}

/** What somebody's passkey answered, where they have one. */
export interface Signature {
  origin: string
  proof?: { flow: string; response: AuthenticationResponseJSON }
}

export type Decided = { status: 'ok'; approval: ApprovalSeen; link?: Given } | Refusal

/** Who carries out acts of a kind. */
export interface Carrier {
  words(act: CarriedAct): Text
  /** For the ledger, in a few words. */
  inWords(act: CarriedAct): string
  /** Why it cannot be, as things are: when it is asked for, and again before it is done. */
  fault(act: CarriedAct): Promise<Refusal | undefined>
  /** Of an act that is about one patient's record: whose. Policy is asked about them. `Patient/…`. */
  patientOf?(act: CarriedAct): string
  /** Done twice it is as if it were done once: what a fault broke off is finished. */
  run(act: CarriedAct, approval: Carried): Promise<{ status: 'ok'; result: Json } | Refusal>
  /** Seconds in which it is to be approved, where that is sooner than a week. */
  pendingSeconds?: number
}

/** What an act is carried out by. */
export interface Carried {
  id: string
  who: Who
  asked: Say
  approved: readonly Approved[]
}

export interface Approvals {
  ask(asking: Asking, act: Act): Promise<Decided>
  /** All that are kept, newest first, for whoever may ask for or approve such; what they asked for and what is about them, for others. */
  list(asking: Asking): Promise<ApprovalSeen[]>
  /** Each of that kind, for the room that carries it out, which knows whom it is shown. */
  ofKind(asking: Asking, kind: CarriedKind): Promise<ApprovalSeen[]>
  show(asking: Asking, id: string): Promise<Decided>
  /** What the passkey of whoever approves is to sign; refused where they have none. */
  options(
    asking: Asking,
    id: string,
    origin: string,
  ): Promise<{ status: 'ok'; flow: string; options: PublicKeyCredentialRequestOptionsJSON } | Refusal>
  /** Of the last who is needed: carries it out; of an invitation the link is given with it. Approved again, what a fault broke off is finished. */
  approve(asking: Asking, id: string, signature: Signature): Promise<Decided>
  refuse(asking: Asking, id: string): Promise<Decided>
  /** By who asked. */
  withdraw(asking: Asking, id: string): Promise<Decided>
  /** By the person whose factors were to be reset. */
  object(asking: Asking, id: string): Promise<Decided>
  /** The one-time link of what was approved, once it may be given; one that was given before ends. */
  link(asking: Asking, id: string): Promise<{ status: 'ok'; link: Given } | Refusal>
  /** Once for each kind: acts of a kind that nobody carries out cannot be asked for. */
  carry(kind: CarriedKind, carrier: Carrier): void
  /** Once: who may ask for what and approve it. Before that nobody may. */
  govern(policy: MayDo): void
  /** Why policy lets somebody not ask for it, or approve it, as things are. */
  may(deed: Deed, act: Act, account: string): Promise<Refusal | undefined>
}
