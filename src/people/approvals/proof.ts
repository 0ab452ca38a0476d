/** What an entry of the ledger says of an approval, and whether it holds: with nothing but the entry. docs/spec/approvals.md. */
import { readAssertion, rpIdOf } from '../factors/index.ts'
import { canonical, challengeOf } from './acts.ts'
import type { Approval, Approved, Say } from './values.ts'

type Somebody = Pick<Say, 'account' | 'person' | 'at'>

interface Proof {
  id: string
  act: string
  needed: number
  asked: Somebody
  approved: readonly (Somebody & Approved)[]
}

export function proofOf({
  id,
  act,
  needed,
  asked,
  approved,
}: Pick<Approval, 'id' | 'act' | 'needed' | 'asked' | 'approved'>): string {
  const nameless = <Of extends Say>({ name: _, ...rest }: Of) => rest
  return canonical({ id, act, needed, asked: nameless(asked), approved: approved.map(nameless) })
}

/** Nobody: the vault asks by itself. */
export const nobody = '00000000-0000-0000-0000-000000000000'

/** The same of what one person said to what the vault asked. */
export function proofOfSaying(
  { id, act }: { id: string; act: string },
  said: Approved,
  askedAt: number,
): string {
  const asked = { account: nobody, person: nobody, name: '', at: askedAt }
  return proofOf({ id, act, needed: 1, asked, approved: [said] })
}

export type ApprovalFault =
  /** It is no proof of an approval. */
  | 'unreadable'
  /** Who asked approved it too, or somebody did twice. */
  | 'same-person'
  /** A signature is not of this act, of another key, or of nobody who was there. */
  | 'signature'

export type ApprovalChecked =
  /** `newest`: how the last of them approved. */
  | { status: 'ok'; id: string; act: string; newest: Approved['by'] }
  | { status: 'wrong'; id?: string; why: ApprovalFault }

export async function checkApproval(text: string | undefined): Promise<ApprovalChecked> {
  const proof = parsed(text)
  if (!proof) return { status: 'wrong', why: 'unreadable' }
  const { id, act, asked, approved } = proof
  const persons = new Set([asked.person, ...approved.map(({ person }) => person)])
  const isOwn = approved.some(({ person }) => person === reviewedIn(act))
  if (isOwn || persons.size !== approved.length + 1) return { status: 'wrong', id, why: 'same-person' }
  for (const each of approved)
    if (each.by === 'signed' && !(await isSigned(id, act, each)))
      return { status: 'wrong', id, why: 'signature' }
  const newest = approved.at(-1)
  return newest ? { status: 'ok', id, act, newest: newest.by } : { status: 'wrong', id, why: 'unreadable' }
}

/** Whose access it reviews, where it does that. */
function reviewedIn(act: string): string | undefined {
  const { kind, of } = (parsedJson(act) ?? {}) as { kind?: unknown; of?: { person?: unknown } }
  return kind === 'review' && typeof of?.person === 'string' ? of.person : undefined
}

async function isSigned(
  id: string,
  act: string,
  each: Extract<Approved, { by: 'signed' }>,
): Promise<boolean> {
  const { origin, passkey, nonce, clientDataJSON, authenticatorData, signature } = each
  const rpId = rpIdOf(origin)
  if (rpId === undefined) return false
  const response = { clientDataJSON, authenticatorData, signature }
  const { id: rawId } = passkey
  const whole = { id: rawId, rawId, type: 'public-key', clientExtensionResults: {}, response } as const
  const known = { ...passkey, counter: 0, transports: [], label: '', addedAt: 0 }
  const challenge = Buffer.from(challengeOf(id, act, nonce)).toString('base64url')
  return (await readAssertion(whole, known, { origin, rpId, challenge })) !== undefined
}

function parsed(text: string | undefined): Proof | undefined {
  const value = (parsedJson(text ?? '') ?? {}) as Partial<Proof>
  const { id, act, needed, asked, approved } = value
  const isProof =
    typeof id === 'string' &&
    typeof act === 'string' &&
    typeof needed === 'number' &&
    typeof asked?.person === 'string' &&
    Array.isArray(approved) &&
    approved.every(({ person }) => typeof person === 'string')
  return isProof ? (value as Proof) : undefined
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
