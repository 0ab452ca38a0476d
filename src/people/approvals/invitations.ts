/** One-time links: whoever has one enrols, once. The token is nowhere at rest: its row is found by a keyed hash. */
import { randomBytes, randomUuid } from '#kernel/crypto/index.ts'
import type { Authority, Change, Row } from '../authority/index.ts'
import type { Approval, Foundation, Invitation } from './values.ts'

/** What secret scanners know them by. */
export const invitationPrefix = 'sgi_'
const tokenRandomBytes = 32
/** It is handed over, and used the same day or after a weekend. */
const invitationSeconds = 72 * 3600

/** What is handed to the person: `#invitation=` and the token, behind the server's own address. */
export interface Given {
  token: string
  login: string
  name: string
  /** Seconds since 1970. */
  endsAt: number
}

/** A row to be written, and what is handed over once it is. */
export interface Giving {
  value: Invitation
  change: Change
  link: Given
}

export interface Invitations {
  give(invited: Omit<Invitation, 'id' | 'endsAt' | 'isUsed'>): Giving
  /** Undefined where it was used, has ended, was replaced by a newer one, or what it comes from was taken back. */
  find(token: string): Promise<Found | undefined>
}

export interface Found {
  invitation: Invitation
  row: Row<Invitation>
  approval: Row<Approval | Foundation>
}

export function createInvitations({
  authority,
  now,
}: {
  authority: Authority
  now: () => number
}): Invitations {
  return {
    give(invited) {
      const token = invitationPrefix + Buffer.from(randomBytes(tokenRandomBytes)).toString('base64url')
      const value: Invitation = { ...invited, id: randomUuid(), endsAt: now() + invitationSeconds }
      const { login, name, endsAt } = value
      return {
        value,
        change: { kind: 'invitation', name: token, value, endsAt: new Date(endsAt * 1000) },
        link: { token, login, name, endsAt },
      }
    },

    async find(token) {
      if (!token.startsWith(invitationPrefix)) return undefined
      const row = await authority.find<Invitation>('invitation', token)
      if (!row || row.value.isUsed || row.value.endsAt <= now()) return undefined
      const approval = await authority.find<Approval | Foundation>('request', row.value.request)
      if (!approval || !isNamed(approval.value, row.value.id)) return undefined
      return { invitation: row.value, row, approval }
    },
  }
}

/** Only the newest of a request counts, and only while nobody said no. */
function isNamed(approval: Approval | Foundation, invitation: string): boolean {
  if ('officers' in approval)
    return approval.officers.some((each) => each.invitation === invitation && each.account === undefined)
  return approval.state === 'approved' && approval.invitation === invitation
}
