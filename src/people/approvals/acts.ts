/** The acts that need a second person: what each is, in its exact bytes and in plain words. docs/spec/approvals.md. */
import type { JWK } from 'jose'
import { contextOf, sha256 } from '#kernel/crypto/index.ts'
import type { Language } from '#kernel/outcome.ts'
import type { Standing } from './values.ts'

/** About who may sign in, as what, and with what. */
export type PeopleAct =
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
  | {
      kind: 'program'
      id: string
      name: string
      scope: string
      /** HL7's PurposeOfUse: what for. None: for whatever it says. */
      purposes?: readonly string[]
      keys: readonly JWK[]
      replaces?: true
    }
  | { kind: 'revoke-program'; id: string }
  /** From now on so many others approve what is of that kind, or whatever there is. Never fewer. */
  | { kind: 'quorum'; of: ActKind | 'all'; approvers: number }

/**
 * What other rooms carry out (`Approvals.carry`). Most of these are yet to be built: the list is closed, so that each of them
 * has its place here and none gets by without.
 */
export const carriedKinds = [
  'destroy-keys',
  'opener',
  'export',
  'policy',
  'restore',
  'backup-destination',
  'safeguard-off',
  'research',
  'unblock',
  'merge',
  'unmerge',
  'grant',
] as const

export type CarriedKind = (typeof carriedKinds)[number]

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** Its members are its carrier's to know. None is a secret: they are kept, and shown to whoever may approve. */
export interface CarriedAct {
  readonly kind: CarriedKind
  readonly [name: string]: Json
}

export type Act = PeopleAct | CarriedAct

export const actKinds = [
  'invite',
  'roles',
  'reset',
  'suspend',
  'reinstate',
  'program',
  'revoke-program',
  'quorum',
  ...carriedKinds,
] as const

export type ActKind = (typeof actKinds)[number]

/** Those of which more than one other can be made to approve. Of a grant it is who answers for the patient, or the patient. */
export const countedKinds: readonly ActKind[] = actKinds.filter((kind) => kind !== 'grant')

/** What somebody asks for who is held back: for their own account, and nobody else's. */
const ofOneself: ReadonlySet<ActKind> = new Set<ActKind>(['export'])

export const isOfOneself = ({ kind }: Act): boolean => ofOneself.has(kind)

export const isCarried = (act: Act): act is CarriedAct =>
  (carriedKinds as readonly string[]).includes(act.kind)

/** RFC 8785, of what acts are made of: members by name, integers, no space. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`).join(',')}}`
}

/** The first member that has what is not seen: it could turn round the line, or the terminal, on which somebody reads it before they approve it. */
export function unseenIn(act: Act): string | undefined {
  const isSeen = (value: unknown): boolean => {
    if (typeof value === 'string') return !/[\p{C}\p{Zl}\p{Zp}]/u.test(value)
    return typeof value !== 'object' || value === null || Object.values(value).every(isSeen)
  }
  return Object.entries(act).find(([, value]) => !isSeen(value))?.[0]
}

/** What is signed: this act, of this approval, and nothing else. 32 bytes. */
export function challengeOf(id: string, act: string, nonce: string): Uint8Array {
  return sha256(contextOf('approval', id, act, nonce))
}

/** SHA-256 of the act's canonical bytes, in hex: by which two people know that they speak of the same. */
export const hashOf = (act: string): string => Buffer.from(sha256(act)).toString('hex')

/** Whose account it makes, changes or adds to: whoever that is has no say in it. */
export function humanOf(act: Act): string | undefined {
  return act.kind === 'invite' ? act.sameAs : accountOf(act)
}

export function accountOf(act: Act): string | undefined {
  return 'account' in act && typeof act.account === 'string' ? act.account : undefined
}
