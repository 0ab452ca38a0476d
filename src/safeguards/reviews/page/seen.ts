/** Reviews, as /duties/reviews tells them. */
export interface ReviewBrief {
  id: string
  name: string
  logins: string[]
  roles: string[]
  scope?: string
  state: string
  manager?: string
  reviewers: string[]
  isYours: boolean
  decision?: ReviewDecision
}

export interface ReviewDecision {
  at: string
  by: string
  how: 'signed' | 'attested' | 'invented'
  result: string
  lost: string[]
  note: string
  isMutual: boolean
}

export const isUnanswered = (state: string): boolean => ['waiting', 'expired', 'held'].includes(state)
