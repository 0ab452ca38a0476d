/** Whether somebody may ask for an act, or approve it, and who is shown it: as policy has it at this moment, of accounts as they are then. */
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { Account } from '../accounts/index.ts'
import type { PersonAsking, Principal } from '../principal.ts'
import { accountOf, isOfOneself, type Act, type ActKind } from './acts.ts'
import type { Approval } from './values.ts'

export type Deed = 'request' | 'approve'

/** What policy is asked about: an act of a kind, and whose record it opens, where it is one patient's. */
export interface DeedAsked {
  deed: Deed
  kind: ActKind
  /** `Patient/…`. */
  patient?: string
}

/** Why they may not; undefined: they may. */
export type MayDo = (principal: Principal, asked: DeedAsked) => Promise<Refusal | undefined>

/** Whether they may; and if so, who it is. */
export type Allowed = { account: Account; refusal?: undefined } | { refusal: Refusal; account?: undefined }

export interface AllowingOptions {
  accountAt(id: string): Promise<Account | undefined>
  actOf(approval: Approval): Act
  /** Whose record an act opens, where it is one patient's. */
  patientOf(act: Act): string | undefined
}

export function createAllowing({ accountAt, actOf, patientOf }: AllowingOptions) {
  // Before policy is told nobody may do anything.
  let policy: MayDo = async () => refuse('forbidden')

  /** Of whom they are at this moment, and not when they signed in. */
  async function may(asked: DeedAsked, id: string): Promise<Allowed> {
    const account = await accountAt(id)
    if (account?.status !== 'active') return { refusal: refuse('forbidden') }
    const refusal = await policy(principalOf(account), asked)
    return refusal ? { refusal } : { account }
  }

  function asked(deed: Deed, act: Act): DeedAsked {
    const patient = patientOf(act)
    return { deed, kind: act.kind, ...(patient === undefined ? {} : { patient }) }
  }

  return {
    govern(given: MayDo): void {
      policy = given
    },

    may,
    mayAct: (deed: Deed, act: Act, id: string): Promise<Allowed> => may(asked(deed, act), id),

    /** Of one patient's it is not told that it is there. */
    async mayApprove(approval: Approval, { account }: PersonAsking): Promise<Allowed> {
      const deed = asked('approve', actOf(approval))
      const allowed = await may(deed, account)
      const isHidden = deed.patient !== undefined && allowed.refusal?.status === 'forbidden'
      return isHidden ? { refusal: refuse('not-found') } : allowed
    },

    /**
     * What is about them, what they may approve, and what of the kind they may ask for. Of what names patients: what they asked for or
     * approved themselves, and what they may approve.
     */
    shownTo(person: PersonAsking): (approval: Approval) => Promise<boolean> {
      const known = new Map<string, Promise<boolean>>()
      const is = (deed: DeedAsked): Promise<boolean> => {
        const name = `${deed.deed} ${deed.kind} ${deed.patient ?? ''}`
        const answer = known.get(name) ?? may(deed, person.account).then(({ refusal }) => !refusal)
        known.set(name, answer)
        return answer
      }
      return async (approval) => {
        const act = actOf(approval)
        if (accountOf(act) === person.account) return true
        if (await is(asked('approve', act))) return true
        const isOfRecords = patientOf(act) !== undefined || recordKinds.includes(act.kind)
        if (!isOfRecords && !isOfOneself(act)) return is(asked('request', act))
        return [approval.asked, ...approval.approved].some((each) => each.person === person.person)
      }
    },
  }
}

/** They name two patients, and whoever may ask for one need not see those of others. */
const recordKinds: readonly ActKind[] = ['merge', 'unmerge']

/** Whose account it is, as policy knows people: by no session, since it is asked of those too who are not here. */
function principalOf(account: Account): Principal {
  const { id, person, login, name, roles, practitioner, patient, represents = [] } = account
  const bound = Object.entries({ practitioner, patient }).filter(([, value]) => value !== undefined)
  return {
    actor: `person/${id}`,
    client: 'web',
    person: {
      account: id,
      person,
      login,
      name,
      roles,
      represents,
      session: '',
      ...Object.fromEntries(bound),
    },
  }
}
